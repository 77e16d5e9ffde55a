//! What lies around every endpoint, as the document tells it: what the row of its route adds, and what holds
//! for all.

use crate::{
    document::add_errors,
    error::edge,
    policy::{Key, Policy, TABLE},
    spec::examples::{IDEMPOTENCY_KEY, REQUEST_ID as REQUEST_ID_SHOWN},
};
use aide::openapi::{
    Header, HeaderStyle, OpenApi, Operation, Parameter, ParameterData, ParameterSchemaOrContent, PathItem,
    ReferenceOr, Response, SchemaObject, StatusCode,
};
use axum::http::Method;
use kernel::catalogue;
use schemars::{Schema, json_schema};
use serde_json::{Value, json};

const REQUEST_ID: &str = "X-Request-ID";
const REPLAYED: &str = "Idempotency-Replayed";
const RETRY_AFTER: &str = "Retry-After";
const CHALLENGE: &str = "WWW-Authenticate";
const LIMITS: [&str; 3] = ["X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"];

/// Adds to every operation what the layers around it do.
pub(super) fn surround(document: &mut OpenApi) {
    for (method, path, policy) in TABLE {
        if let Some(operation) = operation(document, method, path) {
            add_row(operation, policy);
            add_headers(operation, policy);
            let common = requests_told().into_iter().map(|(name, ..)| reference("parameters", name));
            operation.parameters.extend(common);
        }
    }
    let components = document.components.get_or_insert_default();
    for (name, about, schema, example) in headers_told() {
        components.headers.insert(name.to_owned(), ReferenceOr::Item(header(about, schema, example)));
    }
    for (name, about, schema, example) in requests_told() {
        let parameter = parameter(name, about, schema, example, false);
        components.parameters.insert(name.to_owned(), ReferenceOr::Item(parameter));
    }
}

fn operation<'d>(document: &'d mut OpenApi, method: &Method, path: &str) -> Option<&'d mut Operation> {
    let item: &mut ReferenceOr<PathItem> = document.paths.as_mut()?.paths.get_mut(path)?;
    let ReferenceOr::Item(item) = item else { return None };
    match method.as_str() {
        "GET" => item.get.as_mut(),
        "POST" => item.post.as_mut(),
        "PUT" => item.put.as_mut(),
        "PATCH" => item.patch.as_mut(),
        "DELETE" => item.delete.as_mut(),
        _ => None,
    }
}

/// What the row of a route makes it answer, and what every route can answer.
fn add_row(operation: &mut Operation, policy: &Policy) {
    if policy.limit.is_some() {
        // Without its counter a limited route lets nobody pass.
        add_errors(operation, &[catalogue::RATE_LIMIT_EXCEEDED, catalogue::SERVICE_UNAVAILABLE]);
    }
    if policy.key != Key::Ignored {
        let required = policy.key == Key::Required;
        operation.parameters.push(ReferenceOr::Item(key(required)));
        if required {
            add_errors(operation, &[kernel::catalogue::MISSING_REQUIRED_FIELD]);
        }
        let of_keys = [
            catalogue::VALIDATION_ERROR,
            catalogue::IDEMPOTENCY_KEY_REUSED,
            edge::REQUEST_IN_PROGRESS,
            edge::PAYLOAD_TOO_LARGE,
        ];
        add_errors(operation, &of_keys);
    }
    add_errors(operation, &[catalogue::INTERNAL_ERROR, catalogue::TIMEOUT]);
}

/// The headers of each answer.
fn add_headers(operation: &mut Operation, policy: &Policy) {
    let responses = &mut operation.responses.get_or_insert_default().responses;
    responses.sort_keys();
    // Beside the table, a route can have limits of its domain: either way it answers 429.
    let limited = responses.contains_key(&StatusCode::Code(429));
    for (status, response) in responses.iter_mut() {
        let (StatusCode::Code(status), ReferenceOr::Item(response)) = (status, response) else { continue };
        tell(response, REQUEST_ID);
        if limited {
            LIMITS.iter().for_each(|name| tell(response, name));
        }
        match status {
            200..300 if policy.key != Key::Ignored => tell(response, REPLAYED),
            401 => tell(response, CHALLENGE),
            409 if policy.key != Key::Ignored => tell(response, RETRY_AFTER),
            429 | 503 => tell(response, RETRY_AFTER),
            _ => {}
        }
    }
}

fn tell(response: &mut Response, name: &str) {
    response.headers.insert(name.to_owned(), reference("headers", name));
}

fn reference<T>(of: &str, name: &str) -> ReferenceOr<T> {
    let reference = format!("#/components/{of}/{name}");
    ReferenceOr::Reference { reference, summary: None, description: None }
}

/// Every header a request can carry wherever it goes.
fn requests_told() -> [(&'static str, &'static str, Schema, Value); 3] {
    [
        (
            REQUEST_ID,
            "Names the request in the answer, in logs and when asking for help: 1–64 letters, digits, `-`, `_` and `.`. \
             Left out, or written otherwise, it is made here.",
            json_schema!({ "type": "string" }),
            json!(REQUEST_ID_SHOWN),
        ),
        (
            "X-App-Version",
            "The version of the app that asks: 1–32 letters, digits, `.`, `-`, `+` and `_`. It is logged; written \
             otherwise, it is ignored.",
            json_schema!({ "type": "string" }),
            json!("2.14.0"),
        ),
        (
            "X-Platform",
            "What kind of app asks: `ios`, `android` or `web`. It is logged; any other word is ignored.",
            json_schema!({ "type": "string" }),
            json!("android"),
        ),
    ]
}

/// Every header an answer can carry beside those of HTTP itself.
fn headers_told() -> [(&'static str, &'static str, Schema, Value); 7] {
    let integer = || json_schema!({ "type": "integer", "minimum": 0 });
    let text = || json_schema!({ "type": "string" });
    let [limit, remaining, reset] = LIMITS;
    [
        (REQUEST_ID, "The request's id, as it was sent or else made.", text(), json!(REQUEST_ID_SHOWN)),
        (limit, "How many requests the window takes.", integer(), json!(60)),
        (remaining, "How many of them are left.", integer(), json!(59)),
        (reset, "When the window ends, in Unix seconds.", integer(), json!(1_768_481_096)),
        (RETRY_AFTER, "After how many seconds to come back.", integer(), json!(30)),
        (
            REPLAYED,
            "There, and `true`, if this is the answer of an earlier request with the same key.",
            json_schema!({ "type": "string", "enum": ["true"] }),
            json!("true"),
        ),
        (CHALLENGE, "How to prove who is calling.", text(), json!("Bearer error=\"invalid_token\"")),
    ]
}

fn header(about: &str, schema: Schema, example: Value) -> Header {
    Header {
        description: Some(about.to_owned()),
        style: HeaderStyle::Simple,
        required: false,
        deprecated: None,
        format: format_of(schema),
        example: Some(example),
        examples: Default::default(),
        extensions: Default::default(),
    }
}

/// The header that makes a request recognisable when it is repeated.
fn key(required: bool) -> Parameter {
    let about = "1–64 printable characters, new for each thing to be done. Repeating a request with its key is \
                 answered as the first time and does nothing more.";
    let schema =
        json_schema!({ "type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[ -~]{1,64}$" });
    parameter("Idempotency-Key", about, schema, json!(IDEMPOTENCY_KEY), required)
}

fn parameter(name: &str, about: &str, schema: Schema, example: Value, required: bool) -> Parameter {
    let parameter_data = ParameterData {
        name: name.to_owned(),
        description: Some(about.to_owned()),
        required,
        deprecated: None,
        format: format_of(schema),
        example: Some(example),
        examples: Default::default(),
        explode: None,
        extensions: Default::default(),
    };
    Parameter::Header { parameter_data, style: HeaderStyle::Simple }
}

fn format_of(json_schema: Schema) -> ParameterSchemaOrContent {
    ParameterSchemaOrContent::Schema(SchemaObject { json_schema, external_docs: None, example: None })
}
