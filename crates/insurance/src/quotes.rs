//! Quotes: what a cover costs, worked out and held.

use crate::{
    Dependant, DependantId, Family, Life, Member, NotEligible, Plan, PlanId, Quote, QuoteId, RateCard, fault,
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
    /// Whom to cover beside them.
    pub relatives: Relatives,
}

/// Whom to cover beside the policyholder.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Relatives {
    /// All their dependants, where the plan covers any.
    #[default]
    Listed,
    /// These and no others.
    These {
        /// Dependants of theirs, each once.
        dependants: Vec<DependantId>,
        /// Others, who need no name to be priced.
        told: Vec<Member>,
    },
}

impl Relatives {
    /// These relatives, of whom no more is known than what a price depends on.
    #[must_use]
    pub const fn told(told: Vec<Member>) -> Self {
        Self::These { dependants: Vec::new(), told }
    }
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
    /// This person has no such dependant, or named them twice.
    #[error("there is no such dependant")]
    DependantNotFound,
    /// A rule of entry refuses.
    #[error("a rule of entry refuses")]
    NotEligible {
        /// Which.
        #[source]
        refusal: NotEligible,
        /// Whom, if it is a dependant of theirs.
        dependant: Option<DependantId>,
    },
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
            Self::DependantNotFound => catalogue::NOT_FOUND,
            Self::NotEligible { refusal, .. } => refusal.entry(),
            Self::Directory(error) => error.entry(),
            Self::Store(error) => error.entry(),
        }
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        match self {
            Self::HolderUnknown(field) => vec![("field", Detail::Text(format!("policyholder.{field}")))],
            Self::DependantNotFound => vec![("field", "dependant_ids".into())],
            Self::NotEligible { refusal, dependant } => {
                let mut details = refusal.details();
                let id = dependant.map(|id| id.uuid().to_string());
                details.extend(id.map(|id| ("dependant_id", Detail::Text(id))));
                details
            }
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
    /// When there is no such plan or dependant, the policyholder's birth date or gender is known to nobody, a rule of
    /// entry refuses, or something fails.
    pub async fn calculate(&self, request: &QuoteRequest) -> Result<Quote, QuoteError> {
        let plan = self.ports.plans.find_on_sale(request.plan_id).await?.ok_or(QuoteError::PlanNotFound)?;
        let known = self.ports.holders.holder(request.user_id).await?;
        let holder = holder(&request.holder, &known)?;
        let members = self.members(request, &plan).await?;
        let family = Family { holder, members: members.clone(), pincode: known.pincode };
        let quote = Quote::new(request.user_id, &plan, family, &self.card, &self.env).map_err(|refusal| {
            let member = refusal.member.and_then(|index| members.get(index));
            let dependant = member.and_then(|member| member.dependant).map(|known| known.id);
            QuoteError::NotEligible { refusal, dependant }
        })?;
        self.ports.quotes.record(&quote).await?;
        Ok(quote)
    }

    async fn members(&self, request: &QuoteRequest, plan: &Plan) -> Result<Vec<Member>, QuoteError> {
        let covers_nobody = match &request.relatives {
            Relatives::Listed => plan.terms.dependants_max == 0,
            Relatives::These { dependants, told } => dependants.is_empty() && told.is_empty(),
        };
        if covers_nobody {
            return Ok(Vec::new());
        }
        let listed = self.ports.dependants.list(request.user_id).await?;
        let mut family: Vec<Member> = listed.iter().map(Dependant::member).collect();
        let Relatives::These { dependants, told } = &request.relatives else { return Ok(family) };
        let mut members = Vec::new();
        for id in dependants {
            let is_meant = |member: &Member| member.dependant.is_some_and(|known| known.id == *id);
            let index = family.iter().position(is_meant).ok_or(QuoteError::DependantNotFound)?;
            members.push(family.remove(index));
        }
        members.extend(recognised(told, family));
        Ok(members)
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
fn recognised(told: &[Member], mut family: Vec<Member>) -> Vec<Member> {
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
