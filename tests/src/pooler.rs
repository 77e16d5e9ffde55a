//! Real programs behind a real PgBouncer in transaction mode: journeys, many at once, while the pooler is killed.
//!
//! The pooler has fewer sessions than each program has connections, so that hardly two statements of a connection run in
//! the same session.

use crate::harness::{Device, Program, SOON, Site, eventually, program::run};
use futures::future::join_all;
use partners::{Outcome, WebhookTiming};
use reqwest::Method;
use serde_json::json;
use std::{
    fs::{self, Permissions},
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    process::Stdio,
};
use tokio::process::{Child, Command};

/// How many sessions the pooler keeps: fewer than the connections of one program.
const SESSIONS: i64 = 4;

/// The login of the programs, which the server lets in by its socket.
const LOGIN: &str = "aarokya_gateway";

/// What a login needs where a pooler drops what programs say at the start of a session.
const ROLE: &str = "
CREATE ROLE aarokya_gateway LOGIN IN ROLE aarokya_app;
ALTER ROLE aarokya_gateway SET role = 'aarokya_app';
ALTER ROLE aarokya_gateway SET statement_timeout = '10s';
ALTER ROLE aarokya_gateway SET idle_in_transaction_session_timeout = '15s'";

/// Whether a PgBouncer is here that knows prepared statements.
pub async fn is_here() -> bool {
    let Ok(output) = Command::new("pgbouncer").arg("--version").output().await else { return false };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let version = text.split_whitespace().find_map(|word| word.strip_prefix("1."));
    version.and_then(|minor| minor.split('.').next()?.parse::<u32>().ok()).is_some_and(|minor| minor >= 21)
}

/// A running PgBouncer; killed when dropped.
struct Pooler {
    child: Child,
    folder: PathBuf,
}

impl Pooler {
    async fn start(site: &Site, prepared_statements_max: u32) -> Self {
        let server = site.cluster.socket_folder();
        let folder = site.file("pooler");
        fs::create_dir_all(&folder).expect("a folder");
        fs::set_permissions(&folder, Permissions::from_mode(0o777)).expect("its mode");
        let settings = format!(
            "[databases]\naarokya = host={} port=5432 dbname=aarokya user={LOGIN}\n[pgbouncer]\npool_mode = transaction\n\
             default_pool_size = {SESSIONS}\nmax_client_conn = 500\nmax_prepared_statements = {prepared_statements_max}\n\
             listen_port = 6432\nunix_socket_dir = {}\nauth_type = trust\nauth_file = {}\n",
            server.display(),
            folder.display(),
            folder.join("users").display()
        );
        fs::write(folder.join("users"), format!("\"{LOGIN}\" \"\"\n")).expect("the users are written");
        fs::write(folder.join("pgbouncer.ini"), settings).expect("the settings are written");
        let log = fs::File::create(folder.join("log")).expect("a log");
        let mut command = Command::new("pgbouncer");
        command.arg(folder.join("pgbouncer.ini")).stdin(Stdio::null()).kill_on_drop(true);
        command.stdout(log.try_clone().expect("a second handle")).stderr(log);
        if rustix::process::geteuid().is_root() {
            // It refuses to be root, and may enter where the server's socket is.
            let owner = fs::metadata(&server).expect("the server's folder");
            command.uid(owner.uid()).gid(owner.gid());
        }
        let child = command.spawn().expect("PgBouncer starts");
        let pooler = Self { child, folder };
        eventually("the pooler listens", SOON, async || pooler.socket().exists().then_some(())).await;
        pooler
    }

    fn socket(&self) -> PathBuf {
        self.folder.join(".s.PGSQL.6432")
    }

    fn url(&self) -> String {
        url(&self.folder, 6432)
    }

    async fn kill(mut self) {
        self.child.kill().await.expect("it can be killed");
        // What a killed one leaves behind would look like a running one.
        if self.socket().exists() {
            fs::remove_file(self.socket()).expect("its socket goes");
        }
    }
}

fn url(folder: &Path, port: u16) -> String {
    let folder = folder.to_string_lossy().replace('/', "%2F");
    format!("postgres://{LOGIN}@{folder}:{port}/aarokya")
}

/// Everything that did not hold, one sentence each.
///
/// # Panics
/// When what stands around the programs cannot be made, or a journey fails.
pub async fn look(people: usize) -> Vec<String> {
    let site = Site::prepare(|settings| postgres::cluster::ClusterSettings {
        access: vec![format!("local aarokya {LOGIN} trust")],
        ..settings
    })
    .await;
    let mut broken = refusals(&site).await;
    site.execute(ROLE).await;
    let pooler = Pooler::start(&site, 200).await;
    let (pooled, direct) = (pooler.url(), url(&site.cluster.socket_folder(), 5432));
    let variables = [
        ("DATABASE_URL", pooled.as_str()),
        ("DATABASE_DIRECT_URL", &direct),
        ("DATABASE_POOLER", "transaction"),
    ];
    let (one, other) = (site.serve(&variables).await, site.serve(&variables).await);
    let devices = join_all((0..people).map(|number| arrive(&one, number))).await;
    broken.extend(join_all(devices.iter().map(|device| journey(&site, device, &other))).await.concat());

    let sessions = "SELECT count(*) AS found FROM pg_stat_activity WHERE usename = 'aarokya_gateway' \
                    AND query NOT LIKE '%graphile%' AND query NOT LIKE '%LISTEN%' AND client_port = -1 \
                    AND backend_type = 'client backend' AND application_name = 'aarokya'";
    let all = site.number(sessions).await;
    let kept = fs::read_to_string(pooler.folder.join("log")).unwrap_or_default();
    let opened = kept.lines().filter(|line| line.contains(" S-") && line.contains("new connection")).count();
    if i64::try_from(opened).unwrap_or(i64::MAX) > SESSIONS {
        broken.push(format!("the pooler opened {opened} sessions of {SESSIONS}; the server had {all}"));
    }

    // Killed under people who go on asking; whoever is refused asks again.
    let asking = join_all(devices.iter().map(|device| insist(&site, device)));
    let killing = async {
        pooler.kill().await;
        Pooler::start(&site, 200).await
    };
    let (told, pooler) = futures::join!(asking, killing);
    broken.extend(told.concat());

    broken.extend(ended_everywhere(&devices, &other).await);
    let mut given = site.variables.clone();
    given.extend(variables.map(|(name, value)| (name.to_owned(), value.to_owned())));
    for words in [["ledger", "check"], ["audit", "verify"]] {
        let ended = run(&words, &given).await;
        if !ended.status.success() {
            broken.push(format!("{}: {}", words.join(" "), String::from_utf8_lossy(&ended.stdout)));
        }
    }
    assert!(one.terminate().await.success() && other.terminate().await.success(), "they end as they should");
    pooler.kill().await;
    site.stop().await;
    broken
}

/// What a program must not start with.
async fn refusals(site: &Site) -> Vec<String> {
    let mut broken = Vec::new();
    site.execute("CREATE ROLE aarokya_gateway LOGIN IN ROLE aarokya_app").await;
    let direct = url(&site.cluster.socket_folder(), 5432);
    let pooler = Pooler::start(site, 0).await;
    let mut variables = site.variables.clone();
    let pooled = pooler.url();
    for (name, value) in [("DATABASE_URL", pooled.as_str()), ("DATABASE_DIRECT_URL", &direct)] {
        variables.push((name.to_owned(), value.to_owned()));
    }
    let mut refuses = async |because: &str, variables: &[(String, String)]| {
        let ended = run(&["serve"], variables).await;
        let told = String::from_utf8_lossy(&ended.stderr).into_owned();
        if ended.status.success() || !told.contains(because) {
            broken.push(format!("it did not say `{because}` but: {told}"));
        }
    };
    // Start-up options that the pooler does not take.
    refuses("cannot be reached", &variables).await;
    variables.push(("DATABASE_POOLER".to_owned(), "transaction".to_owned()));
    refuses("another role", &variables).await;
    site.execute("ALTER ROLE aarokya_gateway SET role = 'aarokya_app'").await;
    // The next session of the pooler, since those it has began before that.
    pooler.kill().await;
    let pooler = Pooler::start(site, 0).await;
    refuses("statement_timeout", &variables).await;
    site.execute(
        "ALTER ROLE aarokya_gateway SET statement_timeout = '10s'; \
                  ALTER ROLE aarokya_gateway SET idle_in_transaction_session_timeout = '15s'",
    )
    .await;
    pooler.kill().await;
    let pooler = Pooler::start(site, 0).await;
    refuses("prepared statements", &variables).await;
    pooler.kill().await;
    site.execute("DROP ROLE aarokya_gateway").await;
    broken
}

async fn arrive(program: &Program, number: usize) -> Device {
    let device = Device::sign_in(program, &format!("94{number:08}"), "Redmi 12").await;
    device.wallet_opened().await;
    device
}

/// Everything a person does, at both instances in turn.
async fn journey(site: &Site, device: &Device, other: &Program) -> Vec<String> {
    let mut broken = Vec::new();
    let elsewhere = device.at(other);
    let wallet = device.get("/wallet").await.expect(200).text("transcorp_wallet_id");
    for round in 1..=3_i64 {
        let key = format!("pooler-{round}");
        let order =
            device.top_up_session(&key, 10_000).await.expect("an answer").expect(201).text("order_id");
        let again = elsewhere.top_up_session(&key, 10_000).await.expect("an answer").expect(201);
        if again.text("order_id") != order {
            broken.push(format!("{key} became two orders"));
        }
        let paid = site.simulators.pay(&order, Some(Outcome::Success), Some(WebhookTiming::Twice)).await;
        paid.expect("the order can be paid");
        elsewhere.balance_becomes(round * 10_000).await;
        let patch = elsewhere.request(Method::PATCH, "/user/profile").json(&json!({ "employer": key }));
        elsewhere.send(patch).await.expect(200);
        if device.get("/user/profile").await.expect(200).text("employer") != key {
            broken.push("a change of the profile was not seen".to_owned());
        }
        let history = format!("/wallet/{wallet}/transactions/history/0?limit=1");
        device.get(&history).await.expect(200);
        elsewhere.get("/payments/orders").await.expect(200);
        device.get("/auth/sessions").await.expect(200);
    }
    broken
}

/// Goes on asking until all of it was answered; a refusal of the moment is no broken promise.
async fn insist(site: &Site, device: &Device) -> Vec<String> {
    let before = 30_000;
    let key = "while-the-pooler-is-away";
    let order = eventually("an order is opened", SOON, async || {
        let answer = device.top_up_session(key, 10_000).await?;
        (answer.status == 201).then(|| answer.text("order_id"))
    })
    .await;
    let paid = site.simulators.pay(&order, Some(Outcome::Success), Some(WebhookTiming::Before)).await;
    paid.expect("the order can be paid");
    let credited = eventually("it is credited", SOON, async || {
        let answer = device.try_send(device.request(Method::GET, "/wallet")).await?;
        let balance = (answer.status == 200).then(|| answer.number("balance"))?;
        (balance > before).then_some(balance)
    })
    .await;
    let expected = before + 10_000;
    if credited == expected { Vec::new() } else { vec![format!("{credited} instead of {expected}")] }
}

/// A session that ends at one instance is over at the other at once, by the feed that needs the server itself.
async fn ended_everywhere(devices: &[Device], other: &Program) -> Vec<String> {
    let ended = devices.iter().map(async |device| {
        device.send(device.request(Method::POST, "/auth/logout")).await.expect(200);
        eventually("the other instance has heard", SOON, async || {
            (device.at(other).get("/wallet").await.status == 401).then_some(())
        })
        .await;
    });
    join_all(ended).await;
    Vec::new()
}
