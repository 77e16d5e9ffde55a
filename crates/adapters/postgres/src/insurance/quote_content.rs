//! What of a quote is sealed: who is to be covered, and the price line by line, which tells their ages.

use super::{
    life_text::{LifeText, MemberText, unreadable},
    price_text::PriceText,
};
use insurance::{Cover, Pincode, Premium, Quote, QuoteHash};
use kernel::StoreError;
use serde::{Deserialize, Serialize};
use time::Date;

#[derive(Serialize, Deserialize)]
pub(super) struct Content {
    holder: LifeText,
    members: Vec<MemberText>,
    starts_on: Date,
    pincode: Option<String>,
    #[serde(flatten)]
    price: PriceText,
}

impl From<&Quote> for Content {
    fn from(quote: &Quote) -> Self {
        Self {
            holder: LifeText::from(&quote.cover.holder),
            members: quote.cover.members.iter().map(MemberText::from).collect(),
            starts_on: quote.cover.starts_on,
            pincode: quote.pincode.as_ref().map(|pincode| pincode.as_str().to_owned()),
            price: PriceText::new(&quote.premium, &quote.hash),
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
        self.price.hash()
    }

    pub(super) fn premium(&self) -> Result<Premium, StoreError> {
        self.price.premium()
    }
}
