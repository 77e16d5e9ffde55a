//! In-memory ports, mocks of the ports, and what else tests and examples need.

mod audit_reading;
mod consent_store;
mod front_desk;
mod inbox;
mod journal;
mod people;
#[cfg(test)]
mod person_world;
mod pin_store;
mod profile_store;
mod role_store;
mod session_memory;
mod sign_in_memory;
#[cfg(test)]
mod sign_in_world;
mod taking_turns;
mod token_attacks;

pub use crate::ports::{
    audit_trail::MockAuditTrail, budget_store::MockBudgetStore, code_check::MockCodeCheck,
    consent_store::MockConsentStore, otp_hasher::MockOtpHasher, otp_sender::MockOtpSender,
    pin_store::MockPinStore, profile_store::MockProfileStore, role_store::MockRoleStore,
    session_store::MockSessionStore, sign_in_store::MockSignInStore,
};
pub use consent_store::InMemoryConsents;
pub use front_desk::{FrontDesk, SignInStores, contract_budgets};
pub use inbox::{Inbox, Outage};
pub use journal::Journal;
pub use people::{People, Person};
pub use pin_store::InMemoryPins;
pub use profile_store::InMemoryProfiles;
pub use role_store::InMemoryRoles;
pub use sign_in_memory::InMemorySignIns;
pub use token_attacks::{TokenAttack, TokenForge};
