//! The books checked against themselves, as they are at one moment, by the database that holds them.

use crate::{Postgres, fault::OrStoreError as _, patience::take_time};
use async_trait::async_trait;
use kernel::{Paise, StoreError, UserId};
use sea_orm::{
    AccessMode, DatabaseTransaction, DbBackend, FromQueryResult, IsolationLevel, Statement,
    TransactionTrait as _,
};
use uuid::Uuid;
use wallet::{DIFFERENCES_MAX, Difference, Report, TransferId, ports::LedgerAudit};

/// The check of the books.
#[derive(Debug, Clone)]
pub struct PgLedgerAudit {
    pub(super) pg: Postgres,
}

const COUNTS: &str = "
SELECT (SELECT count(*) FROM ledger_transfers WHERE kind <> 'refusal') AS transfers, (SELECT count(*) FROM ledger_postings) AS postings,
       (SELECT count(*) FROM wallets) AS wallets";

/// Each answers `id`, and two numbers where the difference has them.
const BALANCES: &str = "
SELECT b.account_id AS id, b.balance AS one, coalesce(sum(p.amount), 0)::bigint AS two
  FROM wallet_balances b LEFT JOIN ledger_postings p ON p.account_id = b.account_id
 GROUP BY b.account_id HAVING b.balance <> coalesce(sum(p.amount), 0)";

/// What counts as a load is decided anew from the transfers, not from what the postings say of themselves.
const MONTH_LOADS: &str = "
SELECT b.account_id AS id, b.loaded AS one, coalesce(sum(p.amount) FILTER (WHERE
           t.kind IN ('topup', 'contribution') OR (t.kind = 'reversal'
               AND wrong.kind IN ('topup', 'contribution') AND ledger_month(wrong.booked_at) = b.month)), 0)::bigint
           AS two
  FROM wallet_balances b
  LEFT JOIN ledger_postings p ON p.account_id = b.account_id AND ledger_month(p.booked_at) = b.month
  LEFT JOIN ledger_transfers t ON t.id = p.transfer_id
  LEFT JOIN ledger_postings wrong ON wrong.transfer_id = t.corrects AND wrong.account_id = b.account_id
 GROUP BY b.account_id
HAVING b.loaded <> coalesce(sum(p.amount) FILTER (WHERE
           t.kind IN ('topup', 'contribution') OR (t.kind = 'reversal'
               AND wrong.kind IN ('topup', 'contribution') AND ledger_month(wrong.booked_at) = b.month)), 0)";

const UNBALANCED: &str = "
SELECT t.id, coalesce(sum(p.amount), 0)::bigint AS one, count(p.transfer_id) AS two
  FROM ledger_transfers t LEFT JOIN ledger_postings p ON p.transfer_id = t.id
 GROUP BY t.id HAVING count(p.transfer_id) <> t.lines OR coalesce(sum(p.amount), 0) <> 0";

/// Every posting follows from the one before it, and the last is the one the balance knows of.
const CHAINS: &str = "
SELECT id, one, 0::bigint AS two FROM (
    SELECT account_id AS id, position AS one,
           balance_after - amount <> lag(balance_after, 1, 0::bigint) OVER chain
               OR position <> row_number() OVER chain
               OR booked_at < lag(booked_at) OVER chain AS broken
      FROM ledger_postings WHERE balance_after IS NOT NULL
    WINDOW chain AS (PARTITION BY account_id ORDER BY position)
) posting WHERE broken
UNION ALL
SELECT b.account_id, b.postings, 0 FROM wallet_balances b
 WHERE b.postings <> (SELECT count(*) FROM ledger_postings p
                       WHERE p.account_id = b.account_id AND p.balance_after IS NOT NULL)";

const OVER_CORRECTED: &str = "
SELECT wrong.transfer_id AS id, 0::bigint AS one, 0::bigint AS two
  FROM ledger_transfers t
  JOIN ledger_postings p ON p.transfer_id = t.id AND p.balance_after IS NOT NULL
  JOIN ledger_postings wrong ON wrong.transfer_id = t.corrects AND wrong.balance_after IS NOT NULL
 GROUP BY wrong.transfer_id, wrong.amount, wrong.account_id
HAVING abs(sum(p.amount)) > abs(wrong.amount) OR sign(sum(p.amount)) = sign(wrong.amount)
    OR bool_or(p.account_id <> wrong.account_id)";

/// Postings without their transfer or account, and those whose copies differ from the transfer's.
const ORPHANS: &str = "
SELECT p.transfer_id AS id, 0::bigint AS one, 0::bigint AS two
  FROM ledger_postings p
  LEFT JOIN ledger_transfers t ON t.id = p.transfer_id
  LEFT JOIN ledger_accounts a ON a.id = p.account_id
 WHERE t.id IS NULL OR a.id IS NULL OR (a.house IS NULL) <> (p.balance_after IS NOT NULL)
    OR (p.kind, p.source, p.purpose, p.reference) IS DISTINCT FROM (t.kind, t.source, t.purpose, t.reference)";

const NO_ACCOUNT: &str = "
SELECT coalesce(w.user_id, a.id) AS id, 0::bigint AS one, 0::bigint AS two
  FROM wallets w
  FULL JOIN (SELECT id FROM ledger_accounts WHERE house IS NULL) a ON a.id = w.user_id
  LEFT JOIN wallet_balances b ON b.account_id = a.id
 WHERE w.user_id IS NULL OR a.id IS NULL OR b.account_id IS NULL";

#[derive(FromQueryResult)]
struct Counts {
    transfers: i64,
    postings: i64,
    wallets: i64,
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    one: i64,
    two: i64,
}

impl Row {
    fn user(&self) -> UserId {
        UserId::new(self.id)
    }

    fn transfer(&self) -> TransferId {
        TransferId::new(self.id)
    }
}

type Reading = fn(Row) -> Difference;

/// What is asked, and how its answers are read.
const QUESTIONS: [(&str, Reading); 7] = [
    (BALANCES, |row| Difference::Balance {
        user_id: row.user(),
        kept: Paise::new(row.one),
        summed: Paise::new(row.two),
    }),
    (MONTH_LOADS, |row| Difference::MonthLoad {
        user_id: row.user(),
        kept: Paise::new(row.one),
        summed: Paise::new(row.two),
    }),
    (UNBALANCED, |row| Difference::Unbalanced {
        transfer_id: row.transfer(),
        sum: Paise::new(row.one),
        postings: row.two,
    }),
    (CHAINS, |row| Difference::Chain { user_id: row.user(), position: row.one }),
    (OVER_CORRECTED, |row| Difference::OverCorrected { transfer_id: row.transfer() }),
    (ORPHANS, |row| Difference::Orphan { transfer_id: row.transfer() }),
    (NO_ACCOUNT, |row| Difference::NoAccount { user_id: row.user() }),
];

#[async_trait]
impl LedgerAudit for PgLedgerAudit {
    async fn check(&self) -> Result<Report, StoreError> {
        let (isolation, access) = (Some(IsolationLevel::RepeatableRead), Some(AccessMode::ReadOnly));
        let snapshot = self.pg.db.begin_with_config(isolation, access).await.or_store_error()?;
        take_time(&snapshot).await?;
        let counts = Statement::from_string(DbBackend::Postgres, COUNTS);
        let counts = Counts::find_by_statement(counts).one(&snapshot).await.or_store_error()?;
        let mut differences = Vec::new();
        for (question, reading) in QUESTIONS {
            differences.extend(ask(&snapshot, question).await?.into_iter().map(reading));
        }
        snapshot.commit().await.or_store_error()?;
        let count = |of: fn(&Counts) -> i64| counts.as_ref().map_or(0, |c| of(c).unsigned_abs());
        Ok(Report {
            transfers: count(|counts| counts.transfers),
            postings: count(|counts| counts.postings),
            wallets: count(|counts| counts.wallets),
            differences,
        })
    }
}

async fn ask(snapshot: &DatabaseTransaction, question: &str) -> Result<Vec<Row>, StoreError> {
    let sql = format!("SELECT id, one, two FROM ({question}) difference LIMIT {DIFFERENCES_MAX}");
    let statement = Statement::from_string(DbBackend::Postgres, sql);
    Row::find_by_statement(statement).all(snapshot).await.or_store_error()
}
