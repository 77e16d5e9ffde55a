//! The payments ports: orders, what became of their money, and the partner's webhooks.
//!
//! A fact is one statement: the order moves under a guard on its version, and the tries to refund, the news and
//! the next look hang on the row that moved. The rules that money depends on stand in the schema as well.

mod finding;
mod keeping;
mod rows;
mod sessions;
mod webhooks;

pub use webhooks::PgWebhookInbox;

use crate::Postgres;

/// Keeps and finds orders: both ports on one table.
#[derive(Debug, Clone)]
pub struct PgOrderStore {
    postgres: Postgres,
}

impl Postgres {
    /// Where orders are kept and found.
    #[must_use]
    pub fn orders(&self) -> PgOrderStore {
        PgOrderStore { postgres: self.clone() }
    }

    /// Where the payment partner's webhooks are kept.
    #[must_use]
    pub fn webhook_inbox(&self) -> PgWebhookInbox {
        PgWebhookInbox::new(self.clone())
    }
}
