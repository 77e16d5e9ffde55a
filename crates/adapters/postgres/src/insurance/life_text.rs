//! People as they stand in what is sealed.

use crate::fault::inconsistent;
use insurance::{DependantId, DependantVersion, Life, Member, Relative};
use kernel::{Gender, Masked, StoreError};
use serde::{Deserialize, Serialize};
use std::str::FromStr;
use time::Date;
use uuid::Uuid;

#[derive(Serialize, Deserialize)]
pub(super) struct LifeText {
    dob: Date,
    gender: String,
}

#[derive(Serialize, Deserialize)]
pub(super) struct MemberText {
    relationship: String,
    life: LifeText,
    #[serde(default)]
    dependant: Option<DependantText>,
}

/// A relative by name.
#[derive(Serialize, Deserialize)]
pub(super) struct RelativeText {
    first_name: String,
    last_name: Option<String>,
    relationship: String,
    life: LifeText,
}

#[derive(Serialize, Deserialize)]
struct DependantText {
    id: Uuid,
    version: u32,
}

impl From<&Life> for LifeText {
    fn from(life: &Life) -> Self {
        Self { dob: *life.born.expose(), gender: life.gender.word().to_owned() }
    }
}

impl From<&Member> for MemberText {
    fn from(member: &Member) -> Self {
        let dependant =
            member.dependant.map(|known| DependantText { id: known.id.uuid(), version: known.version });
        Self {
            relationship: member.relationship.word().to_owned(),
            life: LifeText::from(&member.life),
            dependant,
        }
    }
}

impl From<&Relative> for RelativeText {
    fn from(relative: &Relative) -> Self {
        Self {
            first_name: relative.first_name.expose().clone(),
            last_name: relative.last_name.as_ref().map(|name| name.expose().clone()),
            relationship: relative.relationship.word().to_owned(),
            life: LifeText::from(&relative.life),
        }
    }
}

impl RelativeText {
    pub(super) fn relative(&self) -> Result<Relative, StoreError> {
        Ok(Relative {
            first_name: Masked::new(self.first_name.clone()),
            last_name: self.last_name.clone().map(Masked::new),
            relationship: word(&self.relationship)?,
            life: self.life.life()?,
        })
    }
}

impl LifeText {
    pub(super) fn life(&self) -> Result<Life, StoreError> {
        Ok(Life { born: Masked::new(self.dob), gender: word::<Gender>(&self.gender)? })
    }
}

impl MemberText {
    pub(super) fn member(&self) -> Result<Member, StoreError> {
        let known = self.dependant.as_ref();
        let dependant =
            known.map(|known| DependantVersion { id: DependantId::new(known.id), version: known.version });
        Ok(Member { relationship: word(&self.relationship)?, life: self.life.life()?, dependant })
    }
}

/// A word of ours, read.
pub(super) fn word<T: FromStr>(word: &str) -> Result<T, StoreError> {
    word.parse().map_err(|_| unreadable())
}

/// What was sealed is not of the form it was sealed in. Not the error itself: it could quote what was sealed.
pub(super) fn unreadable() -> StoreError {
    inconsistent("what was sealed of somebody's cover does not read")
}
