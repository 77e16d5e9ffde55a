//! The issuer holds the money that the books tell of: every credit is loaded there too, once, until it is known.

use super::Wallets;
use crate::{
    HolderRef, Reference,
    ports::{IssuerAnswer, IssuerCredit, IssuerLoad, LoadState},
};
use kernel::{Detail, Entry, Fault, Paise, StoreError, UserId, catalogue};
use time::Duration;

/// After so long a load is asked after by the schedule as well as by its own job.
const UNKNOWN_FOR: Duration = Duration::minutes(10);

/// How many loads one round asks after.
const ASKED_A_ROUND: usize = 20;

/// How long a round may go on to the next load: each may take as long as the issuer's time-outs.
const ROUND_MAX: Duration = Duration::seconds(40);

/// A credit in the books that is to be loaded at the issuer: what [`WalletCredited`](crate::Event) tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Load {
    /// Whose wallet.
    pub user_id: UserId,
    /// The transfer's reference, the issuer's duplicate guard.
    pub reference: Reference,
    /// How much, more than 0.
    pub amount: Paise,
}

/// What a load at the issuer came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mirrored {
    /// The issuer has it.
    Done,
    /// It is not known yet: try again.
    Later {
        /// Why, for operators.
        reason: String,
    },
    /// The issuer will not take it: the books and the issuer differ until an operator has acted.
    Never {
        /// Why, for operators.
        reason: String,
    },
}

/// A load was not opened again.
#[derive(Debug, thiserror::Error)]
pub enum ReopenError {
    /// Nobody has begun such a load.
    #[error("there is no such load")]
    NotFound,
    /// The issuer has it already.
    #[error("the issuer has taken the load")]
    Taken,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Fault for ReopenError {
    fn entry(&self) -> Entry {
        match self {
            Self::NotFound => catalogue::NOT_FOUND,
            Self::Taken => catalogue::INVALID_STATE,
            Self::Store(error) => error.entry(),
        }
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        match self {
            Self::NotFound | Self::Taken => Vec::new(),
            Self::Store(error) => error.details(),
        }
    }
}

impl Wallets {
    /// Lets a load the issuer refused be asked for again, by [`mirror_credit`](Self::mirror_credit): what an
    /// operator does once the cause is mended. A load that is pending is answered as it is.
    ///
    /// # Errors
    /// When there is no such load, the issuer has it, or the store fails.
    pub async fn reopen_load(&self, reference: &Reference) -> Result<Load, ReopenError> {
        let (load, state) = self.loads.reopen(reference).await?.ok_or(ReopenError::NotFound)?;
        match state {
            LoadState::Done => Err(ReopenError::Taken),
            LoadState::Pending | LoadState::Refused(_) => {
                Ok(Load { user_id: load.user_id, reference: load.reference, amount: load.amount })
            }
        }
    }

    /// Loads a credit of the books at the issuer, or tells what became of it. May be repeated at will: the
    /// issuer takes a reference once, and its word is kept.
    ///
    /// # Errors
    /// When the store fails: try again.
    pub async fn mirror_credit(&self, load: &Load) -> Result<Mirrored, StoreError> {
        let wallet = self.store.find(load.user_id).await?;
        let Some(wallet_id) = wallet.as_ref().and_then(|wallet| wallet.wallet_id()) else {
            return Ok(Mirrored::Later { reason: "the wallet is not open at the issuer".to_owned() });
        };
        let pending = IssuerLoad {
            reference: load.reference.clone(),
            user_id: load.user_id,
            wallet_id: wallet_id.clone(),
            amount: load.amount,
            at: self.env.now(),
        };
        match self.loads.begin(&pending).await? {
            LoadState::Pending => self.load(&pending).await,
            known @ (LoadState::Done | LoadState::Refused(_)) => Ok(told(known)),
        }
    }

    /// Asks after loads of which nobody knows what became and after which nobody has asked for ten minutes, longest ago
    /// first, so that one which stays unknown holds up no other; at most twenty, and until the round's time is up.
    /// Answers how many it asked after. A scheduled job calls it, so that none stays unknown because its own job was
    /// given up.
    ///
    /// # Errors
    /// When the store fails; what was learnt until then is kept.
    pub async fn ask_after_loads(&self) -> Result<usize, StoreError> {
        let now = self.env.now();
        let (before, ends_at) = (now.saturating_sub(UNKNOWN_FOR), now.saturating_add(ROUND_MAX));
        let mut asked = 0_usize;
        while asked < ASKED_A_ROUND
            && self.env.now() < ends_at
            && let Some(load) = self.loads.take_pending(before, self.env.now()).await?
        {
            self.load(&load).await?;
            asked = asked.saturating_add(1);
        }
        Ok(asked)
    }

    async fn load(&self, load: &IssuerLoad) -> Result<Mirrored, StoreError> {
        let credit = IssuerCredit {
            credit_id: load.reference.clone(),
            holder: HolderRef::of(load.user_id),
            wallet_id: load.wallet_id.clone(),
            amount: load.amount,
        };
        let state = match self.issuer.credit(&credit).await {
            IssuerAnswer::Done(()) => LoadState::Done,
            IssuerAnswer::Refused(reason) => LoadState::Refused(reason),
            IssuerAnswer::Underway => return Ok(told(LoadState::Pending)),
            IssuerAnswer::DontKnow(reason) => return Ok(Mirrored::Later { reason }),
        };
        Ok(told(self.loads.conclude(&load.reference, &state, self.env.now()).await?))
    }
}

fn told(state: LoadState) -> Mirrored {
    match state {
        LoadState::Pending => Mirrored::Later { reason: "the issuer has not said".to_owned() },
        LoadState::Done => Mirrored::Done,
        LoadState::Refused(reason) => Mirrored::Never { reason },
    }
}
