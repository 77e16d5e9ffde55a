//! The ports of the `wallet` domain on PostgreSQL.

mod aside;
mod at_issuer;
mod audit;
mod ledger;
mod loads;
mod reading;
mod wallets;

pub use at_issuer::WalletAtIssuer;
pub use audit::PgLedgerAudit;
pub use ledger::PgLedgerStore;
pub use loads::PgIssuerLoadStore;
pub use wallets::PgWalletStore;

use crate::Postgres;
use kernel::{News, StoreError};
use wallet::Event;

/// The topic under which this domain's news is queued.
const TOPIC: &str = "wallet";

impl Postgres {
    /// Where wallets are kept.
    #[must_use]
    pub fn wallets(&self) -> PgWalletStore {
        PgWalletStore { pg: self.clone() }
    }

    /// Where money is booked.
    #[must_use]
    pub fn ledger(&self) -> PgLedgerStore {
        PgLedgerStore { pg: self.clone() }
    }

    /// What became of each load at the issuer.
    #[must_use]
    pub fn issuer_loads(&self) -> PgIssuerLoadStore {
        PgIssuerLoadStore { pg: self.clone() }
    }

    /// Every wallet that is open at the issuer and what we hold it to hold: for whoever compares the two.
    ///
    /// # Errors
    /// When the database fails or holds a wallet our types refuse.
    pub async fn wallets_at_issuer(&self) -> Result<Vec<WalletAtIssuer>, StoreError> {
        at_issuer::list(self).await
    }

    /// The check of the books.
    #[must_use]
    pub fn ledger_audit(&self) -> PgLedgerAudit {
        PgLedgerAudit { pg: self.clone() }
    }
}

fn payload(news: &News<Event>) -> Result<serde_json::Value, StoreError> {
    crate::queue::news_payload(TOPIC, news)
}
