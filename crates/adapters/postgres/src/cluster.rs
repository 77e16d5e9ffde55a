//! The program's own private PostgreSQL: there without being asked for, gone with the program.
//!
//! Nothing listens on the network. The server speaks on a socket inside its data folder and lets in one role,
//! [`OWNER`], and only for the operating system's user who started the program: there is no password to
//! keep, to leak or to lose. As root the server runs as an unprivileged user, as PostgreSQL demands.
//!
//! Why this is ours and not a library's is told in
//! `docs/decisions/002-postgresql-only-and-the-private-cluster.md`.

mod account;
mod binaries;
mod error;
mod lock;
mod orphan;
mod place;
mod server;

pub use error::ClusterError;

use account::Account;
use binaries::Binaries;
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use place::Place;
use sea_orm::{ConnectOptions, ConnectionTrait as _, Database};
use server::{Log, Server};
use std::{
    ffi::OsString,
    fs,
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

/// The role that owns everything in a private cluster, and the only one that can sign in.
pub const OWNER: &str = "aarokya_owner";

/// How long the server may take to open: recovery after a crash replays at most minutes of work.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// How long a stop waits for the last checkpoint before it cuts the server off; its log replays the rest.
const STOP_TIMEOUT: Duration = Duration::from_secs(25);

/// How much of the server's log one run keeps, in bytes; beyond it the disk matters more.
const LOG_BYTES_MAX: usize = 16 * 1024 * 1024;

/// How long a dropped cluster waits, since whoever drops it may be a test or a failing program.
const DROP_TIMEOUT: Duration = Duration::from_secs(5);

/// Where a cluster lives and for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keep {
    /// In this folder, which is made when missing; what is in it stays for the next run.
    In(PathBuf),
    /// In a folder of its own under the system's temporary one, removed when the cluster stops.
    UntilStopped,
}

/// How to run a private cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterSettings {
    /// Where the data lives and for how long.
    pub keep: Keep,
    /// Whether a commit survives a power cut. Only data nobody will miss may do without.
    pub durable: bool,
    /// The folder of the server's programs (`postgres`, `initdb`, `pg_ctl`), or the one above their `bin`.
    /// `None` looks on `PATH` and in the places distributions install to.
    pub binaries: Option<PathBuf>,
    /// Settings of the server beside ours, which they overrule: for whoever measures it or has it copied.
    pub server: Vec<(String, String)>,
    /// Who else may connect, as lines of `pg_hba.conf` behind ours. The socket lies in the data folder, so it is
    /// always somebody who may enter there.
    pub access: Vec<String>,
    /// Where the data comes from if there is none.
    pub origin: Origin,
}

/// Where the data of a new cluster comes from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Origin {
    /// From nowhere: it is empty.
    #[default]
    Nothing,
    /// From a running cluster, which it follows from then on as its standby.
    CopyOf {
        /// The folder with the other's socket: [`Cluster::socket_folder`].
        socket: PathBuf,
        /// A role of the other that may replicate, and that its [`access`](ClusterSettings::access) lets in so.
        role: String,
    },
}

impl ClusterSettings {
    /// A durable cluster whose data stays in `folder`: for the sandbox.
    #[must_use]
    pub fn kept(folder: impl Into<PathBuf>) -> Self {
        Self {
            keep: Keep::In(folder.into()),
            durable: true,
            binaries: None,
            server: Vec::new(),
            access: Vec::new(),
            origin: Origin::Nothing,
        }
    }

    /// A fast cluster that leaves nothing behind: for tests.
    #[must_use]
    pub fn temporary() -> Self {
        Self { keep: Keep::UntilStopped, durable: false, ..Self::kept("") }
    }
}

/// A running private PostgreSQL. Dropping it stops the server as well as can be; [`stop`](Self::stop) tells
/// whether it went well.
#[derive(Debug)]
pub struct Cluster {
    // The order matters: the server is stopped before its folder is let go.
    server: Server,
    place: Place,
}

impl Cluster {
    /// Finds a server, makes the data folder if there is none, and returns once connections are accepted.
    ///
    /// What a killed program left behind is put in order first: a server that still runs is stopped, a stale
    /// pid file does no harm, half a data folder is made anew.
    ///
    /// # Errors
    /// Says in one sentence what stands in the way and what to do about it. Data is never deleted.
    pub async fn start(settings: ClusterSettings) -> Result<Self, ClusterError> {
        let started = tokio::task::spawn_blocking(move || Self::start_now(&settings)).await;
        started.map_err(|error| ClusterError::Broken(error.into()))?
    }

    fn start_now(settings: &ClusterSettings) -> Result<Self, ClusterError> {
        let account = Account::for_server()?;
        let place = Place::take(&settings.keep, &account)?;
        let account = account.owning(&place.data());
        let binaries =
            Binaries::find(settings.binaries.as_deref(), kept_major(&place.data())?, place.folder())?;
        if let Some(blocker) = account.blocked_at(binaries.folder()) {
            return Err(ClusterError::BinariesOutOfReach { folder: binaries.folder().to_owned(), blocker });
        }
        place.write_access_rules(&account::own_name()?, &settings.access)?;
        if place.data().is_dir() {
            orphan::settle(&place, &account, &binaries)?;
        } else {
            fill(&place, &account, &binaries, settings)?;
        }
        let command = account.keeping(&binaries.program("postgres"), &arguments(&place, settings));
        let log = Log { file: place.log(), bytes_max: LOG_BYTES_MAX };
        let server = Server::start(command, &place.data(), log, START_TIMEOUT)
            .map_err(|last_words| ClusterError::of_output(place.folder(), "start", last_words))?;
        tracing::info!(folder = %place.folder().display(), version = binaries.major(), "private PostgreSQL runs");
        Ok(Self { server, place })
    }

    /// The address of a database of this cluster, as its [`OWNER`]; `postgres` is always there.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        let socket = self.place.data();
        let socket = percent_encode(socket.as_os_str().as_bytes(), NON_ALPHANUMERIC);
        let database = percent_encode(database.as_bytes(), NON_ALPHANUMERIC);
        // The port only names the socket's file; without it a PGPORT in the environment would.
        format!("postgres://{OWNER}@{socket}:5432/{database}")
    }

    /// The address of the database of that name, which is made when missing.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn ensure_database(&self, name: &str) -> Result<String, ClusterError> {
        let broken = |error: sea_orm::DbErr| ClusterError::Broken(error.into());
        let mut options = ConnectOptions::new(self.url("postgres"));
        options.max_connections(1).sqlx_logging(false);
        let admin = Database::connect(options).await.map_err(broken)?;
        let quoted = name.replace('"', "\"\"");
        let there = sea_orm::Statement::from_sql_and_values(
            sea_orm::DbBackend::Postgres,
            "SELECT 1 AS there FROM pg_database WHERE datname = $1",
            [name.into()],
        );
        if admin.query_one_raw(there).await.map_err(broken)?.is_none() {
            admin.execute_unprepared(&format!("CREATE DATABASE \"{quoted}\"")).await.map_err(broken)?;
        }
        admin.close().await.map_err(broken)?;
        Ok(self.url(name))
    }

    /// Where the socket lies: what other programs call the host.
    #[must_use]
    pub fn socket_folder(&self) -> PathBuf {
        self.place.data()
    }

    /// Where the data lies.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.place.folder()
    }

    /// Why the data lies elsewhere than asked; `None` when it lies where asked.
    #[must_use]
    pub fn moved(&self) -> Option<&str> {
        self.place.moved()
    }

    /// Ends every connection, writes what is left to write and stops; a temporary cluster's folder goes too.
    ///
    /// # Errors
    /// When the server had to be cut off (its log replays the rest at the next start), or the folder of a
    /// temporary cluster could not be removed.
    pub async fn stop(self) -> Result<(), ClusterError> {
        let stopped = tokio::task::spawn_blocking(move || {
            let orderly = self.server.stop(STOP_TIMEOUT);
            self.place.clear()?;
            if orderly {
                Ok(())
            } else {
                Err(ClusterError::CutOff { folder: self.place.folder().to_owned() })
            }
        });
        stopped.await.map_err(|error| ClusterError::Broken(error.into()))?
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // After `stop` there is nothing left to do; the place then clears itself.
        if !self.server.stop(DROP_TIMEOUT) {
            tracing::warn!(folder = %self.place.folder().display(), "private PostgreSQL had to be cut off");
        }
    }
}

/// The major version that made the data, if there is data.
fn kept_major(data: &Path) -> Result<Option<u32>, ClusterError> {
    if !data.is_dir() {
        return Ok(None);
    }
    let file = data.join("PG_VERSION");
    let not_ours = || ClusterError::NotOurs { folder: data.to_owned() };
    let text = fs::read_to_string(&file).map_err(|_| not_ours())?;
    text.trim().parse().map(Some).map_err(|_| not_ours())
}

/// Makes the data folder beside its final place and moves it there when it is whole, so that a program
/// killed meanwhile never leaves half of one.
fn fill(
    place: &Place,
    account: &Account,
    binaries: &Binaries,
    settings: &ClusterSettings,
) -> Result<(), ClusterError> {
    let draft = place.make_draft(account)?;
    let mut command = match &settings.origin {
        Origin::Nothing => {
            let mut command = account.command(&binaries.program("initdb"));
            command.arg("--pgdata").arg(&draft);
            command.args(["--username", OWNER, "--encoding=UTF8", "--locale=C", "--data-checksums"]);
            // Nobody comes in by the folder's own rules; ours are given at each start.
            command.args(["--auth=reject", "--no-instructions"]);
            command
        }
        Origin::CopyOf { socket, role } => {
            let mut command = account.command(&binaries.program("pg_basebackup"));
            command.arg("--pgdata").arg(&draft).arg("--host").arg(socket);
            command.args(["--port=5432", "--username", role, "--no-password"]);
            // Beside the data it writes whom to follow.
            command.args(["--wal-method=stream", "--checkpoint=fast", "--write-recovery-conf"]);
            command
        }
    };
    if !settings.durable {
        command.arg("--no-sync");
    }
    run(&mut command).map_err(|output| ClusterError::of_output(place.folder(), "make", output))?;
    if let Origin::CopyOf { .. } = settings.origin {
        // The other's socket lies in its data and is left out, but not the lock beside it.
        Place::forget_socket_in(&draft)?;
    }
    place.adopt_draft(&draft)
}

/// Runs a program to its end; its words are the error when it fails.
fn run(command: &mut Command) -> Result<(), String> {
    match command.output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// What the server is told beside its own files, which these overrule.
fn arguments(place: &Place, settings: &ClusterSettings) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = vec!["-D".into(), place.data().into()];
    let mut set = |name: &str, value: OsString| {
        let mut setting = OsString::from(name);
        setting.push("=");
        setting.push(value);
        arguments.extend(["-c".into(), setting]);
    };
    set("hba_file", place.hba().into());
    set("ident_file", place.ident().into());
    for (name, value) in SETTINGS {
        set(name, (*value).into());
    }
    if !settings.durable {
        for name in ["fsync", "synchronous_commit", "full_page_writes"] {
            set(name, "off".into());
        }
    }
    // The last word counts.
    settings.server.iter().for_each(|(name, value)| set(name, value.into()));
    arguments
}

const SETTINGS: &[(&str, &str)] = &[
    ("listen_addresses", ""),
    // The server works in its data folder, so this is the data folder, whatever characters its name has.
    ("unix_socket_directories", "."),
    ("unix_socket_permissions", "0700"),
    ("port", "5432"),
    ("cluster_name", "aarokya"),
    ("max_connections", "400"),
    // Nobody replicates a private cluster, unless its settings say so.
    ("wal_level", "minimal"),
    ("max_wal_senders", "0"),
    // Compiling a query costs more than any of ours takes.
    ("jit", "off"),
    ("timezone", "UTC"),
    ("log_timezone", "UTC"),
    ("lc_messages", "C"),
    ("log_destination", "stderr"),
    ("logging_collector", "off"),
    ("log_checkpoints", "off"),
    // No statement and no row may reach the log: they hold personal data.
    ("log_min_error_statement", "panic"),
    ("log_error_verbosity", "terse"),
];
