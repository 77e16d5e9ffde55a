//! What is known of a person who wants cover: another domain's knowledge, so asked of whoever joins them.

use crate::Pincode;
use async_trait::async_trait;
use kernel::{Detail, Entry, Fault, Gender, Masked, UserId, catalogue};
use time::Date;

/// Knows what people told of themselves.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait HolderDirectory: Send + Sync {
    /// What is known of this person.
    ///
    /// # Errors
    /// When there is no such person, in the words of the domain that knows people, or it cannot be told.
    async fn holder(&self, user_id: UserId) -> Result<KnownHolder, DirectoryError>;
}

/// What a person told of themselves, as far as cover depends on it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KnownHolder {
    /// First name.
    pub first_name: Option<Masked<String>>,
    /// Last name.
    pub last_name: Option<Masked<String>>,
    /// Mobile number in E.164 form.
    pub phone: Option<Masked<String>>,
    /// When they were born.
    pub born: Option<Masked<Date>>,
    /// Their gender.
    pub gender: Option<Gender>,
    /// Where they live.
    pub pincode: Option<Pincode>,
}

/// What is known of a person could not be told.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// Another domain refuses; its place in the catalogue and its facts are passed on.
    #[error("the person is refused: {}", entry.code)]
    Refused {
        /// The refusal's line of the catalogue.
        entry: Entry,
        /// Facts a client can act on.
        details: Vec<(&'static str, Detail)>,
    },
    /// It cannot be told at the moment.
    #[error("what is known of the person cannot be told")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Fault for DirectoryError {
    fn entry(&self) -> Entry {
        match self {
            Self::Refused { entry, .. } => *entry,
            Self::Unavailable(_) => catalogue::SERVICE_UNAVAILABLE,
        }
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        match self {
            Self::Refused { details, .. } => details.clone(),
            Self::Unavailable(_) => Vec::new(),
        }
    }
}
