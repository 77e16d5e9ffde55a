//! Credits of our ledger that the issuer has not taken.

use super::{Failure, Told, audit, entry};
use crate::app::App;
use postgres::Postgres;
use time::OffsetDateTime;
use wallet::{
    Mirrored, Reference, ReopenError,
    ports::{IssuerLoad, IssuerLoadStore as _, LoadState},
};

/// How many the port answers at most.
const LOADS_SHOWN_MAX: usize = 1_000;

/// Lists the loads begun before `before` that the issuer has not taken, oldest first: reference, state, amount,
/// whose, since when, why.
///
/// # Errors
/// When the store fails.
pub async fn unsettled_loads(postgres: &Postgres, before: OffsetDateTime) -> Result<Told, Failure> {
    let loads = postgres.issuer_loads().unsettled(before).await?;
    let lines = loads.iter().map(|(load, state)| line(load, state));
    Ok(Told::list(lines.collect(), "the issuer has taken every load", LOADS_SHOWN_MAX))
}

fn line(load: &IssuerLoad, state: &LoadState) -> String {
    let (word, reason) = match state {
        LoadState::Pending => ("pending", ""),
        LoadState::Done => ("done", ""),
        LoadState::Refused(reason) => ("refused", reason.as_str()),
    };
    let IssuerLoad { reference, user_id, amount, at, .. } = load;
    format!("{reference}  {word:<7}  {amount}  of {user_id}  since {at}  {reason}").trim_end().to_owned()
}

/// Asks the issuer anew for a load it refused or has not answered for. It knows the reference, so that it loads
/// nothing twice.
///
/// # Errors
/// When the store fails.
pub async fn retry_load(app: &App, reference: &Reference) -> Result<Told, Failure> {
    let load = match app.wallets.reopen_load(reference).await {
        Ok(load) => load,
        Err(error @ ReopenError::NotFound) => {
            return Ok(Told::not_done(format!("{error} {reference}: `aarokya loads unsettled` lists them")));
        }
        Err(error @ ReopenError::Taken) => {
            return Ok(Told::not_done(format!("{error} {reference}: there is nothing to do")));
        }
        Err(ReopenError::Store(error)) => return Err(error.into()),
    };
    // Opening it again moved nothing; asking the issuer does.
    let paise = u64::try_from(load.amount.get()).unwrap_or_default();
    audit(app, entry(app, load.user_id, "loads retry").with("amount_paise", paise)).await?;
    Ok(match app.wallets.mirror_credit(&load).await? {
        Mirrored::Done => Told::done(format!("the issuer has taken {reference}, {}", load.amount)),
        Mirrored::Later { reason } => Told::not_done(format!(
            "it is not known yet whether the issuer has taken {reference} ({reason}): run this again, or requeue \
             its job, until it says"
        )),
        Mirrored::Never { reason } => Told::not_done(format!(
            "the issuer refuses {reference} again ({reason}): settle it with the issuer first"
        )),
    })
}
