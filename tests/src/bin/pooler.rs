//! Runs real programs behind a real PgBouncer: `pooler --people 12`. Ends with 1 if a promise was broken.

use clap::Parser;
use std::process::ExitCode;
use tests::pooler::{is_here, look};

/// How much to try.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many people there are at once.
    #[arg(long, default_value_t = 12)]
    people: usize,
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "the command line speaks to a person")]
async fn main() -> ExitCode {
    if !is_here().await {
        println!("PgBouncer 1.21 or newer is not here: `.ci/setup pooler` sees to it");
        return ExitCode::FAILURE;
    }
    let broken = look(Arguments::parse().people).await;
    broken.iter().for_each(|sentence| println!("- {sentence}"));
    println!("behind a transaction pooler: {} broken promises", broken.len());
    if broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
