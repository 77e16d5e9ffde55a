//! What must hold when anything may stop at any moment: people top up their wallets at real programs, while those and
//! their database are killed, paused and answered badly, as a seed says; then all is asked whether it is still true.

mod blow;
pub mod herd;
pub mod spread;
mod verdict;
mod worker;
mod world;

pub use verdict::Verdict;

use crate::harness::seeded;
use blow::Blow;
use futures::{StreamExt as _, future::join_all, stream};
use kernel::Env;
use std::{
    fmt,
    time::{Duration, Instant},
};
use worker::{Account, Crowd};
use world::World;

/// How many people top up at a time.
const WORKERS: usize = 8;

/// How many top-ups one person makes: below what a month allows and, with every repeat, what an hour does.
const TOP_UPS_EACH: usize = 8;

/// What to do, all of it following from the seed but for how the programs' own work interleaves.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// From it follow amounts, blows and their order.
    pub seed: u64,
    /// How many instances serve.
    pub gateways: usize,
    /// How many top-ups are asked for and paid.
    pub top_ups: usize,
    /// How often an instance or the database is killed.
    pub kills: usize,
}

impl Plan {
    /// A source of its own for each part, so that what one draws leaves the others alone.
    fn source(&self, stream: u64) -> Env {
        seeded(self.seed.wrapping_mul(1_000).wrapping_add(stream))
    }
}

/// What happened, and what did not hold.
#[derive(Debug)]
pub struct Report {
    /// What was done.
    pub plan: Plan,
    /// How often each kind of blow fell.
    pub blows: Vec<(&'static str, usize)>,
    /// How often a request had to be repeated because it failed or its answer was lost.
    pub repeats: usize,
    /// How long the blows fell.
    pub under_fire: Duration,
    /// How long it then took until all was done.
    pub until_quiet: Duration,
    /// Everything that did not hold, one sentence each.
    pub verdict: Verdict,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Plan { seed, gateways, top_ups, .. } = self.plan;
        let blows: Vec<_> = self.blows.iter().map(|(kind, times)| format!("{times} × {kind}")).collect();
        writeln!(f, "seed {seed}: {top_ups} top-ups at {gateways} instance(s) under {}", blows.join(", "))?;
        writeln!(
            f,
            "  {} repeats, {:.1} s under fire, quiet {:.1} s later",
            self.repeats,
            self.under_fire.as_secs_f64(),
            self.until_quiet.as_secs_f64()
        )?;
        write!(f, "{}", self.verdict)
    }
}

/// Carries the plan out.
///
/// # Panics
/// When what stands around the programs cannot be made: then nothing can be said.
pub async fn run(plan: Plan) -> Report {
    let world = World::start(plan.gateways).await;
    let people = plan.top_ups.div_ceil(TOP_UPS_EACH);
    let opening = (0..people).map(|number| Account::open(&world, number));
    let accounts = stream::iter(opening).buffered(WORKERS).collect().await;
    let crowd = Crowd::new(&plan, accounts);
    let begun = Instant::now();
    let working = join_all((0..WORKERS).map(|worker| crowd.work(&world, worker)));
    let striking = strike(&world, &plan, &crowd);
    let (_, blows) = futures::join!(working, striking);
    let under_fire = begun.elapsed();
    let quiet = world.quiet(&crowd).await;
    let until_quiet = begun.elapsed().saturating_sub(under_fire);
    let verdict = Verdict::find(&world, &crowd, quiet).await;
    let report = Report { plan, blows, repeats: crowd.repeats(), under_fire, until_quiet, verdict };
    world.stop().await;
    report
}

/// Lets time pass: a misfortune lasts, and somebody who was not answered waits before asking again.
async fn pause(lasting: Duration) {
    #[expect(clippy::disallowed_methods, reason = "what lasts a while has no event to wait for")]
    tokio::time::sleep(lasting).await;
}

/// Lets the blows fall, spread over the work by how much of it is acknowledged.
async fn strike(world: &World, plan: &Plan, crowd: &Crowd) -> Vec<(&'static str, usize)> {
    let blows = Blow::draw(&plan.source(1), plan);
    let mut fallen = std::collections::BTreeMap::new();
    for (number, blow) in blows.iter().enumerate() {
        let due = number.saturating_mul(plan.top_ups).checked_div(blows.len()).unwrap_or_default();
        crowd.acknowledged(due).await;
        world.suffer(blow).await;
        *fallen.entry(blow.kind()).or_insert(0_usize) += 1;
    }
    fallen.into_iter().collect()
}
