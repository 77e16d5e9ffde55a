//! What people tell us stays with them: after a whole journey neither the database, nor any job that was ever queued,
//! nor the log, the traces, the metrics or an operator's list shows a word of it, in no spelling.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use partners::{FaultKind, FaultScript, Outcome, Partner, WebhookTiming};
use reqwest::Method;
use sea_orm::ConnectionTrait as _;
use serde_json::json;
use std::collections::BTreeMap;
use tests::{
    Collector, Deployment, Device, SOON, eventually,
    harness::program::{free_address, run},
};

const PHONE: &str = "9447311862";
const CODE: &str = "123456";
const PIN: &str = "830592";
const DEVICE: &str = "Padmini's Lumia-Planted";
const OTHER_DEVICE: &str = "Kerala-Tablet-Planted";

/// A number of the form of an Aadhaar number, its check digit right; nobody may type one here, and somebody will.
const CANARY: &str = "999941057058";

/// Somebody whose wallet the issuer never loads, so that a job about her money is buried and kept.
const LUCKLESS_PHONE: &str = "9000000014";

/// What the person writes about herself, and what it is called here.
const PLANTED: &[(&str, &str)] = &[
    ("first_name", "Padminikutty"),
    ("last_name", "Vazhapallil"),
    ("email", "padmini.planted@letterbox.example"),
    ("dob", "1971-03-29"),
    ("address", "Chempakassery House, Planted Lane"),
    ("employer", "Thazhathangady Weavers"),
];

/// What she tells of her mother, under the same names.
const MOTHER: &[(&str, &str)] =
    &[("first_name", "Narayanikutty"), ("last_name", "Kunjipennu"), ("dob", "1948-11-03")];

/// A secret and each way in which it could lie about.
struct Secret {
    name: String,
    spellings: Vec<Vec<u8>>,
}

impl Secret {
    fn new(name: &str, value: &str) -> Self {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let mut spellings = vec![value.to_owned(), hex(value.as_bytes())];
        spellings.push(hex(value.as_bytes()).to_uppercase());
        spellings.push(value.replace(' ', "%20"));
        spellings.push(value.replace(' ', "+"));
        // The end of base64 depends on what follows, and its beginning on what goes before.
        for lead in 0..3 {
            let padded = [&vec![b' '; lead][..], value.as_bytes()].concat();
            let encoded = STANDARD.encode(&padded);
            let (begin, end) = (if lead == 0 { 0 } else { lead + 1 }, padded.len() / 3 * 4);
            spellings.extend(encoded.get(begin..end).filter(|text| text.len() >= 8).map(str::to_owned));
        }
        spellings.dedup();
        Self { name: name.to_owned(), spellings: spellings.into_iter().map(String::into_bytes).collect() }
    }

    /// Where it shows in a text, with a little of what stands around it; digits within a longer number or a hash
    /// are chance.
    fn shows_in(&self, text: &[u8]) -> Option<String> {
        let part_of_more = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_hexdigit);
        self.spellings.iter().find_map(|spelling| {
            let digits = spelling.len() < 8 && spelling.iter().all(u8::is_ascii_digit);
            let at = text.windows(spelling.len()).enumerate().find_map(|(at, window)| {
                let alone = !digits
                    || !(part_of_more(at.checked_sub(1).and_then(|before| text.get(before)))
                        || part_of_more(text.get(at + spelling.len())));
                (window == spelling && alone).then_some(at)
            })?;
            let around = &text[at.saturating_sub(120)..(at + spelling.len() + 80).min(text.len())];
            Some(format!("{}: …{}…", self.name, String::from_utf8_lossy(around)))
        })
    }
}

/// Every row of every table of ours and of the queue, as text; binary columns as hexadecimal digits and as they are.
async fn dump(deployment: &Deployment) -> BTreeMap<String, Vec<u8>> {
    let tables = "SELECT format('%I.%I', schemaname, tablename) AS held FROM pg_tables \
                  WHERE schemaname NOT IN ('pg_catalog', 'information_schema')";
    let mut dumped = BTreeMap::new();
    for table in deployment.texts(tables).await {
        let rows = deployment.texts(&format!("SELECT held::text AS held FROM {table} held")).await;
        let mut text = rows.join("\n").into_bytes();
        let binary = raw(&text);
        text.extend_from_slice(&binary);
        dumped.insert(table, text);
    }
    dumped
}

/// The bytes behind every `\x…` of a dump.
fn raw(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.windows(2).position(|window| window == b"\\x") {
        rest = &rest[at + 2..];
        let digits: Vec<u8> = rest.iter().copied().take_while(u8::is_ascii_hexdigit).collect();
        for pair in digits.chunks_exact(2) {
            let pair = std::str::from_utf8(pair).expect("digits");
            bytes.push(u8::from_str_radix(pair, 16).expect("digits"));
        }
        bytes.push(b'\n');
    }
    bytes
}

/// Keeps a copy of each job as it is queued, and as it is changed: what has run is deleted.
async fn copy_jobs(deployment: &Deployment) {
    let copying = "CREATE TABLE every_job (word text, payload text, last_error text);
        CREATE FUNCTION copy_job() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
        BEGIN
            INSERT INTO every_job SELECT identifier, NEW.payload::text, NEW.last_error
              FROM graphile_worker._private_tasks WHERE id = NEW.task_id;
            RETURN NEW;
        END $$;
        CREATE TRIGGER copy_job AFTER INSERT OR UPDATE ON graphile_worker._private_jobs
            FOR EACH ROW EXECUTE FUNCTION copy_job()";
    deployment.database.open_as_owner().await.execute_unprepared(copying).await.expect("jobs are copied");
}

/// Whatever was said, each line is one JSON object with its instant in UTC.
fn each_line_is_an_event(log: &str) {
    for line in log.lines() {
        let event: serde_json::Value = serde_json::from_str(line).expect("a line is JSON");
        let at = event["timestamp"].as_str().expect("a line has its instant");
        assert!(at.ends_with('Z') && event["level"].is_string() && event["target"].is_string(), "{line}");
    }
}

/// Types a number that looks like an Aadhaar number wherever text can be typed, and wherever it cannot.
async fn types_the_canary_everywhere(device: &Device) {
    let patch =
        |body: serde_json::Value| device.send(device.request(Method::PATCH, "/user/profile").json(&body));
    for field in ["first_name", "last_name", "address", "employer"] {
        for typed in [CANARY.to_owned(), format!("my number is {CANARY}"), "9999 4105 7058".to_owned()] {
            patch(json!({ field: typed })).await.expect(200);
        }
    }
    patch(json!({ "email": format!("{CANARY}@letterbox.example") })).await.expect(200);
    for field in ["dob", "gender", "occupation", "phone", "aadhaar_last4", "aadhaar_number", CANARY] {
        patch(json!({ field: CANARY })).await.expect(400);
    }
    for body in [
        json!({ "phone": CANARY }),
        json!({ "phone": device.phone, "otp": CANARY }),
        json!({ "phone": device.phone, "otp": "000000", "challenge_id": CANARY }),
    ] {
        device.post("/auth/otp/verify", &body).await.expect(400);
    }
    device.post("/auth/step-up", &json!({ "pin": CANARY })).await.expect(400);
    device.post("/auth/token/refresh", &json!({ "refresh_token": CANARY })).await.expect(401);
    for path in
        ["/payments/orders/", "/wallet/", "/", "/payments/orders?cursor=", "/payments/return?order_id="]
    {
        device.get(&format!("{path}{CANARY}")).await;
    }
    // What the app itself chooses, its version and the names of requests, is no text that a person types.
    let spoken = device.request(Method::GET, "/wallet").header("user-agent", CANARY);
    device.send(spoken.header("x-platform", CANARY)).await;
    device.send(device.request(Method::GET, "/wallet").bearer_auth(CANARY)).await;
}

/// Somebody who writes that number everywhere, and whose top-up the issuer refuses for good.
async fn luckless(deployment: &Deployment, program: &tests::Program) {
    let device = Device::sign_in(program, LUCKLESS_PHONE, &format!("Phone of {CANARY}")).await;
    types_the_canary_everywhere(&device).await;
    device.wallet_opened().await;
    let order_id =
        device.top_up_session("luckless", 50_000).await.expect("an answer").expect(201).text("order_id");
    let paid =
        deployment.simulators.pay(&order_id, Some(Outcome::Success), Some(WebhookTiming::Before)).await;
    paid.expect("the order can be paid");
    eventually("a job is buried", SOON, async || {
        let buried =
            "SELECT count(*) AS found FROM graphile_worker._private_jobs WHERE attempts >= max_attempts";
        (deployment.number(buried).await > 0).then_some(())
    })
    .await;
}

/// Her mother is named, told of otherwise, priced, refused, and taken off the list; the canary is typed here too.
async fn names_her_mother(deployment: &Deployment, device: &Device) {
    let path = "/user/dependants";
    let mut told: serde_json::Map<_, _> =
        MOTHER.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
    told.insert("gender".to_owned(), "female".into());
    device.post(path, &told.clone().into()).await.expect_error(400, "MISSING_REQUIRED_FIELD");
    told.insert("relationship".to_owned(), "mother".into());
    let mother = device.post(path, &told.clone().into()).await.expect(201).text("id");
    device.post(path, &told.clone().into()).await.expect(200);
    let change = |body: serde_json::Value| {
        device.send(device.request(Method::PATCH, &format!("{path}/{mother}")).json(&body))
    };
    change(json!({ "last_name": null, "relationship": MOTHER[0].1 })).await.expect(400);
    change(json!({ "last_name": CANARY })).await.expect(200);
    change(json!({ "dob": CANARY })).await.expect(400);
    let plans = eventually("the insurer's plans are known", SOON, async || {
        let plans =
            device.get("/insurance/plans?plan_type=FAMILY&min_sum_insured=50000000").await.expect(200);
        plans.json["data"][0]["id"].as_str().map(str::to_owned)
    })
    .await;
    let priced = json!({ "plan_id": plans, "policyholder": { "gender": "female" } });
    device.post("/insurance/calculate-premium", &priced).await.expect_error(422, "NOT_ELIGIBLE");
    change(json!({ "dob": PLANTED[3].1, "relationship": "sibling" })).await.expect(200);
    device.post("/insurance/calculate-premium", &priced).await.expect(200);
    insures_her(deployment, device, &plans).await;
    device.send(device.request(Method::DELETE, &format!("{path}/{mother}"))).await.expect(200);
}

/// Both of them are insured, once the insurer has answered in vain; what is claimed is told wrongly first.
async fn insures_her(deployment: &Deployment, device: &Device, plan_id: &str) {
    let patch = device.request(Method::PATCH, "/user/profile");
    device.send(patch.json(&json!({ "gender": "female" }))).await.expect(200);
    let quote = json!({ "plan_id": plan_id });
    let quote = device.post("/insurance/calculate-premium", &quote).await.expect(200);
    let body = json!({ "type": "INSURANCE_PURCHASE", "quote_id": quote.text("quote_id") });
    let session = device.request(Method::POST, "/payments/session").header("idempotency-key", "policy");
    let order_id = device.send(session.json(&body)).await.expect(201).text("order_id");
    for kind in [FaultKind::Malformed, FaultKind::DropAfter] {
        let fault = FaultScript {
            matches: Some("POST /v1/policies".to_owned()),
            times: Some(1),
            ..FaultScript::new(kind)
        };
        deployment.simulators.add_fault(Partner::Narayana, fault).expect("the fault is taken");
    }
    let paid =
        deployment.simulators.pay(&order_id, Some(Outcome::Success), Some(WebhookTiming::Before)).await;
    paid.expect("the order can be paid");
    let name = format!("{} {}", MOTHER[0].1, PLANTED[0].1);
    let told = json!({
        "plan_id": plan_id, "payment_order_id": order_id,
        "dependants": [{ "name": name, "relationship": "sibling", "dob": PLANTED[3].1, "gender": "female" }],
    });
    eventually("the order is paid", SOON, async || {
        let refused = device.post("/insurance/purchase", &told).await;
        (refused.json["error"] == "VALIDATION_ERROR").then_some(())
    })
    .await;
    eventually("the policy is issued", SOON, async || {
        let listed = device.get("/insurance/policies").await.expect(200);
        (listed.json["data"][0]["status"] == "ACTIVE").then_some(())
    })
    .await;
}

/// What an operator is shown of jobs, orders and loads that need a person.
async fn operators_lists(deployment: &Deployment) -> BTreeMap<String, Vec<u8>> {
    let mut lists = BTreeMap::new();
    for words in [["jobs", "buried"], ["orders", "attention"], ["loads", "unsettled"], ["audit", "verify"]] {
        let told = run(&words, &deployment.variables).await;
        lists.insert(format!("`{}`", words.join(" ")), [told.stdout, told.stderr].concat());
    }
    lists
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::too_many_lines, reason = "one journey, told from its beginning to its end")]
async fn nothing_a_person_tells_shows_anywhere() {
    let (deployment, collector) = (Deployment::prepare().await, Collector::start().await);
    copy_jobs(&deployment).await;
    let metrics = free_address();
    let listen = metrics.to_string();
    let talkative = [
        ("AAROKYA_LOG", "debug"),
        ("AAROKYA_METRICS_LISTEN", &listen),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.address()),
    ];
    let program = deployment.serve(&talkative).await;
    let mut secrets: Vec<_> =
        PLANTED.iter().chain(MOTHER).map(|(name, value)| Secret::new(name, value)).collect();
    for (name, value) in
        [("phone", PHONE), ("code", CODE), ("PIN", PIN), ("device", DEVICE), ("other device", OTHER_DEVICE)]
            .into_iter()
            .chain([
                ("second phone", LUCKLESS_PHONE),
                ("canary", CANARY),
                ("spaced canary", "9999 4105 7058"),
            ])
    {
        secrets.push(Secret::new(name, value));
    }
    let mut keep = |name: &str, token: &str| {
        assert!(token.len() > 20, "{name} is no token: {token}");
        secrets.push(Secret::new(name, token));
        if let Some((_, signature)) = token.rsplit_once('.') {
            secrets.push(Secret::new(&format!("{name}'s signature"), signature));
        }
    };

    // A code that does not arrive, a wrong one, a right one; two devices; a whole profile; a PIN.
    let twilio = FaultScript { times: Some(1), ..FaultScript::new(FaultKind::DropAfter) };
    deployment.simulators.add_fault(Partner::Twilio, twilio).unwrap();
    let mut device = Device::new(&program, PHONE);
    let asked = json!({ "phone": format!("+91 {} {}", &PHONE[..5], &PHONE[5..]), "device_info": DEVICE });
    device.post("/auth/otp/trigger", &asked).await.expect(200);
    let wrong = json!({ "phone": PHONE, "otp": "903817", "device_info": DEVICE });
    device.post("/auth/otp/verify", &wrong).await.expect_error(401, "INVALID_OTP");
    let right = json!({ "phone": PHONE, "otp": CODE, "device_info": DEVICE });
    let verified = device.post("/auth/otp/verify", &right).await.expect(200);
    device.access_token = verified.text("access_token");
    keep("access token", &device.access_token);
    keep("refresh token", &verified.text("refresh_token"));
    let profile: serde_json::Map<_, _> =
        PLANTED.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
    let patch = device.request(Method::PATCH, "/user/profile");
    device.send(patch.json(&profile)).await.expect(200);
    let refused = device.request(Method::PATCH, "/user/profile");
    device.send(refused.json(&json!({ "email": "padmini.planted@@letterbox.example" }))).await.expect(400);
    // The same phone may ask again after half a minute only; an hour later, for the test's patience.
    deployment.forget_codes().await;
    device.post("/auth/otp/trigger", &json!({ "phone": PHONE })).await.expect(200);
    let pin = json!({ "pin": PIN, "otp": CODE, "device_info": DEVICE });
    let pin = device.send(device.request(Method::PUT, "/auth/pin").json(&pin)).await;
    pin.expect(200);
    device.post("/auth/step-up", &json!({ "pin": PIN })).await.expect(200);
    device.post("/auth/step-up", &json!({ "pin": "718204" })).await.expect(401);

    names_her_mother(&deployment, &device).await;

    // A wallet, two top-ups, one with trouble at the partner; webhooks and the way back.
    let wallet_id = device.wallet_opened().await;
    let lost = FaultScript {
        matches: Some("POST /session".to_owned()),
        times: Some(1),
        ..FaultScript::new(FaultKind::Malformed)
    };
    deployment.simulators.add_fault(Partner::Juspay, lost).unwrap();
    device.top_up_session("k", 50_000).await.unwrap().expect_error(504, "TIMEOUT");
    let order_id = device.top_up_session("k", 50_000).await.unwrap().expect(201).text("order_id");
    let paid = deployment.simulators.pay(&order_id, Some(Outcome::Success), Some(WebhookTiming::Twice)).await;
    let back = paid.unwrap().return_url.unwrap();
    let query = back.split_once('?').unwrap().1.to_owned();
    device.get(&format!("/payments/return?{query}")).await.expect(200);
    device.balance_becomes(50_000).await;
    device.get(&format!("/wallet/{wallet_id}/transactions/history/0")).await.expect(200);
    device.get("/wallet/statement?from=2026-01-01&to=2026-01-31").await;

    // A token renewed, twice with the old one; another device; a sign-out.
    let old = json!({ "refresh_token": verified.text("refresh_token") });
    let renewed = device.post("/auth/token/refresh", &old).await.expect(200);
    device.post("/auth/token/refresh", &old).await.expect(200);
    keep("second access token", &renewed.text("access_token"));
    keep("second refresh token", &renewed.text("refresh_token"));
    deployment.forget_codes().await;
    let other = Device::sign_in(&program, PHONE, OTHER_DEVICE).await;
    keep("other access token", &other.access_token);
    keep("other refresh token", &other.refresh_token);
    assert!(other.get("/auth/sessions").await.expect(200).text.contains("Lumia-Planted"));
    other.post("/auth/logout/others", &json!({})).await.expect(200);
    other.post("/auth/logout", &json!({ "refresh_token": other.refresh_token })).await.expect(200);
    other.get("/user/profile").await.expect_error(401, "INVALID_TOKEN");

    luckless(&deployment, &program).await;
    eventually("every job has run", SOON, async || {
        let left = "SELECT count(*) AS found FROM graphile_worker._private_jobs WHERE attempts < max_attempts \
                    AND run_at < now()";
        (deployment.number(left).await == 0).then_some(())
    })
    .await;
    let measured = reqwest::get(format!("http://{metrics}/metrics")).await.unwrap().text().await.unwrap();
    assert!(measured.contains("jobs_total"), "{measured}");
    let mut places = dump(&deployment).await;
    places.extend(operators_lists(&deployment).await);
    let said = program.said();
    assert!(said.contains("\"level\":\"DEBUG\""), "the log is not that talkative: {said}");
    each_line_is_an_event(&said);
    assert!(program.terminate().await.success());
    places.insert("the log".to_owned(), said.into_bytes());
    places.insert("the metrics".to_owned(), measured.into_bytes());
    places.insert("the traces".to_owned(), collector.sent());

    // What may be seen is seen: the search looked at the right things.
    let seen_in = |place: &str, what: &str| Secret::new("", what).shows_in(&places[place]).is_some();
    assert!(seen_in("public.orders", &order_id) && seen_in("public.wallets", &wallet_id));
    assert!(!places["public.insurance_dependant_versions"].is_empty(), "nothing was told of a family");
    assert!(!places["public.insurance_policies"].is_empty(), "nobody was insured");
    assert!(seen_in("the traces", "/user/profile") && seen_in("the log", "/user/profile"));
    assert!(seen_in("`jobs buried`", "process"), "no job is buried");
    // Refusals are logged by their codes: wrong codes, forged tokens, other people's things, bad input.
    for code in ["INVALID_OTP", "INVALID_TOKEN", "ORDER_NOT_FOUND", "IMMUTABLE_FIELD", "VALIDATION_ERROR"] {
        assert!(seen_in("the log", code), "the log says nothing of {code}");
    }
    for word in ["news", "process", "look"] {
        assert!(seen_in("public.every_job", word), "no {word} was queued");
    }
    assert!(seen_in("public.every_job", &order_id), "what jobs need to know was not copied");
    let mut leaks = Vec::new();
    for (place, text) in &places {
        leaks.extend(
            secrets.iter().filter_map(|secret| Some(format!("{place} shows {}", secret.shows_in(text)?))),
        );
    }
    assert!(leaks.is_empty(), "{} leaks:\n{}", leaks.len(), leaks.join("\n"));
}

#[test]
fn a_secret_is_found_in_every_spelling() {
    let secret = Secret::new("name", "Padminikutty");
    for text in [
        "x Padminikutty y".to_owned(),
        "\\x5061646d696e696b75747479".to_owned(),
        STANDARD.encode("Padminikutty"),
        STANDARD.encode("a Padminikutty and more"),
        STANDARD.encode("an Padminikutty and more"),
        STANDARD.encode("Padminikutty and more"),
    ] {
        assert!(secret.shows_in(text.as_bytes()).is_some(), "{text}");
    }
    assert!(secret.shows_in(&raw(b"(1,\"\\\\x5061646d696e696b75747479\",2)")).is_some());
    assert!(secret.shows_in(b"Padmini").is_none());
    let code = Secret::new("code", "123456");
    assert!(code.shows_in(b"a0123456ff").is_none() && code.shows_in(b"(123456)").is_some());
}
