//! Juspay's JSON: lenient in form (unknown keys, text for numbers, masked and missing fields), strict in meaning.

use crate::JuspayFault;
use kernel::{OrderRef, Paise};
use outbound::{Loose, read_object};
use payments::{FailureReason, PaymentSeen, RefundSeen, RefundState, Seen};
use serde::Deserialize;

/// The status of an order that Juspay does not know.
const NOT_FOUND: &str = "NOT_FOUND";

/// An order, as the status call and the refund call answer it.
#[derive(Debug, Deserialize)]
pub(crate) struct OrderObject {
    #[serde(default)]
    order_id: Loose,
    #[serde(default)]
    merchant_id: Loose,
    #[serde(default)]
    status: Loose,
    #[serde(default)]
    status_id: Loose,
    #[serde(default)]
    amount: Loose,
    #[serde(default)]
    effective_amount: Loose,
    #[serde(default)]
    currency: Loose,
    #[serde(default)]
    refunded: Loose,
    #[serde(default)]
    amount_refunded: Loose,
    #[serde(default)]
    refunds: Loose,
}

/// A refund within an order.
#[derive(Debug, Deserialize)]
struct RefundObject {
    #[serde(default)]
    unique_request_id: Loose,
    #[serde(default)]
    status: Loose,
    #[serde(default)]
    amount: Loose,
}

/// A refusal.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct ErrorObject {
    #[serde(default)]
    status: Loose,
    #[serde(default)]
    order_id: Loose,
    #[serde(default)]
    error_code: Loose,
    #[serde(default)]
    error_message: Loose,
    #[serde(default)]
    error_info: Loose,
}

#[derive(Debug, Deserialize)]
struct ErrorInfo {
    #[serde(default)]
    code: Loose,
}

impl ErrorObject {
    /// Reads a refusal's body; one that cannot be read says nothing.
    pub(crate) fn read(body: &[u8]) -> Self {
        read_object(body).unwrap_or_default()
    }

    /// Whether Juspay says that it does not know `order_id`. A bare 404 says nothing: it may be a proxy's.
    pub(crate) fn is_unknown_order(&self, order_id: &OrderRef) -> bool {
        let other = self.order_id.text().is_some_and(|other| other != order_id.as_str());
        self.status.text().as_deref() == Some(NOT_FOUND) && !other
    }

    /// The code, be it the old or the new, or the status where it is all Juspay says of an order it does not know.
    /// `None` if this is no refusal of Juspay's: a proxy on the way has bodies of its own, and often a status in them.
    pub(crate) fn code(&self) -> Option<String> {
        let unknown = || self.status.text().filter(|status| status == NOT_FOUND);
        self.error_code.text().or_else(|| self.info_code()).or_else(unknown)
    }

    /// The newer, closed code.
    pub(crate) fn info_code(&self) -> Option<String> {
        self.error_info.object::<ErrorInfo>()?.code.text()
    }

    /// Whether the refusal speaks of the number we gave a refund, rather than of its amount.
    pub(crate) fn speaks_of_request_id(&self) -> bool {
        self.error_message.text().is_some_and(|message| message.contains("unique_request_id"))
    }
}

/// A value as an amount; `Some(None)` if it is there but is none.
fn paise(value: &Loose) -> Option<Option<Paise>> {
    value.rupees().map(|paise| paise.map(Paise::new))
}

impl OrderObject {
    pub(crate) fn read(body: &[u8]) -> Result<Self, JuspayFault> {
        read_object(body).ok_or(JuspayFault::Unusable("an order is not a JSON object"))
    }

    /// Whether this says that there is no such order, as some answers do with HTTP 200.
    pub(crate) fn is_unknown(&self, order_id: &OrderRef) -> bool {
        let other = self.order_id.text().is_some_and(|other| other != order_id.as_str());
        self.status.text().as_deref() == Some(NOT_FOUND) && !other
    }

    /// What this says of the order, for the merchant `ours`.
    pub(crate) fn seen(&self, ours: &str) -> Result<Seen, JuspayFault> {
        let order_id = self.order_id.text().and_then(|number| OrderRef::parse(&number));
        let payment = payment(self.status.text().as_deref(), self.status_id.text().as_deref())?;
        let refunds = self.refunds()?;
        Ok(Seen {
            order_id: order_id.ok_or(JuspayFault::Unusable("an order has no number"))?,
            merchant_is_ours: self.merchant_id.text().is_none_or(|merchant| merchant == ours),
            amount: self.amount(),
            currency: self.currency.text(),
            refunded: self.refunded(&payment, &refunds)?,
            payment,
            refunds,
        })
    }

    /// What was charged, or is to be: the effective amount where one is given, since it is what moved.
    fn amount(&self) -> Option<Paise> {
        paise(&self.effective_amount).or_else(|| paise(&self.amount)).flatten()
    }

    fn refunds(&self) -> Result<Vec<RefundSeen>, JuspayFault> {
        let listed = self.refunds.list().unwrap_or_default();
        let unusable = || JuspayFault::Unusable("a refund is not a JSON object");
        listed.iter().map(|one| one.object::<RefundObject>().ok_or_else(unusable)?.seen()).collect()
    }

    /// How much went back: the most that any of the three places tells. Of a charged order at least one of
    /// them must tell, since silence must not pass for "nothing went back".
    fn refunded(&self, payment: &PaymentSeen, refunds: &[RefundSeen]) -> Result<Paise, JuspayFault> {
        let unusable = JuspayFault::Unusable("how much of an order went back cannot be read");
        let total = match paise(&self.amount_refunded) {
            Some(None) => return Err(unusable),
            Some(total) => total,
            None => None,
        };
        let listed = refunds
            .iter()
            .filter(|refund| refund.state.counts())
            .try_fold(Paise::ZERO, |sum, refund| sum.checked_add(refund.amount))
            .ok_or(JuspayFault::Unusable("refunds add up to no amount"))?;
        let whole = self.refunded.truth();
        let all = if whole == Some(true) { self.amount() } else { None };
        let silent = total.is_none() && whole.is_none() && self.refunds.is_absent();
        if silent && *payment == PaymentSeen::Charged {
            return Err(unusable);
        }
        Ok(listed.max(total.unwrap_or(Paise::ZERO)).max(all.unwrap_or(Paise::ZERO)))
    }
}

impl RefundObject {
    fn seen(&self) -> Result<RefundSeen, JuspayFault> {
        let unusable = JuspayFault::Unusable("a refund cannot be read");
        let (Some(refund_id), Some(Some(amount))) = (self.unique_request_id.text(), paise(&self.amount))
        else {
            return Err(unusable);
        };
        let state = self.status.text().and_then(|word| RefundState::from_word(&word)).ok_or(unusable)?;
        Ok(RefundSeen { refund_id, amount, state })
    }
}

/// What each status means, with the ids it goes by.
const STATUSES: &[(&str, &[&str], PaymentSeen)] = &[
    ("CREATED", &["1"], PaymentSeen::NotStarted),
    ("NEW", &["10"], PaymentSeen::NotStarted),
    ("STARTED", &["20"], PaymentSeen::InProgress),
    ("CHARGED", &["21"], PaymentSeen::Charged),
    ("JUSPAY_DECLINED", &["22"], PaymentSeen::AttemptFailed(FailureReason::Declined)),
    ("PENDING_VBV", &["23"], PaymentSeen::InProgress),
    ("VBV_SUCCESSFUL", &["24"], PaymentSeen::InProgress),
    // We never ask for a hold: whatever belongs to one is for an operator.
    ("AUTHORIZED", &["25", "30"], PaymentSeen::Unusual),
    ("AUTHENTICATION_FAILED", &["26"], PaymentSeen::AttemptFailed(FailureReason::AuthenticationFailed)),
    ("AUTHORIZATION_FAILED", &["27"], PaymentSeen::AttemptFailed(FailureReason::AuthorizationFailed)),
    ("AUTHORIZING", &["28"], PaymentSeen::InProgress),
    ("COD_INITIATED", &["29"], PaymentSeen::Unusual),
    ("VOIDED", &["31"], PaymentSeen::Unusual),
    ("VOID_INITIATED", &["32"], PaymentSeen::Unusual),
    ("CAPTURE_INITIATED", &["33"], PaymentSeen::Unusual),
    ("CAPTURE_FAILED", &["34"], PaymentSeen::Unusual),
    ("VOID_FAILED", &["35"], PaymentSeen::Unusual),
    ("AUTO_REFUNDED", &["36"], PaymentSeen::AutoRefunded),
    // Named in clients' code only, without ids.
    ("FAILURE", &[], PaymentSeen::AttemptFailed(FailureReason::Declined)),
    ("CANCELLED", &[], PaymentSeen::AttemptFailed(FailureReason::AuthenticationFailed)),
];

/// What a status means. Word and id must not contradict each other; a word we do not know is unusual.
fn payment(word: Option<&str>, id: Option<&str>) -> Result<PaymentSeen, JuspayFault> {
    let word = word.ok_or(JuspayFault::Unusable("an order has no status"))?;
    if word == "ERROR" {
        return Err(JuspayFault::Unusable("an error instead of an order"));
    }
    let known = STATUSES.iter().find(|(known, _, _)| *known == word);
    let named = id.and_then(|id| STATUSES.iter().find(|(_, ids, _)| ids.contains(&id)));
    match (known, named) {
        (Some((known, _, _)), Some((named, _, _))) if known != named => {
            Err(JuspayFault::Unusable("an order's status and its id contradict each other"))
        }
        (Some((_, _, payment)), _) => Ok(payment.clone()),
        (None, Some(_)) => Err(JuspayFault::Unusable("an order's status and its id contradict each other")),
        (None, None) => Ok(PaymentSeen::Unusual),
    }
}

#[cfg(test)]
mod tests;
