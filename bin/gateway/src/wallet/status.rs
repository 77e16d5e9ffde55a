//! GET /wallet/{wallet_id}/status: how the wallet stands here and at the issuer.

use crate::{
    app::App,
    document,
    error::Error,
    extract::{Caller, Path},
    spec::examples::WALLET_ID,
};
use aide::transform::TransformOperation;
use axum::{Json, extract::State};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wallet::WalletId;

/// Which wallet.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "ShowWalletStatusParameters")]
pub(crate) struct Parameters {
    /// The issuer's id of the wallet, as `GET /wallet` answers it: `transcorp_wallet_id`.
    #[schemars(example = WALLET_ID, regex(pattern = r"^[A-Za-z0-9_-]{1,64}$"))]
    wallet_id: String,
}

/// How the wallet stands.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ShowWalletStatusResponse")]
pub(crate) struct Response {
    /// The wallet asked about.
    #[schemars(example = WALLET_ID)]
    wallet_id: String,
    /// How far it is on its way to being open.
    #[schemars(with = "crate::spec::words::WalletStatus", example = &"COMPLETED")]
    wallet_status: &'static str,
    /// Whether the issuer lets it be used.
    #[schemars(with = "crate::spec::words::IssuerStatus", example = &"ACTIVE")]
    wallet_status_transcorp: &'static str,
}

pub(crate) fn doc(op: TransformOperation<'_>) -> TransformOperation<'_> {
    let op = op.id("showWalletStatus").tag("Wallet").summary("Show a wallet's status").description(
        "Call it before money is to move, to learn whether the issuer still lets the wallet be used; `GET /wallet` tells \
         the wallet's id.",
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
    let status = app.wallets.status(caller.user_id, &wallet_id).await?;
    Ok(Json(Response {
        wallet_id: status.wallet_id.as_str().to_owned(),
        wallet_status: status.wallet_status,
        wallet_status_transcorp: status.issuer_status.word(),
    }))
}
