//! Whether what is fast for a thousand people is fast for a million: real programs work on a small and on a large
//! database, and the server itself tells how it ran each of their statements.

mod drive;
mod fill;
mod hot;
mod plans;
mod report;

pub use fill::{Size, deepen};
pub use plans::Statement;
pub use report::{Findings, json, markdown};

use crate::harness::{Site, program::command};
use drive::Timings;
use postgres::cluster::ClusterSettings;
use std::{
    collections::BTreeMap,
    fs,
    time::{Duration, Instant},
};

/// How to look at one size.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// How much there is.
    pub size: Size,
    /// How often each journey is made.
    pub rounds: usize,
    /// How many transfers the longest history has.
    pub history: u64,
    /// Whether the planner may read a table from end to end. In a small table that is right, so a small form
    /// forbids it: what is read so all the same has no index that would do.
    pub may_read_whole: bool,
}

/// What was seen at one size.
#[derive(Debug)]
pub struct Seen {
    /// What was looked at.
    pub plan: Plan,
    /// Every statement, by its text.
    pub statements: BTreeMap<String, Statement>,
    /// How long the answers of each route took, in microseconds, in order.
    pub timings: BTreeMap<&'static str, Vec<u64>>,
    /// What `aarokya ledger check` said of the data, before and after.
    pub checks: Vec<String>,
    /// How long it took to load.
    pub loading: Duration,
    /// How large the database was, in bytes.
    pub bytes: u64,
}

/// Makes a database of that size, lets a program work on it, and reads how it did.
///
/// # Panics
/// When what stands around the program cannot be made, or the program fails.
pub async fn look(plan: Plan) -> Seen {
    let site = Site::prepare(|settings| {
        let server = plans::SERVER.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        ClusterSettings { server: server.collect(), ..settings }
    })
    .await;
    let begun = Instant::now();
    fill::fill(&site.database_url, plan.size).await;
    let loading = begun.elapsed();
    let mut checks = vec![check(&site).await];
    if !plan.may_read_whole {
        site.execute("ALTER DATABASE aarokya SET enable_seqscan = off").await;
    }
    site.execute(plans::EXPLAIN).await;
    let program = site.serve(&[]).await;
    let timings: Timings = drive::drive(&site, &program, plan.rounds, plan.history).await;
    assert!(program.terminate().await.success(), "the program ends as it should");
    site.execute("ALTER DATABASE aarokya RESET ALL").await;
    checks.push(check(&site).await);
    let log = site.cluster.folder().join(plans::LOG);
    let log = fs::read_to_string(&log).expect("the server's log");
    let statements = plans::read(&log);
    let bytes = site.number("SELECT pg_database_size('aarokya') AS found").await;
    site.stop().await;
    Seen { plan, statements, timings, checks, loading, bytes: bytes.unsigned_abs() }
}

async fn check(site: &Site) -> String {
    // However long it takes: it reads every line.
    let ended = command(&["ledger", "check"], &site.variables).output().await.expect("the program starts");
    let told = String::from_utf8_lossy(&ended.stdout).trim().to_owned();
    assert!(ended.status.success(), "the ledger contradicts itself: {told}");
    told
}
