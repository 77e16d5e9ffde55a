//! Proposals: whoever wants the cover they were quoted, and everybody it is for, is known by name before anything is paid.

use crate::{
    Dependant, Holder, Insured, IssuanceMode, Member, Policy, Quote, QuoteId, fault,
    ports::{
        DependantStore, DirectoryError, HolderDirectory, KnownHolder, PlanStore, PolicyStore, QuoteStore,
    },
};
use kernel::{Detail, Entry, Env, Fault, Masked, StoreError, UserId, catalogue};
use std::sync::Arc;

/// What the service asks of the world.
#[derive(Clone)]
pub struct ProposalPorts {
    /// Keeps policies.
    pub policies: Arc<dyn PolicyStore>,
    /// Keeps quotes.
    pub quotes: Arc<dyn QuoteStore>,
    /// Keeps plans.
    pub plans: Arc<dyn PlanStore>,
    /// Keeps the families people told us about.
    pub dependants: Arc<dyn DependantStore>,
    /// Knows people.
    pub holders: Arc<dyn HolderDirectory>,
}

/// Wishes for cover, each made of a quote.
#[derive(Clone)]
pub struct Proposals {
    env: Env,
    ports: ProposalPorts,
}

/// Why a quote's price can no longer be paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outdated {
    /// Its time is over.
    PriceOver,
    /// The policyholder's profile tells of somebody else than was priced.
    ProfileChanged,
    /// A relative who was priced is off the list, or something else is told of them.
    FamilyChanged,
}

/// Nothing was proposed.
#[derive(Debug, thiserror::Error)]
pub enum ProposeError {
    /// This person has no such quote.
    #[error("there is no such quote")]
    QuoteNotFound,
    /// The quote's price can no longer be paid: ask for a new one.
    #[error("the quote is outdated: {0:?}")]
    Outdated(Outdated),
    /// The insurer decides on this plan's proposals before they are paid.
    #[error("the insurer decides before this is paid")]
    InsurerDecidesFirst,
    /// The policyholder's profile does not say what a policy needs.
    #[error("the policyholder's {0} is not known")]
    HolderUnknown(&'static str),
    /// A relative who was priced has no name: they are none of the person's dependants.
    #[error("a relative has no name")]
    RelativeUnknown {
        /// Which, counted from 0.
        member: usize,
    },
    /// What is known of the person could not be told.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// A store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Outdated {
    /// The word clients know it by.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::PriceOver => "price_over",
            Self::ProfileChanged => "profile_changed",
            Self::FamilyChanged => "family_changed",
        }
    }
}

impl Fault for ProposeError {
    fn entry(&self) -> Entry {
        match self {
            Self::QuoteNotFound => catalogue::NOT_FOUND,
            Self::Outdated(_) => fault::QUOTE_EXPIRED,
            Self::InsurerDecidesFirst => catalogue::INVALID_STATE,
            Self::HolderUnknown(_) | Self::RelativeUnknown { .. } => catalogue::MISSING_REQUIRED_FIELD,
            Self::Directory(error) => error.entry(),
            Self::Store(error) => error.entry(),
        }
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        match self {
            Self::QuoteNotFound => vec![("field", "quote_id".into())],
            Self::Outdated(why) => vec![("reason", why.word().into())],
            Self::InsurerDecidesFirst => vec![("reason", "insurer_decides_first".into())],
            Self::HolderUnknown(field) => vec![("field", Detail::Text(format!("profile.{field}")))],
            Self::RelativeUnknown { member } => {
                let member = i64::try_from(*member).unwrap_or(i64::MAX);
                vec![("field", "dependant_ids".into()), ("member", member.into())]
            }
            Self::Directory(error) => error.details(),
            Self::Store(_) => Vec::new(),
        }
    }
}

impl Proposals {
    /// Over its ports.
    #[must_use]
    pub fn new(env: Env, ports: ProposalPorts) -> Self {
        Self { env, ports }
    }

    /// The policy that this quote is to become, with everybody it is to cover as they are known now. Once it is paid for,
    /// it stays what it was.
    ///
    /// # Errors
    /// When this person has no such quote, it no longer holds, somebody it is for is not known by name, or something
    /// fails.
    pub async fn propose(&self, user_id: UserId, quote_id: QuoteId) -> Result<Policy, ProposeError> {
        let known = self.ports.policies.find_by_quote(user_id, quote_id).await?;
        if let Some(policy) = known.as_ref().filter(|policy| policy.state.sale().is_some()) {
            return Ok(policy.clone());
        }
        let quote = self.ports.quotes.find(user_id, quote_id).await?.ok_or(ProposeError::QuoteNotFound)?;
        if !quote.holds_at(self.env.now()) {
            return Err(ProposeError::Outdated(Outdated::PriceOver));
        }
        if let Some(policy) = known {
            return self.amend(policy, &quote).await;
        }
        let plan = self.ports.plans.find_version(quote.plan_id, quote.plan_version).await?;
        let plan = plan.ok_or_else(|| StoreError::Inconsistent("a quote stands on no plan".into()))?;
        match plan.terms.issuance_mode {
            IssuanceMode::Instant => {}
            IssuanceMode::Underwritten => return Err(ProposeError::InsurerDecidesFirst),
        }
        let insured = self.insured(&quote).await?;
        let policy = Policy::proposed(quote, plan, insured, &self.env);
        Ok(self.ports.policies.propose(&policy).await?)
    }

    /// The proposal with everybody as they are known now; as it is, if it is paid for meanwhile.
    async fn amend(&self, policy: Policy, quote: &Quote) -> Result<Policy, ProposeError> {
        let insured = self.insured(quote).await?;
        if insured == policy.insured {
            return Ok(policy);
        }
        let amended = Policy { insured, version: policy.version.saturating_add(1), ..policy };
        if self.ports.policies.amend(&amended).await? {
            return Ok(amended);
        }
        let found = self.ports.policies.find_by_quote(amended.user_id, amended.quote_id).await?;
        found.ok_or(ProposeError::QuoteNotFound)
    }

    /// Everybody the quote is for, by name.
    async fn insured(&self, quote: &Quote) -> Result<Insured, ProposeError> {
        let known = self.ports.holders.holder(quote.user_id).await?;
        let holder = holder(known, quote)?;
        let mut family = self.ports.dependants.list(quote.user_id).await?;
        let members = quote.cover.members.iter().enumerate();
        let relatives = members.map(|(index, member)| relative(&mut family, index, member));
        Ok(Insured { holder, relatives: relatives.collect::<Result<_, _>>()? })
    }
}

/// The policyholder by name, if they are still who was priced.
fn holder(known: KnownHolder, quote: &Quote) -> Result<Holder, ProposeError> {
    let born = known.born.ok_or(ProposeError::HolderUnknown("dob"))?;
    let gender = known.gender.ok_or(ProposeError::HolderUnknown("gender"))?;
    let life = quote.cover.holder;
    if (life.born, life.gender) != (born, gender) {
        return Err(ProposeError::Outdated(Outdated::ProfileChanged));
    }
    Ok(Holder {
        first_name: known.first_name.ok_or(ProposeError::HolderUnknown("first_name"))?,
        last_name: known.last_name,
        phone: known.phone.ok_or(ProposeError::HolderUnknown("phone"))?,
        pincode: quote.pincode.clone().map(Masked::new),
        life,
    })
}

/// The dependant who was priced as `member`, if the same is still told of them but for the name.
fn relative(family: &mut Vec<Dependant>, index: usize, member: &Member) -> Result<Dependant, ProposeError> {
    let priced = member.dependant.ok_or(ProposeError::RelativeUnknown { member: index })?;
    let is_same = |known: &Dependant| {
        let told = &known.relative;
        known.id == priced.id && (told.relationship, told.life) == (member.relationship, member.life)
    };
    let place = family.iter().position(is_same);
    place.map(|place| family.remove(place)).ok_or(ProposeError::Outdated(Outdated::FamilyChanged))
}

impl std::fmt::Debug for ProposalPorts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProposalPorts").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Proposals {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Proposals").finish_non_exhaustive()
    }
}
