//! Sign-in and sessions.

pub mod end_session;
pub mod list_sessions;
pub mod log_out;
pub mod log_out_others;
pub mod refresh_token;
pub mod set_pin;
pub mod step_up;
pub mod trigger_otp;
pub mod verify_otp;

mod tokens;

pub(crate) use tokens::Tokens;

use crate::error::Error;
use identity::{DeviceInfo, DeviceToken};

/// What a device calls itself, if it does.
pub(crate) fn device(text: Option<&str>) -> Result<Option<DeviceInfo>, Error> {
    Ok(text.map(DeviceInfo::parse).transpose()?.flatten())
}

/// What a device shows to be known again, if it does.
pub(crate) fn device_token(text: Option<&str>) -> Result<Option<DeviceToken>, Error> {
    Ok(text.map(DeviceToken::parse).transpose()?.flatten())
}
