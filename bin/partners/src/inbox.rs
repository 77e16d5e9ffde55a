//! The text messages that arrived on phones, whoever carried them.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use kernel::Clock;
use serde::Serialize;
use time::OffsetDateTime;

use crate::{Partner, dates, magic::SmsMagic};

/// How many messages are remembered; the oldest are forgotten first.
const MOST_MESSAGES: usize = 5_000;

/// How much later than sent a message of the magic late phone arrives: after a code's ten minutes.
const LATE: time::Duration = time::Duration::minutes(11);

/// How much later a message of the magic night phone arrives while India sleeps.
const AT_NIGHT: time::Duration = time::Duration::minutes(4);

/// How much later than sent a message reaches its phone.
pub(crate) fn latency(magic: Option<SmsMagic>, sent: OffsetDateTime) -> time::Duration {
    let hour_in_india = (sent + time::Duration::minutes(330)).hour();
    match magic {
        Some(SmsMagic::Late) => LATE,
        Some(SmsMagic::LateAtNight) if !(6..22).contains(&hour_in_india) => AT_NIGHT,
        _ => time::Duration::ZERO,
    }
}

/// A message as the phone shows it.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Sms {
    /// Who carried it.
    pub provider: Partner,
    /// The sender's name or number on the phone.
    pub from: String,
    /// The phone, `+919876543210`.
    pub to: String,
    /// The text.
    pub body: String,
    /// The first run of 4–8 digits in the text that stands alone: the code, if it carries one.
    pub otp: Option<String>,
    /// When it reached the phone, RFC 3339.
    pub at: String,
    #[serde(skip)]
    arrives: OffsetDateTime,
}

impl std::fmt::Debug for Sms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sms").field("provider", &self.provider).finish_non_exhaustive()
    }
}

impl Sms {
    /// A message that reaches the phone at `arrives`.
    pub(crate) fn new(provider: Partner, from: &str, to: &str, body: &str, arrives: OffsetDateTime) -> Self {
        Self {
            provider,
            from: from.to_owned(),
            to: to.to_owned(),
            body: body.to_owned(),
            otp: find_code(body),
            at: dates::rfc3339(arrives),
            arrives,
        }
    }
}

fn find_code(body: &str) -> Option<String> {
    body.split(|character: char| !character.is_ascii_alphanumeric())
        .find(|word| (4..=8).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_digit()))
        .map(str::to_owned)
}

/// The messages of all phones.
#[derive(Clone)]
pub struct Inbox {
    clock: Arc<dyn Clock>,
    kept: Arc<Mutex<VecDeque<Sms>>>,
}

impl Inbox {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, kept: Arc::default() }
    }

    pub(crate) fn add(&self, sms: Sms) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST_MESSAGES {
            kept.pop_front();
        }
        kept.push_back(sms);
    }

    /// The messages that have arrived by now, newest first; of one phone, compared by its last ten digits, or
    /// of all.
    #[must_use]
    pub fn newest_first(&self, phone: Option<&str>) -> Vec<Sms> {
        let now = self.clock.now();
        let wanted = phone.map(last_ten_digits);
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let mut arrived: Vec<Sms> = kept
            .iter()
            .rev()
            .filter(|sms| sms.arrives <= now)
            .filter(|sms| wanted.as_ref().is_none_or(|digits| last_ten_digits(&sms.to) == *digits))
            .cloned()
            .collect();
        arrived.sort_by_key(|sms| std::cmp::Reverse(sms.arrives));
        arrived
    }
}

/// `+91 98765-43210`, `919876543210` and `9876543210` are one phone.
pub(crate) fn last_ten_digits(phone: &str) -> String {
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    digits.get(digits.len().saturating_sub(10)..).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::MovableClock;
    use time::{Duration, macros::datetime};

    #[test]
    fn a_late_message_is_not_seen_before_it_arrives() {
        let now = datetime!(2026-01-01 0:00 UTC);
        let clock = Arc::new(MovableClock::standing_at(now));
        let inbox = Inbox::new(clock.clone());
        let late = now + Duration::minutes(11);
        inbox.add(Sms::new(Partner::Twilio, "+1500", "+919876543210", "111111 is late", late));
        inbox.add(Sms::new(Partner::ValueFirst, "AAROKY", "+919876543210", "222222 is your code", now));
        inbox.add(Sms::new(Partner::Twilio, "+1500", "+919876543211", "another phone", now));
        let codes =
            |phone| inbox.newest_first(phone).into_iter().filter_map(|sms| sms.otp).collect::<Vec<_>>();
        assert_eq!(codes(Some("98765 43210")), ["222222"]);
        clock.advance(Duration::minutes(11));
        assert_eq!(codes(Some("+919876543210")), ["111111", "222222"]);
        assert_eq!(inbox.newest_first(None).len(), 3);
    }

    #[test]
    fn nights_are_indias() {
        let night = Some(SmsMagic::LateAtNight);
        assert_eq!(latency(night, datetime!(2026-01-01 16:30 UTC)), AT_NIGHT, "22:00");
        assert_eq!(latency(night, datetime!(2026-01-01 16:29 UTC)), Duration::ZERO, "21:59");
        assert_eq!(latency(night, datetime!(2026-01-01 0:29 UTC)), AT_NIGHT, "5:59");
        assert_eq!(latency(night, datetime!(2026-01-01 0:30 UTC)), Duration::ZERO, "6:00");
        assert_eq!(latency(None, datetime!(2026-01-01 20:00 UTC)), Duration::ZERO);
    }

    #[test]
    fn a_code_stands_alone() {
        assert_eq!(find_code("<#> 123456 is your code FA+9qCX9VSu").as_deref(), Some("123456"));
        assert_eq!(find_code("Rs 12 on 2026-1"), Some("2026".to_owned()));
        assert_eq!(find_code("call 919876543210 or A123456"), None);
    }
}
