//! Where codes are hashed: work for a processor, so whoever composes the program says where and how much.

use crate::{CodeHash, CodeHashing, HashError, OtpCode};
use async_trait::async_trait;
use std::any::Any;

/// Hashes and compares codes. A place is kept before anything is spent, so that a program that has more to do
/// than it can says so at once, and a caller it sends away has lost nothing.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait OtpHasher: Send + Sync {
    /// Keeps a place for one hash.
    async fn reserve(&self) -> Result<HashSlot, Busy>;

    /// Hashes a new code with a salt of 16 random bytes.
    async fn hash(&self, slot: HashSlot, code: &OtpCode, salt: [u8; 16]) -> Result<CodeHash, HashError>;

    /// Whether `code` is the one that was hashed.
    async fn matches(&self, slot: HashSlot, code: &OtpCode, kept: &CodeHash) -> Result<bool, HashError>;
}

/// There is more to hash than can be done in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there are more codes to hash than can be hashed in time")]
pub struct Busy;

/// A place kept for one hash; dropping it gives the place back.
pub struct HashSlot {
    _held: Option<Box<dyn Any + Send + Sync>>,
}

impl HashSlot {
    /// A place held by whatever `held` frees when it is dropped, such as a semaphore's permit.
    #[must_use]
    pub fn holding(held: impl Any + Send + Sync) -> Self {
        Self { _held: Some(Box::new(held)) }
    }

    /// A place where there is always room.
    #[must_use]
    pub const fn free() -> Self {
        Self { _held: None }
    }
}

/// Hashes on the spot: for tests, and for programs with few sign-ins.
#[async_trait]
impl OtpHasher for CodeHashing {
    async fn reserve(&self) -> Result<HashSlot, Busy> {
        Ok(HashSlot::free())
    }

    async fn hash(&self, _slot: HashSlot, code: &OtpCode, salt: [u8; 16]) -> Result<CodeHash, HashError> {
        Self::hash(self, code, salt)
    }

    async fn matches(&self, _slot: HashSlot, code: &OtpCode, kept: &CodeHash) -> Result<bool, HashError> {
        Self::matches(self, code, kept)
    }
}
