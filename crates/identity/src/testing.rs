//! In-memory ports and what else tests and examples need; mocks of the ports stand beside them in `ports`.

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

pub use consent_store::InMemoryConsents;
pub use front_desk::{FrontDesk, SignInStores, contract_budgets};
pub use inbox::{Inbox, Outage};
pub use journal::Journal;
pub use people::{People, Person};
pub use pin_store::InMemoryPins;
pub use profile_store::InMemoryProfiles;
pub use role_store::InMemoryRoles;
pub use sign_in_memory::InMemorySignIns;
