//! Every trait this crate asks the world to implement.

mod admission;
mod gateway;
mod inbox;
mod orders;

pub use admission::{Admission, AdmissionError};
pub use gateway::{GatewayError, PaymentGateway, RefundRequest, Refusal, SessionRequest};
pub use inbox::{Webhook, WebhookInbox};
pub use orders::{OrderFinder, OrderStore, Recorded, Unfulfilled};

#[cfg(any(test, feature = "testing"))]
pub use admission::MockAdmission;
#[cfg(any(test, feature = "testing"))]
pub use gateway::MockPaymentGateway;
#[cfg(any(test, feature = "testing"))]
pub use inbox::MockWebhookInbox;
#[cfg(any(test, feature = "testing"))]
pub use orders::{MockOrderFinder, MockOrderStore};
