//! What others rely on, kept as it is: a change of these files is a change of the contract.

use std::collections::BTreeMap;

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
    let document = serde_json::to_value(gateway::document()).unwrap();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let place = format!("{method} {path}");
            assert!(operation["operationId"].is_string(), "{place} has no id");
            assert!(operation["summary"].is_string(), "{place} has no summary");
            assert!(operation["tags"][0].is_string(), "{place} has no tag");
            let responses = operation["responses"].as_object().unwrap();
            assert!(responses.keys().any(|status| status.starts_with('2')), "{place} has no success");
            assert!(responses.contains_key("500"), "{place} does not tell its failures");
            for (status, response) in responses.iter().filter(|(status, _)| !status.starts_with('2')) {
                let examples = &response["content"]["application/json"]["examples"];
                let complete = examples.as_object().is_some_and(|examples| !examples.is_empty());
                assert!(complete, "{place} {status} has no example per code");
            }
        }
    }
}
