//! Every variable the program reads, as data: the operations guide and a snapshot are made of it.

/// One variable of the environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variable {
    /// Its name; a secret may instead be named by the same name with `_FILE`.
    pub name: &'static str,
    /// Its default; `None` if it must be set, empty if its absence switches something off.
    pub default: Option<&'static str>,
    /// What it means, with units.
    pub meaning: &'static str,
}

const fn required(name: &'static str, meaning: &'static str) -> Variable {
    Variable { name, default: None, meaning }
}

const fn default(name: &'static str, default: &'static str, meaning: &'static str) -> Variable {
    Variable { name, default: Some(default), meaning }
}

/// All of them, in the order of the guide.
pub const VARIABLES: &[Variable] = &[
    default("AAROKYA_ENV", "production", "`production`, or `sandbox` (set by the command of that name)"),
    default("AAROKYA_LISTEN", "0.0.0.0:8080", "address and port of the API"),
    default("AAROKYA_METRICS_LISTEN", "127.0.0.1:9464", "address and port of the metrics"),
    default("AAROKYA_LOG", "info", "which log lines are written, as a tracing filter"),
    default(
        "AAROKYA_CONNECTIONS_MAX",
        "2048",
        "connections to the API at a time; below the files a process may open",
    ),
    default(
        "AAROKYA_CONNECTION_IDLE_SECONDS",
        "65",
        "how long a connection may wait for a request; longer than a load balancer before it keeps one idle",
    ),
    default("AAROKYA_TRUSTED_PROXIES", "0", "how many proxies of ours stand before the program"),
    default("AAROKYA_CORS_ORIGINS", "", "origins of browsers that may call, separated by commas"),
    default("OTEL_EXPORTER_OTLP_ENDPOINT", "", "collector of traces over OTLP/HTTP"),
    required(
        "DATABASE_URL",
        "PostgreSQL 15 or newer, as a login that is a member of `aarokya_app`; the sandbox starts its own without",
    ),
    default("DATABASE_OWNER_URL", "", "the same database as the role that owns the schema, for `migrate`"),
    default("DATABASE_DIRECT_URL", "", "the server itself, when DATABASE_URL is a transaction pooler"),
    default(
        "DATABASE_POOLER",
        "",
        "`transaction` when DATABASE_URL is a transaction pooler that looks after prepared statements",
    ),
    default(
        "DATABASE_REPLICA_URL",
        "",
        "a streaming replica, as the same login: older pages of histories and past statements are read there",
    ),
    default("DATABASE_POOL_MAX", "16", "the most connections of the API; about 8 per core of the server"),
    default("AAROKYA_WORKER_CONCURRENCY", "4", "how many jobs run at a time"),
    default("AAROKYA_SESSION_IDLE_DAYS", "14", "after so many days without use a session ends; at most 30"),
    default("AAROKYA_OTP_HASH_KIB", "1024", "memory of a one-time code's Argon2id hash, in KiB"),
    default("AAROKYA_OTP_HASH_PASSES", "1", "passes of a one-time code's Argon2id hash"),
    default(
        "WALLET_SMALL_BALANCE_MAX_PAISE",
        "1000000",
        "the most a wallet with minimum KYC holds, in paise",
    ),
    default(
        "WALLET_SMALL_LOAD_PER_MONTH_MAX_PAISE",
        "1000000",
        "the most a wallet with minimum KYC takes in within a calendar month in India, in paise",
    ),
    default("WALLET_FULL_BALANCE_MAX_PAISE", "20000000", "the most a wallet with full KYC holds, in paise"),
    required(
        "AAROKYA_JWT_KEYS",
        "keys of access tokens, `id:base64` each, 32 bytes or more; the first signs, the second is only known",
    ),
    required(
        "AAROKYA_OTP_PEPPERS",
        "peppers of one-time codes, `number:base64`; the highest is used, but for those marked `+number`, which are \
         only known",
    ),
    required("AAROKYA_PIN_PEPPERS", "peppers of PINs, used and marked in the same way"),
    required(
        "AAROKYA_MASTER_KEYS",
        "master keys of personal columns, 32 bytes each, used and marked in the same way",
    ),
    required("AAROKYA_INDEX_KEY", "key of the look-up hashes, base64, 32 bytes or more; never changes"),
    required("AAROKYA_DEVICE_KEY", "key under which devices are remembered, base64, 32 bytes or more"),
    required("AAROKYA_AUDIT_KEYS", "keys that seal the audit log, used and marked in the same way"),
    required("JUSPAY_BASE_URL", "https address of Juspay's API"),
    required("JUSPAY_MERCHANT_ID", "our merchant id"),
    required("JUSPAY_API_KEY", "our API key"),
    required("JUSPAY_CLIENT_ID", "our payment page's client id"),
    required("JUSPAY_RETURN_URL", "https address the payer is sent back to"),
    required("JUSPAY_RESPONSE_KEY", "key of the return URL's signature"),
    required("JUSPAY_FALLBACK_EMAIL", "e-mail address given for a payer who has none"),
    required("JUSPAY_WEBHOOK_USERNAME", "user name of Juspay's webhooks"),
    required("JUSPAY_WEBHOOK_PASSWORD", "password of Juspay's webhooks"),
    required("JUSPAY_PPI_PROGRAM_ID", "programme of the prepaid wallets"),
    default("SMS_PROVIDERS", "twilio,valuefirst", "providers of text messages, first choice first"),
    required("SMS_SENDER", "the registered six-letter header"),
    required("SMS_OTP_TEMPLATE_ID", "the registered template's id"),
    default(
        "SMS_OTP_TEMPLATE",
        "{#var#} is your Aarokya code. Do not share it.\\n{#var#}\\n\\n@aarokya.example #{#var#}",
        "the registered text of one-time codes, to the letter, line breaks as `\\n`",
    ),
    default("SMS_ANDROID_APP_HASH", "FA+9qCX9VSu", "the Android app's eleven-character hash"),
    required("SMS_REUSE_TEMPLATE_ID", "the registered id of the text about a session that was ended"),
    default(
        "SMS_REUSE_TEMPLATE",
        "Aarokya signed one of your devices out, since its sign-in was used a second time. If that was not you, sign \
         in and end your other devices.",
        "the registered text for whoever's refresh token came back, to the letter",
    ),
    default("SMS_PRICE_PAISE", "20", "what one message costs, in paise"),
    default("SMS_DAILY_BUDGET_PAISE", "400000", "the most that one-time codes may cost a day, in paise"),
    default("TWILIO_BASE_URL", "https://api.twilio.com", "address of Twilio's API"),
    default("TWILIO_ACCOUNT_SID", "", "needed if `twilio` is a provider"),
    default("TWILIO_AUTH_TOKEN", "", "needed if `twilio` is a provider"),
    default("TWILIO_FROM", "", "needed if `twilio` is a provider"),
    default("VALUEFIRST_BASE_URL", "https://api.myvfirst.com", "address of ValueFirst's API"),
    default("VALUEFIRST_USERNAME", "", "needed if `valuefirst` is a provider"),
    default("VALUEFIRST_PASSWORD", "", "needed if `valuefirst` is a provider"),
    required("NARAYANA_BASE_URL", "https address of the insurer's API"),
    required("NARAYANA_CLIENT_ID", "our client id at the insurer"),
    required("NARAYANA_CLIENT_SECRET", "the secret that proves it"),
    default("SANDBOX_ENFORCE_BUDGETS", "false", "sandbox only: count budgets by address and the global ones"),
    default(
        "SANDBOX_CLOCK_AHEAD_SECONDS",
        "0",
        "sandbox only: how wrong this instance's clock goes, in seconds; behind if below zero",
    ),
];
