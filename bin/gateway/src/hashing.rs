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
///
/// Whoever keeps a place holds it while they speak with the database, so there are more places than cores: else the
/// cores would stand idle meanwhile, and commits would come two by two. How many there are bounds how long a kept place
/// waits for its core.
pub struct HashingPool {
    hashing: Arc<CodeHashing>,
    places: Arc<Semaphore>,
    cores: Arc<Semaphore>,
}

impl HashingPool {
    /// A pool of `cores` hashes at a time, for which `places` may be kept.
    #[must_use]
    pub fn new(hashing: CodeHashing, cores: usize, places: usize) -> Self {
        let (places, cores) = (Arc::new(Semaphore::new(places)), Arc::new(Semaphore::new(cores)));
        Self { hashing: Arc::new(hashing), places, cores }
    }

    async fn work<T: Send + 'static>(
        &self,
        slot: HashSlot,
        work: impl FnOnce(&CodeHashing) -> Result<T, HashError> + Send + 'static,
    ) -> Result<T, HashError> {
        let hashing = self.hashing.clone();
        let core = self.cores.clone().acquire_owned().await.map_err(|_| HashError)?;
        let done = tokio::task::spawn_blocking(move || {
            let result = work(&hashing);
            drop((core, slot));
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

#[cfg(test)]
mod tests {
    use super::*;
    use identity::{CodeLength, HashCost};
    use secrecy::SecretSlice;
    use std::collections::BTreeMap;

    fn pool(cores: usize, places: usize) -> HashingPool {
        let peppers = BTreeMap::from([(1, SecretSlice::from(vec![7; 32]))]);
        let hashing = CodeHashing::new(peppers, 1, HashCost { memory_kib: 8, ..HashCost::LIGHT }).unwrap();
        HashingPool::new(hashing, cores, places)
    }

    #[tokio::test]
    async fn more_places_than_cores_are_kept_and_no_more_than_there_are() {
        let pool = pool(1, 3);
        let kept = futures::future::join_all((0..3).map(|_| pool.reserve())).await;
        let mut kept = kept.into_iter().collect::<Result<Vec<_>, _>>().unwrap();
        assert!(pool.reserve().await.is_err(), "whoever comes then is turned away");
        drop(kept.pop());
        assert!(pool.reserve().await.is_ok());
    }

    #[tokio::test]
    async fn every_kept_place_gets_its_core_in_turn() {
        let pool = pool(1, 8);
        let code = OtpCode::parse("123456", CodeLength::SIX).unwrap();
        let hash = pool.hash(pool.reserve().await.unwrap(), &code, [1; 16]).await.unwrap();
        let matching = async || {
            let slot = pool.reserve().await.unwrap();
            // As between the reservation and the attempt that was paid for.
            tokio::task::yield_now().await;
            pool.matches(slot, &code, &hash).await.unwrap()
        };
        let found = futures::future::join_all((0..8).map(|_| matching())).await;
        assert_eq!(found, [true; 8]);
        assert_eq!((pool.cores.available_permits(), pool.places.available_permits()), (1, 8));
    }
}
