#![doc = include_str!("../README.md")]
#![deny(missing_docs)]
#![deny(clippy::wildcard_enum_match_arm)]

mod admit_purchase;
mod checkout;
mod close_refunded_policy;
mod heard;
mod know_holder;
mod mirror_credit;
mod notify;
mod outcome;
mod passed_on;
mod pay_from_wallet;
mod policy_purchases;
mod process;
mod provision_wallet;
mod settle_payment;

pub use admit_purchase::AdmitPurchase;
pub use checkout::{Checkout, CheckoutError, Customer, Wish};
pub use close_refunded_policy::CloseRefundedPolicy;
pub use heard::{Heard, HeardError};
pub use know_holder::KnowHolder;
pub use mirror_credit::MirrorCredit;
pub use notify::Notify;
pub use outcome::Outcome;
pub use pay_from_wallet::PayFromWallet;
pub use policy_purchases::{PolicyPurchases, PurchaseError};
pub use process::Process;
pub use provision_wallet::ProvisionWallet;
pub use settle_payment::SettlePayment;
