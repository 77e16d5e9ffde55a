//! Lets one real gateway work for long and looks at its memory: `soak --minutes 20`.
//!
//! Ends with 1 if it did not stay as it was. The `aarokya` of the same build must be there.

use clap::Parser;
use std::{fs, path::PathBuf, process::ExitCode};
use tests::soak::{Plan, run};

/// How long and how hard.
#[derive(Debug, Parser)]
struct Arguments {
    /// For so many minutes.
    #[arg(long, default_value_t = 20)]
    minutes: u64,
    /// So many people.
    #[arg(long, default_value_t = 40)]
    people: usize,
    /// So many requests a second; half of what it can bear if not said.
    #[arg(long)]
    rate: Option<u64>,
    /// Where the report is written.
    #[arg(long, default_value = "target/soak")]
    folder: PathBuf,
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "the command line speaks to a person")]
async fn main() -> ExitCode {
    let Arguments { minutes, people, rate, folder } = Arguments::parse();
    let report = run(Plan { minutes, people, rate }).await;
    let page = report.markdown();
    fs::create_dir_all(&folder).expect("a folder for the report");
    fs::write(folder.join("report.md"), &page).expect("the report is written");
    let json = serde_json::to_vec_pretty(&report.json()).expect("plain data");
    fs::write(folder.join("report.json"), json).expect("the report is written");
    println!("{page}");
    if report.broken().is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
