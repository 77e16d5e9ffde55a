//! Asks real programs to keep their promises on a bad day: `chaos top-ups --seed 1`, `chaos refreshes`,
//! `chaos sign-outs`.
//!
//! Ends with 1 if any promise was broken. The `aarokya` of the same build must be there.

use clap::Parser;
use std::process::ExitCode;
use tests::chaos::{
    Plan,
    herd::{self, HerdPlan},
    run, spread,
};

/// What to try.
#[derive(Debug, Parser)]
enum Arguments {
    /// People top their wallets up while instances and their database are killed.
    TopUps {
        /// From it follow amounts and blows; several are tried one after another.
        #[arg(long, value_delimiter = ',', default_value = "1")]
        seed: Vec<u64>,
        /// How many instances serve; several are tried one after another.
        #[arg(long, value_delimiter = ',', default_value = "1")]
        gateways: Vec<usize>,
        /// How many top-ups are made.
        #[arg(long, default_value_t = 2_000)]
        top_ups: usize,
        /// How often an instance or the database is killed.
        #[arg(long, default_value_t = 50)]
        kills: usize,
    },
    /// Four callers of each device renew its token at once, and many answers are lost.
    Refreshes {
        /// From it follows which answers are lost.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// How many instances serve.
        #[arg(long, default_value_t = 2)]
        gateways: usize,
        /// How many devices are signed in.
        #[arg(long, default_value_t = 50)]
        devices: usize,
        /// How many times a token is renewed.
        #[arg(long, default_value_t = 10_000)]
        refreshes: usize,
        /// How many of a hundred answers are lost.
        #[arg(long, default_value_t = 30)]
        lost_percent: u32,
    },
    /// People sign out at one instance and are refused at another.
    SignOuts {
        /// How many.
        #[arg(long, default_value_t = 1_000)]
        sign_outs: usize,
    },
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "the command line speaks to a person")]
async fn main() -> ExitCode {
    let broken = match Arguments::parse() {
        Arguments::TopUps { seed, gateways, top_ups, kills } => {
            let mut broken = 0;
            for gateways in gateways {
                for seed in &seed {
                    let plan = Plan { seed: *seed, gateways: gateways.max(1), top_ups, kills };
                    let report = run(plan).await;
                    println!("{report}");
                    broken += report.verdict.broken.len();
                }
            }
            broken
        }
        Arguments::Refreshes { seed, gateways, devices, refreshes, lost_percent } => {
            let plan = HerdPlan { seed, gateways: gateways.max(1), devices, refreshes, lost_percent };
            let report = herd::run(plan).await;
            println!("{report}");
            report.broken.len()
        }
        Arguments::SignOuts { sign_outs } => {
            let spread = spread::run(sign_outs).await;
            println!("{spread}");
            spread.broken.len()
        }
    };
    if broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
