//! The wallets that are open at the issuer, as our books have them.

use crate::{
    Postgres,
    fault::{OrStoreError as _, inconsistent},
};
use ::wallet::WalletId;
use kernel::{Paise, StoreError, UserId};
use sea_orm::{DbBackend, FromQueryResult, Statement};
use uuid::Uuid;

/// A wallet that is open at the issuer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WalletAtIssuer {
    /// Whose it is.
    pub user_id: UserId,
    /// The issuer's id of it.
    pub wallet_id: WalletId,
    /// What our ledger says it holds.
    pub balance: Paise,
}

#[derive(FromQueryResult)]
struct Row {
    user_id: Uuid,
    issuer_wallet_id: String,
    balance: i64,
}

const LIST: &str = "
SELECT w.user_id, w.issuer_wallet_id, b.balance
  FROM wallets w JOIN wallet_balances b ON b.account_id = w.user_id
 WHERE w.issuer_wallet_id IS NOT NULL";

pub(super) async fn list(postgres: &Postgres) -> Result<Vec<WalletAtIssuer>, StoreError> {
    let statement = Statement::from_string(DbBackend::Postgres, LIST);
    let rows = Row::find_by_statement(statement).all(&postgres.db).await.or_store_error()?;
    rows.into_iter()
        .map(|row| {
            let wallet_id = WalletId::parse(&row.issuer_wallet_id);
            Ok(WalletAtIssuer {
                user_id: UserId::new(row.user_id),
                wallet_id: wallet_id.map_err(|_| inconsistent("a wallet's id at the issuer is none"))?,
                balance: Paise::new(row.balance),
            })
        })
        .collect()
}
