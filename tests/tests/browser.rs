//! A real browser, as a person has it: pays on the payment page, and reads the contract without a network.
//!
//! Needs `chromedriver`, which `make test` installs on Debian; elsewhere the tests say so and pass, but never in CI.

#![expect(clippy::panic, clippy::print_stdout, reason = "a test that cannot go on stops, or says why")]

use serde_json::json;
use std::{process::Stdio, time::Duration};
use tests::TestApp;
use thirtyfour::{By, ChromiumLikeCapabilities as _, DesiredCapabilities, WebDriver};
use tokio::process::{Child, Command};

/// A browser with a profile of its own, gone with the test.
struct Browser {
    driver: WebDriver,
    _profile: tempfile::TempDir,
    _process: Child,
}

impl Browser {
    /// `None`, and a line that says so, on a machine without `chromedriver`.
    ///
    /// # Panics
    /// Instead, where the variable `CI` is set: there a test that did not run must not look like one that passed.
    async fn open() -> Option<Self> {
        let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr());
        let port = port.expect("a free port").port();
        let started = Command::new("chromedriver")
            .args([format!("--port={port}"), "--log-level=OFF".to_owned()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn();
        let Ok(process) = started else {
            let in_ci = std::env::var_os("CI").is_some_and(|value| !value.is_empty());
            assert!(
                !in_ci,
                "chromedriver is not installed, and CI is set: install it by `.ci/setup browser`"
            );
            println!("skipped: chromedriver is not installed");
            return None;
        };
        let address = format!("http://127.0.0.1:{port}");
        ready(&address).await;
        let profile = tempfile::tempdir().expect("a folder");
        let mut wanted = DesiredCapabilities::chrome();
        let folder = format!("--user-data-dir={}", profile.path().display());
        for argument in [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            &folder,
        ] {
            wanted.add_arg(argument).expect("an argument");
        }
        let driver = WebDriver::new(&address, wanted).await.expect("a browser");
        driver.set_implicit_wait_timeout(Duration::from_secs(20)).await.expect("a wait");
        Some(Self { driver, _profile: profile, _process: process })
    }

    async fn text_of(&self, css: &str) -> String {
        self.driver.find(By::Css(css)).await.expect("the element").text().await.expect("its text")
    }
}

impl Browser {
    /// Waits until the page at `address` is shown.
    async fn arrives_at(&self, address: &str) {
        let mut pauses = tokio::time::interval(Duration::from_millis(50));
        for _ in 0..200 {
            pauses.tick().await;
            if self.driver.current_url().await.is_ok_and(|url| url.as_str().starts_with(address)) {
                return;
            }
        }
        panic!("the browser stays at {:?}", self.driver.current_url().await);
    }
}

/// Waits until the driver listens.
async fn ready(address: &str) {
    let mut pauses = tokio::time::interval(Duration::from_millis(50));
    for _ in 0..200 {
        pauses.tick().await;
        if reqwest::get(format!("{address}/status")).await.is_ok() {
            return;
        }
    }
    panic!("chromedriver did not start");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_pays_on_the_payment_page() {
    let Some(browser) = Browser::open().await else { return };
    let app = TestApp::start().await;
    let person = app.person_with_wallet().await;
    let session = person.top_up_session("k", 50_000).await.expect(201);
    let page = session.json["payment_links"]["web"].as_str().unwrap().to_owned();

    browser.driver.goto(&page).await.unwrap();
    let shown = browser.text_of("body").await;
    assert!(shown.contains("500") && shown.contains(&session.text("order_id")), "{shown}");
    browser.driver.find(By::Id("pay")).await.unwrap().click().await.unwrap();
    browser.arrives_at(&app.url("/payments/return")).await;
    let thanks = browser.text_of("main").await;
    assert!(thanks.contains("return to the app"), "{thanks}");

    app.settle().await;
    let order = person.get(&format!("/payments/orders/{}", session.text("order_id"))).await.expect(200);
    assert_eq!(order.json["status"], "SUCCESS");
    assert_eq!(person.balance().await, 50_000);
    browser.driver.quit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_contract_is_read_without_a_network() {
    let Some(browser) = Browser::open().await else { return };
    let app = TestApp::start().await;
    browser.driver.goto(app.url("/api_docs/ui")).await.unwrap();
    let opened = browser.text_of("#operations-Sign-in-triggerOtp, .opblock").await;
    assert!(!opened.is_empty());
    let shown = browser.text_of("#swagger-ui").await;
    for path in ["/auth/otp/trigger", "/wallet", "/payments/session"] {
        assert!(shown.contains(path), "{path} is not shown");
    }
    // Whatever the page loaded came from this server or from within the page itself.
    let loaded = "return performance.getEntriesByType('resource').map(entry => entry.name)";
    let loaded = browser.driver.execute(loaded, Vec::new()).await.unwrap();
    let home = app.url("");
    for name in loaded.json().as_array().unwrap() {
        let name = name.as_str().unwrap();
        assert!(name.starts_with(&home) || name.starts_with("data:"), "{name} came from elsewhere");
    }
    assert_ne!(loaded.json(), &json!([]));
    browser.driver.quit().await.unwrap();
}
