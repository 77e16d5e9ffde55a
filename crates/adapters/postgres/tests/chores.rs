//! Scheduled work on a real server: what reads whole tables has the time for it, and what was done is noted.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must say so and stop")]

use audit::{SealKeys, ports::AuditLog as _};
use kernel::{Env, MovableClock, SeededEntropy, StoreError};
use postgres::{ChoreDone, Connection, Postgres, testing::TestDatabase, vault::Vault};
use sea_orm::{ConnectionTrait as _, TransactionTrait as _};
use secrecy::SecretSlice;
use std::{collections::BTreeMap, sync::Arc};
use time::{Duration, OffsetDateTime, macros::datetime};
use wallet::ports::LedgerAudit as _;

const START: OffsetDateTime = datetime!(2026-01-15 12:00 UTC);

/// How long a request's statement may run here; less than `busy` keeps a table.
const STATEMENT: std::time::Duration = std::time::Duration::from_millis(200);

fn env() -> Env {
    Env::new(Arc::new(MovableClock::standing_at(START)), Arc::new(SeededEntropy::new(1)))
}

async fn hasty(database: &TestDatabase) -> Postgres {
    let connection = Connection {
        url: database.url().to_owned(),
        connections_max: 4,
        acquire_timeout: std::time::Duration::from_secs(30),
        statement_timeout: STATEMENT,
        way: postgres::Way::Direct,
    };
    let masters = BTreeMap::from([(1, SecretSlice::from(vec![1; 32]))]);
    let vault = Vault::new(&masters, 1, SecretSlice::from(vec![2; 32]), env()).unwrap();
    Postgres::new(connection.open().await.unwrap(), Arc::new(vault))
}

/// Keeps `table` from everybody for a second while `work` is done.
async fn busy<T>(database: &TestDatabase, table: &str, work: impl Future<Output = T>) -> T {
    let owner = database.open_as_owner().await;
    let transaction = owner.begin().await.unwrap();
    let lock = format!("LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE");
    transaction.execute_unprepared(&lock).await.unwrap();
    let wait = async {
        transaction.execute_unprepared("SELECT pg_sleep(1)").await.unwrap();
        transaction.commit().await.unwrap();
    };
    futures::future::join(work, wait).await.0
}

#[tokio::test]
async fn what_reads_whole_tables_may_run_for_longer_than_a_request() {
    let database = TestDatabase::create().await;
    let postgres = hasty(&database).await;
    let request = busy(&database, "chores_done", postgres.chores_done()).await;
    assert!(matches!(request, Err(StoreError::Unavailable(_))), "a request is cut short: {request:?}");
    let ledger = postgres.ledger_audit();
    let checked = busy(&database, "ledger_postings", ledger.check()).await;
    assert!(checked.unwrap().is_clean());
    let keys =
        SealKeys::new(&BTreeMap::from([(1, SecretSlice::from((0..32).collect::<Vec<u8>>()))]), 1).unwrap();
    let log = postgres.audit_log();
    let sealed = busy(&database, "audit_heads", log.checkpoint(START, &keys, 10)).await;
    assert_eq!(sealed.unwrap(), None, "there was nothing to seal, and time to find out");
    let after = busy(&database, "chores_done", postgres.chores_done()).await;
    assert!(after.is_err(), "the connections are as hasty as before");
}

#[tokio::test]
async fn every_instance_sees_when_a_chore_was_last_done() {
    let database = TestDatabase::create().await;
    let (one, other) = (database.open(&env()).await, database.open(&env()).await);
    let done = |name: &str, seconds| ChoreDone {
        name: name.to_owned(),
        done_at: START.saturating_add(Duration::seconds(seconds)),
    };
    assert_eq!(one.chores_done().await.unwrap(), []);
    for chore in [done("check_ledger", 1), done("forget_expired", 2), done("check_ledger", 3)] {
        one.note_chore(&chore.name, chore.done_at).await.unwrap();
    }
    other.note_chore("check_ledger", START).await.unwrap();
    assert_eq!(other.chores_done().await.unwrap(), [done("check_ledger", 3), done("forget_expired", 2)]);
}
