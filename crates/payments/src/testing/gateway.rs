//! A payment partner in memory that does as it is told.

use crate::{
    Method, Observation, PaymentLinks, PaymentSeen, RefundSeen, RefundState, SESSION_LIFETIME, Seen, Session,
    ports::{GatewayError, PaymentGateway, RefundRequest, Refusal, SessionRequest},
};
use async_trait::async_trait;
use kernel::{Env, Masked, OrderRef, Paise, UserId};
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// A payment partner in memory.
#[derive(Debug)]
pub struct MemoryGateway {
    env: Env,
    held: Mutex<Held>,
}

#[derive(Debug)]
struct Held {
    orders: BTreeMap<OrderRef, Seen>,
    refunds_become: RefundState,
    silent: bool,
    away: bool,
    asked: usize,
    sent: Vec<RefundRequest>,
}

impl MemoryGateway {
    /// A partner that knows no order yet; refunds stay on their way until told otherwise.
    #[must_use]
    pub fn new(env: Env) -> Self {
        let held = Held {
            orders: BTreeMap::new(),
            refunds_become: RefundState::Pending,
            silent: false,
            away: false,
            asked: 0,
            sent: Vec::new(),
        };
        Self { env, held: Mutex::new(held) }
    }

    /// The customer pays.
    pub fn pay(&self, order_id: &OrderRef) {
        self.make(order_id, PaymentSeen::Charged);
    }

    /// The payment comes to `payment`.
    pub fn make(&self, order_id: &OrderRef, payment: PaymentSeen) {
        self.alter(order_id, |seen| seen.payment = payment);
    }

    /// Changes what the partner says of an order it knows.
    pub fn alter(&self, order_id: &OrderRef, change: impl FnOnce(&mut Seen)) {
        if let Some(seen) = self.held().orders.get_mut(order_id) {
            change(seen);
        }
    }

    /// Forgets the order, as if it had never reached the partner.
    pub fn forget(&self, order_id: &OrderRef) {
        self.held().orders.remove(order_id);
    }

    /// From now on refunds come to `state`, those on their way included.
    pub fn refunds_become(&self, state: RefundState) {
        let mut held = self.held();
        held.refunds_become = state;
        for refund in held.orders.values_mut().flat_map(|seen| &mut seen.refunds) {
            if refund.state == RefundState::Pending {
                refund.state = state;
            }
        }
    }

    /// Whether the partner does what it is asked but its answers are lost.
    pub fn be_silent(&self, silent: bool) {
        self.held().silent = silent;
    }

    /// Whether the partner cannot be reached.
    pub fn go_away(&self, away: bool) {
        self.held().away = away;
    }

    /// How often the partner was asked for an order's status.
    #[must_use]
    pub fn asked(&self) -> usize {
        self.held().asked
    }

    /// Every refund that was asked for, repetitions included.
    #[must_use]
    pub fn refunds_asked(&self) -> Vec<RefundRequest> {
        self.held().sent.clone()
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn reachable(&self) -> Result<(), GatewayError> {
        if self.away { Err(GatewayError::Unavailable("the partner is away".into())) } else { Ok(()) }
    }

    fn answer<T>(&self, answer: T) -> Result<T, GatewayError> {
        if self.silent { Err(GatewayError::Unknown("the answer was lost".into())) } else { Ok(answer) }
    }
}

#[async_trait]
impl PaymentGateway for MemoryGateway {
    async fn open_session(&self, request: &SessionRequest) -> Result<Session, GatewayError> {
        let mut held = self.held();
        held.reachable()?;
        let seen = held.orders.entry(request.order_id.clone()).or_insert_with(|| Seen {
            order_id: request.order_id.clone(),
            merchant_is_ours: true,
            amount: Some(request.amount),
            currency: Some("INR".to_owned()),
            payment: PaymentSeen::NotStarted,
            refunded: Paise::ZERO,
            refunds: Vec::new(),
        });
        if seen.payment == PaymentSeen::Charged {
            return Err(GatewayError::Refused(Refusal::Repeated));
        }
        let order_id = request.order_id.as_str();
        held.answer(Session {
            sdk_payload: Masked::new(serde_json::json!({ "payload": { "orderId": order_id } })),
            payment_links: PaymentLinks {
                web: Some(format!("https://pay.example/{order_id}")),
                ..PaymentLinks::default()
            },
            expires_at: self.env.now().saturating_add(SESSION_LIFETIME),
        })
    }

    async fn status(&self, order_id: &OrderRef, _: UserId, _: Method) -> Result<Observation, GatewayError> {
        let mut held = self.held();
        held.asked = held.asked.saturating_add(1);
        held.reachable()?;
        let seen = held.orders.get(order_id).cloned();
        held.answer(seen.map_or(Observation::NotFound, Observation::Seen))
    }

    async fn refund(&self, request: &RefundRequest) -> Result<RefundSeen, GatewayError> {
        let mut held = self.held();
        held.reachable()?;
        held.sent.push(request.clone());
        let state = held.refunds_become;
        let rejected = |code: &str| GatewayError::Refused(Refusal::Rejected { code: code.to_owned() });
        let Some(seen) = held.orders.get_mut(&request.order_id) else { return Err(rejected("not_found")) };
        if seen.refunds.iter().any(|refund| refund.refund_id == request.refund_id.as_str()) {
            return Err(GatewayError::Refused(Refusal::Repeated));
        }
        let counting = seen.refunds.iter().filter(|refund| refund.state.counts());
        let sum = counting.into_iter().try_fold(request.amount, |sum, refund| sum.checked_add(refund.amount));
        let Some(sum) = sum.filter(|sum| Some(*sum) <= seen.amount) else {
            return Err(rejected("invalid.amount.exceeded"));
        };
        let refund =
            RefundSeen { refund_id: request.refund_id.as_str().to_owned(), amount: request.amount, state };
        if state.counts() {
            seen.refunded = sum;
        }
        seen.refunds.push(refund.clone());
        held.answer(refund)
    }
}
