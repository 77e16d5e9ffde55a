//! Consents: ended, never changed or removed.

use super::audit_trail::{audit_values, entry};
use crate::{
    Postgres, audit,
    fault::{OrStoreError as _, inconsistent},
};
use async_trait::async_trait;
use identity::{
    Channel, Consent, ConsentId, ConsentText, Language, Purpose, TextVersion,
    ports::{ConsentGiven, ConsentStore, ConsentWithdrawal},
};
use kernel::{Cursor, Limit, Page, StoreError, UserId};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Statement, TransactionTrait as _, Value};
use time::OffsetDateTime;
use uuid::Uuid;

/// Consents on PostgreSQL.
#[derive(Debug, Clone)]
pub struct PgConsentStore {
    postgres: Postgres,
}

impl PgConsentStore {
    pub(crate) const fn new(postgres: Postgres) -> Self {
        Self { postgres }
    }
}

#[derive(FromQueryResult)]
struct Row {
    user_id: Uuid,
    id: Uuid,
    purpose: String,
    text_version: String,
    language: String,
    channel: String,
    given_at: OffsetDateTime,
    withdrawn_at: Option<OffsetDateTime>,
    replaced_by: Option<Uuid>,
}

impl Row {
    fn consent(self) -> Result<Consent, StoreError> {
        let refuse = |_| inconsistent("a consent holds a word we do not know");
        Ok(Consent {
            id: ConsentId::new(self.id),
            user_id: UserId::new(self.user_id),
            purpose: Purpose::parse(&self.purpose).map_err(refuse)?,
            text: ConsentText {
                version: TextVersion::parse(&self.text_version).map_err(refuse)?,
                language: Language::parse(&self.language).map_err(refuse)?,
            },
            channel: Channel::parse(&self.channel).map_err(refuse)?,
            given_at: self.given_at,
            withdrawn_at: self.withdrawn_at,
            replaced_by: self.replaced_by.map(ConsentId::new),
        })
    }
}

const LIVE: &str =
    "SELECT user_id, id, purpose, text_version, language, channel, given_at, withdrawn_at, replaced_by
  FROM consents WHERE user_id = $1 AND purpose = $2 AND withdrawn_at IS NULL AND replaced_by IS NULL";

async fn live(
    db: &impl ConnectionTrait,
    user_id: UserId,
    purpose: Purpose,
) -> Result<Option<Consent>, StoreError> {
    let values = [user_id.uuid().into(), purpose.word().into()];
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, LIVE, values);
    Row::find_by_statement(statement).one(db).await.or_store_error()?.map(Row::consent).transpose()
}

/// Makes facts about one person's consents for one purpose wait for each other: there may be no row to lock.
async fn wait_in_line(
    db: &impl ConnectionTrait,
    user_id: UserId,
    purpose: Purpose,
) -> Result<(), StoreError> {
    let line = format!("consent:{user_id}:{}", purpose.word());
    let statement = Statement::from_sql_and_values(
        DbBackend::Postgres,
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
        [line.into()],
    );
    db.query_one_raw(statement).await.or_store_error().map(drop)
}

async fn replace(db: &impl ConnectionTrait, former: &Consent, by: ConsentId) -> Result<(), StoreError> {
    let values = [former.user_id.uuid().into(), former.id.uuid().into(), by.uuid().into()];
    let statement = Statement::from_sql_and_values(
        DbBackend::Postgres,
        "UPDATE consents SET replaced_by = $3 WHERE user_id = $1 AND id = $2",
        values,
    );
    db.execute_raw(statement).await.or_store_error().map(drop)
}

async fn insert(db: &impl ConnectionTrait, consent: &Consent) -> Result<(), StoreError> {
    let values: [Value; 7] = [
        consent.user_id.uuid().into(),
        consent.id.uuid().into(),
        consent.purpose.word().into(),
        consent.text.version.as_str().into(),
        consent.text.language.as_str().into(),
        consent.channel.word().into(),
        consent.given_at.into(),
    ];
    let statement = Statement::from_sql_and_values(
        DbBackend::Postgres,
        "INSERT INTO consents (user_id, id, purpose, text_version, language, channel, given_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        values,
    );
    db.execute_raw(statement).await.or_store_error().map(drop)
}

#[async_trait]
impl ConsentStore for PgConsentStore {
    async fn record_consent(&self, fact: &ConsentGiven) -> Result<Consent, StoreError> {
        let consent = &fact.consent;
        let transaction = self.postgres.db.begin().await.or_store_error()?;
        wait_in_line(&transaction, consent.user_id, consent.purpose).await?;
        match live(&transaction, consent.user_id, consent.purpose).await? {
            // The same words, or this very fact told again after a lost answer.
            Some(former) if former.text == consent.text => {
                transaction.rollback().await.or_store_error()?;
                return Ok(former);
            }
            Some(former) => replace(&transaction, &former, consent.id).await?,
            None => {}
        }
        insert(&transaction, consent).await?;
        audit::append(&transaction, entry(&fact.audit)).await?;
        transaction.commit().await.or_store_error()?;
        Ok(consent.clone())
    }

    async fn record_withdrawal(&self, fact: &ConsentWithdrawal) -> Result<Option<Consent>, StoreError> {
        let own = [fact.user_id.uuid().into(), fact.purpose.word().into(), fact.at.into()];
        let statement = Statement::from_sql_and_values(
            DbBackend::Postgres,
            "WITH ended AS (
                 UPDATE consents SET withdrawn_at = $3
                  WHERE user_id = $1 AND purpose = $2 AND withdrawn_at IS NULL AND replaced_by IS NULL
                 RETURNING user_id, id, purpose, text_version, language, channel, given_at, withdrawn_at,
                           replaced_by
             )
             SELECT ended.*, audit_append($4, $5, $6, $7, $8, $9, $10, $11) AS place FROM ended",
            own.into_iter().chain(audit_values(&fact.audit)),
        );
        let row = Row::find_by_statement(statement).one(&self.postgres.db).await.or_store_error()?;
        row.map(Row::consent).transpose()
    }

    async fn live(&self, user_id: UserId, purpose: Purpose) -> Result<Option<Consent>, StoreError> {
        live(&self.postgres.db, user_id, purpose).await
    }

    async fn page(
        &self,
        user_id: UserId,
        limit: Limit,
        after: Option<Cursor>,
    ) -> Result<Page<Consent>, StoreError> {
        let rows = i64::try_from(limit.rows()).unwrap_or(i64::MAX).saturating_add(1);
        let before = after.map_or(Uuid::max(), Cursor::row);
        let statement = Statement::from_sql_and_values(
            DbBackend::Postgres,
            "SELECT user_id, id, purpose, text_version, language, channel, given_at, withdrawn_at, replaced_by
               FROM consents WHERE user_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
            [user_id.uuid().into(), before.into(), rows.into()],
        );
        let rows = Row::find_by_statement(statement).all(&self.postgres.db).await.or_store_error()?;
        let consents = rows.into_iter().map(Row::consent).collect::<Result<_, _>>()?;
        Ok(Page::cut(consents, limit, |consent: &Consent| consent.id.uuid()))
    }
}
