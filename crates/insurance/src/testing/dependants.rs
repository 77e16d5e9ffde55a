//! Dependants in memory.

use super::memory::lock;
use crate::{
    Dependant, DependantId, RelativePatch,
    ports::{Added, DependantStore, NewDependant},
};
use async_trait::async_trait;
use kernel::{StoreError, UserId};
use std::sync::Mutex;
use time::OffsetDateTime;

/// Dependants in memory.
#[derive(Debug, Default)]
pub struct MemoryDependants {
    kept: Mutex<Vec<Kept>>,
}

/// A dependant as it is kept.
#[derive(Debug)]
struct Kept {
    user_id: UserId,
    newest: Dependant,
    is_removed: bool,
}

impl Kept {
    fn belongs_to(&self, user_id: UserId) -> bool {
        self.user_id == user_id && !self.is_removed
    }
}

#[async_trait]
impl DependantStore for MemoryDependants {
    async fn list(&self, user_id: UserId) -> Result<Vec<Dependant>, StoreError> {
        let kept = lock(&self.kept);
        Ok(kept.iter().filter(|kept| kept.belongs_to(user_id)).map(|kept| kept.newest.clone()).collect())
    }

    async fn add(&self, new: &NewDependant) -> Result<Added, StoreError> {
        let mut kept = lock(&self.kept);
        let family: Vec<_> = kept.iter().filter(|kept| kept.belongs_to(new.user_id)).collect();
        if let Some(same) = family.iter().find(|kept| kept.newest.relative == new.dependant.relative) {
            return Ok(Added::Same(same.newest.clone()));
        }
        if family.len() >= usize::from(new.most) {
            return Ok(Added::TooMany);
        }
        let newest = new.dependant.clone();
        kept.push(Kept { user_id: new.user_id, newest, is_removed: false });
        Ok(Added::New)
    }

    async fn change(
        &self,
        user_id: UserId,
        id: DependantId,
        patch: &RelativePatch,
        _at: OffsetDateTime,
    ) -> Result<Option<Dependant>, StoreError> {
        let mut kept = lock(&self.kept);
        let Some(kept) = kept.iter_mut().find(|kept| kept.belongs_to(user_id) && kept.newest.id == id) else {
            return Ok(None);
        };
        kept.newest = kept.newest.patched(patch).unwrap_or_else(|| kept.newest.clone());
        Ok(Some(kept.newest.clone()))
    }

    async fn remove(
        &self,
        user_id: UserId,
        id: DependantId,
        _at: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let mut kept = lock(&self.kept);
        let found = kept.iter_mut().find(|kept| kept.user_id == user_id && kept.newest.id == id);
        Ok(found.map(|kept| kept.is_removed = true).is_some())
    }
}
