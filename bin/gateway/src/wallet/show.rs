//! GET /wallet: the caller's wallet and its balance.

use crate::{app::App, document, error::Error, extract::Caller, wallet::Summary};
use aide::transform::TransformOperation;
use axum::{Json, extract::State};

pub(crate) fn doc(op: TransformOperation<'_>) -> TransformOperation<'_> {
    let op = op.id("showWallet").tag("Wallet").summary("Show your wallet").description(
        "Call it for the home screen, and again every few seconds while `wallet_status` is neither `COMPLETED` nor \
         `FAILED`. A wallet is opened in the background after the first sign-in; until then this answers \
         `WALLET_NOT_FOUND`, then a wallet on its way to `COMPLETED`.",
    );
    let errors = [identity::fault::INVALID_TOKEN, wallet::fault::WALLET_NOT_FOUND];
    document::errors(document::signed_in(op), &errors)
}

pub(crate) async fn handle(State(app): State<App>, Caller(caller): Caller) -> Result<Json<Summary>, Error> {
    Ok(Json(Summary::from(&app.wallets.get(caller.user_id).await?)))
}
