//! Policies: bought once, issued or given up, and shown to whom they cover.

use crate::{
    Outdated, Policy, PolicyId, PolicyState, QuoteId, Sale, Step, fault,
    issuance::{next_look, next_step},
    ports::{IssuerError, Moved, PolicyChange, PolicyFinder, PolicyIssuer, PolicyStore},
};
use kernel::{Cursor, Detail, Entry, Env, Fault, Limit, OrderRef, Page, StoreError, UserId, catalogue};
use std::sync::Arc;
use time::OffsetDateTime;

/// How often a change is decided anew when somebody else moved the policy in between.
const TRIES: u8 = 4;

/// What the service asks of the world.
#[derive(Clone)]
pub struct PolicyPorts {
    /// Keeps policies.
    pub policies: Arc<dyn PolicyStore>,
    /// Finds them for people.
    pub finder: Arc<dyn PolicyFinder>,
    /// Issues them.
    pub issuer: Arc<dyn PolicyIssuer>,
}

/// Policies and what becomes of them.
#[derive(Clone)]
pub struct Policies {
    env: Env,
    ports: PolicyPorts,
}

/// What a try to have a policy issued came to.
#[derive(Debug)]
pub enum Progress {
    /// It is known whether it is issued.
    Settled(Box<Policy>),
    /// The insurer is at work: ask again at this instant.
    TryAgainAt(OffsetDateTime),
    /// The insurer did not tell: ask again at this instant.
    InDoubt {
        /// When.
        until: OffsetDateTime,
        /// Why, for operators.
        cause: IssuerError,
    },
}

/// A payment buys no policy.
#[derive(Debug, thiserror::Error)]
pub enum BuyError {
    /// Nothing was proposed under that quote, or so long ago that it is forgotten.
    #[error("nothing is proposed under that quote")]
    NotProposed,
    /// It was paid for by another order, the person has another policy of the plan, or the payment was refused before.
    #[error("the policy is bought, or another one of the same plan")]
    AlreadyBought(Option<PolicyId>),
    /// The price is over, or was when the money came.
    #[error("the price is over")]
    TooLate,
    /// The quote was paid for once, and came to nothing.
    #[error("the quote is used")]
    Used,
    /// Others kept moving the policy: try again.
    #[error("the policy kept changing")]
    Busy,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Fault for BuyError {
    fn entry(&self) -> Entry {
        match self {
            Self::NotProposed => catalogue::NOT_FOUND,
            Self::AlreadyBought(_) => fault::POLICY_ALREADY_EXISTS,
            Self::TooLate | Self::Used => fault::QUOTE_EXPIRED,
            Self::Busy => catalogue::SERVICE_UNAVAILABLE,
            Self::Store(error) => error.entry(),
        }
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        match self {
            Self::TooLate => vec![("reason", Outdated::PriceOver.word().into())],
            Self::Used => vec![("reason", "used".into())],
            Self::NotProposed => vec![("field", "quote_id".into())],
            Self::AlreadyBought(id) => {
                id.iter().map(|id| ("policy_id", Detail::Text(id.to_string()))).collect()
            }
            Self::Busy | Self::Store(_) => Vec::new(),
        }
    }
}

/// No policy can be shown or moved.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// This person has no such policy.
    #[error("there is no such policy")]
    NotFound,
    /// Others kept moving the policy: try again.
    #[error("the policy kept changing")]
    Busy,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Fault for PolicyError {
    fn entry(&self) -> Entry {
        match self {
            Self::NotFound => fault::POLICY_NOT_FOUND,
            Self::Busy => catalogue::SERVICE_UNAVAILABLE,
            Self::Store(error) => error.entry(),
        }
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        Vec::new()
    }
}

impl Policies {
    /// Over its ports.
    #[must_use]
    pub fn new(env: Env, ports: PolicyPorts) -> Self {
        Self { env, ports }
    }

    /// The policy of this person's quote, paid for or not.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn find_by_quote(
        &self,
        user_id: UserId,
        quote_id: QuoteId,
    ) -> Result<Option<Policy>, StoreError> {
        self.ports.policies.find_by_quote(user_id, quote_id).await
    }

    /// The policy that this order paid for.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn find_by_order(&self, order: &OrderRef) -> Result<Option<Policy>, StoreError> {
        self.ports.policies.find_by_order(order).await
    }

    /// This person's policy, once it was paid for.
    ///
    /// # Errors
    /// When this person has no such policy, or the store fails.
    pub async fn get(&self, user_id: UserId, id: PolicyId) -> Result<Policy, PolicyError> {
        let policy = self.ports.policies.find(user_id, id).await?;
        policy.filter(|policy| policy.state.sale().is_some()).ok_or(PolicyError::NotFound)
    }

    /// This person's policies that were paid for, newest first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list(
        &self,
        user_id: UserId,
        after: Option<Cursor>,
        limit: Limit,
    ) -> Result<Page<Policy>, StoreError> {
        self.ports.finder.list(user_id, after, limit).await
    }

    /// Whether what was proposed for this quote may be paid for now. It promises nothing: a payment that buys nothing goes
    /// back.
    ///
    /// # Errors
    /// When nothing was proposed, the price is over, the policy or another one of its plan is bought, or the store fails.
    pub async fn admit_payment(&self, user_id: UserId, quote_id: QuoteId) -> Result<(), BuyError> {
        let found = self.ports.policies.find_by_quote(user_id, quote_id).await?;
        let policy = found.ok_or(BuyError::NotProposed)?;
        if policy.state.is_live() {
            return Err(BuyError::AlreadyBought(Some(policy.id)));
        }
        if policy.state.sale().is_some() {
            return Err(BuyError::Used);
        }
        let live = self.ports.finder.find_live(user_id, policy.plan.id).await?;
        if live.is_some() {
            return Err(BuyError::AlreadyBought(live));
        }
        if self.env.now() < policy.price_until { Ok(()) } else { Err(BuyError::TooLate) }
    }

    /// Buys the policy of that quote with the payment `sale`; answers it, and whether it was bought just now. A policy is
    /// bought by one order, and a person has one live policy of a plan, however many pay at once.
    ///
    /// # Errors
    /// When the payment buys nothing, or the store fails. Before its money goes back, the payment has to be
    /// [refused](Self::refuse): what stands in its way now may be gone when it tries again.
    pub async fn buy(
        &self,
        user_id: UserId,
        quote_id: QuoteId,
        sale: &Sale,
    ) -> Result<(Policy, bool), BuyError> {
        let mut is_taken = false;
        for _ in 0..TRIES {
            let found = self.ports.policies.find_by_quote(user_id, quote_id).await?;
            let policy = found.ok_or(BuyError::NotProposed)?;
            match policy.state.sale() {
                Some(known) if known.order == sale.order => return Ok((policy, false)),
                Some(_) => return Err(BuyError::AlreadyBought(Some(policy.id))),
                None if is_taken => {
                    let live = self.ports.finder.find_live(user_id, policy.plan.id).await?;
                    return Err(BuyError::AlreadyBought(live));
                }
                None => {}
            }
            if !policy.is_bought_by_payment_at(sale.paid_at) {
                return Err(BuyError::TooLate);
            }
            match self.move_on(&policy, PolicyState::Issuing(sale.clone())).await? {
                (Moved::Done, policy) => return Ok((policy, true)),
                // By this very order, perhaps.
                (Moved::Taken, _) => is_taken = true,
                (Moved::Stale, _) => {}
            }
        }
        Err(BuyError::Busy)
    }

    /// The order's payment buys no policy from now on, unless it has bought one: that one is answered, and otherwise the
    /// money has to go back. Repeating it is harmless.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn refuse(&self, order: &OrderRef) -> Result<Option<Policy>, StoreError> {
        self.ports.policies.refuse(order, self.env.now()).await
    }

    /// Has a bought policy issued, or finds out that it never will be: asks the insurer, acts on its word, and says when to
    /// ask again. Repeating it is harmless, whoever does.
    ///
    /// # Errors
    /// When this person has bought no such policy, or the store fails. That the insurer does not tell is no error.
    pub async fn issue(&self, user_id: UserId, id: PolicyId) -> Result<Progress, PolicyError> {
        for _ in 0..TRIES {
            let policy = self.get(user_id, id).await?;
            let PolicyState::Issuing(sale) = &policy.state else {
                return Ok(Progress::Settled(Box::new(policy)));
            };
            let state = match self.ask(&policy, sale).await {
                Ok(Step::Settle(state)) => state,
                Ok(Step::Wait(at)) => return Ok(Progress::TryAgainAt(at)),
                Ok(Step::Issue | Step::Withdraw) => {
                    return Ok(Progress::TryAgainAt(next_look(sale.paid_at, self.env.now())));
                }
                Err(cause) => {
                    let until = next_look(sale.paid_at, self.env.now());
                    return Ok(Progress::InDoubt { until, cause });
                }
            };
            match self.move_on(&policy, state).await? {
                (Moved::Done, policy) => return Ok(Progress::Settled(Box::new(policy))),
                (Moved::Stale, _) => {}
                (Moved::Taken, _) => {
                    let cause = "the insurer's number of a policy is another's";
                    return Err(StoreError::Inconsistent(cause.into()).into());
                }
            }
        }
        Err(PolicyError::Busy)
    }

    /// The money that had paid for a policy went back; answers the policy if there is one that was never issued.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn note_refund(&self, order: &OrderRef) -> Result<Option<Policy>, PolicyError> {
        for _ in 0..TRIES {
            let Some(policy) = self.ports.policies.find_by_order(order).await? else { return Ok(None) };
            let PolicyState::IssueFailed { sale, failure } = &policy.state else { return Ok(Some(policy)) };
            let state = PolicyState::Refunded { sale: sale.clone(), failure: *failure };
            if let (Moved::Done, policy) = self.move_on(&policy, state).await? {
                return Ok(Some(policy));
            }
        }
        Err(PolicyError::Busy)
    }

    /// The step that follows on the insurer's word. One word may make us ask for something; what is said to that is the
    /// last. What is late is withdrawn without another question: the answer tells what came before.
    async fn ask(&self, policy: &Policy, sale: &Sale) -> Result<Step, IssuerError> {
        if sale.is_late_at(self.env.now()) {
            let said = self.ports.issuer.withdraw(policy.id).await?;
            return Ok(next_step(sale, said, self.env.now()));
        }
        let said = self.ports.issuer.find(policy.id).await?;
        let said = match next_step(sale, said, self.env.now()) {
            Step::Issue => self.ports.issuer.issue(policy, sale).await?,
            Step::Withdraw => self.ports.issuer.withdraw(policy.id).await?,
            step @ (Step::Settle(_) | Step::Wait(_)) => return Ok(step),
        };
        Ok(next_step(sale, said, self.env.now()))
    }

    async fn move_on(&self, policy: &Policy, state: PolicyState) -> Result<(Moved, Policy), StoreError> {
        let change =
            PolicyChange { policy_id: policy.id, version: policy.version, state, at: self.env.now() };
        let moved = self.ports.policies.record(&change).await?;
        Ok((moved, change.applied_to(policy)))
    }
}

impl PolicyChange {
    /// The policy once this is recorded.
    #[must_use]
    pub fn applied_to(&self, policy: &Policy) -> Policy {
        Policy {
            state: self.state.clone(),
            updated_at: self.at,
            version: self.version.saturating_add(1),
            ..policy.clone()
        }
    }
}

impl std::fmt::Debug for Policies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Policies").finish_non_exhaustive()
    }
}
