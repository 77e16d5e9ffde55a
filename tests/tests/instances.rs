//! One instance among others: what it began it ends, and it is never wrong while it hears nothing.

use partners::{FaultKind, FaultScript, Partner};
use reqwest::Method;
use serde_json::json;
use std::time::Duration;
use tests::{Collector, Deployment, Device, SOON, eventually};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

#[tokio::test(flavor = "multi_thread")]
async fn told_to_stop_it_answers_what_it_has_begun_and_takes_nothing_new() {
    let deployment = Deployment::prepare().await;
    let program = deployment.serve(&[]).await;
    let device = Device::sign_in(&program, "9876543210", "Redmi 12").await;
    device.wallet_opened().await;
    let slow = FaultScript {
        matches: Some("POST /session".to_owned()),
        delay_ms: Some(2_000),
        ..FaultScript::new(FaultKind::Delay)
    };
    deployment.simulators.add_fault(Partner::Juspay, slow).unwrap();
    let calls = deployment.simulators.journal();
    let before = calls.last();
    let stopping = async {
        eventually("the partner is being asked", SOON, async || {
            let asked = calls.since(Some(Partner::Juspay), before);
            asked.iter().any(|exchange| exchange.line.contains("POST /session")).then_some(())
        })
        .await;
        let address = program.address();
        let ended = program.terminate().await;
        assert!(TcpStream::connect(address).await.is_err(), "it still listens");
        ended
    };
    let (answer, ended) = futures::join!(device.top_up_session("k", 50_000), stopping);
    answer.expect("the request was cut off").expect(201);
    assert!(ended.success(), "{ended}");
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_feed_is_lost_the_row_is_asked() {
    let deployment = Deployment::prepare().await;
    let (one, other) = (deployment.serve(&[]).await, deployment.serve(&[]).await);
    for round in 0..5 {
        let device = Device::sign_in(&one, &format!("983000000{round}"), "Redmi").await;
        let elsewhere = device.at(&other);
        elsewhere.get("/user/profile").await.expect(200);
        deployment.database.cut_connections().await;
        // Whatever the other instance has not heard, it refuses what has ended.
        eventually("the session is ended", SOON, async || {
            (device.post("/auth/logout", &json!({})).await.status == 200).then_some(())
        })
        .await;
        for _ in 0..20 {
            let answer = elsewhere.get("/user/profile").await;
            assert!(matches!(answer.status.as_u16(), 401 | 503), "{}", answer.text);
        }
    }
    let device = Device::sign_in(&one, "9830000009", "Redmi").await;
    device.at(&other).get("/user/profile").await.expect(200);
    assert!(one.terminate().await.success() && other.terminate().await.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn traces_go_to_the_collector_one_names_and_hold_nothing_personal() {
    let collector = Collector::start().await;
    let deployment = Deployment::prepare().await;
    let program = deployment.serve(&[("OTEL_EXPORTER_OTLP_ENDPOINT", collector.address())]).await;
    let device = Device::sign_in(&program, "9876543210", "Redmi 12").await;
    let patch = device.request(Method::PATCH, "/user/profile").json(&json!({ "first_name": "Padmini" }));
    device.send(patch.header("x-request-id", "traced-request")).await.expect(200);
    // What has not been sent yet is sent when it stops.
    assert!(program.terminate().await.success());
    let sent = collector.sent();
    let holds = |text: &str| sent.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(holds("traced-request") && holds("/user/profile"), "{} bytes came", sent.len());
    for personal in ["9876543210", "Padmini", "123456", "Redmi", device.access_token.as_str()] {
        assert!(!holds(personal), "{personal} was traced");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_finds_every_place_taken_is_turned_away_and_those_inside_are_served() {
    let deployment = Deployment::prepare().await;
    let program = deployment.serve(&[("AAROKYA_CONNECTIONS_MAX", "16")]).await;
    let device = Device::sign_in(&program, "9876543210", "Redmi 12").await;
    // Whoever says nothing takes a place too; the device has one already.
    let (mut seated, patience) = (Vec::new(), Duration::from_millis(500));
    loop {
        let mut newcomer = TcpStream::connect(program.address()).await.unwrap();
        match tokio::time::timeout(patience, newcomer.read(&mut [0; 1])).await {
            Ok(end) => break assert!(matches!(end, Ok(0) | Err(_)), "it was spoken to"),
            Err(_) => seated.push(newcomer),
        }
        assert!(seated.len() <= 16, "everybody is let in");
    }
    assert!(seated.len() >= 12, "only {} found a place", seated.len());
    device.get("/user/profile").await.expect(200);
    drop(seated);
    let newcomer = Device::new(&program, "9876543211");
    eventually("there is room again", SOON, async || {
        newcomer.try_send(newcomer.request(Method::GET, "/health")).await
    })
    .await;
    assert!(program.terminate().await.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_says_nothing_or_half_a_request_is_let_go() {
    let deployment = Deployment::prepare().await;
    let program = deployment.serve(&[("AAROKYA_CONNECTION_IDLE_SECONDS", "1")]).await;
    for said in ["", "GET /health HTTP/1.1\r\nhost: a\r\nx-slow: "] {
        let mut connection = TcpStream::connect(program.address()).await.unwrap();
        connection.write_all(said.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let ended = tokio::time::timeout(Duration::from_secs(20), connection.read_to_end(&mut answer));
        assert!(ended.await.is_ok(), "after {said:?} it is still open");
    }
    assert!(program.terminate().await.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn half_a_body_is_the_senders_own_fault_and_no_partners() {
    let deployment = Deployment::prepare().await;
    let program = deployment.serve(&[]).await;
    let mut connection = TcpStream::connect(program.address()).await.unwrap();
    let half = "POST /auth/otp/trigger HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{";
    connection.write_all(half.as_bytes()).await.unwrap();
    let mut answer = vec![0; 4_096];
    let read = tokio::time::timeout(Duration::from_secs(20), connection.read(&mut answer)).await;
    let read = read.expect("an answer before the request's own time is up").unwrap();
    let told = String::from_utf8_lossy(&answer[..read]).into_owned();
    assert!(told.starts_with("HTTP/1.1 400") && told.contains("MALFORMED_JSON"), "{told}");
    assert!(program.terminate().await.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_names_its_request_however_little_is_logged() {
    let deployment = Deployment::prepare().await;
    let program = deployment.serve(&[("AAROKYA_LOG", "warn")]).await;
    let device = Device::new(&program, "9000000003");
    let asked = device.request(Method::POST, "/auth/otp/trigger").json(&json!({ "phone": "9000000003" }));
    device.send(asked.header("x-request-id", "the-one-that-failed")).await.expect(503);
    let said = program.said();
    // The one about readiness, asked while it started, is not meant.
    let line = said.lines().find(|line| line.contains("\"PARTNER_UNAVAILABLE\"")).unwrap_or_default();
    assert!(line.contains("the-one-that-failed") && line.contains("/auth/otp/trigger"), "{said}");
    assert!(program.terminate().await.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_comes_back_ends_its_session_with_that_very_answer() {
    let deployment = Deployment::prepare().await;
    let program = deployment.serve(&[]).await;
    for round in 0..15 {
        let mut device = Device::sign_in(&program, &format!("98400000{round:02}"), "Redmi").await;
        let first = json!({ "refresh_token": device.refresh_token });
        let next = device.post("/auth/token/refresh", &first).await.expect(200);
        let next = json!({ "refresh_token": next.text("refresh_token") });
        device.access_token =
            device.post("/auth/token/refresh", &next).await.expect(200).text("access_token");
        device.get("/user/profile").await.expect(200);
        device.post("/auth/token/refresh", &first).await.expect_error(401, "INVALID_TOKEN");
        // No news has to come round first.
        device.get("/user/profile").await.expect_error(401, "INVALID_TOKEN");
    }
    assert!(program.terminate().await.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_instance_has_counted_another_counts_on() {
    let deployment = Deployment::prepare().await;
    let enforce = [("SANDBOX_ENFORCE_BUDGETS", "true")];
    let (one, other) = (deployment.serve(&enforce).await, deployment.serve(&enforce).await);
    let turn = |device: &Device, time: usize| device.at(if time.is_multiple_of(2) { &one } else { &other });

    // A code's attempts.
    let stranger = Device::new(&one, "9876543210");
    stranger.post("/auth/otp/trigger", &json!({ "phone": "9876543210" })).await.expect(200);
    let again = stranger.at(&other).post("/auth/otp/trigger", &json!({ "phone": "9876543210" })).await;
    again.expect_error(429, "RATE_LIMIT_EXCEEDED");
    let wrong = json!({ "phone": "9876543210", "otp": "654321" });
    for left in (0..5).rev() {
        let answer = turn(&stranger, left).post("/auth/otp/verify", &wrong).await;
        let answer = answer.expect_error(401, "INVALID_OTP");
        assert_eq!(answer.json["details"]["attempts_remaining"], left);
    }

    // Codes for one address.
    let mut taken = 1;
    let refused = loop {
        let asked = json!({ "phone": format!("98{taken:08}") });
        let answer = turn(&stranger, taken).post("/auth/otp/trigger", &asked).await;
        if answer.status != 200 {
            break answer;
        }
        taken += 1;
        assert!(taken <= 30, "nobody stops one address");
    };
    refused.expect_error(429, "RATE_LIMIT_EXCEEDED");
    for number in 0..2 {
        let asked = json!({ "phone": format!("97{number:08}") });
        let answer = turn(&stranger, number).post("/auth/otp/trigger", &asked).await;
        answer.expect_error(429, "RATE_LIMIT_EXCEEDED");
    }
    assert_eq!(deployment.simulators.inbox().newest_first(None).len(), taken);

    // Requests of one address to a route.
    let left = |answer: &tests::Answer| answer.header("x-ratelimit-remaining").parse::<u32>().unwrap();
    let first = left(&turn(&stranger, 0).post("/auth/token/refresh", &json!({ "refresh_token": "x" })).await);
    for time in 1..=6 {
        let answer =
            turn(&stranger, time).post("/auth/token/refresh", &json!({ "refresh_token": "x" })).await;
        assert_eq!(left(&answer), first - u32::try_from(time).unwrap());
    }
    assert!(one.terminate().await.success() && other.terminate().await.success());
}

/// Everything an instance says to these bytes until it closes or says nothing more.
async fn said_to(program: &tests::Program, bytes: &str) -> String {
    let mut connection = TcpStream::connect(program.address()).await.expect("it listens");
    connection.write_all(bytes.as_bytes()).await.expect("it reads");
    connection.shutdown().await.expect("it hears the end");
    let mut answer = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(20), connection.read_to_end(&mut answer)).await;
    drop(read.expect("it closes"));
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_has_one_end() {
    let deployment = Deployment::prepare().await;
    let program = deployment.serve(&[]).await;
    let hidden = "GET /hidden HTTP/1.1\r\nhost: a\r\n\r\n";
    let post = |headers: &str, body: &str| {
        format!("POST /nowhere HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n{headers}\r\n{body}")
    };
    // What ends in two places is refused, and what is hidden behind it is never read.
    for headers in [
        "content-length: 4\r\ncontent-length: 40\r\n",
        "content-length: 4, 40\r\n",
        "content-length: +4\r\n",
        "content-length: 0x4\r\n",
        "content-length: -1\r\n",
        "transfer-encoding: xchunked\r\n",
        "transfer-encoding: chunked, identity\r\n",
        "transfer-encoding: chunked\r\n transfer-encoding: identity\r\n",
        "content-length : 4\r\n",
    ] {
        let said = said_to(&program, &post(headers, &format!("{{}}  {hidden}"))).await;
        assert!(said.starts_with("HTTP/1.1 400"), "{headers}: {said}");
        assert_eq!(said.matches("HTTP/1.1 ").count(), 1, "{headers}: {said}");
    }
    // A length beside chunks does not count (RFC 9112 §6.3): what follows the last chunk is the next request.
    let both = post(
        "content-length: 4\r\ntransfer-encoding: chunked\r\n",
        &format!("2\r\n{{}}\r\n0\r\n\r\n{hidden}"),
    );
    let said = said_to(&program, &both).await;
    assert!(said.starts_with("HTTP/1.1 4") && said.matches("HTTP/1.1 ").count() <= 2, "{said}");
    assert!(!said.contains("MALFORMED_JSON"), "the length was believed: {said}");
    assert!(program.terminate().await.success());
}
