//! What an order pays for, and within which bounds.

use kernel::{Detail, Entry, Fault, Paise, catalogue, uuid::Uuid};
use std::ops::RangeInclusive;

/// The least a wallet can be topped up with: payment partners refuse less than a rupee.
pub const TOPUP_MIN: Paise = Paise::rupees(1);

/// The most one order can ask for: the largest balance a prepaid instrument with full KYC may hold (RBI master
/// direction on prepaid payment instruments, 2021). What this wallet has room for is asked of it beforehand.
pub const TOPUP_MAX: Paise = Paise::rupees(200_000);

/// The most an insurance premium can be paid with at once: ₹1,00,00,000, far beyond any plan and within what every
/// payment partner can write.
const PREMIUM_MAX: Paise = Paise::rupees(10_000_000);

/// The kinds of things that can be bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Kind {
    /// Money into the payer's own health wallet.
    WalletTopup,
    /// A policy, for the premium it was quoted at.
    InsurancePurchase,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::WalletTopup, Self::InsurancePurchase];

    /// The word clients and tables know it by.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::WalletTopup => "WALLET_TOPUP",
            Self::InsurancePurchase => "INSURANCE_PURCHASE",
        }
    }

    /// The kind of that word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// How an order is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// Through the payment partner.
    Juspay,
    /// From the payer's own health wallet.
    Wallet,
}

impl Method {
    /// Every method.
    pub const ALL: [Self; 2] = [Self::Juspay, Self::Wallet];

    /// The word clients and tables know it by.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Juspay => "JUSPAY",
            Self::Wallet => "WALLET",
        }
    }

    /// The method of that word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.word() == word)
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
    /// The policy that was quoted.
    InsurancePurchase {
        /// The quote, as the domain that gave it names it.
        quote_id: Uuid,
        /// The premium.
        amount: Paise,
        /// How it is paid.
        method: Method,
    },
}

/// The amount is not one an order can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the amount is outside what one order may ask for")]
pub struct AmountError {
    min: Paise,
    max: Paise,
}

impl Fault for AmountError {
    fn entry(&self) -> Entry {
        catalogue::INVALID_AMOUNT
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        vec![("field", "amount".into()), ("min", self.min.get().into()), ("max", self.max.get().into())]
    }
}

impl Purchase {
    /// A top-up of so many paise.
    ///
    /// # Errors
    /// When it is not within [`TOPUP_MIN`] and [`TOPUP_MAX`].
    pub fn wallet_topup(paise: i64) -> Result<Self, AmountError> {
        let amount = within(Paise::new(paise), TOPUP_MIN..=TOPUP_MAX)?;
        Ok(Self::WalletTopup { amount })
    }

    /// The policy quoted under `quote_id`, for its premium.
    ///
    /// # Errors
    /// When the premium is less than a rupee, or more than one order can ask for.
    pub fn insurance(quote_id: Uuid, premium: Paise, method: Method) -> Result<Self, AmountError> {
        let amount = within(premium, TOPUP_MIN..=PREMIUM_MAX)?;
        Ok(Self::InsurancePurchase { quote_id, amount, method })
    }

    /// What kind of thing it is.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::WalletTopup { .. } => Kind::WalletTopup,
            Self::InsurancePurchase { .. } => Kind::InsurancePurchase,
        }
    }

    /// How it is paid: a wallet is not topped up from itself.
    #[must_use]
    pub const fn method(&self) -> Method {
        match self {
            Self::WalletTopup { .. } => Method::Juspay,
            Self::InsurancePurchase { method, .. } => *method,
        }
    }

    /// What it costs.
    #[must_use]
    pub const fn amount(&self) -> Paise {
        match self {
            Self::WalletTopup { amount } | Self::InsurancePurchase { amount, .. } => *amount,
        }
    }

    /// What the payment page calls it.
    #[must_use]
    pub const fn description(&self) -> &'static str {
        match self {
            Self::WalletTopup { .. } => "Health wallet top-up",
            Self::InsurancePurchase { .. } => "Health insurance premium",
        }
    }
}

fn within(amount: Paise, bounds: RangeInclusive<Paise>) -> Result<Paise, AmountError> {
    let fits = bounds.contains(&amount);
    fits.then_some(amount).ok_or(AmountError { min: *bounds.start(), max: *bounds.end() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topup_has_bounds() {
        for wrong in [i64::MIN, -1, 0, 99, 20_000_001, i64::MAX] {
            let refused = Purchase::wallet_topup(wrong).unwrap_err();
            assert_eq!(refused.details()[2], ("max", Detail::Number(20_000_000)), "{wrong}");
        }
        for right in [100, 25_000, 20_000_000] {
            assert_eq!(Purchase::wallet_topup(right).unwrap().amount(), Paise::new(right));
        }
    }

    #[test]
    fn a_premium_has_other_bounds() {
        let quote_id = Uuid::from_u128(7);
        for wrong in [99, 1_000_000_001] {
            let refused = Purchase::insurance(quote_id, Paise::new(wrong), Method::Juspay).unwrap_err();
            assert_eq!(refused.entry().code, "INVALID_AMOUNT", "{wrong}");
        }
        let bought = Purchase::insurance(quote_id, Paise::new(775_000), Method::Wallet).unwrap();
        assert_eq!((bought.kind(), bought.amount()), (Kind::InsurancePurchase, Paise::new(775_000)));
    }

    #[test]
    fn a_kind_is_spelled_one_way() {
        for kind in Kind::ALL {
            assert_eq!(Kind::from_word(kind.word()), Some(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.word());
        }
        assert_eq!(Kind::from_word("wallet_topup"), None);
        for method in Method::ALL {
            assert_eq!(Method::from_word(method.word()), Some(method));
        }
    }
}
