//! The `aarokya` program.

use clap::Parser as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    gateway::Cli::parse().run()
}
