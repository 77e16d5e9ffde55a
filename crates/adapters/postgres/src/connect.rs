//! Opens the pool: how many connections, how long anything may take, and as which role.

use sea_orm::{
    ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, DbBackend, DbErr, Statement,
};
use std::time::Duration;

/// How to reach the database. Every limit is spelled out by whoever composes the program.
#[derive(Clone)]
pub struct Connection {
    /// `postgres://…`, of a login role that is a member of the application's role.
    pub url: String,
    /// The most connections the pool may hold; about 8 per core of the server serve best.
    pub connections_max: u32,
    /// How long a request waits for a free connection before it is told to come back.
    pub acquire_timeout: Duration,
    /// How long one statement may run before the server cancels it.
    pub statement_timeout: Duration,
}

/// The database could not be reached as asked.
#[derive(Debug, thiserror::Error)]
#[error("the database cannot be reached as the role {role}")]
pub struct ConnectError {
    role: &'static str,
    #[source]
    source: DbErr,
}

impl Connection {
    /// Opens the pool; every connection works as the application's role and so cannot rewrite what must stay.
    ///
    /// # Errors
    /// When the server cannot be reached or the login role is not a member of the application's.
    pub async fn open(&self) -> Result<DatabaseConnection, ConnectError> {
        let role = migrations::APPLICATION_ROLE;
        let statement_timeout = self.statement_timeout.as_millis().to_string();
        let mut options = ConnectOptions::new(&self.url);
        options
            .max_connections(self.connections_max)
            .acquire_timeout(self.acquire_timeout)
            .connect_timeout(self.acquire_timeout)
            .idle_timeout(Duration::from_secs(600))
            // A ping before each use would double the round trips; a broken connection shows itself anyway.
            .test_before_acquire(false)
            .sqlx_logging(false)
            .map_sqlx_postgres_opts(move |options| {
                options.application_name("aarokya").options([
                    ("role", role),
                    ("statement_timeout", statement_timeout.as_str()),
                    ("idle_in_transaction_session_timeout", "15000"),
                    ("timezone", "UTC"),
                ])
            });
        let db = Database::connect(options).await.map_err(|source| ConnectError { role, source })?;
        // A pooler that drops start-up options would leave us with whatever the login may do.
        let statement = Statement::from_string(DbBackend::Postgres, "SELECT current_user::text AS role");
        let answer = db.query_one_raw(statement).await.map_err(|source| ConnectError { role, source })?;
        match answer.and_then(|row| row.try_get::<String>("", "role").ok()) {
            Some(given) if given == role => Ok(db),
            _ => Err(ConnectError { role, source: DbErr::Custom("the server gave another role".to_owned()) }),
        }
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").field("connections_max", &self.connections_max).finish_non_exhaustive()
    }
}
