//! GET /wallet/{wallet_id}/balance: what the wallet holds.

use crate::{
    app::App,
    document,
    error::Error,
    extract::{Caller, Path},
    wallet::Seconds,
};
use aide::transform::TransformOperation;
use axum::{Json, extract::State};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wallet::WalletId;

/// Which wallet.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "ShowBalanceParameters")]
pub(crate) struct Parameters {
    /// The issuer's id, `transcorp_wallet_id`.
    wallet_id: String,
}

/// What the wallet holds.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ShowBalanceResponse")]
pub(crate) struct Response {
    #[schemars(example = &"wlm_jUT7wpiZAkpFFvaT")]
    wallet_id: String,
    /// Always `INR`.
    #[schemars(with = "crate::spec::words::Currency", example = &"INR")]
    currency: &'static str,
    /// In paise.
    #[schemars(example = 125_000)]
    current_balance: i64,
    /// When the balance was read.
    last_refreshed: Seconds,
    /// Whether the wallet is open and active at the issuer.
    linked: bool,
}

pub(crate) fn doc(op: TransformOperation<'_>) -> TransformOperation<'_> {
    let op = op.id("showBalance").tag("Wallet").summary("Show a wallet's balance");
    let errors = [
        identity::fault::INVALID_TOKEN,
        wallet::fault::WALLET_NOT_FOUND,
        kernel::catalogue::VALIDATION_ERROR,
    ];
    document::errors(document::signed_in(op), &errors)
}

pub(crate) async fn handle(
    State(app): State<App>,
    Caller(caller): Caller,
    Path(parameters): Path<Parameters>,
) -> Result<Json<Response>, Error> {
    let wallet_id = WalletId::parse(&parameters.wallet_id)?;
    let balance = app.wallets.balance(caller.user_id, &wallet_id).await?;
    Ok(Json(Response {
        wallet_id: balance.wallet_id.as_str().to_owned(),
        currency: "INR",
        current_balance: balance.current_balance.get(),
        last_refreshed: balance.last_refreshed.into(),
        linked: balance.linked,
    }))
}
