//! The people, in memory: who there is, by which number, and what they may do.

use crate::{Phone, Roles};
use kernel::UserId;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// One person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The number by which they sign in.
    pub phone: Phone,
    /// What they may do.
    pub roles: Roles,
    /// Whether their account is closed.
    pub deactivated: bool,
}

/// Keeps people. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct People {
    kept: Arc<Mutex<BTreeMap<UserId, Person>>>,
}

impl People {
    /// Adds a person, a patient with an open account.
    pub fn add(&self, user_id: UserId, phone: Phone) {
        self.lock().insert(user_id, Person { phone, roles: Roles::PATIENT, deactivated: false });
    }

    /// The person of an id.
    #[must_use]
    pub fn find(&self, user_id: UserId) -> Option<Person> {
        self.lock().get(&user_id).cloned()
    }

    /// The person of a number.
    #[must_use]
    pub fn by_phone(&self, phone: &Phone) -> Option<(UserId, Person)> {
        self.lock()
            .iter()
            .find(|(_, person)| person.phone == *phone)
            .map(|(id, person)| (*id, person.clone()))
    }

    /// Changes a person; answers what `change` does, or `None` if there is no such person.
    pub fn change<T>(&self, user_id: UserId, change: impl FnOnce(&mut Person) -> T) -> Option<T> {
        self.lock().get_mut(&user_id).map(change)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<UserId, Person>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
