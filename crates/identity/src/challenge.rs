//! One challenge: a code was sent to a phone number and may be tried a few times.

use crate::{Lane, ports::NewChallenge};
use time::OffsetDateTime;

kernel::id! {
    /// One code that was sent; it binds what is typed to what was sent last.
    ChallengeId
}

/// A code that was sent. A number has one per way in, the newest: asking again replaces it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// As it was made.
    pub made: NewChallenge,
    /// What has become of it.
    pub state: ChallengeState,
}

/// What has become of a challenge, apart from time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChallengeState {
    /// It may be tried, as long as the lane has attempts left.
    Open(Attempts),
    /// Its code was given, once.
    Used,
}

/// How many codes were tried against a challenge, counted apart so that a stranger who burns attempts burns
/// none of the owner's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Attempts {
    /// By anybody.
    pub by_strangers: u8,
    /// By devices that have signed in with this number before.
    pub by_known_devices: u8,
}

impl Attempts {
    /// How many were tried in `lane`.
    #[must_use]
    pub const fn of(&self, lane: Lane) -> u8 {
        match lane {
            Lane::Stranger => self.by_strangers,
            Lane::KnownDevice(_) => self.by_known_devices,
        }
    }

    /// One more in `lane`.
    #[must_use]
    pub const fn spend(self, lane: Lane) -> Self {
        match lane {
            Lane::Stranger => Self { by_strangers: self.by_strangers.saturating_add(1), ..self },
            Lane::KnownDevice(_) => {
                Self { by_known_devices: self.by_known_devices.saturating_add(1), ..self }
            }
        }
    }
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
    /// This lane has no attempt left.
    Exhausted,
}

impl Challenge {
    /// Whether it may be tried in `lane` at `at`. The order is the contract's: missing, expired, used, no
    /// attempt left. Every store answers the same; this is the rule they are held to.
    #[must_use]
    pub fn look(&self, asked: Option<ChallengeId>, lane: Lane, attempts_max: u8, at: OffsetDateTime) -> Look {
        if asked.is_some_and(|asked| asked != self.made.id) {
            return Look::Missing;
        }
        if at >= self.made.expires_at {
            return Look::Expired;
        }
        match self.state {
            ChallengeState::Used => Look::Used,
            ChallengeState::Open(attempts) => match attempts_max.saturating_sub(attempts.of(lane)) {
                0 => Look::Exhausted,
                attempts_left => Look::Open { attempts_left },
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CodeHash, DeviceKey, Phone, Surface};
    use time::{Duration, macros::datetime};

    const NOW: OffsetDateTime = datetime!(2026-01-15 12:00 UTC);
    const KNOWN: Lane = Lane::KnownDevice(DeviceKey::new([1; 32]));

    fn challenge(state: ChallengeState) -> Challenge {
        let hash = format!("$argon2id$v=19$m=8,t=1,p=1,keyid=1${}${}", "A".repeat(22), "A".repeat(43));
        let made = NewChallenge {
            id: ChallengeId::new(kernel::uuid::Uuid::from_u128(1)),
            phone: Phone::parse("9876543210").unwrap(),
            surface: Surface::App,
            code: CodeHash::from_text(&hash).unwrap(),
            at: NOW,
            expires_at: NOW + Duration::minutes(10),
        };
        Challenge { made, state }
    }

    fn tried(by_strangers: u8, by_known_devices: u8) -> ChallengeState {
        ChallengeState::Open(Attempts { by_strangers, by_known_devices })
    }

    #[test]
    fn the_order_of_refusals_is_the_contracts() {
        let late = NOW + Duration::minutes(10);
        let other = Some(ChallengeId::new(kernel::uuid::Uuid::from_u128(2)));
        let used = challenge(ChallengeState::Used);
        assert_eq!(used.look(other, Lane::Stranger, 5, late), Look::Missing, "missing before expired");
        assert_eq!(used.look(None, Lane::Stranger, 5, late), Look::Expired, "expired before used");
        assert_eq!(used.look(None, Lane::Stranger, 5, NOW), Look::Used);
        let exhausted = challenge(tried(5, 0));
        assert_eq!(exhausted.look(None, Lane::Stranger, 5, late), Look::Expired, "expired before exhausted");
        assert_eq!(exhausted.look(None, Lane::Stranger, 5, NOW), Look::Exhausted);
        let open = challenge(tried(4, 0));
        assert_eq!(open.look(Some(open.made.id), Lane::Stranger, 5, NOW), Look::Open { attempts_left: 1 });
    }

    #[test]
    fn ten_minutes_end_on_the_instant() {
        let open = challenge(tried(0, 0));
        let last = NOW + Duration::minutes(10) - Duration::microseconds(1);
        assert_eq!(open.look(None, Lane::Stranger, 5, last), Look::Open { attempts_left: 5 });
        assert_eq!(open.look(None, Lane::Stranger, 5, open.made.expires_at), Look::Expired);
    }

    #[test]
    fn a_strangers_attempts_are_not_the_owners() {
        let burnt = challenge(tried(5, 0));
        assert_eq!(burnt.look(None, Lane::Stranger, 5, NOW), Look::Exhausted);
        assert_eq!(burnt.look(None, KNOWN, 5, NOW), Look::Open { attempts_left: 5 });
        assert_eq!(Attempts::default().spend(KNOWN), Attempts { by_strangers: 0, by_known_devices: 1 });
        assert_eq!(Attempts::default().spend(Lane::Stranger).of(KNOWN), 0);
    }
}
