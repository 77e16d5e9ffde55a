//! A payment session: what the app needs to show the partner's payment page, and who is to pay there.

use kernel::Masked;
use serde_json::Value;
use time::{Duration, OffsetDateTime};

/// How long a customer may take to pay: the partner's token lives 15 minutes, and so does an order without
/// a session of which we know no better.
pub const SESSION_LIFETIME: Duration = Duration::minutes(15);

/// A session at the partner. It holds the payer's contact details and a token, so `Debug` shows nothing of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    /// What the partner's SDK is started with, exactly as the partner gave it.
    pub sdk_payload: Masked<Value>,
    /// Pages that can be paid on without the SDK.
    pub payment_links: PaymentLinks,
    /// Until when it can be paid.
    pub expires_at: OffsetDateTime,
}

/// Addresses of the partner's payment page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PaymentLinks {
    /// For a browser.
    pub web: Option<String>,
    /// For a phone's browser.
    pub mobile: Option<String>,
    /// For a frame within another page.
    pub iframe: Option<String>,
}

/// Who pays, as the payment page needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payer {
    /// Mobile number in E.164 form.
    pub phone: Masked<String>,
    /// E-mail address, if one is known.
    pub email: Option<Masked<String>>,
    /// First name, if known.
    pub first_name: Option<Masked<String>>,
    /// Last name, if known.
    pub last_name: Option<Masked<String>>,
}
