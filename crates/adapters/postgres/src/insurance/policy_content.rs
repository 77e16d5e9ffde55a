//! What of a policy is sealed: whom it covers, by name, and its price line by line.

use super::{
    life_text::{LifeText, RelativeText, unreadable},
    price_text::PriceText,
};
use insurance::{Dependant, DependantId, Holder, Insured, Pincode, Policy, Premium, QuoteHash};
use kernel::{Masked, StoreError};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Serialize, Deserialize)]
pub(super) struct Content {
    holder: HolderText,
    relatives: Vec<InsuredText>,
    price: PriceText,
}

#[derive(Serialize, Deserialize)]
struct HolderText {
    first_name: String,
    last_name: Option<String>,
    phone: String,
    pincode: Option<String>,
    life: LifeText,
}

#[derive(Serialize, Deserialize)]
struct InsuredText {
    id: Uuid,
    version: u32,
    relative: RelativeText,
}

impl From<&Policy> for Content {
    fn from(policy: &Policy) -> Self {
        let Insured { holder, relatives } = &policy.insured;
        let insured = |dependant: &Dependant| InsuredText {
            id: dependant.id.uuid(),
            version: dependant.version,
            relative: RelativeText::from(&dependant.relative),
        };
        Self {
            holder: HolderText {
                first_name: holder.first_name.expose().clone(),
                last_name: holder.last_name.as_ref().map(|name| name.expose().clone()),
                phone: holder.phone.expose().clone(),
                pincode: holder.pincode.as_ref().map(|pincode| pincode.expose().as_str().to_owned()),
                life: LifeText::from(&holder.life),
            },
            relatives: relatives.iter().map(insured).collect(),
            price: PriceText::new(&policy.premium, &policy.quote_hash),
        }
    }
}

impl Content {
    pub(super) fn insured(&self) -> Result<Insured, StoreError> {
        let HolderText { first_name, last_name, phone, pincode, life } = &self.holder;
        let pincode =
            pincode.as_deref().map(|text| Pincode::parse(text).map(Masked::new).ok_or_else(unreadable));
        let holder = Holder {
            first_name: Masked::new(first_name.clone()),
            last_name: last_name.clone().map(Masked::new),
            phone: Masked::new(phone.clone()),
            pincode: pincode.transpose()?,
            life: life.life()?,
        };
        let relatives = self.relatives.iter().map(InsuredText::dependant);
        Ok(Insured { holder, relatives: relatives.collect::<Result<_, _>>()? })
    }

    pub(super) fn premium(&self) -> Result<Premium, StoreError> {
        self.price.premium()
    }

    pub(super) const fn hash(&self) -> QuoteHash {
        self.price.hash()
    }
}

impl InsuredText {
    fn dependant(&self) -> Result<Dependant, StoreError> {
        let relative = self.relative.relative()?;
        Ok(Dependant { id: DependantId::new(self.id), version: self.version, relative })
    }
}
