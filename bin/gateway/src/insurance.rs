//! Health cover, as people see it.

pub mod calculate_premium;
pub mod list_plans;
pub mod list_policies;
pub mod purchase;
pub mod show_plan;
pub mod show_policy;

mod plan;
mod policy;

pub(crate) use plan::Plan;
pub(crate) use policy::Policy;
