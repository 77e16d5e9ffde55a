//! The in-memory ports obey the contract of every store.

use async_trait::async_trait;
use kernel::{News, OrderRef};
use payments::{
    Event,
    contract::{self, Subject},
    ports::{OrderFinder, OrderStore, WebhookInbox},
    testing::MemoryOrders,
};
use std::sync::Arc;

struct Memory(Arc<MemoryOrders>);

#[async_trait]
impl Subject for Memory {
    fn orders(&self) -> Arc<dyn OrderStore> {
        self.0.clone()
    }

    fn finder(&self) -> Arc<dyn OrderFinder> {
        self.0.clone()
    }

    fn inbox(&self) -> Arc<dyn WebhookInbox> {
        self.0.clone()
    }

    async fn news(&self) -> Vec<News<Event>> {
        self.0.news()
    }

    async fn looks(&self) -> Vec<OrderRef> {
        self.0.looks()
    }
}

#[tokio::test]
async fn memory_keeps_the_contract() {
    contract::all(async || Memory(Arc::default())).await;
}
