//! `POST /psms/servlet/psms.JsonEservice`: messages in batches; most errors are HTTP 200 with a code.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};

use super::{
    dlt, refused,
    state::{Accepted, End, ValueFirst},
    unauthorized,
};
use crate::{
    dates,
    exchange::text,
    magic::{self, SmsMagic},
};

const MOST_MESSAGES: usize = 1_000;

/// Answers the call.
pub(crate) async fn handle(
    State(valuefirst): State<Arc<ValueFirst>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let authorization = text(&headers, header::AUTHORIZATION.as_str()).unwrap_or_default();
    let Some(token) = authorization.strip_prefix("Bearer ") else { return unauthorized(28_704) };
    if !valuefirst.accepts_token(token) {
        return unauthorized(52_992);
    }
    let Ok(Value::Object(request)) = serde_json::from_slice(&body) else { return refused(65_535) };
    let messages = many(request.get("SMS"));
    let is_empty = |sms: &&Value| many(sms.get("ADDRESS")).is_empty();
    if messages.is_empty() || messages.len() > MOST_MESSAGES || messages.iter().any(is_empty) {
        return refused(65_535);
    }
    let phones = messages.iter().flat_map(|sms| many(sms.get("ADDRESS"))).map(|to| field(to, "@TO"));
    let magics: Vec<_> = phones.filter_map(|phone| magic::carriers(&phone)).collect();
    if magics.iter().any(|magic| matches!(magic, SmsMagic::BothDead | SmsMagic::ValueFirstDead)) {
        return refused(65_280);
    }
    let report_url = request.get("DLR").map(|dlr| field(dlr, "@URL")).unwrap_or_default();
    let mut answers: Vec<Value> = messages.iter().map(|sms| one(&valuefirst, sms, &report_url)).collect();
    if magics.contains(&SmsMagic::Slow) {
        valuefirst.desk.dawdle().await;
    }
    let guid = if answers.len() == 1 { answers.pop().unwrap_or_default() } else { Value::Array(answers) };
    Json(json!({"MESSAGEACK": {"GUID": guid}})).into_response()
}

/// Takes one text to its phones; answers its acknowledgement with the errors of the phones that have one.
fn one(valuefirst: &ValueFirst, sms: &Value, report_url: &str) -> Value {
    let now = valuefirst.desk.env.now();
    let guid = format!("kg7{}", valuefirst.desk.alphanumeric(27));
    let mut errors = Vec::new();
    let text = wording(valuefirst, sms);
    for address in many(sms.get("ADDRESS")) {
        let sequence = field(address, "@SEQ");
        let checked = text.as_ref().map_err(|code| *code).and_then(|text| {
            check(valuefirst, address, text)?;
            Ok(text.clone())
        });
        match checked {
            Err(code) => errors.push(json!({"CODE": code, "SEQ": sequence})),
            Ok(text) => {
                let to = field(address, "@TO");
                let accepted = Accepted {
                    guid: guid.clone(),
                    from: field(address, "@FROM"),
                    text,
                    client_id: field(sms, "@ID"),
                    sequence,
                    tag: field(address, "@TAG"),
                    report_url: report_url.to_owned(),
                    submitted: now,
                    reported: now,
                    end: End::Unreported,
                    to: to.clone(),
                };
                valuefirst.take(accepted, magic::carriers(&to));
            }
        }
    }
    let mut answer = Map::new();
    answer.insert("GUID".to_owned(), guid.into());
    answer.insert("SUBMITDATE".to_owned(), dates::india_plain(now).into());
    answer.insert("ID".to_owned(), field(sms, "@ID").into());
    if errors.len() > 1 {
        answer.insert("ERROR".to_owned(), errors.into());
    } else if let Some(error) = errors.pop() {
        answer.insert("ERROR".to_owned(), error);
    }
    answer.into()
}

/// The text, or a registered template filled in.
fn wording(valuefirst: &ValueFirst, sms: &Value) -> Result<String, u32> {
    let templates = &valuefirst.config.templates;
    let (text, info) = (field(sms, "@TEXT"), field(sms, "@TEMPLATEINFO"));
    if !info.is_empty() {
        let id = info.split('~').next().unwrap_or_default();
        let is_known = templates.is_empty() || templates.iter().any(|template| template.id == id);
        if id.is_empty() || !is_known {
            return Err(28_694);
        }
        if text.is_empty() {
            return dlt::fill(templates, &info).ok_or(28_694);
        }
    }
    if text.is_empty() { Err(28_679) } else { Ok(text) }
}

fn check(valuefirst: &ValueFirst, address: &Value, text: &str) -> Result<(), u32> {
    let (from, to) = (field(address, "@FROM"), field(address, "@TO"));
    if to.is_empty() {
        return Err(28_674);
    }
    if !to.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(28_673);
    }
    if from.is_empty() {
        return Err(28_675);
    }
    // A transactional header has six letters.
    if from.len() != 6 || !from.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return Err(28_680);
    }
    let national = to.strip_prefix("91").unwrap_or_default();
    if national.len() != 10 || !national.starts_with(['6', '7', '8', '9']) {
        return Err(28_682);
    }
    if matches!(magic::carriers(&to), Some(SmsMagic::RefusedNumber | SmsMagic::OptedOut)) {
        return Err(28_682);
    }
    if valuefirst.is_duplicate(&to, text) { Err(28_681) } else { Ok(()) }
}

/// One or a list of something.
fn many(value: Option<&Value>) -> Vec<&Value> {
    match value {
        Some(Value::Array(items)) => items.iter().collect(),
        Some(one @ Value::Object(_)) => vec![one],
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) | None => Vec::new(),
    }
}

/// A text field; a number counts as its text.
fn field(object: &Value, key: &str) -> String {
    match object.get(key) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) | None => String::new(),
    }
}
