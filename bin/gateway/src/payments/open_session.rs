//! POST /payments/session: opens an order and the session in which it is paid.

use crate::{
    app::App,
    document,
    error::Error,
    extract::{Body, Caller, MoneyKey},
    spec::examples::{ORDER_ID, QUOTE_ID, sdk_payload},
    user::{given, without_defaults},
};
use aide::transform::TransformOperation;
use axum::{Json, extract::State, http::StatusCode};
use insurance::QuoteId;
use kernel::Paise;
use payments::{IdempotencyKey, Method, Opened, TOPUP_MAX, TOPUP_MIN};
use processes::{Customer, Wish};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

/// What is to be paid for.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "OpenPaymentSessionRequest", transform = without_defaults)]
pub(crate) struct Request {
    /// What is paid for.
    #[serde(rename = "type")]
    #[schemars(with = "crate::spec::words::OrderType", example = &"WALLET_TOPUP")]
    kind: String,
    /// How much a top-up is, in paise: from 100 (₹1) to 20000000 (₹2,00,000), within the wallet's limits. A policy costs
    /// what it was quoted at.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "i64", example = 50_000, range(min = TOPUP_MIN.get(), max = TOPUP_MAX.get()))]
    amount: Option<i64>,
    /// The quote of the policy that is bought, as `POST /insurance/calculate-premium` answered.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Uuid", example = QUOTE_ID)]
    quote_id: Option<Uuid>,
    /// `JUSPAY` unless given; `WALLET` pays a policy at once from the caller's own wallet.
    #[schemars(with = "Option<crate::spec::words::PaymentMethod>", example = &"JUSPAY")]
    method: Option<String>,
}

/// The order is open and can be paid.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "OpenPaymentSessionResponse")]
pub(crate) struct Response {
    /// The order: at most 20 letters and digits.
    #[schemars(example = ORDER_ID, regex(pattern = r"^[A-Za-z0-9]{1,20}$"))]
    order_id: String,
    /// What is paid for.
    #[serde(rename = "type")]
    #[schemars(with = "crate::spec::words::OrderType", example = &"WALLET_TOPUP")]
    kind: &'static str,
    /// How it is paid.
    #[schemars(with = "crate::spec::words::PaymentMethod", example = &"JUSPAY")]
    method: &'static str,
    /// What it costs, in paise.
    #[schemars(example = 50_000)]
    amount: i64,
    /// Always `INR`.
    #[schemars(with = "crate::spec::words::Currency", example = &"INR")]
    currency: &'static str,
    /// `CREATED`, or `SUCCESS` once the wallet has paid; the same when the request is repeated under its key: what became
    /// of the order since is told by `/payments/orders/{order_id}`.
    #[schemars(with = "crate::spec::words::OrderStatus", example = &"CREATED")]
    status: &'static str,
    /// To be handed to the Hyper Checkout SDK as it is; its members are the SDK's. `null` if the wallet pays.
    #[schemars(with = "Option<serde_json::Map<String, serde_json::Value>>", example = sdk_payload())]
    sdk_payload: serde_json::Value,
    /// Pages on which the order can be paid without the SDK.
    payment_links: Links,
    /// Until when the order can be paid.
    #[serde(with = "time::serde::rfc3339")]
    #[schemars(with = "String", extend("format" = "date-time"), example = &"2026-01-15T12:49:56Z")]
    expires_at: OffsetDateTime,
}

/// Pages on which the order can be paid.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "PaymentLinks")]
pub(crate) struct Links {
    /// For a browser; `null` if the partner has none.
    #[schemars(example = &"https://sandbox.juspay.in/orders/ordeh_7d32/payment-page")]
    web: Option<String>,
    /// For a phone's browser; `null` if the partner has none.
    #[schemars(example = &"https://sandbox.juspay.in/orders/ordeh_7d32/payment-page?mobile=true")]
    mobile: Option<String>,
    /// For a frame within another page; `null` if the partner has none.
    #[schemars(example = ())]
    iframe: Option<String>,
}

impl From<Opened> for Response {
    fn from(Opened { order, session }: Opened) -> Self {
        Self {
            order_id: order.order_id.to_string(),
            kind: order.kind().word(),
            method: order.method().word(),
            amount: order.amount().get(),
            currency: "INR",
            status: order.status().word(),
            sdk_payload: session.sdk_payload.into_exposed(),
            payment_links: Links {
                web: session.payment_links.web,
                mobile: session.payment_links.mobile,
                iframe: session.payment_links.iframe,
            },
            expires_at: session.expires_at,
        }
    }
}

pub(crate) fn doc(op: TransformOperation<'_>) -> TransformOperation<'_> {
    let op = op
        .id("openPaymentSession")
        .tag("Payments")
        .summary("Open a payment session")
        .description(
            "Call it when a person decides to pay; hand `sdk_payload` to the SDK, then ask after the order. The one \
             endpoint for paying. Needs an `Idempotency-Key`, from which the order's number is derived: a request \
             repeated after a time-out leads to the same order, never to a second one. `WALLET_TOPUP` takes `amount`; \
             `INSURANCE_PURCHASE` takes `quote_id` and costs what that quote holds. A policy is paid for only if everybody \
             it covers is known by name, in the profile and in `/user/dependants`: `MISSING_REQUIRED_FIELD` says in \
             `details.field` what is missing, and `QUOTE_EXPIRED` in `details.reason` why the price no longer holds \
             (`price_over`, `profile_changed`, `family_changed`, or `used` once it was paid for in vain). With the method \
             `WALLET`, which only a policy takes, the premium is paid at once from the caller's wallet, for which the PIN \
             must have been given on this session (`STEP_UP_REQUIRED`); the answer then has no `sdk_payload`. What is paid \
             and cannot be given goes back by itself, to where it came from.",
        )
        .response::<201, Json<Response>>();
    let errors = [
        identity::fault::INVALID_TOKEN,
        kernel::catalogue::INVALID_AMOUNT,
        identity::fault::USER_NOT_FOUND,
        kernel::catalogue::NOT_FOUND,
        wallet::fault::WALLET_NOT_FOUND,
        wallet::fault::WALLET_NOT_READY,
        wallet::fault::INSUFFICIENT_BALANCE,
        identity::fault::STEP_UP_REQUIRED,
        insurance::fault::QUOTE_EXPIRED,
        insurance::fault::POLICY_ALREADY_EXISTS,
        kernel::catalogue::INVALID_STATE,
        kernel::catalogue::LIMIT_EXCEEDED,
        kernel::catalogue::PARTNER_ERROR,
        kernel::catalogue::PARTNER_UNAVAILABLE,
        kernel::catalogue::TIMEOUT,
    ];
    document::errors(document::signed_in(op), &[document::FIELDS, &errors].concat())
}

pub(crate) async fn handle(
    State(app): State<App>,
    Caller(caller): Caller,
    MoneyKey(key): MoneyKey,
    Body(request): Body<Request>,
) -> Result<(StatusCode, Json<Response>), Error> {
    let key = IdempotencyKey::parse(&key)?;
    let customer = Customer { user_id: caller.user_id, session_id: caller.session_id };
    let opened = app.checkout.open(customer, key, request.wish()?).await?;
    Ok((StatusCode::CREATED, Json(opened.into())))
}

impl Request {
    /// What is to be paid for.
    pub(crate) fn wish(&self) -> Result<Wish, Error> {
        let method = match self.method.as_deref().map(word).as_deref() {
            None | Some("juspay") => Method::Juspay,
            Some("wallet") => Method::Wallet,
            Some(_) => return Err(Error::invalid("method", "must be JUSPAY or WALLET")),
        };
        match (word(&self.kind).as_str(), self.amount, self.quote_id) {
            ("wallet_topup", ..) if method == Method::Wallet => {
                Err(Error::invalid("method", "must be JUSPAY for a wallet top-up"))
            }
            ("wallet_topup", Some(amount), None) => Ok(Wish::TopUp(Paise::new(amount))),
            ("wallet_topup", None, _) => Err(Error::missing("amount")),
            ("wallet_topup", _, Some(_)) => Err(Error::invalid("quote_id", "has no place in a top-up")),
            ("insurance_purchase", None, Some(quote_id)) => {
                Ok(Wish::Policy { quote_id: QuoteId::new(quote_id), method })
            }
            ("insurance_purchase", _, None) => Err(Error::missing("quote_id")),
            ("insurance_purchase", Some(_), _) => {
                Err(Error::invalid("amount", "is the quote's, and is not told here"))
            }
            _ => Err(Error::invalid("type", "must be WALLET_TOPUP or INSURANCE_PURCHASE")),
        }
    }
}

/// A word of an enumeration however it is written: any case, with `-`, `_` or a space between words.
fn word(text: &str) -> String {
    text.trim().to_ascii_lowercase().replace(['-', ' '], "_")
}
