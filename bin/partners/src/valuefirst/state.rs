//! The simulated ValueFirst itself: its tokens, and the messages it has still to report on.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
};

use time::OffsetDateTime;

use super::{
    config::{DltDrop, ValueFirstConfig},
    dlt, reports,
};
use crate::{
    deliveries::Delivery,
    desk::{Desk, lock},
    inbox::{Sms, latency},
    magic::SmsMagic,
};

const MOST_TOKENS: usize = 1_000;
const MOST_WAITING: usize = 20_000;
const MOST_RECENT: usize = 5_000;

struct Token {
    expires: OffsetDateTime,
    is_enabled: bool,
}

/// How a message ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Delivered,
    Failed,
    Unreported,
}

/// An accepted message to one phone.
#[derive(Debug, Clone)]
pub(crate) struct Accepted {
    pub(crate) guid: String,
    pub(crate) to: String,
    pub(crate) from: String,
    pub(crate) text: String,
    pub(crate) client_id: String,
    pub(crate) sequence: String,
    pub(crate) tag: String,
    pub(crate) report_url: String,
    pub(crate) submitted: OffsetDateTime,
    pub(crate) reported: OffsetDateTime,
    pub(crate) end: End,
}

#[derive(Default)]
struct Kept {
    tokens: HashMap<String, Token>,
    waiting: Vec<Accepted>,
    /// Phone, text and time of what was accepted lately.
    recent: VecDeque<(String, String, OffsetDateTime)>,
}

/// The simulated ValueFirst.
pub(crate) struct ValueFirst {
    pub(crate) desk: Desk,
    pub(crate) config: ValueFirstConfig,
    kept: Mutex<Kept>,
}

impl ValueFirst {
    pub(crate) fn new(desk: Desk, config: ValueFirstConfig) -> Arc<Self> {
        Arc::new(Self { desk, config, kept: Mutex::default() })
    }

    /// A new token and its end; the old one, if named, ends now.
    pub(crate) fn new_token(&self, old: Option<&str>) -> (String, OffsetDateTime) {
        let now = self.desk.env.now();
        let expires = now + self.config.token_lifetime;
        let token = self.desk.alphanumeric(64);
        let mut kept = lock(&self.kept);
        if let Some(old) = old {
            kept.tokens.remove(old);
        }
        if kept.tokens.len() >= MOST_TOKENS {
            kept.tokens.clear();
        }
        kept.tokens.insert(token.clone(), Token { expires, is_enabled: true });
        (token, expires)
    }

    pub(crate) fn enable_token(&self, token: &str, is_enabled: bool) -> bool {
        let mut kept = lock(&self.kept);
        kept.tokens.get_mut(token).map(|token| token.is_enabled = is_enabled).is_some()
    }

    pub(crate) fn delete_token(&self, token: &str) -> bool {
        lock(&self.kept).tokens.remove(token).is_some()
    }

    pub(crate) fn accepts_token(&self, token: &str) -> bool {
        let now = self.desk.env.now();
        lock(&self.kept).tokens.get(token).is_some_and(|token| token.is_enabled && now < token.expires)
    }

    /// Whether the same text went to the same phone a moment ago; notes that it goes now.
    pub(crate) fn is_duplicate(&self, to: &str, text: &str) -> bool {
        let now = self.desk.env.now();
        let since = now - self.config.duplicate_within;
        let mut kept = lock(&self.kept);
        while kept.recent.front().is_some_and(|(_, _, at)| *at <= since) {
            kept.recent.pop_front();
        }
        let is_known = kept.recent.iter().any(|(phone, said, at)| phone == to && said == text && *at > since);
        if !is_known {
            if kept.recent.len() >= MOST_RECENT {
                kept.recent.pop_front();
            }
            kept.recent.push_back((to.to_owned(), text.to_owned(), now));
        }
        is_known
    }

    /// Takes an accepted message: into the inbox, or not, as its phone and the operators' filter say.
    pub(crate) fn take(&self, mut accepted: Accepted, magic: Option<SmsMagic>) {
        let delay = latency(magic, accepted.submitted);
        accepted.end = match magic {
            Some(SmsMagic::Undelivered | SmsMagic::FilteredByOperator) => End::Failed,
            Some(SmsMagic::Silence) => End::Unreported,
            _ if dlt::passes(&self.config.templates, &accepted.from, &accepted.text) => End::Delivered,
            _ if self.config.dlt_drop == DltDrop::Silent => End::Unreported,
            _ => End::Failed,
        };
        accepted.reported = accepted.submitted + self.config.reported_after + delay;
        if accepted.end == End::Delivered {
            let to = format!("+{}", accepted.to);
            let arrives = accepted.submitted + delay;
            self.desk.inbox.add(Sms::new(self.desk.partner, &accepted.from, &to, &accepted.text, arrives));
        }
        let mut kept = lock(&self.kept);
        if accepted.end != End::Unreported && kept.waiting.len() < MOST_WAITING {
            kept.waiting.push(accepted);
        }
    }

    /// Reports on what the clock says is due.
    pub(crate) fn tick(&self) {
        let now = self.desk.env.now();
        let due: Vec<Accepted> =
            lock(&self.kept).waiting.extract_if(.., |accepted| accepted.reported <= now).collect();
        let reports: Vec<Delivery> =
            due.iter().filter_map(|accepted| reports::write(self, accepted)).collect();
        self.desk.deliveries.send_later(reports, std::time::Duration::ZERO);
    }
}
