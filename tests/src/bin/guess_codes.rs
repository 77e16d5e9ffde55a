//! Tries all million codes against a challenge's stolen row, without the pepper and then with it: `make guesses`.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use clap::Parser;
use std::{
    process::ExitCode,
    time::{Duration, Instant},
};
use tests::{
    Deployment, Device,
    guesses::{CODES, StolenCode},
};

/// How many codes are tried between two lines.
const STEP: u32 = 50_000;

/// What to try.
#[derive(Debug, Parser)]
struct Arguments {
    /// The memory of a code's hash, as `AAROKYA_OTP_HASH_KIB` sets it.
    #[arg(long, default_value_t = 1024)]
    kib: u32,
}

#[tokio::main]
async fn main() -> ExitCode {
    let Arguments { kib } = Arguments::parse();
    let deployment = Deployment::prepare().await;
    let program = deployment.serve(&[("AAROKYA_OTP_HASH_KIB", &kib.to_string())]).await;
    let device = Device::new(&program, "9876543210");
    device.post("/auth/otp/trigger", &serde_json::json!({ "phone": device.phone })).await.expect(200);
    let rows = deployment.texts("SELECT code AS held FROM otp_challenges").await;
    let stolen = rows.first().and_then(|row| StolenCode::parse(row)).expect("a challenge");
    tell(&format!("a challenge under Argon2id with {} KiB", stolen.memory_kib()));
    let without = try_all("without the pepper", &stolen, None);
    let with = try_all("with the pepper", &stolen, Some(&pepper(&deployment)));
    if without.is_empty() && with == ["123456"] { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The one pepper that the program was given.
fn pepper(deployment: &Deployment) -> Vec<u8> {
    let (_, value) =
        deployment.variables.iter().find(|(name, _)| name == "AAROKYA_OTP_PEPPERS").expect("a pepper");
    let (_, key) = value.split_once(':').expect("a number and a key");
    STANDARD.decode(key).expect("base64")
}

fn try_all(how: &str, stolen: &StolenCode, pepper: Option<&[u8]>) -> Vec<String> {
    let (begun, mut matching) = (Instant::now(), Vec::new());
    for begin in CODES.step_by(STEP as usize) {
        let end = begin.saturating_add(STEP).min(CODES.end);
        matching.extend(stolen.matching(pepper, begin..end));
        let took = Duration::from_secs(begun.elapsed().as_secs());
        tell(&format!("{how}: {end} codes tried in {took:?}, {} match", matching.len()));
    }
    tell(&format!("{how}: {} of {} codes match: {matching:?}", matching.len(), CODES.len()));
    matching
}

#[expect(clippy::print_stdout, reason = "the command line speaks to a person")]
fn tell(what: &str) {
    println!("{what}");
}
