//! The contract of signing in holds on a real server, and the database itself keeps what it must.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on stops")]

mod audited;

use async_trait::async_trait;
use audited::audited;
use identity::{
    AuditEvent, Event, Phone, Roles,
    contract::{self, SignInStage, World},
    testing::{FrontDesk, SignInStores},
};
use kernel::{Env, News, UserId};
use postgres::{Postgres, RevocationFeed, Told, audit::PgAuditLog, testing::TestDatabase};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, Statement, Value};
use std::sync::Arc;

struct Stage {
    env: Env,
    postgres: Postgres,
    audit: PgAuditLog,
    owner: DatabaseConnection,
    _database: TestDatabase,
}

impl Stage {
    async fn open() -> Self {
        let (database, env) = (TestDatabase::create().await, Env::system());
        let postgres = database.open(&env).await;
        let (audit, owner) = (postgres.audit_log(), database.open_as_owner().await);
        Self { env, audit, postgres, owner, _database: database }
    }

    async fn run(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> u64 {
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
        self.owner.execute_raw(statement).await.unwrap().rows_affected()
    }

    async fn ask<T: sea_orm::TryGetable>(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> T {
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
        self.owner.query_one_raw(statement).await.unwrap().unwrap().try_get("", "answer").unwrap()
    }
}

#[async_trait]
impl World for Stage {
    fn env(&self) -> &Env {
        &self.env
    }

    async fn audited(&self, user_id: UserId) -> Vec<AuditEvent> {
        audited(&self.audit, user_id).await
    }

    async fn add_person(&self, user_id: UserId, _phone: &Phone) {
        panic!("people of these suites sign up: {user_id}");
    }

    async fn news(&self) -> Vec<News<Event>> {
        let sql = "SELECT (job.payload->'news')::jsonb AS news FROM graphile_worker._private_jobs job
                     JOIN graphile_worker._private_tasks task ON task.id = job.task_id
                    WHERE task.identifier = 'news' AND job.payload->>'topic' = 'identity' ORDER BY job.id";
        let rows = self.owner.query_all_raw(Statement::from_string(DbBackend::Postgres, sql)).await.unwrap();
        let news = |row: sea_orm::QueryResult| row.try_get::<serde_json::Value>("", "news").unwrap();
        rows.into_iter().map(|row| serde_json::from_value(news(row)).unwrap()).collect()
    }
}

#[async_trait]
impl SignInStage for Stage {
    fn stores(&self) -> SignInStores {
        SignInStores {
            sign_ins: Arc::new(self.postgres.sign_ins()),
            sessions: Arc::new(self.postgres.sessions()),
            budgets: Arc::new(self.postgres.budgets()),
        }
    }

    fn race_rounds(&self) -> u32 {
        20
    }

    async fn session_count(&self, user_id: UserId) -> usize {
        let sql = "SELECT count(*) AS answer FROM sessions WHERE user_id = $1";
        let count: i64 = self.ask(sql, [user_id.uuid().into()]).await;
        count.try_into().unwrap()
    }

    async fn set_roles(&self, user_id: UserId, roles: Roles) {
        let words: Vec<_> = roles.words().collect();
        let sql = "UPDATE users SET roles = string_to_array($2, ',') WHERE id = $1";
        assert_eq!(self.run(sql, [user_id.uuid().into(), words.join(",").into()]).await, 1);
    }

    async fn close_account(&self, user_id: UserId) {
        let sql = "UPDATE users SET deactivated_at = '2026-01-01' WHERE id = $1";
        assert_eq!(self.run(sql, [user_id.uuid().into()]).await, 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sign_ins_hold() {
    contract::sign_in_store(&Stage::open().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn budgets_hold() {
    contract::budget_store(&Stage::open().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_hold() {
    contract::session_store(&Stage::open().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn journeys_hold() {
    contract::sign_in_journeys(&Stage::open().await).await;
}

fn asha() -> Phone {
    Phone::parse("9876543210").unwrap()
}

#[tokio::test]
async fn a_dump_tells_no_number_no_code_no_token_and_no_name() {
    let stage = Stage::open().await;
    let desk = FrontDesk::over(stage.stores());
    let phone = asha();
    let signed_in = desk.sign_in(&phone, None).await.unwrap();
    let next = desk
        .sessions
        .refresh(signed_in.tokens.refresh_token.expose(), &identity::Origin::default())
        .await
        .unwrap();
    let code = desk.inbox.code(&phone).unwrap();
    let tables = ["users", "otp_challenges", "otp_budgets", "known_devices", "sessions", "audit_events"];
    let mut dump = String::new();
    for table in tables {
        let sql = format!("SELECT coalesce(string_agg(t::text, E'\\n'), '') AS answer FROM {table} t");
        dump.push_str(&stage.ask::<String>(&sql, []).await);
    }
    let jobs =
        "SELECT coalesce(string_agg(payload::text, ''), '') AS answer FROM graphile_worker._private_jobs";
    dump.push_str(&stage.ask::<String>(jobs, []).await);
    assert!(dump.contains("argon2id"), "the dump is one");
    let hex = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    for secret in [
        "9876543210",
        "Asha",
        signed_in.tokens.access_token.expose(),
        signed_in.tokens.refresh_token.expose(),
        next.access_token.expose(),
        next.refresh_token.expose(),
        &signed_in.device_token.expose(),
    ] {
        assert!(!dump.contains(secret) && !dump.contains(&hex(secret)));
    }
    assert!(!dump.contains(&format!("\"{code}\"")) && !dump.contains(&hex(&code)));
}

#[tokio::test]
async fn an_ended_session_is_told_to_every_instance() {
    let stage = Stage::open().await;
    let desk = FrontDesk::over(stage.stores());
    let phone = asha();
    let mut feed = RevocationFeed::listen(stage.postgres.pool()).await.unwrap();
    let mut opened = Vec::new();
    for _ in 0..3 {
        opened.push(desk.sign_in(&phone, None).await.unwrap());
    }
    let claims = |index: usize| {
        desk.tokens.verify(opened[index].tokens.access_token.expose(), desk.env.now()).unwrap()
    };
    let origin = identity::Origin::default();
    desk.sessions.revoke(&claims(0), opened[1].session_id, &origin).await.unwrap();
    assert_eq!(feed.next().await.unwrap(), Some(Told::Ended(opened[1].session_id)));
    desk.sessions.logout_others(&claims(0), &origin).await.unwrap();
    assert_eq!(feed.next().await.unwrap(), Some(Told::Ended(opened[2].session_id)));
    let spent = opened[0].tokens.refresh_token.expose();
    desk.sessions.refresh(spent, &origin).await.unwrap();
    desk.clock.advance(time::Duration::minutes(2));
    assert!(desk.sessions.refresh(spent, &origin).await.is_err());
    assert_eq!(feed.next().await.unwrap(), Some(Told::Ended(opened[0].session_id)));
}

#[tokio::test]
async fn a_session_that_makes_room_is_told_too() {
    let stage = Stage::open().await;
    let desk = FrontDesk::over(stage.stores());
    let phone = asha();
    let mut feed = RevocationFeed::listen(stage.postgres.pool()).await.unwrap();
    let oldest = desk.sign_in(&phone, None).await.unwrap().session_id;
    for _ in 0..10 {
        desk.clock.advance(time::Duration::hours(3));
        desk.sign_in(&phone, None).await.unwrap();
    }
    assert_eq!(feed.next().await.unwrap(), Some(Told::Ended(oldest)));
}

#[tokio::test]
async fn refreshing_makes_no_row_and_touches_no_index() {
    let stage = Stage::open().await;
    let desk = FrontDesk::over(stage.stores());
    let phone = asha();
    let mut pair = desk.sign_in(&phone, None).await.unwrap().tokens;
    for _ in 0..100 {
        let spent = pair.refresh_token.expose();
        pair = desk.sessions.refresh(spent, &identity::Origin::default()).await.unwrap();
    }
    assert_eq!(stage.ask::<i64>("SELECT count(*) AS answer FROM sessions", []).await, 1);
    // The server writes such an update in place. How soon it sweeps old versions depends on who else works on
    // it, so their number is no test.
    let indexed = "SELECT string_agg(a.attname, ',' ORDER BY a.attname) AS answer
                     FROM (SELECT DISTINCT unnest(indkey) AS number FROM pg_index
                            WHERE indrelid = 'sessions'::regclass) i
                     JOIN pg_attribute a ON a.attrelid = 'sessions'::regclass AND a.attnum = i.number";
    assert_eq!(stage.ask::<String>(indexed, []).await, "created_at,ended_at,expires_at,id,user_id");
}

#[tokio::test]
async fn the_application_can_neither_delete_people_nor_give_them_roles_we_do_not_know() {
    let stage = Stage::open().await;
    let desk = FrontDesk::over(stage.stores());
    desk.sign_in(&asha(), None).await.unwrap();
    for forbidden in [
        "DELETE FROM users",
        "TRUNCATE sessions",
        "UPDATE users SET roles = '{PATIENT,OWNER}'",
        "UPDATE users SET roles = '{ADMIN}'",
        "UPDATE users SET phone_hash = NULL",
        "UPDATE sessions SET ended_at = expires_at",
        "UPDATE otp_challenges SET code = '123456'",
    ] {
        let refused = stage.postgres.pool().execute_unprepared(forbidden).await;
        assert!(refused.is_err(), "{forbidden}");
    }
}

/// What the version before this one told the database about a guess, and how it counted codes.
fn told_by_the_version_before(phone_hash: &str, device: Option<&str>) -> serde_json::Value {
    let charges = |holder: &str| {
        serde_json::json!([{
            "meter": "wrong_codes_per_day", "holder": holder, "cost": 1, "at_most": 15,
            "window_us": 86_400_000_000_i64, "unverified_free": 50, "verified_percent_min": 40,
        }])
    };
    serde_json::json!({
        "phone_hash": phone_hash, "surface": "app", "challenge_id": null, "device": device, "attempts_max": 5,
        "stranger": charges(phone_hash), "known_device": charges(&phone_hash.replace('a', "b")),
        "at": "2026-01-15T12:00:01Z", "last_guess": {},
    })
}

#[tokio::test]
async fn the_version_before_goes_on_beside_this_one() {
    let stage = Stage::open().await;
    let phone_hash = "a1".repeat(32);
    let code = format!("$argon2id$v=19$m=8,t=1,p=1,keyid=1${}${}", "A".repeat(22), "A".repeat(43));
    let made = "INSERT INTO otp_challenges (phone_hash, surface, id, code, created_at, expires_at)
                VALUES (decode($1, 'hex'), 'app', '01a1fbc2-bc12-7810-8951-46d3d8a078c3', $2,
                        '2026-01-15T12:00:00Z', '2026-01-15T12:10:00Z')";
    stage.run(made, [phone_hash.clone().into(), code.into()]).await;
    let known = "INSERT INTO known_devices (phone_hash, device_key, first_seen_at, last_seen_at)
                 VALUES (decode($1, 'hex'), decode($2, 'hex'), now(), now())";
    let device = "c2".repeat(32);
    stage.run(known, [phone_hash.clone().into(), device.clone().into()]).await;
    let attempt =
        "SELECT outcome || ' ' || attempts_left || ' ' || known AS answer FROM otp_spend_attempt($1::jsonb)";
    for (device, answer) in
        [(None, "granted 4 false"), (Some(device.as_str()), "granted 4 true"), (None, "granted 3 false")]
    {
        let told = told_by_the_version_before(&phone_hash, device);
        assert_eq!(stage.ask::<String>(attempt, [told.into()]).await, answer);
    }
    // A code it sent is used here, and the reverse: what says nothing of an account means the number's.
    let used = "SELECT otp_use_challenge($1::jsonb) AS answer";
    let told = serde_json::json!({
        "phone_hash": phone_hash, "surface": "app", "challenge_id": "01a1fbc2-bc12-7810-8951-46d3d8a078c3",
        "settlements": [], "at": "2026-01-15T12:00:02Z",
    });
    assert!(stage.ask::<bool>(used, [told.into()]).await);
}
