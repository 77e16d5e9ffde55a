//! Lays siege to sign-in for a day, in each shape: `siege --seed 1 --triggers 100000 --addresses 5000 --honest 4000`,
//! beside a database (`with-postgres`).
//!
//! Ends with 1 if an attack from outside bought more than fifty messages, or fewer than 999 of 1,000 people passed.

use clap::{Parser, ValueEnum as _};
use std::process::ExitCode;
use tests::siege::{Plan, Report, Shape, run};

/// What to try.
#[derive(Debug, Parser)]
struct Arguments {
    /// From it follow people, addresses, numbers and times.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How the attack looks; without a word, in each of its shapes, one after another.
    #[arg(long, value_enum, value_delimiter = ',')]
    shape: Vec<Shape>,
    /// How many codes the attack asks for.
    #[arg(long, default_value_t = 100_000)]
    triggers: u32,
    /// From how many addresses.
    #[arg(long, default_value_t = 5_000)]
    addresses: u32,
    /// How many people sign in.
    #[arg(long, default_value_t = 4_000)]
    honest: u32,
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "the command line speaks to a person")]
async fn main() -> ExitCode {
    let Arguments { seed, shape, triggers, addresses, honest } = Arguments::parse();
    println!("{}", Report::HEADING);
    let mut holds = true;
    let shapes = if shape.is_empty() { Shape::value_variants().to_vec() } else { shape };
    for shape in shapes {
        let plan = Plan { seed, shape, triggers, addresses, honest, strays: honest / 2_000 };
        let report = run(plan).await;
        println!("{report}");
        holds &= report.holds();
    }
    if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
