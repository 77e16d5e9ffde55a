//! The harness of the whole: everything a journey needs, started by the test and gone with it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on stops")]

pub mod harness;

pub use harness::{Answer, Person, START, TestApp};
