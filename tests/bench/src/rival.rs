//! A rival in the same run, on the same server and machine: better-auth, behind a small server of its own.

use crate::{Failure, load::Counted, plan::Plan, sample::Measured, site::Site};

/// A running rival.
pub struct Rival {}

impl Rival {
    /// Starts it if the plan asks for it.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start(plan: &Plan, _site: &Site) -> Result<Option<Self>, Failure> {
        Ok(plan.rivals.as_ref().map(|_| Self {}))
    }

    /// Measures it once.
    ///
    /// # Errors
    /// When it cannot be measured.
    pub async fn round(&self, _plan: &Plan, site: &Site, _measured: &mut Measured) -> Result<(), Failure> {
        let _counted: Counted = site.counted();
        Ok(())
    }
}
