//! Every trait this crate asks the world to implement, one file each.
