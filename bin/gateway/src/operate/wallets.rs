//! Wallets whose opening failed, and the issuer's word on those that are open.

use super::{Failure, Told, audit, entry};
use crate::app::App;
use kernel::UserId;
use wallet::{LookupError, Provisioning, RequeueError, Wallet};

/// Gives a wallet whose opening failed all its tries back.
///
/// # Errors
/// When the store fails.
pub async fn requeue_wallet(app: &App, user_id: UserId) -> Result<Told, Failure> {
    let Some(wallet) = find(app, user_id).await? else { return Ok(no_wallet(user_id)) };
    if wallet.provisioning != Provisioning::Failed {
        return Ok(not_failed(&wallet));
    }
    audit(app, entry(app, user_id, "wallets requeue")).await?;
    match app.wallets.requeue(user_id).await {
        Ok(()) => Ok(Told::done(format!("the wallet of {user_id} will be opened: its tries begin anew"))),
        Err(RequeueError::NotFound) => Ok(no_wallet(user_id)),
        Err(RequeueError::NotFailed) => Ok(not_failed(&wallet)),
        Err(RequeueError::Store(error)) => Err(error.into()),
    }
}

fn not_failed(wallet: &Wallet) -> Told {
    let (user_id, word) = (wallet.user_id, wallet.provisioning.word());
    Told::not_done(format!("the wallet of {user_id} is {word}: only one that is FAILED needs new tries"))
}

/// Asks the issuer whether an open wallet may still be used, and records its word.
///
/// # Errors
/// When the store fails.
pub async fn refresh_wallet(app: &App, user_id: UserId) -> Result<Told, Failure> {
    let Some(before) = find(app, user_id).await? else { return Ok(no_wallet(user_id)) };
    if before.wallet_id().is_none() {
        let word = before.provisioning.word();
        return Ok(Told::not_done(format!("the wallet of {user_id} is {word}: the issuer has none yet")));
    }
    audit(app, entry(app, user_id, "wallets refresh")).await?;
    let after = match app.wallets.refresh_status(user_id).await {
        Ok(wallet) => wallet.issuer_status(),
        Err(LookupError::NotFound) => return Ok(no_wallet(user_id)),
        Err(LookupError::Store(error)) => return Err(error.into()),
    };
    let before = before.issuer_status();
    Ok(if after == before {
        Told::not_done(format!(
            "the wallet of {user_id} stays {}: the issuer says the same, or did not say",
            after.word()
        ))
    } else {
        Told::done(format!("the wallet of {user_id} is {} now; it was {}", after.word(), before.word()))
    })
}

async fn find(app: &App, user_id: UserId) -> Result<Option<Wallet>, Failure> {
    match app.wallets.get(user_id).await {
        Ok(wallet) => Ok(Some(wallet)),
        Err(LookupError::NotFound) => Ok(None),
        Err(LookupError::Store(error)) => Err(error.into()),
    }
}

fn no_wallet(user_id: UserId) -> Told {
    Told::not_done(format!("{user_id} has no wallet: check the id; a wallet is asked for by its owner"))
}
