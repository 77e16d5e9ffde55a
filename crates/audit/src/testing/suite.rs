//! The suite, run on the log in memory.

use super::InMemoryAuditLog;
use crate::contract;
use kernel::{Env, MovableClock, SystemEntropy};
use std::sync::Arc;
use time::macros::datetime;

#[tokio::test]
async fn the_audit_log_holds() {
    let clock = MovableClock::standing_at(datetime!(2026-01-15 12:00 UTC));
    let env = Env::new(Arc::new(clock), Arc::new(SystemEntropy));
    contract::audit_log(&env, &InMemoryAuditLog::default()).await;
}
