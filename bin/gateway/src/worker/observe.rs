//! How the queue and the orders stand, for the metrics.

use crate::app::App;
use kernel::Limit;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often the metrics of queue and orders are taken.
const OBSERVED_EVERY: Duration = Duration::from_secs(5);

/// A count as metrics take it.
pub(super) fn count(number: impl TryInto<u32>) -> f64 {
    f64::from(number.try_into().unwrap_or(u32::MAX))
}

/// Tells the metrics how the queue and the orders stand, for as long as the program runs.
pub async fn observe(app: App, stopping: CancellationToken) {
    let mut rounds = tokio::time::interval(OBSERVED_EVERY);
    loop {
        tokio::select! {
            _ = rounds.tick() => {}
            () = stopping.cancelled() => return,
        }
        if let Some(metrics) = &app.metrics {
            metrics.run_upkeep();
        }
        if let Some(used) = app.postgres.replica_use() {
            metrics::counter!("replica_reads_total", "answered_by" => "replica").absolute(used.answered);
            metrics::counter!("replica_reads_total", "answered_by" => "primary").absolute(used.passed_on);
            metrics::gauge!("replica_usable").set(if used.lag.is_some() { 1.0 } else { 0.0 });
        }
        let (Ok(depth), Ok(stopped), Ok(policies), Ok(chores)) = (
            app.postgres.queue_depth().await,
            app.payments.list_for_operators(Limit::MOST).await,
            app.postgres.policies_waiting().await,
            app.postgres.chores_done().await,
        ) else {
            continue;
        };
        metrics::gauge!("jobs_waiting").set(count(depth.waiting));
        metrics::gauge!("jobs_oldest_seconds").set(count(depth.oldest_seconds));
        metrics::gauge!("jobs_buried").set(count(depth.buried));
        metrics::gauge!("orders_needing_attention").set(count(stopped.len()));
        let waits = policies.paid_first.map_or(0, |since| (app.env.now() - since).whole_seconds().max(0));
        metrics::gauge!("policies_issuing").set(count(policies.issuing));
        metrics::gauge!("policies_issuing_oldest_seconds").set(count(waits));
        for chore in chores {
            let done_at = count(chore.done_at.unix_timestamp());
            metrics::gauge!("chore_done_timestamp_seconds", "chore" => chore.name).set(done_at);
        }
    }
}
