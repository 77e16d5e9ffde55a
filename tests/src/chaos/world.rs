//! The programs, their database and their partners, and what befalls them.

use super::{blow::Blow, pause, worker::Crowd};
use crate::harness::{
    Program,
    deployment::{partners, serve},
    eventually,
    program::{open_folder, postmaster},
    query,
};
use partners::{FaultKind, FaultScript, Simulators};
use postgres::cluster::{Cluster, ClusterSettings};
use rustix::process::{Pid, Signal, kill_process};
use sea_orm::{ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection};
use std::{
    path::PathBuf,
    sync::{
        PoisonError, RwLock,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use tempfile::TempDir;
use tokio::sync::Mutex;

/// How long everything may take to come to rest.
const QUIET_WITHIN: Duration = Duration::from_secs(600);

/// How often it is looked whether all is at rest before jobs make another try.
const LOOKS_TO_A_TRY: usize = 10;

/// One instance: another process after every kill, at another address.
struct Instance {
    program: Mutex<Option<Program>>,
    address: RwLock<String>,
    /// How wrong its clock goes, in seconds.
    clock_ahead: AtomicI64,
}

impl Instance {
    fn new() -> Self {
        Self { program: Mutex::new(None), address: RwLock::default(), clock_ahead: AtomicI64::new(0) }
    }
}

pub(super) struct World {
    instances: Vec<Instance>,
    cluster: Mutex<Option<Cluster>>,
    pub(super) simulators: Simulators,
    /// What an operator would set.
    pub(super) variables: Vec<(String, String)>,
    database_url: String,
    folder: TempDir,
}

impl World {
    /// A durable database in a folder of its own, the partners, and so many instances.
    pub(super) async fn start(instances: usize) -> Self {
        let folder = open_folder();
        let cluster = Cluster::start(ClusterSettings::kept(data(&folder))).await.expect("a database");
        let database_url = cluster.ensure_database("aarokya").await.expect("a database");
        migrations::apply(&database_url).await.expect("the schema is made");
        let (simulators, variables) = partners(&database_url).await;
        let instances = (0..instances).map(|_| Instance::new());
        let world = Self {
            instances: instances.collect(),
            cluster: Mutex::new(Some(cluster)),
            simulators,
            variables,
            database_url,
            folder,
        };
        for number in 0..world.instances.len() {
            world.serve(number).await;
        }
        world
    }

    /// Where an instance listens, or listened last.
    pub(super) fn address(&self, number: usize) -> String {
        let instance = self.instances.get(number % self.instances.len()).expect("there is an instance");
        instance.address.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Lets a misfortune befall.
    pub(super) async fn suffer(&self, blow: &Blow) {
        match blow {
            Blow::KillGateway(number) => {
                let program = self.instance(*number).program.lock().await.take();
                program.expect("it runs").kill().await;
                self.serve(*number).await;
            }
            Blow::KillDatabase => self.kill_database().await,
            Blow::PauseGateway(number, lasting) => {
                let program = self.instance(*number).program.lock().await;
                let program = program.as_ref().expect("it runs");
                program.signal(Signal::STOP);
                pause(*lasting).await;
                program.signal(Signal::CONT);
            }
            Blow::PauseDatabase(lasting) => {
                let server = self.database_processes();
                // Some may have ended by themselves meanwhile.
                server.iter().for_each(|pid| _ = kill_process(*pid, Signal::STOP));
                pause(*lasting).await;
                server.iter().for_each(|pid| _ = kill_process(*pid, Signal::CONT));
            }
            Blow::Fault(partner, script) => {
                self.simulators.add_fault(*partner, script.clone()).expect("the fault is taken");
            }
            Blow::Outage(partner, lasting) => {
                let away = FaultScript::new(FaultKind::Outage);
                self.simulators.add_fault(*partner, away).expect("the fault is taken");
                pause(*lasting).await;
                self.simulators.clear_faults(*partner);
            }
            Blow::WrongClock(number, seconds) => {
                let instance = self.instance(*number);
                let program = instance.program.lock().await.take();
                // What it was answering may be cut off by an earlier blow's database.
                program.expect("it runs").terminate().await;
                instance.clock_ahead.store(*seconds, Ordering::Relaxed);
                self.serve(*number).await;
            }
        }
    }

    /// Waits until nothing is left to do: jobs that wait for their next try are brought nearer, as time would, but not so
    /// often that they use up their tries while a partner is still left alone. Answers whether it came to rest.
    pub(super) async fn quiet(&self, crowd: &Crowd) -> bool {
        for partner in partners::Partner::ALL {
            self.simulators.clear_faults(partner);
        }
        let database = self.connect().await;
        let rest = async {
            let mut pauses = tokio::time::interval(Duration::from_millis(500));
            for look in 0_usize.. {
                pauses.tick().await;
                if look.is_multiple_of(LOOKS_TO_A_TRY) {
                    database.execute_unprepared(NEARER).await.expect("jobs move");
                }
                let left = number(&database, LEFT).await;
                if left == 0 && crowd.is_settled(self).await {
                    return;
                }
            }
        };
        tokio::time::timeout(QUIET_WITHIN, rest).await.is_ok()
    }

    /// A number `found` that a query of the database answers.
    pub(super) async fn number(&self, sql: &str) -> i64 {
        number(&self.connect().await, sql).await
    }

    /// The texts `held` that a query of the database answers.
    pub(super) async fn texts(&self, sql: &str) -> Vec<String> {
        let rows = query(&self.connect().await, sql).await;
        rows.iter().map(|row| row.try_get("", "held").expect("a text")).collect()
    }

    pub(super) async fn stop(self) {
        for instance in &self.instances {
            if let Some(program) = instance.program.lock().await.take() {
                program.terminate().await;
            }
        }
        if let Some(cluster) = self.cluster.lock().await.take() {
            cluster.stop().await.expect("the database stops");
        }
    }

    fn instance(&self, number: usize) -> &Instance {
        self.instances.get(number).expect("there is such an instance")
    }

    /// Starts an instance, which gets the webhooks from now on.
    async fn serve(&self, number: usize) {
        let instance = self.instance(number);
        let log = self.folder.path().join(format!("instance-{number}.log"));
        let clock_ahead = instance.clock_ahead.load(Ordering::Relaxed).to_string();
        let more = [("SANDBOX_CLOCK_AHEAD_SECONDS", clock_ahead.as_str())];
        let program = serve(&self.simulators, &self.variables, &more, &log).await;
        let address = program.url("");
        *instance.address.write().unwrap_or_else(PoisonError::into_inner) = address;
        *instance.program.lock().await = Some(program);
    }

    async fn kill_database(&self) {
        let mut cluster = self.cluster.lock().await;
        // The head goes first and unprepared; what it leaves behind is the next start's to settle.
        let head = postmaster(self.folder.path()).expect("the database runs");
        kill_process(head, Signal::KILL).expect("the database can be killed");
        let dead = cluster.take();
        tokio::task::spawn_blocking(move || drop(dead)).await.expect("what is dead is let go");
        let settings = ClusterSettings::kept(data(&self.folder));
        *cluster = Some(Cluster::start(settings).await.expect("the database starts again"));
    }

    /// Every process of the database.
    fn database_processes(&self) -> Vec<Pid> {
        let Some(head) = postmaster(self.folder.path()) else { return Vec::new() };
        let stats = procfs::process::all_processes().into_iter().flatten().flatten();
        let children = stats.filter_map(|process| process.stat().ok());
        let children = children.filter(|stat| stat.ppid == head.as_raw_nonzero().get());
        let children = children.filter_map(|stat| Pid::from_raw(stat.pid));
        std::iter::once(head).chain(children).collect()
    }

    async fn connect(&self) -> DatabaseConnection {
        let mut options = ConnectOptions::new(&self.database_url);
        options.max_connections(2).sqlx_logging(false);
        eventually("the database answers", Duration::from_secs(60), async || {
            Database::connect(options.clone()).await.ok()
        })
        .await
    }
}

/// Jobs that wait for their next try make it now.
const NEARER: &str = "UPDATE graphile_worker._private_jobs SET run_at = now() \
                       WHERE run_at > now() AND attempts < max_attempts AND locked_at IS NULL";

/// Jobs that will still be run.
const LEFT: &str =
    "SELECT count(*) AS found FROM graphile_worker._private_jobs WHERE attempts < max_attempts";

async fn number(database: &DatabaseConnection, sql: &str) -> i64 {
    query(database, sql).await[0].try_get("", "found").expect("a number")
}

fn data(folder: &TempDir) -> PathBuf {
    folder.path().join("postgresql")
}
