//! A herd of refreshes: four callers of one app renew the same token at once, on a network that loses answers; nobody
//! is signed out by it, and whoever brings back an older token ends the session with that very answer.

use super::{worker::lock, world::World};
use crate::harness::{Device, SOON, eventually, seeded};
use futures::{StreamExt as _, future::join_all, stream};
use kernel::Env;
use reqwest::Method;
use serde_json::json;
use std::{
    fmt,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

/// How many callers of one app find at once that their access token has run out.
const CALLERS: usize = 4;

/// How many devices refresh at a time.
const AT_A_TIME: usize = 4;

/// What to do.
#[derive(Debug, Clone, Copy)]
pub struct HerdPlan {
    /// From it follows which answers are lost.
    pub seed: u64,
    /// How many instances serve.
    pub gateways: usize,
    /// How many devices are signed in.
    pub devices: usize,
    /// How many times a token is renewed, each time by four callers.
    pub refreshes: usize,
    /// How many of a hundred answers are lost.
    pub lost_percent: u32,
}

/// What happened, and what did not hold.
#[derive(Debug)]
pub struct HerdReport {
    /// What was done.
    pub plan: HerdPlan,
    /// How many requests were sent.
    pub requests: usize,
    /// How many answers were lost.
    pub lost: usize,
    /// How often none of the callers heard anything, and the app asked again with the token it had.
    pub asked_again: usize,
    /// Rows of the sessions table before and after.
    pub rows: (i64, i64),
    /// Bytes of the sessions table and its indexes before and after.
    pub bytes: (i64, i64),
    /// How long it took.
    pub lasted: Duration,
    /// Everything that did not hold, one sentence each.
    pub broken: Vec<String>,
}

impl fmt::Display for HerdReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let HerdPlan { seed, gateways, devices, refreshes, .. } = self.plan;
        writeln!(
            f,
            "seed {seed}: {refreshes} refreshes of {devices} devices by {CALLERS} callers at {gateways} instance(s)"
        )?;
        writeln!(
            f,
            "  {} requests, {} answers lost, asked again {} times, {:.1} s",
            self.requests,
            self.lost,
            self.asked_again,
            self.lasted.as_secs_f64()
        )?;
        let ((rows, rows_after), (bytes, bytes_after)) = (self.rows, self.bytes);
        writeln!(
            f,
            "  sessions: {rows} → {rows_after} rows, {} → {} KiB",
            bytes / 1_024,
            bytes_after / 1_024
        )?;
        writeln!(f, "  {} broken promises", self.broken.len())?;
        self.broken.iter().try_for_each(|sentence| writeln!(f, "  - {sentence}"))
    }
}

/// Carries the plan out.
///
/// # Panics
/// When what stands around the programs cannot be made: then nothing can be said.
pub async fn run(plan: HerdPlan) -> HerdReport {
    let world = World::start(plan.gateways).await;
    let mut apps = Vec::new();
    for number in 0..plan.devices {
        apps.push(App::install(&world, &plan, number).await);
    }
    let herd = Herd::default();
    let (rows, bytes) = (world.number(ROWS).await, world.number(BYTES).await);
    let begun = Instant::now();
    let each = plan.refreshes.div_ceil(plan.devices.max(1));
    stream::iter(&mut apps)
        .for_each_concurrent(AT_A_TIME, |app| app.refresh_often(&world, &herd, each))
        .await;
    let lasted = begun.elapsed();
    let (rows, bytes) = ((rows, world.number(ROWS).await), (bytes, world.number(BYTES).await));
    if rows.0 != rows.1 {
        herd.violated(format!("{} sessions became {}", rows.0, rows.1));
    }
    for app in &apps {
        app.bring_back_the_oldest(&world, &herd).await;
    }
    world.stop().await;
    let count = |counter: &AtomicUsize| counter.load(Ordering::Relaxed);
    let (requests, lost, asked_again) = (count(&herd.requests), count(&herd.lost), count(&herd.asked_again));
    let broken = lock(&herd.violations).clone();
    HerdReport { plan, requests, lost, asked_again, rows, bytes, lasted, broken }
}

const ROWS: &str = "SELECT count(*) AS found FROM sessions";
const BYTES: &str = "SELECT pg_total_relation_size('sessions') AS found";

/// What all of them did.
#[derive(Default)]
struct Herd {
    requests: AtomicUsize,
    lost: AtomicUsize,
    asked_again: AtomicUsize,
    violations: Mutex<Vec<String>>,
}

impl Herd {
    fn violated(&self, sentence: String) {
        lock(&self.violations).push(sentence);
    }
}

/// An app on one device.
struct App {
    number: usize,
    device: Device,
    session_id: String,
    /// The tokens it had, oldest first.
    spent: Vec<String>,
    env: Env,
    lost_percent: u32,
}

impl App {
    async fn install(world: &World, plan: &HerdPlan, number: usize) -> Self {
        let (address, phone) = (world.address(number), format!("96{number:08}"));
        let signing_in = async || Device::try_sign_in(&address, &phone, "Redmi").await;
        let device = eventually("somebody signs in", SOON, signing_in).await;
        let sessions = device.get("/auth/sessions").await.expect(200).json;
        let session_id = sessions["data"][0]["id"].as_str().expect("a session").to_owned();
        let seed = plan.seed.wrapping_mul(1_000_003).wrapping_add(u64::try_from(number).unwrap_or_default());
        let env = seeded(seed);
        Self { number, device, session_id, spent: Vec::new(), env, lost_percent: plan.lost_percent }
    }

    async fn refresh_often(&mut self, world: &World, herd: &Herd, times: usize) {
        for time in 0..times {
            let mut heard = self.ask_at_once(world, herd, CALLERS).await;
            while heard.is_empty() {
                herd.asked_again.fetch_add(1, Ordering::Relaxed);
                heard = self.ask_at_once(world, herd, 1).await;
            }
            let Ok(pairs) = heard.into_iter().collect::<Result<Vec<_>, String>>().map_err(|told| {
                herd.violated(format!("device {} was signed out at refresh {time}: {told}", self.number));
            }) else {
                return;
            };
            let pair = pairs.first().expect("one was heard").clone();
            if pairs.iter().any(|other| *other != pair) {
                herd.violated(format!("callers of device {} were told different tokens", self.number));
            }
            let (access_token, refresh_token) = pair;
            self.spent.push(std::mem::replace(&mut self.device.refresh_token, refresh_token));
            self.device.access_token = access_token;
        }
    }

    /// What those callers hear whose answers are not lost: a pair, or a refusal in words.
    async fn ask_at_once(
        &self,
        world: &World,
        herd: &Herd,
        callers: usize,
    ) -> Vec<Result<(String, String), String>> {
        let lost: Vec<_> = (0..callers).map(|_| self.env.below(100) < self.lost_percent).collect();
        let asking = lost.into_iter().enumerate().map(async |(caller, lost)| {
            herd.requests.fetch_add(1, Ordering::Relaxed);
            let device = self.device.toward(world.address(self.number + caller));
            let body = json!({ "refresh_token": self.device.refresh_token });
            let request = device.request(Method::POST, "/auth/token/refresh").json(&body);
            let answer = device.try_send(request).await;
            if lost {
                herd.lost.fetch_add(1, Ordering::Relaxed);
                return None;
            }
            let answer = answer.expect("nobody is killed here");
            Some(if answer.status == 200 {
                Ok((answer.text("access_token"), answer.text("refresh_token")))
            } else {
                Err(answer.text)
            })
        });
        join_all(asking).await.into_iter().flatten().collect()
    }

    /// Somebody has kept an old token: the answer that refuses it finds the session ended.
    async fn bring_back_the_oldest(&self, world: &World, herd: &Herd) {
        let Some(oldest) = self.spent.first().filter(|_| self.spent.len() > 1) else { return };
        let device = self.device.toward(world.address(self.number));
        let profile = device.get("/user/profile").await;
        if profile.status != 200 {
            herd.violated(format!("device {} is signed out: {}", self.number, profile.text));
        }
        let refused = device.post("/auth/token/refresh", &json!({ "refresh_token": oldest })).await;
        if refused.status != 401 || refused.json["details"]["reason"] != "reused" {
            herd.violated(format!("an old token of device {} was answered {}", self.number, refused.text));
        }
        let alive = format!(
            "SELECT count(*) AS found FROM sessions WHERE id = '{}' AND ended_at IS NULL",
            self.session_id
        );
        if world.number(&alive).await != 0 {
            herd.violated(format!(
                "the session of device {} goes on after its old token came back",
                self.number
            ));
        }
        let newest = json!({ "refresh_token": self.device.refresh_token });
        let newest =
            self.device.toward(world.address(self.number + 1)).post("/auth/token/refresh", &newest).await;
        if newest.status != 401 {
            herd.violated(format!(
                "the newest token of device {} still renews: {}",
                self.number, newest.status
            ));
        }
    }
}
