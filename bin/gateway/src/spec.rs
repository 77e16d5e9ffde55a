//! The contract as a document: what every endpoint says of itself, and what holds for all of them.

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

pub(crate) fn describe(api: TransformOpenApi<'_>) -> TransformOpenApi<'_> {
    let mut api = api.security_scheme(
        "access_token",
        SecurityScheme::Http {
            scheme: "bearer".to_owned(),
            bearer_format: Some("JWT".to_owned()),
            description: Some("The access token of a sign-in, valid for 24 hours.".to_owned()),
            extensions: aide::openapi::OpenApi::default().extensions,
        },
    );
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
    api
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
