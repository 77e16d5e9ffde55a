//! Roles, kept with the person.

use super::audit_trail::audit_values;
use crate::{
    Postgres,
    fault::{OrStoreError as _, inconsistent},
};
use async_trait::async_trait;
use identity::{
    Roles,
    ports::{RoleChange, RoleStore},
};
use kernel::{StoreError, UserId};
use sea_orm::{DbBackend, FromQueryResult, Statement, Value};

/// Gives (`$3`) or takes a role that is not yet so; the one everybody has stays with everybody.
const CHANGE: &str = "\
WITH changed AS (
    UPDATE users SET roles = CASE WHEN $3 THEN roles || $2::text ELSE array_remove(roles, $2::text) END
     WHERE id = $1 AND deactivated_at IS NULL AND ($2::text = ANY (roles)) <> $3 AND $2::text <> 'PATIENT'
    RETURNING roles
)
SELECT array_to_string(roles, ',') AS roles, audit_append($4, $5, $6, $7, $8, $9, $10, $11) AS place
  FROM changed";

const FIND: &str =
    "SELECT array_to_string(roles, ',') AS roles FROM users WHERE id = $1 AND deactivated_at IS NULL";

/// Roles on PostgreSQL.
#[derive(Debug, Clone)]
pub struct PgRoleStore {
    postgres: Postgres,
}

impl PgRoleStore {
    pub(crate) const fn new(postgres: Postgres) -> Self {
        Self { postgres }
    }
}

#[derive(FromQueryResult)]
struct Row {
    roles: String,
}

impl Row {
    fn roles(&self) -> Result<Roles, StoreError> {
        Roles::from_words(self.roles.split(',')).ok_or_else(|| inconsistent("a person has an unknown role"))
    }
}

#[async_trait]
impl RoleStore for PgRoleStore {
    async fn find(&self, user_id: UserId) -> Result<Option<Roles>, StoreError> {
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, FIND, [user_id.uuid().into()]);
        let row = Row::find_by_statement(statement).one(&self.postgres.db).await.or_store_error()?;
        row.map(|row| row.roles()).transpose()
    }

    async fn record_change(&self, fact: &RoleChange) -> Result<Option<Roles>, StoreError> {
        let own: [Value; 3] = [fact.user_id.uuid().into(), fact.role.word().into(), fact.given.into()];
        let values = own.into_iter().chain(audit_values(&fact.audit));
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, CHANGE, values);
        match Row::find_by_statement(statement).one(&self.postgres.db).await.or_store_error()? {
            Some(row) => row.roles().map(Some),
            None => self.find(fact.user_id).await,
        }
    }
}
