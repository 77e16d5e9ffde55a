//! The simulated insurer itself.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use time::OffsetDateTime;

use super::config::NarayanaConfig;
use crate::desk::{Desk, lock};

const MOST_TOKENS: usize = 1_000;

/// The simulated insurer.
pub(crate) struct Narayana {
    pub(crate) desk: Desk,
    pub(crate) config: NarayanaConfig,
    /// Tokens and when they end.
    tokens: Mutex<HashMap<String, OffsetDateTime>>,
}

impl Narayana {
    pub(crate) fn new(desk: Desk, config: NarayanaConfig) -> Arc<Self> {
        Arc::new(Self { desk, config, tokens: Mutex::default() })
    }

    pub(crate) fn new_token(&self) -> String {
        let ends = self.desk.env.now().saturating_add(self.config.token_lifetime);
        let token = self.desk.alphanumeric(48);
        let mut tokens = lock(&self.tokens);
        if tokens.len() >= MOST_TOKENS {
            tokens.clear();
        }
        tokens.insert(token.clone(), ends);
        token
    }

    pub(crate) fn accepts_token(&self, token: &str) -> bool {
        let now = self.desk.env.now();
        lock(&self.tokens).get(token).is_some_and(|ends| now < *ends)
    }
}
