//! A pair of tokens as it is answered.

use crate::spec::examples::{ACCESS_TOKEN, REFRESH_TOKEN};
use identity::TokenPair;
use schemars::JsonSchema;
use serde::Serialize;

/// An access token and the refresh token that follows it.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Tokens {
    /// Proves who is calling, for 24 hours: `Authorization: Bearer …`.
    #[schemars(example = ACCESS_TOKEN)]
    access_token: String,
    /// When the access token expires, in Unix seconds.
    #[schemars(example = 1_768_566_896)]
    access_token_expires_at: i64,
    /// Gets the next pair, once. Kept where only the app can read it.
    #[schemars(example = REFRESH_TOKEN, length(max = 512))]
    refresh_token: String,
    /// When the session ends whatever happens, in Unix seconds.
    #[schemars(example = 1_771_072_496)]
    refresh_token_expires_at: i64,
}

impl From<&TokenPair> for Tokens {
    fn from(pair: &TokenPair) -> Self {
        Self {
            access_token: pair.access_token.expose().clone(),
            access_token_expires_at: pair.access_expires_at.unix_timestamp(),
            refresh_token: pair.refresh_token.expose().to_owned(),
            refresh_token_expires_at: pair.refresh_expires_at().unix_timestamp(),
        }
    }
}
