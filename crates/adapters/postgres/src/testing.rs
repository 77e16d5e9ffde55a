//! A database per test, cloned from a migrated template on the server of `TEST_DATABASE_URL`.

use crate::{Connection, Postgres, Way, vault::Vault};
use kernel::Env;
use sea_orm::{
    ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, DbErr, TransactionTrait as _,
};
use secrecy::SecretSlice;
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use url::Url;

/// Names the advisory lock under which the template is made, once per server and schema.
const TEMPLATE_LOCK: i64 = 0x4141_524f_4b59_4102;

/// A migrated database of its own, dropped with this value.
pub struct TestDatabase {
    server: String,
    name: String,
    url: String,
}

impl TestDatabase {
    /// Clones the template, making it first if this server does not have it.
    ///
    /// # Panics
    /// When `TEST_DATABASE_URL` is not set or its server cannot be used: a test cannot go on.
    #[expect(clippy::panic, clippy::expect_used, reason = "a test that cannot run must say so and stop")]
    pub async fn create() -> Self {
        #[expect(clippy::disallowed_methods, reason = "tests have no configuration but this")]
        let Ok(server) = std::env::var("TEST_DATABASE_URL") else {
            panic!("TEST_DATABASE_URL is not set: run `make test`, which starts a server for the tests");
        };
        let template = format!("aarokya_template_{}", migrations::fingerprint());
        let name = format!("aarokya_test_{}", Env::system().new_uuid().simple());
        let admin = open(&server).await.expect("the test server answers");
        make_template(&admin, &server, &template).await.expect("the template can be made");
        admin
            .execute_unprepared(&format!("CREATE DATABASE {name} TEMPLATE {template}"))
            .await
            .expect("the template can be cloned");
        admin.close().await.expect("the connection closes");
        let url = with_database(&server, &name);
        Self { server, name, url }
    }

    /// The address of this database, as the role that owns the schema.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The ports over this database, as the gateway has them, with keys made for tests.
    ///
    /// # Panics
    /// When the database cannot be opened.
    #[expect(clippy::expect_used, reason = "a test that cannot run must say so and stop")]
    pub async fn open(&self, env: &Env) -> Postgres {
        let connection = Connection {
            url: self.url.clone(),
            connections_max: 8,
            acquire_timeout: Duration::from_secs(30),
            statement_timeout: Duration::from_secs(30),
            way: Way::Direct,
        };
        let db = connection.open().await.expect("the test database opens");
        Postgres::new(db, Arc::new(test_vault(env)))
    }

    /// A connection as the role that owns the schema: for a test that plays the saboteur.
    ///
    /// # Panics
    /// When the database cannot be opened.
    #[expect(clippy::expect_used, reason = "a test that cannot run must say so and stop")]
    pub async fn open_as_owner(&self) -> DatabaseConnection {
        open(&self.url).await.expect("the test database opens")
    }

    /// Ends every connection and takes no new one, as a server does that is being shut down.
    ///
    /// # Panics
    /// When the server does not obey.
    #[expect(clippy::expect_used, reason = "a test that cannot run must say so and stop")]
    pub async fn shut_out(&self) {
        let admin = open(&self.server).await.expect("the test server answers");
        let close = format!("ALTER DATABASE {} WITH ALLOW_CONNECTIONS false", self.name);
        admin.execute_unprepared(&close).await.expect("the test server obeys");
        admin.close().await.expect("the connection closes");
        self.cut_connections().await;
    }

    /// Ends every connection to this database; new ones are taken.
    ///
    /// # Panics
    /// When the server does not obey.
    #[expect(clippy::expect_used, reason = "a test that cannot run must say so and stop")]
    pub async fn cut_connections(&self) {
        let admin = open(&self.server).await.expect("the test server answers");
        let name = &self.name;
        let cut = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
        admin.execute_unprepared(&cut).await.expect("the test server obeys");
        admin.close().await.expect("the connection closes");
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        // Drop cannot await, and the test's runtime may be going down: a thread with its own does it.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let admin = open(&server).await.map_err(std::io::Error::other)?;
                let statement = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
                admin.execute_unprepared(&statement).await.map(drop).map_err(std::io::Error::other)
            })
        });
        if !matches!(dropped.join(), Ok(Ok(()))) {
            tracing::warn!(database = self.name, "a test database was left behind");
        }
    }
}

/// A vault with fixed keys, for tests alone.
///
/// # Panics
/// Never: the keys are of the right length.
#[must_use]
#[expect(clippy::expect_used, reason = "keys written here are of the right length")]
pub fn test_vault(env: &Env) -> Vault {
    let masters = BTreeMap::from([(1, SecretSlice::from(vec![1; 32]))]);
    Vault::new(&masters, 1, SecretSlice::from(vec![2; 32]), env.clone()).expect("the keys are fit")
}

async fn open(url: &str) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(url);
    options.max_connections(2).sqlx_logging(false).test_before_acquire(false);
    Database::connect(options).await
}

async fn make_template(admin: &DatabaseConnection, server: &str, template: &str) -> Result<(), DbErr> {
    let lock = admin.begin().await?;
    lock.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({TEMPLATE_LOCK})")).await?;
    let statement = sea_orm::Statement::from_sql_and_values(
        sea_orm::DbBackend::Postgres,
        "SELECT 1 AS there FROM pg_database WHERE datname = $1",
        [template.into()],
    );
    if admin.query_one_raw(statement).await?.is_none() {
        // Built under another name and renamed when done, so that half a template is never cloned.
        let draft = format!("aarokya_draft_{}", Env::system().new_uuid().simple());
        admin.execute_unprepared(&format!("CREATE DATABASE {draft}")).await?;
        let migrated = migrations::apply(&with_database(server, &draft)).await;
        migrated.map_err(|error| DbErr::Custom(format!("{error:?}")))?;
        admin.execute_unprepared(&format!("ALTER DATABASE {draft} RENAME TO {template}")).await?;
    }
    lock.commit().await
}

fn with_database(server: &str, name: &str) -> String {
    Url::parse(server).map_or_else(
        |_| server.to_owned(),
        |mut url| {
            url.set_path(name);
            url.into()
        },
    )
}
