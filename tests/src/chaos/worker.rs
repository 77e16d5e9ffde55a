//! The people: what they ask for, how they insist, and what they were told.

use super::{Plan, pause, world::World};
use crate::harness::{Answer, Device, SOON, eventually};
use kernel::Env;
use partners::{Outcome, WebhookTiming};
use reqwest::Method;
use serde_json::json;
use std::{
    collections::VecDeque,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::sync::Notify;

/// How long somebody waits before asking again, twice as long each time, and how long at most.
const PATIENCE: Duration = Duration::from_millis(100);
const PATIENCE_MAX: Duration = Duration::from_secs(2);

/// A top-up that was acknowledged.
#[derive(Debug, Clone)]
pub(super) struct TopUp {
    pub(super) order_id: String,
    pub(super) amount: i64,
}

/// Somebody and what they were told.
pub(super) struct Account {
    pub(super) device: Mutex<Device>,
    pub(super) top_ups: Mutex<Vec<TopUp>>,
    /// The employer they were last told is kept, and the one they asked for last.
    pub(super) employer: Mutex<(Option<String>, Option<String>)>,
    /// A phone refreshes once at a time.
    refreshing: tokio::sync::Mutex<()>,
}

impl Account {
    /// Somebody new, whose wallet is open.
    pub(super) async fn open(world: &World, number: usize) -> Self {
        let (address, phone) = (world.address(number), format!("97{number:08}"));
        let signing_in = async || Device::try_sign_in(&address, &phone, "Redmi").await;
        let device = eventually("somebody signs in", SOON, signing_in).await;
        device.wallet_opened().await;
        Self {
            device: Mutex::new(device),
            top_ups: Mutex::default(),
            employer: Mutex::default(),
            refreshing: tokio::sync::Mutex::default(),
        }
    }

    pub(super) fn device(&self) -> Device {
        lock(&self.device).clone()
    }
}

/// All of them, the work that is left and what went wrong.
pub(super) struct Crowd {
    pub(super) accounts: Vec<Account>,
    plan: Plan,
    left: Mutex<VecDeque<usize>>,
    acknowledged: AtomicUsize,
    progress: Notify,
    repeats: AtomicUsize,
    pub(super) violations: Mutex<Vec<String>>,
}

impl Crowd {
    pub(super) fn new(plan: &Plan, accounts: Vec<Account>) -> Self {
        Self {
            accounts,
            plan: *plan,
            left: Mutex::new((0..plan.top_ups).collect()),
            acknowledged: AtomicUsize::new(0),
            progress: Notify::new(),
            repeats: AtomicUsize::new(0),
            violations: Mutex::default(),
        }
    }

    /// Waits until so many top-ups are acknowledged and paid.
    pub(super) async fn acknowledged(&self, many: usize) {
        loop {
            let changed = self.progress.notified();
            if self.acknowledged.load(Ordering::Acquire) >= many {
                return;
            }
            changed.await;
        }
    }

    pub(super) fn repeats(&self) -> usize {
        self.repeats.load(Ordering::Relaxed)
    }

    /// Makes top-ups until none is left; what is asked and paid follows from the top-up's number.
    pub(super) async fn work(&self, world: &World, worker: usize) {
        loop {
            let Some(number) = lock(&self.left).pop_front() else { return };
            let env = self.plan.source(1_000 + u64::try_from(number).unwrap_or_default());
            let account = self.accounts.get(number % self.accounts.len()).expect("there is such a person");
            self.top_up(world, account, number, worker, &env).await;
            if number % 7 == 0 {
                self.change_profile(world, account, number, &env).await;
            }
            if number % 11 == 0 {
                self.refresh(world, account, &env).await;
            }
        }
    }

    async fn top_up(&self, world: &World, account: &Account, number: usize, worker: usize, env: &Env) {
        let amount = i64::from(10_000 + env.below(20_000));
        let key = format!("top-up-{number}");
        let answer = self
            .insist(world, worker, async |address| {
                account.device().toward(address).top_up_session(&key, amount).await
            })
            .await;
        let Some(answer) = answer.filter(|answer| answer.status == 201) else { return };
        let order_id = answer.text("order_id");
        // Noted before it is paid: what was acknowledged must be kept whatever follows.
        lock(&account.top_ups).push(TopUp { order_id: order_id.clone(), amount });
        let webhook = match env.below(4) {
            0 => WebhookTiming::Before,
            1 => WebhookTiming::After,
            2 => WebhookTiming::Twice,
            _ => WebhookTiming::None,
        };
        if let Err(error) = world.simulators.pay(&order_id, Some(Outcome::Success), Some(webhook)).await {
            self.violated(format!("{order_id} could not be paid: {error}"));
        }
        self.acknowledged.fetch_add(1, Ordering::Release);
        self.progress.notify_waiters();
    }

    async fn change_profile(&self, world: &World, account: &Account, number: usize, env: &Env) {
        let wanted = format!("Employer {number}");
        lock(&account.employer).1 = Some(wanted.clone());
        let answer = self
            .insist(world, env.below(8) as usize, async |address| {
                let device = account.device().toward(address);
                let patch =
                    device.request(Method::PATCH, "/user/profile").json(&json!({ "employer": wanted }));
                device.try_send(patch).await
            })
            .await;
        if answer.is_some_and(|answer| answer.status == 200) {
            lock(&account.employer).0 = Some(wanted);
        }
    }

    async fn refresh(&self, world: &World, account: &Account, env: &Env) {
        let _alone = account.refreshing.lock().await;
        let presented = account.device().refresh_token;
        let answer = self
            .insist(world, env.below(8) as usize, async |address| {
                let device = account.device().toward(address);
                let body = json!({ "refresh_token": presented });
                device.try_send(device.request(Method::POST, "/auth/token/refresh").json(&body)).await
            })
            .await;
        match answer {
            Some(answer) if answer.status == 200 => {
                let mut device = lock(&account.device);
                device.access_token = answer.text("access_token");
                device.refresh_token = answer.text("refresh_token");
            }
            Some(answer) => self.violated(format!("a refresh was refused: {}", answer.text)),
            None => {}
        }
    }

    /// Asks until there is an answer that is no failure of the moment; `None` when the answer is a refusal, which
    /// nobody here deserves.
    async fn insist(
        &self,
        world: &World,
        first: usize,
        ask: impl AsyncFn(String) -> Option<Answer>,
    ) -> Option<Answer> {
        let mut patience = PATIENCE;
        for attempt in 0..2_000_usize {
            let answer = ask(world.address(first + attempt)).await;
            let status = answer.as_ref().map_or(0, |answer| answer.status.as_u16());
            match status {
                200 | 201 => return answer,
                // In progress, too often, or the moment's failure.
                0 | 409 | 429 | 500.. => {
                    let told = answer.as_ref().map(|answer| answer.json["error"].clone()).unwrap_or_default();
                    if told == "INTERNAL_ERROR" {
                        self.violated(format!("a failure of ours: {}", answer?.text));
                    } else if status == 409 && told != "REQUEST_IN_PROGRESS" {
                        self.violated(format!("a conflict: {}", answer?.text));
                        return None;
                    }
                    self.repeats.fetch_add(1, Ordering::Relaxed);
                    pause(patience).await;
                    patience = patience.saturating_mul(2).min(PATIENCE_MAX);
                }
                _ => {
                    let text = answer.map(|answer| answer.text).unwrap_or_default();
                    self.violated(format!("a refusal nobody deserved: {status} {text}"));
                    return None;
                }
            }
        }
        self.violated("nobody ever answered".to_owned());
        None
    }

    /// Whether every paid order has come to its end.
    pub(super) async fn is_settled(&self, world: &World) -> bool {
        for (number, account) in self.accounts.iter().enumerate() {
            let device = account.device().toward(world.address(number));
            let top_ups = lock(&account.top_ups).clone();
            for top_up in top_ups {
                let order = device.get(&format!("/payments/orders/{}", top_up.order_id)).await.json;
                let over = order["fulfilment"] == "DONE" || order["status"] == "REFUNDED";
                if !over {
                    return false;
                }
            }
        }
        true
    }

    pub(super) fn violated(&self, sentence: String) {
        lock(&self.violations).push(sentence);
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
