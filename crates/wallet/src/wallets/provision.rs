//! One try to open a wallet at its issuer, safe to repeat and to break off anywhere.

use super::{DECISIONS_MAX, LookupError, Wallets};
use crate::{
    Before, Event, HolderRef, IssuedWallet, Provisioning, Try, Turn, WORK_MAX, Wallet, WalletId, fault,
    ports::{Advance, Advanced, Applicant, IssuerAnswer},
};
use kernel::{Detail, Entry, Fault, Masked, StoreError, UserId, catalogue};
use time::{Duration, OffsetDateTime};

/// Longest reason kept for operators.
const REASON_MAX_CHARS: usize = 200;

/// The longest pause between two looks at an issuer that is at work.
const LOOKS_AT_LEAST_EVERY_SECONDS: i64 = 60;

/// What one call to open a wallet came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The wallet is open.
    Completed(WalletId),
    /// Not yet: call again at this instant.
    TryAgainAt(OffsetDateTime),
    /// All tries failed; an operator can requeue it.
    Failed,
}

/// A try could not be made or recorded.
#[derive(Debug, thiserror::Error)]
pub enum ProvisionError {
    /// Nobody has asked for this person's wallet.
    #[error("there is no wallet to open")]
    NotFound,
    /// Too many others changed it at the same time.
    #[error("the wallet changed while a step was decided")]
    Contended,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Fault for ProvisionError {
    fn entry(&self) -> Entry {
        match self {
            Self::NotFound => fault::WALLET_NOT_FOUND,
            Self::Contended => catalogue::SERVICE_UNAVAILABLE,
            Self::Store(error) => error.entry(),
        }
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        match self {
            Self::NotFound | Self::Contended => Vec::new(),
            Self::Store(error) => error.details(),
        }
    }
}

/// A wallet could not be given new tries.
#[derive(Debug, thiserror::Error)]
pub enum RequeueError {
    /// The person has no wallet.
    #[error("there is no such wallet")]
    NotFound,
    /// It has not failed: it is open, or still being tried.
    #[error("the wallet has not failed")]
    NotFailed,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Fault for RequeueError {
    fn entry(&self) -> Entry {
        match self {
            Self::NotFound => fault::WALLET_NOT_FOUND,
            Self::NotFailed => catalogue::INVALID_STATE,
            Self::Store(error) => error.entry(),
        }
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        match self {
            Self::NotFound | Self::NotFailed => Vec::new(),
            Self::Store(error) => error.details(),
        }
    }
}

/// How long to leave an issuer at its work: a second at first, and longer the more often it was looked after.
fn pause(version: i64) -> Duration {
    Duration::seconds(version.checked_div(2).unwrap_or_default().clamp(1, LOOKS_AT_LEAST_EVERY_SECONDS))
}

/// Either a try to make, or what the call comes to without one.
enum Taken {
    Try(Try),
    Rest(Outcome),
}

impl Wallets {
    /// Makes one try to open a person's wallet, if one is due. `phone` is theirs in E.164 form.
    ///
    /// May be called at any time, by any number of processes, and die anywhere: one try is made at a time, and
    /// the issuer knows the person by a reference that never changes.
    ///
    /// # Errors
    /// When nobody has asked for this wallet, or the store fails; the try is then made again once its lease has
    /// ended.
    pub async fn provision(&self, user_id: UserId, phone: Masked<String>) -> Result<Outcome, ProvisionError> {
        let applicant = Applicant { user_id, holder: HolderRef::of(user_id), phone };
        match self.take_try(user_id).await? {
            Taken::Rest(outcome) => Ok(outcome),
            Taken::Try(taken) => match self.ask_issuer(&applicant, &taken).await? {
                IssuerAnswer::Done(issued) => self.complete(user_id, issued).await,
                IssuerAnswer::Underway => self.wait(user_id, &taken).await,
                IssuerAnswer::Refused(reason) | IssuerAnswer::DontKnow(reason) => {
                    self.fail(user_id, &taken, &reason).await
                }
            },
        }
    }

    async fn take_try(&self, user_id: UserId) -> Result<Taken, ProvisionError> {
        for _ in 0..DECISIONS_MAX {
            let wallet = self.store.find(user_id).await?.ok_or(ProvisionError::NotFound)?;
            let (to, news, taken) = match wallet.provisioning.turn(self.env.now()) {
                Turn::Wait(until) => return Ok(Taken::Rest(Outcome::TryAgainAt(until))),
                Turn::Done(wallet_id) => return Ok(Taken::Rest(Outcome::Completed(wallet_id))),
                Turn::Failed => return Ok(Taken::Rest(Outcome::Failed)),
                Turn::GiveUp => {
                    let news = Some(Event::WalletFailed { user_id });
                    (Provisioning::Failed, news, Taken::Rest(Outcome::Failed))
                }
                Turn::Take(taken) => {
                    let Try { attempt, lease_until, at_work_since, .. } = taken;
                    let to = Provisioning::Pending { attempt, lease_until, at_work_since };
                    (to, None, Taken::Try(taken))
                }
            };
            if self.record(&wallet, to, None, news).await? == Advanced::Recorded {
                return Ok(taken);
            }
        }
        Err(ProvisionError::Contended)
    }

    /// Asks for the wallet that may be there already, and opens one only when there is none.
    async fn ask_issuer(
        &self,
        applicant: &Applicant,
        taken: &Try,
    ) -> Result<IssuerAnswer<IssuedWallet>, ProvisionError> {
        if taken.before != Before::Nothing {
            match self.issuer.find(&applicant.holder).await {
                IssuerAnswer::Done(None) => {}
                IssuerAnswer::Done(Some(issued)) => return Ok(IssuerAnswer::Done(issued)),
                IssuerAnswer::Underway => return Ok(IssuerAnswer::Underway),
                // What failed before and was counted is asked for again; what fails only now counts.
                IssuerAnswer::Refused(_) if taken.before == Before::Failed => {}
                IssuerAnswer::Refused(reason) => return Ok(IssuerAnswer::Refused(reason)),
                IssuerAnswer::DontKnow(reason) => return Ok(IssuerAnswer::DontKnow(reason)),
            }
        }
        // Recorded before it is done: whoever finds this state knows that the issuer may have been asked.
        let Some(wallet) = self.still_ours(applicant.user_id, taken).await? else {
            return Err(ProvisionError::Contended);
        };
        let Try { attempt, lease_until, at_work_since, .. } = *taken;
        let to = Provisioning::InProgress { attempt, lease_until, at_work_since };
        match self.record(&wallet, to, None, None).await? {
            Advanced::Recorded => Ok(self.issuer.open(applicant).await),
            Advanced::Stale => Err(ProvisionError::Contended),
        }
    }

    async fn still_ours(&self, user_id: UserId, taken: &Try) -> Result<Option<Wallet>, ProvisionError> {
        let wallet = self.store.find(user_id).await?.ok_or(ProvisionError::NotFound)?;
        Ok(wallet.provisioning.is_under_way(taken).then_some(wallet))
    }

    /// An open wallet is the truth, whoever heard of it first and whatever was recorded since.
    async fn complete(&self, user_id: UserId, issued: IssuedWallet) -> Result<Outcome, ProvisionError> {
        for _ in 0..DECISIONS_MAX {
            let wallet = self.store.find(user_id).await?.ok_or(ProvisionError::NotFound)?;
            if let Some(wallet_id) = wallet.wallet_id() {
                return Ok(Outcome::Completed(wallet_id.clone()));
            }
            let news = Event::WalletOpened { user_id, wallet_id: issued.wallet_id.clone() };
            let to = Provisioning::Completed(issued.clone());
            if self.record(&wallet, to, None, Some(news)).await? == Advanced::Recorded {
                return Ok(Outcome::Completed(issued.wallet_id));
            }
        }
        Err(ProvisionError::Contended)
    }

    /// The issuer is at work: the try is given back, and looked after again soon; but not without end.
    async fn wait(&self, user_id: UserId, taken: &Try) -> Result<Outcome, ProvisionError> {
        let Some(wallet) = self.still_ours(user_id, taken).await? else {
            return Err(ProvisionError::Contended);
        };
        let now = self.env.now();
        let since = taken.at_work_since.unwrap_or(now);
        if now >= since.saturating_add(WORK_MAX) {
            return self.fail(user_id, taken, "the issuer has been at work on it for a day").await;
        }
        let look_at = now.saturating_add(pause(wallet.version));
        let to = Provisioning::InProgress {
            attempt: taken.attempt.saturating_sub(1),
            lease_until: look_at,
            at_work_since: Some(since),
        };
        match self.record(&wallet, to, None, None).await? {
            Advanced::Recorded => Ok(Outcome::TryAgainAt(look_at)),
            Advanced::Stale => Err(ProvisionError::Contended),
        }
    }

    async fn fail(&self, user_id: UserId, taken: &Try, reason: &str) -> Result<Outcome, ProvisionError> {
        let Some(wallet) = self.still_ours(user_id, taken).await? else {
            return Err(ProvisionError::Contended);
        };
        let to = Provisioning::after_failure(taken.attempt, &self.env);
        let (outcome, news) = match &to {
            Provisioning::Retrying { next_try_at, .. } => (Outcome::TryAgainAt(*next_try_at), None),
            Provisioning::Created
            | Provisioning::Pending { .. }
            | Provisioning::InProgress { .. }
            | Provisioning::Completed(_)
            | Provisioning::Failed => (Outcome::Failed, Some(Event::WalletFailed { user_id })),
        };
        let reason = reason.chars().take(REASON_MAX_CHARS).collect();
        match self.record(&wallet, to, Some(reason), news).await? {
            Advanced::Recorded => Ok(outcome),
            Advanced::Stale => Err(ProvisionError::Contended),
        }
    }

    async fn record(
        &self,
        wallet: &Wallet,
        to: Provisioning,
        reason: Option<String>,
        event: Option<Event>,
    ) -> Result<Advanced, StoreError> {
        let step = Advance {
            user_id: wallet.user_id,
            version: wallet.version,
            to,
            reason,
            at: self.env.now(),
            news: event.map(|event| self.news(event)),
        };
        self.store.advance(&step).await
    }

    /// Gives a failed wallet all its tries back, with news that lets a process begin: what an operator does once
    /// the cause is mended.
    ///
    /// # Errors
    /// When there is no such wallet or it has not failed.
    pub async fn requeue(&self, user_id: UserId) -> Result<(), RequeueError> {
        let wallet = self.store.find(user_id).await?.ok_or(RequeueError::NotFound)?;
        if wallet.provisioning != Provisioning::Failed {
            return Err(RequeueError::NotFailed);
        }
        let to = Provisioning::Retrying { attempts: 0, next_try_at: self.env.now() };
        match self.record(&wallet, to, None, Some(Event::WalletRequested { user_id })).await? {
            Advanced::Recorded => Ok(()),
            Advanced::Stale => Err(RequeueError::NotFailed),
        }
    }

    /// Asks the issuer whether an open wallet may still be used, and records its word; a wallet that is not open
    /// yet, or an issuer that does not say, changes nothing.
    ///
    /// # Errors
    /// When the person has no wallet, or the store fails.
    pub async fn refresh_status(&self, user_id: UserId) -> Result<Wallet, LookupError> {
        let wallet = self.get(user_id).await?;
        let Some(known) = wallet.wallet_id() else { return Ok(wallet) };
        let answer = self.issuer.find(&HolderRef::of(user_id)).await;
        let IssuerAnswer::Done(Some(issued)) = answer else { return Ok(wallet) };
        if issued.wallet_id != *known || issued.status == wallet.issuer_status() {
            return Ok(wallet);
        }
        // Whoever was faster asked the issuer just now as well.
        let to = Provisioning::Completed(issued);
        match self.record(&wallet, to, None, None).await? {
            Advanced::Recorded | Advanced::Stale => self.get(user_id).await,
        }
    }
}
