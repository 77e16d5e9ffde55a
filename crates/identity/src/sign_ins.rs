//! Signing in: a code is asked for, sent, and given back.

#[cfg(test)]
mod tests;
mod trigger;
mod verify;

pub use trigger::{TriggerError, TriggerOtp, Triggered};
pub use verify::{Verified, VerifyError, VerifyOtp};

use crate::{
    AccessTokens, BudgetPolicy, DeviceKeys, DeviceToken, FieldError, Lane, OtpCode, OtpPolicy, OtpTemplate,
    Phone, SessionPolicy,
    ports::{BudgetStore, OtpHasher, OtpSender, SignInStore},
};
use kernel::{Env, StoreError};
use std::sync::Arc;
use time::Duration;

/// How long challenges and counters are kept when they are over.
const KEPT_WHEN_OVER: Duration = Duration::DAY;

/// How long a device is remembered that does not sign in again.
const DEVICES_KEPT: Duration = Duration::days(365);

/// The most devices that a number remembers, so that its lanes are few.
const DEVICES_MAX: u8 = 10;

/// What signing in asks the world for.
#[derive(Clone)]
pub struct SignInPorts {
    /// Challenges, people, devices.
    pub store: Arc<dyn SignInStore>,
    /// Counters.
    pub budgets: Arc<dyn BudgetStore>,
    /// Hashes of codes.
    pub hasher: Arc<dyn OtpHasher>,
    /// Messages.
    pub sender: Arc<dyn OtpSender>,
}

/// The rules of one way in.
#[derive(Debug, Clone)]
pub struct SignInPolicy {
    /// Of its codes.
    pub otp: OtpPolicy,
    /// Of how often they may be asked for and tried.
    pub budgets: BudgetPolicy,
    /// Of the sessions they open.
    pub sessions: SessionPolicy,
    /// The registered text in which codes are sent.
    pub template: OtpTemplate,
}

/// Signing in by one way in.
#[derive(Clone)]
pub struct SignIns {
    env: Env,
    ports: SignInPorts,
    policy: Arc<SignInPolicy>,
    tokens: Arc<AccessTokens>,
    devices: Arc<DeviceKeys>,
}

impl SignIns {
    /// The use cases of one way in.
    #[must_use]
    pub fn new(
        env: Env,
        ports: SignInPorts,
        policy: SignInPolicy,
        tokens: Arc<AccessTokens>,
        devices: Arc<DeviceKeys>,
    ) -> Self {
        Self { env, ports, policy: Arc::new(policy), tokens, devices }
    }

    /// Reads a code as long as this way in sends them.
    ///
    /// # Errors
    /// When it has not the form of one; that costs no attempt.
    pub fn parse_code(&self, text: &str) -> Result<OtpCode, FieldError> {
        OtpCode::parse(text, self.policy.otp.digits)
    }

    /// Forgets what no longer matters: challenges and counters over for a day, so that a late code is still
    /// told from one that never was, and devices not seen for a year. A scheduled job calls it.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn forget_expired(&self) -> Result<u64, StoreError> {
        let now = self.env.now();
        let (before, unseen_since) = (now.saturating_sub(KEPT_WHEN_OVER), now.saturating_sub(DEVICES_KEPT));
        self.ports.store.forget_expired(before, unseen_since).await
    }

    /// On whose account somebody acts who shows this token. One we never gave, or for another number, costs the same
    /// question as a good one and tells nothing.
    async fn lane(&self, phone: &Phone, token: Option<&DeviceToken>) -> Result<Lane, StoreError> {
        let Some(token) = token else { return Ok(Lane::Stranger) };
        let device = self.devices.key(phone, token);
        let is_known = self.ports.store.knows_device(phone, device).await?;
        Ok(if is_known { Lane::KnownDevice(device) } else { Lane::Stranger })
    }
}
