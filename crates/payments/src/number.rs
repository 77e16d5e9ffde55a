//! The numbers partners know our orders and refunds by: derived, so that a retry can only name the same one.

use kernel::{Detail, Entry, Fault, OrderRef, UserId, catalogue};
use sha2::{Digest as _, Sha256};

/// Most characters of an idempotency key.
const KEY_MAX: usize = 64;

/// Characters of a number: the most Juspay takes ("< 21").
const NUMBER_LENGTH: usize = 20;

/// Crockford's base 32: letters and digits of which no two look alike, so a number can be read out.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// What a client calls its wish to pay, so that asking again asks for the same order.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdempotencyKey(String);

/// The key is missing, too long or not printable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an idempotency key is 1–64 printable ASCII characters")]
pub struct KeyError;

impl Fault for KeyError {
    fn entry(&self) -> Entry {
        catalogue::VALIDATION_ERROR
    }

    fn details(&self) -> Vec<(&'static str, Detail)> {
        vec![("field", "Idempotency-Key".into()), ("constraint", "1–64 printable ASCII characters".into())]
    }
}

impl IdempotencyKey {
    /// Reads a key as the client sent it.
    ///
    /// # Errors
    /// When it is not 1–64 printable ASCII characters.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let printable = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        if printable && (1..=KEY_MAX).contains(&text.len()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(KeyError)
        }
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The number of the order that `user_id` opens under `key`: always the same, 100 bits, nobody else's.
#[must_use]
pub fn order_number(user_id: UserId, key: &IdempotencyKey) -> OrderRef {
    let number = number(&[b"order", user_id.uuid().as_bytes(), key.0.as_bytes()]);
    // Twenty characters of the alphabet are always an order's number; the fall-back is never reached.
    OrderRef::parse(&number).unwrap_or_else(|| unreachable!("derived numbers are alphanumeric"))
}

/// The number of a refund as the partner knows it: at most 20 letters and digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RefundId(String);

impl RefundId {
    /// The number of the `sequence`-th try to refund `order_id`.
    #[must_use]
    pub fn derive(order_id: &OrderRef, sequence: u16) -> Self {
        Self(number(&[b"refund", order_id.as_str().as_bytes(), &sequence.to_be_bytes()]))
    }

    /// Types a number that was derived before, as a table keeps it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        OrderRef::parse(text).map(|number| Self(number.as_str().to_owned()))
    }

    /// The number as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for RefundId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The first 100 bits of SHA-256 over the parts, each preceded by its length so that no two lists collide.
fn number(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part);
    }
    let digest: [u8; 32] = hash.finalize().into();
    let bits = digest.iter().flat_map(|byte| (0..8).rev().map(move |bit| usize::from(byte >> bit & 1)));
    let bits: Vec<usize> = bits.take(NUMBER_LENGTH.saturating_mul(5)).collect();
    bits.chunks(5)
        .filter_map(|five| ALPHABET.get(five.iter().fold(0, |sum, bit| sum << 1 | bit)))
        .map(|letter| char::from(*letter))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn key(text: &str) -> IdempotencyKey {
        IdempotencyKey::parse(text).unwrap()
    }

    #[test]
    fn keys_are_short_and_printable() {
        assert_eq!(IdempotencyKey::parse("a b~").unwrap().as_str(), "a b~");
        for wrong in ["", "\n", "é", &"x".repeat(65)] {
            assert_eq!(IdempotencyKey::parse(wrong), Err(KeyError), "{wrong}");
        }
    }

    #[test]
    fn the_same_wish_has_the_same_number_and_others_do_not() {
        let [asha, ravi] = [1, 2].map(|n| UserId::new(Uuid::from_u128(n)));
        assert_eq!(order_number(asha, &key("k")), order_number(asha, &key("k")));
        assert_ne!(order_number(asha, &key("k")), order_number(ravi, &key("k")));
        assert_ne!(order_number(asha, &key("k")), order_number(asha, &key("l")));
        // Written down once: a change of the derivation would give retries of old orders a new number.
        assert_eq!(order_number(asha, &key("k")).as_str(), "MQJPT2VHZJVZB1Z7XYRP");
    }

    #[test]
    fn each_try_to_refund_has_its_own_number() {
        let order = OrderRef::parse("AAR1").unwrap();
        assert_eq!(RefundId::derive(&order, 1), RefundId::derive(&order, 1));
        assert_ne!(RefundId::derive(&order, 1), RefundId::derive(&order, 2));
        assert_eq!(RefundId::parse(RefundId::derive(&order, 1).as_str()), Some(RefundId::derive(&order, 1)));
    }

    proptest! {
        #[test]
        fn every_number_is_one_partners_take(user in any::<u128>(), text in "[ -~]{1,64}", n in any::<u16>()) {
            let order = order_number(UserId::new(Uuid::from_u128(user)), &key(&text));
            prop_assert_eq!(order.as_str().len(), NUMBER_LENGTH);
            prop_assert_eq!(RefundId::derive(&order, n).as_str().len(), NUMBER_LENGTH);
        }
    }
}
