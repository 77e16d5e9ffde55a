//! GET /wallet/{wallet_id}/balance: what the wallet holds.

use crate::{
    app::App,
    document,
    error::Error,
    extract::{Caller, Path},
    spec::examples::WALLET_ID,
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
    /// The issuer's id of the wallet, as `GET /wallet` answers it: `transcorp_wallet_id`.
    #[schemars(example = WALLET_ID, regex(pattern = r"^[A-Za-z0-9_-]{1,64}$"))]
    wallet_id: String,
}

/// What the wallet holds.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ShowBalanceResponse")]
pub(crate) struct Response {
    /// The wallet asked about.
    #[schemars(example = WALLET_ID)]
    wallet_id: String,
    /// Always `INR`.
    #[schemars(with = "crate::spec::words::Currency", example = &"INR")]
    currency: &'static str,
    /// What the wallet holds, in paise.
    #[schemars(example = 125_000)]
    current_balance: i64,
    /// When the balance was read: now.
    last_refreshed: Seconds,
    /// Whether the wallet is open and active at the issuer.
    #[schemars(example = true)]
    linked: bool,
}

pub(crate) fn doc(op: TransformOperation<'_>) -> TransformOperation<'_> {
    let op = op.id("showBalance").tag("Wallet").summary("Show a wallet's balance").description(
        "Call it to bring a balance on the screen up to date, such as after a payment; `GET /wallet` tells the wallet's \
         id.",
    );
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
