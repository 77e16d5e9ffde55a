//! Runs a real program with a real streaming replica. Ends with 1 if a promise was broken.

use std::process::ExitCode;
use tests::replica::look;

#[tokio::main]
#[expect(clippy::print_stdout, reason = "the command line speaks to a person")]
async fn main() -> ExitCode {
    let broken = look().await;
    broken.iter().for_each(|sentence| println!("- {sentence}"));
    println!("with a streaming replica: {} broken promises", broken.len());
    if broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
