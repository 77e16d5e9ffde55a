//! A person is told by text message when somebody else may have used their sign-in.

use crate::{Heard, Outcome, Process};
use async_trait::async_trait;
use identity::{
    Profiles, Template,
    ports::{OtpSender, SendError},
};
use kernel::UserId;
use std::sync::Arc;

/// Tells of a session that was ended because a spent refresh token came back. Each session ends once, so nobody can
/// have messages sent at will.
pub struct Notify {
    profiles: Arc<Profiles>,
    sender: Arc<dyn OtpSender>,
    template: Template,
}

impl Notify {
    /// Over the people and the sender of messages; `template` is the registered text, without a slot.
    #[must_use]
    pub fn new(profiles: Arc<Profiles>, sender: Arc<dyn OtpSender>, template: Template) -> Self {
        Self { profiles, sender, template }
    }

    async fn tell(&self, user_id: UserId) -> Outcome {
        let profile = match self.profiles.get(user_id).await {
            Ok(profile) => profile,
            Err(error) => return Outcome::of_failure(&error),
        };
        let message = match self.template.message(&profile.phone, &[]) {
            Ok(message) => message,
            Err(error) => return Outcome::Never { reason: error.to_string() },
        };
        match self.sender.send(&message).await {
            Ok(()) => Outcome::Done,
            // It may have arrived: asking again would tell the same person over and over.
            Err(error @ (SendError::Unknown(_) | SendError::Refused { .. })) => {
                tracing::warn!(%error, "a person may not have been told that their session was ended");
                Outcome::Done
            }
            Err(error @ SendError::Unavailable(_)) => Outcome::Later { reason: error.to_string() },
        }
    }
}

#[async_trait]
impl Process for Notify {
    fn name(&self) -> &'static str {
        "notify"
    }

    fn hears(&self, news: &Heard) -> bool {
        match news {
            Heard::Identity(news) => matches!(news.event, identity::Event::TokenReuseDetected { .. }),
            Heard::Wallet(_) | Heard::Payments(_) => false,
        }
    }

    async fn act(&self, news: &Heard) -> Outcome {
        match news {
            Heard::Identity(news) => match news.event {
                identity::Event::TokenReuseDetected { user_id, .. } => self.tell(user_id).await,
                identity::Event::SignedUp { .. }
                | identity::Event::SignedIn { .. }
                | identity::Event::ProfileChanged { .. } => Outcome::Done,
            },
            Heard::Wallet(_) | Heard::Payments(_) => Outcome::Done,
        }
    }
}
