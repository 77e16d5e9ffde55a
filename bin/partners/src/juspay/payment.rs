//! Paying: what an outcome, an amount or the clock does to an order, and what follows from it.

use secrecy::ExposeSecret;
use serde::Deserialize;
use time::OffsetDateTime;

use super::{
    config::WebhookTiming,
    order::{Attempt, Order, Plan, Refund, RefundStatus, Status},
    return_url,
    state::Juspay,
    webhooks::{self, Event},
};
use crate::{deliveries::Delivery, desk::lock, faults::Moment, magic::PaymentMagic};

/// Juspay: at most 25 transactions per order.
const MOST_ATTEMPTS: usize = 25;
/// How long the magic pending amount stays pending.
const LONG_PENDING: time::Duration = time::Duration::minutes(10);

/// What a customer, or a test in their place, does with an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Pays.
    Success,
    /// Is declined by the bank.
    Failure,
    /// Starts a payment that stays pending until a further outcome is given.
    Pending,
    /// Leaves the page: an untouched order stays NEW, a pending attempt fails authentication (assumed).
    Abandon,
    /// The bank tells of a success after the link's expiry.
    LateSuccess,
}

/// Why an outcome cannot be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PayError {
    /// Juspay does not know the order.
    #[error("there is no such order")]
    UnknownOrder,
    /// It is paid.
    #[error("the order is already paid")]
    AlreadyPaid,
    /// The payment link has expired.
    #[error("the payment link has expired; only late_success can still happen")]
    LinkExpired,
    /// 25 attempts were made.
    #[error("the order has had its 25 attempts")]
    TooManyAttempts,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Paid {
    /// The order's status now, such as `CHARGED`.
    pub status: &'static str,
    /// Its number.
    pub status_id: i32,
    /// Where the customer is sent, signed; `None` for an order without a return URL.
    pub return_url: Option<String>,
}

impl Juspay {
    /// Does `outcome` to an order (`None`: what the amount says) and sends the webhooks of it.
    ///
    /// # Errors
    /// When the order's present state does not allow it.
    pub(crate) async fn pay(
        &self,
        order_id: &str,
        outcome: Option<Outcome>,
        timing: Option<WebhookTiming>,
    ) -> Result<Paid, PayError> {
        let (paid, deliveries, magic) = {
            let now = self.desk.env.now();
            let mut orders = lock(&self.orders);
            let order = orders.get_mut(order_id).ok_or(PayError::UnknownOrder)?;
            let mut events = self.progress(order, now);
            let acted = self.act(order, outcome, now);
            let paid = acted.map(|acted| {
                events.extend(acted);
                Paid {
                    status: order.status().name(),
                    status_id: order.status().id(),
                    return_url: self.signed_return_url(order),
                }
            });
            let deliveries = events.iter().filter_map(|event| webhooks::write(self, order, event)).collect();
            let magic = order.magic();
            orders.note_moving(order_id);
            (paid, deliveries, magic)
        };
        let timing = timing.unwrap_or(match magic {
            Some(PaymentMagic::WebhookNever) => WebhookTiming::None,
            Some(PaymentMagic::WebhookTwice) => WebhookTiming::Twice,
            _ => self.config.webhook_timing,
        });
        self.dispatch(deliveries, timing).await;
        paid
    }

    async fn dispatch(&self, deliveries: Vec<Delivery>, timing: WebhookTiming) {
        let lag = self.config.webhook_lag;
        match timing {
            WebhookTiming::None => {}
            WebhookTiming::After => self.desk.deliveries.send_later(deliveries, lag),
            WebhookTiming::Before | WebhookTiming::Twice => {
                for delivery in deliveries.clone() {
                    self.desk.deliveries.send_now(delivery).await;
                }
                if timing == WebhookTiming::Twice {
                    self.desk.deliveries.send_later(deliveries, lag);
                }
            }
        }
    }

    fn signed_return_url(&self, order: &Order) -> Option<String> {
        let strike = self.desk.faults.strike(self.desk.partner, Moment::Redirect, "return_url");
        let key = self.config.response_key.expose_secret();
        let key = if strike.kinds.is_empty() { key } else { "not the response key" };
        order.return_url.as_ref().map(|url| return_url::signed(url, key.as_bytes(), order))
    }

    fn act(
        &self,
        order: &mut Order,
        outcome: Option<Outcome>,
        now: OffsetDateTime,
    ) -> Result<Vec<Event>, PayError> {
        if order.status().is_paid() {
            return Err(PayError::AlreadyPaid);
        }
        if now >= order.expires && outcome != Some(Outcome::LateSuccess) {
            return Err(PayError::LinkExpired);
        }
        let (status, plan) = match outcome {
            Some(Outcome::Success) => (Status::Charged, None),
            Some(Outcome::Failure) => (Status::AuthorizationFailed, None),
            Some(Outcome::Pending) => (Status::PendingVbv, None),
            Some(Outcome::LateSuccess) => (self.late_success(order), None),
            Some(Outcome::Abandon) if !order.status().is_pending() => return Ok(Vec::new()),
            Some(Outcome::Abandon) => (Status::AuthenticationFailed, None),
            None => self.by_amount(order, now),
        };
        let mut events = Vec::new();
        let (index, is_new) = self.open_attempt(order, now)?;
        if is_new {
            events.push(Event::TxnCreated);
        }
        if let Some(attempt) = order.attempts.get_mut(index) {
            attempt.status = status;
            attempt.plan = plan;
        }
        order.updated = now;
        events.extend(self.consequences(order, status, now));
        Ok(events)
    }

    /// The pending attempt, which an outcome then ends, or a new one.
    fn open_attempt(&self, order: &mut Order, now: OffsetDateTime) -> Result<(usize, bool), PayError> {
        if let Some(index) = order.attempts.iter().rposition(|attempt| attempt.status.is_pending()) {
            return Ok((index, false));
        }
        if order.attempts.len() >= MOST_ATTEMPTS {
            return Err(PayError::TooManyAttempts);
        }
        order.attempts.push(Attempt {
            number: order.attempts.len() + 1,
            status: Status::PendingVbv,
            created: now,
            uuid: format!("eul{}", self.desk.alphanumeric(16)),
            gateway_reference: format!("pay_{}", self.desk.alphanumeric(14)),
            bank_reference: self.desk.digits(12),
            plan: None,
        });
        Ok((order.attempts.len() - 1, true))
    }

    /// What "Pay by UPI" does: a magic amount's own way, else the DUMMY gateway's rule — below ₹500 success,
    /// below ₹700 failure, from there pending and then success.
    fn by_amount(&self, order: &Order, now: OffsetDateTime) -> (Status, Option<Plan>) {
        let pending = |success_at: OffsetDateTime| {
            let authorizing_at = now + (success_at - now) / 3;
            (Status::PendingVbv, Some(Plan { authorizing_at, success_at }))
        };
        match order.magic() {
            Some(PaymentMagic::Declined) => (Status::AuthorizationFailed, None),
            Some(PaymentMagic::FirstAttemptDeclined) if order.attempts.is_empty() => {
                (Status::AuthorizationFailed, None)
            }
            Some(PaymentMagic::PendingLong) => pending(now + LONG_PENDING),
            Some(PaymentMagic::LateSuccess | PaymentMagic::LateSuccessRefunded) => {
                pending(order.expires + time::Duration::minutes(1))
            }
            Some(_) => (Status::Charged, None),
            None if order.amount < 50_000 => (Status::Charged, None),
            None if order.amount < 70_000 => (Status::AuthorizationFailed, None),
            None => pending(now + self.config.pending_for),
        }
    }

    /// What a success after the link's end comes to: the account's switch says, or the amount.
    fn late_success(&self, order: &Order) -> Status {
        let by_amount = order.magic() == Some(PaymentMagic::LateSuccessRefunded);
        if by_amount || self.config.auto_refund_late_success { Status::AutoRefunded } else { Status::Charged }
    }

    /// What follows from an attempt's new status: events, and the refund of a late success.
    fn consequences(&self, order: &mut Order, status: Status, now: OffsetDateTime) -> Vec<Event> {
        match status {
            Status::New | Status::PendingVbv | Status::Authorizing => Vec::new(),
            Status::Charged => vec![Event::TxnCharged, Event::OrderSucceeded],
            Status::AuthenticationFailed | Status::AuthorizationFailed => {
                vec![Event::TxnFailed, Event::OrderFailed]
            }
            Status::AutoRefunded => {
                order.refunds.push(Refund {
                    unique_request_id: format!("AR{}", self.desk.digits(16)),
                    amount: order.amount,
                    status: RefundStatus::Success,
                    created: now,
                    processed: Some(now),
                    reference: Some(format!("rfnd_{}", self.desk.alphanumeric(14))),
                    initiated_by: "AUTO_REFUNDED",
                    fate: None,
                    handed_over_at: now,
                    settles_at: now,
                });
                vec![Event::AutoRefundSucceeded]
            }
        }
    }

    /// Does what the clock has brought up to now.
    pub(super) fn progress(&self, order: &mut Order, now: OffsetDateTime) -> Vec<Event> {
        let mut events = Vec::new();
        let late_success = self.late_success(order);
        for index in 0..order.attempts.len() {
            let Some(attempt) = order.attempts.get_mut(index) else { continue };
            let Some(plan) = attempt.plan else { continue };
            if plan.success_at <= now {
                let late = plan.success_at > order.expires;
                let status = if late { late_success } else { Status::Charged };
                attempt.status = status;
                attempt.plan = None;
                order.updated = plan.success_at;
                events.extend(self.consequences(order, status, plan.success_at));
            } else if plan.authorizing_at <= now {
                attempt.status = Status::Authorizing;
            }
        }
        for refund in &mut order.refunds {
            if refund.status != RefundStatus::Pending {
                continue;
            }
            if refund.handed_over_at <= now && refund.reference.is_none() {
                refund.reference = Some(format!("rfnd_{}", self.desk.alphanumeric(14)));
                order.updated = refund.handed_over_at;
            }
            if refund.settles_at <= now
                && let Some(fate) = refund.fate
            {
                refund.status = fate;
                refund.processed = Some(refund.settles_at);
                order.updated = refund.settles_at;
                events.extend(Event::of_refund(fate, &refund.unique_request_id));
            }
        }
        events
    }
}
