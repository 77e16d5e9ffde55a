//! The work that comes round by the clock.

use super::{
    jobs::{Jobs, verdict},
    observe::count,
};
use crate::{app::App, error::Error};
use insurance::SyncError;
use kernel::{Limit, StoreError};
use payments::Unreadable;
use postgres::queue::Verdict;
use processes::Outcome;
use serde_json::Value;
use wallet::ports::LedgerAudit as _;

/// Scheduled work. Times are the server's; each is safe to run on many instances and to run twice.
///
/// Every line has an `id`: by default it would be the kind of job, and of lines with one id due in the same
/// minute none runs. Every line has a `queue`, of whose jobs one runs at a time, on whichever instance: so no round
/// overlaps itself, and of the worker's places chores take two at most, what asks partners and what tends tables.
pub(super) const CRONTAB: &str = r#"
* * * * * chore ?id=reconcile_orders&fill=1m&max=3&queue=rounds {"name": "reconcile_orders"}
*/5 * * * * chore ?id=remind_unfulfilled&max=3&queue=rounds {"name": "remind_unfulfilled"}
7 * * * * chore ?id=sync_plans&max=3&queue=rounds {"name": "sync_plans"}
*/10 * * * * chore ?id=ask_after_loads&max=3&queue=rounds {"name": "ask_after_loads"}
17 * * * * chore ?id=forget_expired&max=3&queue=upkeep {"name": "forget_expired"}
42 * * * * chore ?id=checkpoint_audit&max=3&queue=upkeep {"name": "checkpoint_audit"}
23 20 * * * chore ?id=check_ledger&max=3&queue=upkeep {"name": "check_ledger"}
"#;

/// How many orders one round looks at or tells of again.
const ORDERS_A_ROUND: Limit = Limit::MOST;

/// How long a payment session is kept after its end: it holds what a payment page needs to know of a person.
const PAYMENT_SESSIONS_KEPT: time::Duration = time::Duration::days(1);

/// How long a buried look or chore is kept; news and processes stay until somebody has seen to them.
const BURIED_KEPT: time::Duration = time::Duration::days(30);

/// How long a webhook is kept: longer than any partner delivers it again.
const WEBHOOKS_KEPT: time::Duration = time::Duration::days(30);

/// How long a quote is kept after its end.
const QUOTES_KEPT: time::Duration = time::Duration::days(30);

/// How long a policy that was wanted and never paid for is kept after the end of its price.
const PROPOSALS_KEPT: time::Duration = time::Duration::days(30);

/// How long a dependant is kept after they were taken off the list.
const REMOVED_DEPENDANTS_KEPT: time::Duration = time::Duration::days(30);

/// Looks at what the insurer sells. A plan that cannot be sold is told of and stays as it was.
pub(super) async fn look_at_plans(app: &App) -> Result<(), SyncError> {
    for (code, error) in app.catalogue.sync().await?.refused {
        tracing::error!(code = code.as_str(), %error, "a plan of the insurer's cannot be sold");
    }
    Ok(app.postgres.note_chore("sync_plans", app.env.now()).await?)
}

impl Jobs {
    pub(super) async fn chore(&self, payload: &Value) -> Verdict {
        let name = payload.get("name").and_then(Value::as_str).unwrap_or_default();
        let done = match name {
            "reconcile_orders" => self.reconcile_orders().await,
            "remind_unfulfilled" => self.app.payments.remind_unfulfilled(ORDERS_A_ROUND).await.map(drop),
            "ask_after_loads" => self.app.wallets.ask_after_loads().await.map(drop),
            "sync_plans" => return self.sync_plans().await,
            "forget_expired" => self.forget_expired().await,
            "checkpoint_audit" => self.app.audits.seal().await.map(drop),
            "check_ledger" => self.check_ledger().await,
            _ => return Verdict::Never { reason: format!("there is no chore {name}") },
        };
        let noted = match done {
            Ok(()) => self.app.postgres.note_chore(name, self.app.env.now()).await,
            Err(error) => Err(error),
        };
        match noted {
            Ok(()) => Verdict::Done,
            Err(error) => verdict(Outcome::of_failure(&error)),
        }
    }

    /// Looks at orders that are due; one that cannot be read is told of each time its turn comes.
    async fn reconcile_orders(&self) -> Result<(), StoreError> {
        for Unreadable { order_id, cause } in self.app.payments.reconcile(ORDERS_A_ROUND).await?.unreadable {
            let causes = Error::from(cause).causes();
            tracing::error!(order_id = order_id.as_str(), causes, "an order contradicts our rules");
        }
        Ok(())
    }

    /// Looks at what the insurer sells, and says in full why that could not be done.
    async fn sync_plans(&self) -> Verdict {
        let error = match look_at_plans(&self.app).await {
            Ok(()) => return Verdict::Done,
            Err(error) => error,
        };
        let outcome = Outcome::of_failure(&error);
        let causes = Error::from(error).causes();
        tracing::warn!(causes, "the insurer's plans stay as they are");
        verdict(outcome)
    }

    /// Recomputes the ledger; a difference is told to whoever watches the log and the metrics.
    async fn check_ledger(&self) -> Result<(), StoreError> {
        let report = self.app.postgres.ledger_audit().check().await?;
        metrics::gauge!("ledger_differences").set(count(report.differences.len()));
        for difference in &report.differences {
            tracing::error!(%difference, "the ledger contradicts itself");
        }
        Ok(())
    }

    /// Forgets what nobody will ask for again. What cannot be forgotten now keeps nothing else; the first failure is
    /// the chore's.
    async fn forget_expired(&self) -> Result<(), StoreError> {
        let (postgres, now) = (&self.app.postgres, self.app.env.now());
        let outcomes = [
            ("answers", postgres.forget_answers(now).await),
            ("windows", postgres.forget_windows(now).await),
            ("webhooks", postgres.forget_webhooks(now - WEBHOOKS_KEPT).await),
            ("buried jobs", postgres.forget_buried(BURIED_KEPT).await),
            ("payment sessions", postgres.forget_payment_sessions(now - PAYMENT_SESSIONS_KEPT).await),
            ("quotes", postgres.forget_quotes(now - QUOTES_KEPT).await),
            ("proposals", postgres.forget_proposals(now - PROPOSALS_KEPT).await),
            ("dependants", postgres.forget_dependants(now - REMOVED_DEPENDANTS_KEPT).await),
            ("sign-ins", self.app.sign_ins.forget_expired().await),
            ("sessions", self.app.sessions.forget_over().await),
            ("grants", self.app.step_ups.forget_ended_grants().await),
        ];
        let mut first = Ok(());
        for (what, outcome) in outcomes {
            if let Err(error) = outcome {
                tracing::warn!(what, %error, "could not be forgotten");
                first = first.and(Err(error));
            }
        }
        first
    }
}

#[cfg(test)]
mod tests {
    use super::CRONTAB;
    use std::collections::HashSet;

    fn option<'a>(line: &'a str, name: &str) -> &'a str {
        let options = line.split_once('?').unwrap_or_else(|| panic!("{line} has no options")).1;
        let named = |option: &'a str| option.strip_prefix(name)?.strip_prefix('=');
        options.split(['&', ' ']).find_map(named).unwrap_or_else(|| panic!("{line} has no {name}"))
    }

    fn lines() -> impl Iterator<Item = &'static str> {
        CRONTAB.lines().filter(|line| !line.is_empty())
    }

    #[test]
    fn no_two_lines_of_the_schedule_share_an_id() {
        let ids: Vec<&str> = lines().map(|line| option(line, "id")).collect();
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len(), "{ids:?}");
    }

    #[test]
    fn chores_take_two_places_at_most() {
        let queues: HashSet<&str> = lines().map(|line| option(line, "queue")).collect();
        assert_eq!(queues, HashSet::from(["rounds", "upkeep"]));
    }
}
