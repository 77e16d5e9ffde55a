//! Roles in memory.

use super::{Journal, People};
use crate::{
    Roles,
    ports::{RoleChange, RoleStore},
};
use async_trait::async_trait;
use kernel::{StoreError, UserId};

/// Keeps the roles of people. Clones share them.
#[derive(Debug, Clone)]
pub struct InMemoryRoles {
    people: People,
    journal: Journal,
}

impl InMemoryRoles {
    /// Roles of these people, whose audit entries go to this journal.
    #[must_use]
    pub fn new(people: People, journal: Journal) -> Self {
        Self { people, journal }
    }
}

#[async_trait]
impl RoleStore for InMemoryRoles {
    async fn find(&self, user_id: UserId) -> Result<Option<Roles>, StoreError> {
        Ok(self.people.find(user_id).filter(|person| !person.deactivated).map(|person| person.roles))
    }

    async fn record_change(&self, fact: &RoleChange) -> Result<Option<Roles>, StoreError> {
        let changed = self.people.change(fact.user_id, |person| {
            if person.deactivated {
                return None;
            }
            let before = person.roles;
            person.roles = if fact.given { before.with(fact.role) } else { before.without(fact.role) };
            if person.roles != before {
                self.journal.keep(&fact.audit);
            }
            Some(person.roles)
        });
        Ok(changed.flatten())
    }
}
