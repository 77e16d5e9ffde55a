//! The magic values: phones and amounts that make a partner behave in a chosen way, in one table.

use serde::{Serialize, Serializer, ser::SerializeStruct};

use crate::{inbox::last_ten_digits, rupees};

/// What a magic amount makes Juspay do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaymentMagic {
    /// `/session` answers 500.
    SessionFails,
    /// `/session` answers 429.
    SessionThrottled,
    /// `/session` creates the order and answers broken JSON.
    SessionMalformed,
    /// `/session` creates the order and answers after the caller has given up.
    SessionSlow,
    /// `/session` creates the order; the first time, the connection closes without an answer.
    SessionDropped,
    /// One rupee less than ordered is charged.
    ChargedAmountDiffers,
    /// Refunds are taken and end FAILURE.
    RefundFails,
    /// Refunds are taken and end MANUAL_REVIEW.
    RefundManualReview,
    /// Every payment is declined by the bank.
    Declined,
    /// The payment stays pending for ten minutes of the clock, then succeeds.
    PendingLong,
    /// The payment succeeds, and no webhook ever tells.
    WebhookNever,
    /// Every webhook comes twice.
    WebhookTwice,
    /// The first try of each webhook carries a wrong password; the next is right.
    WebhookForged,
    /// Webhooks hide their fields behind `FILTERED`.
    WebhookFiltered,
    /// Webhooks write numbers as strings.
    WebhookStrings,
    /// The first three order-status calls answer 500.
    StatusFails,
    /// The bank reports success late, after the link has expired.
    LateSuccess,
    /// The same, and Juspay refunds it by itself.
    LateSuccessRefunded,
    /// The order status tells another currency.
    CurrencyDiffers,
    /// The order status tells another order's number.
    OrderIdDiffers,
    /// The first attempt is declined, the second succeeds.
    FirstAttemptDeclined,
    /// The first refund call is answered 500 without effect.
    RefundErrorsOnce,
    /// The first refund call takes effect, then the connection closes without an answer.
    RefundDropped,
    /// `/session` answers 400.
    SessionRefused,
    /// Refunds stay pending until they are settled by hand.
    RefundStuck,
}

/// What a magic phone makes the carriers of text messages do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmsMagic {
    /// Both carriers refuse the number as invalid.
    RefusedNumber,
    /// Twilio answers 429; ValueFirst delivers.
    TwilioThrottled,
    /// Neither carrier works.
    BothDead,
    /// Accepted, then reported as not delivered; nothing arrives.
    Undelivered,
    /// Twilio says the person opted out; ValueFirst refuses the number.
    OptedOut,
    /// ValueFirst accepts, the operators' filter drops the message and reports 8449; Twilio delivers.
    FilteredByOperator,
    /// Accepted; nothing arrives and no report ever comes.
    Silence,
    /// Arrives eleven minutes late, when a code has expired.
    Late,
    /// Both carriers answer after the caller has given up.
    Slow,
    /// ValueFirst is temporarily unavailable; Twilio delivers.
    ValueFirstDead,
    /// Twilio takes the message and answers after the caller has given up; ValueFirst delivers as well.
    TwilioSlow,
    /// Between ten at night and six in the morning in India it arrives four minutes late.
    LateAtNight,
}

/// What a magic phone makes the wallet's issuer do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WalletMagic {
    /// Every creation ends FAILED.
    CreationFails,
    /// The first two creations end FAILED, the third completes.
    CreationFailsTwice,
    /// The wallet is created, and blocked.
    Blocked,
    /// Every credit is refused because of the issuer's limit.
    CreditRefused,
    /// The first try of each credit is answered 500 without effect.
    CreditErrorsOnce,
    /// The first try of each credit takes effect, then the connection closes without an answer.
    CreditDropped,
    /// The creation takes eight more looks than usual.
    CreationSlow,
}

/// What a magic phone of a policyholder makes the insurer do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyMagic {
    /// Every policy is refused.
    Refused,
    /// A policy is issued only after ten minutes of the clock.
    Slow,
    /// A policy is never decided on.
    Undecided,
    /// The first request to issue takes effect, then the connection closes without an answer.
    Dropped,
    /// The first request to issue is answered 500 without effect.
    ErrorsOnce,
    /// Every request to issue is answered 422.
    Unacceptable,
}

/// What a magic value does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// An amount in rupees, for Juspay.
    Payment(PaymentMagic),
    /// A phone, for the carriers of text messages.
    Sms(SmsMagic),
    /// A phone, for the wallet's issuer.
    Wallet(WalletMagic),
    /// A policyholder's phone, for the insurer.
    Policy(PolicyMagic),
}

/// One line of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MagicValue {
    /// The phone, or the amount in rupees.
    pub value: &'static str,
    /// Which partner looks at it.
    pub partner: &'static str,
    /// What happens.
    pub happens: &'static str,
    /// The error code of our API it leads to, if to any.
    pub code: Option<&'static str>,
    /// What the simulators do.
    pub effect: Effect,
}

impl Serialize for MagicValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let amount = match self.effect {
            Effect::Payment(_) => rupees::parse_text(self.value),
            Effect::Sms(_) | Effect::Wallet(_) | Effect::Policy(_) => None,
        };
        let mut line = serializer.serialize_struct("MagicValue", 5)?;
        line.serialize_field("value", self.value)?;
        line.serialize_field("amount_paise", &amount)?;
        line.serialize_field("partner", self.partner)?;
        line.serialize_field("happens", self.happens)?;
        line.serialize_field("error_code", &self.code)?;
        line.end()
    }
}

const fn amount(
    value: &'static str,
    effect: PaymentMagic,
    happens: &'static str,
    code: Option<&'static str>,
) -> MagicValue {
    MagicValue { value, partner: "juspay", happens, code, effect: Effect::Payment(effect) }
}

const fn sms(
    value: &'static str,
    effect: SmsMagic,
    happens: &'static str,
    code: Option<&'static str>,
) -> MagicValue {
    MagicValue { value, partner: "twilio, valuefirst", happens, code, effect: Effect::Sms(effect) }
}

const fn wallet(
    value: &'static str,
    effect: WalletMagic,
    happens: &'static str,
    code: Option<&'static str>,
) -> MagicValue {
    MagicValue { value, partner: "juspay (wallet issuer)", happens, code, effect: Effect::Wallet(effect) }
}

const fn policy(value: &'static str, effect: PolicyMagic, happens: &'static str) -> MagicValue {
    MagicValue { value, partner: "narayana", happens, code: None, effect: Effect::Policy(effect) }
}

/// The table: every phone and amount with a meaning of its own. Any other behaves like a real one.
#[rustfmt::skip]
pub const MAGIC_VALUES: &[MagicValue] = &[
    amount("1313.01", PaymentMagic::SessionFails, "Juspay answers 500 to /session", Some("TIMEOUT")),
    amount("1313.02", PaymentMagic::SessionThrottled, "Juspay answers 429 to /session", Some("PARTNER_UNAVAILABLE")),
    amount("1313.03", PaymentMagic::SessionMalformed, "/session creates the order, its answer is broken JSON", Some("TIMEOUT")),
    amount("1313.04", PaymentMagic::SessionSlow, "/session creates the order and answers after 60 s", Some("TIMEOUT")),
    amount("1313.05", PaymentMagic::SessionDropped, "/session creates the order, then the connection closes; the next try is answered", Some("TIMEOUT")),
    amount("1313.06", PaymentMagic::ChargedAmountDiffers, "₹1 less than ordered is charged: nothing is credited, an operator is called", None),
    amount("1313.07", PaymentMagic::RefundFails, "payment succeeds; a refund ends FAILURE", None),
    amount("1313.08", PaymentMagic::RefundManualReview, "payment succeeds; a refund ends MANUAL_REVIEW", None),
    amount("1313.09", PaymentMagic::Declined, "the bank declines every \"Pay by UPI\"", None),
    amount("1313.10", PaymentMagic::PendingLong, "\"Pay by UPI\" stays pending for 10 min of the clock, then succeeds", None),
    amount("1313.11", PaymentMagic::WebhookNever, "payment succeeds, no webhook comes; reconciliation finds it", None),
    amount("1313.12", PaymentMagic::WebhookTwice, "every webhook comes twice; credited once", None),
    amount("1313.13", PaymentMagic::WebhookForged, "the first try of each webhook has a wrong password, which the webhook endpoint refuses", Some("INVALID_SIGNATURE")),
    amount("1313.14", PaymentMagic::WebhookFiltered, "webhooks hide fields behind \"FILTERED\"", None),
    amount("1313.15", PaymentMagic::WebhookStrings, "webhooks write numbers and flags as strings", None),
    amount("1313.16", PaymentMagic::StatusFails, "the first three order-status calls answer 500, then it works", None),
    amount("1313.17", PaymentMagic::LateSuccess, "\"Pay by UPI\" succeeds only after the link has expired (move the clock by 20 min)", None),
    amount("1313.18", PaymentMagic::CurrencyDiffers, "the order status tells USD: nothing is credited, an operator is called", None),
    amount("1313.19", PaymentMagic::OrderIdDiffers, "the order status tells another order's number: nothing is credited, an operator is called", None),
    amount("1313.20", PaymentMagic::FirstAttemptDeclined, "the first \"Pay by UPI\" is declined, the second succeeds", None),
    amount("1313.21", PaymentMagic::RefundErrorsOnce, "payment succeeds; the first refund call answers 500, the next works", None),
    amount("1313.22", PaymentMagic::RefundDropped, "payment succeeds; the first refund call takes effect but its answer is lost", None),
    amount("1313.23", PaymentMagic::SessionRefused, "Juspay answers 400 to /session", Some("PARTNER_ERROR")),
    amount("1313.24", PaymentMagic::RefundStuck, "payment succeeds; a refund stays PENDING until settled by the control plane", None),
    amount("1313.25", PaymentMagic::LateSuccessRefunded, "\"Pay by UPI\" succeeds only after the link has expired, and Juspay refunds it by itself: nothing is credited", None),
    sms("+919000000001", SmsMagic::RefusedNumber, "both carriers refuse the number (Twilio 21211, ValueFirst 28682)", Some("PARTNER_ERROR")),
    sms("+919000000002", SmsMagic::TwilioThrottled, "Twilio answers 429; ValueFirst delivers", None),
    sms("+919000000003", SmsMagic::BothDead, "Twilio answers 503, ValueFirst 65280", Some("PARTNER_UNAVAILABLE")),
    sms("+919000000004", SmsMagic::Undelivered, "accepted, then undelivered (Twilio 30003, ValueFirst 8449); nothing arrives", None),
    sms("+919000000005", SmsMagic::OptedOut, "the person opted out (Twilio 21610, ValueFirst 28682)", Some("PARTNER_ERROR")),
    sms("+919000000006", SmsMagic::FilteredByOperator, "ValueFirst accepts, the DLT filter drops it (8449); Twilio delivers", None),
    sms("+919000000007", SmsMagic::Silence, "accepted; nothing arrives and no report comes", None),
    sms("+919000000008", SmsMagic::Late, "arrives 11 min late by the clock, when the code has expired", Some("OTP_EXPIRED")),
    sms("+919000000009", SmsMagic::Slow, "both carriers answer after 60 s", Some("TIMEOUT")),
    sms("+919000000010", SmsMagic::ValueFirstDead, "ValueFirst answers 65280; Twilio delivers", None),
    sms("+919000000018", SmsMagic::TwilioSlow, "Twilio answers after 60 s; ValueFirst delivers", None),
    sms("+919000000019", SmsMagic::LateAtNight, "from 22:00 to 6:00 in India by the clock it arrives 4 min late", None),
    wallet("+919000000011", WalletMagic::CreationFails, "every creation ends FAILED; the wallet ends FAILED after the fifth try", Some("WALLET_NOT_READY")),
    wallet("+919000000012", WalletMagic::CreationFailsTwice, "creation fails twice, then completes", None),
    wallet("+919000000013", WalletMagic::Blocked, "the wallet is created BLOCKED; credits answer ppi.wallet.blocked", None),
    wallet("+919000000014", WalletMagic::CreditRefused, "every credit answers ppi.balance.limit.exceeded", None),
    wallet("+919000000015", WalletMagic::CreditErrorsOnce, "the first try of each credit answers 500 without effect, the next works", None),
    wallet("+919000000016", WalletMagic::CreditDropped, "the first try of each credit takes effect but its answer is lost", None),
    wallet("+919000000017", WalletMagic::CreationSlow, "creation takes eight more looks", Some("WALLET_NOT_READY")),
    policy("+919000000031", PolicyMagic::Refused, "the insurer refuses every policy: the premium goes back"),
    policy("+919000000032", PolicyMagic::Slow, "a policy is issued only after 10 min of the clock"),
    policy("+919000000033", PolicyMagic::Undecided, "the insurer never decides: after 24 h of the clock the policy is withdrawn and the premium goes back"),
    policy("+919000000034", PolicyMagic::Dropped, "the first request to issue takes effect but its answer is lost: one policy all the same"),
    policy("+919000000035", PolicyMagic::ErrorsOnce, "the first request to issue answers 500 without effect, the next works"),
    policy("+919000000036", PolicyMagic::Unacceptable, "the insurer answers 422 to every request to issue: the premium goes back"),
];

/// The table as Markdown, for documents.
#[must_use]
pub fn magic_table() -> String {
    let mut table = "| Value | Partner | What happens | Error code |\n|---|---|---|---|\n".to_owned();
    for line in MAGIC_VALUES {
        let value = match line.effect {
            Effect::Payment(_) => format!("₹{}", line.value),
            Effect::Sms(_) | Effect::Wallet(_) | Effect::Policy(_) => line.value.to_owned(),
        };
        let code = line.code.map_or_else(String::new, |code| format!("`{code}`"));
        let cells = [value.as_str(), line.partner, line.happens, code.as_str()];
        table.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    table
}

/// What an amount makes Juspay do.
#[must_use]
pub(crate) fn payment(paise: i64) -> Option<PaymentMagic> {
    MAGIC_VALUES.iter().find_map(|line| match line.effect {
        Effect::Payment(magic) if rupees::parse_text(line.value) == Some(paise) => Some(magic),
        Effect::Payment(_) | Effect::Sms(_) | Effect::Wallet(_) | Effect::Policy(_) => None,
    })
}

/// What a phone makes the carriers do.
#[must_use]
pub(crate) fn carriers(phone: &str) -> Option<SmsMagic> {
    MAGIC_VALUES.iter().find_map(|line| match line.effect {
        Effect::Sms(magic) if same_phone(line.value, phone) => Some(magic),
        Effect::Payment(_) | Effect::Sms(_) | Effect::Wallet(_) | Effect::Policy(_) => None,
    })
}

/// What a phone makes the wallet's issuer do.
#[must_use]
pub(crate) fn issuer(phone: &str) -> Option<WalletMagic> {
    MAGIC_VALUES.iter().find_map(|line| match line.effect {
        Effect::Wallet(magic) if same_phone(line.value, phone) => Some(magic),
        Effect::Payment(_) | Effect::Sms(_) | Effect::Wallet(_) | Effect::Policy(_) => None,
    })
}

/// What a policyholder's phone makes the insurer do.
#[must_use]
pub(crate) fn insurer(phone: &str) -> Option<PolicyMagic> {
    MAGIC_VALUES.iter().find_map(|line| match line.effect {
        Effect::Policy(magic) if same_phone(line.value, phone) => Some(magic),
        Effect::Payment(_) | Effect::Sms(_) | Effect::Wallet(_) | Effect::Policy(_) => None,
    })
}

fn same_phone(magic: &str, phone: &str) -> bool {
    last_ten_digits(magic) == last_ten_digits(phone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_means_two_things() {
        for (index, line) in MAGIC_VALUES.iter().enumerate() {
            for other in MAGIC_VALUES.iter().skip(index + 1) {
                assert_ne!(line.value, other.value);
                assert_ne!(line.effect, other.effect, "{} and {}", line.value, other.value);
            }
        }
    }

    #[test]
    fn values_are_found_in_every_spelling() {
        assert_eq!(payment(131_301), Some(PaymentMagic::SessionFails));
        assert_eq!(payment(131_300), None);
        assert_eq!(carriers("919000000003"), Some(SmsMagic::BothDead));
        assert_eq!(carriers("+919876543210"), None);
        assert_eq!(issuer("9000000011"), Some(WalletMagic::CreationFails));
        assert_eq!(issuer("+919000000001"), None);
    }

    #[test]
    fn the_front_page_holds_the_table() {
        let front_page = include_str!("../README.md");
        assert!(front_page.contains(&magic_table()), "put this into README.md:\n{}", magic_table());
    }

    #[test]
    fn a_line_is_served_with_its_amount_in_paise() {
        let served = serde_json::to_value(MAGIC_VALUES[0]).unwrap();
        assert_eq!(served["amount_paise"], 131_301);
        assert_eq!(served["error_code"], "TIMEOUT");
    }
}
