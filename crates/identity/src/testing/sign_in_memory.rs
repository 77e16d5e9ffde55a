//! Challenges, people, sessions and budgets in memory: what tests and the examples sign in with.

use super::{Journal, People};
use crate::{
    AuditEvent, Challenge, ChallengeState, Charge, DeviceKey, Effect, EndReason, Ended, Holder, Lane, Look,
    Meter, Phone, Roles, Session, Settlement, Surface, Tally,
    ports::{
        Attempt, BudgetStore, ChallengeUse, CodeAttempt, Granted, NewChallenge, RecordError, SignIn,
        SignInStore, SignedIn, Spending,
    },
};
use async_trait::async_trait;
use kernel::{SessionId, StoreError, UserId};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
};
use time::OffsetDateTime;

/// The stores of signing in, in memory. Every method is one fact under one lock, as a transaction is.
#[derive(Debug, Default)]
pub struct InMemorySignIns {
    pub(super) people: People,
    pub(super) journal: Journal,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
pub(super) struct State {
    /// Of a number's lane and way in, the newest last: the others count again only if all after them are withdrawn.
    challenges: HashMap<(Phone, Surface, Lane), Vec<Challenge>>,
    pub(super) devices: HashMap<(Phone, DeviceKey), Seen>,
    pub(super) sessions: BTreeMap<SessionId, Session>,
    counters: HashMap<(Meter, Holder), Counter>,
}

/// When a device signed in last, and the session it then opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Seen {
    at: OffsetDateTime,
    pub(super) session_id: SessionId,
}

#[derive(Debug, Clone, Copy)]
struct Counter {
    tally: Tally,
    ends_at: OffsetDateTime,
}

impl InMemorySignIns {
    /// Stores that share people, news and the audit log with others.
    #[must_use]
    pub fn new(people: People, journal: Journal) -> Self {
        Self { people, journal, state: Mutex::default() }
    }

    /// How many sessions of a person are kept, over or not.
    #[must_use]
    pub fn session_count(&self, user_id: UserId) -> usize {
        self.lock().sessions.values().filter(|session| session.user_id == user_id).count()
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn newest(&mut self, phone: &Phone, surface: Surface, lane: Lane) -> Option<&mut Challenge> {
        self.challenges.get_mut(&(phone.clone(), surface, lane))?.last_mut()
    }

    /// Remembers a device in place of those seen longest ago; answers whether it is new.
    fn remember(&mut self, fact: &SignIn) -> bool {
        let (phone, at) = (&fact.challenge.phone, fact.challenge.at);
        let seen = Seen { at, session_id: fact.session.id };
        let is_new = self.devices.insert((phone.clone(), fact.device), seen).is_none();
        let mut of_phone: Vec<_> = self.devices.iter().filter(|((other, _), _)| other == phone).collect();
        of_phone.sort_by_key(|(_, seen)| std::cmp::Reverse(**seen));
        let too_old: Vec<_> =
            of_phone.into_iter().skip(fact.devices_max.into()).map(|(key, _)| key.clone()).collect();
        self.devices.retain(|key, _| !too_old.contains(key));
        is_new
    }

    fn tally(&self, charge: &Charge) -> Option<Tally> {
        self.counters.get(&(charge.meter, charge.holder.clone())).map(|counter| counter.tally)
    }

    fn spend(&mut self, charges: &[Charge], at: OffsetDateTime) -> Spending {
        let mut tallies = Vec::with_capacity(charges.len());
        for (index, charge) in charges.iter().enumerate() {
            let tally = self.tally(charge);
            match charge.spend(tally, at) {
                Some(spent) => tallies.push(spent),
                None => return Spending::Exhausted { index, tally: charge.current(tally, at) },
            }
        }
        for (charge, tally) in charges.iter().zip(&tallies).filter(|(charge, _)| charge.cost > 0) {
            let counter = Counter { tally: *tally, ends_at: charge.ends_at(tally) };
            self.counters.insert((charge.meter, charge.holder.clone()), counter);
        }
        Spending::Granted(tallies)
    }

    fn settle(&mut self, settlements: &[Settlement], at: OffsetDateTime) {
        for Settlement { meter, holder, effect } in settlements {
            let key = (*meter, holder.clone());
            let Some(counter) = self.counters.get_mut(&key).filter(|counter| at < counter.ends_at) else {
                continue;
            };
            let tally = &mut counter.tally;
            match effect {
                Effect::GiveBack => tally.spent = tally.spent.saturating_sub(1),
                Effect::Verified => tally.verified = tally.verified.saturating_add(1).min(tally.spent),
                Effect::Forget => drop(self.counters.remove(&key)),
            }
        }
    }

    fn use_up(&mut self, fact: &ChallengeUse) -> Result<(), RecordError> {
        let challenge = self
            .newest(&fact.phone, fact.surface, fact.lane)
            .filter(|challenge| challenge.made.id == fact.challenge_id)
            .filter(|challenge| matches!(challenge.state, ChallengeState::Open { .. }));
        let Some(challenge) = challenge else {
            let mut back = fact.settlements.clone();
            back.retain(|settlement| settlement.effect == Effect::GiveBack);
            self.settle(&back, fact.at);
            return Err(RecordError::Used);
        };
        challenge.state = ChallengeState::Used;
        let settlements = [fact.settlements.as_slice(), &challenge.made.earns].concat();
        self.settle(&settlements, fact.at);
        Ok(())
    }

    /// Ends the oldest live sessions until one more fits.
    fn make_room(&mut self, user_id: UserId, live_max: u8, at: OffsetDateTime) -> Vec<SessionId> {
        let mut live: Vec<_> =
            self.sessions.values_mut().filter(|s| s.user_id == user_id && s.is_live(at)).collect();
        live.sort_by_key(|session| (session.created_at, session.id));
        let too_many = live.len().saturating_add(1).saturating_sub(live_max.into());
        let crowded = live.into_iter().take(too_many).map(|session| {
            session.ended = Some(Ended { at, reason: EndReason::Crowded });
            session.id
        });
        crowded.collect()
    }

    fn open(&mut self, fact: &SignIn, user_id: UserId) {
        let (new, at) = (&fact.session, fact.challenge.at);
        let session = Session {
            id: new.id,
            user_id,
            device: new.device.clone(),
            family: new.family,
            newest: new.token,
            predecessor: None,
            created_at: at,
            last_used_at: at,
            idle_ends_at: new.idle_ends_at,
            expires_at: new.expires_at,
            ended: None,
        };
        self.sessions.insert(new.id, session);
    }
}

#[async_trait]
impl SignInStore for InMemorySignIns {
    async fn knows_device(&self, phone: &Phone, device: DeviceKey) -> Result<bool, StoreError> {
        let is_open = self.people.by_phone(phone).is_some_and(|(_, person)| !person.deactivated);
        Ok(is_open && self.lock().devices.contains_key(&(phone.clone(), device)))
    }

    async fn record_challenge(&self, fact: &NewChallenge) -> Result<(), StoreError> {
        let challenge = Challenge { made: fact.clone(), state: ChallengeState::Open { tried: 0 } };
        let key = (fact.phone.clone(), fact.surface, fact.lane);
        self.lock().challenges.entry(key).or_default().push(challenge);
        Ok(())
    }

    async fn withdraw_challenge(&self, fact: &NewChallenge) -> Result<(), StoreError> {
        if let Some(challenges) =
            self.lock().challenges.get_mut(&(fact.phone.clone(), fact.surface, fact.lane))
        {
            challenges.retain(|one| one.made.id != fact.id || one.state == ChallengeState::Used);
        }
        Ok(())
    }

    async fn spend_attempt(&self, fact: &CodeAttempt) -> Result<Attempt, StoreError> {
        let mut state = self.lock();
        let Some(challenge) = state.newest(&fact.phone, fact.surface, fact.lane).cloned() else {
            return Ok(Attempt::Missing);
        };
        let attempts_left = match challenge.look(fact.challenge_id, fact.attempts_max, fact.at) {
            Look::Missing => return Ok(Attempt::Missing),
            Look::Expired => return Ok(Attempt::Expired),
            Look::Used => return Ok(Attempt::Used),
            Look::Exhausted => return Ok(Attempt::Exhausted),
            Look::Open { attempts_left } => attempts_left.saturating_sub(1),
        };
        let charges = &fact.charges;
        let is_last = match state.spend(charges, fact.at) {
            Spending::Granted(tallies) => {
                charges.iter().zip(tallies).any(|(charge, tally)| tally.spent >= charge.allowance.at_most)
            }
            Spending::Exhausted { index, tally } => {
                let until = charges.get(index).map_or(fact.at, |charge| charge.ends_at(&tally));
                return Ok(Attempt::OverBudget { until });
            }
        };
        if let Some((user_id, _)) = self.people.by_phone(&fact.phone).filter(|_| is_last) {
            self.journal.keep(&AuditEvent { subject: user_id, ..fact.last_guess.clone() });
        }
        if let Some(challenge) = state.newest(&fact.phone, fact.surface, fact.lane)
            && let ChallengeState::Open { tried } = &mut challenge.state
        {
            *tried = tried.saturating_add(1);
        }
        Ok(Attempt::Granted(Granted {
            challenge_id: challenge.made.id,
            code: challenge.made.code,
            attempts_left,
        }))
    }

    async fn use_challenge(&self, fact: &ChallengeUse) -> Result<(), RecordError> {
        self.lock().use_up(fact)
    }

    async fn record_sign_in(&self, fact: &SignIn) -> Result<SignedIn, RecordError> {
        let mut state = self.lock();
        let (phone, at) = (&fact.challenge.phone, fact.challenge.at);
        state.use_up(&fact.challenge)?;
        let known = self.people.by_phone(phone);
        let is_new_user = known.is_none();
        let (user_id, roles) = match known {
            Some((_, person)) if person.deactivated => return Err(RecordError::Deactivated),
            Some((user_id, person)) => (user_id, person.roles),
            None => {
                self.people.add(fact.new_user_id, phone.clone());
                (fact.new_user_id, Roles::PATIENT)
            }
        };
        let crowded_out = state.make_room(user_id, fact.live_max, at);
        state.open(fact, user_id);
        let new_device = state.remember(fact);
        fact.news(user_id, is_new_user, new_device).iter().for_each(|news| self.journal.announce(news));
        self.journal.keep(&fact.audit(user_id, is_new_user));
        if !crowded_out.is_empty() {
            self.journal.keep(&fact.crowded_audit(user_id));
        }
        Ok(SignedIn { user_id, roles, is_new_user, new_device, crowded_out })
    }

    async fn forget_expired(
        &self,
        before: OffsetDateTime,
        unseen_since: OffsetDateTime,
    ) -> Result<u64, StoreError> {
        let mut state = self.lock();
        let count = |state: &State| {
            let challenges = state.challenges.values().map(Vec::len).sum::<usize>();
            challenges + state.counters.len() + state.devices.len()
        };
        let there = count(&state);
        state.challenges.retain(|_, challenges| {
            challenges.retain(|challenge| challenge.made.expires_at >= before);
            !challenges.is_empty()
        });
        state.counters.retain(|_, counter| counter.ends_at >= before);
        state.devices.retain(|_, seen| seen.at >= unseen_since);
        Ok(u64::try_from(there - count(&state)).unwrap_or(u64::MAX))
    }
}

#[async_trait]
impl BudgetStore for InMemorySignIns {
    async fn spend(&self, charges: &[Charge], at: OffsetDateTime) -> Result<Spending, StoreError> {
        Ok(self.lock().spend(charges, at))
    }

    async fn give_back(&self, charges: &[Charge], at: OffsetDateTime) -> Result<(), StoreError> {
        let mut state = self.lock();
        for charge in charges {
            let counter = state.counters.get_mut(&(charge.meter, charge.holder.clone()));
            if let Some(counter) = counter.filter(|counter| at < counter.ends_at) {
                counter.tally.spent = counter.tally.spent.saturating_sub(charge.cost);
            }
        }
        Ok(())
    }
}
