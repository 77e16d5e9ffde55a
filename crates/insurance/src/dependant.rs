//! A dependant: a relative somebody named, in versions that never change.

use crate::{Life, Member, Relationship};
use kernel::{Env, Gender, Masked};
use time::Date;

kernel::id! {
    /// A relative somebody named, whatever the version of what was told of them.
    DependantId
}

/// The most relatives anybody has named at a time: more than any plan covers, so that a large family can choose.
pub const DEPENDANTS_NAMED_MAX: u8 = 20;

/// What was told of a relative. Masked in `Debug`.
///
/// Names are as whoever took them typed them: some text, on one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relative {
    /// First name.
    pub first_name: Masked<String>,
    /// Last name; many people have one name only.
    pub last_name: Option<Masked<String>>,
    /// What they are to the person.
    pub relationship: Relationship,
    /// What cover depends on beside that.
    pub life: Life,
}

/// A relative somebody named, in one version of what was told of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependant {
    /// Which relative.
    pub id: DependantId,
    /// Which version of what was told: 1, 2, … A version is never changed.
    pub version: u32,
    /// What was told.
    pub relative: Relative,
}

/// A dependant in one version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DependantVersion {
    /// Which dependant.
    pub id: DependantId,
    /// Which version of what was told of them.
    pub version: u32,
}

/// What becomes of what was told of a relative; what is `None` stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RelativePatch {
    /// First name.
    pub first_name: Option<Masked<String>>,
    /// Last name, or that there is none.
    pub last_name: Option<Option<Masked<String>>>,
    /// When they were born.
    pub born: Option<Masked<Date>>,
    /// Their gender.
    pub gender: Option<Gender>,
    /// What they are to the policyholder.
    pub relationship: Option<Relationship>,
}

impl Dependant {
    /// Somebody named for the first time.
    #[must_use]
    pub fn new(relative: Relative, env: &Env) -> Self {
        Self { id: DependantId::generate(env), version: 1, relative }
    }

    /// The dependant as somebody to be covered.
    #[must_use]
    pub const fn member(&self) -> Member {
        let Relative { relationship, life, .. } = self.relative;
        let dependant = DependantVersion { id: self.id, version: self.version };
        Member { relationship, life, dependant: Some(dependant) }
    }

    /// The next version of the same dependant, or `None` if the patch changes nothing.
    #[must_use]
    pub fn patched(&self, patch: &RelativePatch) -> Option<Self> {
        let relative = patch.applied_to(&self.relative);
        (relative != self.relative).then(|| Self {
            id: self.id,
            version: self.version.saturating_add(1),
            relative,
        })
    }
}

impl RelativePatch {
    fn applied_to(&self, told: &Relative) -> Relative {
        let mut relative = told.clone();
        relative.relationship = self.relationship.unwrap_or(relative.relationship);
        relative.life.born = self.born.unwrap_or(relative.life.born);
        relative.life.gender = self.gender.unwrap_or(relative.life.gender);
        if let Some(name) = &self.first_name {
            relative.first_name.clone_from(name);
        }
        if let Some(name) = &self.last_name {
            relative.last_name.clone_from(name);
        }
        relative
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::relative;
    use time::macros::date;

    #[test]
    fn a_patch_changes_what_it_names() {
        let env = crate::testing::MemoryCover::default().env;
        let kiran = Dependant::new(relative("Kiran", Relationship::Child, date!(2016 - 07 - 30)), &env);
        assert_eq!(kiran.version, 1);
        assert_eq!(kiran.patched(&RelativePatch::default()), None);
        let same = RelativePatch { gender: Some(Gender::Other), ..RelativePatch::default() };
        assert_eq!(kiran.patched(&same), None, "what is told again is no news");

        let patch = RelativePatch {
            first_name: Some(Masked::new("Kiran Kumar".to_owned())),
            last_name: Some(None),
            born: Some(Masked::new(date!(2016 - 07 - 31))),
            ..RelativePatch::default()
        };
        let next = kiran.patched(&patch).unwrap();
        assert_eq!((next.id, next.version), (kiran.id, 2));
        assert_eq!(next.relative.first_name.expose(), "Kiran Kumar");
        assert_eq!(next.relative.last_name, None);
        assert_eq!(next.relative.relationship, Relationship::Child);
        assert_eq!(*next.relative.life.born.expose(), date!(2016 - 07 - 31));
    }
}
