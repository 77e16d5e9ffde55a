//! The database tells every instance at once which sessions have ended.

use crate::fault::OrStoreError as _;
use kernel::{SessionId, StoreError};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbErr, RuntimeErr, sqlx::postgres::PgListener};
use uuid::Uuid;

/// The channel on which a statement that ends a session names it.
const CHANNEL: &str = "session_revoked";

/// What the feed tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// A session has ended.
    Ended(SessionId),
    /// The feed works.
    Beat,
}

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

    /// Waits for what is told next; `None` when the connection was lost, and with it maybe news.
    ///
    /// # Errors
    /// When the server cannot be reached any more.
    pub async fn next(&mut self) -> Result<Option<Told>, StoreError> {
        let told = self.listener.try_recv().await.map_err(driver).or_store_error()?;
        Ok(told.map(|told| match Uuid::try_parse(told.payload()) {
            Ok(id) => Told::Ended(SessionId::new(id)),
            Err(_) => Told::Beat,
        }))
    }

    /// Tells everybody who listens that the feed works; who does not hear it has lost the feed.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub async fn beat(db: &DatabaseConnection) -> Result<(), StoreError> {
        db.execute_unprepared(&format!("SELECT pg_notify('{CHANNEL}', 'beat')"))
            .await
            .or_store_error()
            .map(drop)
    }
}

fn driver(error: sea_orm::sqlx::Error) -> DbErr {
    DbErr::Conn(RuntimeErr::SqlxError(std::sync::Arc::new(error)))
}
