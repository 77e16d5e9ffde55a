//! What Juspay sends: news, addresses to come back to, answers. None of it is believed further than it reads.

use super::{answered, is_framed, is_plain_and_short, text};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use juspay::{ReturnSignature, answers, webhook};
use kernel::{Masked, OrderRef, Paise, UserId, uuid::Uuid};
use payments::{
    Method, Observation, Payer, PaymentSeen, Purchase, RefundId, Seen,
    ports::{GatewayError, RefundRequest, Refusal, SessionRequest},
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::SecretSlice;
use serde_json::Value;
use sha2::Sha256;
use std::sync::LazyLock;
use wallet::{
    HolderRef, Reference, WalletId,
    ports::{IssuerAnswer, IssuerCredit},
};

const KEY: &[u8] = b"E4AE0FDD0C8A4F3A9C7D";

/// What stays as it is when a part of an address is encoded (RFC 3986 §2.3).
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Longest query that is looked at, in bytes.
const QUERY_BYTES_MAX: usize = 4 * 1024;

static RETURNS: LazyLock<ReturnSignature> =
    LazyLock::new(|| ReturnSignature::new(SecretSlice::from(KEY.to_vec())));

/// A webhook tells an event to know again and perhaps an order to look at, both bounded.
pub(super) fn webhook(input: &[u8]) {
    let read = webhook::read(input);
    let value: Option<Value> = serde_json::from_slice(input).ok();
    assert!(read.is_err() || is_framed(input), "this is no JSON object");
    let Ok(hint) = read else { return };
    assert_eq!(webhook::read(input), Ok(hint.clone()), "the same body is another event");
    assert!(
        (1..=100).contains(&hint.event_id.len()) && hint.event_id.bytes().all(|byte| byte.is_ascii_graphic())
    );
    assert!((1..=64).contains(&hint.event_name.len()));
    is_plain_and_short(&hint.event_name);
    if let (Some(order), Some(value)) = (&hint.order_id, value) {
        // A number that is no text is taken to the letter, and a text may be written in escapes.
        let read = value["content"].to_string();
        let sent = String::from_utf8_lossy(input);
        assert!(read.contains(order.as_str()) || sent.contains(order.as_str()), "{order} is not in {sent}");
    }
}

/// A query that Juspay signed is known, and one in which anything was changed is not.
pub(super) fn return_query(input: &[u8]) {
    let Some(text) = text(input) else { return };
    // Nobody who searches knows the key.
    let lucky = RETURNS.verifies(text);
    let mut pairs: Vec<(String, String)> = url::form_urlencoded::parse(input).into_owned().collect();
    if lucky {
        assert!(text.len() <= QUERY_BYTES_MAX && pairs.iter().any(|(name, _)| name == "signature"));
    }
    pairs.retain(|(name, _)| name != "signature" && name != "signature_algorithm");
    let signed = signed(&pairs);
    if signed.len() <= QUERY_BYTES_MAX - 16 {
        assert!(RETURNS.verifies(&signed), "what Juspay signed is refused: {signed}");
        assert!(!RETURNS.verifies(&format!("{signed}&more=1")), "more than was signed: {signed}");
        assert!(!RETURNS.verifies(&format!("extra=&{signed}")), "more than was signed: {signed}");
    }
}

/// The query with its signature, encoded twice, as Juspay's samples show it.
fn signed(pairs: &[(String, String)]) -> String {
    let encode = |text: &str| utf8_percent_encode(text, UNRESERVED).to_string();
    let mut sorted = pairs.to_vec();
    sorted.sort();
    let joined: Vec<_> =
        sorted.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    let message = encode(&joined.join("&"));
    let mac = Hmac::<Sha256>::new_from_slice(KEY).expect("a key of any length");
    let signature = STANDARD.encode(mac.chain_update(message.as_bytes()).finalize().into_bytes());
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(pairs);
    let query = query.finish();
    let separator = if query.is_empty() { "" } else { "&" };
    format!("{query}{separator}signature={}&signature_algorithm=HMAC-SHA256", encode(&encode(&signature)))
}

fn user() -> UserId {
    UserId::new(Uuid::from_u128(7))
}

fn order_id() -> OrderRef {
    OrderRef::parse("AAR0000001").expect("an order's number")
}

/// An answer to each of the calls we make.
pub(super) fn answer(input: &[u8]) {
    let (status, body) = answered(input);
    match answers::order(status, body, &order_id(), "aarokya") {
        Ok(Observation::Seen(seen)) => {
            assert!((200..300).contains(&status), "an order in a refusal");
            is_sound(&seen, body);
        }
        Ok(Observation::NotFound) => assert!(contains(body, "NOT_FOUND"), "nobody said that there is none"),
        Ok(_) => {}
        Err(error) => is_told(&error),
    }
    refund(status, body);
    session(status, body);
    wallet(status, body);
}

/// Whether a word that was read stands in the body, escapes aside; of a body with oddities elsewhere, that cannot be
/// told.
fn contains(body: &[u8], text: &str) -> bool {
    let said: Option<Value> = serde_json::from_slice(body).ok();
    said.is_none_or(|said| said.to_string().contains(text)) || String::from_utf8_lossy(body).contains(text)
}

/// Amounts are never below zero, and money is never taken for received unless that was said.
fn is_sound(seen: &Seen, body: &[u8]) {
    assert!(seen.amount.is_none_or(|amount| amount >= Paise::ZERO), "{seen:?}");
    assert!(seen.refunded >= Paise::ZERO, "{seen:?}");
    assert!(seen.refunds.iter().all(|refund| refund.amount >= Paise::ZERO), "{seen:?}");
    let listed = seen.refunds.iter().filter(|refund| refund.state.counts());
    let listed: i128 = listed.map(|refund| i128::from(refund.amount.get())).sum();
    assert!(i128::from(seen.refunded.get()) >= listed, "less went back than is listed: {seen:?}");
    assert!(contains(body, seen.order_id.as_str()), "{seen:?}");
    assert!(seen.payment != PaymentSeen::Charged || contains(body, "CHARGED"), "{seen:?}");
    assert!(seen.currency.as_deref() != Some("FILTERED"), "a mask is no value");
}

fn is_told(error: &GatewayError) {
    if let GatewayError::Refused(Refusal::Rejected { code }) = error {
        assert!((1..=64).contains(&code.len()), "{code}");
        is_plain_and_short(code);
    }
    is_plain_and_short(&error.to_string());
}

fn refund(status: u16, body: &[u8]) {
    let refund_id = RefundId::parse("AAR0000001R1").expect("a refund's number");
    let request = RefundRequest {
        order_id: order_id(),
        refund_id,
        amount: Paise::new(10_015),
        user_id: user(),
        method: Method::Juspay,
    };
    match answers::refund(status, body, &request, "aarokya") {
        Ok(seen) => {
            assert!((200..300).contains(&status), "a refund in a refusal");
            assert_eq!((seen.refund_id.as_str(), seen.amount), (request.refund_id.as_str(), request.amount));
        }
        Err(error) => is_told(&error),
    }
}

fn session(status: u16, body: &[u8]) {
    let payer = Payer {
        phone: Masked::new("+919876543210".to_owned()),
        email: None,
        first_name: None,
        last_name: None,
    };
    let purchase = Purchase::wallet_topup(10_015).expect("an amount");
    let request = SessionRequest {
        order_id: order_id(),
        user_id: user(),
        kind: purchase.kind(),
        method: purchase.method(),
        amount: purchase.amount(),
        description: "a top-up",
        payer,
    };
    match answers::session(status, body, &request, crate::START) {
        Ok(session) => {
            assert!((200..300).contains(&status), "a session in a refusal");
            assert!(session.sdk_payload.expose().is_object());
            let payload = &session.sdk_payload.expose()["payload"]["orderId"];
            assert!(payload.as_str().is_none_or(|order| order == "AAR0000001"), "{payload}");
            assert!(format!("{session:?}").contains("sdk_payload: [masked]"));
        }
        Err(error) => is_told(&error),
    }
}

fn wallet(status: u16, body: &[u8]) {
    let success = (200..300).contains(&status);
    let holder = HolderRef::of(user());
    let opened = answers::wallet_opened(status, body, &holder);
    let found = answers::wallet_found(status, body, &holder);
    if let IssuerAnswer::Done(issued) = &opened {
        assert!(success && contains(body, holder.as_str()) && contains(body, issued.wallet_id.as_str()));
        assert_eq!(found, IssuerAnswer::Done(Some(issued.clone())), "the same words, another meaning");
    }
    if found == IssuerAnswer::Done(None) {
        assert!(!success && contains(body, "ppi.wallet.not_found"), "nobody said that there is none");
    }
    let load = IssuerCredit {
        credit_id: Reference::parse("topup:AAR0000001").expect("a reference"),
        holder,
        wallet_id: WalletId::parse("wlm_Xtjl3IJH96WgYi34").expect("a wallet's id"),
        amount: Paise::new(10_015),
    };
    let loaded = answers::credit(status, body, &load);
    if loaded == IssuerAnswer::Done(()) {
        assert!(success && contains(body, "topup:AAR0000001") && contains(body, "SUCCESS"));
    }
    for reason in [reason(&opened), reason(&found), reason(&loaded)].into_iter().flatten() {
        is_plain_and_short(reason);
    }
}

fn reason<T>(answer: &IssuerAnswer<T>) -> Option<&str> {
    match answer {
        IssuerAnswer::Refused(reason) | IssuerAnswer::DontKnow(reason) => Some(reason),
        IssuerAnswer::Done(_) | IssuerAnswer::Underway => None,
    }
}
