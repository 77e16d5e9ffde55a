//! The simulated Twilio itself: its messages, and how they move by the clock and by being looked at.

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    sync::{Arc, Mutex},
};

use serde_json::{Value, json};
use time::OffsetDateTime;
use url::Url;

use super::{callbacks, config::TwilioConfig};
use crate::{
    dates,
    deliveries::Delivery,
    desk::{Desk, lock},
    inbox::{Sms, last_ten_digits, latency},
    magic::SmsMagic,
    segments,
};

/// How many messages are remembered; the oldest are forgotten first.
const MOST_MESSAGES: usize = 20_000;
/// "Unreachable destination handset".
pub(crate) const UNREACHABLE: u32 = 30_003;

/// Where a message has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// `accepted` with a messaging service, else `queued`.
    Taken,
    Sent,
    Ended,
}

/// How a message will end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Delivered,
    Undelivered(u32),
    /// It stays `sent`: no report ever comes.
    Unreported,
}

#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) sid: String,
    pub(crate) to: String,
    pub(crate) from: Option<String>,
    pub(crate) service_sid: Option<String>,
    pub(crate) body: String,
    pub(crate) callback: Option<Url>,
    pub(crate) stage: Stage,
    pub(crate) end: End,
    pub(crate) created: OffsetDateTime,
    pub(crate) updated: OffsetDateTime,
    pub(crate) sent: Option<OffsetDateTime>,
    sent_due: OffsetDateTime,
    end_due: OffsetDateTime,
    /// Whether only the clock ends it, however often somebody looks.
    by_clock_only: bool,
}

/// What a caller wants sent.
pub(crate) struct Wanted {
    pub(crate) to: String,
    pub(crate) from: Option<String>,
    pub(crate) service_sid: Option<String>,
    pub(crate) body: String,
    pub(crate) callback: Option<Url>,
    pub(crate) magic: Option<SmsMagic>,
}

#[derive(Default)]
struct Messages {
    by_sid: HashMap<String, Message>,
    sequence: VecDeque<String>,
    moving: BTreeSet<String>,
}

/// The simulated Twilio.
pub(crate) struct Twilio {
    pub(crate) desk: Desk,
    pub(crate) config: TwilioConfig,
    messages: Mutex<Messages>,
    /// Who wants no more messages, by their last ten digits.
    opted_out: Mutex<BTreeSet<String>>,
}

impl Twilio {
    pub(crate) fn new(desk: Desk, config: TwilioConfig) -> Arc<Self> {
        Arc::new(Self { desk, config, messages: Mutex::default(), opted_out: Mutex::default() })
    }

    /// What a person texts back: the words Twilio keeps for itself end messages to them, or let them come again.
    pub(crate) fn hear(&self, from: &str, body: &str) {
        let phone = last_ten_digits(from);
        match body.trim().to_ascii_uppercase().as_str() {
            "STOP" | "STOPALL" | "UNSUBSCRIBE" | "CANCEL" | "END" | "QUIT" => {
                lock(&self.opted_out).insert(phone);
            }
            "START" | "YES" | "UNSTOP" => {
                lock(&self.opted_out).remove(&phone);
            }
            _ => {}
        }
    }

    /// Whether a person has had messages ended.
    pub(crate) fn has_opted_out(&self, phone: &str) -> bool {
        lock(&self.opted_out).contains(&last_ten_digits(phone))
    }

    /// Takes a message; it reaches the inbox at once, unless its phone is a magic one.
    pub(crate) fn take(&self, wanted: Wanted) -> Message {
        let now = self.desk.env.now();
        let delay = latency(wanted.magic, now);
        let sent_due = now + self.config.sent_after + self.jitter();
        let end = match wanted.magic {
            Some(SmsMagic::Undelivered) => End::Undelivered(UNREACHABLE),
            Some(SmsMagic::Silence) => End::Unreported,
            _ => End::Delivered,
        };
        let message = Message {
            sid: format!("SM{}", self.desk.hex::<16>()),
            to: wanted.to,
            from: wanted.from,
            service_sid: wanted.service_sid,
            body: wanted.body,
            callback: wanted.callback,
            stage: Stage::Taken,
            end,
            created: now,
            updated: now,
            sent: None,
            sent_due,
            end_due: sent_due + self.config.delivered_after + self.jitter() + delay,
            by_clock_only: delay.is_positive(),
        };
        if end == End::Delivered {
            let from = message.from.clone().or_else(|| message.service_sid.clone()).unwrap_or_default();
            self.desk.inbox.add(Sms::new(self.desk.partner, &from, &message.to, &message.body, now + delay));
        }
        self.keep(message.clone());
        message
    }

    fn jitter(&self) -> time::Duration {
        let most = u32::try_from(self.config.jitter.whole_milliseconds()).unwrap_or_default();
        time::Duration::milliseconds(self.desk.env.below(most.saturating_add(1)).into())
    }

    fn keep(&self, message: Message) {
        let mut messages = lock(&self.messages);
        if messages.sequence.len() >= MOST_MESSAGES
            && let Some(oldest) = messages.sequence.pop_front()
        {
            messages.by_sid.remove(&oldest);
            messages.moving.remove(&oldest);
        }
        messages.sequence.push_back(message.sid.clone());
        messages.moving.insert(message.sid.clone());
        messages.by_sid.insert(message.sid.clone(), message);
    }

    /// Shows a message as the clock has it; looking then moves it one step on.
    pub(crate) fn look(&self, sid: &str) -> Option<Message> {
        let (seen, callbacks) = {
            let mut messages = lock(&self.messages);
            let mut callbacks = self.move_by_clock(&mut messages, sid);
            let message = messages.by_sid.get_mut(sid)?;
            let seen = message.clone();
            if message.stage == Stage::Taken || (message.stage == Stage::Sent && !message.by_clock_only) {
                callbacks.extend(self.step(message));
            }
            (seen, callbacks)
        };
        self.desk.deliveries.send_later(callbacks, std::time::Duration::ZERO);
        Some(seen)
    }

    /// Moves every message on that the clock has something for.
    pub(crate) fn tick(&self) {
        let callbacks: Vec<Delivery> = {
            let mut messages = lock(&self.messages);
            let moving: Vec<String> = messages.moving.iter().cloned().collect();
            moving.iter().flat_map(|sid| self.move_by_clock(&mut messages, sid)).collect()
        };
        self.desk.deliveries.send_later(callbacks, std::time::Duration::ZERO);
    }

    fn move_by_clock(&self, messages: &mut Messages, sid: &str) -> Vec<Delivery> {
        let now = self.desk.env.now();
        let mut callbacks = Vec::new();
        let Some(message) = messages.by_sid.get_mut(sid) else { return callbacks };
        if message.stage == Stage::Taken && message.sent_due <= now {
            callbacks.extend(self.step(message));
        }
        if message.stage == Stage::Sent && message.end_due <= now {
            callbacks.extend(self.step(message));
        }
        let is_still =
            message.stage == Stage::Ended || (message.stage == Stage::Sent && message.end == End::Unreported);
        if is_still {
            messages.moving.remove(sid);
        }
        callbacks
    }

    /// One step on, and the callback about it if one was asked for.
    fn step(&self, message: &mut Message) -> Option<Delivery> {
        let now = self.desk.env.now();
        match message.stage {
            Stage::Taken => {
                message.stage = Stage::Sent;
                message.sent = Some(now);
            }
            Stage::Sent if message.end != End::Unreported => message.stage = Stage::Ended,
            Stage::Sent | Stage::Ended => return None,
        }
        message.updated = now;
        callbacks::write(self, message)
    }
}

impl Message {
    pub(crate) const fn status(&self) -> &'static str {
        match (self.stage, self.end) {
            (Stage::Taken, _) if self.service_sid.is_some() => "accepted",
            (Stage::Taken, _) => "queued",
            (Stage::Sent, _) | (Stage::Ended, End::Unreported) => "sent",
            (Stage::Ended, End::Delivered) => "delivered",
            (Stage::Ended, End::Undelivered(_)) => "undelivered",
        }
    }

    pub(crate) const fn error_code(&self) -> Option<u32> {
        match (self.stage, self.end) {
            (Stage::Ended, End::Undelivered(code)) => Some(code),
            (Stage::Taken | Stage::Sent | Stage::Ended, _) => None,
        }
    }

    /// The message as Twilio answers it.
    pub(crate) fn resource(&self, account_sid: &str) -> Value {
        let uri = format!("/2010-04-01/Accounts/{account_sid}/Messages/{}", self.sid);
        json!({
            "sid": self.sid,
            "account_sid": account_sid,
            "api_version": "2010-04-01",
            "to": self.to,
            "from": self.from,
            "messaging_service_sid": self.service_sid,
            "body": self.body,
            "status": self.status(),
            "direction": "outbound-api",
            "num_segments": segments::count(&self.body).to_string(),
            "num_media": "0",
            "price": null,
            "price_unit": "USD",
            "error_code": self.error_code(),
            "error_message": self.error_code().map(|_| "Unreachable destination handset"),
            "date_created": dates::rfc2822(self.created),
            "date_updated": dates::rfc2822(self.updated),
            "date_sent": self.sent.map(dates::rfc2822),
            "uri": format!("{uri}.json"),
            "subresource_uris": {"media": format!("{uri}/Media.json")},
        })
    }
}
