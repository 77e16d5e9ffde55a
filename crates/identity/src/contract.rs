//! What every implementation of the ports must do, as suites that run on the in-memory ports and on real ones.
//! A clause that is broken panics.

mod audit_trail;
mod birth_date;
mod budget_store;
mod consent_store;
mod pin_store;
mod profile_store;
mod role_store;
mod session_store;
mod sign_in_facts;
mod sign_in_journeys;
mod sign_in_stage;
mod sign_in_store;
mod world;

pub use audit_trail::audit_trail;
pub use birth_date::birth_date;
pub use budget_store::budget_store;
pub use consent_store::consent_store;
pub use pin_store::pin_store;
pub use profile_store::profile_store;
pub use role_store::role_store;
pub use session_store::session_store;
pub use sign_in_journeys::sign_in_journeys;
pub use sign_in_stage::SignInStage;
pub use sign_in_store::sign_in_store;
pub use world::World;
