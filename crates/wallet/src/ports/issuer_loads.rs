//! What became of each load at the issuer, so that none stays unknown.

use crate::{Reference, WalletId};
use async_trait::async_trait;
use kernel::{Paise, StoreError, UserId};
use time::OffsetDateTime;

/// A ledger credit that is to be loaded at the issuer as well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuerLoad {
    /// The transfer's reference, the issuer's duplicate guard.
    pub reference: Reference,
    /// Whose wallet.
    pub user_id: UserId,
    /// The issuer's id of it.
    pub wallet_id: WalletId,
    /// How much, more than 0.
    pub amount: Paise,
    /// When it was first tried.
    pub at: OffsetDateTime,
}

/// What is known of a load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoadState {
    /// Not yet whether the issuer has it.
    Pending,
    /// The issuer has it.
    Done,
    /// The issuer will not take it: the books and the issuer differ until an operator has acted.
    Refused(String),
}

/// Keeps what is known of loads at the issuer.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait IssuerLoadStore: Send + Sync {
    /// Records a load as pending before the issuer is asked, and that it is asked now; or shows what is known of it.
    async fn begin(&self, load: &IssuerLoad) -> Result<LoadState, StoreError>;

    /// Records the issuer's word on a pending load; a word once recorded stands, until a refused load is
    /// [opened again](Self::reopen). Answers what stands.
    async fn conclude(
        &self,
        reference: &Reference,
        state: &LoadState,
        at: OffsetDateTime,
    ) -> Result<LoadState, StoreError>;

    /// Makes a refused load pending again, so that the issuer can be asked anew; what the issuer has is left
    /// alone. Answers the load and what stands now; `None` if there is no such load.
    async fn reopen(&self, reference: &Reference) -> Result<Option<(IssuerLoad, LoadState)>, StoreError>;

    /// Takes the pending load that the issuer was last asked about longest ago, and before `before`, and notes that it
    /// is asked at `at`, whatever comes of it. Of many who take at once no two get the same.
    async fn take_pending(
        &self,
        before: OffsetDateTime,
        at: OffsetDateTime,
    ) -> Result<Option<IssuerLoad>, StoreError>;

    /// Loads first tried before an instant that the issuer has not taken: pending or refused, oldest first, at
    /// most 1,000.
    async fn unsettled(&self, before: OffsetDateTime) -> Result<Vec<(IssuerLoad, LoadState)>, StoreError>;
}
