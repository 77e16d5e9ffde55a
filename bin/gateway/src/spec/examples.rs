//! What the document's examples tell of: Asha Devi, who delivers food in Bengaluru, her phone, her wallet and an order,
//! each under the same id wherever it appears.

use serde_json::{Value, json};

/// A request.
pub(crate) const REQUEST_ID: &str = "0199c8f0-5f1c-7c9e-8d7a-1b2c3d4e5f60";
/// The request in which the order was opened, as the app knows it.
pub(crate) const IDEMPOTENCY_KEY: &str = "5f0c7a52-0d9e-4a3b-9a51-0f2f6a1c8a44";
/// Asha Devi.
pub(crate) const USER_ID: &str = "019bc1a6-d980-7b3e-a5c4-2d9f61e0873a";
/// Her session.
pub(crate) const SESSION_ID: &str = "019bc1a6-d980-7f0d-92b1-c3a8e4576d10";
/// The code she signed in with.
pub(crate) const CHALLENGE_ID: &str = "019bc1a6-6450-74c2-8e1f-90b7d5a3f26c";
/// The name her phone gives itself.
pub(crate) const DEVICE: &str = "Redmi 12 · Android 14";
/// What tells her phone from strangers, shortened.
pub(crate) const DEVICE_TOKEN: &str = "Ab0kcUPdg9_hVb5Q…";
/// Her access token, shortened, so that nobody takes it for one.
pub(crate) const ACCESS_TOKEN: &str = "eyJhbGciOiJIUzI1NiJ9…";
/// Her refresh token, shortened likewise.
pub(crate) const REFRESH_TOKEN: &str = "AQGbwabZgH8NkrHDqORXbRAB…";
/// Her wallet at its issuer.
pub(crate) const WALLET_ID: &str = "wlm_jUT7wpiZAkpFFvaT";
/// Her order.
pub(crate) const ORDER_ID: &str = "7K3M9X2QH8T4WBN5C6DR";
/// The transaction that the order became.
pub(crate) const TRANSACTION_ID: &str = "019bc1a7-8560-7d46-b80c-5e2a91f7c364";
/// Where a list goes on after that transaction.
pub(crate) const CURSOR: &str = "019bc1a785607d46b80c5e2a91f7c364";
/// Her son.
pub(crate) const DEPENDANT_ID: &str = "019bc1a8-2f60-7b19-a4d3-5c8e07f1b236";
/// The plan she looks at.
pub(crate) const PLAN_ID: &str = "019bc1a0-1c40-7a21-8f3e-6b1d90c54e77";
/// The same where a list goes on after it.
pub(crate) const PLAN_ID_SIMPLE: &str = "019bc1a01c407a218f3e6b1d90c54e77";
/// What it costs her family.
pub(crate) const QUOTE_ID: &str = "019bc1a9-4e20-7c5d-b1f2-87a3c60d19e4";
/// Proof of it.
pub(crate) const QUOTE_HASH: &str = "6f1d0c5b8a3e4f927d6c1b0a59e8d7c6b5a4938271605f4e3d2c1b0a99887766";
/// The policy it became.
pub(crate) const POLICY_ID: &str = "019bc1ab-6d30-7e18-9c4a-f05b72d8e361";
/// The same where a list goes on after it.
pub(crate) const POLICY_ID_SIMPLE: &str = "019bc1ab6d307e189c4af05b72d8e361";
/// The insurer's number of it.
pub(crate) const POLICY_NUMBER: &str = "NHI/2026/048213957";
/// Her statement of that month.
pub(crate) const STATEMENT: &str = "\
date,time,type,status,source_or_purpose,reference,amount_inr,balance_inr
2026-01-01,,opening balance,,,,,750.00
2026-01-15,18:05:40,topup,SUCCESS,self,topup:7K3M9X2QH8T4WBN5C6DR,500.00,1250.00
2026-01-31,,closing balance,,,,,1250.00
";

/// What starts the payment partner's SDK for the order.
pub(crate) fn sdk_payload() -> Value {
    json!({
        "requestId": "d9d65b3f1c7c4c9e8d7a1b2c3d4e5f60",
        "service": "in.juspay.hyperpay",
        "payload": {
            "action": "paymentPage",
            "orderId": ORDER_ID,
            "amount": "500.0",
            "currency": "INR",
            "clientAuthToken": "tkn_…",
            "clientAuthTokenExpiry": "2026-01-15T12:49:56Z",
            "environment": "sandbox",
            "service": "in.juspay.ec",
        },
        "expiry": "2026-01-15T12:49:56Z",
    })
}
