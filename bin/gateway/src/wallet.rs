//! The health savings wallet, as its holder sees it.

pub mod balance;
pub mod history;
pub mod open;
pub mod show;
pub mod statement;
pub mod status;

mod seconds;
mod summary;

pub(crate) use seconds::Seconds;
pub(crate) use summary::Summary;
