#![doc = include_str!("../README.md")]

mod basic;
mod control;
mod dates;
mod deliveries;
mod desk;
mod exchange;
mod faults;
mod inbox;
mod journal;
mod juspay;
mod listener;
mod magic;
mod masking;
mod narayana;
mod partner;
mod pause;
mod rupees;
mod segments;
mod simulators;
mod twilio;
mod valuefirst;

pub use faults::{FaultKind, FaultScript, FaultScriptError};
pub use inbox::{Inbox, Sms};
pub use journal::{Direction, Exchange, Journal};
pub use juspay::{
    config::{COMPRESSED_RETRIES, JuspayConfig, RepeatedSession, WebhookTiming},
    payment::{Outcome, Paid, PayError},
    ppi::KnownWallet,
};
pub use magic::{
    Effect, MAGIC_VALUES, MagicValue, PaymentMagic, PolicyMagic, SmsMagic, WalletMagic, magic_table,
};
pub use narayana::{config::NarayanaConfig, policy::Decision};
pub use partner::Partner;
pub use simulators::{Listen, Simulators, SimulatorsConfig};
pub use twilio::config::TwilioConfig;
pub use valuefirst::config::{DltDrop, DltTemplate, ValueFirstConfig};
