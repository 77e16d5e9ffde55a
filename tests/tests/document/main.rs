//! Whether the document leaves nothing to guess: each field, parameter, header and body has a meaning, and an example
//! that fits what is said of it.

mod fit;
mod links;

use fit::fit;
use identity::{DeviceInfo, Employer, PersonName, Phone, PostalAddress};
use serde_json::{Map, Value, json};
use std::{collections::BTreeSet, iter};

fn document() -> Value {
    serde_json::to_value(gateway::document()).expect("the document is JSON")
}

/// Fails with all that is amiss, one line each.
fn none(gaps: impl IntoIterator<Item = String>) {
    let gaps: Vec<_> = gaps.into_iter().collect();
    assert!(gaps.is_empty(), "{} gaps:\n{}", gaps.len(), gaps.join("\n"));
}

/// What a schema stands for: what it refers to, by itself, with words of its own around, or as an alternative to
/// `null`.
fn named<'d>(document: &'d Value, schema: &Value) -> Option<&'d Value> {
    let parts = ["allOf", "anyOf"].into_iter().filter_map(|key| schema[key].as_array()).flatten();
    let reference = iter::once(schema).chain(parts).find_map(|part| part["$ref"].as_str())?;
    document.pointer(reference.strip_prefix('#')?)
}

/// The example of a schema: its own; else its `const`; else that of what it refers to; else, of a list, one with the
/// example of its items, and of an object, one with those of all its members.
fn example(document: &Value, schema: &Value) -> Option<Value> {
    let own = [schema.pointer("/examples/0"), schema.get("example"), schema.get("const")];
    if let Some(own) = own.into_iter().flatten().next() {
        return Some(own.clone());
    }
    if let Some(named) = named(document, schema) {
        return example(document, named);
    }
    if let Some(items) = schema.get("items") {
        return example(document, items).map(|item| json!([item]));
    }
    let members = schema["properties"].as_object()?.iter();
    let members = members.map(|(name, member)| Some((name.clone(), example(document, member)?)));
    members.collect::<Option<Map<_, _>>>().map(Value::Object)
}

/// What is missing at a place: a meaning, an example, or an example that fits.
fn gap(document: &Value, told: &Value, schema: &Value) -> Option<String> {
    let meaning = told["description"].as_str().or_else(|| named(document, told)?["description"].as_str());
    if meaning.is_none_or(|meaning| meaning.trim().is_empty()) {
        return Some("has no description".to_owned());
    }
    let Some(example) = told.get("example").cloned().or_else(|| example(document, schema)) else {
        return Some("has no example".to_owned());
    };
    let further = schema["examples"].as_array().into_iter().flatten();
    iter::once(&example).chain(further).find_map(|example| fit(document, schema, example).err())
}

/// Every member of every object the document describes, wherever it does, with where it stands.
fn members<'d>(place: &str, part: &'d Value, found: &mut Vec<(String, &'d Value)>) {
    if let Some(properties) = part["properties"].as_object() {
        found.extend(properties.iter().map(|(name, member)| (format!("{place}.{name}"), member)));
    }
    for (key, inner) in part.as_object().into_iter().flatten().filter(|(key, _)| !key.starts_with("example"))
    {
        members(&format!("{place}/{key}"), inner, found);
    }
}

/// Every operation, with its method and path.
fn operations(document: &Value) -> impl Iterator<Item = (String, &Value)> {
    let paths = document["paths"].as_object().expect("the document has paths");
    paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().expect("a path is written out");
        methods.iter().map(move |(method, operation)| (format!("{method} {path}"), operation))
    })
}

/// The schemas of what an operation takes, and of what it answers when it succeeds, by media type.
fn contents(operation: &Value) -> impl Iterator<Item = (&String, &Value)> {
    let responses = operation["responses"].as_object().into_iter().flatten();
    let successes = responses.filter(|(status, _)| status.starts_with('2')).map(|(_, response)| response);
    let told = operation.get("requestBody").into_iter().chain(successes);
    told.flat_map(|told| told["content"].as_object().expect("a body has a media type"))
}

#[test]
fn every_field_has_a_meaning_and_an_example_that_fits() {
    let document = document();
    let mut found = Vec::new();
    members("", &document, &mut found);
    assert!(found.len() > 100, "only {} fields were found", found.len());
    none(
        found
            .into_iter()
            .filter_map(|(place, field)| Some(format!("{place} {}", gap(&document, field, field)?))),
    );
}

#[test]
fn every_parameter_and_every_header_has_a_meaning_and_an_example_that_fits() {
    let document = document();
    let mut gaps = Vec::new();
    for (place, operation) in operations(&document) {
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let responses = operation["responses"].as_object().into_iter().flatten();
        let headers = responses.filter_map(|(_, response)| response["headers"].as_object()).flatten();
        for (name, told) in
            parameters.map(|told| (&told["name"], told)).chain(headers.map(|(_, told)| (&Value::Null, told)))
        {
            let told = named(&document, told).unwrap_or(told);
            let gap = gap(&document, told, &told["schema"]);
            gaps.extend(gap.map(|gap| format!("{place} {name} {gap}")));
        }
    }
    none(gaps);
}

#[test]
fn every_request_can_say_which_app_sends_it() {
    let document = document();
    for (place, operation) in operations(&document) {
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let told = parameters.filter_map(|told| named(&document, told));
        let told: Vec<_> = told.map(|told| [&told["name"], &told["in"], &told["required"]]).collect();
        for name in ["X-Request-ID", "X-App-Version", "X-Platform"] {
            let optional = [&json!(name), &json!("header"), &Value::Null];
            assert!(told.contains(&optional), "{place} does not tell of {name}: {told:?}");
        }
    }
}

#[test]
fn every_body_is_known_to_its_last_member() {
    let document = document();
    let mut gaps = Vec::new();
    for (place, operation) in operations(&document) {
        for (media_type, media) in contents(operation) {
            let schema = &media["schema"];
            let whole = example(&document, schema);
            let right = if media_type.starts_with("text/") { Value::is_string } else { Value::is_object };
            match whole {
                Some(whole) if right(&whole) => gaps.extend(fit(&document, schema, &whole).err()),
                Some(whole) => gaps.push(format!("{place}: no {media_type} is {whole}")),
                None => gaps.push(format!("{place}: {media_type} has members without an example")),
            }
        }
    }
    none(gaps);
}

#[test]
fn every_error_shown_is_what_errors_are() {
    let document = document();
    let mut gaps = Vec::new();
    for (place, operation) in operations(&document) {
        for response in operation["responses"].as_object().into_iter().flatten().map(|(_, response)| response)
        {
            for media in response["content"].as_object().into_iter().flatten().map(|(_, media)| media) {
                let examples = media["examples"].as_object().into_iter().flatten();
                let faults =
                    examples.filter_map(|(_, told)| fit(&document, &media["schema"], &told["value"]).err());
                gaps.extend(faults.map(|fault| format!("{place}: {fault}")));
            }
        }
    }
    none(gaps);
}

#[test]
fn every_operation_tells_when_to_use_it() {
    let document = document();
    none(operations(&document).filter_map(|(place, operation)| {
        let about = operation["description"].as_str().unwrap_or_default();
        let told = about.len() >= 60 && Some(about) != operation["summary"].as_str();
        (!told).then(|| format!("{place} tells only: {about:?}"))
    }));
}

#[test]
fn every_answer_that_can_be_null_says_when() {
    let document = document();
    let mut answered = BTreeSet::new();
    for (_, operation) in operations(&document) {
        let responses = operation["responses"].to_string();
        answered.extend(references(&responses));
    }
    let schemas = &document["components"]["schemas"];
    let mut gaps = Vec::new();
    let mut open: Vec<_> = answered.iter().cloned().collect();
    while let Some(name) = open.pop() {
        let schema = &schemas[&name];
        open.extend(references(&schema.to_string()).filter(|further| answered.insert(further.clone())));
        for (field, told) in schema["properties"].as_object().into_iter().flatten() {
            let says = told["description"].as_str().is_some_and(|about| about.contains("`null`"));
            if fit(&document, told, &Value::Null).is_ok() && !says {
                gaps.push(format!("{name}.{field} can be null and does not say when"));
            }
        }
    }
    none(gaps);
}

#[test]
fn a_phone_number_is_written_as_the_document_says() {
    let document = document();
    for name in ["TriggerOtpRequest", "VerifyOtpRequest"] {
        let told = &document["components"]["schemas"][name]["properties"]["phone"];
        for text in [
            "9876543210",
            "+919876543210",
            "91-9876543210",
            "+91 98765 43210",
            "6000000000",
            "9-1 9-8-7-6-5-4-3210",
            "9123456789",
            "",
            "+9876543210",
            "5876543210",
            "98765",
            "98765432100",
            "91 5876543210",
            "98765  43210",
            "9876543210 ",
            "++919876543210",
            "+91-9-8-7-6-5-4-3-2-1-0",
            "९८७६५४३२१०",
        ] {
            let (said, is) = (fit(&document, told, &json!(text)).is_ok(), Phone::parse(text).is_ok());
            assert_eq!(said, is, "{name} {text:?}");
        }
    }
}

/// A text of the document, by its schema and its name there, and whether our parser takes one.
type Text = (&'static str, &'static str, fn(&str) -> bool);

#[test]
fn a_text_is_written_as_the_document_says() {
    let document = document();
    let texts: [Text; 5] = [
        ("ChangeProfileRequest", "first_name", |text| PersonName::parse("first_name", text).is_ok()),
        ("ChangeProfileRequest", "last_name", |text| PersonName::parse("last_name", text).is_ok()),
        ("ChangeProfileRequest", "address", |text| PostalAddress::parse(text).is_ok()),
        ("ChangeProfileRequest", "employer", |text| Employer::parse(text).is_ok()),
        ("TriggerOtpRequest", "device_info", |text| DeviceInfo::parse(text).is_ok()),
    ];
    for (name, field, parses) in texts {
        let told = &document["components"]["schemas"][name]["properties"][field];
        for text in [
            "",
            "Asha",
            " \t\u{2003}\u{85}\r\n",
            "\n Asha Devi\u{3000}\n",
            "श्री\u{200D}",
            "a\u{0}b",
            "a\tb",
            "a\nb",
            "a\u{7f}b",
            "a\u{85}b",
            "a\u{2028}b",
            "a\u{2029}",
            "a\u{202E}b",
            "a\u{2066}b",
            "a\u{200B}b",
            "\u{200E}",
            "\u{61C}",
            "\u{2060}",
            "\u{FEFF}Asha",
            "a\u{A0}b",
            &"फ".repeat(255),
            &"a".repeat(501),
        ] {
            let (said, is) = (fit(&document, told, &json!(text)).is_ok(), parses(text));
            assert_eq!(said, is, "{name}.{field} {text:?}");
        }
    }
}

#[test]
fn a_parameter_of_a_query_is_written_as_the_document_says() {
    let document = document();
    let told = |path: &str, name: &str| {
        let parameters = document["paths"][path]["get"]["parameters"].as_array().expect("parameters");
        parameters.iter().find(|told| told["name"] == name).expect("the parameter")["schema"].clone()
    };
    let cursor = told("/payments/orders", "cursor");
    for text in [
        "019bc1a785607d46b80c5e2a91f7c364",
        "",
        "019BC1A785607D46B80C5E2A91F7C364",
        "19bc1a785607d46b80c5e2a91f7c364",
    ] {
        let read = gateway::reading::page(&format!("cursor={text}")).is_ok();
        assert_eq!(fit(&document, &cursor, &json!(text)).is_ok(), read, "{text:?}");
    }
    let day = told("/wallet/statement", "from");
    for text in [
        "2026-01-31",
        "2000-01-01",
        "1999-12-31",
        "9000-12-31",
        "9001-01-01",
        "2026-1-31",
        "2026-13-01",
        "26-01-31",
        "",
    ] {
        let read = gateway::reading::period(&format!("from={text}&to={text}")).is_ok();
        assert_eq!(fit(&document, &day, &json!(text)).is_ok(), read, "{text:?}");
    }
    let platform = &document["components"]["parameters"]["X-Platform"]["schema"];
    assert!(fit(&document, platform, &json!("fridge")).is_ok(), "whatever it is, the request is taken");
}

#[test]
fn what_is_taken_is_said_to_be() {
    let document = document();
    let schemas = &document["components"]["schemas"];
    for (route, schema, body) in [
        ("PATCH /user/profile", "ChangeProfileRequest", json!({ "email": "", "dob": " \t" })),
        ("PATCH /user/profile", "ChangeProfileRequest", json!({ "email": null, "dob": null })),
        ("POST /auth/logout", "LogOutRequest", json!({ "refresh_token": "x".repeat(600) })),
    ] {
        let read = gateway::reading::BODIES.iter().find(|(known, _)| *known == route).unwrap().1;
        assert!(read(body.to_string().as_bytes()).is_ok(), "{route} takes {body}");
        assert_eq!(fit(&document, &schemas[schema], &body), Ok(()), "{schema}");
    }
    let event = &document["paths"]["/webhooks/juspay"]["post"]["requestBody"];
    for body in [json!({}), json!({ "id": {}, "event_name": 7, "content": "FILTERED" })] {
        assert!(juspay::webhook::read(body.to_string().as_bytes()).is_ok(), "{body}");
        assert_eq!(fit(&document, &event["content"]["application/json"]["schema"], &body), Ok(()));
    }
    let page = &document["paths"]["/payments/return"]["post"]["requestBody"];
    assert_ne!(page["required"], true, "a payer without a body is shown the page");
}

/// The names of the schemas that a part of the document refers to.
fn references(part: &str) -> impl Iterator<Item = String> {
    let after = part.split("\"#/components/schemas/").skip(1);
    after.filter_map(|rest| rest.split_once('"')).map(|(name, _)| name.to_owned())
}
