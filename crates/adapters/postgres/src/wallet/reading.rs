//! History and statements: read from one index that holds every column they show.

use crate::fault::{OrStoreError as _, inconsistent};
use kernel::{Page, Paise, StoreError};
use sea_orm::{DatabaseConnection, DbBackend, FromQueryResult, Statement, Value};
use time::OffsetDateTime;
use uuid::Uuid;
use wallet::{
    HistoryQuery, Purpose, Reference, Source, Transaction, TransactionStatus, TransferId, TransferKind,
    ports::{StatementQuery, StatementRows},
};

/// A page of history. One row of nothing tells an empty history from a wallet that is not theirs. Order and
/// cursor are those of the index, so that a page costs the same however long the history is; a cursor that is
/// no line of this wallet is followed by nothing.
macro_rules! history {
    ($after:literal) => {
        concat!(
            "SELECT line.* FROM wallets w LEFT JOIN LATERAL (
                 SELECT p.transfer_id, p.kind, p.amount, p.source, p.purpose, p.balance_after, p.reference,
                        p.booked_at, p.position,
                        EXISTS (SELECT FROM ledger_transfers undo
                                 WHERE undo.corrects = p.transfer_id AND undo.kind = 'reversal') AS reversed
                   FROM ledger_postings p
                  WHERE p.account_id = $1 AND p.balance_after IS NOT NULL AND p.booked_at >= $3 ",
            $after,
            " ORDER BY p.booked_at DESC, p.position DESC LIMIT $4
             ) line ON true
             WHERE w.user_id = $1 AND w.issuer_wallet_id = $2
             ORDER BY line.booked_at DESC, line.position DESC"
        )
    };
}

const FIRST_PAGE: &str = history!("");

const NEXT_PAGE: &str = history!(
    "AND (p.booked_at, p.position) < (SELECT seen.booked_at, seen.position FROM ledger_postings seen
                                       WHERE seen.transfer_id = $5 AND seen.account_id = $1)"
);

/// A period's lines, oldest first, each with what the wallet held when the period began. Bookings of a wallet
/// never go back in time, so both are settled once the period is over.
const STATEMENT: &str = "
SELECT line.*, coalesce((
           SELECT before.balance_after FROM ledger_postings before
            WHERE before.account_id = $1 AND before.balance_after IS NOT NULL AND before.booked_at < $2
            ORDER BY before.booked_at DESC, before.position DESC LIMIT 1), 0) AS opening
  FROM wallets w LEFT JOIN LATERAL (
      SELECT p.transfer_id, p.kind, p.amount, p.source, p.purpose, p.balance_after, p.reference, p.booked_at,
             p.position,
             EXISTS (SELECT FROM ledger_transfers undo
                      WHERE undo.corrects = p.transfer_id AND undo.kind = 'reversal') AS reversed
        FROM ledger_postings p
       WHERE p.account_id = $1 AND p.balance_after IS NOT NULL AND p.booked_at >= $2 AND p.booked_at < $3
       ORDER BY p.booked_at, p.position LIMIT $4
  ) line ON true
 WHERE w.user_id = $1
 ORDER BY line.booked_at, line.position";

#[derive(FromQueryResult)]
struct Line {
    transfer_id: Option<Uuid>,
    kind: Option<String>,
    amount: Option<i64>,
    source: Option<String>,
    purpose: Option<String>,
    balance_after: Option<i64>,
    reference: Option<String>,
    booked_at: Option<OffsetDateTime>,
    reversed: Option<bool>,
}

#[derive(FromQueryResult)]
struct StatementLine {
    opening: i64,
    #[sea_orm(nested)]
    line: Line,
}

pub(super) async fn history(
    db: &DatabaseConnection,
    query: &HistoryQuery,
) -> Result<Option<Page<Transaction>>, StoreError> {
    let mut values: Vec<Value> = vec![
        query.user_id.uuid().into(),
        query.wallet_id.as_str().into(),
        query.since.into(),
        rows(query.limit.rows().saturating_add(1)).into(),
    ];
    let sql = match query.after {
        None => FIRST_PAGE,
        Some(cursor) => {
            values.push(cursor.row().into());
            NEXT_PAGE
        }
    };
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
    let lines = Line::find_by_statement(statement).all(db).await.or_store_error()?;
    if lines.is_empty() {
        return Ok(None);
    }
    let lines = lines.into_iter().filter_map(|line| transaction(line).transpose());
    let lines = lines.collect::<Result<Vec<_>, _>>()?;
    Ok(Some(Page::cut(lines, query.limit, |line| line.transaction_id.uuid())))
}

pub(super) async fn statement(
    db: &DatabaseConnection,
    query: &StatementQuery,
) -> Result<Option<StatementRows>, StoreError> {
    let values = [
        query.user_id.uuid().into(),
        query.begins_at.into(),
        query.ends_at.into(),
        rows(query.lines_max).into(),
    ];
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, STATEMENT, values);
    let lines = StatementLine::find_by_statement(statement).all(db).await.or_store_error()?;
    let Some(opening) = lines.first().map(|line| Paise::new(line.opening)) else { return Ok(None) };
    let lines = lines.into_iter().filter_map(|line| transaction(line.line).transpose());
    Ok(Some(StatementRows { opening, lines: lines.collect::<Result<_, _>>()? }))
}

fn rows(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// The line, or `None` for the row of nothing.
fn transaction(line: Line) -> Result<Option<Transaction>, StoreError> {
    let Some(transfer_id) = line.transfer_id else { return Ok(None) };
    let (Some(kind_word), Some(amount), Some(balance_after), Some(reference), Some(occurred_at)) =
        (line.kind, line.amount, line.balance_after, line.reference, line.booked_at)
    else {
        return Err(inconsistent("a line of history has gaps"));
    };
    let reversed = line.reversed.unwrap_or_default();
    Ok(Some(Transaction {
        transaction_id: TransferId::new(transfer_id),
        kind: kind(&kind_word)?,
        amount: Paise::new(amount),
        status: if reversed { TransactionStatus::Reversed } else { TransactionStatus::Success },
        source: source(line.source.as_deref())?,
        purpose: purpose(line.purpose.as_deref())?,
        balance_after: Paise::new(balance_after),
        reference: Reference::parse(&reference)
            .map_err(|_| inconsistent("a transfer has an impossible reference"))?,
        occurred_at,
    }))
}

pub(super) fn kind(word: &str) -> Result<TransferKind, StoreError> {
    TransferKind::from_word(word).ok_or_else(|| inconsistent("a transfer is of an unknown kind"))
}

pub(super) fn source(word: Option<&str>) -> Result<Option<Source>, StoreError> {
    let source = word.map(Source::parse).transpose();
    source.map_err(|_| inconsistent("a transfer is from an unknown source"))
}

pub(super) fn purpose(word: Option<&str>) -> Result<Option<Purpose>, StoreError> {
    let purpose = word.map(Purpose::parse).transpose();
    purpose.map_err(|_| inconsistent("a transfer is for an unknown purpose"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TestDatabase;
    use sea_orm::{ConnectionTrait as _, TransactionTrait as _};

    /// Forty wallets of 250 lines, booked as everything is booked, then vacuumed as a server does in time.
    const FILL: [&str; 6] = [
        "INSERT INTO ledger_accounts (id, opened_at)
         SELECT lpad(n::text, 32, '0')::uuid, '2026-01-01' FROM generate_series(1, 40) n",
        "INSERT INTO wallets (user_id, state, issuer_wallet_id, created_at, changed_at)
         SELECT lpad(n::text, 32, '0')::uuid, 'COMPLETED', 'wlm_' || n, '2026-01-01', '2026-01-01'
           FROM generate_series(1, 40) n",
        "INSERT INTO ledger_transfers (id, reference, kind, source, lines, occurred_at)
         SELECT md5(n::text)::uuid, 'fill:' || n, 'topup', 'self', 2, '2026-01-01'::timestamptz + n * interval '1 min'
           FROM generate_series(1, 10000) n",
        "INSERT INTO ledger_postings (transfer_id, line, account_id, amount)
         SELECT md5(n::text)::uuid, 1, lpad((n % 40 + 1)::text, 32, '0')::uuid, 1 FROM generate_series(1, 10000) n",
        "INSERT INTO ledger_postings (transfer_id, line, account_id, amount)
         SELECT md5(n::text)::uuid, 2, (SELECT id FROM ledger_accounts WHERE house = 'juspay_clearing'), -1
           FROM generate_series(1, 10000) n",
        "SET CONSTRAINTS ALL IMMEDIATE",
    ];

    async fn plan(db: &DatabaseConnection, sql: &str, values: Vec<Value>) -> String {
        let sql = format!("EXPLAIN (COSTS OFF) {sql}");
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
        let rows = db.query_all_raw(statement).await.unwrap();
        let lines: Vec<String> = rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
        lines.join("\n")
    }

    /// A page is read from the index alone, from its first line to its last and no further, in its own order.
    #[tokio::test]
    async fn a_page_is_as_cheap_however_long_the_history() {
        let database = TestDatabase::create().await;
        let owner = database.open_as_owner().await;
        let filling = owner.begin().await.unwrap();
        for step in FILL {
            filling.execute_unprepared(step).await.unwrap();
        }
        filling.commit().await.unwrap();
        owner.execute_unprepared("VACUUM ANALYZE ledger_postings").await.unwrap();
        owner.execute_unprepared("VACUUM ANALYZE ledger_transfers").await.unwrap();
        let user: Value = Uuid::from_u128(7).into();
        let since: Value = OffsetDateTime::UNIX_EPOCH.into();
        let first = vec![user.clone(), "wlm_7".into(), since.clone(), 21_i64.into()];
        let next = [first.clone(), vec![Uuid::nil().into()]].concat();
        let month = vec![user, since.clone(), since, 21_i64.into()];
        for (sql, values, scan) in [
            (FIRST_PAGE, first, "Index Only Scan Backward using ledger_postings_by_wallet"),
            (NEXT_PAGE, next, "Index Only Scan Backward using ledger_postings_by_wallet"),
            (STATEMENT, month, "Index Only Scan using ledger_postings_by_wallet"),
        ] {
            let plan = plan(&owner, sql, values).await;
            let index_cond =
                plan.lines().find(|line| line.contains("Index Cond") && line.contains("booked_at"));
            assert!(plan.contains(scan), "{plan}");
            assert!(index_cond.is_some_and(|cond| cond.contains("account_id")), "{plan}");
            assert!(!plan.contains("Seq Scan on ledger"), "{plan}");
            if sql == NEXT_PAGE {
                assert!(
                    index_cond.is_some_and(|cond| cond.contains("ROW(")),
                    "the cursor bounds the scan: {plan}"
                );
            }
        }
    }
}
