//! How long and how often everything is measured.

use clap::Args;
use serde::Serialize;
use std::time::Duration;

/// What the person who starts it may choose.
#[derive(Debug, Clone, Args, Serialize)]
pub struct Plan {
    /// How often everything is measured, floor and work by turns; the report shows medians.
    #[arg(long, env = "ROUNDS", default_value_t = 5)]
    pub rounds: u32,
    /// How long each measurement of a round lasts.
    #[arg(long, env = "SECONDS", default_value_t = 5)]
    pub seconds: u32,
    /// How many clients call at a time, of the work as of its floor.
    #[arg(long, env = "CLIENTS", default_value_t = 64)]
    pub clients: u32,
    /// How many wallets there are when there are few; there are twice as many when there are many.
    #[arg(long, env = "WALLETS", default_value_t = 5_000)]
    pub wallets: u32,
    /// The most that is prepared for a measurement which uses up what it asks for, a second.
    #[arg(long, env = "SIGN_INS_A_SECOND", default_value_t = 3_000)]
    pub sign_ins_a_second: u32,
    /// Measure better-auth beside us, in this folder with its packages installed.
    #[arg(long)]
    pub rivals: Option<std::path::PathBuf>,
}

impl Plan {
    /// One short round: whether everything can be measured, and nothing about how fast it is.
    #[must_use]
    pub const fn short() -> Self {
        Self { rounds: 1, seconds: 1, clients: 8, wallets: 50, sign_ins_a_second: 2_000, rivals: None }
    }

    /// How long each measurement lasts.
    #[must_use]
    pub fn lasting(&self) -> Duration {
        Duration::from_secs(self.seconds.into())
    }

    /// How many sign-ins are prepared for one measurement.
    #[must_use]
    pub const fn sign_ins(&self) -> u32 {
        self.sign_ins_a_second.saturating_mul(self.seconds)
    }
}
