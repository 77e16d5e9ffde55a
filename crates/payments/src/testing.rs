//! In-memory ports, for tests and for whoever embeds this crate, and builders of what tests talk about.

mod gateway;
mod orders;

pub use crate::ports::{
    MockAdmission, MockOrderFinder, MockOrderStore, MockPaymentGateway, MockWebhookInbox,
};
pub use gateway::MemoryGateway;
pub use orders::MemoryOrders;

use crate::{
    Payer, Payments, Ports, Purchase,
    ports::{Admission, AdmissionError},
};
use async_trait::async_trait;
use kernel::{Env, Masked, MovableClock, SeededEntropy, UserId};
use std::sync::Arc;
use time::{OffsetDateTime, macros::datetime};

/// When tests begin.
pub const START: OffsetDateTime = datetime!(2026-01-15 12:00 UTC);

/// An admission that lets everybody buy everything.
#[derive(Debug, Clone, Copy, Default)]
pub struct OpenDoors;

#[async_trait]
impl Admission for OpenDoors {
    async fn admit(&self, _: UserId, _: &Purchase) -> Result<Payer, AdmissionError> {
        Ok(payer())
    }
}

/// Somebody who pays.
#[must_use]
pub fn payer() -> Payer {
    Payer {
        phone: Masked::new("+919876543210".to_owned()),
        email: None,
        first_name: Some(Masked::new("Asha".to_owned())),
        last_name: None,
    }
}

/// The service with everything in memory, and the hands to move it.
#[derive(Debug, Clone)]
pub struct MemoryPayments {
    /// The service.
    pub payments: Payments,
    /// Its orders, webhooks and news.
    pub orders: Arc<MemoryOrders>,
    /// Its payment partner.
    pub gateway: Arc<MemoryGateway>,
    /// Its clock.
    pub clock: Arc<MovableClock>,
    /// Its clock and randomness.
    pub env: Env,
}

impl Default for MemoryPayments {
    fn default() -> Self {
        let clock = Arc::new(MovableClock::standing_at(START));
        let env = Env::new(clock.clone(), Arc::new(SeededEntropy::new(1)));
        let orders = Arc::new(MemoryOrders::default());
        let gateway = Arc::new(MemoryGateway::new(env.clone()));
        let ports = Ports {
            orders: orders.clone(),
            finder: orders.clone(),
            gateway: gateway.clone(),
            admission: Arc::new(OpenDoors),
            inbox: orders.clone(),
        };
        Self { payments: Payments::new(ports, env.clone()), orders, gateway, clock, env }
    }
}
