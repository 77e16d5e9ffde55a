//! The `aarokya` program.

use clap::Parser as _;
use std::process::ExitCode;

/// A request is many small allocations that end on another thread, which the system's allocator is slow at.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    gateway::Cli::parse().run()
}
