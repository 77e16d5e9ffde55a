//! The harness of the whole: everything a journey needs, started by the test and gone with it.
#![expect(clippy::panic, reason = "a test that cannot go on stops")]

pub mod chaos;
pub mod evidence;
pub mod guesses;
pub mod harness;
pub mod parsers;
mod percentile;
pub mod pooler;
pub mod replica;
pub mod sagas;
pub mod scale;
pub mod siege;
pub mod soak;

pub use harness::{Answer, Collector, Deployment, Device, Person, Program, SOON, START, TestApp, eventually};
