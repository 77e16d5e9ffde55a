//! Where wallets are kept.

use crate::{Event, KycLevel, Provisioning, Wallet};
use async_trait::async_trait;
use kernel::{News, StoreError, UserId};
use time::OffsetDateTime;

/// A wallet that is to exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenWallet {
    /// Whose.
    pub user_id: UserId,
    /// When it was asked for.
    pub at: OffsetDateTime,
    /// What is told if it is new.
    pub news: News<Event>,
}

/// One step of a wallet's way to being open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advance {
    /// Whose wallet.
    pub user_id: UserId,
    /// The version the step was decided on.
    pub version: i64,
    /// Where the step leads.
    pub to: Provisioning,
    /// Why the step was needed, when a try failed: for operators, no personal data.
    pub reason: Option<String>,
    /// When.
    pub at: OffsetDateTime,
    /// What is told.
    pub news: Option<News<Event>>,
}

/// What became of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advanced {
    /// It is recorded.
    Recorded,
    /// The wallet has changed since: look again and decide again.
    Stale,
}

/// Keeps wallets and their way to being open.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait WalletStore: Send + Sync {
    /// Records a wallet with an empty account at the lowest level, and its news, unless the person has one;
    /// answers whether it is new.
    async fn open(&self, fact: &OpenWallet) -> Result<bool, StoreError>;

    /// A person's wallet with its balance, in one look.
    async fn find(&self, user_id: UserId) -> Result<Option<Wallet>, StoreError>;

    /// Records a step and its news, if the wallet is still as it was when the step was decided.
    async fn advance(&self, step: &Advance) -> Result<Advanced, StoreError>;

    /// Raises how well the holder is known, never lowers it; answers whether there is such a wallet.
    async fn raise_level(
        &self,
        user_id: UserId,
        level: KycLevel,
        at: OffsetDateTime,
    ) -> Result<bool, StoreError>;
}
