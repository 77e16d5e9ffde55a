//! Sessions in memory.

use super::InMemorySignIns;
use crate::{
    EndReason, Ended, Predecessor, Presented, Session,
    ports::{
        EndedSession, LiveSession, OthersEnd, Rotated, Rotation, SessionEnd, SessionOwner, SessionStore,
    },
};
use async_trait::async_trait;
use kernel::{SessionId, StoreError, UserId};
use time::OffsetDateTime;

#[async_trait]
impl SessionStore for InMemorySignIns {
    async fn rotate(&self, fact: &Rotation) -> Result<Rotated, StoreError> {
        let mut locked = self.lock();
        let state = &mut *locked;
        let person = self.people.find(fact.user_id);
        let named =
            |session: &&mut Session| session.user_id == fact.user_id && session.expires_at == fact.expires_at;
        let (Some(session), Some(person)) = (state.sessions.get_mut(&fact.session_id).filter(named), person)
        else {
            return Ok(Rotated::Foreign);
        };
        let presented = session.present(fact.presented, fact.family, fact.at);
        let is_ours = !matches!(presented, Presented::Foreign | Presented::Over);
        if is_ours && person.deactivated {
            return Ok(Rotated::Deactivated);
        }
        match presented {
            Presented::Foreign => Ok(Rotated::Foreign),
            Presented::Over => Ok(Rotated::Over),
            Presented::Retry { sealed } => Ok(Rotated::Retry { sealed: sealed.to_vec() }),
            Presented::Newest if person.roles != fact.roles => Ok(Rotated::OtherRoles(person.roles)),
            Presented::Newest => {
                session.predecessor = Some(Predecessor {
                    token: fact.presented,
                    sealed: fact.sealed.clone(),
                    retry_until: fact.retry_until,
                });
                session.newest = fact.successor;
                session.last_used_at = fact.at;
                session.idle_ends_at = fact.idle_ends_at;
                Ok(Rotated::Spent)
            }
            Presented::Reused => {
                session.ended = Some(Ended { at: fact.at, reason: EndReason::Reused });
                state.devices.retain(|_, seen| seen.session_id != fact.session_id);
                self.journal.keep(&fact.reuse_audit);
                self.journal.announce(&fact.reuse_news);
                Ok(Rotated::Reused)
            }
        }
    }

    async fn end(&self, fact: &SessionEnd) -> Result<bool, StoreError> {
        let mut locked = self.lock();
        let state = &mut *locked;
        let is_owner = |session: &Session| match fact.owner {
            SessionOwner::Person(user_id) => session.user_id == user_id,
            SessionOwner::Token { user_id, family } => session.user_id == user_id && session.family == family,
        };
        let session = state.sessions.get_mut(&fact.session_id);
        let Some(session) = session.filter(|session| is_owner(session) && session.is_live(fact.at)) else {
            return Ok(false);
        };
        session.ended = Some(Ended { at: fact.at, reason: fact.reason });
        if fact.reason != EndReason::LoggedOut {
            state.devices.retain(|_, seen| seen.session_id != fact.session_id);
        }
        self.journal.keep(&fact.audit);
        Ok(true)
    }

    async fn end_others(&self, fact: &OthersEnd) -> Result<u64, StoreError> {
        let mut state = self.lock();
        let mut ended = 0;
        for session in state.sessions.values_mut() {
            if session.user_id == fact.user_id && session.id != fact.kept && session.is_live(fact.at) {
                session.ended = Some(Ended { at: fact.at, reason: EndReason::Revoked });
                ended += 1;
            }
        }
        let phone = self.people.find(fact.user_id).map(|person| person.phone);
        state.devices.retain(|(of, _), seen| phone.as_ref() != Some(of) || seen.session_id == fact.kept);
        if ended > 0 {
            self.journal.keep(&fact.audit);
        }
        Ok(ended)
    }

    async fn live_sessions(
        &self,
        user_id: UserId,
        at: OffsetDateTime,
    ) -> Result<Vec<LiveSession>, StoreError> {
        let state = self.lock();
        let of_user = state.sessions.values().filter(|s| s.user_id == user_id && s.is_live(at));
        let mut live: Vec<_> = of_user
            .map(|session| LiveSession {
                id: session.id,
                device: session.device.clone(),
                created_at: session.created_at,
                last_used_at: session.last_used_at,
                expires_at: session.expires_at,
            })
            .collect();
        live.sort_by_key(|session| std::cmp::Reverse((session.last_used_at, session.id)));
        Ok(live)
    }

    async fn is_live(&self, session_id: SessionId, at: OffsetDateTime) -> Result<bool, StoreError> {
        Ok(self.lock().sessions.get(&session_id).is_some_and(|session| session.is_live(at)))
    }

    async fn ended_since(&self, since: OffsetDateTime) -> Result<Vec<EndedSession>, StoreError> {
        let state = self.lock();
        let ended = state.sessions.values().filter_map(|session| {
            let Ended { at, .. } = session.ended?;
            (at >= since).then_some(EndedSession { id: session.id, ended_at: at })
        });
        Ok(ended.collect())
    }

    async fn forget_over(&self, before: OffsetDateTime) -> Result<u64, StoreError> {
        let mut state = self.lock();
        let there = state.sessions.len();
        state.sessions.retain(|_, session| {
            session.ended.map_or(session.expires_at, |ended| ended.at.min(session.expires_at)) >= before
        });
        Ok(u64::try_from(there - state.sessions.len()).unwrap_or(u64::MAX))
    }
}
