//! Whether everything that was acknowledged is still true.

use super::{
    worker::{Account, Crowd, lock},
    world::World,
};
use crate::harness::program::run;
use serde_json::json;
use std::{collections::BTreeSet, fmt};

/// Everything that did not hold, one sentence each.
#[derive(Debug)]
pub struct Verdict {
    /// The sentences; none when all held.
    pub broken: Vec<String>,
    /// How many paid top-ups were credited, and how many paid back.
    pub credited: usize,
    /// How many were paid back.
    pub refunded: usize,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { broken, credited, refunded } = self;
        writeln!(f, "  {credited} credited once, {refunded} paid back, {} broken promises", broken.len())?;
        broken.iter().try_for_each(|sentence| writeln!(f, "  - {sentence}"))
    }
}

impl Verdict {
    pub(super) async fn find(world: &World, crowd: &Crowd, came_to_rest: bool) -> Self {
        let mut verdict = Self { broken: lock(&crowd.violations).clone(), credited: 0, refunded: 0 };
        if !came_to_rest {
            verdict.broken.push("it never came to rest".to_owned());
        }
        for (number, account) in crowd.accounts.iter().enumerate() {
            verdict.ask(world, number, account).await;
        }
        for words in [["ledger", "check"], ["audit", "verify"]] {
            let ended = run(&words, &world.variables).await;
            if !ended.status.success() {
                let told = String::from_utf8_lossy(&ended.stdout).into_owned();
                verdict.broken.push(format!("`{}` found: {told}", words.join(" ")));
            }
        }
        for buried in world.texts(BURIED).await {
            verdict.broken.push(format!("a job is buried: {buried}"));
        }
        for (sql, what) in
            [(UNSETTLED_LOADS, "loads never reached the issuer"), (STOPPED, "orders wait for an operator")]
        {
            let found = world.number(sql).await;
            if found != 0 {
                verdict.broken.push(format!("{found} {what}"));
            }
        }
        verdict
    }

    /// Whether one person finds everything as they were told.
    async fn ask(&mut self, world: &World, number: usize, account: &Account) {
        let device = account.device().toward(world.address(number));
        let top_ups = lock(&account.top_ups).clone();
        let mut owed = 0;
        let mut expected = BTreeSet::new();
        for top_up in &top_ups {
            let order = device.get(&format!("/payments/orders/{}", top_up.order_id)).await.json;
            if order["amount"] != top_up.amount {
                self.broken.push(format!("{} is lost or another: {order}", top_up.order_id));
            } else if order["status"] == "SUCCESS" && order["fulfilment"] == "DONE" {
                self.credited += 1;
                owed += top_up.amount;
                expected.insert(format!("topup:{}", top_up.order_id));
            } else if order["status"] == "REFUNDED" && order["fulfilment"] == "FAILED" {
                self.refunded += 1;
            } else {
                self.broken.push(format!("{} came to no end: {order}", top_up.order_id));
            }
        }
        let orders = device.get("/payments/orders?limit=100").await.json["data"].clone();
        let orders = orders.as_array().map_or(0, Vec::len);
        if orders != top_ups.len() {
            self.broken.push(format!("person {number} has {orders} orders for {} wishes", top_ups.len()));
        }
        let wallet = device.get("/wallet").await.json;
        if wallet["balance"] != owed {
            self.broken.push(format!("person {number} is owed {owed} and has {}", wallet["balance"]));
        }
        let wallet_id = wallet["transcorp_wallet_id"].as_str().unwrap_or_default();
        let history = device.get(&format!("/wallet/{wallet_id}/transactions/history/0?limit=100")).await.json;
        let lines = history["transactions"].as_array().cloned().unwrap_or_default();
        let references: Vec<_> =
            lines.iter().filter_map(|line| line["reference"].as_str()).map(str::to_owned).collect();
        if references.len() != expected.len() || references.into_iter().collect::<BTreeSet<_>>() != expected {
            self.broken.push(format!("the history of person {number} is not what was credited"));
        }
        self.ask_identity(number, account, &device).await;
    }

    async fn ask_identity(&mut self, number: usize, account: &Account, device: &crate::Device) {
        let (told, wanted) = lock(&account.employer).clone();
        let kept = device.get("/user/profile").await.json["employer"].as_str().map(str::to_owned);
        if kept != told && kept != wanted {
            self.broken.push(format!("person {number} was told of {told:?} and finds {kept:?}"));
        }
        let body = json!({ "refresh_token": device.refresh_token });
        let refreshed = device.post("/auth/token/refresh", &body).await;
        if refreshed.status != 200 {
            self.broken.push(format!("person {number} is signed out: {}", refreshed.text));
            return;
        }
        let mut device = device.clone();
        device.access_token = refreshed.text("access_token");
        let sessions = device.get("/auth/sessions").await.json["data"].clone();
        if sessions.as_array().map(Vec::len) != Some(1) {
            self.broken.push(format!("person {number} has other sessions than one: {sessions}"));
        }
    }
}

/// What they were about, how often they were tried and why they failed last.
const BURIED: &str = "
SELECT tasks.identifier || ' ' || jobs.payload::text || ', ' || jobs.attempts || ' tries: ' || coalesce(jobs.last_error, '?')
    AS held
  FROM graphile_worker._private_jobs AS jobs JOIN graphile_worker._private_tasks AS tasks ON tasks.id = jobs.task_id
 WHERE jobs.attempts >= jobs.max_attempts AND jobs.locked_at IS NULL";

const UNSETTLED_LOADS: &str = "SELECT count(*) AS found FROM issuer_loads WHERE state <> 'done'";

const STOPPED: &str = "SELECT count(*) AS found FROM orders WHERE attention IS NOT NULL";
