//! One step of the schema, written in SQL.

use sea_orm_migration::prelude::*;

/// A named SQL file that runs once, in a transaction of its own.
#[derive(Clone, Copy)]
pub(crate) struct Step {
    name: &'static str,
    pub(crate) sql: &'static str,
}

impl Step {
    pub(crate) const fn new(name: &'static str, sql: &'static str) -> Self {
        Self { name, sql }
    }
}

impl MigrationName for Step {
    fn name(&self) -> &str {
        self.name
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared(self.sql).await.map(drop)
    }

    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Err(DbErr::Migration("the schema only moves forward: write a new step".to_owned()))
    }
}
