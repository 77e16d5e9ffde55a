//! An insurer in memory.

use super::memory::lock;
use crate::{
    Issuance, Issued, Policy, PolicyId, PolicyNumber, Sale,
    ports::{IssuerError, Offer, PlanSource, PolicyIssuer, SourceError},
};
use async_trait::async_trait;
use kernel::{Env, business_day};
use std::{collections::BTreeMap, sync::Mutex};
use time::Duration;

/// An insurer that publishes what it is told to, and issues at once what it is asked for unless told otherwise.
#[derive(Debug)]
pub struct MemoryInsurer {
    env: Env,
    desk: Mutex<Desk>,
}

#[derive(Debug, Default)]
struct Desk {
    offers: Vec<Offer>,
    policies: BTreeMap<PolicyId, Issuance>,
    answers: Vec<Issuance>,
    silences: u32,
}

impl MemoryInsurer {
    /// An insurer that sells nothing yet.
    #[must_use]
    pub fn new(env: Env) -> Self {
        Self { env, desk: Mutex::default() }
    }

    /// Publishes these plans and no others.
    pub fn publish(&self, offers: impl IntoIterator<Item = Offer>) {
        lock(&self.desk).offers = offers.into_iter().collect();
    }

    /// Answers the next request to issue something with this.
    pub fn answer(&self, said: Issuance) {
        lock(&self.desk).answers.push(said);
    }

    /// Leaves the next so many calls without an answer, of which each still has its effect.
    pub fn fall_silent(&self, calls: u32) {
        lock(&self.desk).silences = calls;
    }

    /// Says from now on what became of a policy.
    pub fn decide(&self, id: PolicyId, said: Issuance) {
        lock(&self.desk).policies.insert(id, said);
    }

    /// Issues or refuses a policy that is under way; answers whether it was.
    pub fn finish(&self, id: PolicyId, is_issued: bool) -> bool {
        let issued = self.issue_of(id);
        let mut desk = lock(&self.desk);
        let said = desk.policies.get_mut(&id).filter(|said| **said == Issuance::Underway);
        said.map(|said| *said = if is_issued { issued } else { Issuance::Refused }).is_some()
    }

    /// Whether it issued that policy.
    #[must_use]
    pub fn has_issued(&self, id: PolicyId) -> bool {
        matches!(lock(&self.desk).policies.get(&id), Some(Issuance::Issued(_)))
    }

    /// How many policies it issued.
    #[must_use]
    pub fn issued(&self) -> usize {
        let desk = lock(&self.desk);
        desk.policies.values().filter(|said| matches!(said, Issuance::Issued(_))).count()
    }

    /// A policy that is issued now, for a year.
    #[must_use]
    pub fn issue_of(&self, id: PolicyId) -> Issuance {
        let (at, digits) = (self.env.now(), id.uuid().simple().to_string());
        let starts_on = business_day(at);
        let number = PolicyNumber::parse(&digits);
        let issued = number.map(|number| {
            let ends_on = starts_on.saturating_add(Duration::days(364));
            Issuance::Issued(Issued { number, starts_on, ends_on, at })
        });
        issued.unwrap_or(Issuance::Unknown)
    }
}

impl Desk {
    fn say(&mut self, said: Issuance) -> Result<Issuance, IssuerError> {
        match self.silences.checked_sub(1) {
            Some(left) => {
                self.silences = left;
                Err(IssuerError("the answer was lost".into()))
            }
            None => Ok(said),
        }
    }
}

#[async_trait]
impl PlanSource for MemoryInsurer {
    async fn offers(&self) -> Result<Vec<Offer>, SourceError> {
        Ok(lock(&self.desk).offers.clone())
    }
}

#[async_trait]
impl PolicyIssuer for MemoryInsurer {
    async fn find(&self, id: PolicyId) -> Result<Issuance, IssuerError> {
        let mut desk = lock(&self.desk);
        let said = desk.policies.get(&id).cloned().unwrap_or(Issuance::Unknown);
        desk.say(said)
    }

    async fn issue(&self, policy: &Policy, _: &Sale) -> Result<Issuance, IssuerError> {
        let at_once = self.issue_of(policy.id);
        let mut desk = lock(&self.desk);
        let said = match desk.policies.get(&policy.id) {
            Some(known) => known.clone(),
            None => desk.answers.pop().unwrap_or(at_once),
        };
        desk.policies.insert(policy.id, said.clone());
        desk.say(said)
    }

    async fn withdraw(&self, id: PolicyId) -> Result<Issuance, IssuerError> {
        let mut desk = lock(&self.desk);
        let known = desk.policies.entry(id).or_insert(Issuance::Withdrawn);
        if *known == Issuance::Underway {
            *known = Issuance::Withdrawn;
        }
        let said = known.clone();
        desk.say(said)
    }
}
