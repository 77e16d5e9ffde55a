//! Tops wallets up at real programs while they and their database are killed: `chaos --seed 1 --top-ups 2000`.
//!
//! Ends with 1 if any promise was broken. The `aarokya` of the same build must be there.

use clap::Parser;
use std::process::ExitCode;
use tests::chaos::{Plan, run};

/// What to try.
#[derive(Debug, Parser)]
struct Arguments {
    /// From it follow amounts and blows; several are tried one after another.
    #[arg(long, value_delimiter = ',', default_value = "1")]
    seed: Vec<u64>,
    /// How many instances serve.
    #[arg(long, default_value_t = 1)]
    gateways: usize,
    /// How many top-ups are made.
    #[arg(long, default_value_t = 2_000)]
    top_ups: usize,
    /// How often an instance or the database is killed.
    #[arg(long, default_value_t = 50)]
    kills: usize,
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "the command line speaks to a person")]
async fn main() -> ExitCode {
    let Arguments { seed, gateways, top_ups, kills } = Arguments::parse();
    let mut broken = 0;
    for seed in seed {
        let report = run(Plan { seed, gateways: gateways.max(1), top_ups, kills }).await;
        println!("{report}");
        broken += report.verdict.broken.len();
    }
    if broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
