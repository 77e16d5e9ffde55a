//! An issuer in memory that can be told to misbehave.

use crate::{
    HolderRef, IssuedWallet, IssuerStatus, Reference, WalletId,
    ports::{Applicant, IssuerAnswer, IssuerCredit, WalletIssuer},
};
use async_trait::async_trait;
use kernel::Paise;
use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// What the issuer does instead of what it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Misbehaviour {
    /// It is at work on what it was asked, and says so; `find` says so too.
    StaysAtWork,
    /// It says no.
    Refuses,
    /// The call is lost before it has an effect.
    LosesCall,
    /// The call has its effect, but the answer is lost.
    LosesAnswer,
}

/// Opens wallets and takes loads in memory. Unless told otherwise it does what it is asked, once per reference.
#[derive(Debug, Default)]
pub struct InMemoryIssuer {
    inner: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    script: VecDeque<Misbehaviour>,
    wallets: HashMap<HolderRef, IssuedWallet>,
    loads: BTreeMap<Reference, Paise>,
    opens_asked: usize,
}

impl InMemoryIssuer {
    /// An issuer that does what it is asked.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Misbehaves in the next calls of `open` and `credit`, in this order; then behaves again.
    pub fn misbehave(&self, script: impl IntoIterator<Item = Misbehaviour>) {
        self.lock().script.extend(script);
    }

    /// How often it was asked to open a wallet.
    #[must_use]
    pub fn opens_asked(&self) -> usize {
        self.lock().opens_asked
    }

    /// How many wallets it has opened.
    #[must_use]
    pub fn wallets(&self) -> usize {
        self.lock().wallets.len()
    }

    /// What it was given in all.
    #[must_use]
    pub fn loaded(&self) -> Paise {
        let state = self.lock();
        Paise::new(state.loads.values().fold(0, |sum: i64, load| sum.saturating_add(load.get())))
    }

    /// Stops or frees a person's wallet.
    pub fn set_status(&self, holder: &HolderRef, status: IssuerStatus) {
        if let Some(wallet) = self.lock().wallets.get_mut(holder) {
            wallet.status = status;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn answer<T>(&mut self, effect: impl FnOnce(&mut Self) -> T) -> IssuerAnswer<T> {
        match self.script.pop_front() {
            None => IssuerAnswer::Done(effect(self)),
            Some(Misbehaviour::StaysAtWork) => IssuerAnswer::Underway,
            Some(Misbehaviour::Refuses) => IssuerAnswer::Refused("refused as scripted".to_owned()),
            Some(Misbehaviour::LosesCall) => IssuerAnswer::DontKnow("the call was lost".to_owned()),
            Some(Misbehaviour::LosesAnswer) => {
                drop(effect(self));
                IssuerAnswer::DontKnow("the answer was lost".to_owned())
            }
        }
    }
}

#[async_trait]
impl WalletIssuer for InMemoryIssuer {
    async fn open(&self, applicant: &Applicant) -> IssuerAnswer<IssuedWallet> {
        let mut state = self.lock();
        state.opens_asked = state.opens_asked.saturating_add(1);
        let holder = applicant.holder.clone();
        // "wlm_" and the holder's own reference: the same for the same person, as with a real issuer.
        let Ok(wallet_id) = WalletId::parse(&format!("wlm_{holder}")) else {
            return IssuerAnswer::Refused("no id could be made".to_owned());
        };
        state.answer(|state| {
            let fresh = IssuedWallet { wallet_id, status: IssuerStatus::Active };
            state.wallets.entry(holder).or_insert(fresh).clone()
        })
    }

    async fn find(&self, holder: &HolderRef) -> IssuerAnswer<Option<IssuedWallet>> {
        let mut state = self.lock();
        if state.script.front() == Some(&Misbehaviour::StaysAtWork) {
            state.script.pop_front();
            return IssuerAnswer::Underway;
        }
        drop(state);
        IssuerAnswer::Done(self.lock().wallets.get(holder).cloned())
    }

    async fn credit(&self, credit: &IssuerCredit) -> IssuerAnswer<()> {
        self.lock().answer(|state| {
            state.loads.entry(credit.credit_id.clone()).or_insert(credit.amount);
        })
    }
}
