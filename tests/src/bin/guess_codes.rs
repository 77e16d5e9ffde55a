//! Tries all million codes against a challenge's stolen row, without the pepper and then with it: `make guesses`.

use std::{
    process::ExitCode,
    time::{Duration, Instant},
};
use tests::{
    TestApp,
    guesses::{CODES, StolenCode, pepper},
};

/// How many codes are tried between two lines.
const STEP: usize = 50_000;

#[tokio::main]
async fn main() -> ExitCode {
    let app = TestApp::start().await;
    let stolen = StolenCode::steal(&app).await;
    tell(&format!("a challenge under Argon2id with {} KiB", stolen.memory_kib()));
    let without = try_all("without the pepper", &stolen, None);
    let with = try_all("with the pepper", &stolen, Some(pepper(&app)));
    if without.is_empty() && with == ["123456"] { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn try_all(how: &str, stolen: &StolenCode, pepper: Option<&[u8]>) -> Vec<String> {
    let (begun, mut matching) = (Instant::now(), Vec::new());
    for begin in CODES.step_by(STEP) {
        let end = begin.saturating_add(u32::try_from(STEP).unwrap_or(u32::MAX)).min(CODES.end);
        matching.extend(stolen.matching(pepper, begin..end));
        tell(&format!("{how}: {end} codes tried, {} match, {:.0?}", matching.len(), whole(begun.elapsed())));
    }
    tell(&format!("{how}: of {} codes {} match: {matching:?}", CODES.len(), matching.len()));
    matching
}

fn whole(time: Duration) -> Duration {
    Duration::from_secs(time.as_secs())
}

#[expect(clippy::print_stdout, reason = "a program of the command line tells on stdout")]
fn tell(what: &str) {
    println!("{what}");
}
