//! Credits of wallets, through the domain and its adapter: no route credits by itself.

use crate::{
    Failure,
    plan::Plan,
    sample::{Sample, quantile},
    site::Site,
};
use kernel::{Env, Paise, UserId};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use uuid::Uuid;
use wallet::{Credit, CreditKind, Ledger, Reference, Source};

/// The person whose wallet has this number, from 1.
#[must_use]
pub fn holder(number: u32) -> UserId {
    // As `lpad(number, 32, '0')` reads: the digits of the number, taken as those of an id.
    let digits = format!("{number:032}");
    UserId::new(Uuid::try_parse(&digits).unwrap_or_default())
}

/// So many clients credit a paisa at a time to wallets drawn by chance.
///
/// # Errors
/// When a client panics.
pub async fn run(plan: &Plan, site: &Site, wallets: u32, label: &str) -> Result<Sample, Failure> {
    let counted = site.counted_here(true);
    let before = counted.now();
    let started = Instant::now();
    let mut clients = JoinSet::new();
    for client in 0..plan.clients {
        let reference = format!("{label}:{client}");
        clients.spawn(insist(site.app.ledger.as_ref().clone(), wallets, reference, started, plan.lasting()));
    }
    let (mut latencies, mut unexpected) = (Vec::new(), 0);
    while let Some(done) = clients.join_next().await {
        let (took, failed) = done?;
        latencies.extend(took);
        unexpected += failed;
    }
    let times = u64::try_from(latencies.len()).unwrap_or_default();
    let sample = counted.sample(before, times, started.elapsed());
    let (p50_us, p99_us) = (quantile(latencies.clone(), 500), quantile(latencies, 990));
    Ok(Sample { p50_us, p99_us, unexpected: unexpected + u64::from(times == 0), ..sample })
}

/// One client: how long each credit took, in microseconds, and how many failed.
async fn insist(
    ledger: Ledger,
    wallets: u32,
    label: String,
    started: Instant,
    lasting: Duration,
) -> (Vec<f64>, u64) {
    let env = Env::system();
    let (mut latencies, mut failed) = (Vec::new(), 0);
    for number in 0_u64.. {
        if started.elapsed() >= lasting {
            break;
        }
        let Ok(reference) = Reference::parse(&format!("{label}:{number}")) else { return (latencies, 1) };
        let credit = Credit {
            user_id: holder(env.below(wallets.max(1)).saturating_add(1)),
            kind: CreditKind::Topup,
            source: Source::Own,
            amount: Paise::new(1),
            reference,
            order: None,
        };
        let begun = Instant::now();
        match ledger.credit(&credit).await {
            Ok(_) => latencies.push(begun.elapsed().as_secs_f64() * 1e6),
            Err(_) => failed += 1,
        }
    }
    (latencies, failed)
}
