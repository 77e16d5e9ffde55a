//! Confirms one-time codes for use cases other than signing in.

use crate::{SignIns, VerifyError, VerifyOtp};
use async_trait::async_trait;

/// Uses up a right one-time code of a number, once, without signing anybody in.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait CodeCheck: Send + Sync {
    /// Succeeds once for the code that was sent last.
    async fn confirm(&self, given: &VerifyOtp) -> Result<(), VerifyError>;
}

#[async_trait]
impl CodeCheck for SignIns {
    async fn confirm(&self, given: &VerifyOtp) -> Result<(), VerifyError> {
        self.prove(given).await.map(drop)
    }
}
