//! The simulated Juspay itself: its orders, and how they are looked at and moved by the clock.

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    sync::{Arc, Mutex},
};

use url::Url;

use super::{
    config::JuspayConfig,
    order::{Order, RefundStatus},
    ppi::Wallets,
    webhooks::{self, Event},
};
use crate::{
    deliveries::Delivery,
    desk::{Desk, lock},
    magic::PaymentMagic,
};

/// How many orders are remembered; the oldest are forgotten first.
const MOST_ORDERS: usize = 100_000;
#[derive(Default)]
pub(crate) struct Orders {
    by_number: HashMap<String, Order>,
    number_by_id: HashMap<String, String>,
    sequence: VecDeque<String>,
    /// Orders to which something will happen by the clock.
    moving: BTreeSet<String>,
}

impl Orders {
    pub(crate) fn get_mut(&mut self, order_id: &str) -> Option<&mut Order> {
        self.by_number.get_mut(order_id)
    }

    pub(crate) fn number_of(&self, id: &str) -> Option<String> {
        self.number_by_id.get(id).cloned()
    }

    pub(crate) fn newest(&self, most: usize) -> impl Iterator<Item = &Order> {
        self.sequence.iter().rev().take(most).filter_map(|number| self.by_number.get(number))
    }

    pub(crate) fn insert(&mut self, order: Order) {
        if self.sequence.len() >= MOST_ORDERS
            && let Some(oldest) = self.sequence.pop_front()
            && let Some(gone) = self.by_number.remove(&oldest)
        {
            self.number_by_id.remove(&gone.id);
            self.moving.remove(&oldest);
        }
        self.number_by_id.insert(order.id.clone(), order.order_id.clone());
        self.sequence.push_back(order.order_id.clone());
        self.by_number.insert(order.order_id.clone(), order);
    }

    /// Notes whether the clock has still to look at the order.
    pub(crate) fn note_moving(&mut self, order_id: &str) {
        if self.by_number.get(order_id).is_some_and(Order::is_moving) {
            self.moving.insert(order_id.to_owned());
        } else {
            self.moving.remove(order_id);
        }
    }
}

/// The simulated Juspay.
pub(crate) struct Juspay {
    pub(crate) desk: Desk,
    pub(crate) config: JuspayConfig,
    /// The address of its payment pages, without a trailing slash.
    pub(crate) base_url: String,
    pub(crate) webhook_url: Mutex<Option<Url>>,
    pub(crate) orders: Mutex<Orders>,
    pub(crate) wallets: Mutex<Wallets>,
}

impl Juspay {
    pub(crate) fn new(desk: Desk, config: JuspayConfig, base_url: String) -> Arc<Self> {
        Arc::new(Self {
            webhook_url: Mutex::new(config.webhook_url.clone()),
            desk,
            config,
            base_url,
            orders: Mutex::default(),
            wallets: Mutex::default(),
        })
    }

    /// Moves every order on that the clock has something for, and sends the webhooks of it.
    pub(crate) fn tick(&self) {
        let moving: Vec<String> = lock(&self.orders).moving.iter().cloned().collect();
        for order_id in moving {
            self.look(&order_id, |_| ());
        }
    }

    /// Brings an order up to the present and looks at it; `None` when there is no such order.
    pub(crate) fn look<T>(&self, order_id: &str, at: impl FnOnce(&mut Order) -> T) -> Option<T> {
        let now = self.desk.env.now();
        let mut orders = lock(&self.orders);
        let order = orders.get_mut(order_id)?;
        let events = self.progress(order, now);
        let deliveries = self.written(order, &events);
        let seen = at(order);
        orders.note_moving(order_id);
        drop(orders);
        self.desk.deliveries.send_later(deliveries, std::time::Duration::ZERO);
        Some(seen)
    }

    /// The webhooks of events that nobody stands by to time, unless the amount says never.
    pub(crate) fn written(&self, order: &Order, events: &[Event]) -> Vec<Delivery> {
        let copies = match order.magic() {
            Some(PaymentMagic::WebhookNever) => 0,
            Some(PaymentMagic::WebhookTwice) => 2,
            _ => 1,
        };
        let written = events.iter().filter_map(|event| webhooks::write(self, order, event));
        written.flat_map(|delivery| std::iter::repeat_n(delivery, copies)).collect()
    }

    /// Ends a pending refund by hand; `None` when there is no such order, `Some(false)` no such pending refund.
    pub(crate) async fn settle_refund(
        &self,
        order_id: &str,
        refund_id: &str,
        end: RefundStatus,
    ) -> Option<bool> {
        let now = self.desk.env.now();
        let settled = self.look(order_id, |order| {
            let refund = order.refunds.iter_mut().find(|refund| {
                refund.unique_request_id == refund_id && refund.status == RefundStatus::Pending
            })?;
            refund.reference.get_or_insert_with(|| format!("rfnd_{}", self.desk.alphanumeric(14)));
            refund.status = end;
            refund.processed = Some(now);
            order.updated = now;
            Some(self.written(order, Event::of_refund(end, refund_id).as_slice()))
        })?;
        let Some(deliveries) = settled else { return Some(false) };
        for delivery in deliveries {
            self.desk.deliveries.send_now(delivery).await;
        }
        Some(true)
    }
}
