//! Health cover, as people see it.

pub mod calculate_premium;
pub mod list_plans;
pub mod show_plan;

mod plan;

pub(crate) use plan::Plan;
