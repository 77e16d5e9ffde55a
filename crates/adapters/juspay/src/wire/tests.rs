//! Forms that are let pass, and meanings that are not.

use super::*;
use std::collections::BTreeSet;

fn seen(json: &str) -> Result<Seen, JuspayFault> {
    OrderObject::read(json.as_bytes())?.seen("m")
}

fn charged(rest: &str) -> Result<Seen, JuspayFault> {
    seen(&format!(
        r#"{{"order_id":"AAR1","merchant_id":"m","status":"CHARGED","status_id":21,"currency":"INR",{rest}}}"#
    ))
}

#[test]
fn numbers_may_be_text_and_keys_unknown() {
    let plain = charged(r#""amount":250,"amount_refunded":0,"refunds":[]"#).unwrap();
    let text = seen(
        r#"{"order_id":"AAR1","merchant_id":"m","status":"CHARGED","status_id":"21","currency":"INR",
            "amount":"250.00","effective_amount":250.0,"amount_refunded":"0","refunded":"false",
            "refunds":null,"udf1":"FILTERED","maximum_eligible_refund_amount":"FILTERED","new_key":{"a":[1]}}"#,
    )
    .unwrap();
    assert_eq!(plain, text);
    assert_eq!(plain.amount, Some(Paise::new(25_000)));
}

#[test]
fn an_amount_is_exact_or_none() {
    for (amount, expected) in [
        ("1551.5", Some(155_150)),
        ("\"1551.50\"", Some(155_150)),
        ("0.1", Some(10)),
        ("100.1532", None),
        ("1e3", None),
        ("-1", None),
        ("\"FILTERED\"", None),
        ("null", None),
        ("{}", None),
    ] {
        let seen = charged(&format!(r#""amount":{amount},"amount_refunded":0"#)).unwrap();
        assert_eq!(seen.amount, expected.map(Paise::new), "{amount}");
    }
    let discounted = charged(r#""amount":250,"effective_amount":249.99,"amount_refunded":0"#).unwrap();
    assert_eq!(discounted.amount, Some(Paise::new(24_999)), "what moved counts");
}

#[test]
fn what_went_back_is_the_most_that_is_told_and_never_silence() {
    let refund = |status: &str| {
        format!(r#"[{{"unique_request_id":"R1","status":"{status}","amount":100,"initiated_by":"API"}}]"#)
    };
    for (rest, expected) in [
        (r#""amount_refunded":0"#.to_owned(), 0),
        (r#""amount_refunded":"1551""#.to_owned(), 155_100),
        (format!(r#""amount_refunded":0,"refunds":{}"#, refund("PENDING")), 10_000),
        (format!(r#""amount_refunded":0,"refunds":{}"#, refund("FAILURE")), 0),
        (format!(r#""refunds":{}"#, refund("SUCCESS")), 10_000),
        (r#""refunded":"true""#.to_owned(), 25_000),
        (r#""refunded":false"#.to_owned(), 0),
    ] {
        let seen = charged(&format!(r#""amount":250,{rest}"#)).unwrap();
        assert_eq!(seen.refunded, Paise::new(expected), "{rest}");
    }
    for rest in [
        r#""amount":250"#.to_owned(),
        r#""amount":250,"amount_refunded":"a lot""#.to_owned(),
        r#""amount":250,"amount_refunded":-1"#.to_owned(),
        format!(r#""amount":250,"amount_refunded":0,"refunds":{}"#, refund("LOST")),
    ] {
        assert!(matches!(charged(&rest), Err(JuspayFault::Unusable(_))), "{rest}");
    }
}

#[test]
fn another_merchants_order_is_not_ours() {
    let other = r#"{"order_id":"AAR1","merchant_id":"n","status":"NEW","status_id":10}"#;
    assert!(!seen(other).unwrap().merchant_is_ours);
    assert!(seen(r#"{"order_id":"AAR1","status":"NEW"}"#).unwrap().merchant_is_ours, "not told");
}

#[test]
fn every_status_is_known_by_word_and_id() {
    let mut ids = BTreeSet::new();
    for (word, own, payment) in STATUSES {
        for id in *own {
            assert!(ids.insert(*id), "{id} twice");
            assert_eq!(super::payment(Some(word), Some(id)).unwrap(), *payment);
        }
        assert_eq!(super::payment(Some(word), None).unwrap(), *payment);
        assert_eq!(super::payment(Some(word), Some("999")).unwrap(), *payment, "an id we do not know");
    }
    assert_eq!(super::payment(Some("PARTIAL_CHARGED"), None).unwrap(), PaymentSeen::Unusual);
    assert_eq!(super::payment(Some("PARTIAL_CHARGED"), Some("999")).unwrap(), PaymentSeen::Unusual);
}

#[test]
fn a_status_that_contradicts_itself_is_no_answer() {
    for (word, id) in [
        (Some("CHARGED"), Some("27")),
        (Some("NEW"), Some("21")),
        (Some("SOMETHING"), Some("21")),
        (Some("ERROR"), Some("-1")),
        (None, Some("21")),
    ] {
        assert!(super::payment(word, id).is_err(), "{word:?} {id:?}");
    }
    assert!(seen(r#"{"status":"CHARGED","status_id":21}"#).is_err(), "no number");
    for body in ["", "[]", "null", "\"x\"", "{", "<html>"] {
        assert!(OrderObject::read(body.as_bytes()).is_err(), "{body}");
    }
}

#[test]
fn only_juspay_itself_can_say_that_it_does_not_know_an_order() {
    let ours = OrderRef::parse("AAR1").unwrap();
    let says = |body: &str| ErrorObject::read(body.as_bytes()).is_unknown_order(&ours);
    assert!(says(r#"{"status":"NOT_FOUND","status_id":40,"order_id":"AAR1"}"#));
    assert!(says(r#"{"status":"NOT_FOUND","status_id":"40"}"#));
    assert!(!says(r#"{"status":"NOT_FOUND","order_id":"OTHER"}"#));
    for body in ["", "<html>404</html>", "{}", r#"{"status":"error"}"#] {
        assert!(!says(body), "{body}");
    }
}
