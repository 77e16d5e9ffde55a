//! An order: one wish to pay, its number, its state and when to look at it again.

use crate::{
    Attention, FailureReason, Fulfilment, IdempotencyKey, Kind, Method, Purchase, Refund, State,
    order_number, schedule::next_check, session::SESSION_LIFETIME,
};
use kernel::{Env, OrderRef, Paise, UserId};
use time::OffsetDateTime;

kernel::id! {
    /// The place of an order in lists: ordered by when it was opened. Clients know an order by its number.
    OrderRowId
}

/// The state of an order in one word, as clients know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// No attempt to pay is known.
    Created,
    /// The customer is paying.
    Pending,
    /// The money was captured.
    Success,
    /// Paying failed and the time is over.
    Failed,
    /// Nobody paid in time.
    Expired,
    /// The money is on its way back.
    RefundPending,
    /// The money went back.
    Refunded,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 7] = [
        Self::Created,
        Self::Pending,
        Self::Success,
        Self::Failed,
        Self::Expired,
        Self::RefundPending,
        Self::Refunded,
    ];

    /// The word clients and tables know it by.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Created => "CREATED",
            Self::Pending => "PENDING",
            Self::Success => "SUCCESS",
            Self::Failed => "FAILED",
            Self::Expired => "EXPIRED",
            Self::RefundPending => "REFUND_PENDING",
            Self::Refunded => "REFUNDED",
        }
    }

    /// The status of that word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.word() == word)
    }

    /// Whether the partner's answer is still awaited: such an order always has a next look.
    #[must_use]
    pub const fn is_open(self) -> bool {
        match self {
            Self::Created | Self::Pending | Self::RefundPending => true,
            Self::Success | Self::Failed | Self::Expired | Self::Refunded => false,
        }
    }
}

/// One wish to pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Its place in lists.
    pub row_id: OrderRowId,
    /// Its number, here and at the partner.
    pub order_id: OrderRef,
    /// Who pays.
    pub user_id: UserId,
    /// What for, and how much: fixed when it was opened.
    pub purchase: Purchase,
    /// What became of the money.
    pub state: State,
    /// What the partner charged, where that is not the amount: such an order is never paid, and all an operator can
    /// do about its money is to send it back.
    pub charged: Option<Paise>,
    /// Why an operator must look, if so.
    pub attention: Option<Attention>,
    /// When it was opened.
    pub opened_at: OffsetDateTime,
    /// Until when it can be paid.
    pub expires_at: OffsetDateTime,
    /// When its state or attention last changed.
    pub updated_at: OffsetDateTime,
    /// When the partner last answered for it.
    pub looked_at: Option<OffsetDateTime>,
    /// When to ask the partner next, if nobody else does.
    pub next_check_at: Option<OffsetDateTime>,
    /// Counts changes: whoever decides on an old version has to decide again.
    pub version: i64,
}

impl Order {
    /// The order that `user_id` opens under `key`.
    #[must_use]
    pub fn open(user_id: UserId, key: &IdempotencyKey, purchase: Purchase, env: &Env) -> Self {
        let now = env.now();
        Self {
            row_id: OrderRowId::generate(env),
            order_id: order_number(user_id, key),
            user_id,
            purchase,
            state: State::Created,
            charged: None,
            attention: None,
            opened_at: now,
            expires_at: now.saturating_add(SESSION_LIFETIME),
            updated_at: now,
            looked_at: None,
            next_check_at: next_check(now, now),
            version: 1,
        }
    }

    /// How much is to be paid.
    #[must_use]
    pub const fn amount(&self) -> Paise {
        self.purchase.amount()
    }

    /// How much can go back: what was charged.
    #[must_use]
    pub fn captured(&self) -> Paise {
        self.charged.unwrap_or(self.amount())
    }

    /// What kind of thing is paid for.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.purchase.kind()
    }

    /// How it is paid.
    #[must_use]
    pub const fn method(&self) -> Method {
        self.purchase.method()
    }

    /// Its state in one word.
    #[must_use]
    pub const fn status(&self) -> Status {
        self.state.status()
    }

    /// Why paying failed, if it did.
    #[must_use]
    pub const fn failure_reason(&self) -> Option<FailureReason> {
        self.state.failure_reason()
    }

    /// Whether what was paid for was given.
    #[must_use]
    pub fn fulfilment(&self) -> Fulfilment {
        self.state.payment().map_or(Fulfilment::NotStarted, |payment| payment.fulfilment)
    }

    /// What goes or went back.
    #[must_use]
    pub const fn refund(&self) -> Option<&Refund> {
        self.state.refund()
    }

    /// Whether an operator has to look before any payment may count or anything be given.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.attention.is_some_and(Attention::stops_money)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back() {
        for status in Status::ALL {
            assert_eq!(Status::from_word(status.word()), Some(status));
        }
    }
}
