#![doc = include_str!("../README.md")]
#![deny(missing_docs)]
#![deny(clippy::wildcard_enum_match_arm)]
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod basis_points;
mod dependant;
mod life;
mod place;
mod plan;
mod plan_words;
mod rates;
mod tax;

mod eligibility;
mod premium;
mod quote;

mod insured;
mod issuance;
mod policy;

pub mod fault;
pub mod ports;

mod catalogue;
mod dependants;
mod policies;
mod proposals;
mod quotes;

#[cfg(any(test, feature = "testing"))]
pub mod contract;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use basis_points::BasisPoints;
pub use catalogue::{Catalogue, PlanError, PlanFilter, SyncError, Synced};
pub use dependant::{
    DEPENDANTS_NAMED_MAX, Dependant, DependantId, DependantVersion, Relative, RelativePatch,
};
pub use dependants::{DependantError, Dependants};
pub use eligibility::{Bound, NotEligible, Rule};
pub use insured::{Holder, Insured, ToldPolicy, ToldRelative};
pub use issuance::{ISSUED_WITHIN, Issuance, Step, next_step};
pub use life::{CHILD_DAYS_MIN, CHILD_YEARS_MAX, Life, Member, Relationship};
pub use place::{Area, District, Pincode};
pub use plan::{
    CHILDREN_MAX, DEPENDANTS_MAX, Eligibility, PLAN_AMOUNT_MAX, Plan, PlanCode, PlanId, Terms, TermsError,
    WaitingPeriod,
};
pub use plan_words::{CoverageType, IssuanceMode, PlanType};
pub use policies::{BuyError, Policies, PolicyError, PolicyPorts, Progress};
pub use policy::{
    FREE_LOOK, IssueFailure, Issued, PAYMENT_GRACE, Policy, PolicyId, PolicyNumber, PolicyState,
    PolicyStatus, Sale,
};
pub use premium::{Cover, Line, LineKind, Premium};
pub use proposals::{Outdated, ProposalPorts, Proposals, ProposeError};
pub use quote::{Family, QUOTE_LIFETIME, Quote, QuoteHash, QuoteId};
pub use quotes::{QuoteError, QuotePorts, QuoteRequest, Quotes, Relatives, ToldHolder};
pub use rates::{AgeLoading, RateCard};
pub use tax::{Tax, TaxClass, TaxTable};
