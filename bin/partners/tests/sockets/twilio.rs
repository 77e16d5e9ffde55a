//! Twilio over a socket.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use partners::Partner;
use reqwest::Method;
use serde_json::{Value, json};
use sha1::Sha1;

use crate::harness::{Arrived, World, answer, world, world_with};

const SID: &str = "AC00000000000000000000000000000000";
const TOKEN: &str = "sandbox-twilio-auth-token";

fn path() -> String {
    format!("/2010-04-01/Accounts/{SID}/Messages.json")
}

async fn send(world: &World, form: &[(&str, &str)]) -> (u16, Value) {
    let request = world.client.post(world.url(Partner::Twilio, &path())).basic_auth(SID, Some(TOKEN));
    answer(request.form(form).send().await.unwrap()).await
}

async fn to(world: &World, phone: &str) -> (u16, Value) {
    send(world, &[("To", phone), ("From", "+15005550006"), ("Body", "123456 is your Aarokya code.")]).await
}

async fn look(world: &World, sid: &str) -> Value {
    let url = world.url(Partner::Twilio, &format!("/2010-04-01/Accounts/{SID}/Messages/{sid}.json"));
    answer(world.client.get(url).basic_auth(SID, Some(TOKEN)).send().await.unwrap()).await.1
}

fn form(arrived: &Arrived) -> BTreeMap<String, String> {
    serde_urlencoded::from_str(&arrived.body).unwrap()
}

fn is_signed(world: &World, arrived: &Arrived) -> bool {
    let pairs: String = form(arrived).iter().map(|(key, value)| format!("{key}{value}")).collect();
    let mut mac = Hmac::<Sha1>::new_from_slice(TOKEN.as_bytes()).unwrap();
    mac.update(format!("{}{}{pairs}", world.receiver, arrived.uri).as_bytes());
    STANDARD.encode(mac.finalize().into_bytes()) == arrived.headers["x-twilio-signature"].to_str().unwrap()
}

#[tokio::test]
async fn a_message_is_created_and_arrives() {
    let world = world().await;
    let (status, body) = to(&world, "+919876543210").await;
    assert_eq!(status, 201);
    let sid = body["sid"].as_str().unwrap();
    assert!(sid.strip_prefix("SM").is_some_and(|hex| hex.len() == 32), "{sid}");
    for (key, value) in [
        ("account_sid", json!(SID)),
        ("status", json!("queued")),
        ("num_segments", json!("1")),
        ("direction", json!("outbound-api")),
        ("messaging_service_sid", Value::Null),
        ("error_code", Value::Null),
        ("date_created", json!("Fri, 20 Nov 2026 10:00:00 +0000")),
        ("date_sent", Value::Null),
        ("uri", json!(format!("/2010-04-01/Accounts/{SID}/Messages/{sid}.json"))),
    ] {
        assert_eq!(body[key], value, "{key}");
    }
    let (_, inbox) = world.control(Method::GET, "/sms?phone=%2B919876543210", Value::Null).await;
    let sms = &inbox["data"][0];
    assert_eq!((&sms["provider"], &sms["otp"]), (&json!("twilio"), &json!("123456")));
    assert_eq!(sms["body"], "123456 is your Aarokya code.");
}

#[tokio::test]
async fn who_texts_stop_is_sent_nothing_until_they_text_start() {
    let world = world().await;
    let reply = async |body: &str| {
        let said = json!({"from": "98765 43210", "body": body});
        world.control(Method::POST, "/partners/twilio/replies", said).await
    };
    assert_eq!(reply("Thanks").await, (200, json!({"from": "98765 43210", "opted_out": false})));
    assert_eq!(reply(" stop ").await.1["opted_out"], true);
    let (status, body) = to(&world, "+919876543210").await;
    assert_eq!((status, &body["code"]), (400, &json!(21610)));
    assert_eq!(to(&world, "+919876543211").await.0, 201, "somebody else");
    assert_eq!(reply("START").await.1["opted_out"], false);
    assert_eq!(to(&world, "+919876543210").await.0, 201);
    let (status, _) = world.control(Method::POST, "/partners/twilio/replies", json!({"from": "1"})).await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn looking_moves_a_message_on() {
    let world = world().await;
    let (_, body) = to(&world, "+919876543210").await;
    let sid = body["sid"].as_str().unwrap();
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(look(&world, sid).await["status"].clone());
    }
    assert_eq!(statuses, ["queued", "sent", "delivered", "delivered"]);
}

#[tokio::test]
async fn the_clock_moves_a_message_on_and_tells_it_signed() {
    let mut world = world().await;
    let callback = format!("{}/twilio?order=1", world.receiver);
    let fields = [
        ("To", "+919876543210"),
        ("MessagingServiceSid", "MG1"),
        ("Body", "Hello"),
        ("StatusCallback", &callback),
    ];
    let (status, body) = send(&world, &fields).await;
    assert_eq!((status, &body["status"], &body["from"]), (201, &json!("accepted"), &Value::Null));
    world.advance_seconds(10);
    for status in ["sent", "delivered"] {
        let arrived = world.webhook().await;
        assert_eq!(arrived.method, "POST");
        assert!(is_signed(&world, &arrived));
        let form = form(&arrived);
        assert_eq!((form["MessageStatus"].as_str(), form["SmsStatus"].as_str()), (status, status));
        assert_eq!(form["MessageSid"], body["sid"].as_str().unwrap());
        let is_final = status == "delivered";
        assert_eq!(form.get("RawDlrDoneDate").map(String::as_str), is_final.then_some("2611201530"));
    }
}

#[tokio::test]
async fn a_forged_callback_can_be_asked_for() {
    let mut world = world().await;
    world.fault("twilio", json!({"kind": "bad_signature", "match": "webhook sent", "times": 1})).await;
    let callback = format!("{}/twilio", world.receiver);
    let fields =
        [("To", "+919876543210"), ("From", "+1500"), ("Body", "Hello"), ("StatusCallback", &callback)];
    send(&world, &fields).await;
    world.advance_seconds(10);
    let (first, second) = (world.webhook().await, world.webhook().await);
    assert_eq!([is_signed(&world, &first), is_signed(&world, &second)], [false, true]);
}

#[tokio::test]
async fn an_unreachable_handset_is_told_later() {
    let mut world = world().await;
    let callback = format!("{}/twilio", world.receiver);
    let fields =
        [("To", "+919000000004"), ("From", "+1500"), ("Body", "Hello"), ("StatusCallback", &callback)];
    let (status, body) = send(&world, &fields).await;
    assert_eq!(status, 201);
    world.advance_seconds(10);
    world.webhook().await;
    let form = form(&world.webhook().await);
    assert_eq!((form["MessageStatus"].as_str(), form["ErrorCode"].as_str()), ("undelivered", "30003"));
    assert_eq!(look(&world, body["sid"].as_str().unwrap()).await["error_code"], 30_003);
    assert!(world.simulators.inbox().newest_first(None).is_empty());
}

#[tokio::test]
async fn refusals() {
    let world = world_with(|config| config.twilio.own_numbers = vec!["+15005550006".to_owned()]).await;
    for (phone, code) in [
        ("+15005550001", 21_211),
        ("+15005550002", 21_612),
        ("+15005550003", 21_408),
        ("+15005550004", 21_610),
        ("+15005550009", 21_614),
        ("9876543210", 21_211),
        ("+911123456789", 21_614),
        ("+919000000001", 21_211),
        ("+919000000005", 21_610),
    ] {
        let (status, body) = to(&world, phone).await;
        assert_eq!((status, &body["code"], &body["status"]), (400, &json!(code), &json!(400)), "{phone}");
        assert_eq!(body["more_info"], format!("https://www.twilio.com/docs/errors/{code}"));
    }
    for (form, code) in [
        (&[("From", "+15005550006"), ("Body", "x")][..], 21_604),
        (&[("To", "+919876543210"), ("From", "+15005550006")], 21_602),
        (&[("To", "+919876543210"), ("Body", "x")], 21_603),
        (&[("To", "+919876543210"), ("From", "+1999"), ("Body", "x")], 21_606),
        (&[("To", "+919876543210"), ("From", "+15005550006"), ("Body", &"x".repeat(1_601))], 21_617),
    ] {
        assert_eq!(send(&world, form).await.1["code"], code);
    }
    assert!(world.simulators.inbox().newest_first(None).is_empty());
}

#[tokio::test]
async fn strangers_and_the_unknown() {
    let world = world().await;
    let post = |account: &str, password: &'static str| {
        let path = format!("/2010-04-01/Accounts/{account}/Messages.json");
        world.client.post(world.url(Partner::Twilio, &path)).basic_auth(SID, Some(password)).send()
    };
    let (status, body) = answer(post(SID, "wrong").await.unwrap()).await;
    assert_eq!((status, &body["code"], &body["message"]), (401, &json!(20_003), &json!("Authenticate")));
    let (status, body) = answer(post("AC1", TOKEN).await.unwrap()).await;
    assert_eq!((status, &body["code"]), (404, &json!(20_404)));
    assert_eq!(look(&world, "SM0").await["code"], 20_404);
}

#[tokio::test]
async fn magic_phones_throttle_fail_and_dawdle() {
    let world = world_with(|config| config.slow_for = std::time::Duration::from_millis(50)).await;
    let (status, body) = to(&world, "+919000000002").await;
    assert_eq!((status, &body["code"], &body["message"]), (429, &json!(20_429), &json!("Too many requests")));
    assert_eq!(to(&world, "+919000000003").await.0, 503);
    let before = std::time::Instant::now();
    assert_eq!(to(&world, "+919000000009").await.0, 201);
    assert!(before.elapsed() >= std::time::Duration::from_millis(50));
}

#[tokio::test]
async fn a_late_message_and_a_silent_one() {
    let world = world().await;
    let (_, late) = to(&world, "+919000000008").await;
    let (_, silent) = to(&world, "+919000000007").await;
    let sids = [&late, &silent].map(|body| body["sid"].as_str().unwrap());
    for _ in 0..5 {
        look(&world, sids[0]).await;
        look(&world, sids[1]).await;
    }
    assert_eq!(look(&world, sids[0]).await["status"], "sent");
    assert!(world.simulators.inbox().newest_first(None).is_empty());
    world.advance_seconds(12 * 60);
    assert_eq!(look(&world, sids[0]).await["status"], "delivered");
    assert_eq!(look(&world, sids[1]).await["status"], "sent");
    assert_eq!(world.simulators.inbox().newest_first(Some("9000000008")).len(), 1);
}

#[tokio::test]
async fn segments_are_counted() {
    let world = world().await;
    for (body, segments) in [("a".repeat(160), "1"), ("a".repeat(161), "2"), ("अ".repeat(71), "2")] {
        let (_, answer) = send(&world, &[("To", "+919876543210"), ("From", "+1500"), ("Body", &body)]).await;
        assert_eq!(answer["num_segments"], segments);
    }
}
