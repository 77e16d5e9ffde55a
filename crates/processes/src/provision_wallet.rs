//! A new person's wallet is opened in the background; signing in never waits for it.

use crate::{Heard, Outcome, Process};
use async_trait::async_trait;
use identity::Profiles;
use kernel::{Masked, UserId};
use std::sync::Arc;
use wallet::{Outcome as Provisioned, Wallets};

/// Asks for a wallet when somebody signs up, and opens it at the issuer when it was asked for.
pub struct ProvisionWallet {
    profiles: Arc<Profiles>,
    wallets: Arc<Wallets>,
}

impl ProvisionWallet {
    /// Over the people and their wallets.
    #[must_use]
    pub fn new(profiles: Arc<Profiles>, wallets: Arc<Wallets>) -> Self {
        Self { profiles, wallets }
    }

    async fn open(&self, user_id: UserId) -> Outcome {
        match self.wallets.open(user_id).await {
            Ok(_) => Outcome::Done,
            Err(error) => Outcome::of_failure(&error),
        }
    }

    /// One try to open it at the issuer; the wallet itself says when the next is due and when to give up.
    async fn provision(&self, user_id: UserId) -> Outcome {
        let phone = match self.profiles.get(user_id).await {
            Ok(profile) => Masked::new(profile.phone.e164().to_owned()),
            Err(error) => return Outcome::of_failure(&error),
        };
        match self.wallets.provision(user_id, phone).await {
            Ok(Provisioned::Completed(_)) => Outcome::Done,
            Ok(Provisioned::TryAgainAt(at)) => Outcome::At(at),
            Ok(Provisioned::Failed) => {
                Outcome::Never { reason: "every try to open the wallet at the issuer failed".to_owned() }
            }
            Err(error) => Outcome::of_failure(&error),
        }
    }
}

#[async_trait]
impl Process for ProvisionWallet {
    fn name(&self) -> &'static str {
        "provision_wallet"
    }

    fn hears(&self, news: &Heard) -> bool {
        match news {
            Heard::Identity(news) => match news.event {
                identity::Event::SignedUp { .. } => true,
                identity::Event::SignedIn { .. }
                | identity::Event::TokenReuseDetected { .. }
                | identity::Event::ProfileChanged { .. } => false,
            },
            Heard::Wallet(news) => matches!(news.event, wallet::Event::WalletRequested { .. }),
            Heard::Payments(_) => false,
        }
    }

    async fn act(&self, news: &Heard) -> Outcome {
        if let Heard::Identity(news) = news
            && let identity::Event::SignedUp { user_id } = news.event
        {
            return self.open(user_id).await;
        }
        if let Heard::Wallet(news) = news
            && let wallet::Event::WalletRequested { user_id } = news.event
        {
            return self.provision(user_id).await;
        }
        Outcome::Done
    }
}
