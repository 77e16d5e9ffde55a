//! Every code of the catalogue can be seen in the sandbox: by a magic value, by a way told here, or it is listed as
//! one that no route answers yet.

use partners::MAGIC_VALUES;
use std::collections::BTreeSet;

/// How to see a code that no magic value leads to.
const WAYS: &[(&str, &str)] = &[
    (
        "FORBIDDEN",
        "Set a PIN, then PUT /auth/pin with a right code and another birth date than the profile's.",
    ),
    ("IDEMPOTENCY_KEY_REUSED", "POST /payments/session twice under one Idempotency-Key with two amounts."),
    ("IMMUTABLE_FIELD", "PATCH /user/profile with `phone`."),
    ("INVALID_AMOUNT", "POST /payments/session with the amount 0."),
    ("INVALID_DATE_FORMAT", "PATCH /user/profile with the dob 15/08/1994."),
    ("INVALID_OTP", "POST /auth/otp/verify with any code but 123456."),
    ("INVALID_PHONE", "POST /auth/otp/trigger with the phone 1234567890."),
    (
        "INVALID_STATE",
        "Move the clock on by 25 hours and POST /payments/session again under the key of an order that is over.",
    ),
    ("INVALID_TOKEN", "GET /wallet without a token, or with that of a session that was signed out."),
    (
        "LIMIT_EXCEEDED",
        "POST /payments/session for more than the month's ₹10,000, or pay ₹9,000 and ask for ₹2,000.",
    ),
    ("MALFORMED_JSON", "POST /auth/otp/trigger with the body `{`."),
    ("MAX_ATTEMPTS_EXCEEDED", "Set a PIN, then POST /auth/step-up with a wrong one six times."),
    ("METHOD_NOT_ALLOWED", "DELETE /wallet."),
    ("MISSING_REQUIRED_FIELD", "POST /payments/session without an Idempotency-Key."),
    ("NOT_FOUND", "GET /no/such/path."),
    ("NUMBER_OF_DAYS_OUT_OF_RANGE", "GET /wallet/{wallet_id}/transactions/history/366."),
    ("ORDER_NOT_FOUND", "GET /payments/orders/NOSUCHORDER."),
    ("PAYLOAD_TOO_LARGE", "POST /auth/otp/trigger with a body of 300 KiB."),
    ("RATE_LIMIT_EXCEEDED", "POST /auth/otp/trigger twice for one phone within 30 seconds."),
    (
        "REQUEST_IN_PROGRESS",
        "Add a `delay` fault for `POST /session`, and POST /payments/session twice at once under one key.",
    ),
    ("SERVICE_UNAVAILABLE", "GET /health/ready while the sandbox's PostgreSQL is stopped."),
    ("SESSION_NOT_FOUND", "DELETE /auth/sessions/ with the id of nobody's session."),
    ("STEP_UP_REQUIRED", "Set a PIN and a birth date, then PUT /auth/pin again without the birth date."),
    ("TOO_MANY_OTP_ATTEMPTS", "POST /auth/otp/verify with a wrong code five times, then with any."),
    ("UNSUPPORTED_MEDIA_TYPE", "POST /auth/otp/trigger as text/plain."),
    ("VALIDATION_ERROR", "POST /auth/otp/trigger with a field that is not one of the request's."),
    ("WALLET_NOT_FOUND", "GET /wallet/wlm_nobodys/balance."),
];

/// Codes that nobody can see in the sandbox yet, and why.
const NOT_YET: &[(&str, &str)] = &[
    ("ACCOUNT_DEACTIVATED", "No route deactivates an account."),
    (
        "AMOUNT_MISMATCH",
        "No route spends an order yet; within, a wrong amount stops the order for an operator.",
    ),
    ("CONSENT_REQUIRED", "No route needs a consent."),
    ("INSUFFICIENT_BALANCE", "No route spends wallet money."),
    ("INTERNAL_ERROR", "No fault of ours can be brought about on purpose."),
    ("ORDER_ALREADY_USED", "No route spends an order."),
    ("PURPOSE_NOT_ALLOWED", "No route spends wallet money."),
    ("USER_NOT_FOUND", "No route removes a person whose token is still good."),
];

/// The magic values that promise a code which no route answers: ₹1313.09 waits for a route that spends orders.
const PROMISED_TOO_EARLY: &[&str] = &["ORDER_NOT_PAID"];

fn codes(list: &[(&'static str, &str)]) -> BTreeSet<&'static str> {
    let codes: BTreeSet<_> = list.iter().map(|(code, _)| *code).collect();
    assert_eq!(codes.len(), list.len(), "a code is listed twice");
    assert!(list.iter().all(|(_, sentence)| sentence.ends_with('.')), "a sentence ends with a full stop");
    codes
}

#[test]
fn every_code_has_a_magic_value_or_a_way_or_is_listed_as_unseen() {
    let all: BTreeSet<_> = gateway::error::catalogue().iter().map(|entry| entry.code).collect();
    let magic: BTreeSet<_> = MAGIC_VALUES.iter().filter_map(|line| line.code).collect();
    let (ways, unseen) = (codes(WAYS), codes(NOT_YET));
    assert!(magic.is_subset(&all), "unknown codes are promised: {:?}", magic.difference(&all));
    let told: BTreeSet<_> = magic.iter().chain(&ways).chain(&unseen).copied().collect();
    assert_eq!(
        all.difference(&told).collect::<Vec<_>>(),
        Vec::<&&str>::new(),
        "nobody tells how to see these"
    );
    assert_eq!(told.difference(&all).collect::<Vec<_>>(), Vec::<&&str>::new(), "these are no codes");
    assert!(ways.is_disjoint(&unseen), "{:?}", ways.intersection(&unseen));
    assert!(magic.is_disjoint(&unseen), "{:?}", magic.intersection(&unseen));
}

#[test]
fn what_has_a_way_stands_in_the_document_and_what_has_none_is_promised_by_no_more_than_is_known() {
    let document = serde_json::to_value(gateway::document()).unwrap();
    let mut documented = BTreeSet::new();
    for operation in
        document["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap().values())
    {
        for response in operation["responses"].as_object().into_iter().flatten().map(|(_, response)| response)
        {
            let examples = &response["content"]["application/json"]["examples"];
            documented.extend(examples.as_object().into_iter().flatten().map(|(code, _)| code.clone()));
        }
    }
    // Codes of paths and methods that do not exist belong to no operation.
    let of_no_operation = ["NOT_FOUND", "METHOD_NOT_ALLOWED"];
    let magic = MAGIC_VALUES.iter().filter_map(|line| line.code);
    for code in magic.chain(codes(WAYS)).filter(|code| !of_no_operation.contains(code)) {
        assert_eq!(documented.contains(code), !PROMISED_TOO_EARLY.contains(&code), "{code}");
    }
}
