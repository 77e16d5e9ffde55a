//! One challenge: a code was sent to a phone number and may be tried a few times.

use crate::ports::NewChallenge;
use time::OffsetDateTime;

kernel::id! {
    /// One code that was sent; it binds what is typed to what was sent last.
    ChallengeId
}

/// A code that was sent. Each lane of a number has one per way in, the newest: asking again replaces it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// As it was made.
    pub made: NewChallenge,
    /// What has become of it.
    pub state: ChallengeState,
}

/// What has become of a challenge, apart from time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChallengeState {
    /// It may be tried, as long as it has attempts left.
    Open {
        /// How many codes were tried.
        tried: u8,
    },
    /// Its code was given, once.
    Used,
}

/// Whether a challenge may be tried, and if not, why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// It may, so many times.
    Open {
        /// Attempts left, at least one.
        attempts_left: u8,
    },
    /// There is none, or not the one that was asked for.
    Missing,
    /// It is too late.
    Expired,
    /// Its code was given already.
    Used,
    /// It has no attempt left.
    Exhausted,
}

impl Challenge {
    /// Whether it may be tried at `at`. The order is the contract's: missing, expired, used, no
    /// attempt left. Every store answers the same; this is the rule they are held to.
    #[must_use]
    pub fn look(&self, asked: Option<ChallengeId>, attempts_max: u8, at: OffsetDateTime) -> Look {
        if asked.is_some_and(|asked| asked != self.made.id) {
            return Look::Missing;
        }
        if at >= self.made.expires_at {
            return Look::Expired;
        }
        match self.state {
            ChallengeState::Used => Look::Used,
            ChallengeState::Open { tried } => match attempts_max.saturating_sub(tried) {
                0 => Look::Exhausted,
                attempts_left => Look::Open { attempts_left },
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CodeHash, Lane, Phone, Surface};
    use time::{Duration, macros::datetime};

    const NOW: OffsetDateTime = datetime!(2026-01-15 12:00 UTC);

    fn challenge(state: ChallengeState) -> Challenge {
        let hash = format!("$argon2id$v=19$m=8,t=1,p=1,keyid=1${}${}", "A".repeat(22), "A".repeat(43));
        let made = NewChallenge {
            id: ChallengeId::new(kernel::uuid::Uuid::from_u128(1)),
            phone: Phone::parse("9876543210").unwrap(),
            surface: Surface::App,
            lane: Lane::Stranger,
            earns: Vec::new(),
            code: CodeHash::from_text(&hash).unwrap(),
            at: NOW,
            expires_at: NOW + Duration::minutes(10),
        };
        Challenge { made, state }
    }

    #[test]
    fn the_order_of_refusals_is_the_contracts() {
        let late = NOW + Duration::minutes(10);
        let other = Some(ChallengeId::new(kernel::uuid::Uuid::from_u128(2)));
        let used = challenge(ChallengeState::Used);
        assert_eq!(used.look(other, 5, late), Look::Missing, "missing before expired");
        assert_eq!(used.look(None, 5, late), Look::Expired, "expired before used");
        assert_eq!(used.look(None, 5, NOW), Look::Used);
        let exhausted = challenge(ChallengeState::Open { tried: 5 });
        assert_eq!(exhausted.look(None, 5, late), Look::Expired, "expired before exhausted");
        assert_eq!(exhausted.look(None, 5, NOW), Look::Exhausted);
        let open = challenge(ChallengeState::Open { tried: 4 });
        assert_eq!(open.look(Some(open.made.id), 5, NOW), Look::Open { attempts_left: 1 });
    }

    #[test]
    fn ten_minutes_end_on_the_instant() {
        let open = challenge(ChallengeState::Open { tried: 0 });
        let last = NOW + Duration::minutes(10) - Duration::microseconds(1);
        assert_eq!(open.look(None, 5, last), Look::Open { attempts_left: 5 });
        assert_eq!(open.look(None, 5, open.made.expires_at), Look::Expired);
    }
}
