//! Plays the purchase of a policy thousands of times, each time with other things going wrong: `sagas --runs 10000 --seed 1`.
//!
//! Ends with 1 if a promise was broken; `--runs 1 --seed N` plays that run again.

use clap::Parser;
use std::process::ExitCode;
use tests::sagas::{Tally, run};

/// What to play.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many runs.
    #[arg(long, default_value_t = 10_000)]
    runs: u64,
    /// The first run's seed; the next ones follow.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[expect(clippy::print_stdout, reason = "the command line speaks to a person")]
fn main() -> ExitCode {
    let Arguments { runs, seed } = Arguments::parse();
    let mut tally = Tally::default();
    for number in 0..runs {
        tally.add(run(seed.wrapping_add(number)));
    }
    println!("{tally}");
    if tally.broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
