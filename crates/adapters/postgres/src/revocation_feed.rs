//! The database tells every instance at once which sessions have ended.

use crate::fault::OrStoreError as _;
use kernel::{SessionId, StoreError};
use sea_orm::{DatabaseConnection, DbErr, RuntimeErr, sqlx::postgres::PgListener};
use uuid::Uuid;

/// The channel on which a statement that ends a session names it.
const CHANNEL: &str = "session_revoked";

/// A connection that listens. Its pool must reach the server itself, not a transaction pooler.
pub struct RevocationFeed {
    listener: PgListener,
}

impl RevocationFeed {
    /// Starts listening; what ended before must be read from the table after this.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub async fn listen(db: &DatabaseConnection) -> Result<Self, StoreError> {
        let pool = db.get_postgres_connection_pool();
        let mut listener = PgListener::connect_with(pool).await.map_err(driver).or_store_error()?;
        listener.listen(CHANNEL).await.map_err(driver).or_store_error()?;
        Ok(Self { listener })
    }

    /// Waits for the next session that ends; `None` when the connection was lost, and with it maybe news.
    ///
    /// # Errors
    /// When the server cannot be reached any more.
    pub async fn next(&mut self) -> Result<Option<SessionId>, StoreError> {
        loop {
            let Some(told) = self.listener.try_recv().await.map_err(driver).or_store_error()? else {
                return Ok(None);
            };
            if let Ok(id) = Uuid::try_parse(told.payload()) {
                return Ok(Some(SessionId::new(id)));
            }
        }
    }
}

fn driver(error: sea_orm::sqlx::Error) -> DbErr {
    DbErr::Conn(RuntimeErr::SqlxError(std::sync::Arc::new(error)))
}
