//! Every trait this crate asks the world to implement, one file each.

mod issuer_loads;
mod ledger_audit;
mod ledger_store;
mod wallet_issuer;
mod wallet_store;

pub use issuer_loads::{IssuerLoad, IssuerLoadStore, LoadState};
pub use ledger_audit::LedgerAudit;
pub use ledger_store::{LedgerStore, StatementQuery, StatementRows};
pub use wallet_issuer::{Applicant, IssuerAnswer, IssuerCredit, WalletIssuer};
pub use wallet_store::{Advance, Advanced, OpenWallet, WalletStore};

#[cfg(any(test, feature = "testing"))]
pub use {
    issuer_loads::MockIssuerLoadStore, ledger_audit::MockLedgerAudit, ledger_store::MockLedgerStore,
    wallet_issuer::MockWalletIssuer, wallet_store::MockWalletStore,
};
