//! What became of the money and the cover, by what the partners and the books say and not by what we think.

use super::{Blow, fate::Blows, world::World};
use kernel::{OrderRef, Paise};
use payments::{Method, Order, PaymentSeen, RefundState};
use std::fmt;
use wallet::Reference;

/// Counts over many runs.
#[derive(Debug, Default)]
pub struct Tally {
    /// Runs.
    pub runs: u64,
    /// Orders that were opened.
    pub orders: u64,
    /// Of those, paid.
    pub paid: u64,
    /// Of those, with cover at last.
    pub covered: u64,
    /// Of those, with all of their money back.
    pub paid_back: u64,
    /// What must never be, each with the seed it was seen under.
    pub broken: Vec<String>,
    /// How often each call was struck how.
    pub blows: Blows,
}

impl Tally {
    /// Adds another's counts.
    pub fn add(&mut self, other: Self) {
        self.runs += other.runs;
        self.orders += other.orders;
        self.paid += other.paid;
        self.covered += other.covered;
        self.paid_back += other.paid_back;
        self.broken.extend(other.broken);
        for (struck, times) in other.blows {
            *self.blows.entry(struck).or_default() += times;
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { runs, orders, paid, covered, paid_back, broken, blows } = self;
        let mut calls: Vec<&str> = blows.keys().map(|(call, _)| *call).collect();
        calls.dedup();
        let heads: Vec<&str> = Blow::ALL.into_iter().map(Blow::word).collect();
        writeln!(f, "| Call | {} |\n|---|{}", heads.join(" | "), "--:|".repeat(heads.len()))?;
        for call in calls {
            let times =
                Blow::ALL.map(|blow| blows.get(&(call, blow)).copied().unwrap_or_default().to_string());
            writeln!(f, "| {call} | {} |", times.join(" | "))?;
        }
        writeln!(
            f,
            "\n{runs} runs, {orders} orders, {paid} paid: {covered} with cover, {paid_back} paid back"
        )?;
        for one in broken {
            writeln!(f, "{one}")?;
        }
        write!(f, "{} promises broken", broken.len())
    }
}

/// Judges one run.
pub(super) struct Judged {
    seed: u64,
    tally: Tally,
    spent: Paise,
}

impl Judged {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed, tally: Tally { runs: 1, ..Tally::default() }, spent: Paise::ZERO }
    }

    pub(super) fn tally(self) -> Tally {
        self.tally
    }

    fn breaks(&mut self, promise: &str, of: impl fmt::Display) {
        self.tally.broken.push(format!("seed {}: {promise}: {of}", self.seed));
    }

    /// Whoever paid has cover or all of their money, and not both.
    pub(super) async fn order(&mut self, world: &World, order_id: &OrderRef) {
        let Some(order) = world.orders.held_order(order_id) else { return };
        self.tally.orders += 1;
        let (is_paid, back) = match order.method() {
            Method::Juspay => at_partner(world, &order),
            Method::Wallet => in_books(world, &order).await,
        };
        let policy = world.kept.held_by(order_id);
        let is_covered = policy.is_some_and(|policy| world.cover.insurer.has_issued(policy.id));
        if let Some(attention) = order.attention {
            self.breaks("an order waits for a person", format!("{order_id} {attention:?}"));
        }
        if !is_paid {
            if is_covered {
                self.breaks("cover that nobody paid for", order_id);
            }
            return;
        }
        self.tally.paid += 1;
        match (is_covered, back == order.amount()) {
            (true, false) if back == Paise::ZERO => self.tally.covered += 1,
            (false, true) => self.tally.paid_back += 1,
            (true, _) => self.breaks("cover and money back", order_id),
            (false, false) => self.breaks("paid and neither covered nor paid back", format!("{order:?}")),
        }
        if order.method() == Method::Wallet && back == Paise::ZERO {
            self.spent = self.spent.checked_add(order.amount()).expect("a sum");
        }
    }

    /// One plan covers a person once, and the wallet holds what was not spent.
    pub(super) async fn whole(&mut self, world: &World, funded: Paise) {
        let issued = world.cover.insurer.issued();
        if issued > 1 {
            self.breaks("issued twice", issued);
        }
        let active = world.kept.ids().into_iter().filter(|id| world.cover.insurer.has_issued(*id)).count();
        if active != issued {
            self.breaks("the insurer issued what we do not know", issued);
        }
        let holds = world.wallets.get(world.asha).await.expect("a wallet").balance;
        if Some(holds) != funded.checked_sub(self.spent) {
            self.breaks("the wallet holds something else", holds);
        }
        if !world.is_settled() {
            self.breaks("something is left to do", "in 27 hours of calm");
        }
    }
}

/// Whether the partner took money for the order, and how much of it went back.
fn at_partner(world: &World, order: &Order) -> (bool, Paise) {
    let mut seen = None;
    world.partner.alter(&order.order_id, |known| seen = Some(known.clone()));
    let Some(seen) = seen else { return (false, Paise::ZERO) };
    let sums = seen.refunds.iter().filter(|refund| refund.state == RefundState::Success);
    let back = sums.fold(Paise::ZERO, |sum, refund| sum.checked_add(refund.amount).expect("a sum"));
    match seen.payment {
        PaymentSeen::Charged => (true, back),
        PaymentSeen::AutoRefunded => (true, seen.refunded),
        PaymentSeen::NotStarted
        | PaymentSeen::InProgress
        | PaymentSeen::AttemptFailed(_)
        | PaymentSeen::Unusual => (false, back),
    }
}

/// Whether the wallet paid the order, and how much of it came back.
async fn in_books(world: &World, order: &Order) -> (bool, Paise) {
    let find = async |text: String| {
        let reference = Reference::parse(&text).expect("a reference");
        world.books.find(world.asha, &reference).await.expect("the books are read")
    };
    let paid = find(format!("order:{}", order.order_id)).await;
    let mut back = Paise::ZERO;
    for attempt in order.refund().map(|refund| refund.attempts.clone()).unwrap_or_default() {
        if let Some(transfer) = find(format!("refund:{}", attempt.refund_id.as_str())).await {
            back = back.checked_add(transfer.amount).expect("a sum");
        }
    }
    (paid.is_some(), back)
}
