//! A real program with a real streaming replica: what is read there, and that nobody notices when it lags or dies.

use crate::harness::{
    Device, SOON, Site, eventually,
    program::{open_folder, postmaster},
    query,
    site::connect,
};
use crate::scale::deepen;
use kernel::Env;
use partners::{Outcome, WebhookTiming};
use postgres::cluster::{Cluster, ClusterSettings, Origin};
use rustix::process::{Signal, kill_process};
use serde_json::Value;
use std::path::Path;

/// The role by which the replica follows.
const FOLLOWER: &str = "aarokya_replica";

/// How many lines there are to page through.
const LINES: u64 = 350;

fn replicating(settings: ClusterSettings) -> ClusterSettings {
    let server = [("wal_level", "replica"), ("max_wal_senders", "4"), ("hot_standby", "on")];
    ClusterSettings {
        server: server.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        access: vec![format!("local replication {FOLLOWER} trust")],
        ..settings
    }
}

/// A standby of the site's database, made or found in `folder`.
async fn follow(site: &Site, folder: &Path) -> Cluster {
    let origin = Origin::CopyOf { socket: site.cluster.socket_folder(), role: FOLLOWER.to_owned() };
    let settings = ClusterSettings { origin, ..replicating(ClusterSettings::kept(folder)) };
    Cluster::start(settings).await.expect("the replica starts")
}

/// Everything that did not hold, one sentence each.
///
/// # Panics
/// When what stands around the program cannot be made, or a journey fails.
pub async fn look() -> Vec<String> {
    let site = Site::prepare(replicating).await;
    site.execute(&format!("CREATE ROLE {FOLLOWER} LOGIN REPLICATION")).await;
    let folder = open_folder();
    let place = folder.path().join("postgresql");
    let replica = follow(&site, &place).await;
    let url = replica.url("aarokya");
    let with = site.serve(&[("DATABASE_REPLICA_URL", &url)]).await;
    let without = site.serve(&[]).await;
    let device = Device::sign_in(&with, "9300000001", "Redmi 12").await;
    let wallet = device.wallet_opened().await;
    deepen(&site.database_url, &device.user_id, LINES).await;
    let other = device.at(&without);
    let mut broken = Vec::new();

    // It is read there, and says the same.
    let before = scans(&url).await;
    eventually("the replica is asked", SOON, async || {
        let lines = history(&device, &wallet).await;
        assert_eq!(lines, history(&other, &wallet).await, "both say the same");
        (scans(&url).await > before).then_some(())
    })
    .await;
    let before = scans(&url).await;
    eventually("past statements are read there", SOON, async || {
        assert_eq!(past_statement(&device).await, past_statement(&other).await, "both say the same");
        (scans(&url).await > before).then_some(())
    })
    .await;

    // While it stands still, nothing that was acknowledged is missing.
    replay(&url, "pg_wal_replay_pause()").await;
    for round in 1..=3_i64 {
        let key = format!("lag-{round}");
        let order =
            device.top_up_session(&key, 10_000).await.expect("an answer").expect(201).text("order_id");
        let paid = site.simulators.pay(&order, Some(Outcome::Success), Some(WebhookTiming::Before)).await;
        paid.expect("the order can be paid");
        device.balance_becomes(round * 10_000).await;
        let lines = history(&device, &wallet).await;
        let newest = lines.first().map(|line| line["reference"].clone()).unwrap_or_default();
        if newest != format!("topup:{order}") || lines.len() as i64 != LINES as i64 + round {
            broken.push(format!("while it lags, {} lines are told and the newest is {newest}", lines.len()));
        }
        if lines != history(&other, &wallet).await || statement(&device).await != statement(&other).await {
            broken.push("while it lags, it says something else than the primary".to_owned());
        }
    }
    replay(&url, "pg_wal_replay_resume()").await;

    // When it is killed, nobody notices; when it comes back, it is asked again.
    kill(folder.path());
    for _ in 0..5 {
        if history(&device, &wallet).await != history(&other, &wallet).await
            || past_statement(&device).await != past_statement(&other).await
        {
            broken.push("without it, something else is told".to_owned());
        }
    }
    tokio::task::spawn_blocking(move || drop(replica)).await.expect("what is dead is let go");
    let replica = follow(&site, &place).await;
    let url = replica.url("aarokya");
    let before = scans(&url).await;
    eventually("it is asked again", SOON, async || {
        history(&device, &wallet).await;
        (scans(&url).await > before).then_some(())
    })
    .await;

    assert!(
        with.terminate().await.success() && without.terminate().await.success(),
        "they end as they should"
    );
    replica.stop().await.expect("the replica stops");
    site.stop().await;
    broken
}

/// Every line, page by page, newest first.
async fn history(device: &Device, wallet: &str) -> Vec<Value> {
    let (mut lines, mut after) = (Vec::new(), String::new());
    loop {
        let path = format!("/wallet/{wallet}/transactions/history/0?limit=50{after}");
        let page = device.get(&path).await.expect(200);
        lines.extend(page.json["transactions"].as_array().cloned().unwrap_or_default());
        let Some(next) = page.json["next_cursor"].as_str() else { return lines };
        after = format!("&cursor={next}");
    }
}

async fn past_statement(device: &Device) -> String {
    let until = Env::system().now().date() - time::Duration::days(3);
    let from = until - time::Duration::days(60);
    device.get(&format!("/wallet/statement?from={from}&to={until}")).await.expect(200).text
}

async fn statement(device: &Device) -> String {
    let until = Env::system().now().date() + time::Duration::days(1);
    let from = until - time::Duration::days(60);
    device.get(&format!("/wallet/statement?from={from}&to={until}")).await.expect(200).text
}

/// How often the copy's index of lines was read.
async fn scans(url: &str) -> i64 {
    let session = connect(url).await;
    let rows = query(
        &session,
        "SELECT coalesce(sum(idx_scan), 0)::bigint AS found FROM pg_stat_user_indexes \
          WHERE indexrelname = 'ledger_postings_by_wallet'",
    )
    .await;
    rows[0].try_get("", "found").expect("a number")
}

async fn replay(url: &str, call: &str) {
    query(&connect(url).await, &format!("SELECT {call}::text AS done")).await;
}

fn kill(folder: &Path) {
    kill_process(postmaster(folder).expect("it runs"), Signal::KILL).expect("it can be killed");
}
