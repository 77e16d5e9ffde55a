//! A database of a test's own, with people in it.

use crate::audited::audited;
use async_trait::async_trait;
use audit::{Finding, contract::seal_keys, ports::AuditLog as _};
use identity::{Action, AuditEvent, Event, Origin, Phone, contract::World, ports::AuditTrail as _};
use kernel::{Env, MovableClock, News, SystemEntropy, UserId};
use postgres::{
    Postgres,
    audit::PgAuditLog,
    identity::PgAuditTrail,
    testing::{TestDatabase, test_vault},
    vault::Place,
};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, QueryResult, Statement, Value};
use std::sync::Arc;
use time::macros::datetime;

pub struct PgWorld {
    pub env: Env,
    pub postgres: Postgres,
    pub audit: PgAuditLog,
    pub trail: PgAuditTrail,
    /// A connection as the role that owns the schema.
    pub owner: DatabaseConnection,
    pub database: TestDatabase,
}

impl PgWorld {
    pub async fn new() -> Self {
        let clock = MovableClock::standing_at(datetime!(2026-01-15 12:00 UTC));
        let env = Env::new(Arc::new(clock), Arc::new(SystemEntropy));
        let database = TestDatabase::create().await;
        let postgres = database.open(&env).await;
        let owner = database.open_as_owner().await;
        let (audit, trail) = (postgres.audit_log(), postgres.audit_trail());
        Self { env, audit, trail, postgres, owner, database }
    }

    /// A new person, whose chain has so many entries.
    pub async fn audited_person(&self, entries: usize) -> UserId {
        let user_id = UserId::generate(&self.env);
        for _ in 0..entries {
            let origin = Origin { ip: "2001:db8::1".parse().ok(), request_id: Some("अ-1".to_owned()) };
            let event = AuditEvent::own(&self.env, Action::SignedIn, user_id, &origin)
                .with("session", user_id)
                .with("reason", "test")
                .with("attempts_left", 3);
            self.trail.append(&event).await.unwrap();
        }
        user_id
    }

    /// Runs SQL as the owner.
    pub async fn as_owner(&self, sql: &str) {
        self.owner.execute_unprepared(sql).await.unwrap();
    }

    /// Runs SQL as the application; the SQLSTATE of its refusal.
    pub async fn refusal(&self, sql: &str) -> String {
        let refused = self.postgres.pool().execute_unprepared(sql).await.unwrap_err();
        format!("{refused:?}")
    }

    pub async fn row(&self, sql: &str, values: Vec<Value>) -> QueryResult {
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
        self.owner.query_one_raw(statement).await.unwrap().unwrap()
    }

    pub async fn findings(&self) -> Vec<Finding> {
        self.audit.verify(&seal_keys(1)).await.unwrap().findings
    }
}

#[async_trait]
impl World for PgWorld {
    fn env(&self) -> &Env {
        &self.env
    }

    async fn audited(&self, user_id: UserId) -> Vec<AuditEvent> {
        audited(&self.audit, user_id).await
    }

    async fn add_person(&self, user_id: UserId, phone: &Phone) {
        let vault = test_vault(&self.env);
        let (key, wrapped) = vault.new_row_key(Place { table: "users", row: user_id.uuid() }).unwrap();
        let statement = Statement::from_sql_and_values(
            DbBackend::Postgres,
            "INSERT INTO users (id, phone_hash, phone, row_key, row_key_version, created_at)
             VALUES ($1, $2, $3, $4, $5, $6)",
            [
                user_id.uuid().into(),
                vault.index("phone", phone.e164().as_bytes()).into(),
                key.seal("phone", phone.e164().as_bytes()).unwrap().into(),
                wrapped.bytes.into(),
                wrapped.version.into(),
                self.env.now().into(),
            ],
        );
        self.owner.execute_raw(statement).await.unwrap();
    }

    async fn news(&self) -> Vec<News<Event>> {
        let statement = Statement::from_string(
            DbBackend::Postgres,
            "SELECT job.payload->'news' AS news FROM graphile_worker._private_jobs job
               JOIN graphile_worker._private_tasks task ON task.id = job.task_id
              WHERE task.identifier = 'news' AND job.payload->>'topic' = 'identity' ORDER BY job.id",
        );
        let rows = self.owner.query_all_raw(statement).await.unwrap();
        let news = |row: QueryResult| serde_json::from_value(row.try_get("", "news").unwrap()).unwrap();
        rows.into_iter().map(news).collect()
    }
}
