//! Giving a code back.

use super::{DEVICES_MAX, SignIns};
use crate::{
    Action, Actor, AuditEvent, BudgetPolicy, ChallengeId, DeviceInfo, DeviceToken, IssueError, Lane, Origin,
    OtpCode, Phone, RefreshSecret, RefreshToken, Roles, TokenPair, fault,
    ports::{Attempt, Busy, ChallengeUse, CodeAttempt, Granted, NewSession, RecordError, SignIn, SignedIn},
    seconds_until,
};
use kernel::{Detail, Entry, Fault, SessionId, StoreError, UserId, catalogue};

/// Somebody types a code.
#[derive(Debug, Clone)]
pub struct VerifyOtp {
    /// For this number.
    pub phone: Phone,
    /// The code.
    pub code: OtpCode,
    /// The challenge they mean; another one's code is then refused.
    pub challenge_id: Option<ChallengeId>,
    /// What the device calls itself, for its owner's list of devices.
    pub device: Option<DeviceInfo>,
    /// What the device shows to be known again, if it has signed in before.
    pub device_token: Option<DeviceToken>,
    /// Where the request came from.
    pub origin: Origin,
}

/// Somebody is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The person.
    pub user_id: UserId,
    /// What they may do.
    pub roles: Roles,
    /// Whether they are new.
    pub is_new_user: bool,
    /// Their session.
    pub session_id: SessionId,
    /// Its first tokens.
    pub tokens: TokenPair,
    /// What the device shows from now on to be known again.
    pub device_token: DeviceToken,
}

/// Nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The code is wrong, or there is nothing it could answer.
    #[error("the code is not correct")]
    InvalidOtp {
        /// Attempts left, if one was spent.
        attempts_remaining: Option<u8>,
    },
    /// The challenge expired.
    #[error("the code has expired")]
    Expired,
    /// The challenge has no attempt left.
    #[error("too many codes were tried")]
    TooManyAttempts,
    /// Too many wrong codes were tried over challenges.
    #[error("too many wrong codes were tried over time")]
    OverBudget {
        /// When to come back, in seconds.
        retry_after: i64,
    },
    /// The person's account is closed.
    #[error("the account is closed")]
    Deactivated,
    /// There is too much to do; no attempt was spent.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// The code could not be hashed.
    #[error("the code could not be compared")]
    Compare(#[from] crate::HashError),
    /// The access token could not be issued.
    #[error(transparent)]
    Issue(#[from] IssueError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Fault for VerifyError {
    fn entry(&self) -> Entry {
        match self {
            Self::InvalidOtp { .. } => fault::INVALID_OTP,
            Self::Expired => fault::OTP_EXPIRED,
            Self::TooManyAttempts => fault::TOO_MANY_OTP_ATTEMPTS,
            Self::OverBudget { .. } => fault::MAX_ATTEMPTS_EXCEEDED,
            Self::Deactivated => fault::ACCOUNT_DEACTIVATED,
            Self::Busy(_) => catalogue::SERVICE_UNAVAILABLE,
            Self::Compare(_) | Self::Issue(_) => catalogue::INTERNAL_ERROR,
            Self::Store(error) => error.entry(),
        }
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        if let Self::InvalidOtp { attempts_remaining: Some(left) } = self {
            vec![("attempts_remaining", i64::from(*left).into())]
        } else if let Self::OverBudget { retry_after } = self {
            vec![("retry_after", (*retry_after).into())]
        } else if let Self::Store(error) = self {
            error.details()
        } else {
            Vec::new()
        }
    }
}

impl From<RecordError> for VerifyError {
    fn from(error: RecordError) -> Self {
        match error {
            RecordError::Used => Self::InvalidOtp { attempts_remaining: None },
            RecordError::Deactivated => Self::Deactivated,
            RecordError::Store(error) => Self::Store(error),
        }
    }
}

impl SignIns {
    /// Signs in whoever gives the right code, once; makes them a person if the number is new.
    ///
    /// # Errors
    /// When the code is wrong, late, used or tried too often, or the account is closed. Only an answer with
    /// `attempts_remaining` has cost an attempt.
    pub async fn verify(&self, given: &VerifyOtp) -> Result<Verified, VerifyError> {
        let (challenge, known) = self.check(given).await?;
        let device_token = known.unwrap_or_else(|| DeviceToken::draw(&self.env));
        let session_id = SessionId::generate(&self.env);
        let secret = RefreshSecret::draw(&self.env, session_id);
        let fact = self.sign_in(given, challenge, &device_token, &secret);
        let SignedIn { user_id, roles, is_new_user, .. } = self.ports.store.record_sign_in(&fact).await?;
        let refresh_token = RefreshToken::write(secret, user_id, roles, fact.session.expires_at);
        let tokens = TokenPair::issue(&self.tokens, &self.env, refresh_token, fact.challenge.at)?;
        Ok(Verified { user_id, roles, is_new_user, session_id, tokens, device_token })
    }

    /// Shows that whoever asks holds the number right now, and uses the code up for it: for what a session
    /// alone may not do, such as setting a PIN.
    ///
    /// # Errors
    /// As [`verify`](Self::verify).
    pub async fn prove(&self, given: &VerifyOtp) -> Result<(), VerifyError> {
        let (challenge, _) = self.check(given).await?;
        Ok(self.ports.store.use_challenge(&challenge).await?)
    }

    /// Spends an attempt and compares; answers the challenge that may now be used, and the token if it is known. A
    /// place for the comparison is kept before anything is spent.
    async fn check(&self, given: &VerifyOtp) -> Result<(ChallengeUse, Option<DeviceToken>), VerifyError> {
        let slot = self.ports.hasher.reserve().await?;
        let device = self.lane(&given.phone, given.device_token.as_ref()).await?;
        let mut fact = self.attempt(given, device);
        let mut attempt = self.ports.store.spend_attempt(&fact).await?;
        let may_be_the_numbers = match attempt {
            Attempt::Missing => true,
            Attempt::Used | Attempt::Expired | Attempt::Exhausted => given.challenge_id.is_none(),
            Attempt::Granted(_) | Attempt::OverBudget { .. } => false,
        };
        if may_be_the_numbers && device != Lane::Stranger {
            // It asked without its token: the code is the number's, unless that has none.
            let numbers = self.attempt(given, Lane::Stranger);
            let answer = self.ports.store.spend_attempt(&numbers).await?;
            if attempt == Attempt::Missing || !matches!(answer, Attempt::Missing | Attempt::Expired) {
                (fact, attempt) = (numbers, answer);
            }
        }
        let granted = match attempt {
            Attempt::Granted(granted) => granted,
            Attempt::Missing | Attempt::Used => {
                return Err(VerifyError::InvalidOtp { attempts_remaining: None });
            }
            Attempt::Expired => return Err(VerifyError::Expired),
            Attempt::Exhausted => return Err(VerifyError::TooManyAttempts),
            Attempt::OverBudget { until } => {
                return Err(VerifyError::OverBudget { retry_after: seconds_until(until, fact.at) });
            }
        };
        if self.ports.hasher.matches(slot, &given.code, &granted.code).await? {
            let known = given.device_token.clone().filter(|_| device != Lane::Stranger);
            Ok((self.challenge_use(given, fact.lane, &granted), known))
        } else {
            Err(VerifyError::InvalidOtp { attempts_remaining: Some(granted.attempts_left) })
        }
    }

    fn attempt(&self, given: &VerifyOtp, lane: Lane) -> CodeAttempt {
        // Whose number it is only the store knows: it names the subject.
        let nobody = UserId::new(kernel::uuid::Uuid::nil());
        let (env, origin) = (&self.env, &given.origin);
        let last_guess = AuditEvent::new(env, Actor::Anonymous, Action::SignInRefused, nobody, origin)
            .with("reason", "guess_budget_used_up");
        CodeAttempt {
            phone: given.phone.clone(),
            surface: self.policy.otp.surface,
            challenge_id: given.challenge_id,
            lane,
            attempts_max: self.policy.otp.attempts_max,
            charges: self.policy.budgets.guess(&given.phone, lane),
            at: self.env.now(),
            last_guess,
        }
    }

    fn challenge_use(&self, given: &VerifyOtp, lane: Lane, granted: &Granted) -> ChallengeUse {
        ChallengeUse {
            challenge_id: granted.challenge_id,
            phone: given.phone.clone(),
            surface: self.policy.otp.surface,
            lane,
            settlements: BudgetPolicy::settle(&given.phone, lane),
            at: self.env.now(),
        }
    }

    fn sign_in(
        &self,
        given: &VerifyOtp,
        challenge: ChallengeUse,
        device_token: &DeviceToken,
        secret: &RefreshSecret,
    ) -> SignIn {
        let (env, at, policy) = (&self.env, challenge.at, &self.policy.sessions);
        let session_id = secret.session_id();
        let expires_at = policy.expires_at(at);
        let new_user_id = UserId::generate(env);
        SignIn {
            new_user_id,
            session: NewSession {
                id: session_id,
                device: given.device.clone(),
                family: secret.family_hash(),
                token: secret.hash(),
                idle_ends_at: policy.idle_ends_at(at, expires_at),
                expires_at,
            },
            device: self.devices.key(&given.phone, device_token),
            devices_max: DEVICES_MAX,
            live_max: policy.live_max,
            sign_up_news_id: env.new_uuid(),
            sign_in_news_id: env.new_uuid(),
            audit: AuditEvent::own(env, Action::SignedUp, new_user_id, &given.origin)
                .with("session", session_id),
            crowded: AuditEvent::own(env, Action::SessionRevoked, new_user_id, &given.origin)
                .with("reason", "crowded")
                .with("for_session", session_id),
            challenge,
        }
    }
}
