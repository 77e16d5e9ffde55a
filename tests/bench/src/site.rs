//! Everything that stands around the measurements: a durable database, partners, a gateway, the floors.

use crate::{Failure, load::Counted, pgbench::Pgbench, plan::Plan, processes, startup};
use gateway::{
    App,
    config::{Config, Reader},
    wire,
};
use kernel::Env;
use partners::Simulators;
use postgres::cluster::{Cluster, ClusterSettings};
use sea_orm::{
    ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, DbBackend, Statement, Value,
};
use std::{
    path::{Path, PathBuf},
    process::Stdio,
};
use tempfile::TempDir;
use tests::{
    Program,
    harness::{
        partners as start_partners,
        program::{free_address, open_folder, postmaster},
    },
};
use tokio::process::{Child, Command};

/// One machine's worth of everything.
pub struct Site {
    /// The gateway that is measured.
    pub program: Program,
    /// The same parts within this process, over the same database: to prepare, and for what no route does alone.
    pub app: App,
    /// What an operator would set.
    pub variables: Vec<(String, String)>,
    /// How that is read.
    pub config: Config,
    /// The database as its owner.
    pub owner: DatabaseConnection,
    /// The database alone.
    pub pgbench: Pgbench,
    /// Memory of the gateway before anybody called, in bytes.
    pub idle_bytes: u64,
    /// Where the floors are served.
    pub floors_url: String,
    floors: Child,
    head: i32,
    cluster: Cluster,
    _simulators: Simulators,
    folder: TempDir,
}

/// Keeps jobs from being run while what queues them is measured, as the floor's are; how soon a job starts is
/// measured by itself. They have no tries left, since jobs that wait for an hour of theirs stand in the index which
/// every look of a worker reads from its beginning.
const HOLD_JOBS: &str = "
CREATE FUNCTION bench_hold_jobs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.attempts := NEW.max_attempts;
    RETURN NEW;
END
$$;
CREATE TRIGGER bench_hold_jobs BEFORE INSERT ON graphile_worker._private_jobs
    FOR EACH ROW EXECUTE FUNCTION bench_hold_jobs();";

impl Site {
    /// Starts all of it; the database is durable and nobody else's.
    ///
    /// # Errors
    /// When a part does not start.
    pub async fn start(plan: &Plan) -> Result<Self, Failure> {
        let folder = open_folder();
        let settings = ClusterSettings { durable: true, ..ClusterSettings::temporary() };
        let cluster = Cluster::start(settings).await?;
        let database_url = cluster.ensure_database("aarokya").await?;
        migrations::apply(&database_url).await?;
        let head = head(&cluster)?;
        let mut options = ConnectOptions::new(&database_url);
        options.max_connections(2).sqlx_logging(false).test_before_acquire(false);
        let owner = Database::connect(options).await?;
        owner.execute_unprepared(HOLD_JOBS).await?;
        let (simulators, mut variables) = start_partners(&database_url).await;
        // As a deployment behind one proxy has it: every limit counts, and each caller has an address.
        let own = [
            ("DATABASE_POOL_MAX", "16"),
            ("SANDBOX_ENFORCE_BUDGETS", "true"),
            ("AAROKYA_TRUSTED_PROXIES", "1"),
        ];
        variables.extend(own.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let config = Config::read(Reader::new(variables.clone()))?;
        let app = wire::compose(&config, Env::system(), wire::Extras::default()).await?;
        let program = Program::serve(&variables, &folder.path().join("gateway.log")).await;
        let idle_bytes = processes::memory(program.pid());
        let pgbench = Pgbench::beside(head, &database_url, folder.path())?;
        let (floors, floors_url) = serve_floors().await?;
        let site = Self {
            program,
            app,
            variables,
            config,
            owner,
            pgbench,
            idle_bytes,
            floors_url,
            floors,
            head,
            cluster,
            _simulators: simulators,
            folder,
        };
        crate::prepare::wallets(&site, plan.wallets.saturating_mul(2)).await?;
        Ok(site)
    }

    /// A database beside the measured one, migrated and empty, as an operator would name it.
    ///
    /// # Errors
    /// When it cannot be made.
    pub async fn other_database(&self, name: &str) -> Result<Config, Failure> {
        let url = self.cluster.ensure_database(name).await?;
        migrations::apply(&url).await?;
        let mut variables = self.variables.clone();
        variables.push(("DATABASE_URL".to_owned(), url));
        Ok(Config::read(Reader::new(variables))?)
    }

    /// A database beside the measured one for somebody else to fill; its address.
    ///
    /// # Errors
    /// When it cannot be made.
    pub async fn foreign_database(&self, name: &str) -> Result<String, Failure> {
        Ok(self.cluster.ensure_database(name).await?)
    }

    /// Another gateway over the same database.
    pub async fn second_program(&self) -> Program {
        Program::serve(&self.variables, &self.folder.path().join("gateway-2.log")).await
    }

    /// A file of this run.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Whose time is counted when the gateway is called.
    #[must_use]
    pub fn counted(&self) -> Counted {
        Counted { server: Some(self.program.pid()), database: self.head }
    }

    /// Whose time is counted when the floors are called.
    #[must_use]
    pub fn counted_floors(&self) -> Counted {
        Counted { server: self.floors.id().and_then(|id| i32::try_from(id).ok()), database: self.head }
    }

    /// Whose time is counted when the parts within this process are called, or nobody's but the database's.
    #[must_use]
    pub fn counted_here(&self, here: bool) -> Counted {
        let own = i32::try_from(std::process::id()).ok().filter(|_| here);
        Counted { server: own, database: self.head }
    }

    /// Runs a statement as the owner.
    ///
    /// # Errors
    /// When the database refuses it.
    pub async fn execute(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> Result<(), Failure> {
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
        self.owner.execute_raw(statement).await?;
        Ok(())
    }

    /// The number `found` that a query answers.
    ///
    /// # Errors
    /// When the database refuses it.
    pub async fn number(&self, sql: &str) -> Result<i64, Failure> {
        let row = self.owner.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await?;
        Ok(row.ok_or("no row")?.try_get("", "found")?)
    }

    /// The database's version and what makes it durable.
    ///
    /// # Errors
    /// When the database does not say.
    pub async fn database_version(&self) -> Result<String, Failure> {
        let sql = "SELECT 'PostgreSQL ' || current_setting('server_version') || ', fsync '
                          || current_setting('fsync') || ', synchronous_commit '
                          || current_setting('synchronous_commit') || ', shared_buffers '
                          || current_setting('shared_buffers') AS held";
        let row = self.owner.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await?;
        Ok(row.ok_or("no row")?.try_get("", "held")?)
    }

    /// Stops all of it; nothing stays.
    pub async fn stop(mut self) {
        self.program.terminate().await;
        // Whatever it says, it is gone with this process.
        let _gone = self.floors.kill().await;
        let _closed = self.owner.close().await;
        drop(self.app);
        let _stopped = self.cluster.stop().await;
    }
}

fn head(cluster: &Cluster) -> Result<i32, Failure> {
    let head = postmaster(cluster.folder()).ok_or("the database does not run")?;
    Ok(head.as_raw_nonzero().get())
}

async fn serve_floors() -> Result<(Child, String), Failure> {
    let address = free_address();
    let mut command = Command::new(bench_program()?);
    command.args(["--floors", &address.to_string()]).stdin(Stdio::null()).stdout(Stdio::null());
    let child = command.kill_on_drop(true).spawn()?;
    startup::answers(address, crate::floors::ANSWER).await?;
    Ok((child, format!("http://{address}")))
}

/// This program, also when a test runs it from a folder below.
fn bench_program() -> Result<PathBuf, Failure> {
    let this = std::env::current_exe()?;
    let near = this.ancestors().skip(1).take(2).map(|folder| folder.join("bench"));
    let found = near.into_iter().find(|path: &PathBuf| Path::is_file(path));
    found.ok_or_else(|| "the program `bench` was not built".into())
}
