//! The one place where codes and PINs are hashed: a bounded pool that sheds load rather than queueing
//! without end.

use async_trait::async_trait;
use identity::{
    CodeHash, CodeHashing, HashError, OtpCode,
    ports::{Busy, HashSlot, OtpHasher},
};
use std::{sync::Arc, time::Duration};
use tokio::sync::Semaphore;

/// How long a caller waits for a place before being told to come back: a hash takes about a millisecond.
const WAIT: Duration = Duration::from_millis(500);

/// Hashes on the blocking pool, as many at a time as there are cores.
pub struct HashingPool {
    hashing: Arc<CodeHashing>,
    places: Arc<Semaphore>,
}

impl HashingPool {
    /// A pool of `places` hashes at a time.
    #[must_use]
    pub fn new(hashing: CodeHashing, places: usize) -> Self {
        Self { hashing: Arc::new(hashing), places: Arc::new(Semaphore::new(places)) }
    }

    async fn work<T: Send + 'static>(
        &self,
        slot: HashSlot,
        work: impl FnOnce(&CodeHashing) -> Result<T, HashError> + Send + 'static,
    ) -> Result<T, HashError> {
        let hashing = self.hashing.clone();
        let done = tokio::task::spawn_blocking(move || {
            let result = work(&hashing);
            drop(slot);
            result
        });
        done.await.unwrap_or(Err(HashError))
    }
}

#[async_trait]
impl OtpHasher for HashingPool {
    async fn reserve(&self) -> Result<HashSlot, Busy> {
        let place = tokio::time::timeout(WAIT, self.places.clone().acquire_owned()).await;
        place.ok().and_then(Result::ok).map(HashSlot::holding).ok_or(Busy)
    }

    async fn hash(&self, slot: HashSlot, code: &OtpCode, salt: [u8; 16]) -> Result<CodeHash, HashError> {
        let code = code.clone();
        self.work(slot, move |hashing| hashing.hash(&code, salt)).await
    }

    async fn matches(&self, slot: HashSlot, code: &OtpCode, kept: &CodeHash) -> Result<bool, HashError> {
        let (code, kept) = (code.clone(), kept.clone());
        self.work(slot, move |hashing| hashing.matches(&code, &kept)).await
    }
}
