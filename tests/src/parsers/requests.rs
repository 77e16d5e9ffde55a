//! Bodies and queries: each is read strictly, and what is refused is told without being repeated.

use super::{is_discreet, is_framed, text};
use gateway::reading;
use kernel::{Cursor, OrderRef, Paise};
use payments::{IdempotencyKey, Purchase, TOPUP_MAX, TOPUP_MIN};
use processes::Wish;
use serde_json::Value;
use time::Duration;
use wallet::{Days, Reference, WalletId};

/// Every JSON body: what is taken is an object, and what is refused is refused discreetly.
pub(super) fn body(input: &[u8]) {
    for (route, read) in reading::BODIES {
        match read(input) {
            Ok(()) => assert!(is_framed(input), "{route} took what is no object"),
            Err(error) => is_discreet(&error),
        }
    }
}

/// Money: a purchase is for the very whole number that was written, within bounds; sums are exact or nothing.
pub(super) fn money(input: &[u8]) {
    match reading::wish(input) {
        Ok(Wish::TopUp(amount)) => {
            let value: Value = serde_json::from_slice(input).expect("what is taken is JSON");
            assert_eq!(value["amount"].as_i64(), Some(amount.get()), "{value}");
            assert!(value["amount"].is_i64(), "{value}");
            match Purchase::wallet_topup(amount.get()) {
                Ok(purchase) => assert_eq!(purchase.amount(), amount),
                Err(_) => assert!(!(TOPUP_MIN..=TOPUP_MAX).contains(&amount), "{amount}"),
            }
        }
        Ok(Wish::Policy { .. }) => {
            let value: Value = serde_json::from_slice(input).expect("what is taken is JSON");
            assert!(value["amount"].is_null(), "{value}");
        }
        Err(error) => is_discreet(&error),
    }
    let mut amounts = input.chunks_exact(8).filter_map(|bytes| bytes.try_into().ok().map(i64::from_be_bytes));
    if let (Some(one), Some(other)) = (amounts.next(), amounts.next()) {
        arithmetic(one, other);
    }
}

fn arithmetic(one: i64, other: i64) {
    let (a, b) = (Paise::new(one), Paise::new(other));
    let exact = |wide: i128| i64::try_from(wide).ok().map(Paise::new);
    assert_eq!(a.checked_add(b), exact(i128::from(one) + i128::from(other)));
    assert_eq!(a.checked_sub(b), exact(i128::from(one) - i128::from(other)));
    assert_eq!(a.checked_neg(), exact(-i128::from(one)));
    let shown = a.to_string();
    let digits: String = shown.chars().filter(char::is_ascii_digit).collect();
    assert_eq!(digits.parse().ok(), Some(one.unsigned_abs()), "{shown}");
    assert_eq!(shown.starts_with('-'), one < 0, "{shown}");
}

/// Queries and the parts of paths: pages, periods, ids.
pub(super) fn query(input: &[u8]) {
    let Some(text) = text(input) else { return };
    match reading::page(text) {
        Ok((limit, cursor)) => {
            assert!((1..=100).contains(&limit.rows()));
            if let Some(cursor) = cursor {
                let written = cursor.to_string();
                assert_eq!(Cursor::parse(&written), Ok(cursor));
                assert!(written.len() == 32 && written.bytes().all(|byte| byte.is_ascii_alphanumeric()));
            }
        }
        Err(error) => is_discreet(&error),
    }
    match reading::period(text) {
        Ok(period) => {
            let length = period.ends_at() - period.begins_at();
            assert!(length >= Duration::days(1) && length <= Duration::days(366), "{length}");
        }
        Err(error) => is_discreet(&error),
    }
    identifiers(text);
}

fn identifiers(text: &str) {
    let bounded = |id: &str, bytes_max: usize| {
        assert_eq!(id, text, "an id is taken as it is written");
        assert!((1..=bytes_max).contains(&id.len()) && id.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
    };
    if let Some(order) = OrderRef::parse(text) {
        bounded(order.as_str(), 20);
    }
    if let Ok(wallet) = WalletId::parse(text) {
        bounded(wallet.as_str(), 64);
    }
    if let Ok(reference) = Reference::parse(text) {
        bounded(reference.as_str(), 128);
    }
    if let Ok(key) = IdempotencyKey::parse(text) {
        bounded(key.as_str(), 64);
    }
    if let Ok(days) = text.parse().map_err(drop).and_then(|days| Days::parse(days).map_err(drop)) {
        let now = crate::START;
        assert!(days.since(now) < now, "{days:?}");
    }
}
