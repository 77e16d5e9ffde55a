//! The ledger: every movement of a wallet's money, booked twice and once for all.

mod error;

pub use error::{CreditError, HistoryError, RefundError, ReverseError, SpendError, StatementError};

use crate::{
    Amount, Booking, CreditKind, Days, Deed, Event, HistoryQuery, LimitTable, Movement, Period, Purpose,
    Receipt, Reference, Refusal, Source, Statement, Transaction, Transfer, TransferId, TransferKind,
    WalletId,
    ports::{LedgerStore, StatementQuery},
    statement,
};
use kernel::{Cursor, Env, Limit, News, OrderRef, Page, Paise, StoreError, UserId};
use std::sync::Arc;

/// The use cases that move a wallet's money or read the books.
#[derive(Clone)]
pub struct Ledger {
    env: Env,
    limits: LimitTable,
    store: Arc<dyn LedgerStore>,
}

/// New money for a wallet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credit {
    /// Whose wallet.
    pub user_id: UserId,
    /// How it came in.
    pub kind: CreditKind,
    /// Who gave it.
    pub source: Source,
    /// How much.
    pub amount: Paise,
    /// What makes it happen once.
    pub reference: Reference,
    /// The order that paid for it.
    pub order: Option<OrderRef>,
}

/// Money that leaves a wallet for health care.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spend {
    /// Whose wallet.
    pub user_id: UserId,
    /// On what.
    pub purpose: Purpose,
    /// How much.
    pub amount: Paise,
    /// What makes it happen once.
    pub reference: Reference,
    /// The order it pays.
    pub order: Option<OrderRef>,
}

/// Money that had been spent and comes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// Whose wallet.
    pub user_id: UserId,
    /// The reference of the spending.
    pub spend: Reference,
    /// How much of it.
    pub amount: Paise,
    /// What makes it happen once.
    pub reference: Reference,
    /// The order it belongs to.
    pub order: Option<OrderRef>,
}

/// A wrong transfer that is to be undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reversal {
    /// Whose wallet.
    pub user_id: UserId,
    /// The reference of the wrong one.
    pub transfer: Reference,
    /// What makes it happen once.
    pub reference: Reference,
}

/// A movement before it has an id and a time.
struct Plan {
    user_id: UserId,
    reference: Reference,
    amount: Amount,
    deed: Deed,
    order: Option<OrderRef>,
}

impl Ledger {
    /// A ledger over the given books, under the given limits.
    #[must_use]
    pub fn new(env: Env, limits: LimitTable, store: Arc<dyn LedgerStore>) -> Self {
        Self { env, limits, store }
    }

    /// Brings new money in, once per reference: repeating the call answers the same receipt.
    ///
    /// # Errors
    /// When the amount is not valid, there is no wallet, it is not ready, a limit stands in the way, the
    /// reference belongs to something else, or it was [refused](Self::refuse) for ever.
    pub async fn credit(&self, credit: &Credit) -> Result<Receipt, CreditError> {
        let Credit { user_id, kind, source, .. } = *credit;
        let plan = Plan {
            user_id,
            reference: credit.reference.clone(),
            amount: Amount::parse(credit.amount)?,
            deed: Deed::Credit { kind, source, limits: self.limits.at(self.env.now()) },
            order: credit.order.clone(),
        };
        let event = |transfer_id| Event::WalletCredited {
            user_id,
            transfer_id,
            amount_paise: credit.amount,
            source,
            reference: credit.reference.clone(),
        };
        match self.book(plan, event).await? {
            Booking::Booked(receipt) | Booking::Repeated(receipt) => Ok(receipt),
            Booking::ReferenceReused => Err(CreditError::ReferenceReused),
            Booking::Refused => Err(CreditError::Refused),
            Booking::NoWallet => Err(CreditError::WalletNotFound),
            Booking::NotReady => Err(CreditError::WalletNotReady),
            Booking::OverLimit(limit) => Err(limit.into()),
            Booking::Insufficient { .. } | Booking::OverCorrected { .. } => Err(senseless("a credit").into()),
        }
    }

    /// Refuses a reference for ever: nothing will be booked under it, whatever room a wallet may have later.
    /// Unless a transfer has it: of a booking and a refusal exactly one stands, so that whoever pays back what
    /// cannot be credited asks here first. Repeating it is harmless.
    ///
    /// # Errors
    /// When the store fails; whether it is refused is then not known, and asking again tells.
    pub async fn refuse(&self, reference: &Reference) -> Result<Refusal, StoreError> {
        self.store.refuse(TransferId::generate(&self.env), reference, self.env.now()).await
    }

    /// Takes money out for health care, once per reference.
    ///
    /// # Errors
    /// When the amount is not valid, there is no wallet, it is not ready or holds too little, or the reference
    /// belongs to something else.
    pub async fn spend(&self, spend: &Spend) -> Result<Receipt, SpendError> {
        let Spend { user_id, purpose, .. } = *spend;
        let plan = Plan {
            user_id,
            reference: spend.reference.clone(),
            amount: Amount::parse(spend.amount)?,
            deed: Deed::Spend { purpose },
            order: spend.order.clone(),
        };
        let event = |transfer_id| Event::WalletSpent {
            user_id,
            transfer_id,
            amount_paise: spend.amount,
            purpose,
            reference: spend.reference.clone(),
            order: spend.order.clone(),
        };
        match self.book(plan, event).await? {
            Booking::Booked(receipt) | Booking::Repeated(receipt) => Ok(receipt),
            Booking::ReferenceReused | Booking::Refused => Err(SpendError::ReferenceReused),
            Booking::NoWallet => Err(SpendError::WalletNotFound),
            Booking::NotReady => Err(SpendError::WalletNotReady),
            Booking::Insufficient { available } => Err(SpendError::InsufficientBalance { available }),
            Booking::OverLimit(_) | Booking::OverCorrected { .. } => Err(senseless("a spending").into()),
        }
    }

    /// Gives part or all of a spending back to the wallet it came from, once per reference and never more than
    /// was spent; limits do not stand in its way.
    ///
    /// # Errors
    /// When the amount is not valid, there is no such spending, too little of it is left, or the reference
    /// belongs to something else.
    pub async fn refund_to_wallet(&self, refund: &Refund) -> Result<Receipt, RefundError> {
        let user_id = refund.user_id;
        let amount = Amount::parse(refund.amount)?;
        let spend = self.store.find(user_id, &refund.spend).await?;
        let spend = spend.filter(|transfer| transfer.kind == TransferKind::Spend);
        let plan = Plan {
            user_id,
            reference: refund.reference.clone(),
            amount,
            deed: Deed::Refund { of: spend.ok_or(RefundError::SpendNotFound)? },
            order: refund.order.clone(),
        };
        let event = |transfer_id| Event::WalletRefunded {
            user_id,
            transfer_id,
            amount_paise: refund.amount,
            reference: refund.reference.clone(),
            spend: refund.spend.clone(),
        };
        match self.book(plan, event).await? {
            Booking::Booked(receipt) | Booking::Repeated(receipt) => Ok(receipt),
            Booking::ReferenceReused | Booking::Refused => Err(RefundError::ReferenceReused),
            Booking::OverCorrected { remaining } => Err(RefundError::TooMuch { remaining }),
            Booking::NoWallet | Booking::NotReady | Booking::Insufficient { .. } | Booking::OverLimit(_) => {
                Err(senseless("a refund").into())
            }
        }
    }

    /// Undoes a wrong transfer, whole and once, by another that moves the same the other way.
    ///
    /// # Errors
    /// When there is no such transfer, it has been corrected before or is a correction itself, the wallet no
    /// longer holds what is to be taken back, or the reference belongs to something else.
    pub async fn reverse(&self, reversal: &Reversal) -> Result<Receipt, ReverseError> {
        let user_id = reversal.user_id;
        let wrong = self.store.find(user_id, &reversal.transfer).await?.ok_or(ReverseError::NotFound)?;
        let (amount, back) = undoing(&wrong)?;
        let plan = Plan {
            user_id,
            reference: reversal.reference.clone(),
            amount,
            order: wrong.order.clone(),
            deed: Deed::Reversal { of: wrong },
        };
        let event = |transfer_id| Event::TransferReversed {
            user_id,
            transfer_id,
            amount_paise: back,
            reference: reversal.reference.clone(),
            reversed: reversal.transfer.clone(),
        };
        match self.book(plan, event).await? {
            Booking::Booked(receipt) | Booking::Repeated(receipt) => Ok(receipt),
            Booking::ReferenceReused | Booking::Refused => Err(ReverseError::ReferenceReused),
            Booking::OverCorrected { .. } => Err(ReverseError::NotReversible),
            Booking::Insufficient { available } => Err(ReverseError::InsufficientBalance { available }),
            Booking::NoWallet | Booking::NotReady | Booking::OverLimit(_) => {
                Err(senseless("a reversal").into())
            }
        }
    }

    async fn book(
        &self,
        plan: Plan,
        event: impl FnOnce(TransferId) -> Event + Send,
    ) -> Result<Booking, StoreError> {
        let transfer_id = TransferId::generate(&self.env);
        let at = self.env.now();
        let Plan { user_id, reference, amount, deed, order } = plan;
        let news = News { id: self.env.new_uuid(), at, event: event(transfer_id) };
        self.store.book(&Movement { transfer_id, user_id, reference, amount, deed, order, at, news }).await
    }

    /// The transfer of a person's wallet with this reference.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn find(&self, user_id: UserId, reference: &Reference) -> Result<Option<Transfer>, StoreError> {
        self.store.find(user_id, reference).await
    }

    /// A page of a wallet's history, newest first.
    ///
    /// # Errors
    /// When the person has no wallet of this id, or the store fails.
    pub async fn history(
        &self,
        user_id: UserId,
        wallet_id: &WalletId,
        days: Days,
        limit: Limit,
        after: Option<Cursor>,
    ) -> Result<Page<Transaction>, HistoryError> {
        let since = days.since(self.env.now());
        let query = HistoryQuery { user_id, wallet_id: wallet_id.clone(), since, after, limit };
        self.store.history(&query).await?.ok_or(HistoryError::WalletNotFound)
    }

    /// A person's statement over some business days.
    ///
    /// # Errors
    /// When they have no wallet, too much happened for one statement, or the store fails.
    pub async fn statement(&self, user_id: UserId, period: Period) -> Result<Statement, StatementError> {
        let query = StatementQuery {
            user_id,
            begins_at: period.begins_at(),
            ends_at: period.ends_at(),
            lines_max: statement::LINES_MAX.saturating_add(1),
        };
        let rows = self.store.statement(&query).await?.ok_or(StatementError::WalletNotFound)?;
        if rows.lines.len() > statement::LINES_MAX {
            return Err(StatementError::TooLong);
        }
        Ok(Statement { period, opening: rows.opening, lines: rows.lines })
    }
}

/// What undoes a transfer: how much moves, and with which sign for the wallet.
fn undoing(wrong: &Transfer) -> Result<(Amount, Paise), ReverseError> {
    let is_original = match wrong.kind {
        TransferKind::Topup | TransferKind::Contribution | TransferKind::Spend => true,
        TransferKind::Refund | TransferKind::Reversal => false,
    };
    let back = wrong.amount.checked_neg().filter(|_| is_original).ok_or(ReverseError::NotReversible)?;
    let size = Paise::new(i64::try_from(back.get().unsigned_abs()).unwrap_or_default());
    let amount = Amount::parse(size).map_err(|_| ReverseError::NotReversible)?;
    Ok((amount, back))
}

fn senseless(of: &'static str) -> StoreError {
    StoreError::Inconsistent(format!("the books gave an answer that makes no sense for {of}").into())
}

impl std::fmt::Debug for Ledger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ledger").finish_non_exhaustive()
    }
}
