//! Looks at how the program's statements run on a small and on a large database: `scale --users 1000000`.
//!
//! Ends with 1 if one of them grows with the data. The `aarokya` of the same build must be there.

use clap::Parser;
use std::{fs, path::PathBuf, process::ExitCode};
use tests::scale::{Findings, Plan, Size, look, markdown};

/// How much to look at.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many people the large database has.
    #[arg(long, default_value_t = 1_000_000)]
    users: u64,
    /// How many lines its ledger has.
    #[arg(long, default_value_t = 10_000_000)]
    postings: u64,
    /// How often each journey is made.
    #[arg(long, default_value_t = 40)]
    rounds: usize,
    /// Where the report is written.
    #[arg(long, default_value = "target/scale")]
    folder: PathBuf,
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "the command line speaks to a person")]
async fn main() -> ExitCode {
    let Arguments { users, postings, rounds, folder } = Arguments::parse();
    let plan =
        Plan { size: Size { users: 1_000, postings: 10_000 }, rounds, history: 1_000, may_read_whole: true };
    let small = look(plan).await;
    let large = look(Plan { size: Size { users, postings }, history: 5_000, ..plan }).await;
    let findings = Findings::compared(&small, &large);
    let page = markdown(&small, &large, &findings);
    fs::create_dir_all(&folder).expect("a folder for the report");
    fs::write(folder.join("report.md"), &page).expect("the report is written");
    let json = serde_json::to_vec_pretty(&tests::scale::json(&small, &large, &findings));
    fs::write(folder.join("report.json"), json.expect("plain data")).expect("the report is written");
    println!("{page}");
    if findings.0.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
