//! The simulated insurer itself.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use time::OffsetDateTime;

use super::{
    config::NarayanaConfig,
    policy::{Decision, Policy, Standing},
};
use crate::desk::{Desk, lock};

const MOST_TOKENS: usize = 1_000;
const MOST_POLICIES: usize = 200_000;

/// The simulated insurer.
pub(crate) struct Narayana {
    pub(crate) desk: Desk,
    pub(crate) config: NarayanaConfig,
    /// Tokens and when they end.
    tokens: Mutex<HashMap<String, OffsetDateTime>>,
    pub(crate) policies: Mutex<Policies>,
}

/// The policies that were applied for or withdrawn.
#[derive(Default)]
pub(crate) struct Policies {
    by_id: HashMap<String, Policy>,
    tries: HashMap<String, u32>,
}

impl Policies {
    pub(crate) fn is_known(&self, id: &str) -> bool {
        self.by_id.contains_key(id)
    }

    /// Counts another try to apply for it; answers which this is.
    pub(crate) fn count_try(&mut self, id: &str) -> u32 {
        let tries = self.tries.entry(id.to_owned()).or_default();
        *tries = tries.saturating_add(1);
        *tries
    }

    pub(crate) fn insert(&mut self, policy: Policy) {
        if self.by_id.len() >= MOST_POLICIES {
            self.by_id.clear();
        }
        self.by_id.insert(policy.external_id.clone(), policy);
    }

    /// The policy, brought up to the present.
    pub(crate) fn look(&mut self, id: &str, now: OffsetDateTime) -> Option<&mut Policy> {
        let policy = self.by_id.get_mut(id)?;
        policy.look(now);
        Some(policy)
    }
}

impl Narayana {
    pub(crate) fn new(desk: Desk, config: NarayanaConfig) -> Arc<Self> {
        Arc::new(Self { desk, config, tokens: Mutex::default(), policies: Mutex::default() })
    }

    pub(crate) fn new_token(&self) -> String {
        let ends = self.desk.env.now().saturating_add(self.config.token_lifetime);
        let token = self.desk.alphanumeric(48);
        let mut tokens = lock(&self.tokens);
        if tokens.len() >= MOST_TOKENS {
            tokens.clear();
        }
        tokens.insert(token.clone(), ends);
        token
    }

    pub(crate) fn accepts_token(&self, token: &str) -> bool {
        let now = self.desk.env.now();
        lock(&self.tokens).get(token).is_some_and(|ends| now < *ends)
    }

    /// Decides on a policy that is under way; `None` if there is no such policy, `Some(false)` if it is decided.
    pub(crate) fn decide(&self, id: &str, decision: Decision) -> Option<bool> {
        let now = self.desk.env.now();
        let mut policies = lock(&self.policies);
        let policy = policies.look(id, now)?;
        let is_pending = matches!(policy.standing, Standing::Pending(_));
        if is_pending {
            policy.standing = match decision {
                Decision::Issue => Standing::Issued,
                Decision::Refuse => Standing::Rejected,
            };
        }
        Some(is_pending)
    }

    /// How many policies stand issued.
    pub(crate) fn issued(&self) -> usize {
        let policies = lock(&self.policies);
        policies.by_id.values().filter(|policy| policy.standing == Standing::Issued).count()
    }
}
