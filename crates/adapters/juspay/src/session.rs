//! `POST /session`: makes an order known and opens the session in which it is paid.

use crate::{JuspayConfig, JuspayFault, client::customer_id};
use kernel::Masked;
use outbound::{Loose, format_rupees, parse_rupees, read_object};
use payments::{PaymentLinks, SESSION_LIFETIME, Session, ports::SessionRequest};
use serde::Deserialize;
use serde_json::{Map, Value};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// India's country code, which Juspay takes apart from the number.
const COUNTRY_CODE: &str = "91";

/// The request's body.
pub(crate) fn body(config: &JuspayConfig, request: &SessionRequest) -> Value {
    let payer = &request.payer;
    let phone = payer.phone.expose();
    let national = phone.strip_prefix('+').and_then(|digits| digits.strip_prefix(COUNTRY_CODE));
    let email = payer.email.as_ref().map_or(&config.fallback_email, |email| email.expose());
    let mut body = Map::new();
    let mut put = |key: &str, text: &str| body.insert(key.to_owned(), text.into());
    put("order_id", request.order_id.as_str());
    put("amount", &format_rupees(request.amount.get()));
    put("currency", "INR");
    put("customer_id", &customer_id(request.user_id));
    put("customer_email", email);
    put("customer_phone", national.unwrap_or(phone));
    if national.is_some() {
        put("mobile_country_code", COUNTRY_CODE);
    }
    put("payment_page_client_id", &config.payment_page_client_id);
    put("action", "paymentPage");
    put("return_url", config.return_url.as_str());
    put("description", request.description);
    for (key, name) in [("first_name", &payer.first_name), ("last_name", &payer.last_name)] {
        if let Some(name) = name {
            put(key, name.expose());
        }
    }
    Value::Object(body)
}

#[derive(Deserialize)]
struct SessionObject {
    #[serde(default)]
    order_id: Loose,
    #[serde(default)]
    sdk_payload: Option<Value>,
    #[serde(default)]
    payment_links: Loose,
}

#[derive(Deserialize)]
struct Links {
    #[serde(default)]
    web: Loose,
    #[serde(default)]
    mobile: Loose,
    #[serde(default)]
    iframe: Loose,
}

/// The answer, if it is for this request.
pub(crate) fn read(
    answer: &[u8],
    request: &SessionRequest,
    now: OffsetDateTime,
) -> Result<Session, JuspayFault> {
    let unusable = JuspayFault::Unusable;
    let session: SessionObject = read_object(answer).ok_or(unusable("a session is not a JSON object"))?;
    let payload = session.sdk_payload.filter(Value::is_object);
    let payload = payload.ok_or(unusable("a session has no payload for the SDK"))?;
    let inner = |key: &str| payload.get("payload")?.get(key)?.as_str();
    let ours = request.order_id.as_str();
    let numbers = [session.order_id.text(), inner("orderId").map(str::to_owned)];
    if numbers.iter().flatten().any(|number| number != ours) {
        return Err(unusable("a session is for another order"));
    }
    if inner("amount").is_some_and(|amount| parse_rupees(amount) != Some(request.amount.get())) {
        return Err(unusable("a session is for another amount"));
    }
    let expiry = payload.get("expiry").and_then(Value::as_str).or_else(|| inner("clientAuthTokenExpiry"));
    let expires_at = match expiry {
        Some(expiry) => OffsetDateTime::parse(expiry, &Rfc3339)
            .map_err(|_| unusable("a session's end is no instant"))?
            .to_offset(time::UtcOffset::UTC),
        None => now.saturating_add(SESSION_LIFETIME),
    };
    let links = session.payment_links.object().map_or_else(PaymentLinks::default, |links: Links| {
        PaymentLinks { web: links.web.text(), mobile: links.mobile.text(), iframe: links.iframe.text() }
    });
    Ok(Session { sdk_payload: Masked::new(payload), payment_links: links, expires_at })
}
