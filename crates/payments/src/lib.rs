#![doc = include_str!("../README.md")]
#![deny(missing_docs)]
#![deny(clippy::wildcard_enum_match_arm)]
#![deny(clippy::arithmetic_side_effects)]

mod attention;
mod number;
mod order;
mod purchase;
mod refund;
mod session;
mod state;

mod change;
mod decide;
mod observation;
mod schedule;
mod steps;

mod event;
pub mod fault;
pub mod ports;

mod payments;

#[cfg(any(test, feature = "testing"))]
pub mod contract;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use attention::Attention;
pub use change::Change;
pub use decide::{Decision, decide};
pub use event::Event;
pub use number::{IdempotencyKey, KeyError, RefundId, order_number};
pub use observation::{Observation, PaymentSeen, RefundSeen, Seen};
pub use order::{Order, OrderRowId, Status};
pub use payments::{
    FindError, FulfilError, Heard, LookError, OpenError, OpenRequest, Opened, Payments, Ports,
    Reconciliation, RefundError, UNFULFILLED_AFTER, Unanswered, Unreadable,
};
pub use purchase::{AmountError, Kind, Method, Purchase, TOPUP_MAX, TOPUP_MIN};
pub use refund::{Attempt, Refund, RefundCause, RefundState};
pub use schedule::next_check;
pub use session::{Payer, PaymentLinks, SESSION_LIFETIME, Session};
pub use state::{FailureReason, Fulfilment, Payment, State};
pub use steps::StepRefusal;
