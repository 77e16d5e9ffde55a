//! What became of each load at the issuer.

use crate::{
    Postgres,
    fault::{OrStoreError as _, inconsistent},
};
use async_trait::async_trait;
use kernel::{Paise, StoreError, UserId};
use sea_orm::{DbBackend, FromQueryResult, Statement, Value};
use time::OffsetDateTime;
use uuid::Uuid;
use wallet::{
    Reference, WalletId,
    ports::{IssuerLoad, IssuerLoadStore, LoadState},
};

/// What became of each load at the issuer.
#[derive(Debug, Clone)]
pub struct PgIssuerLoadStore {
    pub(super) pg: Postgres,
}

/// Longest reason kept for operators, as the table holds it.
const REASON_MAX_CHARS: usize = 200;

const BEGIN: &str = "
INSERT INTO issuer_loads (reference, user_id, wallet_id, amount, begun_at, asked_at)
VALUES ($1, $2, $3, $4, $5, $5)
ON CONFLICT (reference) DO UPDATE SET asked_at = excluded.asked_at
RETURNING state, reason";

const CONCLUDE: &str = "
UPDATE issuer_loads
   SET state = CASE state WHEN 'pending' THEN $2 ELSE state END,
       reason = CASE state WHEN 'pending' THEN $3 ELSE reason END,
       concluded_at = CASE WHEN state = 'pending' AND $2 <> 'pending' THEN $4 ELSE concluded_at END
 WHERE reference = $1
RETURNING state, reason";

/// Only a refused load has a reason, so there is none to keep.
const REOPEN: &str = "
UPDATE issuer_loads
   SET state = CASE state WHEN 'refused' THEN 'pending' ELSE state END,
       reason = NULL,
       concluded_at = CASE state WHEN 'refused' THEN NULL ELSE concluded_at END
 WHERE reference = $1
RETURNING reference, user_id, wallet_id, amount, begun_at, state, reason";

const TAKE_PENDING: &str = "
UPDATE issuer_loads SET asked_at = $2
 WHERE reference = (
     SELECT reference FROM issuer_loads WHERE state = 'pending' AND coalesce(asked_at, begun_at) < $1
      ORDER BY coalesce(asked_at, begun_at), reference LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED)
RETURNING reference, user_id, wallet_id, amount, begun_at, state, reason";

const UNSETTLED: &str = "
SELECT reference, user_id, wallet_id, amount, begun_at, state, reason FROM issuer_loads
 WHERE state <> 'done' AND begun_at < $1
 ORDER BY begun_at LIMIT 1000";

#[derive(FromQueryResult)]
struct State {
    state: String,
    reason: Option<String>,
}

#[derive(FromQueryResult)]
struct Row {
    reference: String,
    user_id: Uuid,
    wallet_id: String,
    amount: i64,
    begun_at: OffsetDateTime,
    #[sea_orm(nested)]
    known: State,
}

impl PgIssuerLoadStore {
    async fn state<const N: usize>(&self, sql: &str, values: [Value; N]) -> Result<LoadState, StoreError> {
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
        let row = State::find_by_statement(statement).one(&self.pg.db).await.or_store_error()?;
        load_state(row.ok_or_else(|| inconsistent("a load was concluded that was never begun"))?)
    }
}

#[async_trait]
impl IssuerLoadStore for PgIssuerLoadStore {
    async fn begin(&self, load: &IssuerLoad) -> Result<LoadState, StoreError> {
        let values = [
            load.reference.as_str().into(),
            load.user_id.uuid().into(),
            load.wallet_id.as_str().into(),
            load.amount.get().into(),
            load.at.into(),
        ];
        self.state(BEGIN, values).await
    }

    async fn conclude(
        &self,
        reference: &Reference,
        state: &LoadState,
        at: OffsetDateTime,
    ) -> Result<LoadState, StoreError> {
        let (word, reason) = match state {
            LoadState::Pending => ("pending", None),
            LoadState::Done => ("done", None),
            LoadState::Refused(reason) => {
                ("refused", Some(reason.chars().take(REASON_MAX_CHARS).collect::<String>()))
            }
        };
        self.state(CONCLUDE, [reference.as_str().into(), word.into(), reason.into(), at.into()]).await
    }

    async fn reopen(&self, reference: &Reference) -> Result<Option<(IssuerLoad, LoadState)>, StoreError> {
        let values = [reference.as_str().into()];
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, REOPEN, values);
        let row = Row::find_by_statement(statement).one(&self.pg.db).await.or_store_error()?;
        row.map(load).transpose()
    }

    async fn take_pending(
        &self,
        before: OffsetDateTime,
        at: OffsetDateTime,
    ) -> Result<Option<IssuerLoad>, StoreError> {
        let values = [before.into(), at.into()];
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, TAKE_PENDING, values);
        let row = Row::find_by_statement(statement).one(&self.pg.db).await.or_store_error()?;
        row.map(|row| Ok(load(row)?.0)).transpose()
    }

    async fn unsettled(&self, before: OffsetDateTime) -> Result<Vec<(IssuerLoad, LoadState)>, StoreError> {
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, UNSETTLED, [before.into()]);
        let rows = Row::find_by_statement(statement).all(&self.pg.db).await.or_store_error()?;
        rows.into_iter().map(load).collect()
    }
}

fn load(row: Row) -> Result<(IssuerLoad, LoadState), StoreError> {
    let reference = Reference::parse(&row.reference);
    let (Ok(reference), Ok(wallet_id)) = (reference, WalletId::parse(&row.wallet_id)) else {
        return Err(inconsistent("a load names an impossible reference or wallet"));
    };
    let user_id = UserId::new(row.user_id);
    let load = IssuerLoad { reference, user_id, wallet_id, amount: Paise::new(row.amount), at: row.begun_at };
    Ok((load, load_state(row.known)?))
}

fn load_state(row: State) -> Result<LoadState, StoreError> {
    match row.state.as_str() {
        "pending" => Ok(LoadState::Pending),
        "done" => Ok(LoadState::Done),
        "refused" => Ok(LoadState::Refused(row.reason.unwrap_or_default())),
        _ => Err(inconsistent("a load is in an unknown state")),
    }
}
