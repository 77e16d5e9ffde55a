//! A stranger who knows everything but the device's token, against the device's owner, through the real program.

use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU32, Ordering};
use tests::{Answer, Deployment, Device, Program};

const PHONE: &str = "9876543210";
const NAME: &str = "Redmi 12 · Android 14";
const CODE: &str = "123456";

/// The real program behind a proxy, with every budget counted.
async fn serve(deployment: &Deployment) -> Program {
    deployment.serve(&[("SANDBOX_ENFORCE_BUDGETS", "true"), ("AAROKYA_TRUSTED_PROXIES", "1")]).await
}

/// Somebody who comes from another address each time.
struct Traveller {
    device: Device,
    next: AtomicU32,
}

impl Traveller {
    fn at(program: &Program) -> Self {
        Self { device: Device::new(program, PHONE), next: AtomicU32::new(0) }
    }

    async fn post(&self, path: &str, body: &Value) -> Answer {
        let [_, a, b, c] = self.next.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        let request =
            self.device.request(Method::POST, path).header("x-forwarded-for", format!("81.{a}.{b}.{c}"));
        self.device.send(request.json(body)).await
    }

    async fn trigger(&self, token: Option<&str>) -> Answer {
        let body = json!({ "phone": PHONE, "device_info": NAME, "device_token": token });
        self.post("/auth/otp/trigger", &body).await
    }

    async fn give(&self, code: &str, token: Option<&str>) -> Answer {
        let body = json!({ "phone": PHONE, "otp": code, "device_info": NAME, "device_token": token });
        self.post("/auth/otp/verify", &body).await
    }

    /// Signs in as somebody new to the program; answers the device's token.
    async fn becomes_known(&self) -> String {
        self.trigger(None).await.expect(200);
        self.give(CODE, None).await.expect(200).text("device_token")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_who_knows_all_but_the_token_stops_nobody() {
    let deployment = Deployment::prepare().await;
    let program = serve(&deployment).await;
    let (owner, stranger) = (Traveller::at(&program), Traveller::at(&program));
    let token = owner.becomes_known().await;
    let foreign = {
        let other = json!({ "phone": "9876543211" });
        owner.post("/auth/otp/trigger", &other).await.expect(200);
        let given = json!({ "phone": "9876543211", "otp": CODE });
        owner.post("/auth/otp/verify", &given).await.expect(200).text("device_token")
    };
    let garbage = token.chars().rev().collect::<String>();
    let shown = [None, Some(foreign.as_str()), Some(garbage.as_str()), Some(NAME)];

    // As long as anything is given to strangers: codes asked for, and wrong ones tried, several at once.
    let (mut sent, mut wrong) = (0, 0);
    for round in 0..20 {
        deployment.codes_grow_older(31).await;
        let asked = stranger.trigger(shown[round % shown.len()]).await;
        sent += usize::from(asked.status == 200);
        let guesses = join_all((0..8).map(|nth| stranger.give("654321", shown[nth % shown.len()]))).await;
        wrong += guesses.iter().filter(|guess| guess.json["details"]["attempts_remaining"].is_i64()).count();
    }
    assert_eq!(wrong, 15, "the day's guesses, over all tokens that are none");
    assert!(sent <= 10, "{sent}");
    stranger.trigger(None).await.expect_error(429, "MAX_ATTEMPTS_EXCEEDED");

    // The owner asks, while strangers go on, and signs in at once, signed out or not.
    let asking = async { owner.trigger(Some(&token)).await.expect(200) };
    let (asked, _) = futures::future::join(asking, join_all((0..5).map(|_| stranger.trigger(None)))).await;
    assert_eq!(asked.header("x-ratelimit-remaining"), "9");
    let giving = async { owner.give(CODE, Some(&token)).await.expect(200) };
    let (given, guesses) =
        futures::future::join(giving, join_all((0..5).map(|_| stranger.give(CODE, Some(&foreign))))).await;
    assert_eq!(given.text("device_token"), token, "the device stays the same");
    assert!(guesses.iter().all(|guess| guess.status != 200), "the owner's code is no stranger's");
    let logout = owner.device.request(Method::POST, "/auth/logout").bearer_auth(given.text("access_token"));
    owner.device.send(logout).await.expect(200);
    deployment.codes_grow_older(31).await;
    owner.trigger(Some(&token)).await.expect(200);
    owner.give(CODE, Some(&token)).await.expect(200);
    assert!(program.terminate().await.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_ends_when_its_device_is_signed_out_from_another() {
    let deployment = Deployment::prepare().await;
    let program = serve(&deployment).await;
    let owner = Traveller::at(&program);
    let lost = owner.becomes_known().await;
    deployment.codes_grow_older(31).await;
    owner.trigger(None).await.expect(200);
    let here = owner.give(CODE, None).await.expect(200);
    let token = here.text("device_token");
    deployment.codes_grow_older(31).await;
    owner.trigger(Some(&lost)).await.expect(200);
    let others =
        owner.device.request(Method::POST, "/auth/logout/others").bearer_auth(here.text("access_token"));
    owner.device.send(others).await.expect(200);

    // The code that was on its way to the lost device is worth nothing, and it shares what strangers have.
    owner.give(CODE, Some(&lost)).await.expect_error(401, "INVALID_OTP");
    owner.trigger(Some(&lost)).await.expect(200);
    owner.trigger(None).await.expect_error(429, "RATE_LIMIT_EXCEEDED");
    owner.trigger(Some(&token)).await.expect(200);
    let known = deployment.number("SELECT count(*) AS found FROM known_devices").await;
    assert_eq!(known, 1);
    assert!(program.terminate().await.success());
}
