//! The ports of the `identity` domain on PostgreSQL.

mod audit_trail;
mod budget_store;
mod consent_store;
mod pin_store;
mod profile_store;
mod role_store;
mod session_store;
mod sign_in_store;
mod wording;

pub use audit_trail::PgAuditTrail;
pub use budget_store::PgBudgetStore;
pub use consent_store::PgConsentStore;
pub use pin_store::PgPinStore;
pub use profile_store::PgProfileStore;
pub use role_store::PgRoleStore;
pub use session_store::PgSessionStore;
pub use sign_in_store::PgSignInStore;

use crate::Postgres;

/// Under which topic this domain's news is queued.
pub(crate) const TOPIC: &str = "identity";

/// The table of people, which their sealed numbers are bound to.
pub(crate) const USERS: &str = "users";

impl Postgres {
    /// Where audit entries that stand alone are written.
    #[must_use]
    pub fn audit_trail(&self) -> PgAuditTrail {
        PgAuditTrail::new(self.clone())
    }

    /// Profiles.
    #[must_use]
    pub fn profiles(&self) -> PgProfileStore {
        PgProfileStore::new(self.clone())
    }

    /// Consents.
    #[must_use]
    pub fn consents(&self) -> PgConsentStore {
        PgConsentStore::new(self.clone())
    }

    /// PINs and grants.
    #[must_use]
    pub fn pins(&self) -> PgPinStore {
        PgPinStore::new(self.clone())
    }

    /// Roles.
    #[must_use]
    pub fn roles(&self) -> PgRoleStore {
        PgRoleStore::new(self.clone())
    }
}
