//! What a person told of themselves, for whoever prices and writes their cover.

use crate::passed_on::PassedOn;
use async_trait::async_trait;
use identity::Profiles;
use insurance::{
    Pincode,
    ports::{DirectoryError, HolderDirectory, KnownHolder},
};
use kernel::{Masked, UserId};
use std::sync::Arc;

/// Asks the profile.
pub struct KnowHolder {
    profiles: Arc<Profiles>,
}

impl KnowHolder {
    /// Over the people.
    #[must_use]
    pub fn new(profiles: Arc<Profiles>) -> Self {
        Self { profiles }
    }
}

#[async_trait]
impl HolderDirectory for KnowHolder {
    async fn holder(&self, user_id: UserId) -> Result<KnownHolder, DirectoryError> {
        let profile = self.profiles.get(user_id).await.map_err(PassedOn::of)?;
        let told = profile.told;
        Ok(KnownHolder {
            first_name: told.first_name.map(|name| Masked::new(name.expose().to_owned())),
            last_name: told.last_name.map(|name| Masked::new(name.expose().to_owned())),
            phone: Some(Masked::new(profile.phone.e164().to_owned())),
            born: told.dob.map(|dob| Masked::new(dob.expose())),
            gender: told.gender,
            pincode: told.address.and_then(|address| Pincode::in_address(address.expose())),
        })
    }
}
