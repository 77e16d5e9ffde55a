//! The licensed issuer behind the wallets, who holds the money.

use crate::{HolderRef, IssuedWallet, Reference, WalletId};
use async_trait::async_trait;
use kernel::{Masked, Paise, UserId};

/// What an issuer says. Only done and refused may be acted on for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IssuerAnswer<T> {
    /// It is done, or had been done by an earlier call with the same reference.
    Done(T),
    /// It was taken and is being done: ask again soon. Not a failure.
    Underway,
    /// It was not done and will not be, for this reason: a short word for operators, no personal data.
    Refused(String),
    /// The call failed or its answer was lost: it may have been done. Ask again.
    DontKnow(String),
}

/// For whom a wallet is to be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applicant {
    /// The person.
    pub user_id: UserId,
    /// Their name at the issuer, always the same for the same person.
    pub holder: HolderRef,
    /// Their phone number in E.164 form.
    pub phone: Masked<String>,
}

/// A load of money at the issuer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuerCredit {
    /// The issuer's duplicate guard: the reference of the ledger's transfer.
    pub credit_id: Reference,
    /// Whose wallet.
    pub holder: HolderRef,
    /// Which wallet.
    pub wallet_id: WalletId,
    /// How much, more than 0.
    pub amount: Paise,
}

/// Opens wallets and loads money into them. Every call may be repeated: the same reference has one effect.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait WalletIssuer: Send + Sync {
    /// Opens a wallet for a person, or shows the one they have.
    async fn open(&self, applicant: &Applicant) -> IssuerAnswer<IssuedWallet>;

    /// The wallet of a person as the issuer has it; `Done(None)` when it knows of none, refused when it tried to
    /// open one and failed.
    async fn find(&self, holder: &HolderRef) -> IssuerAnswer<Option<IssuedWallet>>;

    /// Loads money into a wallet, once per `credit_id`.
    async fn credit(&self, credit: &IssuerCredit) -> IssuerAnswer<()>;
}
