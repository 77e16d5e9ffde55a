//! Nobody pays for what could not be given: a top-up their wallet could not take, or a policy they cannot buy.

use crate::passed_on::PassedOn;
use async_trait::async_trait;
use identity::Profiles;
use insurance::{Policies, QuoteId};
use kernel::{Masked, UserId};
use payments::{
    Payer, Purchase,
    ports::{Admission, AdmissionError},
};
use std::sync::Arc;
use wallet::Wallets;

/// Asks whoever gives what is bought, and the profile for what a payment page needs to know.
pub struct AdmitPurchase {
    profiles: Arc<Profiles>,
    wallets: Arc<Wallets>,
    policies: Arc<Policies>,
}

impl AdmitPurchase {
    /// Over the people, their wallets and the policies they want.
    #[must_use]
    pub fn new(profiles: Arc<Profiles>, wallets: Arc<Wallets>, policies: Arc<Policies>) -> Self {
        Self { profiles, wallets, policies }
    }
}

#[async_trait]
impl Admission for AdmitPurchase {
    async fn admit(&self, user_id: UserId, purchase: &Purchase) -> Result<Payer, AdmissionError> {
        match purchase {
            Purchase::WalletTopup { amount } => {
                self.wallets.room_for(user_id, *amount).await.map_err(PassedOn::of)?;
            }
            Purchase::InsurancePurchase { quote_id, .. } => {
                let admitted = self.policies.admit_payment(user_id, QuoteId::new(*quote_id)).await;
                admitted.map_err(PassedOn::of)?;
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
