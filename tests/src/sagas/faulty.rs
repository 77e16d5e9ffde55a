//! Ports whose calls are struck.

use super::fate::Fate;
use async_trait::async_trait;
use insurance::{
    Issuance, PlanId, Policy, PolicyId, QuoteId, Sale,
    ports::{IssuerError, Moved, PolicyChange, PolicyFinder, PolicyIssuer, PolicyStore},
};
use kernel::{Cursor, Limit, OrderRef, Page, StoreError, UserId};
use payments::{
    Change, Method, Observation, Order, RefundSeen, Session,
    ports::{
        GatewayError, OrderFinder, OrderStore, PaymentGateway, Recorded, RefundRequest, SessionRequest,
        Unfulfilled,
    },
};
use std::sync::Arc;
use time::OffsetDateTime;
use wallet::{
    Booking, HistoryQuery, Movement, Reference, Refusal, Transaction, Transfer, TransferId,
    ports::{LedgerStore, StatementQuery, StatementRows},
};

/// A port whose calls are struck.
pub(super) struct Faulty<P> {
    pub(super) fate: Arc<Fate>,
    pub(super) port: Arc<P>,
}

impl<P: Send + Sync> Faulty<P> {
    /// A call to a store: what is lost may or may not be recorded.
    async fn store<T: Send>(
        &self,
        name: &'static str,
        effect: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        self.fate.call(name, effect, |_| Err(StoreError::Unavailable("the database is away".into()))).await
    }

    /// A call to the payment partner, which tells whether anything was sent.
    async fn partner<T: Send>(
        &self,
        name: &'static str,
        effect: impl Future<Output = Result<T, GatewayError>> + Send,
    ) -> Result<T, GatewayError> {
        let lost = |took_effect: bool| {
            let cause = "the partner is away".into();
            Err(if took_effect { GatewayError::Unknown(cause) } else { GatewayError::Unavailable(cause) })
        };
        self.fate.call(name, effect, lost).await
    }

    async fn insurer<T: Send>(
        &self,
        name: &'static str,
        effect: impl Future<Output = Result<T, IssuerError>> + Send,
    ) -> Result<T, IssuerError> {
        self.fate.call(name, effect, |_| Err(IssuerError("the insurer is away".into()))).await
    }
}

#[async_trait]
impl<P: OrderStore + 'static> OrderStore for Faulty<P> {
    async fn record_order(&self, order: &Order) -> Result<Order, StoreError> {
        self.store("order: record", self.port.record_order(order)).await
    }

    async fn record_session(&self, order_id: &OrderRef, session: &Session) -> Result<Session, StoreError> {
        self.store("order: record session", self.port.record_session(order_id, session)).await
    }

    async fn record_change(&self, change: &Change) -> Result<Recorded, StoreError> {
        self.store("order: record change", self.port.record_change(change)).await
    }

    async fn record_look(
        &self,
        order_id: &OrderRef,
        version: i64,
        looked_at: Option<OffsetDateTime>,
        next_check_at: Option<OffsetDateTime>,
    ) -> Result<(), StoreError> {
        let looked = self.port.record_look(order_id, version, looked_at, next_check_at);
        self.store("order: record look", looked).await
    }

    async fn record_reminder(
        &self,
        unfulfilled: &Unfulfilled,
        since: OffsetDateTime,
        at: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        self.store("order: record reminder", self.port.record_reminder(unfulfilled, since, at)).await
    }

    async fn find(&self, order_id: &OrderRef) -> Result<Option<Order>, StoreError> {
        self.store("order: find", self.port.find(order_id)).await
    }

    async fn find_session(&self, order_id: &OrderRef) -> Result<Option<Session>, StoreError> {
        self.store("order: find session", self.port.find_session(order_id)).await
    }
}

#[async_trait]
impl<P: OrderFinder + 'static> OrderFinder for Faulty<P> {
    async fn find_own(&self, user_id: UserId, order_id: &OrderRef) -> Result<Option<Order>, StoreError> {
        self.store("order: find own", self.port.find_own(user_id, order_id)).await
    }

    async fn list_own(
        &self,
        user_id: UserId,
        after: Option<Cursor>,
        limit: Limit,
    ) -> Result<Page<Order>, StoreError> {
        self.store("order: list", self.port.list_own(user_id, after, limit)).await
    }

    async fn due(&self, at: OffsetDateTime, limit: Limit) -> Result<Vec<OrderRef>, StoreError> {
        self.store("order: due", self.port.due(at, limit)).await
    }

    async fn claim_look(
        &self,
        order_id: &OrderRef,
        since: OffsetDateTime,
        at: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        self.store("order: claim look", self.port.claim_look(order_id, since, at)).await
    }

    async fn put_off(
        &self,
        order_id: &OrderRef,
        at: OffsetDateTime,
        until: OffsetDateTime,
    ) -> Result<(), StoreError> {
        self.store("order: put off", self.port.put_off(order_id, at, until)).await
    }

    async fn unfulfilled(&self, since: OffsetDateTime, limit: Limit) -> Result<Vec<Unfulfilled>, StoreError> {
        self.store("order: unfulfilled", self.port.unfulfilled(since, limit)).await
    }

    async fn list_for_operators(&self, limit: Limit) -> Result<Vec<Order>, StoreError> {
        self.store("order: list for operators", self.port.list_for_operators(limit)).await
    }
}

#[async_trait]
impl<P: PaymentGateway + 'static> PaymentGateway for Faulty<P> {
    async fn open_session(&self, request: &SessionRequest) -> Result<Session, GatewayError> {
        self.partner("partner: open session", self.port.open_session(request)).await
    }

    async fn status(
        &self,
        order_id: &OrderRef,
        user_id: UserId,
        method: Method,
    ) -> Result<Observation, GatewayError> {
        self.partner("partner: status", self.port.status(order_id, user_id, method)).await
    }

    async fn refund(&self, request: &RefundRequest) -> Result<RefundSeen, GatewayError> {
        self.partner("partner: refund", self.port.refund(request)).await
    }
}

#[async_trait]
impl<P: PolicyStore + 'static> PolicyStore for Faulty<P> {
    async fn propose(&self, policy: &Policy) -> Result<Policy, StoreError> {
        self.store("policy: propose", self.port.propose(policy)).await
    }

    async fn amend(&self, policy: &Policy) -> Result<bool, StoreError> {
        self.store("policy: amend", self.port.amend(policy)).await
    }

    async fn record(&self, change: &PolicyChange) -> Result<Moved, StoreError> {
        self.store("policy: record", self.port.record(change)).await
    }

    async fn find(&self, user_id: UserId, id: PolicyId) -> Result<Option<Policy>, StoreError> {
        self.store("policy: find", self.port.find(user_id, id)).await
    }

    async fn find_by_quote(&self, user_id: UserId, quote_id: QuoteId) -> Result<Option<Policy>, StoreError> {
        self.store("policy: find by quote", self.port.find_by_quote(user_id, quote_id)).await
    }

    async fn find_by_order(&self, order: &OrderRef) -> Result<Option<Policy>, StoreError> {
        self.store("policy: find by order", self.port.find_by_order(order)).await
    }

    async fn refuse(&self, order: &OrderRef, at: OffsetDateTime) -> Result<Option<Policy>, StoreError> {
        self.store("policy: refuse", self.port.refuse(order, at)).await
    }
}

#[async_trait]
impl<P: PolicyFinder + 'static> PolicyFinder for Faulty<P> {
    async fn find_live(&self, user_id: UserId, plan_id: PlanId) -> Result<Option<PolicyId>, StoreError> {
        self.store("policy: find live", self.port.find_live(user_id, plan_id)).await
    }

    async fn list(
        &self,
        user_id: UserId,
        after: Option<Cursor>,
        limit: Limit,
    ) -> Result<Page<Policy>, StoreError> {
        self.store("policy: list", self.port.list(user_id, after, limit)).await
    }
}

#[async_trait]
impl<P: PolicyIssuer + 'static> PolicyIssuer for Faulty<P> {
    async fn find(&self, id: PolicyId) -> Result<Issuance, IssuerError> {
        self.insurer("insurer: find", self.port.find(id)).await
    }

    async fn issue(&self, policy: &Policy, sale: &Sale) -> Result<Issuance, IssuerError> {
        self.insurer("insurer: issue", self.port.issue(policy, sale)).await
    }

    async fn withdraw(&self, id: PolicyId) -> Result<Issuance, IssuerError> {
        self.insurer("insurer: withdraw", self.port.withdraw(id)).await
    }
}

#[async_trait]
impl<P: LedgerStore + 'static> LedgerStore for Faulty<P> {
    async fn book(&self, movement: &Movement) -> Result<Booking, StoreError> {
        self.store("ledger: book", self.port.book(movement)).await
    }

    async fn refuse(
        &self,
        transfer_id: TransferId,
        reference: &Reference,
        at: OffsetDateTime,
    ) -> Result<Refusal, StoreError> {
        self.store("ledger: refuse", self.port.refuse(transfer_id, reference, at)).await
    }

    async fn find(&self, user_id: UserId, reference: &Reference) -> Result<Option<Transfer>, StoreError> {
        self.store("ledger: find", self.port.find(user_id, reference)).await
    }

    async fn history(&self, query: &HistoryQuery) -> Result<Option<Page<Transaction>>, StoreError> {
        self.store("ledger: history", self.port.history(query)).await
    }

    async fn statement(&self, query: &StatementQuery) -> Result<Option<StatementRows>, StoreError> {
        self.store("ledger: statement", self.port.statement(query)).await
    }
}
