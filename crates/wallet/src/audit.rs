//! The books checked against themselves: everything kept beside the postings is computed again from them.

use crate::TransferId;
use kernel::{Paise, UserId};

/// The most differences of one kind that a report lists; the first is bad enough.
pub const DIFFERENCES_MAX: usize = 1_000;

/// One place where the books contradict themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// A wallet's kept balance is not the sum of its postings.
    Balance {
        /// Whose wallet.
        user_id: UserId,
        /// What is kept.
        kept: Paise,
        /// What the postings sum up to.
        summed: Paise,
    },
    /// A wallet's kept load of the month is not what its postings of that month add up to.
    MonthLoad {
        /// Whose wallet.
        user_id: UserId,
        /// What is kept.
        kept: Paise,
        /// What the postings add up to.
        summed: Paise,
    },
    /// The postings of a transfer do not sum to zero, or are not as many as it says.
    Unbalanced {
        /// The transfer.
        transfer_id: TransferId,
        /// What they sum up to.
        sum: Paise,
        /// How many there are.
        postings: i64,
    },
    /// A posting's `balance_after` does not follow from the one before it, or one is missing in between.
    Chain {
        /// Whose wallet.
        user_id: UserId,
        /// The posting's place among the wallet's, from 1.
        position: i64,
    },
    /// The corrections of a transfer exceed it.
    OverCorrected {
        /// The transfer.
        transfer_id: TransferId,
    },
    /// A posting without its transfer or its account.
    Orphan {
        /// The transfer it names.
        transfer_id: TransferId,
    },
    /// A wallet without its account, or a user's account without its balance.
    NoAccount {
        /// Whose.
        user_id: UserId,
    },
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Balance { user_id, kept, summed } => {
                write!(f, "wallet of {user_id}: balance kept {kept}, summed {summed}")
            }
            Self::MonthLoad { user_id, kept, summed } => {
                write!(f, "wallet of {user_id}: load of the month kept {kept}, summed {summed}")
            }
            Self::Unbalanced { transfer_id, sum, postings } => {
                write!(f, "transfer {transfer_id}: {postings} postings sum to {sum}")
            }
            Self::Chain { user_id, position } => {
                write!(f, "wallet of {user_id}: posting {position} does not follow from the one before")
            }
            Self::OverCorrected { transfer_id } => {
                write!(f, "transfer {transfer_id}: corrected by more than it moved")
            }
            Self::Orphan { transfer_id } => {
                write!(f, "transfer {transfer_id}: a posting names no transfer or no account")
            }
            Self::NoAccount { user_id } => write!(f, "wallet of {user_id}: it has no account or no balance"),
        }
    }
}

/// What a check of the books found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// How many transfers were looked at.
    pub transfers: u64,
    /// How many postings were looked at.
    pub postings: u64,
    /// How many wallets were looked at.
    pub wallets: u64,
    /// Where the books contradict themselves, at most [`DIFFERENCES_MAX`] of each kind.
    pub differences: Vec<Difference>,
}

impl Report {
    /// Whether the books agree with themselves.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.differences.is_empty()
    }
}
