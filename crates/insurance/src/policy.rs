//! A policy: a cover that somebody wants, and what became of it. A state carries what exists in it and nothing else.

use crate::{Insured, Plan, Premium, Quote, QuoteHash, QuoteId};
use kernel::{Env, OrderRef, UserId};
use time::{Date, Duration, OffsetDateTime};

kernel::id! {
    /// A policy. The insurer is asked to issue it under this id, so that asking again never makes a second.
    PolicyId
}

/// How long after the end of a price its payment may still arrive: a payment begun in time can be late at a bank.
pub const PAYMENT_GRACE: Duration = Duration::days(1);

/// How long the holder may take to give a policy back for their money (IRDAI's regulations for protecting policyholders,
/// 2024).
pub const FREE_LOOK: Duration = Duration::days(30);

/// The insurer's own number of a policy: 1–40 letters, digits, hyphens and slashes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PolicyNumber(String);

/// A cover and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Its name, here and at the insurer.
    pub id: PolicyId,
    /// Who buys it, and is the policyholder.
    pub user_id: UserId,
    /// The quote whose price it has: one quote makes one policy.
    pub quote_id: QuoteId,
    /// The plan, in the version that was quoted.
    pub plan: Plan,
    /// Whom it covers, as they were when it was proposed.
    pub insured: Insured,
    /// What it costs.
    pub premium: Premium,
    /// Proof of how that was worked out.
    pub quote_hash: QuoteHash,
    /// Until when the price holds.
    pub price_until: OffsetDateTime,
    /// What became of it.
    pub state: PolicyState,
    /// Since when it was wanted.
    pub proposed_at: OffsetDateTime,
    /// When its state last changed.
    pub updated_at: OffsetDateTime,
    /// Counts changes: whoever decides on an old version has to decide again.
    pub version: i64,
}

/// What became of a policy. It only moves forward: see [`may_follow`](PolicyState::may_follow).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PolicyState {
    /// Wanted, and not paid for.
    Proposed,
    /// Paid for; the insurer is to issue it.
    Issuing(Sale),
    /// Issued.
    Active {
        /// What paid for it.
        sale: Sale,
        /// What the insurer issued.
        issued: Issued,
    },
    /// It will never be issued; the money is to go back.
    IssueFailed {
        /// What paid for it.
        sale: Sale,
        /// Why.
        failure: IssueFailure,
    },
    /// It was never issued and the money went back.
    Refunded {
        /// What had paid for it.
        sale: Sale,
        /// Why it was not issued.
        failure: IssueFailure,
    },
}

/// The payment that a policy was bought with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sale {
    /// The order.
    pub order: OrderRef,
    /// When it was known to be paid: cover begins on this day.
    pub paid_at: OffsetDateTime,
}

/// What the insurer issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    /// Its number of the policy.
    pub number: PolicyNumber,
    /// The first day of cover.
    pub starts_on: Date,
    /// The last day of cover.
    pub ends_on: Date,
    /// When it was known to be issued.
    pub at: OffsetDateTime,
}

/// Why a paid policy was not issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IssueFailure {
    /// The insurer refused.
    Refused,
    /// The insurer took too long, and it was withdrawn.
    NotInTime,
}

/// A policy's state in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PolicyStatus {
    /// Wanted.
    Proposed,
    /// Paid for.
    Issuing,
    /// In force.
    Active,
    /// Never to be issued.
    IssueFailed,
    /// The money went back.
    Refunded,
}

impl PolicyStatus {
    /// Every status.
    pub const ALL: [Self; 5] =
        [Self::Proposed, Self::Issuing, Self::Active, Self::IssueFailed, Self::Refunded];

    /// The word clients and tables know it by.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Proposed => "PROPOSED",
            Self::Issuing => "ISSUING",
            Self::Active => "ACTIVE",
            Self::IssueFailed => "ISSUE_FAILED",
            Self::Refunded => "REFUNDED",
        }
    }

    /// The status of that word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.word() == word)
    }
}

impl IssueFailure {
    /// Every reason.
    pub const ALL: [Self; 2] = [Self::Refused, Self::NotInTime];

    /// The word clients and tables know it by.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Refused => "REFUSED_BY_INSURER",
            Self::NotInTime => "NOT_ISSUED_IN_TIME",
        }
    }

    /// The reason of that word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.word() == word)
    }
}

impl PolicyNumber {
    /// Types an insurer's number.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'/');
        let fits = (1..=40).contains(&text.len()) && text.bytes().all(is_plain);
        fits.then(|| Self(text.to_owned()))
    }

    /// The number.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl PolicyState {
    /// The one word for it.
    #[must_use]
    pub const fn status(&self) -> PolicyStatus {
        match self {
            Self::Proposed => PolicyStatus::Proposed,
            Self::Issuing(_) => PolicyStatus::Issuing,
            Self::Active { .. } => PolicyStatus::Active,
            Self::IssueFailed { .. } => PolicyStatus::IssueFailed,
            Self::Refunded { .. } => PolicyStatus::Refunded,
        }
    }

    /// What paid for it, once something did.
    #[must_use]
    pub const fn sale(&self) -> Option<&Sale> {
        match self {
            Self::Proposed => None,
            Self::Issuing(sale)
            | Self::Active { sale, .. }
            | Self::IssueFailed { sale, .. }
            | Self::Refunded { sale, .. } => Some(sale),
        }
    }

    /// What was issued, if it was.
    #[must_use]
    pub const fn issued(&self) -> Option<&Issued> {
        match self {
            Self::Active { issued, .. } => Some(issued),
            Self::Proposed | Self::Issuing(_) | Self::IssueFailed { .. } | Self::Refunded { .. } => None,
        }
    }

    /// Why it was not issued, if that is known.
    #[must_use]
    pub const fn failure(&self) -> Option<IssueFailure> {
        match self {
            Self::IssueFailed { failure, .. } | Self::Refunded { failure, .. } => Some(*failure),
            Self::Proposed | Self::Issuing(_) | Self::Active { .. } => None,
        }
    }

    /// Whether it may follow on `before`: a policy is paid for once, issued or not, and what was never issued is refunded.
    #[must_use]
    pub fn may_follow(&self, before: &Self) -> bool {
        match (before, self) {
            (Self::Proposed, Self::Issuing(_)) => true,
            (Self::Issuing(paid), Self::Active { sale, .. } | Self::IssueFailed { sale, .. }) => paid == sale,
            (Self::IssueFailed { sale: paid, failure: known }, Self::Refunded { sale, failure }) => {
                paid == sale && known == failure
            }
            (
                Self::Proposed
                | Self::Issuing(_)
                | Self::Active { .. }
                | Self::IssueFailed { .. }
                | Self::Refunded { .. },
                Self::Proposed
                | Self::Issuing(_)
                | Self::Active { .. }
                | Self::IssueFailed { .. }
                | Self::Refunded { .. },
            ) => false,
        }
    }

    /// Whether no other policy of the same plan can be the same person's beside it.
    #[must_use]
    pub const fn is_live(&self) -> bool {
        match self {
            Self::Issuing(_) | Self::Active { .. } => true,
            Self::Proposed | Self::IssueFailed { .. } | Self::Refunded { .. } => false,
        }
    }
}

impl Issued {
    /// Until when the holder may give the policy back for their money: the last day of the [free look](FREE_LOOK).
    #[must_use]
    pub fn free_look_until(&self) -> Date {
        kernel::business_day(self.at).saturating_add(FREE_LOOK)
    }
}

impl Policy {
    /// A policy that somebody wants for the price of `quote`.
    #[must_use]
    pub fn proposed(quote: Quote, plan: Plan, insured: Insured, env: &Env) -> Self {
        let now = env.now();
        Self {
            id: PolicyId::generate(env),
            user_id: quote.user_id,
            quote_id: quote.id,
            plan,
            insured,
            premium: quote.premium,
            quote_hash: quote.hash,
            price_until: quote.valid_until,
            state: PolicyState::Proposed,
            proposed_at: now,
            updated_at: now,
            version: 1,
        }
    }

    /// Its state in one word.
    #[must_use]
    pub const fn status(&self) -> PolicyStatus {
        self.state.status()
    }

    /// Whether a payment of that instant still buys it: until some [grace](PAYMENT_GRACE) after the price ended.
    #[must_use]
    pub fn is_bought_by_payment_at(&self, paid_at: OffsetDateTime) -> bool {
        paid_at < self.price_until.saturating_add(PAYMENT_GRACE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::policy;
    use time::macros::{date, datetime};

    #[test]
    fn words_read_back() {
        for status in PolicyStatus::ALL {
            assert_eq!(PolicyStatus::from_word(status.word()), Some(status));
        }
        for failure in IssueFailure::ALL {
            assert_eq!(IssueFailure::from_word(failure.word()), Some(failure));
        }
    }

    #[test]
    fn a_number_is_plain() {
        assert!(PolicyNumber::parse("NHI/2026/0000123-1").is_some());
        for wrong in ["", "NHI 1", "NHI_1", "पॉलिसी", &"9".repeat(41)] {
            assert_eq!(PolicyNumber::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_policy_is_bought_once_and_issued_or_refunded() {
        let paid_at = datetime!(2026-01-15 12:00 UTC);
        let sale = |order| Sale { order: OrderRef::parse(order).unwrap(), paid_at };
        let issued = Issued {
            number: PolicyNumber::parse("N1").unwrap(),
            starts_on: date!(2026 - 01 - 15),
            ends_on: date!(2027 - 01 - 14),
            at: datetime!(2026-01-15 20:00 UTC),
        };
        assert_eq!(issued.free_look_until(), date!(2026 - 02 - 15), "from the day it was in India");
        let (refused, late) = (IssueFailure::Refused, IssueFailure::NotInTime);
        let states = [
            PolicyState::Proposed,
            PolicyState::Issuing(sale("A1")),
            PolicyState::Active { sale: sale("A1"), issued: issued.clone() },
            PolicyState::IssueFailed { sale: sale("A1"), failure: refused },
            PolicyState::Refunded { sale: sale("A1"), failure: refused },
        ];
        let allowed = [(0, 1), (1, 2), (1, 3), (3, 4)];
        for (before, one) in states.iter().enumerate() {
            for (after, other) in states.iter().enumerate() {
                assert_eq!(other.may_follow(one), allowed.contains(&(before, after)), "{one:?} {other:?}");
            }
        }
        let others = [
            (&states[1], PolicyState::Active { sale: sale("A2"), issued }),
            (&states[1], PolicyState::IssueFailed { sale: sale("A2"), failure: late }),
            (&states[3], PolicyState::Refunded { sale: sale("A1"), failure: late }),
        ];
        for (before, after) in others {
            assert!(!after.may_follow(before), "{after:?}");
        }
    }

    #[test]
    fn a_late_payment_buys_for_another_day() {
        let policy = policy();
        let last = policy.price_until.saturating_add(Duration::days(1));
        assert!(policy.is_bought_by_payment_at(last.saturating_sub(Duration::NANOSECOND)));
        assert!(!policy.is_bought_by_payment_at(last));
    }
}
