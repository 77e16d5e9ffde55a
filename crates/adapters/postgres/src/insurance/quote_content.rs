//! What of a quote is sealed: who is to be covered, and the price line by line, which tells their ages.

use super::life_text::{LifeText, MemberText, unreadable};
use insurance::{BasisPoints, Cover, Line, LineKind, Pincode, Premium, Quote, QuoteHash};
use kernel::{Paise, StoreError};
use serde::{Deserialize, Serialize};
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
struct LineText {
    code: String,
    description: String,
    amount: i64,
}

impl From<&Quote> for Content {
    fn from(quote: &Quote) -> Self {
        let premium = &quote.premium;
        let line = |line: &Line| LineText {
            code: line.kind.code().to_owned(),
            description: line.description.clone(),
            amount: line.amount.get(),
        };
        Self {
            holder: LifeText::from(&quote.cover.holder),
            members: quote.cover.members.iter().map(MemberText::from).collect(),
            starts_on: quote.cover.starts_on,
            pincode: quote.pincode.as_ref().map(|pincode| pincode.as_str().to_owned()),
            hash: *quote.hash.bytes(),
            tax_rate: premium.tax.rate.get(),
            lines: premium.lines.iter().map(line).collect(),
        }
    }
}

impl Content {
    pub(super) fn cover(&self) -> Result<Cover, StoreError> {
        let members = self.members.iter().map(MemberText::member).collect::<Result<_, StoreError>>()?;
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
