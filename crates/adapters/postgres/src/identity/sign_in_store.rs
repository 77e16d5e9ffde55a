//! Challenges, known devices, and sign-ins.

use super::{
    TOPIC, USERS,
    wording::{audit, hex, instant},
};
use crate::{
    Postgres,
    fault::{OrStoreError as _, inconsistent},
    queue::news_payload,
    vault::Place,
};
use async_trait::async_trait;
use identity::{
    ChallengeId, CodeHash, DeviceKey, Lane, Phone, Roles,
    ports::{
        Attempt, ChallengeUse, CodeAttempt, Granted, NewChallenge, NewSession, RecordError, SignIn,
        SignInStore, SignedIn,
    },
};
use kernel::{SessionId, StoreError, UserId};
use sea_orm::{ConnectionTrait as _, DbBackend, FromQueryResult, Statement, Value};
use serde_json::{Value as Json, json};
use time::OffsetDateTime;
use uuid::Uuid;

/// [`SignInStore`] on PostgreSQL.
#[derive(Debug, Clone)]
pub struct PgSignInStore {
    postgres: Postgres,
}

impl Postgres {
    /// Challenges, known devices, and sign-ins.
    #[must_use]
    pub fn sign_ins(&self) -> PgSignInStore {
        PgSignInStore { postgres: self.clone() }
    }
}

#[derive(FromQueryResult)]
struct AttemptRow {
    outcome: String,
    challenge_id: Option<Uuid>,
    code: Option<String>,
    attempts_left: Option<i16>,
    until: Option<OffsetDateTime>,
}

impl AttemptRow {
    fn attempt(self) -> Result<Attempt, StoreError> {
        let granted = |row: Self| {
            Some(Granted {
                challenge_id: ChallengeId::new(row.challenge_id?),
                code: CodeHash::from_text(&row.code?)?,
                attempts_left: u8::try_from(row.attempts_left?).ok()?,
            })
        };
        let attempt = match self.outcome.as_str() {
            "granted" => granted(self).map(Attempt::Granted),
            "missing" => Some(Attempt::Missing),
            "expired" => Some(Attempt::Expired),
            "used" => Some(Attempt::Used),
            "exhausted" => Some(Attempt::Exhausted),
            "over_budget" => self.until.map(|until| Attempt::OverBudget { until }),
            _ => None,
        };
        attempt.ok_or_else(|| inconsistent("an attempt came out in a way we do not know"))
    }
}

#[derive(FromQueryResult)]
struct SignedInRow {
    outcome: String,
    user_id: Option<Uuid>,
    roles: Option<String>,
    is_new: Option<bool>,
    new_device: Option<bool>,
    crowded: Option<String>,
}

impl SignedInRow {
    fn signed_in(self) -> Result<SignedIn, RecordError> {
        let signed_in = |row: Self| {
            let crowded = row.crowded.unwrap_or_default();
            let crowded = crowded.split(',').filter(|id| !id.is_empty());
            Some(SignedIn {
                user_id: UserId::new(row.user_id?),
                roles: Roles::from_words(row.roles?.split(','))?,
                is_new_user: row.is_new?,
                new_device: row.new_device?,
                crowded_out: crowded
                    .map(|id| Uuid::try_parse(id).map(SessionId::new).ok())
                    .collect::<Option<_>>()?,
            })
        };
        match self.outcome.as_str() {
            "used" => Err(RecordError::Used),
            "deactivated" => Err(RecordError::Deactivated),
            "signed_in" => {
                signed_in(self).ok_or_else(|| inconsistent("a sign-in came out incomplete").into())
            }
            _ => Err(inconsistent("a sign-in came out in a way we do not know").into()),
        }
    }
}

impl PgSignInStore {
    /// On whose account a challenge stands.
    fn account(&self, phone: &Phone, lane: Lane) -> Vec<u8> {
        match lane {
            Lane::Stranger => self.postgres.phone_hash(phone),
            Lane::KnownDevice(device) => device.bytes().to_vec(),
        }
    }

    fn challenge_use(&self, fact: &ChallengeUse) -> Json {
        json!({
            "challenge_id": fact.challenge_id.uuid(),
            "phone_hash": hex(&self.postgres.phone_hash(&fact.phone)),
            "holder": hex(&self.account(&fact.phone, fact.lane)),
            "surface": fact.surface.word(),
            "settlements": self.postgres.settlements(&fact.settlements),
            "at": instant(fact.at),
        })
    }

    /// The person the number becomes if it is new, with a data key of their own.
    fn person(&self, fact: &SignIn) -> Result<Json, StoreError> {
        let place = Place { table: USERS, row: fact.new_user_id.uuid() };
        let (key, wrapped) = self.postgres.vault.new_row_key(place)?;
        let phone = key.seal("phone", fact.challenge.phone.e164().as_bytes())?;
        Ok(json!({
            "id": place.row,
            "phone": hex(&phone),
            "row_key": hex(&wrapped.bytes),
            "row_key_version": wrapped.version,
        }))
    }

    /// The session to be opened. A device's name may tell its owner's, so it is sealed under a key of the row.
    fn session(&self, session: &NewSession) -> Result<Json, StoreError> {
        let place = Place { table: "sessions", row: session.id.uuid() };
        let device = match &session.device {
            None => None,
            Some(device) => {
                let (key, wrapped) = self.postgres.vault.new_row_key(place)?;
                Some((key.seal("device", device.expose().as_bytes())?, wrapped))
            }
        };
        Ok(json!({
            "id": place.row,
            "device": device.as_ref().map(|(device, _)| hex(device)),
            "row_key": device.as_ref().map(|(_, wrapped)| hex(&wrapped.bytes)),
            "row_key_version": device.as_ref().map(|(_, wrapped)| wrapped.version),
            "family": hex(session.family.bytes()),
            "token": hex(session.token.bytes()),
            "idle_ends_at": instant(session.idle_ends_at),
            "expires_at": instant(session.expires_at),
        }))
    }

    /// The whole fact. What depends on whether the number is known is written for a new one; the function puts
    /// the known person in its place.
    fn sign_in(&self, fact: &SignIn) -> Result<Json, StoreError> {
        let news = fact.news(fact.new_user_id, true, true);
        let payloads = news.iter().map(|news| news_payload(TOPIC, news)).collect::<Result<Vec<_>, _>>()?;
        let [sign_up_news, sign_in_news] = payloads.as_slice() else {
            return Err(inconsistent("a new person's sign-in has two pieces of news"));
        };
        Ok(json!({
            "challenge": self.challenge_use(&fact.challenge),
            "person": self.person(fact)?,
            "session": self.session(&fact.session)?,
            "device": hex(fact.device.bytes()),
            "devices_max": fact.devices_max,
            "live_max": fact.live_max,
            "audit": audit(&fact.audit(fact.new_user_id, true)),
            "known_action": fact.audit(fact.new_user_id, false).action.word(),
            "crowded": audit(&fact.crowded),
            "sign_up_news": sign_up_news,
            "sign_in_news": sign_in_news,
        }))
    }

    fn statement(sql: &str, values: impl IntoIterator<Item = Value>) -> Statement {
        Statement::from_sql_and_values(DbBackend::Postgres, sql, values)
    }
}

#[async_trait]
impl SignInStore for PgSignInStore {
    async fn knows_device(&self, phone: &Phone, device: DeviceKey) -> Result<bool, StoreError> {
        let statement = Self::statement(
            "SELECT 1 AS known FROM known_devices WHERE phone_hash = $1 AND device_key = $2",
            [self.postgres.phone_hash(phone).into(), device.bytes().to_vec().into()],
        );
        Ok(self.postgres.db.query_one_raw(statement).await.or_store_error()?.is_some())
    }

    async fn record_challenge(&self, fact: &NewChallenge) -> Result<(), StoreError> {
        let statement = Self::statement(
            "INSERT INTO otp_challenges AS former
                    (phone_hash, surface, id, code, created_at, expires_at, earns)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (phone_hash, surface) DO UPDATE
                SET id = excluded.id, code = excluded.code, created_at = excluded.created_at,
                    expires_at = excluded.expires_at, earns = excluded.earns,
                    attempts_by_strangers = 0, attempts_by_known_devices = 0, used_at = NULL, formers = otp_formers(former)",
            [
                self.account(&fact.phone, fact.lane).into(),
                fact.surface.word().into(),
                fact.id.uuid().into(),
                fact.code.to_text().into(),
                fact.at.into(),
                fact.expires_at.into(),
                self.postgres.settlements(&fact.earns).into(),
            ],
        );
        self.postgres.db.execute_raw(statement).await.or_store_error().map(drop)
    }

    async fn withdraw_challenge(&self, fact: &NewChallenge) -> Result<(), StoreError> {
        let statement = Self::statement(
            "SELECT otp_withdraw_challenge($1, $2, $3)",
            [self.account(&fact.phone, fact.lane).into(), fact.surface.word().into(), fact.id.uuid().into()],
        );
        self.postgres.db.execute_raw(statement).await.or_store_error().map(drop)
    }

    async fn spend_attempt(&self, fact: &CodeAttempt) -> Result<Attempt, StoreError> {
        let attempt = json!({
            "phone_hash": hex(&self.postgres.phone_hash(&fact.phone)),
            "holder": hex(&self.account(&fact.phone, fact.lane)),
            "surface": fact.surface.word(),
            "challenge_id": fact.challenge_id.map(ChallengeId::uuid),
            "attempts_max": fact.attempts_max,
            "charges": self.postgres.charges(&fact.charges),
            "at": instant(fact.at),
            "last_guess": audit(&fact.last_guess),
        });
        let statement = Self::statement("SELECT * FROM otp_spend_attempt($1::jsonb)", [attempt.into()]);
        let row = AttemptRow::find_by_statement(statement).one(&self.postgres.db).await.or_store_error()?;
        row.ok_or_else(|| inconsistent("an attempt came to nothing"))?.attempt()
    }

    async fn use_challenge(&self, fact: &ChallengeUse) -> Result<(), RecordError> {
        let statement =
            Self::statement("SELECT otp_use_challenge($1::jsonb) AS used", [self.challenge_use(fact).into()]);
        let row = self.postgres.db.query_one_raw(statement).await.or_store_error()?;
        let row = row.ok_or_else(|| inconsistent("the use of a challenge came to nothing"))?;
        let used: bool = row.try_get("", "used").or_store_error()?;
        used.then_some(()).ok_or(RecordError::Used)
    }

    async fn record_sign_in(&self, fact: &SignIn) -> Result<SignedIn, RecordError> {
        let statement =
            Self::statement("SELECT * FROM sign_in_record($1::jsonb)", [self.sign_in(fact)?.into()]);
        let row = SignedInRow::find_by_statement(statement).one(&self.postgres.db).await.or_store_error()?;
        self.postgres.ring();
        row.ok_or_else(|| inconsistent("a sign-in came to nothing"))?.signed_in()
    }

    async fn forget_expired(
        &self,
        before: OffsetDateTime,
        unseen_since: OffsetDateTime,
    ) -> Result<u64, StoreError> {
        let mut forgotten = 0_u64;
        for (table, condition, than) in [
            ("otp_challenges", "expires_at < $1", before),
            ("otp_budgets", "ends_at < $1", before),
            ("known_devices", "last_seen_at < $1", unseen_since),
        ] {
            forgotten = forgotten.saturating_add(self.postgres.forget(table, condition, than).await?);
        }
        Ok(forgotten)
    }
}
