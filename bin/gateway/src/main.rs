//! The `aarokya` program.

use clap::Parser as _;
use std::process::ExitCode;

/// A request is many small allocations that end on another thread, which the system's allocator is slow at.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    keep_pages_small();
    gateway::Cli::parse().run()
}

/// The allocator asks for huge pages, and the kernel puts them together whenever it comes round, of memory that was given
/// back as well: what the program holds would grow by megabytes for nothing it did. Where that cannot be asked for, it
/// costs memory and nothing else.
fn keep_pages_small() {
    #[cfg(target_os = "linux")]
    rustix::thread::disable_transparent_huge_pages(true).ok();
}
