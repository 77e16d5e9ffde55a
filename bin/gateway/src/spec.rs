//! The contract as a document: what every endpoint says of itself, and what holds for all of them.

mod edge;
pub(crate) mod examples;
mod links;
pub(crate) mod patterns;
pub(crate) mod words;

use crate::router;
use aide::{
    openapi::{Info, OpenApi, SecurityScheme, Server, Tag},
    transform::TransformOpenApi,
};

const ABOUT: &str = include_str!("spec.md");

/// The OpenAPI document, made without a database from the same list of endpoints that is served.
#[must_use]
pub fn document() -> OpenApi {
    let mut api = OpenApi::default();
    // The router itself is not wanted here, only what its endpoints say.
    drop(router::endpoints().finish_api_with(&mut api, describe));
    api
}

fn describe(api: TransformOpenApi<'_>) -> TransformOpenApi<'_> {
    let bearer = http("bearer", Some("JWT"), "The access token of a sign-in, valid for 24 hours.");
    let basic =
        http("basic", None, "The name and the password that were agreed with Juspay for its webhooks.");
    let mut api = api.security_scheme("access_token", bearer).security_scheme("juspay_webhook", basic);
    let document = api.inner_mut();
    document.info = Info {
        title: "Aarokya".to_owned(),
        summary: Some("Health care for India's gig workers".to_owned()),
        description: Some(ABOUT.to_owned()),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..Info::default()
    };
    document.servers = vec![Server { url: "/".to_owned(), ..Server::default() }];
    document.tags = TAGS.iter().map(|(name, about)| tag(name, about)).collect();
    edge::surround(document);
    links::add(document);
    api
}

fn http(scheme: &str, bearer_format: Option<&str>, about: &str) -> SecurityScheme {
    SecurityScheme::Http {
        scheme: scheme.to_owned(),
        bearer_format: bearer_format.map(str::to_owned),
        description: Some(about.to_owned()),
        extensions: OpenApi::default().extensions,
    }
}

const TAGS: &[(&str, &str)] = &[
    ("Sign-in", "A phone number becomes a session, and a session ends."),
    ("Profile", "What a person tells us about themselves."),
    ("Wallet", "A health savings wallet on a double-entry ledger."),
    ("Payments", "Orders paid through Juspay."),
    ("Webhooks", "What partners tell us."),
    ("Operations", "Whether the program lives and can serve."),
];

fn tag(name: &str, about: &str) -> Tag {
    Tag { name: name.to_owned(), description: Some(about.to_owned()), ..Tag::default() }
}
