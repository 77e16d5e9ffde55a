//! People, wallets, sessions and codes in bulk: straight into the database, as the program would have left them.

use crate::{Failure, credit::holder, site::Site};
use identity::{
    AccessClaims, CodeHash, CodeHashing, CodeLength, OtpCode, Phone, RefreshSecret, RefreshToken, Roles,
};
use kernel::{Env, SessionId};
use postgres::vault::Vault;
use serde_json::{Value as Json, json};
use std::{
    fmt::Write as _,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};
use time::Duration;

/// Open wallets, numbered from 1, each with some lines of history to come from credits.
pub(crate) async fn wallets(site: &Site, many: u32) -> Result<(), Failure> {
    let many = i64::from(many);
    for sql in [
        "INSERT INTO ledger_accounts (id, opened_at)
         SELECT lpad(n::text, 32, '0')::uuid, now() FROM generate_series(1, $1::bigint) n",
        "INSERT INTO wallets (user_id, state, issuer_wallet_id, issuer_status, kyc_level, created_at, changed_at)
         SELECT lpad(n::text, 32, '0')::uuid, 'COMPLETED', 'wlm_' || n, 'ACTIVE', 'full', now(), now()
           FROM generate_series(1, $1::bigint) n",
    ] {
        site.execute(sql, [many.into()]).await?;
    }
    tell_planner(site, "wallets, wallet_balances, ledger_accounts").await
}

/// Whose request is limited by address comes from one of its own.
pub(crate) fn address(number: u32) -> String {
    let [_, a, b, c] = number.to_be_bytes();
    format!("10.{a}.{b}.{c}")
}

fn hashing(site: &Site) -> Result<CodeHashing, Failure> {
    let peppers = &site.config.keys.otp_peppers;
    Ok(CodeHashing::new(peppers.known.clone(), peppers.in_use, site.config.rules.otp_hash)?)
}

/// The hashing of codes as it is configured, and one code's hash.
pub(crate) fn code(site: &Site) -> Result<(Arc<CodeHashing>, CodeHash), Failure> {
    let hashing = hashing(site)?;
    let code = OtpCode::parse("123456", CodeLength::SIX)?;
    let hash = hashing.hash(&code, Env::system().random())?;
    Ok((Arc::new(hashing), hash))
}

/// A file of requests to `path` by the holders of as many wallets; `{wallet}` in it is the issuer's id.
pub(crate) fn readers(site: &Site, many: u32, path: &str, name: &str) -> Result<PathBuf, Failure> {
    let env = Env::system();
    let mut text = String::new();
    for number in 1..=many {
        let token = access_token(site, &env, number)?;
        writeln!(text, "{token}\t{}", path.replace("{wallet}", &format!("wlm_{number}")))?;
    }
    write(site, name, &text)
}

/// A file that asks one path with one token, or with none.
pub(crate) fn caller(site: &Site, token: &str, path: &str, name: &str) -> Result<PathBuf, Failure> {
    // A line for each thread.
    write(site, name, &format!("{token}\t{path}\n").repeat(2))
}

fn access_token(site: &Site, env: &Env, number: u32) -> Result<String, Failure> {
    let at = env.now();
    let claims = AccessClaims {
        user_id: holder(number),
        session_id: SessionId::generate(env),
        roles: roles()?,
        issued_at: at,
        expires_at: at + Duration::hours(24),
        token_id: env.new_uuid(),
    };
    Ok(site.app.tokens.issue(&claims)?.expose().clone())
}

fn roles() -> Result<Roles, Failure> {
    Roles::from_words(["PATIENT"]).ok_or_else(|| "everybody is a patient".into())
}

static PEOPLE: AtomicU32 = AtomicU32::new(0);

/// How people's codes are given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    /// Numbers that have never signed in.
    New,
    /// Numbers of people.
    Known,
}

/// Numbers nobody had before, each with a code under way, and a file of requests that give it back.
pub(crate) async fn codes(
    site: &Site,
    many: u32,
    who: Who,
    otp: &str,
    name: &str,
) -> Result<PathBuf, Failure> {
    let keys = &site.config.keys;
    let env = Env::system();
    let vault = Vault::new(&keys.masters.known, keys.masters.in_use, keys.index.clone(), env)?;
    let first = PEOPLE.fetch_add(many, Ordering::Relaxed);
    let (mut text, mut hashes) = (String::new(), Vec::new());
    for number in first..first.saturating_add(many) {
        let digits = format!("9{number:09}");
        let phone = Phone::parse(&digits)?;
        hashes.push(Json::from(hex(&vault.index("phone", phone.e164().as_bytes()))));
        let body = json!({ "phone": digits, "otp": otp, "device_info": "Redmi 12 · Android 14" });
        writeln!(text, "{}\t{body}", address(number))?;
    }
    let hashes = Json::from(hashes);
    if who == Who::Known {
        site.execute(PEOPLE_OF_HASHES, [hashes.clone().into()]).await?;
    }
    let (_, hash) = code(site)?;
    site.execute("DELETE FROM otp_challenges", []).await?;
    site.execute(CODES_OF_HASHES, [hashes.into(), hash.to_text().into()]).await?;
    tell_planner(site, CODES).await?;
    write(site, name, &text)
}

const PEOPLE_OF_HASHES: &str = r"
INSERT INTO users (id, phone_hash, phone, row_key, row_key_version, created_at)
SELECT gen_random_uuid(), decode(phone, 'hex'), '\x5a', '\x5a', 1, now() FROM jsonb_array_elements_text($1::jsonb) phone";

const CODES_OF_HASHES: &str = "
INSERT INTO otp_challenges (phone_hash, surface, id, code, created_at, expires_at)
SELECT decode(phone, 'hex'), 'app', gen_random_uuid(), $2, now(), now() + interval '10 min'
  FROM jsonb_array_elements_text($1::jsonb) phone";

/// Live sessions, and a file of their newest tokens.
pub(crate) async fn sessions(site: &Site, many: u32, name: &str) -> Result<PathBuf, Failure> {
    let env = Env::system();
    let at = env.now();
    let expires_at = (at + Duration::days(30)).replace_nanosecond(0)?;
    let (mut text, mut rows) = (String::new(), Vec::new());
    for number in 0..many {
        let user_id = kernel::UserId::generate(&env);
        let session_id = SessionId::generate(&env);
        let secret = RefreshSecret::draw(&env, session_id);
        rows.push(json!({
            "id": session_id.uuid(),
            "user_id": user_id.uuid(),
            "family": hex(secret.family_hash().bytes()),
            "newest": hex(secret.hash().bytes()),
        }));
        let token = RefreshToken::write(secret, user_id, roles()?, expires_at);
        writeln!(text, "{}\t{}", address(number), token.expose())?;
    }
    site.execute(SESSIONS_OF_ROWS, [Json::from(rows).into(), at.into(), expires_at.into()]).await?;
    write(site, name, &text)
}

const SESSIONS_OF_ROWS: &str = r"
WITH given AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset($1::jsonb) AS given (id uuid, user_id uuid, family text, newest text)
), people AS (
    INSERT INTO users (id, phone_hash, phone, row_key, row_key_version, created_at)
    SELECT user_id, sha256(user_id::text::bytea), '\x5a', '\x5a', 1, $2 FROM given RETURNING id
)
INSERT INTO sessions (id, user_id, family, newest, created_at, last_used_at, idle_ends_at, expires_at)
SELECT given.id, people.id, decode(family, 'hex'), decode(newest, 'hex'), $2, $2, $2 + interval '14 d', $3
  FROM given JOIN people ON people.id = given.user_id";

/// The sessions of the floor, one a client, whose first token is always the same.
pub(crate) async fn floor_sessions(site: &Site, clients: u32) -> Result<(), Failure> {
    for sql in [
        r"INSERT INTO users (id, phone_hash, phone, row_key, row_key_version, created_at)
          VALUES (md5('floor person')::uuid, sha256('floor person'), '\x5a', '\x5a', 1, now()) ON CONFLICT DO NOTHING",
        "DELETE FROM sessions WHERE user_id = md5('floor person')::uuid",
    ] {
        site.execute(sql, []).await?;
    }
    let sql = "
INSERT INTO sessions (id, user_id, family, newest, created_at, last_used_at, idle_ends_at, expires_at)
SELECT md5('floor session ' || n)::uuid, md5('floor person')::uuid, sha256(('family ' || n)::bytea),
       sha256('token 1'), now(), now(), now() + interval '14 d', '2100-01-01'
  FROM generate_series(1, $1::bigint) n";
    site.execute(sql, [i64::from(clients).into()]).await
}

/// Codes under way for the floor, from one number to another, and people who have them if they are known.
pub(crate) async fn floor_codes(site: &Site, from: u64, many: u64, who: Who) -> Result<(), Failure> {
    let (_, hash) = code(site)?;
    let (from, many) = (i64::try_from(from)?, i64::try_from(many)?);
    if who == Who::Known {
        let sql = r"
INSERT INTO users (id, phone_hash, phone, row_key, row_key_version, created_at)
SELECT gen_random_uuid(), sha256(('floor phone ' || n)::bytea), '\x5a', '\x5a', 1, now()
  FROM generate_series($1::bigint + 1, $1 + $2::bigint) n";
        site.execute(sql, [from.into(), many.into()]).await?;
    }
    site.execute("DELETE FROM otp_challenges", []).await?;
    let sql = "
INSERT INTO otp_challenges (phone_hash, surface, id, code, created_at, expires_at)
SELECT sha256(('floor phone ' || n)::bytea), 'app', md5('floor challenge ' || n)::uuid, $3, now(), now() + interval '10 min'
  FROM generate_series($1::bigint + 1, $1 + $2::bigint) n";
    site.execute(sql, [from.into(), many.into(), hash.to_text().into()]).await?;
    tell_planner(site, CODES).await
}

/// The tables that codes and the people who have them are put into.
const CODES: &str = "users, otp_challenges";

/// Lets the planner know of what was put in at one go, as it would of what came by itself: plans made for an empty
/// table would read all of a full one.
async fn tell_planner(site: &Site, tables: &str) -> Result<(), Failure> {
    site.execute(&format!("VACUUM (ANALYZE) {tables}"), []).await
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

fn write(site: &Site, name: &str, text: &str) -> Result<PathBuf, Failure> {
    let file = site.file(name);
    std::fs::write(&file, text)?;
    Ok(file)
}
