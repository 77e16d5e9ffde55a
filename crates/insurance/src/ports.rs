//! Every trait this crate asks the world to implement.

mod dependants;
mod holders;
mod issuer;
mod plan_source;
mod plans;
mod policies;
mod quotes;

pub use dependants::{Added, DependantStore, NewDependant};
pub use holders::{DirectoryError, HolderDirectory, KnownHolder};
pub use issuer::{IssuerError, PolicyIssuer};
pub use plan_source::{Offer, PlanSource, SourceError};
pub use plans::{CatalogueChange, PlanStore, Recorded};
pub use policies::{Moved, PolicyChange, PolicyFinder, PolicyStore};
pub use quotes::QuoteStore;

#[cfg(any(test, feature = "testing"))]
pub use dependants::MockDependantStore;
#[cfg(any(test, feature = "testing"))]
pub use holders::MockHolderDirectory;
#[cfg(any(test, feature = "testing"))]
pub use issuer::MockPolicyIssuer;
#[cfg(any(test, feature = "testing"))]
pub use plan_source::MockPlanSource;
#[cfg(any(test, feature = "testing"))]
pub use plans::MockPlanStore;
#[cfg(any(test, feature = "testing"))]
pub use policies::{MockPolicyFinder, MockPolicyStore};
#[cfg(any(test, feature = "testing"))]
pub use quotes::MockQuoteStore;
