//! Makes real programs send everything they ever send: people by HTTP, chores by the queue.

use super::fill::deepen;
use crate::harness::{Device, Program, Site, eventually};
use futures::future::join_all;
use kernel::Env;
use partners::{Outcome, WebhookTiming};
use reqwest::Method;
use serde_json::json;
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// How many people there are besides those who are there already.
const PEOPLE: usize = 6;

/// The work that comes round by the clock.
const CHORES: [&str; 6] = [
    "reconcile_orders",
    "remind_unfulfilled",
    "ask_after_loads",
    "forget_expired",
    "checkpoint_audit",
    "check_ledger",
];

/// How long all chores may take: one reads every line of the ledger.
const CHORES_WITHIN: Duration = Duration::from_secs(1_800);

/// How long the answers of each route took, in microseconds.
pub(super) type Timings = BTreeMap<&'static str, Vec<u64>>;

/// Drives the program through every journey so many times, and through every chore.
pub(super) async fn drive(site: &Site, program: &Program, rounds: usize, history: u64) -> Timings {
    let mut timings = Timings::new();
    let begun = Env::system().now().unix_timestamp();
    let people = (0..PEOPLE).map(|number| arrive(program, number));
    let mut people = join_all(people).await;
    let deep = people.first().expect("somebody").clone();
    deepen(&site.database_url, &deep.user_id, history).await;
    for round in 0..rounds {
        for device in &mut people {
            read(device, &mut timings).await;
        }
        if round % 10 == 0 {
            let who = people.get_mut(round / 10 % PEOPLE).expect("somebody");
            change(site, program, who, round, &mut timings).await;
            insure(site, who, round, &mut timings).await;
        }
    }
    // Nobody waits here until another code may be asked for.
    site.execute(&format!("DELETE FROM otp_budgets WHERE since >= to_timestamp({begun})")).await;
    for device in &people {
        arrive_again(device).await;
    }
    page_through(&deep, &mut timings).await;
    for name in CHORES {
        chore(site, name).await;
    }
    timings.values_mut().for_each(|taken| taken.sort_unstable());
    timings
}

async fn arrive(program: &Program, number: usize) -> Device {
    let device = Device::sign_in(program, &format!("96{number:08}"), "Redmi 12").await;
    device.wallet_opened().await;
    device
}

/// Signs in anew on a device that has lost its token, and then on one that shows it.
async fn arrive_again(device: &Device) {
    let mut token = None;
    for _ in 0..2 {
        let asked = json!({ "phone": device.phone, "device_token": token });
        device.post("/auth/otp/trigger", &asked).await.expect(200);
        let given = json!({ "phone": device.phone, "otp": "123456", "device_token": token });
        token = Some(device.post("/auth/otp/verify", &given).await.expect(200).text("device_token"));
    }
}

/// What a screen asks for again and again.
async fn read(device: &mut Device, timings: &mut Timings) {
    let wallet = timed(timings, "GET /wallet", device.get("/wallet")).await.expect(200);
    let wallet = wallet.text("transcorp_wallet_id");
    timed(timings, "GET /user/profile", device.get("/user/profile")).await.expect(200);
    timed(timings, "GET /auth/sessions", device.get("/auth/sessions")).await.expect(200);
    let orders = timed(timings, "GET /payments/orders", device.get("/payments/orders")).await.expect(200);
    if let Some(order) = orders.json["data"][0]["order_id"].as_str() {
        let path = format!("/payments/orders/{order}");
        timed(timings, "GET /payments/orders/{order_id}", device.get(&path)).await.expect(200);
    }
    timed(timings, "GET /insurance/plans", device.get("/insurance/plans")).await.expect(200);
    timed(timings, "GET /insurance/policies", device.get("/insurance/policies")).await.expect(200);
    let history = format!("/wallet/{wallet}/transactions/history/0?limit=20");
    timed(timings, "GET history, first page", device.get(&history)).await.expect(200);
    let today = Env::system().now().date();
    let month_ago = today - time::Duration::days(30);
    let statement = format!("/wallet/statement?from={month_ago}&to={today}");
    timed(timings, "GET /wallet/statement", device.get(&statement)).await.expect(200);
    let body = json!({ "refresh_token": device.refresh_token });
    let refreshed =
        timed(timings, "POST /auth/token/refresh", device.post("/auth/token/refresh", &body)).await;
    let refreshed = refreshed.expect(200);
    device.access_token = refreshed.text("access_token");
    device.refresh_token = refreshed.text("refresh_token");
}

/// What happens now and then.
async fn change(site: &Site, program: &Program, device: &Device, round: usize, timings: &mut Timings) {
    let patch = json!({ "first_name": "Asha", "last_name": "Devi", "employer": format!("Employer {round}") });
    let patch = device.send(device.request(Method::PATCH, "/user/profile").json(&patch));
    timed(timings, "PATCH /user/profile", patch).await.expect(200);
    // Whoever asked for a code a moment ago is told to wait, which is a journey too.
    device.post("/auth/otp/trigger", &json!({ "phone": device.phone })).await;
    let pin = json!({ "pin": "482716", "otp": "123456" });
    let pin = device.send(device.request(Method::PUT, "/auth/pin").json(&pin)).await;
    assert!(pin.status.as_u16() < 500, "{}", pin.text);
    let step_up = device.post("/auth/step-up", &json!({ "pin": "482716" })).await;
    assert!(step_up.status.as_u16() < 500, "{}", step_up.text);
    let before = device.balance().await;
    let key = format!("scale-{round}");
    for _ in 0..2 {
        let answer = timed(timings, "POST /payments/session", device.top_up_session(&key, 10_000)).await;
        let answer = answer.expect("an answer").expect(201);
        if device.balance().await == before {
            let order = answer.text("order_id");
            device.get(&format!("/payments/orders/{order}")).await.expect(200);
            let paid = site.simulators.pay(&order, Some(Outcome::Success), Some(WebhookTiming::Twice)).await;
            paid.expect("the order can be paid");
            device.balance_becomes(before + 10_000).await;
        }
    }
    let elsewhere = Device::sign_in(program, &format!("95{round:08}"), "Moto").await;
    elsewhere.send(elsewhere.request(Method::POST, "/auth/logout/others")).await.expect(200);
    elsewhere.send(elsewhere.request(Method::POST, "/auth/logout")).await.expect(200);
}

/// Somebody is named, and a policy bought that they do not have yet.
async fn insure(site: &Site, device: &Device, round: usize, timings: &mut Timings) {
    let profile = json!({ "first_name": "Asha", "dob": "1985-08-15", "gender": "female" });
    device.send(device.request(Method::PATCH, "/user/profile").json(&profile)).await.expect(200);
    let kiran =
        json!({ "first_name": "Kiran", "dob": "2016-07-30", "gender": "male", "relationship": "child" });
    let named = device.post("/user/dependants", &kiran).await;
    assert!(named.status.is_success(), "{}", named.text);
    let plans = eventually("the insurer's plans are known", Duration::from_secs(60), async || {
        let plans = device.get("/insurance/plans?limit=100").await.expect(200);
        let plans = plans.json["data"].as_array().cloned().unwrap_or_default();
        let at_once: Vec<_> = plans
            .into_iter()
            .filter(|plan| {
                plan["issuance_mode"] == "INSTANT" && plan["eligibility"]["districts"] == json!([])
            })
            .collect();
        (!at_once.is_empty()).then_some(at_once)
    })
    .await;
    let plan_id = &plans[round / 10 / PEOPLE % plans.len()]["id"];
    let asked = json!({ "plan_id": plan_id });
    let quote = device.post("/insurance/calculate-premium", &asked);
    let quote = timed(timings, "POST /insurance/calculate-premium", quote).await.expect(200);
    let body = json!({ "type": "INSURANCE_PURCHASE", "quote_id": quote.text("quote_id") });
    let session = device.request(Method::POST, "/payments/session");
    let session = session.header("idempotency-key", format!("cover-{round}")).json(&body);
    let opened = device.send(session).await;
    if opened.status.as_u16() == 409 {
        return;
    }
    let order = opened.expect(201).text("order_id");
    site.simulators
        .pay(&order, Some(Outcome::Success), Some(WebhookTiming::Before))
        .await
        .expect("it is paid");
    let claim = json!({ "plan_id": plan_id, "payment_order_id": order });
    let policy = eventually("the order is paid", Duration::from_secs(60), async || {
        let claimed = device.post("/insurance/purchase", &claim).await;
        claimed.status.is_success().then(|| claimed.text("id"))
    })
    .await;
    eventually("the policy is issued", Duration::from_secs(60), async || {
        let policy = device.get(&format!("/insurance/policies/{policy}")).await.expect(200);
        (policy.json["status"] == "ACTIVE").then_some(())
    })
    .await;
}

/// From the newest line to the oldest.
async fn page_through(device: &Device, timings: &mut Timings) {
    let wallet = device.get("/wallet").await.expect(200).text("transcorp_wallet_id");
    let mut after = String::new();
    loop {
        let path = format!("/wallet/{wallet}/transactions/history/0?limit=100{after}");
        let page = timed(timings, "GET history, further pages", device.get(&path)).await.expect(200);
        let Some(next) = page.json["next_cursor"].as_str() else { return };
        after = format!("&cursor={next}");
    }
}

/// Runs one as the schedule does, and waits until it is noted as done.
async fn chore(site: &Site, name: &'static str) {
    let begin = format!(
        "DELETE FROM chores_done WHERE name = '{name}';
         SELECT graphile_worker.add_job('chore', '{{\"name\": \"{name}\"}}'::json)"
    );
    site.execute(&begin).await;
    let done = format!("SELECT count(*) AS found FROM chores_done WHERE name = '{name}'");
    eventually(name, CHORES_WITHIN, async || (site.number(&done).await > 0).then_some(())).await;
}

async fn timed<T>(timings: &mut Timings, route: &'static str, asking: impl Future<Output = T>) -> T {
    let begun = Instant::now();
    let answer = asking.await;
    let taken = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
    timings.entry(route).or_default().push(taken);
    answer
}
