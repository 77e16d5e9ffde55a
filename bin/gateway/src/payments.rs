//! Orders and the page the payer comes back to.

pub mod list_orders;
pub mod open_session;
pub mod return_page;
pub mod show_order;

mod order;

pub(crate) use order::Order;
