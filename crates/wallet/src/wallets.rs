//! Wallets: opened in the background, looked at, measured against their limits.

mod error;
mod mirror;
mod provision;

pub use error::{LookupError, RoomError};
pub use mirror::{Load, Mirrored, ReopenError};
pub use provision::{Outcome, ProvisionError, RequeueError};

use crate::{
    Amount, Event, IssuerStatus, KycLevel, LimitTable, Wallet, WalletId,
    ports::{IssuerLoadStore, OpenWallet, WalletIssuer, WalletStore},
};
use kernel::{Env, News, Paise, StoreError, UserId};
use std::sync::Arc;
use time::OffsetDateTime;

/// How often a step is decided anew when somebody else took one first.
const DECISIONS_MAX: u8 = 3;

/// The use cases of a wallet that move no money in the books.
#[derive(Clone)]
pub struct Wallets {
    env: Env,
    limits: LimitTable,
    store: Arc<dyn WalletStore>,
    issuer: Arc<dyn WalletIssuer>,
    loads: Arc<dyn IssuerLoadStore>,
}

/// What asking for a wallet gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The wallet.
    pub wallet: Wallet,
    /// Whether it is new.
    pub created: bool,
}

/// What a wallet holds, as its balance screen shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Balance {
    /// The issuer's id of the wallet.
    pub wallet_id: WalletId,
    /// What it holds.
    pub current_balance: Paise,
    /// When this was looked up: the books are always up to date.
    pub last_refreshed: OffsetDateTime,
    /// Whether it may be used.
    pub linked: bool,
}

/// How a wallet stands with its issuer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// The issuer's id of the wallet.
    pub wallet_id: WalletId,
    /// `wallet_status` of the contract.
    pub wallet_status: &'static str,
    /// `wallet_status_transcorp` of the contract.
    pub issuer_status: IssuerStatus,
}

impl Wallets {
    /// Wallets over the given ports, under the given limits.
    #[must_use]
    pub fn new(
        env: Env,
        limits: LimitTable,
        store: Arc<dyn WalletStore>,
        issuer: Arc<dyn WalletIssuer>,
        loads: Arc<dyn IssuerLoadStore>,
    ) -> Self {
        Self { env, limits, store, issuer, loads }
    }

    /// Asks for a person's wallet: records it, with news that lets a process open it at the issuer. Asking again
    /// shows the one there is.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn open(&self, user_id: UserId) -> Result<Opened, StoreError> {
        let fact =
            OpenWallet { user_id, at: self.env.now(), news: self.news(Event::WalletRequested { user_id }) };
        let created = self.store.open(&fact).await?;
        let wallet = self.store.find(user_id).await?;
        let wallet =
            wallet.ok_or_else(|| StoreError::Inconsistent("an opened wallet is not there".into()))?;
        Ok(Opened { wallet, created })
    }

    /// A person's wallet.
    ///
    /// # Errors
    /// When they have none, or the store fails.
    pub async fn get(&self, user_id: UserId) -> Result<Wallet, LookupError> {
        self.store.find(user_id).await?.ok_or(LookupError::NotFound)
    }

    /// What a wallet of this person holds.
    ///
    /// # Errors
    /// When they have no wallet of this id, or the store fails.
    pub async fn balance(&self, user_id: UserId, wallet_id: &WalletId) -> Result<Balance, LookupError> {
        let wallet = self.named(user_id, wallet_id).await?;
        Ok(Balance {
            wallet_id: wallet_id.clone(),
            current_balance: wallet.balance,
            last_refreshed: self.env.now(),
            linked: wallet.is_ready(),
        })
    }

    /// How a wallet of this person stands with its issuer.
    ///
    /// # Errors
    /// When they have no wallet of this id, or the store fails.
    pub async fn status(&self, user_id: UserId, wallet_id: &WalletId) -> Result<Status, LookupError> {
        let wallet = self.named(user_id, wallet_id).await?;
        Ok(Status {
            wallet_id: wallet_id.clone(),
            wallet_status: wallet.provisioning.word(),
            issuer_status: wallet.issuer_status(),
        })
    }

    async fn named(&self, user_id: UserId, wallet_id: &WalletId) -> Result<Wallet, LookupError> {
        let wallet = self.get(user_id).await?;
        if wallet.wallet_id() == Some(wallet_id) { Ok(wallet) } else { Err(LookupError::NotFound) }
    }

    /// Whether `amount` may be loaded now: asked before a payment is begun, so that nobody pays for a credit
    /// that would be refused. The limits are checked again where the money moves.
    ///
    /// # Errors
    /// When the amount is not valid, there is no wallet, it is not ready, or a limit stands in the way.
    pub async fn room_for(&self, user_id: UserId, amount: Paise) -> Result<(), RoomError> {
        let amount = Amount::parse(amount)?;
        let wallet = self.store.find(user_id).await?.ok_or(RoomError::NotFound)?;
        if !wallet.is_ready() {
            return Err(RoomError::NotReady);
        }
        let now = self.env.now();
        Ok(self.limits.at(now).allow(wallet.standing(now), amount.paise())?)
    }

    /// Raises how well the holder is known, and with it the wallet's limits; never lowers it.
    ///
    /// # Errors
    /// When they have no wallet, or the store fails.
    pub async fn raise_limit(&self, user_id: UserId, level: KycLevel) -> Result<(), LookupError> {
        let found = self.store.raise_level(user_id, level, self.env.now()).await?;
        if found { Ok(()) } else { Err(LookupError::NotFound) }
    }

    fn news(&self, event: Event) -> News<Event> {
        News { id: self.env.new_uuid(), at: self.env.now(), event }
    }
}

impl std::fmt::Debug for Wallets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wallets").finish_non_exhaustive()
    }
}
