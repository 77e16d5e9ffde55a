//! Asking for a code.

use super::SignIns;
use crate::{
    ChallengeId, Charge, DeviceToken, Headroom, Holder, Lane, Meter, Network, Origin, Phone, Settlement, Way,
    fault,
    ports::{Busy, HashSlot, NewChallenge, SendError, Spending},
    seconds_until,
};
use kernel::{Detail, Entry, Fault, StoreError, catalogue};
use time::{Duration, OffsetDateTime};

/// Somebody wants a code.
#[derive(Debug, Clone)]
pub struct TriggerOtp {
    /// For this number.
    pub phone: Phone,
    /// From a device that shows this: if it has signed in before, strangers cannot come between.
    pub device_token: Option<DeviceToken>,
    /// Where the request came from.
    pub origin: Origin,
}

/// A code is on its way. The same for known and unknown numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Triggered {
    /// The challenge it answers.
    pub challenge_id: ChallengeId,
    /// From when on it is too late.
    pub expires_at: OffsetDateTime,
    /// How long until another may be asked for.
    pub resend_after: Duration,
    /// What is left of the number's codes for the day.
    pub headroom: Headroom,
}

/// No code was sent.
#[derive(Debug, thiserror::Error)]
pub enum TriggerError {
    /// A budget is used up.
    #[error("a budget of codes is used up")]
    OverBudget {
        /// Whether too many wrong codes were tried, so that another code would not help.
        by_guesses: bool,
        /// When to come back, in seconds.
        retry_after: i64,
        /// The budget.
        headroom: Headroom,
    },
    /// There is too much to do.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// The code could not be hashed or put into its message.
    #[error("the code could not be prepared")]
    Prepare(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The message was not taken, or it is not known whether it was.
    #[error("the message with the code may not have been sent")]
    Send(#[from] SendError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Fault for TriggerError {
    fn entry(&self) -> Entry {
        match self {
            Self::OverBudget { by_guesses: true, .. } => fault::MAX_ATTEMPTS_EXCEEDED,
            Self::OverBudget { by_guesses: false, .. } => catalogue::RATE_LIMIT_EXCEEDED,
            Self::Busy(_) => catalogue::SERVICE_UNAVAILABLE,
            Self::Prepare(_) => catalogue::INTERNAL_ERROR,
            Self::Send(SendError::Refused { .. }) => catalogue::PARTNER_ERROR,
            Self::Send(SendError::Unavailable(_)) => catalogue::PARTNER_UNAVAILABLE,
            Self::Send(SendError::Unknown(_)) => catalogue::TIMEOUT,
            Self::Store(error) => error.entry(),
        }
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        match self {
            Self::OverBudget { retry_after, .. } => vec![("retry_after", (*retry_after).into())],
            Self::Busy(_) | Self::Prepare(_) | Self::Send(_) => Vec::new(),
            Self::Store(error) => error.details(),
        }
    }
}

impl TriggerError {
    /// The budget that is used up, for the answer's headers.
    #[must_use]
    pub const fn headroom(&self) -> Option<Headroom> {
        match self {
            Self::OverBudget { headroom, .. } => Some(*headroom),
            Self::Busy(_) | Self::Prepare(_) | Self::Send(_) | Self::Store(_) => None,
        }
    }
}

impl SignIns {
    /// Sends a code, if the budgets allow it. The former code of the number's same lane counts no more, unless this one
    /// was certainly not sent.
    ///
    /// Nobody looks whether the number is a person's, so the answer and its time cannot tell.
    ///
    /// # Errors
    /// When a budget is used up, the program is too busy, or the message was not taken. A message that was not
    /// taken costs its number nothing, so that its owner may ask again at once.
    pub async fn trigger(&self, asked: &TriggerOtp) -> Result<Triggered, TriggerError> {
        let slot = self.ports.hasher.reserve().await?;
        let at = self.env.now();
        let lane = self.lane(&asked.phone, asked.device_token.as_ref()).await?;
        let from = asked.origin.ip.map(Network::of);
        let ways = self.policy.budgets.trigger(&asked.phone, lane, from);
        let (way, headroom) = self.pay(ways, at).await?;
        match self.make_and_send(asked, (lane, way.earns()), slot, at).await {
            Ok(challenge) => Ok(Triggered {
                challenge_id: challenge.id,
                expires_at: challenge.expires_at,
                resend_after: self.policy.budgets.resend_after,
                headroom,
            }),
            Err(error) => Err(self.refund(way.0, error, at).await),
        }
    }

    /// Pays in the first way that is open.
    async fn pay(&self, ways: Vec<Way>, at: OffsetDateTime) -> Result<(Way, Headroom), TriggerError> {
        let nothing = Headroom { limit: 0, remaining: 0, resets_at: at };
        let mut refused = TriggerError::OverBudget { by_guesses: false, retry_after: 1, headroom: nothing };
        for way in ways {
            let (index, tally) = match self.ports.budgets.spend(&way.0, at).await? {
                Spending::Granted(tallies) => {
                    let mut paid = way.0.iter().zip(&tallies);
                    let day = paid.find(|(charge, _)| charge.meter == Meter::TriggersPerDay);
                    let headroom = day.map_or(nothing, |(charge, tally)| Headroom::of(charge, tally));
                    return Ok((way, headroom));
                }
                Spending::Exhausted { index, tally } => (index, tally),
            };
            let charge = way.0.get(index);
            let resets_at = charge.map_or(at, |charge| charge.ends_at(&tally));
            let own = charge.filter(|charge| matches!(charge.holder, Holder::Phone(_) | Holder::Device(_)));
            // What many share is not for one to know.
            let shared = Headroom { limit: self.policy.budgets.triggers_per_day, remaining: 0, resets_at };
            let headroom = own.map_or(shared, |charge| Headroom::of(charge, &tally));
            let retry_after = seconds_until(resets_at, at);
            let guesses = [Meter::WrongCodesPerDay, Meter::WrongCodesInARow];
            let by_guesses = charge.is_some_and(|charge| guesses.contains(&charge.meter));
            refused = TriggerError::OverBudget { by_guesses, retry_after, headroom };
            // Unless nobody but the room refuses, no other will help.
            if index.saturating_add(1) < way.0.len() {
                break;
            }
        }
        Err(refused)
    }

    async fn make_and_send(
        &self,
        asked: &TriggerOtp,
        (lane, earns): (Lane, Vec<Settlement>),
        slot: HashSlot,
        at: OffsetDateTime,
    ) -> Result<NewChallenge, TriggerError> {
        let code = self.policy.otp.code(&self.env);
        let hash = self.ports.hasher.hash(slot, &code, self.env.random()).await;
        let challenge = NewChallenge {
            id: ChallengeId::generate(&self.env),
            phone: asked.phone.clone(),
            surface: self.policy.otp.surface,
            lane,
            earns,
            code: hash.map_err(|error| TriggerError::Prepare(error.into()))?,
            at,
            expires_at: at.saturating_add(self.policy.otp.life),
        };
        let message = self.policy.template.message(&asked.phone, &code);
        let message = message.map_err(|error| TriggerError::Prepare(error.into()))?;
        self.ports.store.record_challenge(&challenge).await?;
        match self.ports.sender.send(&message).await {
            Ok(()) => Ok(challenge),
            // It may have arrived.
            Err(unknown @ SendError::Unknown(_)) => Err(unknown.into()),
            Err(unsent @ (SendError::Refused { .. } | SendError::Unavailable(_))) => {
                match self.ports.store.withdraw_challenge(&challenge).await {
                    // Failing, it costs its owner the code they hold; what failed first is what they must hear of.
                    Ok(()) | Err(_) => Err(unsent.into()),
                }
            }
        }
    }

    /// Gives back what the failure was not the caller's fault for; answers the failure.
    async fn refund(&self, charges: Vec<Charge>, error: TriggerError, at: OffsetDateTime) -> TriggerError {
        let back: Vec<_> = charges.into_iter().filter(|charge| is_given_back(charge, &error)).collect();
        match self.ports.budgets.give_back(&back, at).await {
            // A refund that fails costs the caller a pause; what failed first is what they must hear of.
            Ok(()) | Err(_) => error,
        }
    }
}

/// Whether a charge is given back after `error`. What a network address asked for stays counted, so that an
/// outage is no time to ask without end.
fn is_given_back(charge: &Charge, error: &TriggerError) -> bool {
    if charge.cost == 0 || charge.meter == Meter::TriggersPerHour {
        return false;
    }
    match error {
        // The number cannot be reached: asking again does not help, but no message was paid for.
        TriggerError::Send(SendError::Refused { .. }) => {
            !matches!(charge.holder, Holder::Phone(_) | Holder::Device(_) | Holder::DevicesOf(_))
        }
        // It may still arrive and be paid for; its owner need not wait to find out.
        TriggerError::Send(SendError::Unknown(_)) => charge.meter == Meter::Resend,
        TriggerError::Send(SendError::Unavailable(_))
        | TriggerError::Prepare(_)
        | TriggerError::Busy(_)
        | TriggerError::Store(_) => true,
        TriggerError::OverBudget { .. } => false,
    }
}
