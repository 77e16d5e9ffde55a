//! What passed between the partners and us: every call and every webhook, in one sequence.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use serde::Serialize;
use serde_json::Value;
use time::OffsetDateTime;

use crate::{Partner, dates};

/// How many exchanges are remembered; the oldest are forgotten first.
const MOST_ENTRIES: usize = 2_000;

/// Who began an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// We called the partner.
    Call,
    /// The partner called us.
    Webhook,
}

/// One exchange, secrets masked.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Exchange {
    /// Its place among the exchanges of all partners, from 1.
    pub sequence: u64,
    /// When it ended, by the simulators' clock.
    pub at: String,
    /// With whom.
    pub partner: Partner,
    /// Who began it.
    pub direction: Direction,
    /// What it was: `POST /session`, `webhook ORDER_SUCCEEDED`.
    pub line: String,
    /// The HTTP status answered; absent when there was no answer.
    pub status: Option<u16>,
    /// The `x-request-id` it carried.
    pub request_id: Option<String>,
    /// For a webhook: the id by which it can be replayed.
    pub webhook_id: Option<String>,
    /// The faults that struck.
    pub faults: Vec<crate::FaultKind>,
    /// The query, if any.
    pub query: Value,
    /// What was sent.
    pub request: Value,
    /// What was answered.
    pub response: Value,
}

impl Exchange {
    /// An exchange of which nothing is known yet but who began it and what it is.
    pub(crate) fn begun(partner: Partner, direction: Direction, line: String) -> Self {
        Self {
            sequence: 0,
            at: String::new(),
            partner,
            direction,
            line,
            status: None,
            request_id: None,
            webhook_id: None,
            faults: Vec::new(),
            query: Value::Null,
            request: Value::Null,
            response: Value::Null,
        }
    }
}

/// The sequence of exchanges.
#[derive(Debug, Clone, Default)]
pub struct Journal(Arc<Mutex<Entries>>);

#[derive(Debug, Default)]
struct Entries {
    last: u64,
    kept: VecDeque<Exchange>,
}

impl Journal {
    /// Adds an exchange that ended at `at`.
    pub(crate) fn add(&self, at: OffsetDateTime, mut exchange: Exchange) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.last = entries.last.saturating_add(1);
        exchange.sequence = entries.last;
        exchange.at = dates::rfc3339(at);
        if entries.kept.len() >= MOST_ENTRIES {
            entries.kept.pop_front();
        }
        entries.kept.push_back(exchange);
    }

    /// The exchanges after number `since`, oldest first; of one partner or of all.
    #[must_use]
    pub fn since(&self, partner: Option<Partner>, since: u64) -> Vec<Exchange> {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = |entry: &&Exchange| {
            entry.sequence > since && partner.is_none_or(|partner| partner == entry.partner)
        };
        entries.kept.iter().filter(wanted).cloned().collect()
    }

    /// The number of the newest exchange; 0 before the first.
    #[must_use]
    pub fn last(&self) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_are_forgotten_and_numbers_go_on() {
        let journal = Journal::default();
        for _ in 0..=MOST_ENTRIES {
            let exchange = Exchange::begun(Partner::Twilio, Direction::Call, "GET /".to_owned());
            journal.add(OffsetDateTime::UNIX_EPOCH, exchange);
        }
        let kept = journal.since(None, 0);
        assert_eq!((kept.len(), kept[0].sequence, journal.last()), (MOST_ENTRIES, 2, 2_001));
        assert_eq!(journal.since(Some(Partner::Twilio), 1_999).len(), 2);
        assert!(journal.since(Some(Partner::Juspay), 0).is_empty());
    }
}
