//! The insurer's plans.

use super::{Failure, Told};
use crate::{app::App, error::Error};
use insurance::SyncError;

/// Looks at what the insurer sells now, as the schedule does every hour.
///
/// # Errors
/// When the store fails.
pub async fn sync_plans(app: &App) -> Result<Told, Failure> {
    let synced = match app.catalogue.sync().await {
        Ok(synced) => synced,
        Err(SyncError::Store(error)) => return Err(error.into()),
        Err(error) => {
            return Ok(Told::not_done(format!(
                "the plans stay as they are: {}",
                Error::from(error).causes()
            )));
        }
    };
    let mut lines =
        vec![format!("{} plans are new or changed, {} are withdrawn", synced.renewed, synced.withdrawn)];
    lines.extend(
        synced.refused.iter().map(|(code, error)| format!("{} stays as it was: {error}", code.as_str())),
    );
    Ok(Told { lines, done: synced.refused.is_empty() })
}
