//! What can go wrong between a vendor of messages and us; the causes behind identity's `SendError`.

use identity::ports::SendError;

/// Why a vendor did not, or perhaps did not, take a message. Holds no number and no text.
#[derive(Debug, thiserror::Error)]
pub enum VendorFault {
    /// It could not be reached, or its answer was lost or too long.
    #[error("the exchange with {vendor} failed")]
    Network {
        /// Whom we called.
        vendor: &'static str,
        /// What happened.
        #[source]
        source: outbound::CallError,
    },
    /// It answered with a status that stands for no answer.
    #[error("{vendor} answered HTTP {status}")]
    Status {
        /// Whom we called.
        vendor: &'static str,
        /// The status.
        status: u16,
    },
    /// It answered with a code that is about our account or our message.
    #[error("{vendor} answered code {code}")]
    Code {
        /// Whom we called.
        vendor: &'static str,
        /// Its own code.
        code: u32,
    },
    /// It answered with a code that is about its own way to this number: others may reach it, and it may reach others.
    #[error("{vendor} answered code {code} for this number")]
    Number {
        /// Whom we called.
        vendor: &'static str,
        /// Its own code.
        code: u32,
    },
    /// Its answer could not be read.
    #[error("{vendor} answered something that cannot be used")]
    Malformed {
        /// Whom we called.
        vendor: &'static str,
    },
    /// It was not called, or given up on before anything was sent.
    #[error("{vendor} {why}")]
    NotCalled {
        /// Whom we would have called.
        vendor: &'static str,
        /// Why not.
        why: &'static str,
    },
}

impl VendorFault {
    /// The message was certainly not sent.
    pub(crate) fn unavailable(self) -> SendError {
        SendError::Unavailable(Box::new(self))
    }

    /// The message may or may not have been sent.
    pub(crate) fn unknown(self) -> SendError {
        SendError::Unknown(Box::new(self))
    }
}

/// A sender cannot be set up as configured.
#[derive(Debug, thiserror::Error)]
pub enum SetUpError {
    /// No connection can be secured on this machine.
    #[error("the client of {vendor} cannot be made")]
    Client {
        /// For whom.
        vendor: &'static str,
        /// What happened.
        #[source]
        source: reqwest::Error,
    },
    /// The address has no room for a path.
    #[error("the address of {vendor} is not one that paths can be added to")]
    Address {
        /// Whose.
        vendor: &'static str,
    },
    /// There is nobody to ask.
    #[error("at least one sender of messages is needed")]
    NoSender,
}
