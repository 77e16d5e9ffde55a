//! Setting a PIN. The first needs a fresh one-time code, and a birth date on record: without one, a PIN that is
//! forgotten could never be replaced. Replacing one needs the code and what a thief of the telephone does not have:
//! the PIN itself, given on this session a moment ago, or the birth date.

use super::{StepUps, live_grant};
use crate::{
    Action, AuditEvent, BirthDate, DeviceToken, Origin, OtpCode, Pin, PinId, Profile, VerifyError, VerifyOtp,
    fault,
    ports::{Busy, NewPin, Recorded},
};
use kernel::{Detail, Entry, Fault, SessionId, StoreError, UserId, catalogue};

/// A person sets a PIN.
#[derive(Debug, Clone)]
pub struct SetPin {
    /// Who.
    pub user_id: UserId,
    /// On which session.
    pub session_id: SessionId,
    /// The PIN, as [`Pin::parse_new`] lets it through.
    pub pin: Pin,
    /// The one-time code that was sent to their number last.
    pub otp: OtpCode,
    /// Their birth date, when a PIN they do not remember is replaced.
    pub dob: Option<BirthDate>,
    /// What the device shows to be known, if it asked for the code with it.
    pub device_token: Option<DeviceToken>,
    /// Where the request came from.
    pub origin: Origin,
}

/// No PIN was set.
#[derive(Debug, thiserror::Error)]
pub enum SetPinError {
    /// A PIN is set already: give it first, or tell the birth date.
    #[error("replacing a PIN needs the PIN or the birth date")]
    ProofNeeded,
    /// There is no birth date on record, by which the PIN could be replaced once it is forgotten.
    #[error("there is no birth date on record")]
    NoBirthDate,
    /// The birth date is not the one on record. The one-time code is used up.
    #[error("the birth date is not the one on record")]
    WrongBirthDate,
    /// Another PIN was set at the same moment. The one-time code is used up.
    #[error("another PIN was set at the same moment")]
    Overtaken,
    /// There is no such person.
    #[error("there is no such person")]
    UnknownUser,
    /// The one-time code was refused.
    #[error("the one-time code was refused")]
    Code(#[source] VerifyError),
    /// There is too much to do; nothing was spent.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// The PIN could not be hashed.
    #[error("the PIN could not be hashed")]
    Hash(#[from] crate::HashError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Fault for SetPinError {
    fn entry(&self) -> Entry {
        match self {
            Self::ProofNeeded => fault::STEP_UP_REQUIRED,
            Self::NoBirthDate | Self::Overtaken => catalogue::INVALID_STATE,
            Self::WrongBirthDate => catalogue::FORBIDDEN,
            Self::UnknownUser => fault::USER_NOT_FOUND,
            Self::Code(error) => error.entry(),
            Self::Busy(_) => catalogue::SERVICE_UNAVAILABLE,
            Self::Hash(_) => catalogue::INTERNAL_ERROR,
            Self::Store(error) => error.entry(),
        }
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        match self {
            Self::ProofNeeded => vec![("field", "dob".into()), ("reason", "pin_already_set".into())],
            Self::NoBirthDate => vec![("field", "dob".into()), ("reason", "no_birth_date_on_record".into())],
            Self::WrongBirthDate => vec![("field", "dob".into())],
            Self::Overtaken => vec![("reason", "pin_changed_meanwhile".into())],
            Self::Code(error) => error.details(),
            Self::UnknownUser | Self::Busy(_) | Self::Hash(_) => Vec::new(),
            Self::Store(error) => error.details(),
        }
    }
}

/// Why a PIN may be replaced.
#[derive(Clone, Copy)]
enum Proof {
    /// There is none yet.
    First,
    /// It was given on this session a moment ago.
    Grant,
    /// This is the birth date.
    BirthDate(BirthDate),
}

impl Proof {
    const fn word(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Grant => "pin",
            Self::BirthDate(_) => "birth_date",
        }
    }
}

impl StepUps {
    /// Sets a PIN, or replaces one and lifts its lock. Every grant of the person ends.
    ///
    /// # Errors
    /// When the one-time code is refused, or a PIN is set already and neither it nor the right birth date was
    /// given. What is missing is said before the code is used up.
    pub async fn set_pin(&self, wanted: &SetPin) -> Result<(), SetPinError> {
        let slot = self.ports.hasher.reserve().await?;
        let profile = self.ports.profiles.find(wanted.user_id).await?.ok_or(SetPinError::UnknownUser)?;
        let replaces = self.ports.pins.find(wanted.user_id).await?;
        let proof = self.proof(wanted, &profile, replaces).await?;
        let given = VerifyOtp {
            phone: profile.phone,
            code: wanted.otp.clone(),
            challenge_id: None,
            device: None,
            device_token: wanted.device_token.clone(),
            origin: wanted.origin.clone(),
        };
        self.ports.codes.confirm(&given).await.map_err(SetPinError::Code)?;
        if let Proof::BirthDate(told) = proof
            && profile.told.dob != Some(told)
        {
            let refused = self.own(Action::PinRefused, wanted).with("reason", "birth_date");
            self.ports.audit.append(&refused).await?;
            return Err(SetPinError::WrongBirthDate);
        }
        let hash = self.ports.hasher.hash(slot, wanted.pin.as_code(), self.env.random()).await?;
        let fact = NewPin {
            user_id: wanted.user_id,
            pin_id: PinId::generate(&self.env),
            hash,
            replaces,
            needs_birth_date: !matches!(proof, Proof::Grant),
            at: self.env.now(),
            audit: self.own(Action::PinSet, wanted).with("by", proof.word()),
        };
        match self.ports.pins.record_pin(&fact).await? {
            Recorded::Done => Ok(()),
            Recorded::Stale => Err(SetPinError::Overtaken),
        }
    }

    async fn proof(
        &self,
        wanted: &SetPin,
        profile: &Profile,
        replaces: Option<PinId>,
    ) -> Result<Proof, SetPinError> {
        let on_record = profile.told.dob.is_some();
        if replaces.is_none() {
            return if on_record { Ok(Proof::First) } else { Err(SetPinError::NoBirthDate) };
        }
        let pins = self.ports.pins.as_ref();
        if live_grant(pins, wanted.user_id, wanted.session_id, self.env.now()).await?.is_some() {
            return Ok(Proof::Grant);
        }
        match wanted.dob {
            None => Err(SetPinError::ProofNeeded),
            Some(_) if !on_record => Err(SetPinError::NoBirthDate),
            Some(told) => Ok(Proof::BirthDate(told)),
        }
    }

    fn own(&self, action: Action, wanted: &SetPin) -> AuditEvent {
        AuditEvent::own(&self.env, action, wanted.user_id, &wanted.origin).with("session", wanted.session_id)
    }
}
