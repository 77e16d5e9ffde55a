#![doc = include_str!("../README.md")]
#![deny(missing_docs)]
#![deny(clippy::wildcard_enum_match_arm)]

pub mod fault;
mod plan_words;

pub use plan_words::{CoverageType, PlanType, WordError};
