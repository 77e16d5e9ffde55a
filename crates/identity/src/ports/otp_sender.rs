//! How a message reaches a phone.

use crate::SmsMessage;
use async_trait::async_trait;

/// Sends text messages.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait OtpSender: Send + Sync {
    /// Hands a message over for delivery, within a time of the sender's own choosing. An `Ok` means that it
    /// was taken, not that it arrived.
    async fn send(&self, message: &SmsMessage) -> Result<(), SendError>;
}

/// A message was not taken, or it is not known whether it was.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The sender looked at it and said no: such a message to such a number will not be sent.
    #[error("the message was refused: {reason}")]
    Refused {
        /// The sender's own code for why; no text of theirs, no number.
        reason: String,
    },
    /// The sender cannot be reached: the message was certainly not sent, and may be tried again.
    #[error("the sender of messages is not available")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The sender did not answer in time: the message may or may not arrive.
    #[error("the sender of messages did not answer in time")]
    Unknown(#[source] Box<dyn std::error::Error + Send + Sync>),
}
