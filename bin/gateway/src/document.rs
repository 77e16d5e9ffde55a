//! How endpoints describe themselves: each names its errors from the same constants it answers with.

use crate::{
    error::{Envelope, edge, status},
    spec::examples::REQUEST_ID,
};
use aide::{
    generate::in_context,
    openapi::{Example, MediaType, Operation, ReferenceOr, RequestBody, Response, SchemaObject, StatusCode},
    transform::TransformOperation,
};
use kernel::{Entry, catalogue};
use schemars::Schema;

/// What every route that takes a JSON body can answer.
pub const BODY: &[Entry] = &[
    edge::MALFORMED_JSON,
    catalogue::VALIDATION_ERROR,
    edge::PAYLOAD_TOO_LARGE,
    edge::UNSUPPORTED_MEDIA_TYPE,
];

/// What every route can answer whose body has fields that must be there.
pub const FIELDS: &[Entry] = &[
    edge::MALFORMED_JSON,
    catalogue::MISSING_REQUIRED_FIELD,
    catalogue::VALIDATION_ERROR,
    edge::PAYLOAD_TOO_LARGE,
    edge::UNSUPPORTED_MEDIA_TYPE,
];

/// Documents the errors of an operation that asks the database.
///
/// What the row of its route adds, and what every route can answer, is added to all of them in one place.
pub fn errors<'t>(mut op: TransformOperation<'t>, entries: &[Entry]) -> TransformOperation<'t> {
    add_errors(op.inner_mut(), entries);
    add_errors(op.inner_mut(), &[catalogue::SERVICE_UNAVAILABLE]);
    op
}

/// Adds errors to those an operation has: one response per status, an example per code.
pub fn add_errors(operation: &mut Operation, entries: &[Entry]) {
    let envelope = in_context(|context| context.schema.subschema_for::<Envelope>());
    let responses = &mut operation.responses.get_or_insert_default().responses;
    for entry in entries {
        let response = responses
            .entry(StatusCode::Code(status(entry).as_u16()))
            .or_insert_with(|| ReferenceOr::Item(Response::default()));
        if let ReferenceOr::Item(response) = response {
            add_error(response, entry, &envelope);
        }
    }
}

fn add_error(response: &mut Response, entry: &Entry, envelope: &Schema) {
    let media = response.content.entry("application/json".to_owned()).or_insert_with(|| of(envelope.clone()));
    if media.examples.contains_key(entry.code) {
        return;
    }
    let answer = crate::error::Error::new(*entry).envelope(REQUEST_ID);
    let example = Example { value: serde_json::to_value(answer).ok(), ..Example::default() };
    media.examples.insert(entry.code.to_owned(), ReferenceOr::Item(example));
    if !response.description.is_empty() {
        response.description.push_str("\n\n");
    }
    response.description.push_str(&format!("`{}`: {}", entry.code, entry.meaning));
}

/// Marks an operation as needing an access token.
pub fn signed_in(op: TransformOperation<'_>) -> TransformOperation<'_> {
    op.security_requirement("access_token")
}

/// Documents a success that is no JSON of ours: its media type, its schema, and what it is.
pub fn answers<'t>(
    mut op: TransformOperation<'t>,
    media_type: &str,
    schema: Schema,
    about: &str,
) -> TransformOperation<'t> {
    let mut response = Response { description: about.to_owned(), ..Response::default() };
    response.content.insert(media_type.to_owned(), of(schema));
    let responses = &mut op.inner_mut().responses.get_or_insert_default().responses;
    responses.insert(StatusCode::Code(200), ReferenceOr::Item(response));
    op
}

/// Documents a body that others define: its media type, what we know of its schema, and what it is.
pub fn takes<'t>(
    mut op: TransformOperation<'t>,
    media_type: &str,
    schema: Schema,
    about: &str,
) -> TransformOperation<'t> {
    let mut body =
        RequestBody { description: Some(about.to_owned()), required: true, ..RequestBody::default() };
    body.content.insert(media_type.to_owned(), of(schema));
    op.inner_mut().request_body = Some(ReferenceOr::Item(body));
    op
}

fn of(json_schema: Schema) -> MediaType {
    let schema = SchemaObject { json_schema, external_docs: None, example: None };
    MediaType { schema: Some(schema), ..MediaType::default() }
}
