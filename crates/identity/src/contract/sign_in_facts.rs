//! The facts of signing in, as the suites tell them to stores.

use super::sign_in_stage::{SignInStage, code_hash, new_device};
use crate::{
    Action, Actor, AuditEvent, BudgetPolicy, ChallengeId, DeviceInfo, DeviceKey, Lane, Origin, Phone,
    RefreshSecret, SessionPolicy, Surface,
    ports::{ChallengeUse, CodeAttempt, NewChallenge, NewSession, RecordError, SignIn, SignedIn},
};
use kernel::{Env, SessionId, UserId, uuid::Uuid};
use time::{Duration, OffsetDateTime};

/// A challenge for `phone` made at `at`.
pub(super) fn challenge(phone: &Phone, surface: Surface, at: OffsetDateTime) -> NewChallenge {
    NewChallenge {
        id: ChallengeId::generate(&Env::system()),
        phone: phone.clone(),
        surface,
        lane: Lane::Stranger,
        earns: Vec::new(),
        code: code_hash('C'),
        at,
        expires_at: at + Duration::minutes(10),
    }
}

/// A guess for `phone` in `lane` at `at`, under `budgets`.
pub(super) fn guess(phone: &Phone, lane: Lane, budgets: &BudgetPolicy, at: OffsetDateTime) -> CodeAttempt {
    let nobody = UserId::new(Uuid::nil());
    CodeAttempt {
        phone: phone.clone(),
        surface: Surface::App,
        challenge_id: None,
        lane,
        attempts_max: 5,
        charges: budgets.guess(phone, lane),
        at,
        last_guess: AuditEvent::new(
            &Env::system(),
            Actor::Anonymous,
            Action::SignInRefused,
            nobody,
            &Origin::default(),
        ),
    }
}

/// The use of a challenge at `at`.
pub(super) fn using(challenge: &NewChallenge, at: OffsetDateTime) -> ChallengeUse {
    ChallengeUse {
        challenge_id: challenge.id,
        phone: challenge.phone.clone(),
        surface: challenge.surface,
        lane: challenge.lane,
        settlements: BudgetPolicy::settle(&challenge.phone, challenge.lane),
        at,
    }
}

/// A sign-in with the right code of `challenge` at `at`, by `device` or one nobody has seen, and the secret of the
/// session it opens.
pub(super) fn sign_in(
    challenge: &NewChallenge,
    device: Option<DeviceKey>,
    at: OffsetDateTime,
) -> (SignIn, RefreshSecret) {
    let env = Env::system();
    let session_id = SessionId::generate(&env);
    let secret = RefreshSecret::draw(&env, session_id);
    let policy = SessionPolicy::contract();
    let expires_at = policy.expires_at(at);
    let new_user_id = UserId::generate(&env);
    let audit = |action| AuditEvent { at, ..AuditEvent::own(&env, action, new_user_id, &Origin::default()) };
    let fact = SignIn {
        challenge: using(challenge, at),
        new_user_id,
        session: NewSession {
            id: session_id,
            device: DeviceInfo::parse("Asha's Pixel").ok().flatten(),
            family: secret.family_hash(),
            token: secret.hash(),
            idle_ends_at: policy.idle_ends_at(at, expires_at),
            expires_at,
        },
        device: device.unwrap_or_else(new_device),
        devices_max: 10,
        live_max: policy.live_max,
        sign_up_news_id: env.new_uuid(),
        sign_in_news_id: env.new_uuid(),
        audit: audit(Action::SignedUp).with("session", session_id),
        crowded: audit(Action::SessionRevoked).with("reason", "crowded"),
    };
    (fact, secret)
}

/// Signs `phone` in at `at`.
pub(super) async fn signed_in(
    stage: &dyn SignInStage,
    phone: &Phone,
    device: Option<DeviceKey>,
    at: OffsetDateTime,
) -> Result<(SignedIn, SignIn, RefreshSecret), RecordError> {
    let store = stage.stores().sign_ins;
    let challenge = challenge(phone, Surface::App, at);
    store.record_challenge(&challenge).await?;
    let (fact, secret) = sign_in(&challenge, device, at);
    Ok((store.record_sign_in(&fact).await?, fact, secret))
}
