//! Money that came into a wallet here is loaded at its issuer too, until the issuer says that it is.

use crate::{Heard, Outcome, Process};
use async_trait::async_trait;
use std::sync::Arc;
use wallet::{Load, Mirrored, Wallets};

/// Loads each credit at the issuer, under the same reference.
pub struct MirrorCredit {
    wallets: Arc<Wallets>,
}

impl MirrorCredit {
    /// Over the wallets.
    #[must_use]
    pub fn new(wallets: Arc<Wallets>) -> Self {
        Self { wallets }
    }
}

#[async_trait]
impl Process for MirrorCredit {
    fn name(&self) -> &'static str {
        "mirror_credit"
    }

    fn hears(&self, news: &Heard) -> bool {
        match news {
            Heard::Wallet(news) => matches!(news.event, wallet::Event::WalletCredited { .. }),
            Heard::Identity(_) | Heard::Payments(_) => false,
        }
    }

    async fn act(&self, news: &Heard) -> Outcome {
        let Heard::Wallet(news) = news else { return Outcome::Done };
        let wallet::Event::WalletCredited { user_id, amount_paise, reference, .. } = &news.event else {
            return Outcome::Done;
        };
        let load = Load { user_id: *user_id, reference: reference.clone(), amount: *amount_paise };
        match self.wallets.mirror_credit(&load).await {
            Ok(Mirrored::Done) => Outcome::Done,
            Ok(Mirrored::Later { reason }) => Outcome::Later { reason },
            Ok(Mirrored::Never { reason }) => Outcome::Never { reason },
            Err(error) => Outcome::of_failure(&error),
        }
    }
}
