//! An order as its row has it, and back.

use crate::fault::inconsistent;
use ::payments::{
    Attempt, Attention, FailureReason, Fulfilment, Kind, Method, Order, OrderRowId, Payment, Purchase,
    Refund, RefundCause, RefundId, RefundState, State, Status,
};
use kernel::{OrderRef, Paise, StoreError, UserId};
use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;

/// `SELECT` of whole orders from `source`, which names them `o` and goes on with whatever narrows them.
pub(super) fn select(source: &str) -> String {
    format!(
        "SELECT o.row_id, o.order_id, o.user_id, o.kind, o.subject, o.method, o.amount, o.charged, o.status, o.failure_reason, o.paid_at,
                o.fulfilment, o.fulfilment_at, o.refund_amount, o.refund_cause, o.refund_demanded_at,
                o.attention, o.opened_at, o.expires_at, o.updated_at, o.looked_at, o.next_check_at, o.version,
                CASE WHEN o.refund_amount IS NOT NULL THEN (
                    SELECT json_agg(json_build_object(
                               'sequence', a.sequence, 'refund_id', a.refund_id, 'state', a.state,
                               'requested_at_us', (extract(epoch FROM a.requested_at) * 1000000)::bigint
                           ) ORDER BY a.sequence)
                      FROM refund_attempts a WHERE a.order_id = o.order_id
                ) END AS attempts
           FROM {source}"
    )
}

/// A row of [`select`].
#[derive(FromQueryResult)]
pub(super) struct OrderRow {
    row_id: Uuid,
    pub(super) order_id: String,
    user_id: Uuid,
    kind: String,
    subject: Option<Uuid>,
    method: String,
    amount: i64,
    charged: Option<i64>,
    status: String,
    failure_reason: Option<String>,
    paid_at: Option<OffsetDateTime>,
    fulfilment: Option<String>,
    fulfilment_at: Option<OffsetDateTime>,
    refund_amount: Option<i64>,
    refund_cause: Option<String>,
    refund_demanded_at: Option<OffsetDateTime>,
    attention: Option<String>,
    opened_at: OffsetDateTime,
    expires_at: OffsetDateTime,
    updated_at: OffsetDateTime,
    looked_at: Option<OffsetDateTime>,
    next_check_at: Option<OffsetDateTime>,
    version: i64,
    attempts: Option<Value>,
}

/// A try to refund, as it travels between row and program.
#[derive(Serialize, Deserialize)]
struct AttemptRow {
    sequence: u16,
    refund_id: String,
    state: String,
    /// Microseconds since 1970: exactly what the column holds.
    requested_at_us: i64,
}

impl OrderRow {
    /// The order, or that the row contradicts our rules.
    pub(super) fn into_order(self) -> Result<Order, StoreError> {
        let attention = self.attention.as_deref().map(|word| {
            Attention::from_word(word).ok_or_else(|| inconsistent("an order's attention is no word of ours"))
        });
        Ok(Order {
            row_id: OrderRowId::new(self.row_id),
            order_id: number(&self.order_id)?,
            user_id: UserId::new(self.user_id),
            purchase: self.purchase()?,
            state: self.state()?,
            charged: self.charged.map(Paise::new),
            attention: attention.transpose()?,
            opened_at: self.opened_at,
            expires_at: self.expires_at,
            updated_at: self.updated_at,
            looked_at: self.looked_at,
            next_check_at: self.next_check_at,
            version: self.version,
        })
    }

    fn purchase(&self) -> Result<Purchase, StoreError> {
        let amount = Paise::new(self.amount);
        match Kind::from_word(&self.kind) {
            Some(Kind::WalletTopup) => Ok(Purchase::WalletTopup { amount }),
            Some(Kind::InsurancePurchase) => {
                let quote_id = there(self.subject, "an order for a policy names no quote")?;
                let method = there(Method::from_word(&self.method), "an order is paid in no way we know")?;
                Ok(Purchase::InsurancePurchase { quote_id, amount, method })
            }
            None => Err(inconsistent("an order is for nothing we know")),
        }
    }

    fn state(&self) -> Result<State, StoreError> {
        let status = Status::from_word(&self.status);
        Ok(match status.ok_or_else(|| inconsistent("an order's status is no word of ours"))? {
            Status::Created => State::Created,
            Status::Pending => State::Pending { last_failure: self.failure_reason()? },
            Status::Failed => State::Failed(there(self.failure_reason()?, "a failed order has no reason")?),
            Status::Expired => State::Expired,
            Status::Success => State::Paid(there(self.payment()?, "a paid order has no payment")?),
            Status::RefundPending => State::Refunding {
                payment: there(self.payment()?, "a refund has no payment")?,
                refund: self.refund()?,
            },
            Status::Refunded => State::Refunded { payment: self.payment()?, refund: self.refund()? },
        })
    }

    fn failure_reason(&self) -> Result<Option<FailureReason>, StoreError> {
        let Some(word) = self.failure_reason.as_deref() else { return Ok(None) };
        there(FailureReason::from_word(word), "a failure's reason is no word of ours").map(Some)
    }

    fn payment(&self) -> Result<Option<Payment>, StoreError> {
        let (Some(paid_at), Some(word)) = (self.paid_at, self.fulfilment.as_deref()) else {
            return Ok(None);
        };
        let fulfilment = Fulfilment::from_word(word, self.fulfilment_at);
        let fulfilment = there(fulfilment, "a fulfilment is no word of ours, or has no time")?;
        Ok(Some(Payment { paid_at, fulfilment }))
    }

    fn refund(&self) -> Result<Refund, StoreError> {
        let cause = self.refund_cause.as_deref().and_then(RefundCause::from_word);
        let (Some(amount), Some(cause), Some(demanded_at)) =
            (self.refund_amount, cause, self.refund_demanded_at)
        else {
            return Err(inconsistent("an order that is refunded does not say what goes back"));
        };
        let attempts: Vec<AttemptRow> = match &self.attempts {
            None => Vec::new(),
            Some(rows) => serde_json::from_value(rows.clone())
                .map_err(|_| inconsistent("the tries of a refund do not read"))?,
        };
        let attempts = attempts.into_iter().map(Attempt::try_from).collect::<Result<_, _>>()?;
        Ok(Refund { amount: Paise::new(amount), cause, demanded_at, attempts })
    }
}

impl TryFrom<AttemptRow> for Attempt {
    type Error = StoreError;

    fn try_from(row: AttemptRow) -> Result<Self, StoreError> {
        let requested_at =
            OffsetDateTime::from_unix_timestamp_nanos(i128::from(row.requested_at_us).saturating_mul(1_000));
        Ok(Self {
            sequence: row.sequence,
            refund_id: there(RefundId::parse(&row.refund_id), "a refund's number is none")?,
            state: there(RefundState::from_word(&row.state), "a refund's state is no word of ours")?,
            requested_at: requested_at.map_err(|_| inconsistent("a refund's time is none"))?,
        })
    }
}

impl From<&Attempt> for AttemptRow {
    fn from(attempt: &Attempt) -> Self {
        let microseconds = attempt.requested_at.unix_timestamp_nanos() / 1_000;
        Self {
            sequence: attempt.sequence,
            refund_id: attempt.refund_id.as_str().to_owned(),
            state: attempt.state.word().to_owned(),
            requested_at_us: i64::try_from(microseconds).unwrap_or(i64::MAX),
        }
    }
}

/// The tries of a refund, for `json_to_recordset`.
pub(super) fn attempts(refund: Option<&Refund>) -> Result<Value, StoreError> {
    let rows: Vec<AttemptRow> =
        refund.map_or_else(Vec::new, |refund| refund.attempts.iter().map(AttemptRow::from).collect());
    serde_json::to_value(rows).map_err(|error| StoreError::Inconsistent(Box::new(error)))
}

/// What an order names of what it is for, as its column has it.
pub(super) const fn subject(purchase: &Purchase) -> Option<Uuid> {
    match purchase {
        Purchase::WalletTopup { .. } => None,
        Purchase::InsurancePurchase { quote_id, .. } => Some(*quote_id),
    }
}

/// The number of an order as its column has it.
pub(super) fn number(text: &str) -> Result<OrderRef, StoreError> {
    there(OrderRef::parse(text), "an order's number is none")
}

fn there<T>(found: Option<T>, otherwise: &'static str) -> Result<T, StoreError> {
    found.ok_or_else(|| inconsistent(otherwise))
}
