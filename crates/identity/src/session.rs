//! One session: a signed-in device, from its first refresh token to its end.

use crate::{DeviceInfo, TokenHash};
use kernel::{SessionId, UserId};
use strum::IntoStaticStr;
use time::{Duration, OffsetDateTime};

/// How long sessions last and how many a person may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionPolicy {
    /// From sign-in to the end, whatever happens: refreshing never moves it.
    pub life: Duration,
    /// How long a session may lie unused.
    pub idle: Duration,
    /// The most live sessions of a person; one more ends the oldest.
    pub live_max: u8,
    /// How long a spent refresh token still gets the pair it was spent for.
    pub retry_for: Duration,
}

impl SessionPolicy {
    /// The contract's: 30 days, 14 days idle, 10 devices, 60 seconds.
    #[must_use]
    pub const fn contract() -> Self {
        Self {
            life: Duration::days(30),
            idle: Duration::days(14),
            live_max: 10,
            retry_for: Duration::seconds(60),
        }
    }

    /// When a session opened at `at` ends for good: whole seconds, since its tokens say so in seconds.
    #[must_use]
    pub fn expires_at(&self, at: OffsetDateTime) -> OffsetDateTime {
        let end = at.saturating_add(self.life);
        end.replace_nanosecond(0).unwrap_or(end)
    }

    /// When a session used at `at` ends if it lies unused from then on.
    #[must_use]
    pub fn idle_ends_at(&self, at: OffsetDateTime, expires_at: OffsetDateTime) -> OffsetDateTime {
        at.saturating_add(self.idle).min(expires_at)
    }
}

/// A session as a store keeps it: one row from sign-in to end, however often it is refreshed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Which one.
    pub id: SessionId,
    /// Whose.
    pub user_id: UserId,
    /// What the device called itself.
    pub device: Option<DeviceInfo>,
    /// What all of its refresh tokens share, hashed.
    pub family: TokenHash,
    /// The newest refresh token, hashed.
    pub newest: TokenHash,
    /// The token that was spent for it.
    pub predecessor: Option<Predecessor>,
    /// When the person signed in.
    pub created_at: OffsetDateTime,
    /// When it was last refreshed.
    pub last_used_at: OffsetDateTime,
    /// When it ends unless it is refreshed before.
    pub idle_ends_at: OffsetDateTime,
    /// When it ends whatever happens.
    pub expires_at: OffsetDateTime,
    /// When and why it was ended, if it was.
    pub ended: Option<Ended>,
}

/// The refresh token before the newest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Predecessor {
    /// The token, hashed.
    pub token: TokenHash,
    /// The pair it was spent for, sealed under it.
    pub sealed: Vec<u8>,
    /// Until when it still gets that pair.
    pub retry_until: OffsetDateTime,
}

/// When and why a session was ended before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// When.
    pub at: OffsetDateTime,
    /// Why.
    pub reason: EndReason,
}

/// Why a session was ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum EndReason {
    /// Its device signed out.
    LoggedOut,
    /// Another device of the person ended it.
    Revoked,
    /// A spent refresh token was presented: a copy of it is in other hands.
    Reused,
    /// The person signed in on one device too many, and this was the oldest.
    Crowded,
}

/// What a presented refresh token is to a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presented<'a> {
    /// The newest: it is to be spent.
    Newest,
    /// The one before, whose answer may have been lost: it gets the same pair again.
    Retry {
        /// The pair, sealed under the presented token.
        sealed: &'a [u8],
    },
    /// One that was spent long ago or whose successor was used: the session is to end.
    Reused,
    /// The session is over.
    Over,
    /// None of this session's.
    Foreign,
}

impl Session {
    /// Whether it is neither ended nor expired at `at`.
    #[must_use]
    pub fn is_live(&self, at: OffsetDateTime) -> bool {
        self.ended.is_none() && at < self.idle_ends_at && at < self.expires_at
    }

    /// What the token hashed as `token`, of the family hashed as `family`, is to this session at `at`. Every
    /// store decides the same; this is the rule they are held to.
    ///
    /// Only the newest token and the one spent for it are known by their hashes. Spending the newest makes it
    /// the predecessor, so a predecessor's successor is unused by construction, and any other token of the
    /// family is older. A predecessor that comes after its time is taken for a copy as well: whoever took the
    /// successor in its stead may still hold it.
    #[must_use]
    pub fn present(&self, token: TokenHash, family: TokenHash, at: OffsetDateTime) -> Presented<'_> {
        if family != self.family {
            return Presented::Foreign;
        }
        if !self.is_live(at) {
            return Presented::Over;
        }
        if token == self.newest {
            return Presented::Newest;
        }
        match &self.predecessor {
            Some(before) if before.token == token && at < before.retry_until => {
                Presented::Retry { sealed: &before.sealed }
            }
            Some(_) | None => Presented::Reused,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::uuid::Uuid;
    use proptest::prelude::*;
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-01-15 12:00 UTC);
    const FAMILY: TokenHash = TokenHash::new([9; 32]);

    fn token(byte: u8) -> TokenHash {
        TokenHash::new([byte; 32])
    }

    fn session() -> Session {
        let policy = SessionPolicy::contract();
        let expires_at = policy.expires_at(NOW);
        Session {
            id: SessionId::new(Uuid::from_u128(1)),
            user_id: UserId::new(Uuid::from_u128(2)),
            device: None,
            family: FAMILY,
            newest: token(2),
            predecessor: Some(Predecessor {
                token: token(1),
                sealed: vec![7],
                retry_until: NOW + policy.retry_for,
            }),
            created_at: NOW,
            last_used_at: NOW,
            idle_ends_at: policy.idle_ends_at(NOW, expires_at),
            expires_at,
            ended: None,
        }
    }

    #[test]
    fn the_newest_is_spent_and_the_one_before_gets_the_same_again() {
        let session = session();
        assert_eq!(session.present(token(2), FAMILY, NOW), Presented::Newest);
        assert_eq!(session.present(token(1), FAMILY, NOW), Presented::Retry { sealed: &[7] });
        let last = NOW + Duration::seconds(60) - Duration::microseconds(1);
        assert_eq!(session.present(token(1), FAMILY, last), Presented::Retry { sealed: &[7] });
    }

    #[test]
    fn older_ones_and_late_ones_are_reused() {
        let session = session();
        assert_eq!(session.present(token(0), FAMILY, NOW), Presented::Reused);
        assert_eq!(session.present(token(1), FAMILY, NOW + Duration::seconds(60)), Presented::Reused);
    }

    #[test]
    fn an_invented_token_is_nobodys_business() {
        assert_eq!(session().present(token(2), token(8), NOW), Presented::Foreign);
    }

    #[test]
    fn a_session_ends_by_hand_by_idleness_and_for_good() {
        let ended = Session { ended: Some(Ended { at: NOW, reason: EndReason::LoggedOut }), ..session() };
        assert_eq!(ended.present(token(2), FAMILY, NOW), Presented::Over);
        assert_eq!(ended.present(token(0), FAMILY, NOW), Presented::Over, "nothing left to end");
        assert!(session().is_live(NOW + Duration::days(14) - Duration::SECOND));
        assert!(!session().is_live(NOW + Duration::days(14)));
        let used = Session { idle_ends_at: NOW + Duration::days(40), ..session() };
        assert!(!used.is_live(NOW + Duration::days(30)));
    }

    proptest! {
        #[test]
        fn using_a_session_never_moves_its_end(days in proptest::collection::vec(0..14_i64, 0..40)) {
            let policy = SessionPolicy::contract();
            let end = policy.expires_at(NOW);
            let mut at = NOW;
            for days in days {
                at += Duration::days(days);
                prop_assert!(policy.idle_ends_at(at, end) <= end);
            }
        }
    }
}
