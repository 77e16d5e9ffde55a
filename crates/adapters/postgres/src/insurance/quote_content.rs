//! What of a quote is sealed: who is to be covered, and the price line by line, which tells their ages.

use crate::fault::inconsistent;
use insurance::{BasisPoints, Cover, Life, Line, LineKind, Member, Pincode, Premium, Quote, QuoteHash};
use kernel::{Gender, Masked, Paise, StoreError};
use serde::{Deserialize, Serialize};
use std::str::FromStr;
use time::Date;

#[derive(Serialize, Deserialize)]
pub(super) struct Content {
    holder: LifeText,
    members: Vec<MemberText>,
    starts_on: Date,
    pincode: Option<String>,
    hash: [u8; 32],
    tax_rate: u16,
    lines: Vec<LineText>,
}

#[derive(Serialize, Deserialize)]
struct LifeText {
    dob: Date,
    gender: String,
}

#[derive(Serialize, Deserialize)]
struct MemberText {
    relationship: String,
    life: LifeText,
}

#[derive(Serialize, Deserialize)]
struct LineText {
    code: String,
    description: String,
    amount: i64,
}

impl From<&Quote> for Content {
    fn from(quote: &Quote) -> Self {
        let premium = &quote.premium;
        let member = |member: &Member| MemberText {
            relationship: member.relationship.word().to_owned(),
            life: LifeText::from(&member.life),
        };
        let line = |line: &Line| LineText {
            code: line.kind.code().to_owned(),
            description: line.description.clone(),
            amount: line.amount.get(),
        };
        Self {
            holder: LifeText::from(&quote.cover.holder),
            members: quote.cover.members.iter().map(member).collect(),
            starts_on: quote.cover.starts_on,
            pincode: quote.pincode.as_ref().map(|pincode| pincode.as_str().to_owned()),
            hash: *quote.hash.bytes(),
            tax_rate: premium.tax.rate.get(),
            lines: premium.lines.iter().map(line).collect(),
        }
    }
}

impl From<&Life> for LifeText {
    fn from(life: &Life) -> Self {
        Self { dob: *life.born.expose(), gender: life.gender.word().to_owned() }
    }
}

impl LifeText {
    fn life(&self) -> Result<Life, StoreError> {
        Ok(Life { born: Masked::new(self.dob), gender: word::<Gender>(&self.gender)? })
    }
}

impl Content {
    pub(super) fn cover(&self) -> Result<Cover, StoreError> {
        let member = |member: &MemberText| {
            Ok(Member { relationship: word(&member.relationship)?, life: member.life.life()? })
        };
        let members = self.members.iter().map(member).collect::<Result<_, StoreError>>()?;
        Ok(Cover { holder: self.holder.life()?, members, starts_on: self.starts_on })
    }

    pub(super) fn pincode(&self) -> Result<Option<Pincode>, StoreError> {
        self.pincode.as_deref().map(|text| Pincode::parse(text).ok_or_else(unreadable)).transpose()
    }

    pub(super) const fn hash(&self) -> QuoteHash {
        QuoteHash::new(self.hash)
    }

    pub(super) fn premium(&self) -> Result<Premium, StoreError> {
        let line = |line: &LineText| {
            let kind = LineKind::from_code(&line.code).ok_or_else(unreadable)?;
            Ok(Line { kind, description: line.description.clone(), amount: Paise::new(line.amount) })
        };
        let lines = self.lines.iter().map(line).collect::<Result<_, StoreError>>()?;
        Ok(Premium::of_lines(lines, BasisPoints::new(self.tax_rate)))
    }
}

fn word<T: FromStr>(word: &str) -> Result<T, StoreError> {
    word.parse().map_err(|_| unreadable())
}

fn unreadable() -> StoreError {
    inconsistent("what was sealed of a quote does not read")
}
