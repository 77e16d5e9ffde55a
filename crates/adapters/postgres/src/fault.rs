//! What went wrong in the database, in the words of our ports.

use kernel::StoreError;
use sea_orm::{DbErr, RuntimeErr, sqlx};

/// Turns a driver's error into the one error every storage port shares.
///
/// Lost connections, time-outs, deadlocks and a server that is going down may work when tried again;
/// everything else means that our SQL or our data is wrong and somebody must look.
pub(crate) fn store(error: DbErr) -> StoreError {
    if is_passing(&error) {
        StoreError::Unavailable(Box::new(error))
    } else {
        StoreError::Inconsistent(Box::new(error))
    }
}

/// A row holds something our types refuse: the table contradicts our rules.
pub(crate) fn inconsistent(what: &'static str) -> StoreError {
    StoreError::Inconsistent(what.into())
}

/// The SQLSTATE of an error the server answered.
pub(crate) fn sqlstate(error: &DbErr) -> Option<String> {
    driver(error)?.as_database_error()?.code().map(|code| code.into_owned())
}

fn driver(error: &DbErr) -> Option<&sqlx::Error> {
    match error {
        DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error))
        | DbErr::Conn(RuntimeErr::SqlxError(error)) => Some(error),
        _ => None,
    }
}

fn is_passing(error: &DbErr) -> bool {
    if matches!(error, DbErr::ConnectionAcquire(_) | DbErr::Conn(_)) {
        return true;
    }
    match driver(error) {
        Some(sqlx::Error::Database(_)) => sqlstate(error).is_some_and(|state| {
            // 08 connection, 40 rolled back for concurrency, 53 out of resources, 57 operator intervention
            // (shutdown, statement time-out), 55P03 lock not available.
            ["08", "40", "53", "57"].iter().any(|class| state.starts_with(class)) || state == "55P03"
        }),
        Some(
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed,
        ) => true,
        _ => false,
    }
}

/// For `map_err` where a statement ran.
pub(crate) trait OrStoreError<T> {
    /// The value, or the error in our words.
    fn or_store_error(self) -> Result<T, StoreError>;
}

impl<T> OrStoreError<T> for Result<T, DbErr> {
    fn or_store_error(self) -> Result<T, StoreError> {
        self.map_err(store)
    }
}
