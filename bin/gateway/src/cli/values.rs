//! Arguments as an operator types them; a wrong one is answered with the rule.

use identity::Role;
use kernel::{OrderRef, Paise, UserId};
use uuid::Uuid;
use wallet::Reference;

pub(super) fn user(text: &str) -> Result<UserId, &'static str> {
    Uuid::try_parse(text).map(UserId::new).map_err(|_| "a person's id is a UUID")
}

pub(super) fn order(text: &str) -> Result<OrderRef, &'static str> {
    OrderRef::parse(text).ok_or("an order's number is 1 to 20 letters and digits")
}

pub(super) fn reference(text: &str) -> Result<Reference, &'static str> {
    Reference::parse(text)
        .map_err(|_| "a reference is 1 to 64 letters, digits, - _ . and :, the first a letter or digit")
}

/// Whole paise, so that nobody sends rupees by mistake of a point.
pub(super) fn amount(text: &str) -> Result<Paise, &'static str> {
    let paise = text.parse().ok().map(Paise::new).filter(|paise| paise.is_positive());
    paise.ok_or("an amount is a whole number of paise above 0: ₹1 is 100")
}

/// [`Role::Patient`] is everybody's: it is neither given nor taken.
pub(super) fn role(text: &str) -> Result<Role, &'static str> {
    let role = Role::from_word(&text.to_ascii_uppercase()).filter(|role| *role != Role::Patient);
    role.ok_or("a role is PRACTITIONER or ADMIN")
}
