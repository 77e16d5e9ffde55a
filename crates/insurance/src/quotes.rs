//! Quotes: what a cover costs, worked out and held.

use crate::{
    Dependant, Family, Life, Member, NotEligible, Plan, PlanId, Quote, QuoteId, RateCard, fault,
    ports::{DependantStore, DirectoryError, HolderDirectory, KnownHolder, PlanStore, QuoteStore},
};
use kernel::{Detail, Entry, Env, Fault, Gender, Masked, StoreError, UserId, catalogue};
use std::sync::Arc;
use time::Date;

/// What the service asks of the world.
#[derive(Clone)]
pub struct QuotePorts {
    /// Keeps plans.
    pub plans: Arc<dyn PlanStore>,
    /// Keeps quotes.
    pub quotes: Arc<dyn QuoteStore>,
    /// Keeps the families people told us about.
    pub dependants: Arc<dyn DependantStore>,
    /// Knows people.
    pub holders: Arc<dyn HolderDirectory>,
}

/// Prices, each worked out for one person and held for a while.
#[derive(Clone)]
pub struct Quotes {
    env: Env,
    card: RateCard,
    ports: QuotePorts,
}

/// What a client told of the policyholder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ToldHolder {
    /// When they were born; not after the day of the request.
    pub born: Option<Masked<Date>>,
    /// Their gender.
    pub gender: Option<Gender>,
}

/// A wish to know what a cover costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuoteRequest {
    /// Who asks, and is the policyholder.
    pub user_id: UserId,
    /// Under which plan.
    pub plan_id: PlanId,
    /// What they told of themselves; the rest is taken from what is known of them.
    pub holder: ToldHolder,
    /// Their relatives to be covered; if they did not say, all their dependants where the plan covers any.
    pub members: Option<Vec<Member>>,
}

/// No price was given.
#[derive(Debug, thiserror::Error)]
pub enum QuoteError {
    /// There is no such plan on sale.
    #[error("there is no such plan on sale")]
    PlanNotFound,
    /// Neither the request nor the profile says what the price depends on.
    #[error("the policyholder's {0} is not known")]
    HolderUnknown(&'static str),
    /// A rule of entry refuses.
    #[error(transparent)]
    NotEligible(#[from] NotEligible),
    /// What is known of the person could not be told.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// A store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Fault for QuoteError {
    fn entry(&self) -> Entry {
        match self {
            Self::PlanNotFound => fault::PLAN_NOT_FOUND,
            Self::HolderUnknown(_) => catalogue::MISSING_REQUIRED_FIELD,
            Self::NotEligible(error) => error.entry(),
            Self::Directory(error) => error.entry(),
            Self::Store(error) => error.entry(),
        }
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        match self {
            Self::HolderUnknown(field) => vec![("field", Detail::Text(format!("policyholder.{field}")))],
            Self::NotEligible(error) => error.details(),
            Self::Directory(error) => error.details(),
            Self::PlanNotFound | Self::Store(_) => Vec::new(),
        }
    }
}

impl Quotes {
    /// Prices by the rates of `card`.
    #[must_use]
    pub fn new(env: Env, card: RateCard, ports: QuotePorts) -> Self {
        Self { env, card, ports }
    }

    /// Works out what a cover costs that begins today, and holds the price.
    ///
    /// # Errors
    /// When there is no such plan, the policyholder's birth date or gender is known to nobody, a rule of entry refuses,
    /// or something fails.
    pub async fn calculate(&self, request: &QuoteRequest) -> Result<Quote, QuoteError> {
        let plan = self.ports.plans.find_on_sale(request.plan_id).await?.ok_or(QuoteError::PlanNotFound)?;
        let known = self.ports.holders.holder(request.user_id).await?;
        let family = Family {
            holder: holder(&request.holder, &known)?,
            members: self.members(request, &plan).await?,
            pincode: known.pincode,
        };
        let quote = Quote::new(request.user_id, &plan, family, &self.card, &self.env)?;
        self.ports.quotes.record(&quote).await?;
        Ok(quote)
    }

    async fn members(&self, request: &QuoteRequest, plan: &Plan) -> Result<Vec<Member>, StoreError> {
        let covers_nobody = request.members.as_ref().map_or(plan.terms.dependants_max == 0, Vec::is_empty);
        if covers_nobody {
            return Ok(Vec::new());
        }
        let dependants = self.ports.dependants.list(request.user_id).await?;
        let family: Vec<Member> = dependants.iter().map(Dependant::member).collect();
        Ok(request.members.as_ref().map_or_else(|| family.clone(), |told| recognised(told, &family)))
    }

    /// A quote of this person, whether it still holds or not.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn find(&self, user_id: UserId, id: QuoteId) -> Result<Option<Quote>, StoreError> {
        self.ports.quotes.find(user_id, id).await
    }
}

/// The relatives that were told, each as the dependant of whom the same was told, if there is one: twins are two.
fn recognised(told: &[Member], family: &[Member]) -> Vec<Member> {
    let mut family = family.to_vec();
    let recognise = |member: &Member| {
        let same = |known: &Member| (known.relationship, known.life) == (member.relationship, member.life);
        family.iter().position(same).map_or(*member, |index| family.remove(index))
    };
    told.iter().map(recognise).collect()
}

/// The policyholder: as they were told, and where they were not, as they are known.
fn holder(told: &ToldHolder, known: &KnownHolder) -> Result<Life, QuoteError> {
    let born = told.born.or(known.born).ok_or(QuoteError::HolderUnknown("dob"))?;
    let gender = told.gender.or(known.gender).ok_or(QuoteError::HolderUnknown("gender"))?;
    Ok(Life { born, gender })
}

impl std::fmt::Debug for Quotes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Quotes").finish_non_exhaustive()
    }
}
