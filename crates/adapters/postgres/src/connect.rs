//! Opens the pool: how many connections, how long anything may take, and as which role.

use sea_orm::{ConnectOptions, Database, DatabaseConnection, DbBackend, DbErr, FromQueryResult, Statement};
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
    /// What stands between the program and the server.
    pub way: Way,
}

/// What stands between the program and the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Nothing: each connection is a session of the server's, whose role and time-outs the program sets itself.
    Direct,
    /// A pooler that gives a connection another session for each transaction. Role and time-outs are the login's or
    /// the pooler's to set, and it must know prepared statements: PgBouncer does from 1.21 on.
    TransactionPooler,
}

/// The database could not be reached as asked.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// It does not answer, or the login is not a member of the role.
    #[error("the database cannot be reached as the role {role}")]
    Unreachable {
        /// The application's role.
        role: &'static str,
        /// What the driver says.
        #[source]
        source: DbErr,
    },
    /// It answers, and what was asked of its sessions is not so.
    #[error("the database answers, but {0}")]
    Unfit(&'static str),
}

/// A session as the server has it.
#[derive(FromQueryResult)]
struct Session {
    role: String,
    statements_end: bool,
    idle_transactions_end: bool,
    kept_by_nobody: bool,
}

/// Asked as a prepared statement, which then finds itself among those of its session: under the driver's own name if
/// nobody in between looks after it.
const SESSION: &str = "
SELECT current_user::text AS role, current_setting('statement_timeout') <> '0' AS statements_end,
       current_setting('idle_in_transaction_session_timeout') <> '0' AS idle_transactions_end,
       EXISTS (SELECT FROM pg_prepared_statements WHERE name LIKE 'sqlx%') AS kept_by_nobody";

impl Connection {
    /// Opens the pool; every connection works as the application's role and so cannot rewrite what must stay.
    ///
    /// # Errors
    /// When the server cannot be reached, the login role is not a member of the application's, or a pooler in between
    /// is not set up for us.
    pub async fn open(&self) -> Result<DatabaseConnection, ConnectError> {
        let role = migrations::APPLICATION_ROLE;
        let unreachable = |source| ConnectError::Unreachable { role, source };
        let db = Database::connect(self.options()).await.map_err(unreachable)?;
        let statement = Statement::from_string(DbBackend::Postgres, SESSION);
        let session = Session::find_by_statement(statement).one(&db).await.map_err(unreachable)?;
        self.check(session.as_ref())?;
        Ok(db)
    }

    /// A pool that connects when it is first used, and again whenever it has to: for a server that may be away.
    ///
    /// # Errors
    /// When the address cannot be understood.
    pub(crate) async fn open_when_used(&self) -> Result<DatabaseConnection, ConnectError> {
        let mut options = self.options();
        options.connect_lazy(true);
        let role = migrations::APPLICATION_ROLE;
        Database::connect(options).await.map_err(|source| ConnectError::Unreachable { role, source })
    }

    fn options(&self) -> ConnectOptions {
        let statement_timeout = self.statement_timeout.as_millis().to_string();
        let way = self.way;
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
                let options = options.application_name("aarokya");
                match way {
                    Way::Direct => options.options([
                        ("role", migrations::APPLICATION_ROLE),
                        ("statement_timeout", statement_timeout.as_str()),
                        ("idle_in_transaction_session_timeout", "15000"),
                        ("timezone", "UTC"),
                    ]),
                    // A pooler refuses what it could not tell the next session; numbers travel in binary anyway.
                    Way::TransactionPooler => options.extra_float_digits(None),
                }
            });
        options
    }

    fn check(&self, session: Option<&Session>) -> Result<(), ConnectError> {
        let Some(session) = session else { return Err(ConnectError::Unfit("it does not say as whom")) };
        // Whoever drops start-up options would leave us with whatever the login may do.
        if session.role != migrations::APPLICATION_ROLE {
            return Err(ConnectError::Unfit("its sessions have another role than aarokya_app"));
        }
        if self.way == Way::Direct {
            return Ok(());
        }
        if !(session.statements_end && session.idle_transactions_end) {
            return Err(ConnectError::Unfit(
                "the pooler's sessions have no statement_timeout or no idle_in_transaction_session_timeout",
            ));
        }
        if session.kept_by_nobody {
            return Err(ConnectError::Unfit(
                "the pooler does not look after prepared statements: set max_prepared_statements, which PgBouncer \
                 has from 1.21 on, or unset DATABASE_POOLER if there is no pooler",
            ));
        }
        Ok(())
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").field("connections_max", &self.connections_max).finish_non_exhaustive()
    }
}
