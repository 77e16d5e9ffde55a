//! A wallet as it is answered.

use crate::spec::examples::{USER_ID, WALLET_ID};
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

/// The wallet of a person.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Wallet")]
pub(crate) struct Summary {
    /// Whose it is.
    #[schemars(example = USER_ID)]
    user_id: Uuid,
    /// The issuer's id of the wallet; `null` until it is `COMPLETED`.
    #[schemars(example = WALLET_ID)]
    transcorp_wallet_id: Option<String>,
    /// What it holds, in paise.
    #[schemars(example = 125_000)]
    balance: i64,
    /// Always `INR`.
    #[schemars(with = "crate::spec::words::Currency", example = &"INR")]
    currency: &'static str,
    /// How far it is on its way to being open.
    #[schemars(with = "crate::spec::words::WalletStatus", example = &"COMPLETED")]
    wallet_status: &'static str,
    /// Whether the issuer lets it be used.
    #[schemars(with = "crate::spec::words::IssuerStatus", example = &"ACTIVE")]
    wallet_status_transcorp: &'static str,
}

impl From<&wallet::Wallet> for Summary {
    fn from(wallet: &wallet::Wallet) -> Self {
        Self {
            user_id: wallet.user_id.uuid(),
            transcorp_wallet_id: wallet.wallet_id().map(|id| id.as_str().to_owned()),
            balance: wallet.balance.get(),
            currency: "INR",
            wallet_status: wallet.provisioning.word(),
            wallet_status_transcorp: wallet.issuer_status().word(),
        }
    }
}
