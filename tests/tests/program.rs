//! The program itself, as an operator runs it: started, stopped, killed, doubled, misconfigured.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use futures::future::join_all;
use kernel::Env;
use partners::{FaultKind, FaultScript, Outcome, Partner, WebhookTiming};
use postgres::testing::TestDatabase;
use reqwest::Method;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    process::Output,
    time::{Duration, Instant},
};
use tests::{
    Deployment, Device, Program, SOON, eventually,
    harness::program::{free_address, open_folder, postmaster_file, run},
};
use tokio::net::TcpStream;

fn text_of(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Whether a PostgreSQL still has its files below this folder.
fn database_runs_in(folder: &Path) -> bool {
    postmaster_file(folder).is_some()
}

/// A top-up paid by the sandbox's control route, as a person at the command line does it.
async fn top_up_by_control_route(device: &Device, key: &str, amount: i64) -> String {
    let order_id = device.top_up_session(key, amount).await.expect("an answer").expect(201).text("order_id");
    let pay = format!("/sandbox/partners/juspay/orders/{order_id}/pay");
    device.post(&pay, &json!({ "outcome": "success" })).await.expect(200);
    order_id
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sandbox_serves_the_whole_journey_stops_and_goes_on() {
    let folder = open_folder();
    let log = folder.path().join("sandbox.log");
    let data = folder.path().join("data");
    let program = Program::sandbox(&data, &log).await;

    let device = Device::sign_in(&program, "9876543210", "Redmi 12").await;
    let sms = device.get("/sandbox/sms?phone=9876543210").await.expect(200);
    assert!(sms.text.contains("123456 is your Aarokya code"), "{}", sms.text);
    let names = json!({ "first_name": "Asha", "last_name": "Devi" });
    let patch = device.request(Method::PATCH, "/user/profile").json(&names);
    assert_eq!(device.send(patch).await.expect(200).json["profile_complete"], true);
    let wallet_id = device.wallet_opened().await;
    let order_id = top_up_by_control_route(&device, "k1", 50_000).await;
    device.balance_becomes(50_000).await;
    eventually("the order is done", SOON, async || {
        let order = device.get(&format!("/payments/orders/{order_id}")).await.expect(200).json;
        (order["status"] == "SUCCESS" && order["fulfilment"] == "DONE").then_some(())
    })
    .await;
    let history = device.get(&format!("/wallet/{wallet_id}/transactions/history/0")).await.expect(200);
    assert_eq!(history.json["transactions"][0]["amount"], 50_000);

    let address = program.address();
    let ended = program.terminate().await;
    assert!(ended.success(), "{ended}: {}", std::fs::read_to_string(&log).unwrap());
    assert!(TcpStream::connect(address).await.is_err(), "something still listens");
    assert!(!database_runs_in(folder.path()), "the database still runs");

    // The keys, the person and the money are there again; the simulators know the wallet.
    let program = Program::sandbox(&data, &log).await;
    let device = device.at(&program);
    assert_eq!(device.get("/user/profile").await.expect(200).text("first_name"), "Asha");
    assert_eq!(device.balance().await, 50_000);
    assert_eq!(device.get("/wallet").await.text("transcorp_wallet_id"), wallet_id);
    top_up_by_control_route(&device, "k2", 20_000).await;
    device.balance_becomes(70_000).await;

    // And after the rudest of ends.
    program.kill().await;
    let program = Program::sandbox(&data, &log).await;
    let device = device.at(&program);
    assert_eq!(device.balance().await, 70_000);
    device.post("/auth/logout", &json!({})).await.expect(200);
    device.get("/wallet").await.expect_error(401, "INVALID_TOKEN");
    device.post("/sandbox/clock", &json!({ "advance_seconds": 61 })).await.expect(200);
    let again = Device::sign_in(&program, "9876543210", "Redmi 12").await;
    assert_eq!(again.user_id, device.user_id);
    assert!(program.terminate().await.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_in_the_middle_of_top_ups_every_paid_order_is_credited_once() {
    const TOP_UPS: usize = 12;
    let deployment = Deployment::prepare().await;
    let first = deployment.serve(&[]).await;
    let mut people = Vec::new();
    for number in 0..3 {
        people.push(Device::sign_in(&first, &format!("981000000{number}"), "Redmi").await);
    }
    for person in &people {
        person.wallet_opened().await;
    }
    let topping_up = join_all((0..TOP_UPS).map(|number| {
        let (person, simulators) = (&people[number % people.len()], &deployment.simulators);
        async move {
            let answer = person.top_up_session(&format!("k{number}"), 50_000).await;
            let order_id = answer.filter(|answer| answer.status == 201)?.text("order_id");
            simulators.pay(&order_id, Some(Outcome::Success), Some(WebhookTiming::After)).await.ok()
        }
    }));
    // The blow falls when the first order has been paid and the last has not been credited.
    let blow = async {
        eventually("an order is open", SOON, async || {
            let orders = deployment.simulators.journal().since(Some(Partner::Juspay), 0);
            orders.iter().any(|exchange| exchange.line.contains("webhook")).then_some(())
        })
        .await;
        first.kill().await;
    };
    futures::join!(topping_up, blow);

    let second = deployment.serve(&[]).await;
    for number in 0..TOP_UPS {
        let person = people[number % people.len()].at(&second);
        // The phone lost its answer and asks again under the same key: the same order, paid or not.
        let answer = person.top_up_session(&format!("k{number}"), 50_000).await.unwrap();
        if answer.status == 201 {
            let order_id = answer.text("order_id");
            let paid = deployment.simulators.pay(&order_id, Some(Outcome::Success), None).await;
            drop(paid.ok());
        }
    }
    for person in &people {
        let person = person.at(&second);
        let orders = person.get("/payments/orders?limit=100").await.expect(200).json["data"].clone();
        let orders = orders.as_array().unwrap().clone();
        assert_eq!(orders.len(), TOP_UPS / people.len(), "one order for each key");
        for order in &orders {
            let path = format!("/payments/orders/{}", order["order_id"].as_str().unwrap());
            eventually("the order is settled", SOON, async || {
                (person.get(&path).await.expect(200).json["fulfilment"] == "DONE").then_some(())
            })
            .await;
        }
        assert_eq!(person.balance().await, 50_000 * i64::try_from(orders.len()).unwrap());
        let wallet_id = person.get("/wallet").await.text("transcorp_wallet_id");
        let history = format!("/wallet/{wallet_id}/transactions/history/0?limit=100");
        let history = person.get(&history).await.expect(200).json["transactions"].clone();
        let references: BTreeSet<_> =
            history.as_array().unwrap().iter().map(|line| line["reference"].to_string()).collect();
        assert_eq!((history.as_array().unwrap().len(), references.len()), (orders.len(), orders.len()));
    }
    let checked = run(&["ledger", "check"], &deployment.variables).await;
    assert!(checked.status.success(), "{}", text_of(&checked));
    let verified = run(&["audit", "verify"], &deployment.variables).await;
    assert!(verified.status.success(), "{}", text_of(&verified));
    assert!(second.terminate().await.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_instances_are_one_service() {
    let deployment = Deployment::prepare().await;
    let (one, other) = (deployment.serve(&[]).await, deployment.serve(&[]).await);
    for instance in [&one, &other] {
        let ready = reqwest::get(instance.url("/health/ready")).await.unwrap();
        assert_eq!(ready.status(), 200);
    }

    // Logout means now, on the other instance too.
    let mut spreads = Vec::new();
    for round in 0..20 {
        let device = Device::sign_in(&one, &format!("98200000{round:02}"), "Redmi").await;
        let elsewhere = device.at(&other);
        elsewhere.get("/user/profile").await.expect(200);
        device.post("/auth/logout", &json!({})).await.expect(200);
        let begun = Instant::now();
        let refused = async { while elsewhere.get("/user/profile").await.status != 401 {} };
        tokio::time::timeout(Duration::from_secs(2), refused).await.expect("logout spreads");
        spreads.push(begun.elapsed());
    }
    spreads.sort();
    println!("logout spread over 20 rounds: median {:?}, longest {:?}", spreads[10], spreads[19]);

    // Limits are counted once for all instances: twenty tries an hour, wherever they are made.
    let device = Device::sign_in(&one, "9820000090", "Redmi").await;
    let put = async |device: &Device| {
        device.send(device.request(Method::PUT, "/auth/pin").json(&json!({ "pin": "1", "otp": "1" }))).await
    };
    let mut left = BTreeSet::new();
    for round in 0..20 {
        let answer = put(&device.at(if round % 2 == 0 { &one } else { &other })).await.expect(400);
        left.insert(answer.header("x-ratelimit-remaining").parse::<u32>().unwrap());
    }
    assert_eq!(left, (0..20).collect());
    put(&device.at(&one)).await.expect_error(429, "RATE_LIMIT_EXCEEDED");
    put(&device.at(&other)).await.expect_error(429, "RATE_LIMIT_EXCEEDED");

    // A key used on one instance is known to the other.
    let owner = Device::sign_in(&one, "9820000091", "Redmi").await;
    owner.wallet_opened().await;
    let session = owner.top_up_session("k", 50_000).await.unwrap().expect(201);
    let replayed = owner.at(&other).top_up_session("k", 50_000).await.unwrap().expect(201);
    assert_eq!(replayed.header("idempotency-replayed"), "true");
    assert_eq!(replayed.text, session.text);

    // One dies with jobs in its hands: the other serves on, and takes them over.
    let slow = FaultScript { delay_ms: Some(3_000), ..FaultScript::new(FaultKind::Delay) };
    deployment.simulators.add_fault(Partner::Juspay, slow).unwrap();
    for round in 0..6 {
        Device::sign_in(&other, &format!("982000008{round}"), "Redmi").await;
    }
    eventually("jobs are in both hands", SOON, async || {
        let held = "SELECT count(DISTINCT locked_by) AS found FROM graphile_worker._private_jobs \
                    WHERE locked_at IS NOT NULL";
        (deployment.number(held).await >= 2).then_some(())
    })
    .await;
    let holding = "SELECT id || ' ' || locked_by AS held FROM graphile_worker._private_jobs \
                   WHERE locked_at IS NOT NULL";
    let held: BTreeSet<_> = deployment.texts(holding).await.into_iter().collect();
    one.kill().await;
    deployment.simulators.clear_faults(Partner::Juspay);
    let begun = Instant::now();
    // A wallet whose opening was under way is asked about again only when its claim of two minutes is over; its job
    // is in other hands long before.
    eventually("the dead instance holds no job", SOON, async || {
        let now: BTreeSet<_> = deployment.texts(holding).await.into_iter().collect();
        held.is_disjoint(&now).then_some(())
    })
    .await;
    println!("jobs of the dead instance were taken over within {:?}", begun.elapsed());
    Device::sign_in(&other, "9820000092", "Redmi").await.wallet_opened().await;
    assert_eq!(reqwest::get(other.url("/health/ready")).await.unwrap().status(), 200);
    assert!(other.terminate().await.success());
}

/// A configuration that production would take, but for its database, which is not there.
fn production() -> BTreeMap<&'static str, String> {
    let env = Env::system();
    let key = || STANDARD.encode(env.random::<32>());
    BTreeMap::from([
        ("AAROKYA_LISTEN", free_address().to_string()),
        ("AAROKYA_METRICS_LISTEN", "127.0.0.1:0".to_owned()),
        ("DATABASE_URL", "postgres://aarokya:database-password@127.0.0.1:1/aarokya".to_owned()),
        ("AAROKYA_JWT_KEYS", format!("a:{}", key())),
        ("AAROKYA_OTP_PEPPERS", format!("1:{}", key())),
        ("AAROKYA_PIN_PEPPERS", format!("1:{}", key())),
        ("AAROKYA_MASTER_KEYS", format!("1:{}", key())),
        ("AAROKYA_INDEX_KEY", key()),
        ("AAROKYA_DEVICE_KEY", key()),
        ("AAROKYA_AUDIT_KEYS", format!("1:{}", key())),
        ("JUSPAY_BASE_URL", "https://juspay.example".to_owned()),
        ("JUSPAY_MERCHANT_ID", "the-merchant".to_owned()),
        ("JUSPAY_API_KEY", "the-long-api-key-of-ours".to_owned()),
        ("JUSPAY_CLIENT_ID", "the-client".to_owned()),
        ("JUSPAY_RETURN_URL", "https://planted.example/payments/return".to_owned()),
        ("JUSPAY_RESPONSE_KEY", "the-response-key".to_owned()),
        ("JUSPAY_FALLBACK_EMAIL", "fallback@planted.example".to_owned()),
        ("JUSPAY_WEBHOOK_USERNAME", "webhook-user".to_owned()),
        ("JUSPAY_WEBHOOK_PASSWORD", "a-long-enough-webhook-password".to_owned()),
        ("JUSPAY_PPI_PROGRAM_ID", "the-programme".to_owned()),
        ("SMS_SENDER", "HEADER".to_owned()),
        ("SMS_OTP_TEMPLATE_ID", "1107161234567890123".to_owned()),
        ("SMS_OTP_TEMPLATE", "{#var#} is the code.\\n{#var#}\\n\\n@planted.example #{#var#}".to_owned()),
        ("SMS_REUSE_TEMPLATE_ID", "1107161234567890124".to_owned()),
        ("SMS_REUSE_TEMPLATE", "A device was signed out.".to_owned()),
        ("SMS_ANDROID_APP_HASH", "AbCdEfGhIjK".to_owned()),
        ("TWILIO_ACCOUNT_SID", "AC-the-account".to_owned()),
        ("TWILIO_AUTH_TOKEN", "the-twilio-token".to_owned()),
        ("TWILIO_FROM", "+15005550006".to_owned()),
        ("VALUEFIRST_USERNAME", "valuefirst-user".to_owned()),
        ("VALUEFIRST_PASSWORD", "valuefirst-password".to_owned()),
        ("NARAYANA_BASE_URL", "https://insurer.example".to_owned()),
        ("NARAYANA_CLIENT_ID", "narayana-client".to_owned()),
        ("NARAYANA_CLIENT_SECRET", "narayana-client-secret".to_owned()),
    ])
}

/// Runs `serve`, which must refuse: names each of these faults once, and shows no value.
async fn refuses(variables: &BTreeMap<&str, String>, faults: &[&str]) {
    let owned: Vec<_> = variables.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let ended = run(&["serve"], &owned).await;
    let text = text_of(&ended);
    assert!(!ended.status.success(), "it served: {text}");
    for fault in faults {
        assert_eq!(text.matches(fault).count(), 1, "{fault:?} is not told once: {text}");
    }
    let told = text.lines().filter(|line| line.starts_with("  - ")).count();
    assert_eq!(told, faults.len(), "something else was told: {text}");
    for (name, value) in variables {
        for part in value.split([':', ',', '@']).filter(|part| part.len() > 5) {
            assert!(!text.contains(part), "the value of {name} is shown: {text}");
        }
    }
}

#[tokio::test]
async fn production_does_not_start_half_configured() {
    // Nothing set at all: every variable that must be set is named, and those of the providers.
    let providers = [
        "TWILIO_ACCOUNT_SID",
        "TWILIO_AUTH_TOKEN",
        "TWILIO_FROM",
        "VALUEFIRST_USERNAME",
        "VALUEFIRST_PASSWORD",
    ];
    let required = gateway::config::VARIABLES.iter().filter(|variable| variable.default.is_none());
    let missing: Vec<_> = required
        .map(|variable| variable.name)
        .chain(providers)
        .map(|name| format!("{name} is not set"))
        .collect();
    let nothing = text_of(&run(&["serve"], &[]).await);
    for fault in missing {
        assert_eq!(nothing.matches(&fault).count(), 1, "{fault}: {nothing}");
    }

    let mut plain = production();
    let partners = [
        "JUSPAY_BASE_URL",
        "JUSPAY_RETURN_URL",
        "TWILIO_BASE_URL",
        "VALUEFIRST_BASE_URL",
        "NARAYANA_BASE_URL",
    ];
    for name in partners {
        plain.insert(name, "http://partner.example/path".to_owned());
    }
    let faults = partners.map(|name| format!("{name} must be an https address"));
    refuses(&plain, &faults.each_ref().map(String::as_str)).await;

    let mut short = production();
    let key = STANDARD.encode(Env::system().random::<16>());
    for name in ["AAROKYA_JWT_KEYS", "AAROKYA_OTP_PEPPERS", "AAROKYA_MASTER_KEYS"] {
        short.insert(name, format!("1:{key}"));
    }
    short.insert("AAROKYA_INDEX_KEY", key);
    short.insert("JUSPAY_WEBHOOK_PASSWORD", "too-short".to_owned());
    let faults = [
        "AAROKYA_JWT_KEYS: entry 1 is shorter than 32 bytes",
        "AAROKYA_OTP_PEPPERS: entry 1 is shorter than 32 bytes",
        "AAROKYA_MASTER_KEYS: entry 1 is shorter than 32 bytes",
        "AAROKYA_INDEX_KEY is shorter than 32 bytes",
        "JUSPAY_WEBHOOK_PASSWORD must have at least 16 characters",
    ];
    refuses(&short, &faults).await;
}

#[tokio::test]
async fn production_takes_nothing_of_the_sandbox() {
    for name in ["AAROKYA_JWT_KEYS", "AAROKYA_PIN_PEPPERS", "AAROKYA_AUDIT_KEYS"] {
        let mut repeated = production();
        repeated.insert(name, format!("1:{}", STANDARD.encode([7; 32])));
        refuses(&repeated, &["a key or pepper is made of one repeated byte"]).await;
    }
    let mut repeated = production();
    repeated.insert("AAROKYA_DEVICE_KEY", STANDARD.encode([0; 32]));
    refuses(&repeated, &["a key or pepper is made of one repeated byte"]).await;

    let mut leftovers = production();
    for (name, value) in [("SANDBOX_ENFORCE_BUDGETS", "true"), ("SANDBOX_CLOCK_AHEAD_SECONDS", "1")] {
        leftovers.insert(name, value.to_owned());
    }
    let faults = ["SANDBOX_ENFORCE_BUDGETS", "SANDBOX_CLOCK_AHEAD_SECONDS"]
        .map(|name| format!("{name} belongs to the sandbox"));
    refuses(&leftovers, &faults.each_ref().map(String::as_str)).await;

    let mut odd = production();
    odd.insert("AAROKYA_ENV", "staging".to_owned());
    odd.insert("AAROKYA_CORS_ORIGINS", "*".to_owned());
    odd.insert("DATABASE_POOL_MAX", "plenty".to_owned());
    let faults = [
        "AAROKYA_ENV must be `production` or `sandbox`",
        "AAROKYA_CORS_ORIGINS must list origins",
        "DATABASE_POOL_MAX must be",
    ];
    refuses(&odd, &faults).await;

    let mut well_known = production();
    well_known.insert("JUSPAY_API_KEY", "sandbox-juspay-api-key".to_owned());
    well_known.insert("TWILIO_AUTH_TOKEN", "sandbox-twilio-auth-token".to_owned());
    well_known.insert("VALUEFIRST_PASSWORD", "short".to_owned());
    let faults = [
        "JUSPAY_API_KEY is the one of the simulators, which everybody knows",
        "TWILIO_AUTH_TOKEN is the one of the simulators, which everybody knows",
        "VALUEFIRST_PASSWORD must have at least 8 characters",
    ];
    refuses(&well_known, &faults).await;

    // All is well but the database: that is said too, and its password is not.
    refuses(&production(), &[]).await;
}

#[tokio::test]
async fn a_machine_in_production_gets_no_sandbox() {
    let folder = open_folder();
    let words = ["sandbox", "--listen", "127.0.0.1:0", "--folder", &folder.path().to_string_lossy()];
    let ended = run(&words, &[("AAROKYA_ENV".to_owned(), "production".to_owned())]).await;
    let text = text_of(&ended);
    assert!(!ended.status.success() && text.contains("AAROKYA_ENV says that this is no sandbox"), "{text}");
    assert!(!database_runs_in(folder.path()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sandbox_takes_the_database_it_is_told_of() {
    let folder = open_folder();
    let database = TestDatabase::create().await;
    let variables = [("DATABASE_URL".to_owned(), database.url().to_owned())];
    let program = Program::sandbox_with(&variables, folder.path(), &folder.path().join("log")).await;
    let device = Device::sign_in(&program, "9876543210", "Redmi 12").await;
    device.wallet_opened().await;
    assert!(!database_runs_in(folder.path()), "a database was started all the same");
    assert!(program.terminate().await.success());
}

#[tokio::test]
async fn the_operators_commands_run() {
    let deployment = Deployment::prepare().await;
    for (words, told) in [
        (&["migrate"][..], "the schema is up to date"),
        (&["ledger", "check"], "0 differences"),
        (&["audit", "verify"], "0 findings"),
        (&["jobs", "buried"], ""),
        (&["keys", "rotate"], "rows wrapped anew"),
    ] {
        let ended = run(words, &deployment.variables).await;
        let text = text_of(&ended);
        assert!(ended.status.success() && text.contains(told), "{words:?}: {text}");
    }
    let missing = run(&["jobs", "requeue", "1"], &deployment.variables).await;
    assert!(!missing.status.success(), "{}", text_of(&missing));

    // These need no configuration.
    let spec = run(&["spec"], &[]).await;
    let document: Value = serde_json::from_slice(&spec.stdout).expect("the document is JSON");
    assert!(spec.status.success() && document["paths"]["/wallet"].is_object());
    let config = run(&["config"], &[]).await;
    let listed = String::from_utf8(config.stdout).unwrap();
    assert!(config.status.success());
    for variable in gateway::config::VARIABLES {
        assert!(listed.contains(variable.name), "{} is not listed", variable.name);
    }
}
