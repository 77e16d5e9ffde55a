//! Exchanges with Juspay, in the shapes it documents: what we send, and what we make of each answer.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must say so and stop")]

mod ppi;
mod stage;

use kernel::{Masked, OrderRef, Paise, UserId};
use payments::{
    FailureReason, Kind, Method, Observation, Payer, PaymentSeen, RefundId, RefundSeen, RefundState, Seen,
    ports::{GatewayError, PaymentGateway as _, RefundRequest, Refusal, SessionRequest},
};
use stage::{Reply, START, Stage};
use time::{Duration, macros::datetime};
use uuid::Uuid;

fn asha() -> UserId {
    UserId::new(Uuid::from_u128(0xa5a))
}

fn order_id() -> OrderRef {
    OrderRef::parse("AAR0000001").unwrap()
}

fn session_request() -> SessionRequest {
    SessionRequest {
        order_id: order_id(),
        user_id: asha(),
        kind: Kind::WalletTopup,
        method: Method::Juspay,
        amount: Paise::new(25_050),
        payer: Payer {
            phone: Masked::new("+919876543210".to_owned()),
            email: None,
            first_name: Some(Masked::new("Asha".to_owned())),
            last_name: None,
        },
        description: "Health wallet top-up",
    }
}

fn refund_request() -> RefundRequest {
    RefundRequest {
        order_id: order_id(),
        user_id: asha(),
        method: Method::Juspay,
        refund_id: RefundId::parse("R1").unwrap(),
        amount: Paise::new(25_050),
    }
}

const SESSION: &str = r#"{"status":"NEW","id":"ordeh_7d32","order_id":"AAR0000001",
    "payment_links":{"web":"https://sandbox.juspay.in/orders/ordeh_7d32/payment-page","expiry":"2026-01-15T12:15:00Z"},
    "sdk_payload":{"requestId":"d9d65b3f","service":"in.juspay.hyperpay",
     "payload":{"clientId":"aarokya-app","merchantId":"aarokya","clientAuthToken":"tkn_1",
      "clientAuthTokenExpiry":"2026-01-15T12:15:00Z","environment":"sandbox","action":"paymentPage",
      "amount":"250.5","currency":"INR","customerId":"c","orderId":"AAR0000001","options.getUpiDeepLinks":"true",
      "service":"in.juspay.ec"},
     "expiry":"2026-01-15T12:15:00Z"}}"#;

/// An order as the status call answers it.
fn order(status: &str, status_id: &str, rest: &str) -> String {
    format!(
        r#"{{"id":"ordeh_1","order_id":"AAR0000001","merchant_id":"aarokya","status":"{status}",
        "status_id":{status_id},"amount":250.5,"effective_amount":250.5,"currency":"INR","refunded":false,
        "amount_refunded":0,"date_created":"2026-01-15T12:00:00Z","customer_email":"FILTERED","udf1":"",
        "payment_links":{{"web":"w"}},"txn_id":"aarokya-AAR0000001-1","gateway_id":23,"bank_error_code":"",
        "upi":{{"payer_vpa":"x@ybl"}},"txn_detail":{{"status":"{status}","net_amount":250.5}},
        "offers":[],"metadata":{{}}{rest}}}"#
    )
}

fn refund(state: &str) -> String {
    format!(
        r#","refunds":[{{"unique_request_id":"R1","status":"{state}","amount":250.5,"sent_to_gateway":false,
        "id":null,"ref":null,"refund_type":"STANDARD","initiated_by":"API","error_code":null}}]"#
    )
}

async fn status_of(status: u16, body: &str) -> Result<Observation, GatewayError> {
    Stage::with([(status, body)]).await.gateway.status(&order_id(), asha(), Method::Juspay).await
}

#[tokio::test]
async fn a_session_is_opened() {
    let stage = Stage::with([(200, SESSION)]).await;
    let session = stage.gateway.open_session(&session_request()).await.unwrap();
    assert_eq!(session.expires_at, datetime!(2026-01-15 12:15 UTC));
    assert!(session.payment_links.web.unwrap().ends_with("/payment-page"));
    let sent: serde_json::Value = serde_json::from_str(SESSION).unwrap();
    assert_eq!(session.sdk_payload.expose(), &sent["sdk_payload"], "as it came");

    let asked = stage.asked().remove(0);
    assert_eq!(asked.line, "POST /base/session");
    for (name, value) in [
        ("authorization", "Basic a2V5LW9mLW91cnM6"),
        ("x-merchantid", "aarokya"),
        ("x-routing-id", "00000000000000000000000000000a5a"),
        ("version", "2024-02-01"),
        ("content-type", "application/json"),
    ] {
        assert_eq!(asked.headers[name], value, "{name}");
    }
    let body: serde_json::Value = serde_json::from_str(&asked.body).unwrap();
    assert_eq!(
        body,
        serde_json::json!({
            "order_id": "AAR0000001", "amount": "250.50", "currency": "INR",
            "customer_id": "00000000000000000000000000000a5a", "customer_email": "nobody@aarokya.example",
            "customer_phone": "9876543210", "mobile_country_code": "91", "first_name": "Asha",
            "payment_page_client_id": "aarokya-app", "action": "paymentPage",
            "return_url": "https://aarokya.example/paid", "description": "Health wallet top-up"
        })
    );
}

#[tokio::test]
async fn a_session_without_an_end_lives_fifteen_minutes() {
    let bare = r#"{"sdk_payload":{"payload":{}},"payment_links":"FILTERED"}"#;
    let session = Stage::with([(200, bare)]).await.gateway.open_session(&session_request()).await.unwrap();
    assert_eq!(session.expires_at, START + Duration::minutes(15));
    assert_eq!(session.payment_links.web, None);
}

#[tokio::test]
async fn a_session_that_is_not_ours_is_no_answer() {
    for body in [
        SESSION.replace("AAR0000001", "AAR0000002"),
        SESSION.replace("\"250.5\"", "\"250.51\""),
        SESSION.replace("2026-01-15T12:15:00Z", "soon"),
        r#"{"order_id":"AAR0000001"}"#.to_owned(),
        r#"{"sdk_payload":"FILTERED"}"#.to_owned(),
        "<html>".to_owned(),
    ] {
        let outcome = Stage::with([(200, &*body)]).await.gateway.open_session(&session_request()).await;
        assert!(matches!(outcome, Err(GatewayError::Unknown(_))), "{body}");
    }
}

#[tokio::test]
async fn a_refused_session_says_whether_the_order_exists() {
    let exists = r#"{"status":"Bad Request","error_code":"invalid_request_error","error_message":"paid",
        "error_info":{"code":"ALREADY_EXISTS","category":"USER_ERROR"}}"#;
    let outcome = Stage::with([(400, exists)]).await.gateway.open_session(&session_request()).await;
    assert!(matches!(outcome, Err(GatewayError::Refused(Refusal::Repeated))));
    let invalid = r#"{"status":"Bad Request","error_code":"invalid_request_error","error_message":"amount"}"#;
    let outcome = Stage::with([(400, invalid)]).await.gateway.open_session(&session_request()).await;
    assert!(
        matches!(outcome, Err(GatewayError::Refused(Refusal::Rejected { code })) if code == "invalid_request_error")
    );
}

#[tokio::test]
async fn every_status_is_understood() {
    use PaymentSeen::{AttemptFailed, AutoRefunded, Charged, InProgress, NotStarted, Unusual};
    let statuses = [
        ("CREATED", 1, NotStarted),
        ("NEW", 10, NotStarted),
        ("STARTED", 20, InProgress),
        ("CHARGED", 21, Charged),
        ("JUSPAY_DECLINED", 22, AttemptFailed(FailureReason::Declined)),
        ("PENDING_VBV", 23, InProgress),
        ("VBV_SUCCESSFUL", 24, InProgress),
        ("AUTHORIZED", 25, Unusual),
        ("AUTHORIZED", 30, Unusual),
        ("AUTHENTICATION_FAILED", 26, AttemptFailed(FailureReason::AuthenticationFailed)),
        ("AUTHORIZATION_FAILED", 27, AttemptFailed(FailureReason::AuthorizationFailed)),
        ("AUTHORIZING", 28, InProgress),
        ("COD_INITIATED", 29, Unusual),
        ("VOIDED", 31, Unusual),
        ("VOID_INITIATED", 32, Unusual),
        ("CAPTURE_INITIATED", 33, Unusual),
        ("CAPTURE_FAILED", 34, Unusual),
        ("VOID_FAILED", 35, Unusual),
        ("AUTO_REFUNDED", 36, AutoRefunded),
        ("PARTIAL_CHARGED", 99, Unusual),
    ];
    let forms = |(status, id, _): &(&str, i32, PaymentSeen)| {
        [id.to_string(), format!("\"{id}\"")].map(|id| Reply::Body(200, order(status, &id, "")))
    };
    let stage = Stage::set(statuses.iter().flat_map(forms)).await;
    for (status, id, expected) in statuses.iter().flat_map(|status| [status, status]) {
        let observation = stage.gateway.status(&order_id(), asha(), Method::Juspay).await.unwrap();
        let seen = Seen {
            order_id: order_id(),
            merchant_is_ours: true,
            amount: Some(Paise::new(25_050)),
            currency: Some("INR".to_owned()),
            payment: expected.clone(),
            refunded: Paise::ZERO,
            refunds: Vec::new(),
        };
        assert_eq!(observation, Observation::Seen(seen), "{status} {id}");
    }
}

#[tokio::test]
async fn a_status_call_names_the_order_and_the_customer() {
    let stage = Stage::with([(200, &*order("NEW", "10", ""))]).await;
    stage.gateway.status(&order_id(), asha(), Method::Juspay).await.unwrap();
    let asked = stage.asked().remove(0);
    assert_eq!(asked.line, "GET /base/orders/AAR0000001");
    assert_eq!(asked.headers["x-routing-id"], "00000000000000000000000000000a5a");
}

#[tokio::test]
async fn an_unknown_order_is_an_answer_and_a_bare_404_is_none() {
    let unknown = r#"{"status":"NOT_FOUND","status_id":40,"order_id":"AAR0000001"}"#;
    for status in [200, 400, 404] {
        assert_eq!(status_of(status, unknown).await.unwrap(), Observation::NotFound);
    }
    let other = r#"{"status":"NOT_FOUND","status_id":40,"order_id":"AAR0000002"}"#;
    for (status, body) in [
        (404, "<html>not here</html>"),
        (404, "{}"),
        (400, other),
        (200, other),
        (400, r#"{"status":"ERROR","status_id":-1,"error_code":"internal"}"#),
        (200, r#"{"status":"ERROR","status_id":"-1","order_id":"AAR0000001"}"#),
        (200, "FILTERED"),
    ] {
        let outcome = status_of(status, body).await;
        assert!(!matches!(outcome, Ok(Observation::NotFound)), "{status} {body}");
        assert!(outcome.is_err() || status == 200, "{status} {body}");
    }
}

#[tokio::test]
async fn money_that_went_back_is_seen() {
    let states = [
        ("PENDING", RefundState::Pending),
        ("SUCCESS", RefundState::Success),
        ("FAILURE", RefundState::Failure),
        ("MANUAL_REVIEW", RefundState::ManualReview),
    ];
    for (word, state) in states {
        let body = order("CHARGED", "21", &refund(word));
        let Observation::Seen(seen) = status_of(200, &body).await.unwrap() else { panic!("{word}") };
        let listed = RefundSeen { refund_id: "R1".to_owned(), amount: Paise::new(25_050), state };
        assert_eq!(seen.refunds, [listed]);
        assert_eq!(seen.refunded.is_positive(), state.counts());
    }
    // The documents' own sample of a manual review: text where numbers and truths belong.
    let review = order("CHARGED", "\"21\"", &refund("MANUAL_REVIEW"))
        .replace("\"amount\":250.5,\"effective", "\"amount\":\"250.5\",\"effective")
        .replace("\"refunded\":false", "\"refunded\":\"true\"");
    let Observation::Seen(seen) = status_of(200, &review).await.unwrap() else { panic!("{review}") };
    assert_eq!(seen.refunded, Paise::new(25_050));
}

#[tokio::test]
async fn a_refund_is_asked_for_under_its_number() {
    let stage = Stage::with([(200, &*order("CHARGED", "21", &refund("PENDING")))]).await;
    let seen = stage.gateway.refund(&refund_request()).await.unwrap();
    assert_eq!(seen.state, RefundState::Pending);
    let asked = stage.asked().remove(0);
    assert_eq!(asked.line, "POST /base/orders/AAR0000001/refunds");
    assert_eq!(asked.body, "unique_request_id=R1&amount=250.50");
    assert_eq!(asked.headers["content-type"], "application/x-www-form-urlencoded");
}

#[tokio::test]
async fn a_refund_that_is_not_listed_is_not_known() {
    let other = refund("PENDING").replace("R1", "R2");
    let less = refund("PENDING").replace("250.5", "250.4");
    for rest in ["", &*other, &*less] {
        let body = order("CHARGED", "21", rest);
        let outcome = Stage::with([(200, &*body)]).await.gateway.refund(&refund_request()).await;
        assert!(matches!(outcome, Err(GatewayError::Unknown(_))), "{rest}");
    }
}

#[tokio::test]
async fn every_refund_error_is_understood() {
    let error = |code: &str, message: &str| {
        format!(r#"{{"status_id":-1,"status":"ERROR","error_code":"{code}","error_message":"{message}"}}"#)
    };
    let same_number = "A refund call was already completed with this unique_request_id for the order.";
    let same_amount = "A refund call was already processing with this amount for the order.";
    let outcome = async |body: &str| {
        Stage::with([(400, body)]).await.gateway.refund(&refund_request()).await.unwrap_err()
    };
    let repeated = outcome(&error("duplicate.call", same_number)).await;
    assert!(matches!(repeated, GatewayError::Refused(Refusal::Repeated)));
    let too_soon = outcome(&error("duplicate.call", same_amount).replace("-1", "\"-1\"")).await;
    assert!(matches!(too_soon, GatewayError::Unavailable(_)), "{too_soon:?}");
    for (body, expected) in [
        (
            error("invalid.amount.exceeded", "Refund amount exceeds the refundable amount."),
            "invalid.amount.exceeded",
        ),
        (error("invalid amount", "Amount is invalid."), "invalid amount"),
        (
            error("invalid.order.not_successful", "Cannot process unsuccessful order."),
            "invalid.order.not_successful",
        ),
        (
            r#"{"status":"Bad Request","error_code":"Mandatory fields are missing",
                "error_message":"Mandatory fields are missing"}"#
                .to_owned(),
            "Mandatory fields are missing",
        ),
        (r#"{"status_id":40,"status":"NOT_FOUND","order_id":"AAR0000001"}"#.to_owned(), "NOT_FOUND"),
        (r#"{"error_code":"someone@example.in wrote this"}"#.to_owned(), "unreadable"),
    ] {
        let refused = outcome(&body).await;
        assert!(
            matches!(&refused, GatewayError::Refused(Refusal::Rejected { code }) if code == expected),
            "{body}: {refused:?}"
        );
    }
}

/// A proxy on the way answers for a partner that it cannot reach, or after one that it reached.
#[tokio::test]
async fn a_refusal_that_is_not_the_partners_is_not_known() {
    for body in [
        "<html>404 Not Found</html>",
        "",
        "{}",
        "null",
        r#"{"message":"no Route matched with those values"}"#,
        r#"{"status":404,"error":"Not Found","path":"/orders/AAR0000001/refunds"}"#,
        r#"{"status":"error","error_code":"","error_info":{"code":null}}"#,
    ] {
        for status in [400, 404, 409, 422] {
            let refund = Stage::with([(status, body)]).await.gateway.refund(&refund_request()).await;
            assert!(matches!(refund, Err(GatewayError::Unknown(_))), "{status} {body}: {refund:?}");
            let session = Stage::with([(status, body)]).await.gateway.open_session(&session_request()).await;
            assert!(matches!(session, Err(GatewayError::Unknown(_))), "{status} {body}: {session:?}");
        }
    }
}

#[tokio::test]
async fn what_did_nothing_is_told_from_what_may_have() {
    let denied = r#"{"status":"error","error_code":"access_denied","error_info":{"code":"UNAUTHORIZED"}}"#;
    for (status, nothing_done) in
        [(401, true), (403, true), (429, true), (500, false), (502, false), (503, false)]
    {
        let stage = Stage::with([(status, denied)]).await;
        let session = stage.gateway.open_session(&session_request()).await.unwrap_err();
        assert_eq!(matches!(session, GatewayError::Unavailable(_)), nothing_done, "{status}");
        assert_eq!(stage.asked().len(), 1, "what does something is never sent twice by itself");
        let refund =
            Stage::with([(status, denied)]).await.gateway.refund(&refund_request()).await.unwrap_err();
        assert_eq!(matches!(refund, GatewayError::Unavailable(_)), nothing_done, "{status}");
    }
    let silent = Stage::set([Reply::Never, Reply::Never]).await;
    let session = silent.gateway.open_session(&session_request()).await.unwrap_err();
    assert!(matches!(session, GatewayError::Unknown(_)), "no answer in time");
    let nowhere = Stage::nowhere().await.gateway.open_session(&session_request()).await.unwrap_err();
    assert!(matches!(nowhere, GatewayError::Unavailable(_)), "nothing was sent");
}

#[tokio::test]
async fn a_status_call_is_tried_once_more_unless_it_took_too_long() {
    let stage = Stage::with([(503, ""), (200, &*order("NEW", "10", ""))]).await;
    stage.gateway.status(&order_id(), asha(), Method::Juspay).await.unwrap();
    assert_eq!(stage.asked().len(), 2);
    let stage = Stage::with([(503, ""), (503, ""), (200, "{}")]).await;
    stage.gateway.status(&order_id(), asha(), Method::Juspay).await.unwrap_err();
    assert_eq!(stage.asked().len(), 2, "once");
    let stage = Stage::set([Reply::Never, Reply::Never]).await;
    stage.gateway.status(&order_id(), asha(), Method::Juspay).await.unwrap_err();
    assert_eq!(stage.asked().len(), 1);
}

#[tokio::test]
async fn redirects_are_not_followed_and_long_answers_not_read() {
    let stage = Stage::set([Reply::Redirect("/base/session".to_owned())]).await;
    let outcome = stage.gateway.open_session(&session_request()).await;
    assert!(matches!(outcome, Err(GatewayError::Unknown(_))));
    assert_eq!(stage.asked().len(), 1);
    let long = format!("{{\"pad\":\"{}\"}}", "x".repeat(600 * 1024));
    assert!(matches!(status_of(200, &long).await, Err(GatewayError::Unknown(_))));
}

#[tokio::test]
async fn a_partner_that_keeps_failing_is_left_alone_for_a_while() {
    let new = order("NEW", "10", "");
    let stage = Stage::with([(500, ""), (500, ""), (500, ""), (200, &*new), (200, &*new)]).await;
    for _ in 0..3 {
        stage.gateway.open_session(&session_request()).await.unwrap_err();
    }
    let resting = stage.gateway.status(&order_id(), asha(), Method::Juspay).await.unwrap_err();
    assert!(matches!(resting, GatewayError::Unavailable(_)));
    assert_eq!(stage.asked().len(), 3, "not even asked");
    stage.clock.advance(Duration::seconds(30));
    stage.gateway.status(&order_id(), asha(), Method::Juspay).await.unwrap();
    stage.gateway.status(&order_id(), asha(), Method::Juspay).await.unwrap();
}
