//! Nobody pays for a top-up that their wallet could not take.

use crate::passed_on::PassedOn;
use async_trait::async_trait;
use identity::Profiles;
use kernel::{Masked, UserId};
use payments::{
    Payer, Purchase,
    ports::{Admission, AdmissionError},
};
use std::sync::Arc;
use wallet::Wallets;

/// Asks the wallet for room, and the profile for what a payment page needs to know.
pub struct AdmitTopUp {
    profiles: Arc<Profiles>,
    wallets: Arc<Wallets>,
}

impl AdmitTopUp {
    /// Over the people and their wallets.
    #[must_use]
    pub fn new(profiles: Arc<Profiles>, wallets: Arc<Wallets>) -> Self {
        Self { profiles, wallets }
    }
}

#[async_trait]
impl Admission for AdmitTopUp {
    async fn admit(&self, user_id: UserId, purchase: &Purchase) -> Result<Payer, AdmissionError> {
        match purchase {
            Purchase::WalletTopup { amount } => {
                self.wallets.room_for(user_id, *amount).await.map_err(PassedOn::of)?;
            }
        }
        let profile = self.profiles.get(user_id).await.map_err(PassedOn::of)?;
        let told = profile.told;
        Ok(Payer {
            phone: Masked::new(profile.phone.e164().to_owned()),
            email: told.email.map(|email| Masked::new(email.expose().to_owned())),
            first_name: told.first_name.map(|name| Masked::new(name.expose().to_owned())),
            last_name: told.last_name.map(|name| Masked::new(name.expose().to_owned())),
        })
    }
}
