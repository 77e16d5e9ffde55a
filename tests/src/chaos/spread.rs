//! How fast a sign-out is known everywhere: at one of two instances people sign out, and at the other their access
//! token is tried until it is refused, while others are served.

use super::world::World;
use crate::{
    harness::{Device, SOON, eventually},
    percentile::percentile,
};
use serde_json::json;
use std::{
    fmt,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::{Duration, Instant},
};

/// How many readers keep the instances busy.
const READERS: usize = 8;

/// What was found.
#[derive(Debug)]
pub struct Spread {
    /// From the answer to a sign-out until the other instance refused, the shortest first.
    pub delays: Vec<Duration>,
    /// How many requests the readers had answered meanwhile.
    pub answered: usize,
    /// Everything that did not hold, one sentence each.
    pub broken: Vec<String>,
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} sign-outs beside {} reads: refused elsewhere after {:.1?} (p50), {:.1?} (p99), {:.1?} (longest)",
            self.delays.len(),
            self.answered,
            percentile(&self.delays, 50),
            percentile(&self.delays, 99),
            percentile(&self.delays, 100)
        )?;
        self.broken.iter().try_for_each(|sentence| writeln!(f, "  - {sentence}"))
    }
}

/// Signs so many people in and out.
///
/// # Panics
/// When what stands around the programs cannot be made: then nothing can be said.
pub async fn run(sign_outs: usize) -> Spread {
    let world = World::start(2).await;
    let over = AtomicBool::new(false);
    let answered = AtomicUsize::new(0);
    let mut readers = Vec::new();
    for number in 0..READERS {
        readers.push(sign_in(&world, number, "95").await);
    }
    let reading = futures::future::join_all(readers.iter().enumerate().map(async |(number, reader)| {
        let reader = reader.toward(world.address(number));
        while !over.load(Ordering::Relaxed) {
            reader.get("/wallet").await;
            answered.fetch_add(1, Ordering::Relaxed);
        }
    }));
    let signing_out = async {
        let (mut delays, mut broken) = (Vec::new(), Vec::new());
        for number in 0..sign_outs {
            match sign_out(&world, number).await {
                Ok(delay) => delays.push(delay),
                Err(sentence) => broken.push(sentence),
            }
        }
        over.store(true, Ordering::Relaxed);
        delays.sort_unstable();
        (delays, broken)
    };
    let ((delays, broken), _) = futures::join!(signing_out, reading);
    world.stop().await;
    Spread { delays, answered: answered.into_inner(), broken }
}

async fn sign_in(world: &World, number: usize, series: &str) -> Device {
    let (address, phone) = (world.address(number), format!("{series}{number:08}"));
    let signing_in = async || Device::try_sign_in(&address, &phone, "Redmi").await;
    eventually("somebody signs in", SOON, signing_in).await
}

/// Signs somebody out here; how long until they are refused there.
async fn sign_out(world: &World, number: usize) -> Result<Duration, String> {
    let here = sign_in(world, number, "94").await;
    let there = here.toward(world.address(number + 1));
    // That instance has seen the session alive.
    let before = there.get("/user/profile").await;
    if before.status != 200 {
        return Err(format!("person {number} is refused before signing out: {}", before.text));
    }
    let out = here.post("/auth/logout", &json!({})).await;
    let answered = Instant::now();
    if out.status != 200 {
        return Err(format!("person {number} could not sign out: {}", out.text));
    }
    while there.get("/user/profile").await.status != 401 {
        if answered.elapsed() > SOON {
            return Err(format!("person {number} is never refused at the other instance"));
        }
    }
    let delay = answered.elapsed();
    let same = here.get("/user/profile").await;
    if same.status != 401 {
        return Err(format!("person {number} is still known where they signed out: {}", same.text));
    }
    Ok(delay)
}
