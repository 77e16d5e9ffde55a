#![doc = include_str!("../README.md")]
#![deny(missing_docs)]
#![deny(clippy::wildcard_enum_match_arm)]

mod access_token;
mod audit;
mod budget;
mod challenge;
mod consent;
mod consents;
#[cfg(any(test, feature = "testing"))]
pub mod contract;
mod device;
mod event;
pub mod fault;
mod origin;
mod otp;
mod phone;
mod pin;
pub mod ports;
mod profile;
mod profiles;
mod refresh_token;
mod role;
mod role_grants;
mod seal;
mod session;
mod sessions;
mod sign_ins;
mod sms_message;
mod step_ups;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod token_pair;
mod wording;

pub use access_token::{
    AccessClaims, AccessTokenError, AccessTokenPolicy, AccessTokens, IssueError, SigningKey, SigningKeyError,
};
pub use audit::{Action, Actor, AuditDetail, AuditEvent, AuditFact};
pub use budget::{
    Allowance, BudgetPolicy, Charge, Effect, Headroom, Holder, Meter, Network, Rooms, Settlement, ShareGuard,
    SpendCap, Tally, Way, seconds_until,
};
pub use challenge::{Challenge, ChallengeId, ChallengeState, Look};
pub use consent::{Channel, Consent, ConsentId, ConsentText, Language, Purpose, TextVersion};
pub use consents::{ConsentError, Consents, GiveConsent};
pub use device::{DeviceInfo, DeviceKey, DeviceKeys, DeviceSecretError, DeviceToken, Lane};
pub use event::Event;
// Of the words all domains share, those of which this crate's own types are made.
pub use kernel::{FieldError, FieldRule, Gender};
pub use origin::Origin;
pub use otp::{
    CodeHash, CodeHashing, CodeHashingError, CodeLength, CodeSource, HashCost, HashError, OtpCode, OtpPolicy,
    Surface,
};
pub use phone::Phone;
pub use pin::{Grant, PIN_HASH_COST, Pin, PinId, PinLock, PinPolicy, PinTries};
pub use profile::{
    AadhaarTail, BirthDate, Change, Email, Employer, KycStatus, Occupation, PersonName, PostalAddress,
    Profile, ProfileFields, ProfilePatch, Told,
};
pub use profiles::{PatchProfile, ProfileError, Profiles};
pub use refresh_token::{RefreshSecret, RefreshToken, TokenHash};
pub use role::{Role, Roles};
pub use role_grants::{GrantRole, RoleError, RoleGrants};
pub use session::{EndReason, Ended, Predecessor, Presented, Session, SessionPolicy};
pub use sessions::{LogoutBy, RefreshError, RevokeError, SessionView, Sessions};
pub use sign_ins::{
    SignInPolicy, SignInPorts, SignIns, TriggerError, TriggerOtp, Triggered, Verified, VerifyError, VerifyOtp,
};
pub use sms_message::{OtpTemplate, RenderError, SmsMessage, Template, TemplateError};
pub use step_ups::{GivePin, RequireGrantError, SetPin, SetPinError, StepUpError, StepUpPorts, StepUps};
pub use token_pair::TokenPair;
