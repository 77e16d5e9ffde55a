//! Every trait this crate asks the world to implement, one file each.

mod audit_log;

pub use audit_log::AuditLog;
#[cfg(any(test, feature = "testing"))]
pub use audit_log::MockAuditLog;

mod budget_store;
mod otp_hasher;
mod otp_sender;
mod session_store;
mod sign_in_store;

pub use budget_store::{BudgetStore, Spending};
pub use otp_hasher::{Busy, HashSlot, OtpHasher};
pub use otp_sender::{OtpSender, SendError};
pub use session_store::{
    EndedSession, LiveSession, OthersEnd, Rotated, Rotation, SessionEnd, SessionOwner, SessionStore,
};
pub use sign_in_store::{
    Attempt, ChallengeUse, CodeAttempt, Granted, NewChallenge, NewSession, RecordError, SignIn, SignInStore,
    SignedIn,
};
#[cfg(any(test, feature = "testing"))]
pub use {
    budget_store::MockBudgetStore, otp_hasher::MockOtpHasher, otp_sender::MockOtpSender,
    session_store::MockSessionStore, sign_in_store::MockSignInStore,
};

mod code_check;
mod consent_store;
mod pin_store;
mod profile_store;
mod role_store;

pub use code_check::CodeCheck;
pub use consent_store::{ConsentGiven, ConsentStore, ConsentWithdrawal};
pub use pin_store::{NewPin, PinAnswer, PinAttempt, PinStore, Recorded, StepUp};
pub use profile_store::{ProfileChange, ProfileStore};
pub use role_store::{RoleChange, RoleStore};
#[cfg(any(test, feature = "testing"))]
pub use {
    code_check::MockCodeCheck, consent_store::MockConsentStore, pin_store::MockPinStore,
    profile_store::MockProfileStore, role_store::MockRoleStore,
};
