//! A transfer: money that leaves one account and enters another, by the same amount, for ever.

use crate::{Event, LimitExceeded};
use crate::{Limits, Purpose, Reference, Source, TransferId};
use kernel::{Detail, Entry, Fault, News, OrderRef, Paise, UserId, catalogue};
use time::OffsetDateTime;

/// The most one transfer may move: ₹1,00,00,000, far above every wallet's limit.
pub const TRANSFER_MAX: Paise = Paise::rupees(10_000_000);

/// An account of ours, on the other side of every movement of a wallet. Its balance is not kept but summed
/// when it is asked for, so that no row is written by everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HouseAccount {
    /// Payments taken through Juspay.
    JuspayClearing,
    /// What employers give.
    EmployerFunding,
    /// What platforms give.
    PlatformFunding,
    /// What relatives give.
    FamilyFunding,
    /// What customers leave as tips.
    TipFunding,
    /// What sponsors give.
    SponsorFunding,
    /// What public schemes give.
    GovernmentFunding,
    /// What is paid out to doctors, pharmacies, insurers, hospitals and laboratories.
    HealthPayouts,
}

impl HouseAccount {
    /// Every house account.
    pub const ALL: [Self; 8] = [
        Self::JuspayClearing,
        Self::EmployerFunding,
        Self::PlatformFunding,
        Self::FamilyFunding,
        Self::TipFunding,
        Self::SponsorFunding,
        Self::GovernmentFunding,
        Self::HealthPayouts,
    ];

    /// Its one spelling in tables and logs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::JuspayClearing => "juspay_clearing",
            Self::EmployerFunding => "employer_funding",
            Self::PlatformFunding => "platform_funding",
            Self::FamilyFunding => "family_funding",
            Self::TipFunding => "tip_funding",
            Self::SponsorFunding => "sponsor_funding",
            Self::GovernmentFunding => "government_funding",
            Self::HealthPayouts => "health_payouts",
        }
    }
}

/// What kind of transfer it is, as a history shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TransferKind {
    /// The holder paid money in.
    Topup,
    /// Somebody else gave money.
    Contribution,
    /// Money was spent on health care.
    Spend,
    /// Money that had been spent came back.
    Refund,
    /// A wrong transfer was undone.
    Reversal,
}

impl TransferKind {
    /// Its one spelling on the wire and in tables.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Topup => "topup",
            Self::Contribution => "contribution",
            Self::Spend => "spend",
            Self::Refund => "refund",
            Self::Reversal => "reversal",
        }
    }

    /// Reads the word a table holds.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Topup, Self::Contribution, Self::Spend, Self::Refund, Self::Reversal]
            .into_iter()
            .find(|kind| kind.word() == word)
    }

    /// Whether it brings new money in, which limits are measured against.
    #[must_use]
    pub const fn is_load(self) -> bool {
        match self {
            Self::Topup | Self::Contribution => true,
            Self::Spend | Self::Refund | Self::Reversal => false,
        }
    }
}

/// An amount that may be moved: more than nothing and no more than [`TRANSFER_MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(Paise);

/// The amount is nothing, negative, or more than one transfer may move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an amount one transfer may move")]
pub struct AmountError;

impl Fault for AmountError {
    fn entry(&self) -> Entry {
        catalogue::INVALID_AMOUNT
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        vec![("field", "amount".into()), ("minimum", 1.into()), ("maximum", TRANSFER_MAX.get().into())]
    }
}

impl Amount {
    /// Types an amount.
    ///
    /// # Errors
    /// When it is nothing, negative, or more than [`TRANSFER_MAX`].
    pub fn parse(paise: Paise) -> Result<Self, AmountError> {
        if paise.is_positive() && paise <= TRANSFER_MAX { Ok(Self(paise)) } else { Err(AmountError) }
    }

    /// The amount, more than 0.
    #[must_use]
    pub const fn paise(self) -> Paise {
        self.0
    }

    /// The amount taken away.
    #[must_use]
    pub const fn negated(self) -> Paise {
        Paise::new(self.0.get().saturating_neg())
    }
}

/// How money came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CreditKind {
    /// The holder, or somebody for them, paid through Juspay.
    Topup,
    /// A funder gave it out of what they had prefunded.
    Contribution,
}

/// Why a wallet's balance changes, with what only that reason carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// New money comes in, within the limits of the holder's level.
    Credit {
        /// How.
        kind: CreditKind,
        /// From whom.
        source: Source,
        /// The limits in force; which level's apply is read where the money moves.
        limits: Limits,
    },
    /// Money goes out for health care.
    Spend {
        /// On what.
        purpose: Purpose,
    },
    /// Part or all of what was spent comes back, whatever the limits say: it was within them before.
    Refund {
        /// The spending; all its corrections together never exceed it.
        of: Transfer,
    },
    /// A wrong transfer is undone whole, once, if none of it has been corrected before.
    Reversal {
        /// The wrong one.
        of: Transfer,
    },
}

/// A movement of one wallet's money: the fact handed to the ledger, with its news.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Movement {
    /// The id it gets if it is new.
    pub transfer_id: TransferId,
    /// Whose wallet.
    pub user_id: UserId,
    /// What makes it happen once.
    pub reference: Reference,
    /// How much, whichever way it goes.
    pub amount: Amount,
    /// Why.
    pub deed: Deed,
    /// The order it belongs to.
    pub order: Option<OrderRef>,
    /// When.
    pub at: OffsetDateTime,
    /// What is told if it is new.
    pub news: News<Event>,
}

impl Movement {
    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> TransferKind {
        match &self.deed {
            Deed::Credit { kind: CreditKind::Topup, .. } => TransferKind::Topup,
            Deed::Credit { kind: CreditKind::Contribution, .. } => TransferKind::Contribution,
            Deed::Spend { .. } => TransferKind::Spend,
            Deed::Refund { .. } => TransferKind::Refund,
            Deed::Reversal { .. } => TransferKind::Reversal,
        }
    }

    /// What it does to the wallet's balance.
    #[must_use]
    pub fn signed(&self) -> Paise {
        let incoming = match &self.deed {
            Deed::Credit { .. } | Deed::Refund { .. } => true,
            Deed::Spend { .. } => false,
            Deed::Reversal { of } => !of.amount.is_positive(),
        };
        if incoming { self.amount.paise() } else { self.amount.negated() }
    }

    /// The account of ours on the other side.
    #[must_use]
    pub const fn house(&self) -> HouseAccount {
        match &self.deed {
            Deed::Credit { kind: CreditKind::Topup, .. } => HouseAccount::JuspayClearing,
            Deed::Credit { kind: CreditKind::Contribution, source, .. } => funded_by(*source),
            Deed::Spend { .. } => HouseAccount::HealthPayouts,
            Deed::Refund { of } | Deed::Reversal { of } => of.house,
        }
    }

    /// From whom the money is, where that is told.
    #[must_use]
    pub const fn source(&self) -> Option<Source> {
        match &self.deed {
            Deed::Credit { source, .. } => Some(*source),
            Deed::Spend { .. } => None,
            Deed::Refund { of } | Deed::Reversal { of } => of.source,
        }
    }

    /// On what it is spent, where that is told.
    #[must_use]
    pub const fn purpose(&self) -> Option<Purpose> {
        match &self.deed {
            Deed::Credit { .. } => None,
            Deed::Spend { purpose } => Some(*purpose),
            Deed::Refund { of } | Deed::Reversal { of } => of.purpose,
        }
    }

    /// The transfer it corrects.
    #[must_use]
    pub const fn corrects(&self) -> Option<TransferId> {
        match &self.deed {
            Deed::Credit { .. } | Deed::Spend { .. } => None,
            Deed::Refund { of } | Deed::Reversal { of } => Some(of.id),
        }
    }

    /// The limits it must keep to; corrections and spending are exempt.
    #[must_use]
    pub const fn limits(&self) -> Option<&Limits> {
        match &self.deed {
            Deed::Credit { limits, .. } => Some(limits),
            Deed::Spend { .. } | Deed::Refund { .. } | Deed::Reversal { .. } => None,
        }
    }
}

/// What a contribution is booked against.
const fn funded_by(source: Source) -> HouseAccount {
    match source {
        Source::Own => HouseAccount::JuspayClearing,
        Source::Employer => HouseAccount::EmployerFunding,
        Source::Platform => HouseAccount::PlatformFunding,
        Source::Family => HouseAccount::FamilyFunding,
        Source::Tip => HouseAccount::TipFunding,
        Source::Sponsor => HouseAccount::SponsorFunding,
        Source::Government => HouseAccount::GovernmentFunding,
    }
}

impl HouseAccount {
    /// Reads the word a table holds.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|house| house.word() == word)
    }
}

/// A transfer as the ledger holds it, seen from the wallet it moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// Which one.
    pub id: TransferId,
    /// Its kind.
    pub kind: TransferKind,
    /// What it did to the wallet's balance.
    pub amount: Paise,
    /// The account of ours on the other side.
    pub house: HouseAccount,
    /// From whom the money is.
    pub source: Option<Source>,
    /// On what it was spent.
    pub purpose: Option<Purpose>,
    /// The order it belongs to.
    pub order: Option<OrderRef>,
    /// What makes it happen once.
    pub reference: Reference,
}

/// What a ledger gives for a movement that is in its books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The transfer; of an earlier call, if this one repeated it.
    pub transfer_id: TransferId,
    /// What the wallet held right after it.
    pub balance_after: Paise,
    /// When it was booked: the movement's instant, or the last booking's of this wallet if that was later.
    pub booked_at: OffsetDateTime,
}

/// What became of a reference that was to be refused for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Nothing will ever be booked under it.
    Refused,
    /// A transfer has it: it is booked, and stays so.
    Booked,
}

/// What became of a movement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Booking {
    /// It is booked, with its news.
    Booked(Receipt),
    /// It had been booked before, with the same content; nothing moved now.
    Repeated(Receipt),
    /// Its reference belongs to a transfer of other content; nothing moved.
    ReferenceReused,
    /// Its reference was refused for ever; nothing moved, and nothing will.
    Refused,
    /// The person has no wallet.
    NoWallet,
    /// The wallet is not open, or its issuer has stopped it.
    NotReady,
    /// The wallet holds less than what was to leave it.
    Insufficient {
        /// What it holds.
        available: Paise,
    },
    /// A limit stands in the way.
    OverLimit(LimitExceeded),
    /// The corrections of a transfer would exceed it.
    OverCorrected {
        /// How much of it is not corrected yet.
        remaining: Paise,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_positive_and_bounded() {
        for wrong in [Paise::ZERO, Paise::new(-1), Paise::new(TRANSFER_MAX.get() + 1), Paise::new(i64::MAX)] {
            assert_eq!(Amount::parse(wrong), Err(AmountError), "{wrong}");
        }
        assert_eq!(Amount::parse(TRANSFER_MAX).map(Amount::paise), Ok(TRANSFER_MAX));
        assert_eq!(Amount::parse(Paise::new(1)).map(Amount::negated), Ok(Paise::new(-1)));
    }

    #[test]
    fn every_word_reads_back() {
        for house in HouseAccount::ALL {
            assert_eq!(HouseAccount::from_word(house.word()), Some(house));
        }
        for kind in ["topup", "contribution", "spend", "refund", "reversal"] {
            assert_eq!(TransferKind::from_word(kind).map(TransferKind::word), Some(kind));
        }
    }
}
