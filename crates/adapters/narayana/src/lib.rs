#![doc = include_str!("../README.md")]

mod client;
mod config;
mod fault;
mod plans;
mod policies;
mod wire;

pub use client::NarayanaInsurer;
pub use config::NarayanaConfig;
pub use fault::NarayanaFault;
pub use outbound::{BreakerPolicy, Limits, SetUpError};
pub use wire::{policy::read_policy, read_plans};
