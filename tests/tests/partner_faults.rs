//! Partners in trouble: each fault has its one documented answer, nothing is lost, and nothing is done twice.

use futures::future::join_all;
use partners::{FaultKind, FaultScript, Outcome, Partner, WebhookTiming};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Person, SOON, TestApp, eventually};
use time::Duration;

fn status(status: u16) -> FaultScript {
    FaultScript { status: Some(status), ..FaultScript::new(FaultKind::Status) }
}

fn delay(milliseconds: u64) -> FaultScript {
    FaultScript { delay_ms: Some(milliseconds), ..FaultScript::new(FaultKind::Delay) }
}

fn fault(kind: FaultKind) -> FaultScript {
    FaultScript::new(kind)
}

/// What an answer is, in short.
fn told(answer: &Answer) -> (u16, String) {
    (answer.status.as_u16(), answer.json["error"].as_str().unwrap_or_default().to_owned())
}

fn says(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

async fn order_of(person: &Person<'_>, order_id: &str) -> Value {
    person.get(&format!("/payments/orders/{order_id}")).await.expect(200).json
}

/// Lets the clock and the jobs go on for so many minutes, as they would by themselves.
async fn minutes_pass(app: &TestApp, minutes: u32) {
    for _ in 0..minutes {
        app.advance(Duration::minutes(1)).await;
        app.settle().await;
    }
}

#[tokio::test]
async fn each_fault_of_a_session_has_its_code_and_the_order_is_kept() {
    let app = TestApp::start().await;
    let person = app.person_with_wallet().await;
    for (script, expected) in [
        // What is not known to be undone may have been done.
        (fault(FaultKind::Outage), says(504, "TIMEOUT")),
        (status(500), says(504, "TIMEOUT")),
        (status(502), says(504, "TIMEOUT")),
        (fault(FaultKind::Malformed), says(504, "TIMEOUT")),
        (fault(FaultKind::DropBefore), says(504, "TIMEOUT")),
        (fault(FaultKind::DropAfter), says(504, "TIMEOUT")),
        // We were turned away at the door: nothing was done.
        (status(429), says(503, "PARTNER_UNAVAILABLE")),
        (status(401), says(503, "PARTNER_UNAVAILABLE")),
        (status(403), says(503, "PARTNER_UNAVAILABLE")),
        // It read the order and refused it.
        (status(400), says(502, "PARTNER_ERROR")),
    ] {
        let key = format!("{:?} {:?}", script.kind, script.status);
        app.simulators.add_fault(Partner::Juspay, script).unwrap();
        let failed = person.top_up_session(&key, 10_000).await;
        assert_eq!(told(&failed), expected, "{key}: {}", failed.text);
        assert!(!failed.text.to_lowercase().contains("juspay"), "{}", failed.text);
        assert_eq!(failed.header("retry-after").is_empty(), failed.status != 503, "{key}");
        // Reading goes on while the partner is dead: our own truth is told, if it is not newer.
        person.get("/wallet").await.expect(200);
        let orders = person.get("/payments/orders?limit=100").await.expect(200);
        let open = orders.json["data"][0]["order_id"].as_str().unwrap().to_owned();
        app.advance(Duration::seconds(3)).await;
        assert_eq!(order_of(&person, &open).await["status"], "CREATED", "{key}");
        app.simulators.clear_faults(Partner::Juspay);
        // The breaker rests for a while; then the same key leads to the same order.
        app.advance(Duration::minutes(2)).await;
        let order = person.top_up_session(&key, 10_000).await.expect(201);
        assert_eq!(order.text("order_id"), open, "{key}");
    }
    let orders = person.get("/payments/orders?limit=100").await.expect(200);
    assert_eq!(orders.json["data"].as_array().unwrap().len(), 10, "one order for each key");
}

#[tokio::test]
async fn a_partner_that_keeps_failing_is_left_alone_for_a_while() {
    let app = TestApp::start().await;
    let person = app.person_with_wallet().await;
    app.simulators.add_fault(Partner::Juspay, status(500)).unwrap();
    for round in 0..5 {
        let failed = person.top_up_session(&format!("k{round}"), 10_000).await;
        failed.expect_error(504, "TIMEOUT");
    }
    let calls = app.simulators.journal().last();
    person.top_up_session("k5", 10_000).await.expect_error(503, "PARTNER_UNAVAILABLE");
    assert_eq!(app.simulators.journal().last(), calls, "it was called again");
    app.simulators.clear_faults(Partner::Juspay);
    app.advance(Duration::seconds(31)).await;
    person.top_up_session("k5", 10_000).await.expect(201);
}

#[tokio::test]
async fn magic_amounts_lead_to_the_codes_the_table_promises() {
    let app = TestApp::start().await;
    let person = app.person_with_wallet().await;
    for (amount, expected) in [
        (131_301, says(504, "TIMEOUT")),
        (131_302, says(503, "PARTNER_UNAVAILABLE")),
        (131_303, says(504, "TIMEOUT")),
        (131_305, says(504, "TIMEOUT")),
        (131_323, says(502, "PARTNER_ERROR")),
    ] {
        let answer = person.top_up_session(&format!("k{amount}"), amount).await;
        assert_eq!(told(&answer), expected, "{amount}: {}", answer.text);
    }
    // The answer of this one was lost, but the order is there: the next try has it.
    person.top_up_session("k131305", 131_305).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn partners_that_answer_after_everybody_gave_up() {
    let app = TestApp::start().await;
    let person = app.person_with_wallet().await;
    let slow_phone = json!({ "phone": "9000000009" });
    let slow_message = app.post("/auth/otp/trigger", &slow_phone);
    // One carrier alone is replaced by the other once it has had its time.
    let (slow_carrier, replaced) = (json!({ "phone": "9000000018" }), "9000000018");
    let other_message = app.post("/auth/otp/trigger", &slow_carrier);
    let session = person.top_up_session("k", 131_304);
    let (message, other_message, session) = futures::join!(slow_message, other_message, session);
    message.expect_error(504, "TIMEOUT");
    session.expect_error(504, "TIMEOUT");
    other_message.expect(200);
    let sms = app.get(&format!("/sandbox/sms?phone={replaced}")).await.expect(200);
    assert!(sms.text.contains("valuefirst"), "{}", sms.text);
    Person::sign_in_again(&app, replaced).await;
}

#[tokio::test]
async fn a_slow_partner_is_waited_for() {
    let app = TestApp::start().await;
    let person = app.person_with_wallet().await;
    app.simulators.add_fault(Partner::Juspay, delay(400)).unwrap();
    app.simulators.add_fault(Partner::Twilio, delay(400)).unwrap();
    let begun = std::time::Instant::now();
    let order_id = person.top_up_session("k", 50_000).await.expect(201).text("order_id");
    app.post("/auth/otp/trigger", &json!({ "phone": app.new_phone() })).await.expect(200);
    assert!(begun.elapsed().as_millis() >= 800, "the faults did not strike");
    app.simulators.pay(&order_id, Some(Outcome::Success), Some(WebhookTiming::Before)).await.unwrap();
    app.settle().await;
    assert_eq!(person.balance().await, 50_000);
}

#[tokio::test]
async fn orders_are_read_while_the_partner_is_dead() {
    let app = TestApp::start().await;
    let person = app.person_with_wallet().await;
    let order_id = person.top_up_session("k", 50_000).await.expect(201).text("order_id");
    app.simulators.pay(&order_id, Some(Outcome::Success), Some(WebhookTiming::None)).await.unwrap();
    for script in [
        fault(FaultKind::Outage),
        status(429),
        fault(FaultKind::Malformed),
        fault(FaultKind::DropBefore),
        fault(FaultKind::DropAfter),
        status(404),
    ] {
        app.advance(Duration::minutes(1)).await;
        let name = format!("{script:?}");
        app.simulators.add_fault(Partner::Juspay, script).unwrap();
        assert_eq!(order_of(&person, &order_id).await["status"], "CREATED", "{name}");
        app.simulators.clear_faults(Partner::Juspay);
    }
    app.advance(Duration::minutes(1)).await;
    assert_eq!(order_of(&person, &order_id).await["status"], "SUCCESS");
    // Keys that nobody has documented change nothing.
    app.simulators.add_fault(Partner::Juspay, fault(FaultKind::ExtraKeys)).unwrap();
    person.top_up("k2", 20_000).await;
    assert_eq!(person.balance().await, 70_000);
}

#[tokio::test]
async fn one_dead_message_provider_is_replaced_by_the_other() {
    for (dead, alive) in [(Partner::Twilio, "valuefirst"), (Partner::ValueFirst, "twilio")] {
        let app = TestApp::start().await;
        for script in [
            status(500),
            status(503),
            status(429),
            fault(FaultKind::Malformed),
            fault(FaultKind::Outage),
            fault(FaultKind::DropBefore),
            fault(FaultKind::DropAfter),
        ] {
            let (phone, name) = (app.new_phone(), format!("{dead:?} {script:?}"));
            app.simulators.add_fault(dead, script).unwrap();
            let answer = app.post("/auth/otp/trigger", &json!({ "phone": phone })).await;
            assert_eq!(answer.status, 200, "{name}: {}", answer.text);
            let sms = app.get(&format!("/sandbox/sms?phone={phone}")).await.expect(200);
            assert!(sms.text.contains(alive), "{name}: {}", sms.text);
            Person::sign_in_again(&app, &phone).await;
            app.simulators.clear_faults(dead);
            app.advance(Duration::minutes(1)).await;
        }
    }
}

#[tokio::test]
async fn two_dead_message_providers_are_told() {
    let app = TestApp::start().await;
    for (script, expected) in [
        // Certainly not sent.
        (status(503), says(503, "PARTNER_UNAVAILABLE")),
        (status(429), says(503, "PARTNER_UNAVAILABLE")),
        (fault(FaultKind::Outage), says(503, "PARTNER_UNAVAILABLE")),
        // Perhaps sent.
        (status(500), says(504, "TIMEOUT")),
        (fault(FaultKind::Malformed), says(504, "TIMEOUT")),
        (fault(FaultKind::DropBefore), says(504, "TIMEOUT")),
        (fault(FaultKind::DropAfter), says(504, "TIMEOUT")),
    ] {
        let body = json!({ "phone": app.new_phone() });
        let name = format!("{script:?}");
        for partner in [Partner::Twilio, Partner::ValueFirst] {
            app.simulators.add_fault(partner, script.clone()).unwrap();
        }
        let answer = app.post("/auth/otp/trigger", &body).await;
        assert_eq!(told(&answer), expected, "{name}: {}", answer.text);
        for vendor in ["twilio", "valuefirst"] {
            assert!(!answer.text.to_lowercase().contains(vendor), "{}", answer.text);
        }
        for partner in [Partner::Twilio, Partner::ValueFirst] {
            app.simulators.clear_faults(partner);
        }
        let again = app.post("/auth/otp/trigger", &body).await;
        assert_eq!(
            told(&again),
            says(200, ""),
            "{name}: a failure of ours makes nobody wait: {}",
            again.text
        );
        app.advance(Duration::minutes(2)).await;
        app.post("/auth/otp/trigger", &body).await.expect(200);
    }
}

#[tokio::test]
async fn magic_phones_of_the_carriers() {
    let app = TestApp::start().await;
    for (phone, expected) in [
        ("9000000001", says(502, "PARTNER_ERROR")),
        ("9000000002", says(200, "")),
        ("9000000003", says(503, "PARTNER_UNAVAILABLE")),
        ("9000000004", says(200, "")),
        ("9000000005", says(502, "PARTNER_ERROR")),
        ("9000000006", says(200, "")),
        ("9000000007", says(200, "")),
        ("9000000010", says(200, "")),
    ] {
        let answer = app.post("/auth/otp/trigger", &json!({ "phone": phone })).await;
        assert_eq!(told(&answer), expected, "{phone}: {}", answer.text);
        let inbox = app.get(&format!("/sandbox/sms?phone={phone}")).await.expect(200);
        let arrived = inbox.text.contains("Aarokya code");
        assert_eq!(arrived, ["9000000002", "9000000006", "9000000010"].contains(&phone), "{}", inbox.text);
    }
    // Late: when it arrives the code has expired.
    app.post("/auth/otp/trigger", &json!({ "phone": "9000000008" })).await.expect(200);
    app.advance(Duration::minutes(11)).await;
    let late = app.get("/sandbox/sms?phone=9000000008").await.expect(200);
    assert!(late.text.contains("Aarokya code"), "{}", late.text);
    let body = json!({ "phone": "9000000008", "otp": "123456" });
    app.post("/auth/otp/verify", &body).await.expect_error(401, "OTP_EXPIRED");
}

/// An order of this amount that is paid, but whose credit would break the month's limit of ₹10,000.
async fn paid_in_vain(app: &TestApp, person: &Person<'_>, amount: i64) -> String {
    let order_id = person.top_up_session("in-vain", amount).await.expect(201).text("order_id");
    person.top_up("filling", 900_000).await;
    assert_eq!(person.balance().await, 900_000);
    app.simulators
        .pay(&order_id, Some(Outcome::Success), Some(WebhookTiming::Before))
        .await
        .expect("the order can be paid");
    app.settle().await;
    order_id
}

#[tokio::test]
async fn refunds_in_trouble() {
    for (amount, order_status, refund_status) in [
        // Declared failed each time: after three tries an operator looks.
        (131_307, "REFUND_PENDING", "FAILURE"),
        (131_308, "REFUND_PENDING", "MANUAL_REVIEW"),
        (131_321, "REFUNDED", "SUCCESS"),
        (131_322, "REFUNDED", "SUCCESS"),
        (131_324, "REFUND_PENDING", "PENDING"),
    ] {
        let app = TestApp::start().await;
        let person = app.person_with_wallet().await;
        let order_id = paid_in_vain(&app, &person, amount).await;
        minutes_pass(&app, 40).await;
        let order = order_of(&person, &order_id).await;
        let found = (&order["status"], &order["refund"]["status"], &order["fulfilment"]);
        let expected = (&json!(order_status), &json!(refund_status), &json!("FAILED"));
        assert_eq!(found, expected, "{amount}: {order}");
        assert_eq!(order["refund"]["amount"], amount);
        assert_eq!(person.balance().await, 900_000, "{amount}: it was credited too");
        app.ledger_is_clean().await;
        let refunds = app
            .simulators
            .journal()
            .since(Some(Partner::Juspay), 0)
            .into_iter()
            .filter(|exchange| exchange.line.contains("/refunds"))
            .count();
        // Failed for good thrice, each time under a number of its own; else one number leads to the end. Two who look
        // at once may both send it, and the partner takes it once.
        let numbers = "SELECT count(*) AS found FROM refund_attempts";
        let numbers: i64 = app.query(numbers).await[0].try_get("", "found").unwrap();
        assert_eq!(numbers, if amount == 131_307 { 3 } else { 1 }, "{amount}");
        let refunds = i64::try_from(refunds).unwrap();
        assert!((numbers..=2 * numbers).contains(&refunds), "{amount}: {refunds} refund calls");
    }
}

#[tokio::test]
async fn a_refund_that_hangs_is_settled_when_the_partner_settles_it() {
    let app = TestApp::start().await;
    let person = app.person_with_wallet().await;
    let order_id = paid_in_vain(&app, &person, 131_324).await;
    minutes_pass(&app, 2).await;
    assert_eq!(order_of(&person, &order_id).await["refund"]["status"], "PENDING");
    let id = "SELECT min(refund_id) AS found FROM refund_attempts";
    let refund_id: String = app.query(id).await[0].try_get("", "found").unwrap();
    let settle = format!("/sandbox/partners/juspay/orders/{order_id}/refunds/{refund_id}/settle");
    app.post(&settle, &json!({ "status": "SUCCESS" })).await.expect(200);
    minutes_pass(&app, 60).await;
    let order = order_of(&person, &order_id).await;
    assert_eq!((&order["status"], &order["refund"]["status"]), (&json!("REFUNDED"), &json!("SUCCESS")));
}

#[tokio::test]
async fn payments_that_take_their_own_way() {
    let app = TestApp::start().await;
    let person = app.person_with_wallet().await;
    let open =
        async |key: &str, amount| person.top_up_session(key, amount).await.expect(201).text("order_id");
    let pay = async |order_id: &str| app.simulators.pay(order_id, None, None).await.unwrap();

    // Pending for ten minutes, then paid.
    let pending = open("pending", 131_310).await;
    pay(&pending).await;
    minutes_pass(&app, 5).await;
    assert_eq!(order_of(&person, &pending).await["status"], "PENDING");
    assert_eq!(person.balance().await, 0);
    minutes_pass(&app, 6).await;
    assert_eq!(order_of(&person, &pending).await["status"], "SUCCESS");
    minutes_pass(&app, 1).await;
    assert_eq!(person.balance().await, 131_310);

    // The first three looks fail.
    let unseen = open("unseen", 131_316).await;
    pay(&unseen).await;
    minutes_pass(&app, 6).await;
    assert_eq!(order_of(&person, &unseen).await["fulfilment"], "DONE");
    assert_eq!(person.balance().await, 131_310 + 131_316);

    // Paid only after the link has expired: honoured.
    let late = open("late", 131_317).await;
    pay(&late).await;
    minutes_pass(&app, 40).await;
    assert_eq!(order_of(&person, &late).await["status"], "SUCCESS");
    assert_eq!(person.balance().await, 131_310 + 131_316 + 131_317);

    // Declined, and paid at the second attempt.
    let twice = open("twice", 131_320).await;
    pay(&twice).await;
    minutes_pass(&app, 1).await;
    let order = order_of(&person, &twice).await;
    assert_eq!(order["status"], "PENDING", "the payer may try again: {order}");
    pay(&twice).await;
    minutes_pass(&app, 1).await;
    assert_eq!(order_of(&person, &twice).await["status"], "SUCCESS");
    assert_eq!(person.balance().await, 131_310 + 131_316 + 131_317 + 131_320);
    app.ledger_is_clean().await;
}

#[tokio::test]
async fn wallets_whose_issuer_is_in_trouble() {
    let app = TestApp::start().await;
    for (phone, state, calls) in [
        // Refused for good: our ledger tells the truth to the person, and an operator must look.
        ("9000000014", "refused", 1),
        ("9000000015", "done", 2),
        ("9000000016", "done", 2),
    ] {
        let person = Person::sign_in(&app, phone).await;
        person.wallet_completed().await;
        let before = app.simulators.journal().last();
        let order_id = person.top_up(&format!("k{phone}"), 50_000).await;
        minutes_pass(&app, 5).await;
        assert_eq!(person.balance().await, 50_000, "{phone}");
        assert_eq!(order_of(&person, &order_id).await["fulfilment"], "DONE", "{phone}");
        let load = format!("SELECT state FROM issuer_loads WHERE reference = 'topup:{order_id}'");
        let load: String = app.query(&load).await[0].try_get("", "state").unwrap();
        assert_eq!(load, state, "{phone}");
        let exchanges = app.simulators.journal().since(Some(Partner::Juspay), before);
        let credits: Vec<_> =
            exchanges.iter().filter(|exchange| exchange.line.contains("/ppi/wallet/credit")).collect();
        assert_eq!(credits.len(), calls, "{phone}: {credits:?}");
        let ids: std::collections::BTreeSet<_> =
            credits.iter().map(|credit| credit.request["credit_id"].to_string()).collect();
        assert_eq!(ids.len(), 1, "{phone}: one credit has one number, however often it is tried");
    }
    let buried = app.app.postgres.buried_jobs(10).await.unwrap();
    assert_eq!(buried.len(), 1, "one credit waits for an operator: {buried:?}");
    app.ledger_is_clean().await;

    // Takes eight more looks: not ready meanwhile, ready in the end.
    let slow = Person::sign_in(&app, "9000000017").await;
    app.settle().await;
    slow.top_up_session("early", 50_000).await.expect_error(409, "WALLET_NOT_READY");
    slow.wallet_completed().await;
    slow.top_up("in time", 50_000).await;
    assert_eq!(slow.balance().await, 50_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_may_come_before_its_session() {
    let app = TestApp::start().await;
    let person = app.person_with_wallet().await;
    let slow = FaultScript { matches: Some("POST /session".to_owned()), ..delay(1_500) };
    app.simulators.add_fault(Partner::Juspay, slow).unwrap();
    let early = async {
        let order_id = eventually("the order is written down", SOON, async || {
            let orders = person.get("/payments/orders").await.expect(200);
            orders.json["data"][0]["order_id"].as_str().map(str::to_owned)
        })
        .await;
        let events = (0..5).map(|number| {
            let event = json!({
                "id": format!("evt_early_{number}"), "event_name": "ORDER_SUCCEEDED",
                "date_created": "2026-01-15T12:00:00Z",
                "content": { "order": {
                    "order_id": order_id, "status": "CHARGED", "status_id": 21, "amount": 500, "currency": "INR",
                }},
            });
            let request = app
                .request(Method::POST, "/webhooks/juspay")
                .basic_auth("aarokyaSandbox", Some("sandbox-juspay-webhook-password"));
            app.send(request.json(&event))
        });
        join_all(events).await.into_iter().for_each(|answer| drop(answer.expect(200)));
        app.settle().await;
        assert_eq!(order_of(&person, &order_id).await["status"], "CREATED", "nobody has paid");
        order_id
    };
    let (session, order_id) = futures::join!(person.top_up_session("k", 50_000), early);
    assert_eq!(session.expect(201).text("order_id"), order_id);
    app.simulators.clear_faults(Partner::Juspay);
    app.simulators.pay(&order_id, Some(Outcome::Success), Some(WebhookTiming::Twice)).await.unwrap();
    minutes_pass(&app, 1).await;
    assert_eq!(order_of(&person, &order_id).await["fulfilment"], "DONE");
    assert_eq!(person.balance().await, 50_000);
    app.ledger_is_clean().await;
}
