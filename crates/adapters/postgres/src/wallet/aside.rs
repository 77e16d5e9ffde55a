//! What the replica may answer of a wallet: lines that were settled before it came as far as it has.

use super::reading;
use crate::Postgres;
use kernel::Page;
use time::Duration;
use wallet::{
    HistoryQuery, Transaction,
    ports::{StatementQuery, StatementRows},
};

/// How long after its end a period may still get a line: a booking takes its time before it is recorded, and that is
/// seconds. Much longer than any statement may run.
const SETTLED_AFTER: Duration = Duration::hours(1);

/// The page behind a line that the replica knows: bookings of a wallet follow one another, so whoever has one has all
/// before it. An empty page may be that of a line it does not know yet, so that one is the primary's to answer.
pub(super) async fn older_page(pg: &Postgres, query: &HistoryQuery) -> Option<Page<Transaction>> {
    let replica = pg.replica.as_ref().filter(|_| query.after.is_some())?;
    if replica.caught_up_to().is_none() {
        replica.pass_on();
        return None;
    }
    let reading = async {
        let page = reading::history(replica.db(), query).await?;
        Ok(page.filter(|page| !page.rows.is_empty()))
    };
    replica.answer(reading).await
}

/// The lines of a period that was over well before the replica came as far as it has: nothing is added to it any more.
pub(super) async fn settled_statement(pg: &Postgres, query: &StatementQuery) -> Option<StatementRows> {
    let replica = pg.replica.as_ref()?;
    let is_settled = |caught_up_to| query.ends_at.saturating_add(SETTLED_AFTER) <= caught_up_to;
    if !replica.caught_up_to().is_some_and(is_settled) {
        replica.pass_on();
        return None;
    }
    replica.answer(reading::statement(replica.db(), query)).await
}
