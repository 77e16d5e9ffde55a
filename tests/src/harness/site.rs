//! A durable database of its own with real programs over it: for what takes minutes and measures.

use super::{
    Program,
    deployment::{partners, serve},
    program::open_folder,
    query,
};
use partners::Simulators;
use postgres::cluster::{Cluster, ClusterSettings};
use sea_orm::{ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection};
use std::{
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
};
use tempfile::TempDir;

/// A private cluster in a folder of its own, running partners, and what an operator would set.
pub struct Site {
    /// The cluster.
    pub cluster: Cluster,
    /// Its database, as the role that owns it.
    pub database_url: String,
    /// The partners.
    pub simulators: Simulators,
    /// What an operator would set.
    pub variables: Vec<(String, String)>,
    started: AtomicU32,
    // The last to go: everything else lies in it.
    folder: TempDir,
}

impl Site {
    /// A migrated, durable database as `adjust` would have it; no program yet.
    pub async fn prepare(adjust: impl FnOnce(ClusterSettings) -> ClusterSettings) -> Self {
        let folder = open_folder();
        let settings = adjust(ClusterSettings::kept(folder.path().join("postgresql")));
        let cluster = Cluster::start(settings).await.expect("a database");
        let database_url = cluster.ensure_database("aarokya").await.expect("a database");
        migrations::apply(&database_url).await.expect("the schema is made");
        let (simulators, variables) = partners(&database_url).await;
        Self { cluster, database_url, simulators, variables, started: AtomicU32::new(0), folder }
    }

    /// Starts an instance with these variables beside the others; it gets the webhooks from now on.
    pub async fn serve(&self, more: &[(&str, &str)]) -> Program {
        let number = self.started.fetch_add(1, Ordering::Relaxed);
        let log = self.file(&format!("instance-{number}.log"));
        serve(&self.simulators, &self.variables, more, &log).await
    }

    /// A connection as the role that owns the schema.
    pub async fn owner(&self) -> DatabaseConnection {
        connect(&self.database_url).await
    }

    /// Statements as the owner, one after the other in one session.
    pub async fn execute(&self, statements: &str) {
        let owner = self.owner().await;
        owner.execute_unprepared(statements).await.expect("the statements run");
        owner.close().await.expect("the connection closes");
    }

    /// The number `found` that a query of the database answers.
    pub async fn number(&self, sql: &str) -> i64 {
        let owner = self.owner().await;
        query(&owner, sql).await[0].try_get("", "found").expect("a number")
    }

    /// A file beside the database.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Stops the database and removes it.
    pub async fn stop(self) {
        self.cluster.stop().await.expect("the database stops");
    }
}

/// One session of the database at `url`, whose statements are not explained where those of others are.
pub async fn connect(url: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false).test_before_acquire(false);
    options.map_sqlx_postgres_opts(|options| options.options([("auto_explain.log_min_duration", "-1")]));
    Database::connect(options).await.expect("the database answers")
}
