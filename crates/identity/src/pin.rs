//! The PIN: what a person knows, asked for beside the phone they hold before money moves (RBI's second factor).

use crate::{CodeLength, FieldError, FieldRule, HashCost, OtpCode};
use kernel::{SessionId, UserId};
use time::{Duration, OffsetDateTime};

kernel::id! {
    /// One PIN as it was set; setting another makes another.
    PinId
}

/// What a PIN's hash costs: OWASP's first choice for Argon2id (19 MiB, two passes, one lane), since a PIN, unlike
/// a one-time code, stays.
pub const PIN_HASH_COST: HashCost = HashCost { memory_kib: 19 * 1024, passes: 2, lanes: 1 };

/// How often a PIN may be wrong and how long it opens the way to money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PinPolicy {
    /// So many wrong ones in a row lock it, and as many more lock it again.
    pub attempts_max: u8,
    /// How long the first lock holds; each one after it holds twice as long as the one before.
    pub locked_for: Duration,
    /// The longest that a lock holds.
    pub locked_for_most: Duration,
    /// After so many wrong ones in a row none is compared any more: only setting another PIN helps.
    pub wrong_max: u8,
    /// How long a right one opens its session's way to money.
    pub granted_for: Duration,
}

impl PinPolicy {
    /// The contract's 5 attempts, 15 minutes and 5 minutes. With 20 wrong ones in all, whoever guesses has one
    /// chance in 500 at a PIN of four digits, however long they take.
    #[must_use]
    pub const fn contract() -> Self {
        Self {
            attempts_max: 5,
            locked_for: Duration::minutes(15),
            locked_for_most: Duration::hours(24),
            wrong_max: 20,
            granted_for: Duration::minutes(5),
        }
    }

    /// The counter after one more attempt at `at`. Every store decides the same; this is the rule they are held to.
    ///
    /// # Errors
    /// The lock, while it holds.
    pub fn spend(&self, tries: PinTries, at: OffsetDateTime) -> Result<PinTries, PinLock> {
        if let Some(lock) = self.lock(tries, at) {
            return Err(lock);
        }
        let tries = PinTries { spent: tries.spent.saturating_add(1), locked_until: None };
        let locks = u32::from(tries.spent.checked_div(self.attempts_max).unwrap_or_default());
        let locked_for = self.locked_for.saturating_mul(2_i32.saturating_pow(locks.saturating_sub(1)));
        let until = at.saturating_add(locked_for.min(self.locked_for_most));
        Ok(PinTries { locked_until: (self.left(tries) == 0).then_some(until), ..tries })
    }

    /// What keeps a PIN from being tried at `at`.
    #[must_use]
    pub fn lock(&self, tries: PinTries, at: OffsetDateTime) -> Option<PinLock> {
        if tries.spent >= self.wrong_max {
            return Some(PinLock::UntilReset);
        }
        tries.locked_until.filter(|until| at < *until).map(PinLock::Until)
    }

    /// How many attempts are left before the lock that the last one brings; 0 if it was just spent.
    #[must_use]
    pub fn left(&self, tries: PinTries) -> u8 {
        let since_lock = tries.spent.checked_rem(self.attempts_max).unwrap_or_default();
        if since_lock == 0 { 0 } else { self.attempts_max.saturating_sub(since_lock) }
    }
}

/// How often a PIN was tried since it was last right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PinTries {
    /// Attempts spent, whether they turned out wrong yet or not; a lock that ends gives none back.
    pub spent: u8,
    /// The end of the lock that the last attempt brought.
    pub locked_until: Option<OffsetDateTime>,
}

/// Why a PIN may not be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PinLock {
    /// Too many wrong ones were given lately: it may be tried again then.
    Until(OffsetDateTime),
    /// Too many wrong ones were given in a row: only setting another helps.
    UntilReset,
}

/// The way to money is open on one session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    /// The session.
    pub session_id: SessionId,
    /// Its owner.
    pub user_id: UserId,
    /// When the PIN was given.
    pub granted_at: OffsetDateTime,
    /// From when on it must be given again.
    pub expires_at: OffsetDateTime,
}

impl Grant {
    /// Whether it still opens the way at `at`.
    #[must_use]
    pub fn is_live(&self, at: OffsetDateTime) -> bool {
        at < self.expires_at
    }
}

/// Four to six digits that are not the first anybody would try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin(OtpCode);

const FORM: FieldError = FieldError { field: "pin", rule: FieldRule::Form("4 to 6 digits") };

const WEAK: FieldError = FieldError {
    field: "pin",
    rule: FieldRule::Form("no run such as 1234 and no repeat such as 1111 or 1212"),
};

impl Pin {
    /// Types a PIN that is given: any four to six digits, so that one set under older rules still opens.
    ///
    /// # Errors
    /// When it is not four to six ASCII digits.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        let length = u8::try_from(text.len()).ok().filter(|length| (4..=6).contains(length));
        let length = length.and_then(CodeLength::parse).ok_or(FORM)?;
        OtpCode::parse(text, length).map(Self).map_err(|_| FORM)
    }

    /// Types a PIN that is to be set.
    ///
    /// # Errors
    /// When it is not four to six ASCII digits, or is a run (each digit one more, or one less, than the one
    /// before; 0 follows 9) or a repeat of its first one to three digits.
    pub fn parse_new(text: &str) -> Result<Self, FieldError> {
        let pin = Self::parse(text)?;
        if is_weak(text.as_bytes()) { Err(WEAK) } else { Ok(pin) }
    }

    /// The PIN as a code of as many digits, which is what hashers take.
    pub(crate) const fn as_code(&self) -> &OtpCode {
        &self.0
    }
}

fn is_weak(digits: &[u8]) -> bool {
    let step = |pair: &[u8]| match pair {
        [a, b] => Some((10 + b - a) % 10),
        _ => None,
    };
    let run = |by: u8| digits.windows(2).all(|pair| step(pair) == Some(by));
    let repeats = |period: usize| digits.iter().zip(digits.iter().skip(period)).all(|(a, b)| a == b);
    run(1) || run(9) || (1..=digits.len() / 2).any(repeats)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-01-15 12:00 UTC);

    #[test]
    fn a_pin_is_four_to_six_ascii_digits() {
        for right in ["2580", "84213", "904417", "0742"] {
            assert!(Pin::parse_new(right).is_ok(), "{right}");
        }
        for wrong in ["", "123", "1234567", "12a4", "२५८०", " 2580", "25.8"] {
            assert_eq!(Pin::parse(wrong), Err(FORM), "{wrong}");
        }
    }

    #[test]
    fn runs_and_repeats_are_refused_when_set_and_not_when_given() {
        for weak in [
            "1234", "4321", "0123", "7890", "9876", "0987", "123456", "654321", "45678", "1111", "000000",
            "1212", "12121", "121212", "123123",
        ] {
            assert_eq!(Pin::parse_new(weak), Err(WEAK), "{weak}");
            assert!(Pin::parse(weak).is_ok());
        }
        assert!(Pin::parse_new("1231").is_ok());
        assert!(Pin::parse_new("1122").is_ok());
    }

    /// Spends `count` attempts at `at`, of which only the last brings a lock; answers the counter.
    fn spend(policy: &PinPolicy, mut tries: PinTries, count: u8, at: OffsetDateTime) -> PinTries {
        for left in (0..count).rev() {
            tries = policy.spend(tries, at).unwrap();
            assert_eq!(policy.left(tries), left);
            assert_eq!(tries.locked_until.is_some(), left == 0);
        }
        tries
    }

    #[test]
    fn the_fifth_attempt_locks_for_a_quarter_of_an_hour() {
        let policy = PinPolicy::contract();
        let tries = spend(&policy, PinTries::default(), 5, NOW);
        let until = NOW + Duration::minutes(15);
        assert_eq!(policy.spend(tries, until - Duration::microseconds(1)), Err(PinLock::Until(until)));
        assert_eq!(policy.spend(tries, until), Ok(PinTries { spent: 6, locked_until: None }));
    }

    #[test]
    fn each_lock_in_a_row_holds_twice_as_long_and_the_fourth_until_a_reset() {
        let policy = PinPolicy::contract();
        let (mut tries, mut at) = (PinTries::default(), NOW);
        for minutes in [15, 30, 60] {
            tries = spend(&policy, tries, 5, at);
            assert_eq!(policy.lock(tries, at), Some(PinLock::Until(at + Duration::minutes(minutes))));
            at += Duration::minutes(minutes);
            assert_eq!(policy.lock(tries, at), None);
        }
        tries = spend(&policy, tries, 5, at);
        assert_eq!(policy.lock(tries, at), Some(PinLock::UntilReset));
        assert_eq!(policy.spend(tries, at + Duration::days(10_000)), Err(PinLock::UntilReset));
    }

    #[test]
    fn no_lock_holds_longer_than_a_day() {
        let policy = PinPolicy { wrong_max: u8::MAX, ..PinPolicy::contract() };
        let (mut tries, mut at) = (PinTries::default(), NOW);
        for lock in 0..50 {
            tries = spend(&policy, tries, 5, at);
            let hours = if lock < 7 { 2_f64.powi(lock) / 4.0 } else { 24.0 };
            assert_eq!(tries.locked_until, Some(at + Duration::hours(1) * hours), "{lock}");
            at += Duration::DAY;
        }
    }

    proptest! {
        #[test]
        fn every_pin_can_be_hashed(digits in "[0-9]{4,6}") {
            let pin = Pin::parse(&digits).unwrap();
            prop_assert_eq!(pin.as_code().expose(), digits);
        }
    }
}
