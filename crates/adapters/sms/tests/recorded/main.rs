//! Both vendors on recorded exchanges, played over a real socket: what we send, and what each answer means.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod player;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use identity::{
    Phone, SmsMessage, Template,
    ports::{OtpSender, SendError},
};
use kernel::{Env, MovableClock, SeededEntropy};
use player::{Play, Player, json};
use secrecy::SecretString;
use sms::{TwilioSender, TwilioSettings, ValueFirstSender, ValueFirstSettings};
use std::{sync::Arc, time::Duration};
use time::macros::datetime;
use url::Url;

const TEXT: &str = "{#var#} is your Aarokya code. Do not share it.\n{#var#}\n\n@aarokya.example #{#var#}";
const CREATED: &str = include_str!("twilio_created.json");
const TOKEN: &str = r#"{"token":"first-token","expiryDate":"2026-01-22 17:30:00"}"#;
const TOKEN_2: &str = r#"{"token":"second-token","expiryDate":"2026-01-29 17:30:00"}"#;
const TAKEN: &str = r#"{"MESSAGEACK":{"GUID":{"GUID":"kg7k10000000000f410015","SUBMITDATE":"2026-01-15 17:30:00","ID":"1"}}}"#;

fn message() -> SmsMessage {
    message_with(&["123456", "FA+9qCX9VSu", "123456"])
}

fn message_with(values: &[&str]) -> SmsMessage {
    let template = Template::parse("1107161234567890123", TEXT).unwrap();
    template.message(&Phone::parse("9876543210").unwrap(), values).unwrap()
}

fn twilio(base_url: &Url) -> TwilioSettings {
    TwilioSettings {
        base_url: base_url.clone(),
        account_sid: "AC00000000000000000000000000000001".to_owned(),
        auth_token: SecretString::from("12345"),
        from: "+15005550006".to_owned(),
        status_callback: None,
        validity: Duration::from_secs(600),
        timeout: Duration::from_secs(5),
    }
}

fn valuefirst(base_url: &Url) -> ValueFirstSettings {
    ValueFirstSettings {
        base_url: base_url.clone(),
        username: "aarokya".to_owned(),
        password: SecretString::from("secret"),
        header: "AAROKY".to_owned(),
        report_url: None,
        timeout: Duration::from_secs(5),
    }
}

fn clock() -> (Arc<MovableClock>, Env) {
    let clock = Arc::new(MovableClock::standing_at(datetime!(2026-01-15 12:00 UTC)));
    (clock.clone(), Env::new(clock, Arc::new(SeededEntropy::new(1))))
}

/// In one word, with the vendor's code if there is one.
fn told(outcome: Result<(), SendError>) -> String {
    match outcome {
        Ok(()) => "taken".to_owned(),
        Err(SendError::Refused { reason }) => format!("refused: {reason}"),
        Err(SendError::Unavailable(cause)) => format!("unavailable: {cause}"),
        Err(SendError::Unknown(cause)) => format!("unknown: {cause}"),
    }
}

async fn twilio_on(play: Play) -> String {
    let player = Player::start(vec![play]);
    let sender = TwilioSender::new(twilio(player.url())).unwrap();
    told(sender.send(&message()).await)
}

async fn valuefirst_on(plays: Vec<Play>) -> (String, Player) {
    let player = Player::start(plays);
    let sender = ValueFirstSender::new(clock().1, valuefirst(player.url())).unwrap();
    (told(sender.send(&message()).await), player)
}

fn twilio_error(code: u32, status: u16) -> String {
    format!(
        r#"{{"code":{code},"message":"…","more_info":"https://www.twilio.com/docs/errors/{code}","status":{status}}}"#
    )
}

fn valuefirst_error(code: u32) -> String {
    format!(
        r#"{{"MESSAGEACK":{{"GUID":{{"GUID":"kg7k1","SUBMITDATE":"2026-01-15 17:30:00","ID":"1","ERROR":{{"CODE":{code},"SEQ":"1"}}}}}}}}"#
    )
}

#[tokio::test]
async fn twilio_is_asked_in_its_own_words() {
    let player = Player::start(vec![json(201, CREATED), json(201, CREATED)]);
    let sender = TwilioSender::new(twilio(player.url())).unwrap();
    sender.send(&message()).await.unwrap();
    let service = TwilioSettings {
        from: "MG00000000000000000000000000000002".to_owned(),
        status_callback: Some(Url::parse("https://api.aarokya.example/webhooks/twilio").unwrap()),
        ..twilio(player.url())
    };
    TwilioSender::new(service).unwrap().send(&message()).await.unwrap();

    let [first, second] = player.heard().try_into().unwrap();
    assert_eq!(
        first.line,
        "POST /2010-04-01/Accounts/AC00000000000000000000000000000001/Messages.json HTTP/1.1"
    );
    let credentials = STANDARD.encode("AC00000000000000000000000000000001:12345");
    assert_eq!(first.header("authorization"), Some(format!("Basic {credentials}").as_str()));
    assert_eq!(first.header("content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(
        first.body,
        "To=%2B919876543210&From=%2B15005550006&Body=123456+is+your+Aarokya+code.+Do+not+share+it.%0A\
         FA%2B9qCX9VSu%0A%0A%40aarokya.example+%23123456&ValidityPeriod=600"
    );
    assert!(
        second.body.contains("&MessagingServiceSid=MG00000000000000000000000000000002&"),
        "{}",
        second.body
    );
    assert!(
        second.body.ends_with("&StatusCallback=https%3A%2F%2Fapi.aarokya.example%2Fwebhooks%2Ftwilio"),
        "{}",
        second.body
    );
}

#[tokio::test]
async fn twilios_codes_mean_what_its_documents_say() {
    for (code, status, expected) in [
        (20_003, 401, "unavailable: twilio answered code 20003"),
        (20_404, 404, "unavailable: twilio answered code 20404"),
        (20_429, 429, "unavailable: twilio answered HTTP 429"),
        (21_211, 400, "refused: twilio 21211"),
        (21_408, 400, "unavailable: twilio answered code 21408"),
        (21_606, 400, "unavailable: twilio answered code 21606"),
        (21_608, 400, "unavailable: twilio answered code 21608"),
        (21_610, 400, "refused: twilio 21610"),
        (21_612, 400, "unavailable: twilio answered code 21612 for this number"),
        (21_614, 400, "refused: twilio 21614"),
        (21_635, 400, "unavailable: twilio answered code 21635 for this number"),
        (99_999, 400, "unavailable: twilio answered code 99999"),
    ] {
        assert_eq!(twilio_on(json(status, &twilio_error(code, status))).await, expected);
    }
}

#[tokio::test]
async fn a_message_twilio_took_can_have_failed_already() {
    let accepted = CREATED.replace("\"queued\"", "\"accepted\"");
    assert_eq!(twilio_on(json(201, &accepted)).await, "taken");
    let failed = CREATED.replace("\"queued\"", "\"failed\"");
    for (code, expected) in [
        ("30003", "unavailable: twilio answered code 30003 for this number"),
        ("30006", "unavailable: twilio answered code 30006 for this number"),
        ("30007", "unavailable: twilio answered code 30007"),
        ("30450", "unavailable: twilio answered code 30450 for this number"),
        ("21610", "refused: twilio 21610"),
    ] {
        let failed = failed.replace("\"error_code\": null", &format!("\"error_code\": {code}"));
        assert_eq!(twilio_on(json(201, &failed)).await, expected);
    }
}

#[tokio::test]
async fn what_twilio_did_with_it_is_unknown_when_its_answer_is_no_answer() {
    for play in [
        json(201, "{}"),
        json(201, "<html>"),
        json(201, &format!("{{\"sid\":\"{}\"}}", "x".repeat(70_000))),
        json(500, &twilio_error(20_500, 500)),
        json(502, "bad gateway"),
        json(504, ""),
        Play::Answer("HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n".to_owned()),
        Play::Answer("HTTP/1.1 201 Created\r\ncontent-length: 500\r\n\r\n{\"sid\":".to_owned()),
        Play::Answer("nonsense\r\n\r\n".to_owned()),
        Play::HangUp,
    ] {
        let told = twilio_on(play).await;
        assert!(told.starts_with("unknown: "), "{told}");
    }
}

#[tokio::test]
async fn a_silent_vendor_is_given_up_on() {
    let player = Player::start(vec![Play::Silence]);
    let settings = TwilioSettings { timeout: Duration::from_millis(200), ..twilio(player.url()) };
    let told = told(TwilioSender::new(settings).unwrap().send(&message()).await);
    assert!(told.starts_with("unknown: "), "{told}");

    let player = Player::start(vec![json(200, TOKEN), Play::Silence]);
    let settings = ValueFirstSettings { timeout: Duration::from_millis(200), ..valuefirst(player.url()) };
    let told = self::told(ValueFirstSender::new(clock().1, settings).unwrap().send(&message()).await);
    assert!(told.starts_with("unknown: "), "{told}");
}

#[tokio::test]
async fn who_cannot_be_reached_sent_nothing() {
    let nobody = Player::nobody();
    let told_by_twilio = told(TwilioSender::new(twilio(&nobody)).unwrap().send(&message()).await);
    assert!(told_by_twilio.starts_with("unavailable: "), "{told_by_twilio}");
    let sender = ValueFirstSender::new(clock().1, valuefirst(&nobody)).unwrap();
    let told_by_valuefirst = told(sender.send(&message()).await);
    assert!(told_by_valuefirst.starts_with("unavailable: "), "{told_by_valuefirst}");
}

#[tokio::test]
async fn turned_away_at_the_door_is_not_sent() {
    assert_eq!(twilio_on(json(503, "")).await, "unavailable: twilio answered HTTP 503");
    for status in [403, 429, 503] {
        let (told, _) = valuefirst_on(vec![json(200, TOKEN), json(status, "")]).await;
        assert_eq!(told, format!("unavailable: valuefirst answered HTTP {status}"));
    }
}

#[tokio::test]
async fn valuefirst_is_asked_in_its_own_words() {
    let (told, player) = valuefirst_on(vec![json(200, TOKEN), json(200, TAKEN)]).await;
    assert_eq!(told, "taken");
    let [token, submission] = player.heard().try_into().unwrap();
    assert_eq!(token.line, "POST /psms/api/messages/token?action=generate HTTP/1.1");
    let credentials = STANDARD.encode("aarokya:secret");
    assert_eq!(token.header("authorization"), Some(format!("Basic {credentials}").as_str()));
    assert_eq!(submission.line, "POST /psms/servlet/psms.JsonEservice HTTP/1.1");
    assert_eq!(submission.header("authorization"), Some("Bearer first-token"));
    let sent: serde_json::Value = serde_json::from_str(&submission.body).unwrap();
    let recorded: serde_json::Value =
        serde_json::from_str(include_str!("valuefirst_submission.json")).unwrap();
    assert_eq!(sent, recorded);
}

#[tokio::test]
async fn valuefirsts_codes_mean_what_its_documents_say() {
    for (code, expected) in [
        (28_673, "refused: valuefirst 28673"),
        (28_674, "refused: valuefirst 28674"),
        (28_682, "refused: valuefirst 28682"),
        (28_681, "unknown: valuefirst answered code 28681"),
    ] {
        let (told, _) = valuefirst_on(vec![json(200, TOKEN), json(200, &valuefirst_error(code))]).await;
        assert_eq!(told, expected);
    }
    for code in [
        57_089, 57_090, 57_091, 65_280, 65_535, 28_675, 28_676, 28_677, 28_678, 28_679, 28_680, 28_683,
        28_684, 28_694, 28_702, 28_703, 28_704,
    ] {
        let whole = format!(r#"{{"MESSAGEACK":{{"Err":{{"Code":"{code}","Desc":"…"}}}}}}"#);
        for answer in [valuefirst_error(code), whole] {
            let (told, _) = valuefirst_on(vec![json(200, TOKEN), json(200, &answer)]).await;
            assert_eq!(told, format!("unavailable: valuefirst answered code {code}"));
        }
    }
}

#[tokio::test]
async fn what_valuefirst_did_with_it_is_unknown_when_its_answer_is_no_answer() {
    for play in [
        json(200, "{}"),
        json(200, r#"{"MESSAGEACK":{"GUID":{"GUID":""}}}"#),
        json(200, "<html>"),
        json(200, &"[".repeat(5_000)),
        json(500, "oops"),
        Play::HangUp,
    ] {
        let (told, _) = valuefirst_on(vec![json(200, TOKEN), play]).await;
        assert!(told.starts_with("unknown: "), "{told}");
    }
}

#[tokio::test]
async fn a_token_turned_down_is_replaced_once() {
    let over = r#"{"MESSAGEACK":{"Err":{"Code":52992,"Desc":"Username / password incorrect"}}}"#;
    for rejection in [json(401, ""), json(200, over), json(200, &valuefirst_error(52_992))] {
        let plays = vec![json(200, TOKEN), rejection.clone(), json(200, TOKEN_2), json(200, TAKEN)];
        let (told, player) = valuefirst_on(plays).await;
        assert_eq!(told, "taken");
        assert_eq!(player.heard()[3].header("authorization"), Some("Bearer second-token"));

        let plays = vec![json(200, TOKEN), rejection.clone(), json(200, TOKEN_2), rejection];
        let (told, player) = valuefirst_on(plays).await;
        assert!(told.starts_with("unavailable: "), "{told}");
        assert_eq!(player.heard().len(), 4);
    }
}

#[tokio::test]
async fn without_a_token_nothing_was_sent() {
    let over = r#"{"MESSAGEACK":{"Err":{"Code":52992}}}"#;
    for play in [
        json(401, ""),
        json(200, over),
        json(500, ""),
        json(200, "<html>"),
        json(200, r#"{"token":""}"#),
        Play::HangUp,
        Play::Answer("nonsense\r\n\r\n".to_owned()),
    ] {
        let (told, player) = valuefirst_on(vec![play]).await;
        assert!(told.starts_with("unavailable: "), "{told}");
        assert_eq!(player.heard().len(), 1);
    }
    let player = Player::start(vec![Play::Silence]);
    let settings = ValueFirstSettings { timeout: Duration::from_millis(200), ..valuefirst(player.url()) };
    let told = told(ValueFirstSender::new(clock().1, settings).unwrap().send(&message()).await);
    assert!(told.starts_with("unavailable: "), "{told}");
}

#[tokio::test]
async fn a_token_is_kept_until_it_is_nearly_over() {
    let plays = [TOKEN, TAKEN, TAKEN, TAKEN, TOKEN_2, TAKEN].map(|answer| json(200, answer)).to_vec();
    let player = Player::start(plays);
    let (clock, env) = clock();
    let sender = ValueFirstSender::new(env, valuefirst(player.url())).unwrap();
    sender.send(&message()).await.unwrap();
    clock.advance(time::Duration::days(3));
    sender.send(&message()).await.unwrap();
    clock.set(datetime!(2026-01-22 10:59 UTC));
    sender.send(&message()).await.unwrap();
    clock.set(datetime!(2026-01-22 11:00 UTC));
    sender.send(&message()).await.unwrap();
    let tokens: Vec<String> =
        player.heard().iter().filter_map(|heard| heard.header("authorization").map(str::to_owned)).collect();
    assert_eq!(tokens[3], "Bearer first-token");
    assert!(tokens[4].starts_with("Basic "));
    assert_eq!(tokens[5], "Bearer second-token");
}

#[tokio::test]
async fn a_value_that_would_change_the_template_goes_by_another_vendor() {
    let player = Player::start(vec![]);
    let sender = ValueFirstSender::new(clock().1, valuefirst(player.url())).unwrap();
    let told = told(sender.send(&message_with(&["1~2", "x", "y"])).await);
    assert_eq!(told, "unavailable: valuefirst cannot carry such a value");
    assert!(player.heard().is_empty());
}

#[test]
fn settings_show_no_secret() {
    let base = Url::parse("https://api.example").unwrap();
    assert!(!format!("{:?}", twilio(&base)).contains("12345"));
    assert!(!format!("{:?}", valuefirst(&base)).contains("\"secret"));
}
