//! One statement at a time counts for everybody who has come meanwhile: under load a count costs a row and no round trip
//! of its own.

use super::Window;
use crate::fault::OrStoreError as _;
use kernel::StoreError;
use sea_orm::{DatabaseConnection, DbBackend, FromQueryResult, Statement};
use std::{
    collections::BTreeMap,
    mem,
    sync::{Arc, Mutex, PoisonError},
};
use time::OffsetDateTime;
use tokio::sync::{Mutex as Turn, oneshot};

/// Opens windows, or counts in those that are open now, which is when the last of those who wait came. Rows are taken
/// in the order of their names, so that two instances never wait for each other.
///
/// Its commit is not waited for: a server that loses its power forgets the counts of its last moment, which a limit of
/// so many an hour can bear, and a request whose own fact waits for the disk does not wait twice.
const COUNT: &str = "
INSERT INTO rate_windows AS w (name, ends_at, used)
SELECT name, ends_at, times
  FROM set_config('synchronous_commit', 'off', true),
       unnest($1::text[], $2::timestamptz[], $3::integer[]) AS asked (name, ends_at, times)
 ORDER BY name
    ON CONFLICT (name) DO UPDATE
   SET used = excluded.used + CASE WHEN w.ends_at > $4 THEN least(w.used, 1000000000) ELSE 0 END,
       ends_at = CASE WHEN w.ends_at > $4 THEN w.ends_at ELSE excluded.ends_at END
RETURNING name, used, ends_at";

/// The most names one statement counts.
const NAMES_MAX: usize = 128;

/// Something to be counted once more.
#[derive(Debug, Clone)]
pub(super) struct Ask {
    /// Whose window.
    pub(super) name: String,
    /// When it is done.
    pub(super) at: OffsetDateTime,
    /// When the window ends, if it begins now.
    pub(super) ends_at: OffsetDateTime,
}

type Answer = Result<Window, StoreError>;

/// Who waits to be counted, and whose turn it is to count.
#[derive(Default)]
pub(crate) struct Tally {
    waiting: Mutex<Vec<(Ask, oneshot::Sender<Answer>)>>,
    turn: Turn<()>,
}

#[derive(FromQueryResult)]
struct Row {
    name: String,
    used: i32,
    ends_at: OffsetDateTime,
}

impl Tally {
    /// Counts once more; answers how often with this time.
    pub(super) async fn count(&self, db: &DatabaseConnection, ask: &Ask) -> Answer {
        let mut told = self.join(ask);
        loop {
            let _turn = tokio::select! {
                biased;
                answer = &mut told => match answer {
                    Ok(answer) => return answer,
                    // Who was counting for us went away: whether it was counted nobody knows, and once too often is
                    // better than never.
                    Err(_) => {
                        told = self.join(ask);
                        continue;
                    }
                },
                turn = self.turn.lock() => turn,
            };
            self.count_waiting(db).await;
        }
    }

    fn join(&self, ask: &Ask) -> oneshot::Receiver<Answer> {
        let (tell, told) = oneshot::channel();
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push((ask.clone(), tell));
        told
    }

    /// Counts for those who wait now, each in the order of coming.
    async fn count_waiting(&self, db: &DatabaseConnection) {
        let waiting = {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            let now = waiting.len().min(NAMES_MAX);
            let later = waiting.split_off(now);
            mem::replace(&mut *waiting, later)
        };
        let mut by_name: BTreeMap<String, Vec<(Ask, oneshot::Sender<Answer>)>> = BTreeMap::new();
        for (ask, tell) in waiting {
            by_name.entry(ask.name.clone()).or_default().push((ask, tell));
        }
        if by_name.is_empty() {
            return;
        }
        match counted(db, by_name.values().map(Vec::as_slice)).await {
            Ok(rows) => {
                for row in rows {
                    let asked = by_name.remove(&row.name).unwrap_or_default();
                    tell(&row, asked);
                }
            }
            Err(error) => {
                let error = Arc::new(error);
                for (_, tell) in by_name.into_values().flatten() {
                    // Who went away needs no answer.
                    let _gone = tell.send(Err(shared(&error)));
                }
            }
        }
    }
}

/// Counts each name as often as it is asked for.
async fn counted<'a>(
    db: &DatabaseConnection,
    asked: impl Iterator<Item = &'a [(Ask, oneshot::Sender<Answer>)]>,
) -> Result<Vec<Row>, StoreError> {
    let (mut names, mut ends, mut times, mut now) = (Vec::new(), Vec::new(), Vec::new(), None);
    for of_one in asked {
        let Some((first, _)) = of_one.first() else { continue };
        now = now.max(of_one.iter().map(|(ask, _)| ask.at).max());
        names.push(first.name.clone());
        ends.push(first.ends_at);
        times.push(i32::try_from(of_one.len()).unwrap_or(i32::MAX));
    }
    let values = [names.into(), ends.into(), times.into(), now.into()];
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, COUNT, values);
    Row::find_by_statement(statement).all(db).await.or_store_error()
}

/// Tells each where it stands in the order of coming.
fn tell(row: &Row, asked: Vec<(Ask, oneshot::Sender<Answer>)>) {
    let used = u32::try_from(row.used).unwrap_or_default();
    let others = u32::try_from(asked.len()).unwrap_or(u32::MAX);
    let before = used.saturating_sub(others);
    for (nth, (_, tell)) in (1..).zip(asked) {
        // Who went away needs no answer.
        let _gone = tell.send(Ok(Window { used: before.saturating_add(nth), ends_at: row.ends_at }));
    }
}

/// The same error for one of many.
fn shared(error: &Arc<StoreError>) -> StoreError {
    match **error {
        StoreError::Unavailable(_) => StoreError::Unavailable(Box::new(Arc::clone(error))),
        StoreError::Inconsistent(_) => StoreError::Inconsistent(Box::new(Arc::clone(error))),
    }
}
