//! Wallets and their way to being open: each port method is one statement.

use super::payload;
use crate::{
    Postgres,
    fault::{OrStoreError as _, inconsistent},
};
use async_trait::async_trait;
use kernel::{Paise, StoreError, UserId};
use sea_orm::{ConnectionTrait as _, DbBackend, FromQueryResult, Statement};
use time::{Date, OffsetDateTime};
use wallet::{
    IssuedWallet, IssuerStatus, KycLevel, Provisioning, Wallet, WalletId,
    ports::{Advance, Advanced, OpenWallet, WalletStore},
};

/// Where wallets are kept.
#[derive(Debug, Clone)]
pub struct PgWalletStore {
    pub(super) pg: Postgres,
}

/// The account is opened only with the wallet; its balance comes with it, by a trigger.
const OPEN: &str = "
WITH fresh AS (
    INSERT INTO wallets (user_id, created_at, changed_at) VALUES ($1, $2, $2)
    ON CONFLICT (user_id) DO NOTHING RETURNING user_id
), account AS (
    INSERT INTO ledger_accounts (id, opened_at) SELECT user_id, $2 FROM fresh
)
SELECT queue_news($3::json) AS job FROM fresh";

const FIND: &str = "
SELECT w.state, w.attempts, w.due_at, w.at_work_since, w.issuer_wallet_id, w.issuer_status, w.kyc_level, w.version,
       b.balance, b.month, b.loaded
  FROM wallets w JOIN wallet_balances b ON b.account_id = w.user_id
 WHERE w.user_id = $1";

const ADVANCE: &str = "
WITH stepped AS (
    UPDATE wallets
       SET state = $3, attempts = $4, due_at = $5, issuer_wallet_id = $6, issuer_status = $7, reason = $8,
           changed_at = $9, at_work_since = $11, version = version + 1
     WHERE user_id = $1 AND version = $2 RETURNING user_id
)
SELECT CASE WHEN $10::json IS NOT NULL THEN queue_news($10::json) END AS job
  FROM stepped";

const RAISE_LEVEL: &str = "
UPDATE wallets
   SET changed_at = CASE WHEN kyc_level = 'small' AND $2 = 'full' THEN $3 ELSE changed_at END,
       kyc_level = CASE WHEN $2 = 'full' THEN $2 ELSE kyc_level END
 WHERE user_id = $1";

#[derive(FromQueryResult)]
struct Row {
    state: String,
    attempts: i16,
    due_at: Option<OffsetDateTime>,
    at_work_since: Option<OffsetDateTime>,
    issuer_wallet_id: Option<String>,
    issuer_status: String,
    kyc_level: String,
    version: i64,
    balance: i64,
    month: Date,
    loaded: i64,
}

#[async_trait]
impl WalletStore for PgWalletStore {
    async fn open(&self, fact: &OpenWallet) -> Result<bool, StoreError> {
        let values = [fact.user_id.uuid().into(), fact.at.into(), payload(&fact.news)?.into()];
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, OPEN, values);
        let opened = self.pg.db.query_one_raw(statement).await.or_store_error()?.is_some();
        self.pg.ring();
        Ok(opened)
    }

    async fn find(&self, user_id: UserId) -> Result<Option<Wallet>, StoreError> {
        let values = [user_id.uuid().into()];
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, FIND, values);
        let row = Row::find_by_statement(statement).one(&self.pg.db).await.or_store_error()?;
        row.map(|row| wallet(user_id, row)).transpose()
    }

    async fn advance(&self, step: &Advance) -> Result<Advanced, StoreError> {
        let columns = Columns::of(&step.to);
        let news = step.news.as_ref().map(payload).transpose()?;
        let values = [
            step.user_id.uuid().into(),
            step.version.into(),
            step.to.word().into(),
            columns.attempts.into(),
            columns.due_at.into(),
            columns.wallet_id.map(WalletId::as_str).into(),
            columns.status.word().into(),
            step.reason.as_deref().into(),
            step.at.into(),
            news.into(),
            columns.at_work_since.into(),
        ];
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, ADVANCE, values);
        let stepped = self.pg.db.query_one_raw(statement).await.or_store_error()?;
        if step.news.is_some() {
            self.pg.ring();
        }
        Ok(if stepped.is_some() { Advanced::Recorded } else { Advanced::Stale })
    }

    async fn raise_level(
        &self,
        user_id: UserId,
        level: KycLevel,
        at: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let values = [user_id.uuid().into(), level.word().into(), at.into()];
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, RAISE_LEVEL, values);
        Ok(self.pg.db.execute_raw(statement).await.or_store_error()?.rows_affected() > 0)
    }
}

/// What a state carries, as columns.
struct Columns<'a> {
    attempts: i16,
    due_at: Option<OffsetDateTime>,
    at_work_since: Option<OffsetDateTime>,
    wallet_id: Option<&'a WalletId>,
    status: IssuerStatus,
}

impl<'a> Columns<'a> {
    const AT_REST: Self = Self {
        attempts: 0,
        due_at: None,
        at_work_since: None,
        wallet_id: None,
        status: IssuerStatus::Unknown,
    };

    fn of(state: &'a Provisioning) -> Self {
        let waiting =
            |attempts: u8, due_at| Self { attempts: attempts.into(), due_at: Some(due_at), ..Self::AT_REST };
        match state {
            Provisioning::Created | Provisioning::Failed => Self::AT_REST,
            Provisioning::Pending { attempt, lease_until, at_work_since }
            | Provisioning::InProgress { attempt, lease_until, at_work_since } => {
                Self { at_work_since: *at_work_since, ..waiting(*attempt, *lease_until) }
            }
            Provisioning::Retrying { attempts, next_try_at } => waiting(*attempts, *next_try_at),
            Provisioning::Completed(IssuedWallet { wallet_id, status }) => {
                Self { wallet_id: Some(wallet_id), status: *status, ..Self::AT_REST }
            }
        }
    }
}

fn wallet(user_id: UserId, row: Row) -> Result<Wallet, StoreError> {
    Ok(Wallet {
        user_id,
        level: KycLevel::from_word(&row.kyc_level)
            .ok_or_else(|| inconsistent("a wallet has no known level"))?,
        balance: Paise::new(row.balance),
        loaded: Paise::new(row.loaded),
        loaded_month: row.month,
        version: row.version,
        provisioning: provisioning(row)?,
    })
}

fn provisioning(row: Row) -> Result<Provisioning, StoreError> {
    let attempts =
        u8::try_from(row.attempts).map_err(|_| inconsistent("a wallet has an impossible number of tries"))?;
    let due_at = || row.due_at.ok_or_else(|| inconsistent("a wallet that waits does not say until when"));
    let at_work_since = row.at_work_since;
    Ok(match row.state.as_str() {
        "CREATED" => Provisioning::Created,
        "PENDING" => Provisioning::Pending { attempt: attempts, lease_until: due_at()?, at_work_since },
        "IN_PROGRESS" => {
            Provisioning::InProgress { attempt: attempts, lease_until: due_at()?, at_work_since }
        }
        "RETRYING" => Provisioning::Retrying { attempts, next_try_at: due_at()? },
        "COMPLETED" => {
            let id = row.issuer_wallet_id.as_deref().and_then(|id| WalletId::parse(id).ok());
            let status = IssuerStatus::from_word(&row.issuer_status);
            let (Some(wallet_id), Some(status)) = (id, status) else {
                return Err(inconsistent("an open wallet has no id or no known status"));
            };
            Provisioning::Completed(IssuedWallet { wallet_id, status })
        }
        "FAILED" => Provisioning::Failed,
        _ => return Err(inconsistent("a wallet is in an unknown state")),
    })
}
