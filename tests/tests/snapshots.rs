//! What others rely on, kept as it is: a change of these files is a change of the contract.

use gateway::policy::{Key, Policy};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

#[test]
fn the_error_catalogue() {
    let mut lines = BTreeMap::new();
    for entry in gateway::error::catalogue() {
        let line = format!("{} {}", gateway::error::status(&entry).as_u16(), entry.meaning);
        let twin = lines.insert(entry.code, line);
        assert!(twin.is_none(), "{} is in the catalogue twice", entry.code);
    }
    insta::assert_json_snapshot!(lines);
}

#[test]
fn the_openapi_document() {
    insta::assert_json_snapshot!(gateway::document());
}

#[test]
fn the_configuration() {
    let variables: Vec<_> = gateway::config::VARIABLES
        .iter()
        .map(|variable| (variable.name, variable.default.unwrap_or("(must be set)"), variable.meaning))
        .collect();
    insta::assert_json_snapshot!(variables);
}

#[test]
fn the_document_leaves_nothing_out() {
    let document = document();
    for (method, path, policy) in gateway::policy::TABLE {
        let place = format!("{method} {path}");
        let operation = &document["paths"][path][method.as_str().to_lowercase()];
        assert!(operation["operationId"].is_string(), "{place} has no id");
        assert!(operation["summary"].is_string(), "{place} has no summary");
        assert!(operation["tags"][0].is_string(), "{place} has no tag");
        assert_names(&document, operation, &place);
        assert_key(operation, policy.key, &place);
        let responses = operation["responses"].as_object().unwrap();
        assert!(responses.keys().any(|status| status.starts_with('2')), "{place} has no success");
        for status in ["500", "504"] {
            assert!(responses.contains_key(status), "{place} does not tell of {status}");
        }
        let limited = policy.limit.is_some();
        assert!(!limited || responses.contains_key("429"), "{place} does not tell of its limit");
        for (status, response) in responses {
            let place = format!("{place} {status}");
            assert!(response["description"].as_str().is_some_and(|text| !text.is_empty()), "{place}");
            assert_headers(&document, response, &wanted(policy, status), &place);
            let media = response["content"].as_object().unwrap().values().next().unwrap();
            assert!(media["schema"].is_object(), "{place} has no schema");
            if !status.starts_with('2') {
                let examples = media["examples"].as_object();
                assert!(
                    examples.is_some_and(|examples| !examples.is_empty()),
                    "{place} has no example per code"
                );
            }
        }
    }
}

fn document() -> Value {
    serde_json::to_value(gateway::document()).expect("the document is JSON")
}

/// Every security scheme an operation names is there; every schema has a name of its own.
fn assert_names(document: &Value, operation: &Value, place: &str) {
    for alternative in operation["security"].as_array().into_iter().flatten() {
        for scheme in alternative.as_object().expect("an alternative names its schemes").keys() {
            let known = &document["components"]["securitySchemes"][scheme];
            assert!(known.is_object(), "{place} asks for {scheme}, which is not defined");
        }
    }
    for name in document["components"]["schemas"].as_object().expect("the document has schemas").keys() {
        let bare = name.trim_end_matches(|last: char| last.is_ascii_digit());
        assert!(
            bare == name && !["Request", "Response", "Parameters"].contains(&bare),
            "{name} says nothing"
        );
    }
}

fn assert_key(operation: &Value, key: Key, place: &str) {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let told: Vec<&Value> = parameters.filter(|parameter| parameter["name"] == "Idempotency-Key").collect();
    let codes =
        |status: &str| operation["responses"][status]["content"]["application/json"]["examples"].clone();
    match key {
        Key::Ignored => assert!(told.is_empty(), "{place} tells of a key it ignores"),
        Key::Optional | Key::Required => {
            assert_eq!(told.len(), 1, "{place} does not tell of its key");
            assert_eq!(told[0]["in"], "header", "{place}");
            assert_eq!(told[0]["required"] == true, key == Key::Required, "{place}");
            assert!(codes("400")["VALIDATION_ERROR"].is_object(), "{place}");
            let missing = codes("400")["MISSING_REQUIRED_FIELD"].is_object();
            assert!(missing || key == Key::Optional, "{place}");
            assert!(codes("409")["IDEMPOTENCY_KEY_REUSED"].is_object(), "{place}");
            assert!(codes("409")["REQUEST_IN_PROGRESS"].is_object(), "{place}");
        }
    }
}

/// The headers an answer of this status must tell of.
fn wanted(policy: &Policy, status: &str) -> Vec<&'static str> {
    let keyed = policy.key != Key::Ignored;
    let mut wanted = vec!["X-Request-ID"];
    if policy.limit.is_some() || status == "429" {
        wanted.extend(["X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"]);
    }
    if ["429", "503"].contains(&status) || keyed && status == "409" {
        wanted.push("Retry-After");
    }
    if keyed && status.starts_with('2') {
        wanted.push("Idempotency-Replayed");
    }
    if status == "401" {
        wanted.push("WWW-Authenticate");
    }
    wanted
}

fn assert_headers(document: &Value, response: &Value, wanted: &[&str], place: &str) {
    for name in wanted {
        let header = &response["headers"][name]["$ref"];
        assert_eq!(header, &format!("#/components/headers/{name}"), "{place} does not tell of {name}");
        assert!(document["components"]["headers"][name]["schema"].is_object(), "{name} is not defined");
    }
}

/// The fields that hold one word of a closed set, in requests and in answers.
const ENUMERATIONS: &[&str] = &[
    "currency",
    "failure_reason",
    "fulfilment",
    "gender",
    "kyc_status",
    "method",
    "occupation",
    "purpose",
    "reason",
    "source",
    "status",
    "transaction_status",
    "type",
    "wallet_status",
    "wallet_status_transcorp",
];

#[test]
fn every_closed_set_is_written_out() {
    let document = document();
    let mut seen = BTreeSet::new();
    for (name, schema) in document["components"]["schemas"].as_object().expect("the document has schemas") {
        for (field, property) in schema["properties"].as_object().into_iter().flatten() {
            if ENUMERATIONS.contains(&field.as_str()) {
                let words = words(&document, property);
                assert!(words > 0, "{name}.{field} does not list its words");
                seen.insert(field.as_str());
            }
        }
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), ENUMERATIONS);
}

/// How many words a schema allows, itself or through what it refers to.
fn words(document: &Value, schema: &Value) -> usize {
    let own = schema["enum"].as_array().map_or(0, Vec::len);
    let referred =
        schema["$ref"].as_str().and_then(|reference| document.pointer(reference.strip_prefix('#')?));
    let parts = ["allOf", "anyOf"].into_iter().filter_map(|part| schema[part].as_array()).flatten();
    own + parts.chain(referred).map(|part| words(document, part)).sum::<usize>()
}

#[test]
fn what_is_not_json_of_ours_is_told_as_what_it_is() {
    let document = document();
    let content = |method: &str, path: &str| {
        let operation = &document["paths"][path][method];
        let media = |content: &Value| content.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        let body = operation["requestBody"].as_object().map(|body| media(&body["content"]));
        (body.unwrap_or_default(), media(&operation["responses"]["200"]["content"]))
    };
    let told = |body: &[&str], answer: &str| {
        (body.iter().map(ToString::to_string).collect::<Vec<_>>(), vec![answer.to_owned()])
    };
    assert_eq!(content("get", "/wallet/statement"), told(&[], "text/csv"));
    assert_eq!(content("get", "/payments/return"), told(&[], "text/html"));
    let form = "application/x-www-form-urlencoded";
    assert_eq!(content("post", "/payments/return"), told(&[form], "text/html"));
    assert_eq!(content("post", "/webhooks/juspay"), told(&["application/json"], "application/json"));
    assert_eq!(content("get", "/api_docs/ui"), told(&[], "text/html"));
    assert_eq!(content("get", "/api_docs/openapi.json"), told(&[], "application/json"));
}
