//! Whether the links of the document lead somewhere: to an operation that has such parameters and such a body, from
//! an answer that has what is taken of it.

use super::{contents, document, example, none, operations};
use serde_json::Value;
use std::collections::BTreeMap;

/// The operations by their ids.
fn by_id(document: &Value) -> BTreeMap<&str, &Value> {
    let all = operations(document);
    all.filter_map(|(_, operation)| Some((operation["operationId"].as_str()?, operation))).collect()
}

/// Every link, with the operation it begins at and the answer it belongs to.
fn links<'d>(operations: &BTreeMap<&'d str, &'d Value>) -> Vec<(&'d str, &'d Value, &'d Value, &'d Value)> {
    let mut found = Vec::new();
    for (id, operation) in operations {
        for response in operation["responses"].as_object().into_iter().flatten().map(|(_, response)| response)
        {
            for link in response["links"].as_object().into_iter().flatten().map(|(_, link)| link) {
                found.push((*id, *operation, response, link));
            }
        }
    }
    found
}

/// Whether a place holds something: in the example of the answer, or in what was asked.
fn is_there(document: &Value, operation: &Value, response: &Value, place: &str) -> bool {
    let body = |contents: &Value, pointer: &str| {
        let media = contents["content"].as_object().into_iter().flatten().map(|(_, media)| media);
        media
            .filter_map(|media| example(document, &media["schema"]))
            .any(|whole| whole.pointer(pointer).is_some())
    };
    if let Some(pointer) = place.strip_prefix("$response.body#") {
        return body(response, pointer);
    }
    if let Some(pointer) = place.strip_prefix("$request.body#") {
        return body(&operation["requestBody"], pointer);
    }
    let name = place.strip_prefix("$request.path.");
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    name.is_some_and(|name| parameters.clone().any(|told| told["name"] == name))
}

#[test]
fn every_link_leads_somewhere_with_what_is_there() {
    let document = document();
    let operations = by_id(&document);
    let links = links(&operations);
    assert!(links.len() >= 10, "only {} links were found", links.len());
    let mut gaps = Vec::new();
    for (from, operation, response, link) in links {
        let to = link["operationId"].as_str().unwrap_or_default();
        let Some(target) = operations.get(to) else {
            gaps.push(format!("{from} leads to {to}, which is not there"));
            continue;
        };
        for (name, place) in link["parameters"].as_object().into_iter().flatten() {
            let mut parameters = target["parameters"].as_array().into_iter().flatten();
            if !parameters.any(|told| told["name"] == name.as_str()) {
                gaps.push(format!("{to} has no parameter {name}"));
            }
            if !is_there(&document, operation, response, place.as_str().unwrap_or_default()) {
                gaps.push(format!("{from} has nothing at {place}"));
            }
        }
        for (name, place) in link["requestBody"].as_object().into_iter().flatten() {
            let taken = contents(target).find_map(|(_, media)| example(&document, &media["schema"]));
            if taken.is_none_or(|taken| taken.get(name).is_none()) {
                gaps.push(format!("the body of {to} has no {name}"));
            }
            if !is_there(&document, operation, response, place.as_str().unwrap_or_default()) {
                gaps.push(format!("{from} has nothing at {place}"));
            }
        }
    }
    none(gaps);
}
