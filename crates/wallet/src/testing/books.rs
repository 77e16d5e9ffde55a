//! Wallets, ledger and loads in memory, under one lock: each port method is one transaction.

use crate::{
    Booking, Deed, Event, KycLevel, LimitExceeded, Movement, Provisioning, Receipt, Reference, Refusal,
    Transfer, TransferKind, Wallet, month_of,
    ports::{Advance, Advanced, IssuerLoad, IssuerLoadStore, LoadState, OpenWallet, WalletStore},
};
use async_trait::async_trait;
use kernel::{News, Paise, StoreError, UserId};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
};
use time::OffsetDateTime;

/// Every store of this crate in memory; also keeps the news, for a test to read.
#[derive(Debug, Default)]
pub struct InMemoryBooks {
    inner: Mutex<Books>,
}

#[derive(Debug, Default)]
pub(super) struct Books {
    pub(super) wallets: BTreeMap<UserId, Kept>,
    pub(super) postings: Vec<Posting>,
    refused: BTreeSet<Reference>,
    loads: BTreeMap<Reference, (IssuerLoad, LoadState)>,
    asked: BTreeMap<Reference, OffsetDateTime>,
    news: Vec<News<Event>>,
}

/// A wallet with when its last posting was booked.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub(super) wallet: Wallet,
    pub(super) booked_at: OffsetDateTime,
}

/// What a transfer did to a wallet; the other side is the opposite amount on the transfer's house account.
#[derive(Debug, Clone)]
pub(super) struct Posting {
    pub(super) user_id: UserId,
    pub(super) transfer: Transfer,
    pub(super) corrects: Option<crate::TransferId>,
    pub(super) balance_after: Paise,
    pub(super) load: Paise,
    pub(super) booked_at: OffsetDateTime,
}

impl InMemoryBooks {
    /// Empty books.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Everything that was told, in order.
    #[must_use]
    pub fn news(&self) -> Vec<News<Event>> {
        self.lock().news.clone()
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Books> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl WalletStore for InMemoryBooks {
    async fn open(&self, fact: &OpenWallet) -> Result<bool, StoreError> {
        let mut books = self.lock();
        if books.wallets.contains_key(&fact.user_id) {
            return Ok(false);
        }
        let wallet = Wallet {
            user_id: fact.user_id,
            provisioning: Provisioning::Created,
            level: KycLevel::Small,
            balance: Paise::ZERO,
            loaded: Paise::ZERO,
            loaded_month: month_of(fact.at),
            version: 0,
        };
        books.wallets.insert(fact.user_id, Kept { wallet, booked_at: fact.at });
        books.news.push(fact.news.clone());
        Ok(true)
    }

    async fn find(&self, user_id: UserId) -> Result<Option<Wallet>, StoreError> {
        Ok(self.lock().wallets.get(&user_id).map(|kept| kept.wallet.clone()))
    }

    async fn advance(&self, step: &Advance) -> Result<Advanced, StoreError> {
        let mut books = self.lock();
        let Some(kept) = books.wallets.get_mut(&step.user_id) else { return Ok(Advanced::Stale) };
        if kept.wallet.version != step.version {
            return Ok(Advanced::Stale);
        }
        kept.wallet.version = step.version.saturating_add(1);
        kept.wallet.provisioning = step.to.clone();
        books.news.extend(step.news.clone());
        Ok(Advanced::Recorded)
    }

    async fn raise_level(
        &self,
        user_id: UserId,
        level: KycLevel,
        _: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let mut books = self.lock();
        let Some(kept) = books.wallets.get_mut(&user_id) else { return Ok(false) };
        kept.wallet.level = kept.wallet.level.max(level);
        Ok(true)
    }
}

#[async_trait]
impl IssuerLoadStore for InMemoryBooks {
    async fn begin(&self, load: &IssuerLoad) -> Result<LoadState, StoreError> {
        let mut books = self.lock();
        books.asked.insert(load.reference.clone(), load.at);
        let known = books.loads.entry(load.reference.clone());
        Ok(known.or_insert_with(|| (load.clone(), LoadState::Pending)).1.clone())
    }

    async fn conclude(
        &self,
        reference: &Reference,
        state: &LoadState,
        _: OffsetDateTime,
    ) -> Result<LoadState, StoreError> {
        let mut books = self.lock();
        let Some((_, known)) = books.loads.get_mut(reference) else {
            return Err(StoreError::Inconsistent("a load was concluded that was never begun".into()));
        };
        if *known == LoadState::Pending {
            *known = state.clone();
        }
        Ok(known.clone())
    }

    async fn reopen(&self, reference: &Reference) -> Result<Option<(IssuerLoad, LoadState)>, StoreError> {
        let mut books = self.lock();
        let Some((load, known)) = books.loads.get_mut(reference) else { return Ok(None) };
        if let LoadState::Refused(_) = known {
            *known = LoadState::Pending;
        }
        Ok(Some((load.clone(), known.clone())))
    }

    async fn take_pending(
        &self,
        before: OffsetDateTime,
        at: OffsetDateTime,
    ) -> Result<Option<IssuerLoad>, StoreError> {
        let mut books = self.lock();
        let asked = |load: &IssuerLoad| books.asked.get(&load.reference).copied().unwrap_or(load.at);
        let pending = books.loads.values().filter(|(_, state)| *state == LoadState::Pending);
        let due = pending.map(|(load, _)| (asked(load), load)).filter(|(asked, _)| *asked < before);
        let taken = due.min_by_key(|(asked, load)| (*asked, load.reference.clone()));
        let taken = taken.map(|(_, load)| load.clone());
        if let Some(load) = &taken {
            books.asked.insert(load.reference.clone(), at);
        }
        Ok(taken)
    }

    async fn unsettled(&self, before: OffsetDateTime) -> Result<Vec<(IssuerLoad, LoadState)>, StoreError> {
        let books = self.lock();
        let open = books.loads.values().filter(|(load, state)| load.at < before && *state != LoadState::Done);
        let mut open: Vec<_> = open.cloned().collect();
        open.sort_by_key(|(load, _)| load.at);
        Ok(open)
    }
}

impl Books {
    /// The one place where money moves: look, decide, write, under the lock of the whole.
    pub(super) fn book(&mut self, movement: &Movement) -> Result<Booking, StoreError> {
        let Some(kept) = self.wallets.get(&movement.user_id).cloned() else { return Ok(Booking::NoWallet) };
        if let Some(known) = self.postings.iter().find(|known| known.transfer.reference == movement.reference)
        {
            return Ok(repeated(known, movement));
        }
        if self.refused.contains(&movement.reference) {
            return Ok(Booking::Refused);
        }
        if let Some(refusal) = self.refusal(&kept, movement) {
            return Ok(refusal);
        }
        let booked_at = kept.booked_at.max(movement.at);
        let load = self.load_of(movement, booked_at);
        let signed = movement.signed();
        let loaded = kept.wallet.standing(booked_at).loaded.checked_add(load);
        let balance = kept.wallet.balance.checked_add(signed);
        let (Some(balance_after), Some(loaded)) = (balance, loaded) else {
            return Err(StoreError::Inconsistent("a balance does not fit".into()));
        };
        let wallet =
            Wallet { balance: balance_after, loaded, loaded_month: month_of(booked_at), ..kept.wallet };
        self.wallets.insert(movement.user_id, Kept { wallet, booked_at });
        self.postings.push(Posting {
            user_id: movement.user_id,
            transfer: transfer_of(movement),
            corrects: movement.corrects(),
            balance_after,
            load,
            booked_at,
        });
        self.news.push(movement.news.clone());
        Ok(Booking::Booked(Receipt { transfer_id: movement.transfer_id, balance_after, booked_at }))
    }

    /// Takes a reference for ever, unless a transfer has it.
    pub(super) fn refuse(&mut self, reference: &Reference) -> Refusal {
        if self.postings.iter().any(|known| known.transfer.reference == *reference) {
            return Refusal::Booked;
        }
        self.refused.insert(reference.clone());
        Refusal::Refused
    }

    fn refusal(&self, kept: &Kept, movement: &Movement) -> Option<Booking> {
        let of = match &movement.deed {
            Deed::Credit { .. } | Deed::Spend { .. } => None,
            Deed::Refund { of } | Deed::Reversal { of } => Some(of),
        };
        match of {
            None if !kept.wallet.is_ready() => return Some(Booking::NotReady),
            None => {}
            Some(of) => {
                let remaining = self.uncorrected(of);
                if movement.amount.paise() > remaining {
                    return Some(Booking::OverCorrected { remaining });
                }
            }
        }
        let after = kept.wallet.balance.get().saturating_add(movement.signed().get());
        if after < 0 {
            return Some(Booking::Insufficient { available: kept.wallet.balance });
        }
        let standing = kept.wallet.standing(kept.booked_at.max(movement.at));
        let over: Option<LimitExceeded> =
            movement.limits().and_then(|limits| limits.allow(standing, movement.amount.paise()).err());
        over.map(Booking::OverLimit)
    }

    /// How much of a transfer has not been corrected.
    pub(super) fn uncorrected(&self, of: &Transfer) -> Paise {
        let corrections = self.postings.iter().filter(|posting| posting.corrects == Some(of.id));
        let corrected = corrections
            .fold(0_u64, |sum, posting| sum.saturating_add(posting.transfer.amount.get().unsigned_abs()));
        let left = of.amount.get().unsigned_abs().saturating_sub(corrected);
        Paise::new(i64::try_from(left).unwrap_or(i64::MAX))
    }

    /// What of a movement counts towards the month's load: new money does, and its reversal within the month
    /// gives the room back.
    fn load_of(&self, movement: &Movement, booked_at: OffsetDateTime) -> Paise {
        let kind = movement.kind();
        let undoes_load = kind == TransferKind::Reversal
            && self.postings.iter().any(|wrong| {
                Some(wrong.transfer.id) == movement.corrects()
                    && wrong.load != Paise::ZERO
                    && month_of(wrong.booked_at) == month_of(booked_at)
            });
        if kind.is_load() || undoes_load { movement.signed() } else { Paise::ZERO }
    }
}

fn repeated(known: &Posting, movement: &Movement) -> Booking {
    let Transfer { id, reference, .. } = &known.transfer;
    let wanted = Transfer { id: *id, reference: reference.clone(), ..transfer_of(movement) };
    let same = known.user_id == movement.user_id
        && known.transfer == wanted
        && known.corrects == movement.corrects();
    if !same {
        return Booking::ReferenceReused;
    }
    let Posting { balance_after, booked_at, .. } = *known;
    Booking::Repeated(Receipt { transfer_id: *id, balance_after, booked_at })
}

fn transfer_of(movement: &Movement) -> Transfer {
    Transfer {
        id: movement.transfer_id,
        kind: movement.kind(),
        amount: movement.signed(),
        house: movement.house(),
        source: movement.source(),
        purpose: movement.purpose(),
        order: movement.order.clone(),
        reference: movement.reference.clone(),
    }
}
