//! The harness of the whole: everything a journey needs, started by the test and gone with it.
#![expect(clippy::panic, reason = "a test that cannot go on stops")]

pub mod chaos;
pub mod harness;
pub mod pooler;
pub mod replica;
pub mod scale;
pub mod soak;

pub use harness::{Answer, Deployment, Device, Person, Program, SOON, START, TestApp, eventually};
