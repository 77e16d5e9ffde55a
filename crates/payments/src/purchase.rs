//! What an order pays for, and within which bounds.

use kernel::{Detail, Entry, Fault, Paise, catalogue};

/// The least a wallet can be topped up with: payment partners refuse less than a rupee.
pub const TOPUP_MIN: Paise = Paise::rupees(1);

/// The most one order can ask for: the largest balance a prepaid instrument with full KYC may hold (RBI master
/// direction on prepaid payment instruments, 2021). What this wallet has room for is asked of it beforehand.
pub const TOPUP_MAX: Paise = Paise::rupees(200_000);

/// The kinds of things that can be bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Kind {
    /// Money into the payer's own health wallet.
    WalletTopup,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 1] = [Self::WalletTopup];

    /// The word clients and tables know it by.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::WalletTopup => "WALLET_TOPUP",
        }
    }

    /// The kind of that word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// A thing to be bought, fixed when its order is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purchase {
    /// Money into the payer's own health wallet.
    WalletTopup {
        /// How much.
        amount: Paise,
    },
}

/// The amount is not one an order can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the amount is outside what one order may ask for")]
pub struct AmountError;

impl Fault for AmountError {
    fn entry(&self) -> Entry {
        catalogue::INVALID_AMOUNT
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        vec![("field", "amount".into()), ("min", TOPUP_MIN.get().into()), ("max", TOPUP_MAX.get().into())]
    }
}

impl Purchase {
    /// A top-up of so many paise.
    ///
    /// # Errors
    /// When it is not within [`TOPUP_MIN`] and [`TOPUP_MAX`].
    pub fn wallet_topup(paise: i64) -> Result<Self, AmountError> {
        let amount = Paise::new(paise);
        if (TOPUP_MIN..=TOPUP_MAX).contains(&amount) {
            Ok(Self::WalletTopup { amount })
        } else {
            Err(AmountError)
        }
    }

    /// What kind of thing it is.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::WalletTopup { .. } => Kind::WalletTopup,
        }
    }

    /// What it costs.
    #[must_use]
    pub const fn amount(&self) -> Paise {
        match self {
            Self::WalletTopup { amount } => *amount,
        }
    }

    /// What the payment page calls it.
    #[must_use]
    pub const fn description(&self) -> &'static str {
        match self {
            Self::WalletTopup { .. } => "Health wallet top-up",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topup_has_bounds() {
        for wrong in [i64::MIN, -1, 0, 99, 20_000_001, i64::MAX] {
            assert_eq!(Purchase::wallet_topup(wrong), Err(AmountError), "{wrong}");
        }
        for right in [100, 25_000, 20_000_000] {
            assert_eq!(Purchase::wallet_topup(right).unwrap().amount(), Paise::new(right));
        }
        assert_eq!(AmountError.entry().code, "INVALID_AMOUNT");
    }

    #[test]
    fn a_kind_is_spelled_one_way() {
        for kind in Kind::ALL {
            assert_eq!(Kind::from_word(kind.word()), Some(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.word());
        }
        assert_eq!(Kind::from_word("wallet_topup"), None);
    }
}
