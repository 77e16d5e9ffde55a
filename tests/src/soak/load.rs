//! The people: a mixture of what they do, as fast as it goes or at a rate.

use crate::harness::{Device, Program, Site};
use futures::{
    future::join_all,
    stream::{FuturesUnordered, StreamExt as _},
};
use partners::{Outcome, WebhookTiming};
use reqwest::Method;
use serde_json::json;
use std::{
    collections::BTreeMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

/// How many requests may be on their way; more are left out and counted as such.
pub(super) const UNDER_WAY_MAX: usize = 256;

/// How often each answer came, by request and status; 0 is a broken connection.
pub(super) type Answers = BTreeMap<(&'static str, u16), u64>;

pub(super) struct Load<'site> {
    site: &'site Site,
    base: String,
    // A phone refreshes once at a time.
    people: Vec<tokio::sync::Mutex<Device>>,
    turn: AtomicU64,
    under_way_most: AtomicUsize,
    answers: Mutex<Answers>,
}

impl<'site> Load<'site> {
    pub(super) async fn prepare(site: &'site Site, program: &Program, people: usize) -> Self {
        let mut arrived = Vec::new();
        for number in 0..people {
            let device = Device::sign_in(program, &format!("92{number:08}"), "Redmi 12").await;
            arrived.push(device);
        }
        join_all(arrived.iter().map(Device::wallet_opened)).await;
        let people = arrived.into_iter().map(tokio::sync::Mutex::new).collect();
        let base = program.url("");
        Self {
            site,
            base,
            people,
            turn: AtomicU64::new(0),
            under_way_most: AtomicUsize::new(0),
            answers: Mutex::default(),
        }
    }

    /// How many requests a second are answered when so many ask without pause.
    pub(super) async fn as_much_as_it_can(&self, crowd: usize, lasting: Duration) -> u64 {
        let (first, begun) = (self.turn.load(Ordering::Relaxed), Instant::now());
        let asking = (0..crowd).map(async |_| {
            while begun.elapsed() < lasting {
                self.ask().await;
            }
        });
        join_all(asking).await;
        let asked = self.turn.load(Ordering::Relaxed) - first;
        asked.checked_div(begun.elapsed().as_secs()).unwrap_or(asked)
    }

    /// Asks so often a second until it is time to end, however long answers take.
    pub(super) async fn at_a_rate(&self, rate: u64, ends: Instant) {
        let every = Duration::from_micros(1_000_000_u64.checked_div(rate).unwrap_or(1_000_000));
        let mut beats = tokio::time::interval(every);
        beats.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Burst);
        let mut under_way = FuturesUnordered::new();
        while Instant::now() < ends {
            tokio::select! {
                _ = beats.tick() => {
                    if under_way.len() < UNDER_WAY_MAX {
                        under_way.push(self.ask());
                        self.under_way_most.fetch_max(under_way.len(), Ordering::Relaxed);
                    } else {
                        self.count("left out", 0);
                    }
                }
                Some(()) = under_way.next(), if !under_way.is_empty() => {}
            }
        }
        while under_way.next().await.is_some() {}
    }

    /// How many requests were on their way at most since this was last asked.
    pub(super) fn under_way_most(&self) -> usize {
        self.under_way_most.swap(0, Ordering::Relaxed)
    }

    pub(super) fn forget(&self) {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    pub(super) fn answers(&self) -> Answers {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn count(&self, what: &'static str, status: u16) {
        *self.answers.lock().unwrap_or_else(PoisonError::into_inner).entry((what, status)).or_default() += 1;
    }

    /// The next request of the mixture: of a hundred 70 read, 20 refresh, 4 change, 4 sign in and 2 top up.
    async fn ask(&self) {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let place = usize::try_from(turn).unwrap_or_default();
        let person = self.people.get(place % self.people.len()).expect("somebody");
        // Spread over the hundred, so that no kind comes in a row.
        match turn.wrapping_mul(37) % 100 {
            0..20 => self.refresh(&mut *person.lock().await).await,
            20..24 => {
                let device = person.lock().await.clone();
                let patch = json!({ "employer": format!("Employer {turn}") });
                let patch = device.request(Method::PATCH, "/user/profile").json(&patch);
                self.told("PATCH /user/profile", device.try_send(patch).await);
            }
            24..28 => self.sign_in(turn).await,
            28..30 => self.top_up(&person.lock().await.clone(), turn).await,
            kind => {
                let paths = ["/wallet", "/user/profile", "/payments/orders", "/auth/sessions"];
                let path = paths.get(usize::try_from(kind).unwrap_or(0) % paths.len()).expect("a path");
                let device = person.lock().await.clone();
                self.told(path, device.try_send(device.request(Method::GET, path)).await);
            }
        }
    }

    fn told(&self, what: &'static str, answer: Option<crate::Answer>) -> Option<crate::Answer> {
        self.count(what, answer.as_ref().map_or(0, |answer| answer.status.as_u16()));
        answer
    }

    async fn refresh(&self, device: &mut Device) {
        let body = json!({ "refresh_token": device.refresh_token });
        let answer = device.try_send(device.request(Method::POST, "/auth/token/refresh").json(&body)).await;
        if let Some(answer) =
            self.told("POST /auth/token/refresh", answer).filter(|answer| answer.status == 200)
        {
            device.access_token = answer.text("access_token");
            device.refresh_token = answer.text("refresh_token");
        }
    }

    async fn sign_in(&self, turn: u64) {
        let signed_in =
            Device::try_sign_in(&self.base, &format!("91{:08}", turn % 100_000_000), "Moto").await;
        self.count("sign-in of somebody new", if signed_in.is_some() { 200 } else { 0 });
    }

    async fn top_up(&self, device: &Device, turn: u64) {
        let answer = device.top_up_session(&format!("soak-{turn}"), 100).await;
        let Some(answer) = self.told("POST /payments/session", answer).filter(|answer| answer.status == 201)
        else {
            return;
        };
        let order = answer.text("order_id");
        let paid = self.site.simulators.pay(&order, Some(Outcome::Success), Some(WebhookTiming::After)).await;
        self.count("paid at the partner", if paid.is_ok() { 200 } else { 0 });
    }
}
