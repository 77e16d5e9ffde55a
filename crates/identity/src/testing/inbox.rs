//! A sender of messages that delivers into memory, and can be made to fail.

use crate::{
    Phone, SmsMessage,
    ports::{OtpSender, SendError},
};
use async_trait::async_trait;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Every phone of the test, and the network in front of them.
#[derive(Debug, Default)]
pub struct Inbox {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    messages: Vec<SmsMessage>,
    outage: Option<Outage>,
}

/// How the sender fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outage {
    /// It says no.
    Refused,
    /// It cannot be reached.
    Unavailable,
    /// It does not answer, though the message arrives.
    Unknown,
}

impl Inbox {
    /// Makes every sending fail like this, or none.
    pub fn set_outage(&self, outage: Option<Outage>) {
        self.lock().outage = outage;
    }

    /// The messages that arrived at a number, oldest first.
    #[must_use]
    pub fn of(&self, phone: &Phone) -> Vec<SmsMessage> {
        self.lock().messages.iter().filter(|message| message.to() == phone).cloned().collect()
    }

    /// The digits of the newest code that arrived at a number.
    #[must_use]
    pub fn code(&self, phone: &Phone) -> Option<String> {
        self.of(phone).last()?.values().first().cloned()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl OtpSender for Inbox {
    async fn send(&self, message: &SmsMessage) -> Result<(), SendError> {
        let mut state = self.lock();
        match state.outage {
            Some(Outage::Refused) => Err(SendError::Refused { reason: "21610".into() }),
            Some(Outage::Unavailable) => Err(SendError::Unavailable("outage".into())),
            Some(Outage::Unknown) => {
                state.messages.push(message.clone());
                Err(SendError::Unknown("no answer".into()))
            }
            None => {
                state.messages.push(message.clone());
                Ok(())
            }
        }
    }
}
