//! People as they stand in what is sealed.

use crate::fault::inconsistent;
use insurance::{Life, Member};
use kernel::{Gender, Masked, StoreError};
use serde::{Deserialize, Serialize};
use std::str::FromStr;
use time::Date;

#[derive(Serialize, Deserialize)]
pub(super) struct LifeText {
    dob: Date,
    gender: String,
}

#[derive(Serialize, Deserialize)]
pub(super) struct MemberText {
    relationship: String,
    life: LifeText,
}

impl From<&Life> for LifeText {
    fn from(life: &Life) -> Self {
        Self { dob: *life.born.expose(), gender: life.gender.word().to_owned() }
    }
}

impl From<&Member> for MemberText {
    fn from(member: &Member) -> Self {
        Self { relationship: member.relationship.word().to_owned(), life: LifeText::from(&member.life) }
    }
}

impl LifeText {
    pub(super) fn life(&self) -> Result<Life, StoreError> {
        Ok(Life { born: Masked::new(self.dob), gender: word::<Gender>(&self.gender)? })
    }
}

impl MemberText {
    pub(super) fn member(&self) -> Result<Member, StoreError> {
        Ok(Member { relationship: word(&self.relationship)?, life: self.life.life()? })
    }
}

fn word<T: FromStr>(word: &str) -> Result<T, StoreError> {
    word.parse().map_err(|_| unreadable())
}

/// What was sealed is not of the form it was sealed in. Not the error itself: it could quote what was sealed.
pub(super) fn unreadable() -> StoreError {
    inconsistent("what was sealed of somebody's cover does not read")
}
