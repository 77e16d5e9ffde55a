//! What Juspay's answers mean, read apart from the calls that bring them: from an HTTP status and a body alone.

pub use crate::ppi::{credit, wallet_found, wallet_opened};

use crate::{
    JuspayFault,
    fault::rejected,
    session,
    wire::{ErrorObject, OrderObject},
};
use kernel::OrderRef;
use outbound::PartnerFault;
use payments::{
    Observation, RefundSeen, Session,
    ports::{GatewayError, RefundRequest, Refusal, SessionRequest},
};
use time::OffsetDateTime;

/// Whether Juspay says that it did what was asked.
pub(crate) const fn is_success(status: u16) -> bool {
    status >= 200 && status < 300
}

/// What the answer to an opened session means; `now` is when a session begins whose end is not told.
///
/// # Errors
/// When it was refused, or the answer cannot be used.
pub fn session(
    status: u16,
    body: &[u8],
    request: &SessionRequest,
    now: OffsetDateTime,
) -> Result<Session, GatewayError> {
    if is_success(status) {
        return Ok(session::read(body, request, now)?);
    }
    Err(session_refused(&ErrorObject::read(body)))
}

/// What the answer to a status call says of an order, for the merchant `ours`.
///
/// # Errors
/// When the answer cannot be used.
pub fn order(status: u16, body: &[u8], order_id: &OrderRef, ours: &str) -> Result<Observation, GatewayError> {
    if !is_success(status) {
        return if ErrorObject::read(body).is_unknown_order(order_id) {
            Ok(Observation::NotFound)
        } else {
            Err(JuspayFault::Unusable("a status call was refused").into())
        };
    }
    let order = OrderObject::read(body)?;
    if order.is_unknown(order_id) {
        return Ok(Observation::NotFound);
    }
    Ok(Observation::Seen(order.seen(ours)?))
}

/// What the answer to a refund means, for the merchant `ours`.
///
/// # Errors
/// When it was refused, or the answer cannot be used.
pub fn refund(
    status: u16,
    body: &[u8],
    request: &RefundRequest,
    ours: &str,
) -> Result<RefundSeen, GatewayError> {
    if !is_success(status) {
        return Err(refund_refused(&ErrorObject::read(body), status));
    }
    let seen = OrderObject::read(body)?.seen(ours)?;
    let is_ours = |refund: &RefundSeen| {
        seen.order_id == request.order_id
            && refund.refund_id == request.refund_id.as_str()
            && refund.amount == request.amount
    };
    let ours = seen.refunds.iter().find(|refund| is_ours(refund)).cloned();
    Ok(ours.ok_or(JuspayFault::Unusable("a refund's answer does not list it"))?)
}

/// A session that is refused because the order was opened or paid before is known to exist: its status tells.
fn session_refused(error: &ErrorObject) -> GatewayError {
    match error.info_code().as_deref() {
        Some("ALREADY_EXISTS" | "INVALID_ACTION" | "DUPLICATE_REQUEST") => {
            GatewayError::Refused(Refusal::Repeated)
        }
        _ => error.code().map_or_else(unreadable, |code| rejected(&code)),
    }
}

/// `duplicate.call` means two things: this number was used, or this amount was asked for a moment ago; only
/// the message tells which. The latter did nothing and passes by itself.
fn refund_refused(error: &ErrorObject, status: u16) -> GatewayError {
    let Some(code) = error.code() else { return unreadable() };
    match code.as_str() {
        "duplicate.call" if error.speaks_of_request_id() => GatewayError::Refused(Refusal::Repeated),
        "duplicate.call" => GatewayError::Unavailable(PartnerFault::TurnedAway(status).into()),
        code => rejected(code),
    }
}

/// A refusal that is not in Juspay's words may be anybody's on the way, even of an answer: nothing is known by it.
fn unreadable() -> GatewayError {
    JuspayFault::Unusable("a refusal is not Juspay's").into()
}
