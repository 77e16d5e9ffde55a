//! What stands around real programs in a test: one database, one set of partners, and the variables that name them.

use super::{Program, query};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use kernel::{Env, MovableClock};
use partners::{DltTemplate, Partner, Simulators, SimulatorsConfig};
use postgres::testing::TestDatabase;
use sea_orm::ConnectionTrait as _;
use secrecy::ExposeSecret as _;
use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

const TEMPLATE_ID: &str = "1107161234567890123";
const REUSE_TEMPLATE_ID: &str = "1107161234567890124";
const SENDER: &str = "AAROKY";

/// Everything `aarokya serve` needs, for as many instances as a test starts.
pub struct Deployment {
    /// Their database.
    pub database: TestDatabase,
    /// Their partners, which outlive them.
    pub simulators: Simulators,
    /// What an operator would set.
    pub variables: Vec<(String, String)>,
    folder: tempfile::TempDir,
    started: AtomicU32,
}

impl Deployment {
    /// A migrated database and running partners; no program yet.
    pub async fn prepare() -> Self {
        let database = TestDatabase::create().await;
        let (simulators, variables) = partners(database.url()).await;
        let folder = tempfile::tempdir().expect("a folder");
        Self { database, simulators, variables, folder, started: AtomicU32::new(0) }
    }

    /// Starts an instance, which gets the webhooks from now on.
    pub async fn serve(&self, more: &[(&str, &str)]) -> Program {
        let number = self.started.fetch_add(1, Ordering::Relaxed);
        let log = self.file(&format!("instance-{number}.log"));
        serve(&self.simulators, &self.variables, more, &log).await
    }

    /// The number `found` that a query of the database answers.
    pub async fn number(&self, sql: &str) -> i64 {
        let owner = self.database.open_as_owner().await;
        query(&owner, sql).await[0].try_get("", "found").expect("a number")
    }

    /// The texts `held` that a query of the database answers.
    pub async fn texts(&self, sql: &str) -> Vec<String> {
        let owner = self.database.open_as_owner().await;
        let rows = query(&owner, sql).await;
        rows.iter().map(|row| row.try_get("", "held").expect("a text")).collect()
    }

    /// Forgets how often codes were asked for, so that nobody waits for the next.
    pub async fn forget_codes(&self) {
        let owner = self.database.open_as_owner().await;
        owner.execute_unprepared("DELETE FROM otp_budgets").await.expect("rows are deleted");
    }

    /// Moves codes and their budgets into the past, as time would.
    pub async fn codes_grow_older(&self, seconds: u32) {
        let owner = self.database.open_as_owner().await;
        for (table, columns) in
            [("otp_budgets", ["since", "ends_at"]), ("otp_challenges", ["created_at", "expires_at"])]
        {
            let moved = columns.map(|column| format!("{column} = {column} - interval '{seconds} seconds'"));
            let sql = format!("UPDATE {table} SET {}", moved.join(", "));
            owner.execute_unprepared(&sql).await.expect("rows are changed");
        }
    }

    /// A file of this test's own folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// Starts an instance with these variables beside the others; it gets the webhooks from now on.
pub(crate) async fn serve(
    simulators: &Simulators,
    variables: &[(String, String)],
    more: &[(&str, &str)],
    log: &Path,
) -> Program {
    let mut variables = variables.to_vec();
    variables.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let program = Program::serve(&variables, log).await;
    simulators.send_juspay_webhooks_to(program.url("/webhooks/juspay").parse().expect("an address"));
    program
}

/// Running partners, and what an operator would set for a program that speaks with them over this database.
pub async fn partners(database_url: &str) -> (Simulators, Vec<(String, String)>) {
    partners_by(Arc::new(MovableClock::running()), database_url).await
}

/// [`partners`] by another clock.
pub(crate) async fn partners_by(
    clock: Arc<MovableClock>,
    database_url: &str,
) -> (Simulators, Vec<(String, String)>) {
    let mut settings = SimulatorsConfig::sandbox(clock);
    let registered = [(TEMPLATE_ID, "SMS_OTP_TEMPLATE"), (REUSE_TEMPLATE_ID, "SMS_REUSE_TEMPLATE")];
    let registered = registered.map(|(id, text)| DltTemplate {
        id: id.to_owned(),
        header: SENDER.to_owned(),
        text: default_of(text).replace("\\n", "\n"),
    });
    settings.valuefirst.templates = registered.into();
    let simulators = Simulators::start(settings.clone()).await.expect("the partners start");
    let variables = variables(&settings, &simulators, database_url);
    (simulators, variables)
}

fn default_of(name: &str) -> &'static str {
    let variable = gateway::config::VARIABLES.iter().find(|variable| variable.name == name);
    variable.and_then(|variable| variable.default).expect("a variable with a default")
}

fn variables(
    settings: &SimulatorsConfig,
    simulators: &Simulators,
    database_url: &str,
) -> Vec<(String, String)> {
    let env = Env::system();
    let key = || STANDARD.encode(env.random::<32>());
    let (juspay, twilio) = (&settings.juspay, &settings.twilio);
    let (valuefirst, narayana) = (&settings.valuefirst, &settings.narayana);
    let variables = [
        ("AAROKYA_ENV", "sandbox".to_owned()),
        ("AAROKYA_METRICS_LISTEN", "127.0.0.1:0".to_owned()),
        ("DATABASE_URL", database_url.to_owned()),
        ("DATABASE_POOL_MAX", "8".to_owned()),
        ("AAROKYA_JWT_KEYS", format!("test:{}", key())),
        ("AAROKYA_OTP_PEPPERS", format!("1:{}", key())),
        ("AAROKYA_PIN_PEPPERS", format!("1:{}", key())),
        ("AAROKYA_MASTER_KEYS", format!("1:{}", key())),
        ("AAROKYA_INDEX_KEY", key()),
        ("AAROKYA_DEVICE_KEY", key()),
        ("AAROKYA_AUDIT_KEYS", format!("1:{}", key())),
        ("JUSPAY_BASE_URL", simulators.base_url(Partner::Juspay)),
        ("JUSPAY_MERCHANT_ID", juspay.merchant_id.clone()),
        ("JUSPAY_API_KEY", juspay.api_key.expose_secret().to_owned()),
        ("JUSPAY_CLIENT_ID", "aarokya".to_owned()),
        ("JUSPAY_RETURN_URL", "http://127.0.0.1/payments/return".to_owned()),
        ("JUSPAY_RESPONSE_KEY", juspay.response_key.expose_secret().to_owned()),
        ("JUSPAY_FALLBACK_EMAIL", "payments@aarokya.example".to_owned()),
        ("JUSPAY_WEBHOOK_USERNAME", juspay.webhook_username.clone()),
        ("JUSPAY_WEBHOOK_PASSWORD", juspay.webhook_password.expose_secret().to_owned()),
        ("JUSPAY_PPI_PROGRAM_ID", "aarokya-health".to_owned()),
        ("SMS_SENDER", SENDER.to_owned()),
        ("SMS_OTP_TEMPLATE_ID", TEMPLATE_ID.to_owned()),
        ("SMS_REUSE_TEMPLATE_ID", REUSE_TEMPLATE_ID.to_owned()),
        ("TWILIO_BASE_URL", simulators.base_url(Partner::Twilio)),
        ("TWILIO_ACCOUNT_SID", twilio.account_sid.clone()),
        ("TWILIO_AUTH_TOKEN", twilio.auth_token.expose_secret().to_owned()),
        ("TWILIO_FROM", "+15005550006".to_owned()),
        ("VALUEFIRST_BASE_URL", simulators.base_url(Partner::ValueFirst)),
        ("VALUEFIRST_USERNAME", valuefirst.username.clone()),
        ("VALUEFIRST_PASSWORD", valuefirst.password.expose_secret().to_owned()),
        ("NARAYANA_BASE_URL", simulators.base_url(Partner::Narayana)),
        ("NARAYANA_CLIENT_ID", narayana.client_id.clone()),
        ("NARAYANA_CLIENT_SECRET", narayana.client_secret.expose_secret().to_owned()),
    ];
    variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
