//! What a thief of the table of challenges can do: try every code against a stolen row.
//!
//! The row is read and the hash computed here by themselves, from what RFC 9106 says and not from our own code.

use crate::TestApp;
use argon2::{Algorithm, Argon2, Params, Version};
use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use secrecy::ExposeSecret as _;
use serde_json::json;

/// Every code there is.
pub const CODES: std::ops::Range<u32> = 0..1_000_000;

/// A code as it lies in the database.
pub struct StolenCode {
    params: Params,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

impl StolenCode {
    /// Reads `$argon2id$v=19$m=…,t=…,p=…,keyid=…$salt$hash`; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let [parameters, salt, hash] =
            text.strip_prefix("$argon2id$v=19$")?.split('$').collect::<Vec<_>>().try_into().ok()?;
        let number = |name: &str| {
            parameters.split(',').find_map(|parameter| parameter.strip_prefix(name)?.parse::<u32>().ok())
        };
        let hash = STANDARD_NO_PAD.decode(hash).ok()?;
        let params = Params::new(number("m=")?, number("t=")?, number("p=")?, Some(hash.len())).ok()?;
        Some(Self { params, salt: STANDARD_NO_PAD.decode(salt).ok()?, hash })
    }

    /// Takes the one challenge of a running gateway: asks for a code, and reads the row as whoever has the database
    /// does.
    pub async fn steal(app: &TestApp) -> Self {
        app.post("/auth/otp/trigger", &json!({ "phone": app.new_phone() })).await.expect(200);
        let rows = app.query("SELECT code FROM otp_challenges").await;
        assert_eq!(rows.len(), 1, "one challenge");
        Self::parse(&rows[0].try_get::<String>("", "code").expect("a text")).expect("a hash")
    }

    /// The memory of one hash in KiB.
    pub fn memory_kib(&self) -> u32 {
        self.params.m_cost()
    }

    /// Those of `codes` that give the stolen hash, with this pepper or none.
    pub fn matching(&self, pepper: Option<&[u8]>, codes: impl IntoIterator<Item = u32>) -> Vec<String> {
        let params = self.params.clone();
        let argon2 = match pepper {
            Some(pepper) => Argon2::new_with_secret(pepper, Algorithm::Argon2id, Version::V0x13, params),
            None => Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params)),
        };
        let argon2 = argon2.expect("a pepper of a usable length");
        let codes = codes.into_iter().map(|code| format!("{code:06}"));
        let fits = |code: &String| {
            let mut hash = vec![0; self.hash.len()];
            argon2.hash_password_into(code.as_bytes(), &self.salt, &mut hash).expect("memory");
            hash == self.hash
        };
        codes.filter(fits).collect()
    }
}

/// The pepper under which this gateway hashes, which no thief of its database has.
pub fn pepper(app: &TestApp) -> &[u8] {
    let peppers = &app.config.keys.otp_peppers;
    peppers.known[&peppers.in_use].expose_secret()
}
