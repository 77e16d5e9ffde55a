//! What other domains may hear from this one.

use crate::{Purpose, Reference, Source, TransferId, WalletId};
use kernel::{OrderRef, Paise, UserId};

/// Something happened to a person's wallet that others may act on. Holds ids, amounts and closed words, no
/// personal data.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// A wallet is wanted: it was recorded here, or an operator gave it new tries. Opening it may begin.
    WalletRequested {
        /// Whose wallet.
        user_id: UserId,
    },
    /// The issuer has opened the wallet.
    WalletOpened {
        /// Whose wallet.
        user_id: UserId,
        /// The issuer's id of it.
        wallet_id: WalletId,
    },
    /// All tries to open the wallet failed: an operator must look.
    WalletFailed {
        /// Whose wallet.
        user_id: UserId,
    },
    /// Money came in: it is to be loaded at the issuer too.
    WalletCredited {
        /// Whose wallet.
        user_id: UserId,
        /// The transfer.
        transfer_id: TransferId,
        /// How much, in paise, more than 0.
        amount_paise: Paise,
        /// Who gave it.
        source: Source,
        /// The transfer's reference, which the issuer is given as the id of the load.
        reference: Reference,
    },
    /// Money was spent.
    WalletSpent {
        /// Whose wallet.
        user_id: UserId,
        /// The transfer.
        transfer_id: TransferId,
        /// How much, in paise, more than 0.
        amount_paise: Paise,
        /// On what.
        purpose: Purpose,
        /// The transfer's reference.
        reference: Reference,
        /// The order it paid, if it paid one.
        order: Option<OrderRef>,
    },
    /// Money that had been spent came back.
    WalletRefunded {
        /// Whose wallet.
        user_id: UserId,
        /// The transfer that brought it back.
        transfer_id: TransferId,
        /// How much, in paise, more than 0.
        amount_paise: Paise,
        /// The transfer's reference.
        reference: Reference,
        /// The reference of the spending.
        spend: Reference,
    },
    /// A transfer was wrong and has been undone.
    TransferReversed {
        /// Whose wallet.
        user_id: UserId,
        /// The transfer that undid it.
        transfer_id: TransferId,
        /// What it did to the wallet, in paise: less than 0 took money away.
        amount_paise: Paise,
        /// The transfer's reference.
        reference: Reference,
        /// The reference of the transfer that was undone.
        reversed: Reference,
    },
}
