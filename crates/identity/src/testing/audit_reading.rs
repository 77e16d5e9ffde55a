//! Reads audit entries back from the texts in which a log keeps them: for whoever runs the suites on a real one.

use crate::{Action, Actor, AuditDetail};
use kernel::{UserId, uuid::Uuid};
use std::collections::BTreeMap;

impl Actor {
    /// Reads what [`to_text`](Self::to_text) wrote; `None` for anything else.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        match text {
            "anonymous" => Some(Self::Anonymous),
            "operator" => Some(Self::Operator),
            "system" => Some(Self::System),
            person => {
                let user_id = Uuid::try_parse(person.strip_prefix("person:")?).ok().map(UserId::new)?;
                Some(Self::Person(user_id))
            }
        }
    }
}

impl Action {
    /// The action of a word; `None` for any other.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|action| action.word() == word)
    }
}

impl AuditDetail {
    /// The facts as a log kept them.
    #[must_use]
    pub const fn from_stored(facts: BTreeMap<String, String>) -> Self {
        Self(facts)
    }

    /// One fact.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.facts().get(name).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_distinct_and_read_back() {
        for action in Action::ALL {
            assert_eq!(Action::from_word(action.word()), Some(*action));
        }
        assert_eq!(Action::from_word("deleted_everything"), None);
    }

    #[test]
    fn actors_read_back_and_nothing_else_does() {
        let person = Actor::Person(UserId::new(Uuid::from_u128(7)));
        for actor in [person, Actor::Anonymous, Actor::Operator, Actor::System] {
            assert_eq!(Actor::from_text(&actor.to_text()), Some(actor));
        }
        for wrong in ["", "person", "person:", "person:Asha", "root"] {
            assert_eq!(Actor::from_text(wrong), None, "{wrong}");
        }
    }
}
