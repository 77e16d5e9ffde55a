//! The payment page behind `payment_links.web`: a person, or a browser in a test, chooses how the payment ends.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{Path, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use kernel::Paise;
use maud::{DOCTYPE, Markup, html};
use url::Url;

use super::{
    order::{Order, Status},
    orders::form,
    payment::{Outcome, PayError},
    state::Juspay,
};
use crate::desk::lock;

const STYLE: &str = include_str!("payment_page.css");

/// What the page shows of an order.
struct Shown {
    order_id: String,
    amount: String,
    merchant: String,
    status: Status,
    has_expired: bool,
    attempts: usize,
    return_url: Option<Url>,
}

/// Answers `GET /payment-page.css`.
pub(crate) async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE).into_response()
}

/// Answers `GET /orders/{id}/payment-page`; `{id}` is Juspay's own, `ordeh_…`.
pub(crate) async fn show(State(juspay): State<Arc<Juspay>>, Path(id): Path<String>) -> Response {
    match look(&juspay, &id) {
        Some(shown) if shown.has_expired && !shown.status.is_paid() => {
            page(StatusCode::GONE, &shown, &expired())
        }
        Some(shown) => page(StatusCode::OK, &shown, &choices(&shown)),
        None => unknown(),
    }
}

/// Answers the form: does what the button says and sends the customer back to the merchant.
pub(crate) async fn choose(
    State(juspay): State<Arc<Juspay>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Response {
    let Some(shown) = look(&juspay, &id) else { return unknown() };
    let outcome = match form(&body).get("outcome").map(String::as_str) {
        Some("upi") => None,
        Some("success") => Some(Outcome::Success),
        Some("failure") => Some(Outcome::Failure),
        Some("pending") => Some(Outcome::Pending),
        Some("abandon") => Some(Outcome::Abandon),
        _ => return page(StatusCode::BAD_REQUEST, &shown, &note("Please choose one of the buttons.")),
    };
    match juspay.pay(&shown.order_id, outcome, None).await {
        Ok(paid) => match paid.return_url.as_deref().map(HeaderValue::from_str) {
            Some(Ok(location)) => (StatusCode::FOUND, [(header::LOCATION, location)]).into_response(),
            _ => page(StatusCode::OK, &shown, &note("Done. You can close this page.")),
        },
        Err(PayError::UnknownOrder) => unknown(),
        Err(PayError::LinkExpired) => page(StatusCode::GONE, &shown, &expired()),
        Err(PayError::AlreadyPaid) => {
            page(StatusCode::CONFLICT, &shown, &note("This order is already paid."))
        }
        Err(PayError::TooManyAttempts) => {
            page(StatusCode::CONFLICT, &shown, &note("This order has had its 25 attempts."))
        }
    }
}

fn look(juspay: &Juspay, id: &str) -> Option<Shown> {
    let order_id = lock(&juspay.orders).number_of(id)?;
    let now = juspay.desk.env.now();
    juspay.look(&order_id, |order: &mut Order| Shown {
        order_id: order.order_id.clone(),
        amount: Paise::new(order.amount).to_string(),
        merchant: juspay.config.merchant_id.clone(),
        status: order.status(),
        has_expired: now >= order.expires,
        attempts: order.attempts.len(),
        return_url: order.return_url.clone(),
    })
}

fn choices(shown: &Shown) -> Markup {
    if shown.status.is_paid() {
        return note("This order is paid.");
    }
    html! {
        @if shown.status.is_pending() {
            p role="status" { "The payment is pending at the bank." }
        } @else if shown.attempts > 0 {
            p role="status" { "The last attempt failed. You can try again." }
        }
        form method="post" {
            button #upi .main type="submit" name="outcome" value="upi" aria-describedby="upi-rule" { "Pay by UPI" }
            p #upi-rule .rule {
                "Ends as the amount says: below ₹500 paid, below ₹700 declined, from there pending and then paid."
            }
            fieldset {
                legend { "Or choose how it ends" }
                button #pay type="submit" name="outcome" value="success" { "Pay" }
                button #fail type="submit" name="outcome" value="failure" { "Fail" }
                button #pending type="submit" name="outcome" value="pending" { "Stay pending" }
                button #abandon type="submit" name="outcome" value="abandon" { "Cancel" }
            }
        }
    }
}

fn note(text: &str) -> Markup {
    html! { p role="status" { (text) } }
}

fn expired() -> Markup {
    html! { p role="alert" { "This payment link has expired. Please go back and start again." } }
}

fn page(status: StatusCode, shown: &Shown, content: &Markup) -> Response {
    let facts = html! {
        dl {
            div { dt { "To" } dd #merchant { (shown.merchant) } }
            div { dt { "Order" } dd #order { (shown.order_id) } }
            div { dt { "Amount" } dd #amount .amount { (shown.amount) } }
            div { dt { "Status" } dd #status { (shown.status.name()) } }
        }
        (content)
    };
    document(status, &facts, shown.return_url.as_ref())
}

fn unknown() -> Response {
    document(StatusCode::NOT_FOUND, &html! { p role="alert" { "There is no such payment." } }, None)
}

fn document(status: StatusCode, content: &Markup, return_url: Option<&Url>) -> Response {
    let document = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Payment (sandbox)" }
                link rel="stylesheet" href="/payment-page.css";
                link rel="icon" href="data:,";
            }
            body {
                main {
                    h1 { "Payment" }
                    p .sandbox { "Sandbox: no money moves." }
                    (content)
                }
            }
        }
    };
    (
        status,
        [
            (header::CONTENT_TYPE, "text/html; charset=utf-8".to_owned()),
            (header::CONTENT_SECURITY_POLICY, policy(return_url)),
            (header::CACHE_CONTROL, "no-store".to_owned()),
            (header::REFERRER_POLICY, "no-referrer".to_owned()),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        ],
        document.into_string(),
    )
        .into_response()
}

/// Nothing but this page's own style sheet; the form may lead back to the merchant, since browsers hold the
/// redirect after a form to `form-action` too.
fn policy(return_url: Option<&Url>) -> String {
    let merchant = return_url.map_or_else(String::new, |url| {
        let origin = url.origin();
        if origin.is_tuple() {
            format!(" {}", origin.ascii_serialization())
        } else {
            format!(" {}:", url.scheme())
        }
    });
    let merchant = if merchant.contains([';', ',']) { String::new() } else { merchant };
    format!(
        "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'{merchant}; base-uri 'none'; \
         frame-ancestors 'none'"
    )
}
