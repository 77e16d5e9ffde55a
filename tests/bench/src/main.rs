//! `bench`: measures and reports; with `--floors` it is the floor itself, a server of two handlers.

use bench::{Failure, floors, plan::Plan, run};
use clap::Parser;
use std::{net::SocketAddr, path::PathBuf, process::ExitCode};

/// What to measure, and for how long.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(flatten)]
    plan: Plan,
    /// Where the report goes.
    #[arg(long, default_value = "target/bench")]
    folder: PathBuf,
    /// Serve the floors at this address instead: an answer of JSON, and the same behind HS256.
    #[arg(long)]
    floors: Option<SocketAddr>,
}

#[tokio::main]
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "the command line speaks to a person")]
async fn main() -> Result<ExitCode, Failure> {
    let arguments = Arguments::parse();
    if let Some(address) = arguments.floors {
        floors::serve(address).await?;
        return Ok(ExitCode::SUCCESS);
    }
    let report = run(&arguments.plan, &arguments.folder).await?;
    println!("{}", report.to_markdown());
    println!("Written to {}: report.json, report.md, report.svg.", arguments.folder.display());
    if report.unexpected.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!(
        "Answers that were not the expected ones, so these figures mean nothing: {:?}",
        report.unexpected
    );
    Ok(ExitCode::FAILURE)
}
