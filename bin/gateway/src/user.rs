//! The person: what they tell us about themselves.

pub mod change_profile;
pub mod show_profile;

mod profile;

pub(crate) use profile::Profile;
