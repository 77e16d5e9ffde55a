//! Whether the program lives, and whether it can serve.

pub mod live;
pub mod ready;
