//! Waiting in real time, such that shutting down ends every wait at once.

use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Waits for `wait` to pass; answers `false` at once when `stop` is given instead.
pub(crate) async fn pause(stop: &CancellationToken, wait: Duration) -> bool {
    tokio::time::timeout(wait, stop.cancelled()).await.is_err()
}
