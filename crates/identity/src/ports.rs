//! Every trait this crate asks the world to implement, one file each.

pub(crate) mod audit_trail;
pub(crate) mod budget_store;
pub(crate) mod code_check;
pub(crate) mod consent_store;
pub(crate) mod otp_hasher;
pub(crate) mod otp_sender;
pub(crate) mod pin_store;
pub(crate) mod profile_store;
pub(crate) mod role_store;
pub(crate) mod session_store;
pub(crate) mod sign_in_store;

pub use audit_trail::AuditTrail;
pub use budget_store::{BudgetStore, Spending};
pub use code_check::CodeCheck;
pub use consent_store::{ConsentGiven, ConsentStore, ConsentWithdrawal};
pub use otp_hasher::{Busy, HashSlot, OtpHasher};
pub use otp_sender::{OtpSender, SendError};
pub use pin_store::{NewPin, PinAnswer, PinAttempt, PinStore, Recorded, StepUp};
pub use profile_store::{ChangeError, ProfileChange, ProfileStore};
pub use role_store::{RoleChange, RoleStore};
pub use session_store::{
    EndedSession, LiveSession, OthersEnd, Rotated, Rotation, SessionEnd, SessionOwner, SessionStore,
};
pub use sign_in_store::{
    Attempt, ChallengeUse, CodeAttempt, Granted, NewChallenge, NewSession, RecordError, SignIn, SignInStore,
    SignedIn,
};
