//! A place to hash where callers take turns, as they do in a pool of threads: in memory nothing else would let one
//! caller come between another's steps, and a race would be a queue.

use crate::{
    CodeHash, CodeHashing, HashError, OtpCode,
    ports::{Busy, HashSlot, OtpHasher},
};
use async_trait::async_trait;
use std::{future::poll_fn, task::Poll};

/// Hashes on the spot, after everybody else who waits had a turn.
#[derive(Debug)]
pub(super) struct TakingTurns(pub(super) CodeHashing);

async fn turn() {
    let mut waited = false;
    let wait = poll_fn(|context| {
        if std::mem::replace(&mut waited, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    });
    wait.await;
}

#[async_trait]
impl OtpHasher for TakingTurns {
    async fn reserve(&self) -> Result<HashSlot, Busy> {
        turn().await;
        Ok(HashSlot::free())
    }

    async fn hash(&self, _slot: HashSlot, code: &OtpCode, salt: [u8; 16]) -> Result<CodeHash, HashError> {
        turn().await;
        self.0.hash(code, salt)
    }

    async fn matches(&self, _slot: HashSlot, code: &OtpCode, kept: &CodeHash) -> Result<bool, HashError> {
        turn().await;
        self.0.matches(code, kept)
    }
}
