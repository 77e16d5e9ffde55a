//! How each error code can be seen in the sandbox, where no phone or amount leads to it.

/// A code, and what to do to see it.
pub type Way = (&'static str, &'static str);

/// Codes that a request brings about.
pub const WAYS: &[Way] = &[
    ("AMOUNT_MISMATCH", "Pay a top-up of ₹1,313.06, then POST /insurance/purchase with its order."),
    (
        "FORBIDDEN",
        "Set a PIN, then PUT /auth/pin with a right code and another birth date than the profile's.",
    ),
    ("IDEMPOTENCY_KEY_REUSED", "POST /payments/session twice under one Idempotency-Key with two amounts."),
    ("IMMUTABLE_FIELD", "PATCH /user/profile with `phone`."),
    (
        "INSUFFICIENT_BALANCE",
        "Set a PIN, POST /auth/step-up, then POST /payments/session for a policy with the method WALLET and an empty wallet.",
    ),
    ("INVALID_AMOUNT", "POST /payments/session with the amount 0."),
    ("INVALID_DATE_FORMAT", "PATCH /user/profile with the dob 15/08/1994."),
    ("INVALID_OTP", "POST /auth/otp/verify with any code but 123456."),
    ("INVALID_PHONE", "POST /auth/otp/trigger with the phone 1234567890."),
    ("INVALID_STATE", "POST /auth/step-up before a PIN was set."),
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
    ("NOT_ELIGIBLE", "POST /insurance/calculate-premium with a child born 30 years ago."),
    ("NUMBER_OF_DAYS_OUT_OF_RANGE", "GET /wallet/{wallet_id}/transactions/history/366."),
    ("ORDER_ALREADY_USED", "Pay a top-up, then POST /insurance/purchase with its order."),
    ("ORDER_NOT_FOUND", "GET /payments/orders/NOSUCHORDER."),
    ("ORDER_NOT_PAID", "POST /insurance/purchase with an order that nobody has paid."),
    ("PAYLOAD_TOO_LARGE", "POST /auth/otp/trigger with a body of 300 KiB."),
    ("PLAN_NOT_FOUND", "GET /insurance/plans/ with the id of no plan."),
    (
        "POLICY_ALREADY_EXISTS",
        "Buy a policy, then POST /payments/session with another quote for the same plan.",
    ),
    ("POLICY_NOT_FOUND", "GET /insurance/policies/ with the id of nobody's policy."),
    (
        "QUOTE_EXPIRED",
        "Ask for a price, PATCH /user/profile with another gender, then POST /payments/session with the quote.",
    ),
    ("RATE_LIMIT_EXCEEDED", "POST /auth/otp/trigger twice for one phone within 30 seconds."),
    (
        "REQUEST_IN_PROGRESS",
        "Add a `delay` fault for `POST /session`, and POST /payments/session twice at once under one key.",
    ),
    ("SERVICE_UNAVAILABLE", "GET /health/ready while the sandbox's PostgreSQL is stopped."),
    ("SESSION_NOT_FOUND", "DELETE /auth/sessions/ with the id of nobody's session."),
    ("STEP_UP_REQUIRED", "Set a PIN and a birth date, then PUT /auth/pin again without the birth date."),
    ("TOO_MANY_DEPENDANTS", "POST /insurance/calculate-premium with two spouses."),
    ("TOO_MANY_OTP_ATTEMPTS", "POST /auth/otp/verify with a wrong code five times, then with any."),
    ("UNSUPPORTED_MEDIA_TYPE", "POST /auth/otp/trigger as text/plain."),
    ("VALIDATION_ERROR", "POST /auth/otp/trigger with a field that is not one of the request's."),
    ("WALLET_NOT_FOUND", "GET /wallet/wlm_nobodys/balance."),
];

/// Codes that no request brings about, and why: `X-Sandbox-Error` alone shows them.
pub const FORCED: &[Way] = &[
    ("ACCOUNT_DEACTIVATED", "No route deactivates an account."),
    ("CONSENT_REQUIRED", "No route needs a consent."),
    ("INTERNAL_ERROR", "No fault of ours can be brought about on purpose."),
    ("PURPOSE_NOT_ALLOWED", "No route lets the payer choose what wallet money is spent on."),
    ("USER_NOT_FOUND", "No route removes a person whose token is still good."),
];
