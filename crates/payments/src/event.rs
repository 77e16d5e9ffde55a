//! What other domains may hear from this one.

use crate::Kind;
use kernel::{OrderRef, Paise, UserId};

/// Something happened to an order's money that others may act on.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// The money was captured and is ours: give what was paid for.
    OrderPaid {
        /// The order.
        order_id: OrderRef,
        /// Who paid.
        user_id: UserId,
        /// What for.
        kind: Kind,
        /// How much.
        amount_paise: Paise,
    },
    /// Paying failed and the time to pay is over. A late payment can still follow.
    OrderFailed {
        /// The order.
        order_id: OrderRef,
        /// Who would have paid.
        user_id: UserId,
        /// What for.
        kind: Kind,
        /// How much.
        amount_paise: Paise,
    },
    /// Nobody paid in time. A late payment can still follow.
    OrderExpired {
        /// The order.
        order_id: OrderRef,
        /// Who would have paid.
        user_id: UserId,
        /// What for.
        kind: Kind,
        /// How much.
        amount_paise: Paise,
    },
    /// Money went back to where it came from.
    OrderRefunded {
        /// The order.
        order_id: OrderRef,
        /// Who had paid.
        user_id: UserId,
        /// What for.
        kind: Kind,
        /// How much went back.
        amount_paise: Paise,
    },
}

impl Event {
    /// The one word for it; each happens to an order at most once.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::OrderPaid { .. } => "PAID",
            Self::OrderFailed { .. } => "FAILED",
            Self::OrderExpired { .. } => "EXPIRED",
            Self::OrderRefunded { .. } => "REFUNDED",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn an_event_reads_back_as_it_was_queued() {
        let event = Event::OrderPaid {
            order_id: OrderRef::parse("AAR1").unwrap(),
            user_id: UserId::new(Uuid::nil()),
            kind: Kind::WalletTopup,
            amount_paise: Paise::new(25_000),
        };
        let queued = serde_json::to_value(&event).unwrap();
        assert_eq!(
            queued,
            serde_json::json!({
                "type": "order_paid", "order_id": "AAR1", "user_id": Uuid::nil(),
                "kind": "WALLET_TOPUP", "amount_paise": 25_000
            })
        );
        assert_eq!(serde_json::from_value::<Event>(queued).unwrap(), event);
    }
}
