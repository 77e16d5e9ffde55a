//! What is tried against access tokens, each try one step away from a token that is good.
//!
//! One list for both places where it must fail: the check itself, and the HTTP edge in front of it. Most of these
//! tokens are signed with the right secret, as no attacker could: so it is not the signature alone that refuses them.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::{Sha256, Sha384, Sha512};

/// A token that must be refused, and what is tried with it.
#[derive(Debug, Clone)]
pub struct TokenAttack {
    /// What is tried; no two have the same name.
    pub name: String,
    /// The token.
    pub token: String,
}

/// Makes tokens of any form for a name and a secret that are believed.
#[derive(Debug)]
pub struct TokenForge<'good> {
    kid: &'good str,
    secret: &'good [u8],
    good: &'good str,
    claims: Value,
    attacks: Vec<TokenAttack>,
}

impl<'good> TokenForge<'good> {
    /// Takes a good token apart that the key `kid` signed with `secret`; `None` if it is no token.
    #[must_use]
    pub fn new(good: &'good str, kid: &'good str, secret: &'good [u8]) -> Option<Self> {
        let claims = URL_SAFE_NO_PAD.decode(good.split('.').nth(1)?).ok()?;
        let claims = serde_json::from_slice(&claims).ok()?;
        Some(Self { kid, secret, good, claims, attacks: Vec::new() })
    }

    /// A token of this header and these claims, signed as ours are. Of our own header and the good token's claims it
    /// is as good as that.
    #[must_use]
    pub fn signed(&self, header: &str, claims: &str) -> String {
        self.signed_with(self.secret, header, claims)
    }

    /// The header that our tokens have.
    #[must_use]
    pub fn header(&self) -> String {
        format!(r#"{{"typ":"at+jwt","alg":"HS256","kid":"{}"}}"#, self.kid)
    }

    /// The good token's claims.
    #[must_use]
    pub fn claims(&self) -> String {
        self.claims.to_string()
    }

    /// Every attack.
    #[must_use]
    pub fn attacks(mut self) -> Vec<TokenAttack> {
        self.other_algorithms();
        self.other_keys();
        self.other_types_and_extensions();
        self.other_claims();
        self.times();
        self.parts();
        self.signatures();
        self.spellings();
        self.attacks
    }

    fn add(&mut self, name: impl Into<String>, token: impl Into<String>) {
        self.attacks.push(TokenAttack { name: name.into(), token: token.into() });
    }

    fn add_header(&mut self, name: impl Into<String>, header: &str) {
        let token = self.signed(header, &self.claims());
        self.add(name, token);
    }

    fn add_claim(&mut self, name: impl Into<String>, claim: &str, value: Value) {
        let mut claims = self.claims.clone();
        claims[claim] = value;
        let token = self.signed(&self.header(), &claims.to_string());
        self.add(name, token);
    }

    fn signed_with(&self, secret: &[u8], header: &str, claims: &str) -> String {
        sign(secret, &message(header, claims))
    }

    fn other_algorithms(&mut self) {
        let (kid, claims) = (self.kid.to_owned(), self.claims());
        let header = |alg: &str| format!(r#"{{"typ":"at+jwt","alg":{alg},"kid":"{kid}"}}"#);
        for none in ["none", "None", "NONE", "nOnE", "none ", ""] {
            let unsigned = message(&header(&format!("{none:?}")), &claims);
            self.add(format!("alg {none:?} and no signature"), format!("{unsigned}."));
            self.add(format!("alg {none:?} and no part for one"), unsigned.clone());
            self.add_header(format!("alg {none:?} and a right signature"), &header(&format!("{none:?}")));
        }
        let unsigned = message(r#"{"alg":"none"}"#, &claims);
        self.add("alg none alone", format!("{unsigned}."));
        let wide = message(&header(r#""HS384""#), &claims);
        let tag = Hmac::<Sha384>::new_from_slice(self.secret).map(|mac| mac.chain_update(&wide).finalize());
        let tag = tag.map(|tag| URL_SAFE_NO_PAD.encode(tag.into_bytes())).unwrap_or_default();
        self.add("HS384 of the right secret", format!("{wide}.{tag}"));
        let wide = message(&header(r#""HS512""#), &claims);
        let tag = Hmac::<Sha512>::new_from_slice(self.secret).map(|mac| mac.chain_update(&wide).finalize());
        let tag = tag.map(|tag| URL_SAFE_NO_PAD.encode(tag.into_bytes())).unwrap_or_default();
        self.add("HS512 of the right secret", format!("{wide}.{tag}"));
        for alg in
            ["HS384", "HS512", "RS256", "RS512", "PS256", "ES256", "ES256K", "EdDSA", "hs256", "HS256 "]
        {
            self.add_header(
                format!("alg {alg:?} over an HS256 of the right secret"),
                &header(&format!("{alg:?}")),
            );
        }
        for alg in ["null", "256", "true", r#"["HS256"]"#, r#"{"HS256":1}"#] {
            self.add_header(format!("alg is {alg}"), &header(alg));
        }
        self.add_header("no alg", &format!(r#"{{"typ":"at+jwt","kid":"{kid}"}}"#));
    }

    fn other_keys(&mut self) {
        let claims = self.claims();
        let header = |kid: &str| format!(r#"{{"typ":"at+jwt","alg":"HS256","kid":{kid}}}"#);
        let upper = self.kid.to_uppercase();
        let long = "k".repeat(2_000);
        let foreign = [
            "",
            "unknown",
            "../../keys",
            "/dev/null",
            "/proc/sys/kernel/randomize_va_space",
            "' OR '1'='1",
            "x' UNION SELECT 'secret",
            "*",
            "%00",
            "$(id)",
            "| id",
            "https://evil.example/keys",
            &long,
        ];
        for kid in foreign.into_iter().chain((upper != self.kid).then_some(upper.as_str())) {
            let shown: String = kid.chars().take(40).collect();
            let header = header(&format!("{kid:?}"));
            self.add_header(format!("kid {shown:?} over the right secret"), &header);
            let empty = self.signed_with(b"", &header, &claims);
            self.add(format!("kid {shown:?} over an empty secret"), empty);
        }
        for kid in ["null", "0", "true", r#"["a"]"#] {
            self.add_header(format!("kid is {kid}"), &header(kid));
        }
        self.add_header("no kid", r#"{"typ":"at+jwt","alg":"HS256"}"#);
        let ours = self.header();
        for (name, secret) in [
            ("an empty secret", Vec::new()),
            ("a secret of zeros", vec![0; 32]),
            ("the word secret", b"secret".to_vec()),
            ("the key's own name", self.kid.as_bytes().to_vec()),
            ("the secret as base64 text", STANDARD.encode(self.secret).into_bytes()),
            ("the secret and a byte", [self.secret, &[1]].concat()),
        ] {
            let token = self.signed_with(&secret, &ours, &claims);
            self.add(format!("signed with {name}"), token);
        }
    }

    fn other_types_and_extensions(&mut self) {
        let (kid, claims) = (self.kid.to_owned(), self.claims());
        let typed = |typ: &str| format!(r#"{{"typ":{typ},"alg":"HS256","kid":"{kid}"}}"#);
        for typ in
            ["JWT", "jwt", "AT+JWT", "at+JWT", "application/at+jwt", "id+jwt", "dpop+jwt", "logout+jwt", ""]
        {
            self.add_header(format!("typ {typ:?}"), &typed(&format!("{typ:?}")));
        }
        self.add_header("typ is null", &typed("null"));
        self.add_header("no typ", &format!(r#"{{"alg":"HS256","kid":"{kid}"}}"#));
        let own = URL_SAFE_NO_PAD.encode([7; 32]);
        for (name, value) in [
            ("jku", json!("https://evil.example/jwks.json")),
            ("x5u", json!("https://evil.example/chain.pem")),
            ("jwk", json!({ "kty": "oct", "kid": kid, "k": own })),
            ("x5c", json!(["MIIB"])),
            ("x5t", json!("AAAA")),
            ("crit", json!(["exp"])),
            ("crit", json!([])),
            ("crit", json!(["b64"])),
            ("b64", json!(false)),
            ("cty", json!("JWT")),
            ("zip", json!("DEF")),
            ("enc", json!("A256GCM")),
            ("anything", json!(1)),
        ] {
            let header = format!(r#"{{"typ":"at+jwt","alg":"HS256","kid":"{kid}","{name}":{value}}}"#);
            self.add_header(format!("header {name} {value} over the right secret"), &header);
            let token = self.signed_with(&[7; 32], &header, &claims);
            self.add(format!("header {name} {value} over the attacker's secret"), token);
        }
        for (name, header) in [
            (
                "alg twice, none first",
                format!(r#"{{"typ":"at+jwt","alg":"none","alg":"HS256","kid":"{kid}"}}"#),
            ),
            (
                "alg twice, none last",
                format!(r#"{{"typ":"at+jwt","alg":"HS256","kid":"{kid}","alg":"none"}}"#),
            ),
            ("kid twice", format!(r#"{{"typ":"at+jwt","alg":"HS256","kid":"{kid}","kid":"other"}}"#)),
            ("typ twice", format!(r#"{{"typ":"JWT","typ":"at+jwt","alg":"HS256","kid":"{kid}"}}"#)),
            ("another order of the header", format!(r#"{{"alg":"HS256","typ":"at+jwt","kid":"{kid}"}}"#)),
            ("spaces in the header", format!(r#"{{"typ": "at+jwt", "alg": "HS256", "kid": "{kid}"}}"#)),
            ("an escape in the header", format!(r#"{{"typ":"at\u002bjwt","alg":"HS256","kid":"{kid}"}}"#)),
            ("a header that is a list", format!(r#"["at+jwt","HS256","{kid}"]"#)),
            ("a header that is no JSON", "at+jwt".to_owned()),
            ("an empty header", String::new()),
        ] {
            self.add_header(name, &header);
        }
    }

    fn other_claims(&mut self) {
        let audience = self.claims["aud"].clone();
        for (claim, value) in [
            ("iss", json!("https://evil.example")),
            ("iss", json!("")),
            ("iss", json!(null)),
            ("iss", json!([self.claims["iss"]])),
            ("aud", json!("somebody-else")),
            ("aud", json!("")),
            ("aud", json!(null)),
            ("aud", json!([])),
            ("aud", json!([audience])),
            ("aud", json!([audience, "somebody-else"])),
            ("user_id", json!("")),
            ("user_id", json!("1 OR 1=1")),
            ("user_id", json!(1)),
            ("user_id", json!(null)),
            ("sid", json!("../../other")),
            ("sid", json!(0)),
            ("jti", json!(null)),
            ("roles", json!("ADMIN")),
            ("roles", json!(["OWNER"])),
            ("roles", json!([["ADMIN"]])),
            ("roles", json!(null)),
        ] {
            self.add_claim(format!("claim {claim} is {value}"), claim, value.clone());
        }
        let claims: Vec<String> =
            self.claims.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect();
        for claim in claims {
            let mut fewer = self.claims.clone();
            if let Some(fewer) = fewer.as_object_mut() {
                fewer.remove(&claim);
            }
            let token = self.signed(&self.header(), &fewer.to_string());
            self.add(format!("no claim {claim}"), token);
            let text = self.claims();
            let twice = format!("{},\"{claim}\":{}}}", &text[..text.len() - 1], self.claims[&claim]);
            let token = self.signed(&self.header(), &twice);
            self.add(format!("claim {claim} twice"), token);
        }
        for (name, claims) in
            [("null", "null"), ("a list", "[]"), ("a text", "\"x\""), ("nothing", ""), ("half a JSON", "{")]
        {
            let token = self.signed(&self.header(), claims);
            self.add(format!("claims that are {name}"), token);
        }
        self.add_claim("rightly signed and over 4 KiB", "more", json!("x".repeat(4_096)));
    }

    fn times(&mut self) {
        let issued = self.claims["iat"].as_i64().unwrap_or_default();
        for (name, claim, value) in [
            ("ended 30 s before it was issued", "exp", json!(issued - 30)),
            ("ended a day ago", "exp", json!(issued - 86_400)),
            ("ended in 1970", "exp", json!(0)),
            ("ended before 1970", "exp", json!(-1)),
            ("ends at the least number", "exp", json!(i64::MIN)),
            ("ends at the greatest number", "exp", json!(i64::MAX)),
            ("ends beyond every number", "exp", json!(u64::MAX)),
            ("ends at a fraction", "exp", json!(2_000_000_000.5)),
            ("ends at a number with a point", "exp", json!(2_000_000_000.0)),
            ("ends at 1e300", "exp", json!(1e300)),
            ("ends at a text", "exp", json!("2000000000")),
            ("ends at a date", "exp", json!("2033-05-18T03:33:20Z")),
            ("ends at true", "exp", json!(true)),
            ("ends at a list", "exp", json!([2_000_000_000])),
            ("issued in a minute", "iat", json!(issued + 60)),
            ("issued in a year", "iat", json!(issued + 31_536_000)),
            ("issued at the greatest number", "iat", json!(i64::MAX)),
            ("issued at a fraction", "iat", json!(1.5)),
            ("issued at a text", "iat", json!("0")),
            ("not before a minute from now", "nbf", json!(issued + 60)),
            ("not before next year", "nbf", json!(issued + 31_536_000)),
            ("not before a text", "nbf", json!("0")),
        ] {
            self.add_claim(name, claim, value);
        }
        let mut text = self.claims();
        text = text.replacen(&format!("\"exp\":{}", self.claims["exp"]), "\"exp\":1e400", 1);
        let token = self.signed(&self.header(), &text);
        self.add("ends at 1e400", token);
    }

    fn parts(&mut self) {
        let good = self.good.to_owned();
        let [header, claims, signature] = [0, 1, 2].map(|part| good.split('.').nth(part).unwrap_or_default());
        let json = json!({ "payload": claims, "protected": header, "signature": signature }).to_string();
        for (name, token) in [
            ("nothing at all", String::new()),
            ("a dot", ".".to_owned()),
            ("two dots", "..".to_owned()),
            ("four dots", "....".to_owned()),
            ("no signature", format!("{header}.{claims}")),
            ("an empty signature", format!("{header}.{claims}.")),
            ("no claims", format!("{header}..{signature}")),
            ("no header", format!(".{claims}.{signature}")),
            ("claims and signature alone", format!("{claims}.{signature}")),
            ("a fourth part", format!("{good}.{signature}")),
            ("an empty fourth part", format!("{good}.")),
            ("an empty first part", format!(".{good}")),
            ("the token twice", format!("{good}.{good}")),
            ("parts in another order", format!("{claims}.{header}.{signature}")),
            ("an encrypted token of five parts", format!("{header}.{claims}.AAAA.{claims}.{signature}")),
            (
                "five parts as RFC 7516 has them",
                format!("{}.{claims}.AAAA.{claims}.{signature}", encrypted()),
            ),
            ("JSON instead of dots", json),
            ("two schemes", format!("Bearer {good}")),
            ("a list of tokens", format!("{good},{good}")),
            ("5,000 letters", "a".repeat(5_000)),
            ("2,000 dots", ".".repeat(2_000)),
        ] {
            self.add(name, token);
        }
    }

    fn signatures(&mut self) {
        let good = self.good.to_owned();
        let Some((message, signature)) = good.rsplit_once('.') else { return };
        let bytes = URL_SAFE_NO_PAD.decode(signature).unwrap_or_default();
        let other = self.signed(&self.header(), "{}");
        let other = other.rsplit_once('.').map(|(_, signature)| signature.to_owned()).unwrap_or_default();
        let mut flipped = bytes.clone();
        if let Some(last) = flipped.last_mut() {
            *last ^= 1;
        }
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        for (name, signature) in [
            ("a signature without its last letter", signature[..signature.len() - 1].to_owned()),
            ("half a signature", URL_SAFE_NO_PAD.encode(&bytes[..bytes.len() / 2])),
            ("a signature of 31 bytes", URL_SAFE_NO_PAD.encode(&bytes[..bytes.len() - 1])),
            ("a signature of one byte", URL_SAFE_NO_PAD.encode(&bytes[..1])),
            ("a signature and a letter", format!("{signature}A")),
            ("a signature of 33 bytes", URL_SAFE_NO_PAD.encode([bytes.as_slice(), &[0]].concat())),
            ("the signature twice", format!("{signature}{signature}")),
            ("a signature of zeros", URL_SAFE_NO_PAD.encode([0; 32])),
            ("the last bit turned", URL_SAFE_NO_PAD.encode(&flipped)),
            ("another token's signature", other),
            ("the signature as hexadecimal digits", hex),
        ] {
            self.add(name, format!("{message}.{signature}"));
        }
        // The last letter of 32 bytes says four bits more than there are: four letters would read alike.
        let (begin, last) = signature.split_at(signature.len() - 1);
        for letter in ALPHABET.chars().filter(|letter| !last.contains(*letter)) {
            self.add(
                format!("the signature's last letter is {letter}"),
                format!("{message}.{begin}{letter}"),
            );
        }
    }

    fn spellings(&mut self) {
        let good = self.good.to_owned();
        for (at, _) in good.match_indices('.').chain([(good.len(), "")]) {
            let (before, after) = good.split_at(at);
            for (name, more) in [
                ("a pad", "="),
                ("two pads", "=="),
                ("an escaped pad", "%3D"),
                ("a space", " "),
                ("a tab", "\t"),
                ("a line's end", "\n"),
                ("an escaped space", "%20"),
                ("a NUL", "\0"),
                ("a plus", "+"),
                ("a slash", "/"),
                ("a zero-width space", "\u{200b}"),
                ("a wide letter", "\u{ff21}"),
                ("a combining accent", "\u{301}"),
            ] {
                self.add(format!("{name} at {at}"), format!("{before}{more}{after}"));
            }
        }
        self.add("a byte-order mark in front", format!("\u{feff}{good}"));
        self.add("a Cyrillic first letter", good.replacen('e', "\u{435}", 1));
        self.add("capitals", good.to_uppercase());
        self.add("escaped dots", good.replace('.', "%2E"));
        self.add("wide dots", good.replace('.', "\u{ff0e}"));
        self.encodings();
    }

    /// Claims that are rightly signed as they stand, and that a lenient reader would read as the good ones.
    fn encodings(&mut self) {
        let good = self.good.to_owned();
        let Some(header) = good.split('.').next() else { return };
        // Lengths of all three remainders, so that each kind of ending is there.
        for pad in 0..3 {
            let claims = format!("{}{}", self.claims(), " ".repeat(pad));
            let text = URL_SAFE_NO_PAD.encode(&claims);
            let mut spellings = vec![
                ("padded", format!("{text}=")),
                ("with a space", format!("{text} ")),
                ("with a line's end", format!("{text}\n")),
                ("in the other alphabet", format!("{}+/==", &text)),
                ("with a part more", format!("{text}.{text}")),
            ];
            if claims.len() % 3 != 0 {
                let (begin, last) = text.split_at(text.len() - 1);
                let place = last.chars().next().and_then(|last| ALPHABET.find(last)).unwrap_or_default();
                let spare = ALPHABET.chars().nth(place ^ 1).unwrap_or_default();
                spellings.push(("with a spare bit set", format!("{begin}{spare}")));
            }
            for (name, text) in spellings {
                let token = sign(self.secret, &format!("{header}.{text}"));
                self.add(format!("claims {name}, rightly signed, of {} bytes", claims.len()), token);
            }
        }
    }
}

const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn message(header: &str, claims: &str) -> String {
    format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims))
}

fn sign(secret: &[u8], message: &str) -> String {
    let tag = Hmac::<Sha256>::new_from_slice(secret).map(|mac| mac.chain_update(message).finalize());
    let tag = tag.map(|tag| URL_SAFE_NO_PAD.encode(tag.into_bytes())).unwrap_or_default();
    format!("{message}.{tag}")
}

fn encrypted() -> String {
    URL_SAFE_NO_PAD.encode(r#"{"alg":"dir","enc":"A256GCM","typ":"at+jwt"}"#)
}
