//! What partners tell us: checked, stored, answered; the truth is asked for later.

pub mod juspay;
