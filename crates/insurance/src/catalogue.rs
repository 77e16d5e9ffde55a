//! The catalogue: which plans are sold, kept as the insurer publishes them.

use crate::{
    CoverageType, Plan, PlanCode, PlanId, PlanType, TermsError, fault,
    ports::{CatalogueChange, Offer, PlanSource, PlanStore, Recorded, SourceError},
};
use kernel::{Cursor, Detail, Entry, Env, Fault, Limit, Page, Paise, StoreError};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use time::OffsetDateTime;

/// How often a change is decided anew when another instance changed the catalogue in between.
const TRIES: u8 = 4;

/// Plans: learnt from the insurer, shown to people.
#[derive(Clone)]
pub struct Catalogue {
    env: Env,
    plans: Arc<dyn PlanStore>,
    source: Arc<dyn PlanSource>,
}

/// Which plans to show; what is `None` excludes none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PlanFilter {
    /// Plans of this type.
    pub plan_type: Option<PlanType>,
    /// Plans that cover so much.
    pub coverage_type: Option<CoverageType>,
    /// Plans that insure at least this.
    pub sum_insured_min: Option<Paise>,
    /// Plans whose base premium is at most this.
    pub base_premium_max: Option<Paise>,
}

/// What a look at the insurer's plans changed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Synced {
    /// How many plans are new, have new terms, or are sold again.
    pub renewed: usize,
    /// How many are no longer sold.
    pub withdrawn: usize,
    /// Plans that were left as they are, since what the insurer publishes of them cannot be sold.
    pub refused: Vec<(PlanCode, TermsError)>,
}

/// The catalogue was left as it is.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// The insurer's plans could not be learnt.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The insurer published no plan at all, or none that can be sold: far more likely a fault than the end of its
    /// business.
    #[error("the insurer published no plan that can be sold")]
    Empty,
    /// The insurer published two plans under one code.
    #[error("the insurer published two plans under one code")]
    Ambiguous,
    /// Others kept changing it.
    #[error("the catalogue kept changing meanwhile")]
    Busy,
    /// It could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Fault for SyncError {
    fn entry(&self) -> Entry {
        match self {
            Self::Source(error) => error.entry(),
            Self::Empty | Self::Ambiguous => kernel::catalogue::PARTNER_ERROR,
            Self::Busy => kernel::catalogue::SERVICE_UNAVAILABLE,
            Self::Store(error) => error.entry(),
        }
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        Vec::new()
    }
}

/// There is no such plan, or it could not be looked up.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// There is no such plan on sale.
    #[error("there is no such plan on sale")]
    NotFound,
    /// The catalogue could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Fault for PlanError {
    fn entry(&self) -> Entry {
        match self {
            Self::NotFound => fault::PLAN_NOT_FOUND,
            Self::Store(error) => error.entry(),
        }
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        Vec::new()
    }
}

impl PlanFilter {
    /// Whether a plan is one to show.
    #[must_use]
    pub fn takes(&self, plan: &Plan) -> bool {
        let terms = &plan.terms;
        self.plan_type.is_none_or(|wanted| wanted == terms.plan_type)
            && self.coverage_type.is_none_or(|wanted| wanted == terms.coverage_type)
            && self.sum_insured_min.is_none_or(|least| terms.sum_insured >= least)
            && self.base_premium_max.is_none_or(|most| terms.base_premium <= most)
    }
}

impl Catalogue {
    /// The plans in `plans`, as `source` publishes them.
    #[must_use]
    pub fn new(env: Env, plans: Arc<dyn PlanStore>, source: Arc<dyn PlanSource>) -> Self {
        Self { env, plans, source }
    }

    /// A page of the plans on sale, those that insure and cost least first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list(
        &self,
        filter: &PlanFilter,
        after: Option<Cursor>,
        limit: Limit,
    ) -> Result<Page<Plan>, StoreError> {
        let on_sale = self.plans.on_sale().await?;
        // A plan that was withdrawn since the page before begins the list anew rather than ending it.
        let seen = after.and_then(|cursor| on_sale.iter().position(|plan| plan.id.uuid() == cursor.row()));
        let ahead = on_sale.into_iter().skip(seen.map_or(0, |at| at.saturating_add(1)));
        let rows = ahead.filter(|plan| filter.takes(plan)).take(limit.rows().saturating_add(1)).collect();
        Ok(Page::cut(rows, limit, |plan: &Plan| plan.id.uuid()))
    }

    /// A plan on sale.
    ///
    /// # Errors
    /// When there is none, or the store fails.
    pub async fn get(&self, plan_id: PlanId) -> Result<Plan, PlanError> {
        self.plans.find_on_sale(plan_id).await?.ok_or(PlanError::NotFound)
    }

    /// Looks at what the insurer sells now. New terms make a new version and leave the old one to the quotes and policies
    /// under it; what is no longer published is no longer sold. Repeating it is harmless, at once on two instances too.
    ///
    /// # Errors
    /// When the insurer's plans cannot be learnt or used; then the catalogue stays as it is.
    pub async fn sync(&self) -> Result<Synced, SyncError> {
        for _ in 0..TRIES {
            // Asked anew each time, and dated before it was asked: whoever asked later knows better.
            let asked_at = self.env.now();
            let offers = self.source.offers().await?;
            let known = self.plans.newest().await?;
            let (change, synced) = decide(&offers, known, asked_at, &self.env)?;
            if change.versions.is_empty() && change.resumed.is_empty() && change.withdrawn.is_empty() {
                return Ok(synced);
            }
            match self.plans.record_change(&change).await? {
                Recorded::Done => return Ok(synced),
                Recorded::Stale => {}
            }
        }
        Err(SyncError::Busy)
    }
}

/// What has to change for the catalogue to be what the insurer offers.
fn decide(
    offers: &[Offer],
    known: Vec<(Plan, bool)>,
    at: OffsetDateTime,
    env: &Env,
) -> Result<(CatalogueChange, Synced), SyncError> {
    let mut known: BTreeMap<PlanCode, (Plan, bool)> =
        known.into_iter().map(|(plan, on_sale)| (plan.code.clone(), (plan, on_sale))).collect();
    let codes: BTreeSet<&PlanCode> = offers.iter().map(|offer| &offer.code).collect();
    if codes.len() != offers.len() {
        return Err(SyncError::Ambiguous);
    }
    let mut change = CatalogueChange { versions: Vec::new(), resumed: Vec::new(), withdrawn: Vec::new(), at };
    let mut synced = Synced::default();
    for Offer { code, terms } in offers {
        let before = known.remove(code);
        if let Err(error) = terms.check() {
            synced.refused.push((code.clone(), error));
            continue;
        }
        match before {
            None => change.versions.push(Plan {
                id: PlanId::generate(env),
                code: code.clone(),
                version: 1,
                terms: terms.clone(),
            }),
            Some((plan, _)) if plan.terms != *terms => {
                let version = plan.version.saturating_add(1);
                change.versions.push(Plan { version, terms: terms.clone(), ..plan });
            }
            Some((plan, false)) => change.resumed.push(plan.id),
            Some((_, true)) => {}
        }
    }
    if synced.refused.len() == offers.len() {
        return Err(SyncError::Empty);
    }
    change.withdrawn = known.into_values().filter(|(_, on_sale)| *on_sale).map(|(plan, _)| plan.id).collect();
    synced.renewed = change.versions.len().saturating_add(change.resumed.len());
    synced.withdrawn = change.withdrawn.len();
    Ok((change, synced))
}

impl std::fmt::Debug for Catalogue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Catalogue").finish_non_exhaustive()
    }
}
