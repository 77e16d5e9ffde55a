//! Bookings: one call of a function in the database each, which looks, decides, writes and tells.

use super::{aside, payload, reading};
use crate::{
    Postgres,
    fault::{OrStoreError as _, inconsistent},
};
use async_trait::async_trait;
use kernel::{OrderRef, Page, Paise, StoreError, UserId};
use sea_orm::{ConnectionTrait as _, DbBackend, FromQueryResult, Statement, Value};
use time::OffsetDateTime;
use uuid::Uuid;
use wallet::{
    Booking, HistoryQuery, HouseAccount, LimitExceeded, LimitName, Movement, Purpose, Receipt, Reference,
    Refusal, Source, Transaction, Transfer, TransferId,
    ports::{LedgerStore, StatementQuery, StatementRows},
};

/// Where money is booked.
#[derive(Debug, Clone)]
pub struct PgLedgerStore {
    pub(super) pg: Postgres,
}

const MOVE: &str = "
SELECT answer, moved_transfer, moved_balance, moved_at, room
  FROM ledger_move($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16::json)";

/// A refusal is a transfer of no lines: whoever takes the reference first, takes it for ever.
const REFUSE: &str = "
INSERT INTO ledger_transfers (id, reference, kind, lines, occurred_at) VALUES ($1, $2, 'refusal', 0, $3)
ON CONFLICT (reference) DO NOTHING";

const IS_REFUSED: &str = "SELECT kind = 'refusal' AS refused FROM ledger_transfers WHERE reference = $1";

const FIND: &str = "
SELECT t.id, t.kind, p.amount, house.house, t.source, t.purpose, t.order_ref
  FROM ledger_transfers t
  JOIN ledger_postings p ON p.transfer_id = t.id AND p.account_id = $1
  JOIN ledger_postings other ON other.transfer_id = t.id AND other.balance_after IS NULL
  JOIN ledger_accounts house ON house.id = other.account_id
 WHERE t.reference = $2";

#[derive(FromQueryResult)]
struct Answer {
    answer: String,
    moved_transfer: Option<Uuid>,
    moved_balance: Option<i64>,
    moved_at: Option<OffsetDateTime>,
    room: Option<i64>,
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    kind: String,
    amount: i64,
    house: Option<String>,
    source: Option<String>,
    purpose: Option<String>,
    order_ref: Option<String>,
}

#[async_trait]
impl LedgerStore for PgLedgerStore {
    async fn book(&self, movement: &Movement) -> Result<Booking, StoreError> {
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, MOVE, arguments(movement)?);
        let answer = Answer::find_by_statement(statement).one(&self.pg.db).await.or_store_error()?;
        self.pg.ring();
        booking(answer.ok_or_else(|| inconsistent("a booking was not answered"))?)
    }

    async fn find(&self, user_id: UserId, reference: &Reference) -> Result<Option<Transfer>, StoreError> {
        let values = [user_id.uuid().into(), reference.as_str().into()];
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, FIND, values);
        let row = Row::find_by_statement(statement).one(&self.pg.db).await.or_store_error()?;
        row.map(|row| transfer(row, reference)).transpose()
    }

    async fn refuse(
        &self,
        transfer_id: TransferId,
        reference: &Reference,
        at: OffsetDateTime,
    ) -> Result<Refusal, StoreError> {
        let values = [transfer_id.uuid().into(), reference.as_str().into(), at.into()];
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, REFUSE, values);
        if self.pg.db.execute_raw(statement).await.or_store_error()?.rows_affected() > 0 {
            return Ok(Refusal::Refused);
        }
        // Whoever took it has committed, and what they took it for never changes.
        let values = [reference.as_str().into()];
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, IS_REFUSED, values);
        let row = self.pg.db.query_one_raw(statement).await.or_store_error()?;
        let row = row.ok_or_else(|| inconsistent("a reference is taken by no transfer"))?;
        let refused: bool = row.try_get("", "refused").or_store_error()?;
        Ok(if refused { Refusal::Refused } else { Refusal::Booked })
    }

    async fn history(&self, query: &HistoryQuery) -> Result<Option<Page<Transaction>>, StoreError> {
        if let Some(page) = aside::older_page(&self.pg, query).await {
            return Ok(Some(page));
        }
        reading::history(&self.pg.db, query).await
    }

    async fn statement(&self, query: &StatementQuery) -> Result<Option<StatementRows>, StoreError> {
        if let Some(rows) = aside::settled_statement(&self.pg, query).await {
            return Ok(Some(rows));
        }
        reading::statement(&self.pg.db, query).await
    }
}

fn arguments(movement: &Movement) -> Result<[Value; 16], StoreError> {
    let limits = movement.limits();
    let paise = |limit: Option<Paise>| Value::from(limit.map(Paise::get));
    Ok([
        movement.transfer_id.uuid().into(),
        movement.user_id.uuid().into(),
        movement.reference.as_str().into(),
        movement.kind().word().into(),
        movement.signed().get().into(),
        movement.house().word().into(),
        movement.source().map(Source::word).into(),
        movement.purpose().map(Purpose::word).into(),
        movement.order.as_ref().map(OrderRef::as_str).into(),
        movement.corrects().map(TransferId::uuid).into(),
        movement.at.into(),
        paise(limits.map(|limits| limits.small.balance_max)),
        paise(limits.and_then(|limits| limits.small.load_per_month_max)),
        paise(limits.map(|limits| limits.full.balance_max)),
        paise(limits.and_then(|limits| limits.full.load_per_month_max)),
        payload(&movement.news)?.into(),
    ])
}

fn booking(answer: Answer) -> Result<Booking, StoreError> {
    let room =
        || answer.room.map(Paise::new).ok_or_else(|| inconsistent("a refusal does not say how much is left"));
    let receipt = || {
        let (Some(id), Some(balance), Some(booked_at)) =
            (answer.moved_transfer, answer.moved_balance, answer.moved_at)
        else {
            return Err(inconsistent("a booking has no receipt"));
        };
        Ok(Receipt { transfer_id: TransferId::new(id), balance_after: Paise::new(balance), booked_at })
    };
    let over = |limit| Ok(Booking::OverLimit(LimitExceeded { limit, remaining: room()? }));
    match answer.answer.as_str() {
        "booked" => Ok(Booking::Booked(receipt()?)),
        "repeated" => Ok(Booking::Repeated(receipt()?)),
        "reference_reused" => Ok(Booking::ReferenceReused),
        "refused" => Ok(Booking::Refused),
        "no_wallet" => Ok(Booking::NoWallet),
        "not_ready" => Ok(Booking::NotReady),
        "insufficient" => Ok(Booking::Insufficient { available: room()? }),
        "over_balance" => over(LimitName::Balance),
        "over_load" => over(LimitName::LoadPerMonth),
        "over_corrected" => Ok(Booking::OverCorrected { remaining: room()? }),
        _ => Err(inconsistent("a booking was answered by an unknown word")),
    }
}

fn transfer(row: Row, reference: &Reference) -> Result<Transfer, StoreError> {
    let house = row.house.as_deref().and_then(HouseAccount::from_word);
    Ok(Transfer {
        id: TransferId::new(row.id),
        kind: reading::kind(&row.kind)?,
        amount: Paise::new(row.amount),
        house: house.ok_or_else(|| inconsistent("a transfer has no account of ours"))?,
        source: reading::source(row.source.as_deref())?,
        purpose: reading::purpose(row.purpose.as_deref())?,
        order: row.order_ref.as_deref().and_then(OrderRef::parse),
        reference: reference.clone(),
    })
}
