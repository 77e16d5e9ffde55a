//! Whether a value is what a schema says: as much of JSON Schema as the document uses, and an error for any more.

use kernel::uuid::Uuid;
use regex::Regex;
use serde_json::{Value, json};
use time::{Date, OffsetDateTime, format_description::well_known::Rfc3339, macros::format_description};

/// What says nothing about values.
const WORDS: &[&str] = &["description", "examples"];

/// Tells the first rule of a schema that a value breaks.
pub fn fit(document: &Value, schema: &Value, value: &Value) -> Result<(), String> {
    let rules = schema.as_object().into_iter().flatten();
    for (keyword, rule) in rules.filter(|(keyword, _)| !WORDS.contains(&keyword.as_str())) {
        let kept = match keyword.as_str() {
            "$ref" | "allOf" | "anyOf" | "items" | "properties" => parts(document, keyword, rule, value)?,
            "additionalProperties" => *rule == true || is_known(&schema["properties"], value),
            "format" => has_format(rule.as_str().unwrap_or_default(), value)?,
            _ => keeps(keyword, rule, value)?,
        };
        if !kept {
            return Err(format!("shows {value}, which breaks {keyword}: {rule}"));
        }
    }
    Ok(())
}

/// The rules that are made of schemas.
fn parts(document: &Value, keyword: &str, rule: &Value, value: &Value) -> Result<bool, String> {
    let within = |part: &Value, value: &Value| fit(document, part, value);
    let mut listed = rule.as_array().into_iter().flatten();
    match keyword {
        "$ref" => {
            let pointer = rule.as_str().and_then(|reference| reference.strip_prefix('#')).unwrap_or_default();
            within(document.pointer(pointer).ok_or("refers to nothing")?, value)?;
        }
        "anyOf" => return Ok(listed.any(|part| within(part, value).is_ok())),
        "items" => value.as_array().into_iter().flatten().try_for_each(|item| within(rule, item))?,
        "properties" => {
            let mut members = rule.as_object().into_iter().flatten();
            members
                .try_for_each(|(name, part)| value.get(name).map_or(Ok(()), |member| within(part, member)))?;
        }
        _ => listed.try_for_each(|part| within(part, value))?,
    }
    Ok(true)
}

/// The rules of a value itself; one about texts or numbers says nothing of what is neither.
fn keeps(keyword: &str, rule: &Value, value: &Value) -> Result<bool, String> {
    let mut listed = rule.as_array().into_iter().flatten();
    let length = value.as_str().and_then(|text| i64::try_from(text.chars().count()).ok());
    let at_least = |number: Option<i64>| number.is_none_or(|number| Some(number) >= rule.as_i64());
    let at_most =
        |number: Option<i64>| number.is_none_or(|number| rule.as_i64().is_some_and(|most| number <= most));
    Ok(match keyword {
        "type" => rule.as_str().map_or_else(|| listed.any(|kind| is(kind, value)), |_| is(rule, value)),
        "enum" => listed.any(|word| word == value),
        "const" => rule == value,
        "minimum" => at_least(value.as_i64()),
        "maximum" => at_most(value.as_i64()),
        "minLength" => at_least(length),
        "maxLength" => at_most(length),
        "maxItems" => at_most(value.as_array().and_then(|items| i64::try_from(items.len()).ok())),
        "pattern" => {
            let pattern = Regex::new(rule.as_str().unwrap_or_default()).map_err(|error| error.to_string())?;
            value.as_str().is_none_or(|text| pattern.is_match(text))
        }
        "required" => {
            !value.is_object()
                || listed.all(|name| name.as_str().is_some_and(|name| value.get(name).is_some()))
        }
        _ => return Err(format!("has the rule {keyword}, which nobody checks")),
    })
}

fn is(kind: &Value, value: &Value) -> bool {
    match kind.as_str() {
        Some("null") => value.is_null(),
        Some("boolean") => value.is_boolean(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("string") => value.is_string(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        _ => false,
    }
}

/// Whether every member of an object is one of those described.
fn is_known(properties: &Value, value: &Value) -> bool {
    value.as_object().is_none_or(|members| members.keys().all(|name| properties.get(name).is_some()))
}

fn has_format(format: &str, value: &Value) -> Result<bool, String> {
    let text = |fits: fn(&str) -> bool| value.as_str().is_none_or(fits);
    Ok(match format {
        "uuid" => text(|text| Uuid::try_parse(text).is_ok()),
        "date" => text(|text| Date::parse(text, format_description!("[year]-[month]-[day]")).is_ok()),
        "date-time" => text(|text| OffsetDateTime::parse(text, &Rfc3339).is_ok()),
        "email" => text(|text| {
            text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'))
        }),
        "int64" => !value.is_number() || value.is_i64(),
        "uint64" => !value.is_number() || value.is_u64(),
        "uint16" => !value.is_number() || value.as_u64().is_some_and(|number| number <= u16::MAX.into()),
        _ => return Err(format!("has the format {format}, which nobody checks")),
    })
}

#[test]
fn each_rule_finds_what_breaks_it() {
    let document = json!({ "named": { "type": "integer", "minimum": 1, "maximum": 9 } });
    let object = json!({ "properties": { "a": { "$ref": "#/named" } }, "required": ["a"], "additionalProperties": false });
    for (schema, right, wrong) in [
        (json!({ "$ref": "#/named" }), json!(9), json!(10)),
        (json!({ "allOf": [{ "$ref": "#/named" }] }), json!(1), json!(0)),
        (json!({ "anyOf": [{ "$ref": "#/named" }, { "type": "null" }] }), json!(null), json!(0)),
        (json!({ "type": ["string", "null"] }), json!(null), json!(5)),
        (json!({ "type": "array", "items": { "type": "string" } }), json!(["a"]), json!([5])),
        (object.clone(), json!({ "a": 5 }), json!({})),
        (object.clone(), json!({ "a": 5 }), json!({ "a": 0 })),
        (object, json!({ "a": 5 }), json!({ "a": 5, "b": 5 })),
        (json!({ "enum": ["a", "b"] }), json!("b"), json!("c")),
        (json!({ "const": true }), json!(true), json!(false)),
        (json!({ "minLength": 2 }), json!("₹₹"), json!("₹")),
        (json!({ "maxItems": 1 }), json!([5]), json!([5, 5])),
        (json!({ "maxLength": 1 }), json!("₹"), json!("₹₹")),
        (json!({ "pattern": "^[0-9]+$" }), json!("12"), json!("1a")),
        (json!({ "format": "uuid" }), json!("0199c8f0-5f1c-7c9e-8d7a-1b2c3d4e5f60"), json!("5")),
        (json!({ "format": "date" }), json!("1994-08-15"), json!("15/08/1994")),
        (json!({ "format": "date-time" }), json!("2026-01-15T12:34:56Z"), json!("2026-01-15")),
        (json!({ "format": "email" }), json!("asha@example.in"), json!("asha")),
        (json!({ "format": "uint64" }), json!(1), json!(-1)),
    ] {
        assert_eq!(fit(&document, &schema, &right), Ok(()), "{schema}");
        assert!(fit(&document, &schema, &wrong).is_err(), "{schema} takes {wrong}");
    }
    let unread = [json!({ "multipleOf": 5 }), json!({ "format": "ipv4" }), json!({ "$ref": "#/nowhere" })];
    assert!(unread.iter().all(|schema| fit(&document, schema, &json!("5")).is_err()));
}
