//! POST /wallet: asks for the caller's wallet, should it not be on its way already.

use crate::{
    app::App,
    document,
    error::Error,
    extract::{Caller, NoBody},
    wallet::Summary,
};
use aide::transform::TransformOperation;
use axum::{Json, extract::State, http::StatusCode};
use schemars::JsonSchema;
use serde::Serialize;

/// The wallet, and whether this request asked for it first.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "OpenWalletResponse")]
pub(crate) struct Response {
    #[serde(flatten)]
    wallet: Summary,
    /// Whether it is new: `true` with 201, `false` with 200.
    #[schemars(example = false)]
    created: bool,
}

pub(crate) fn doc(op: TransformOperation<'_>) -> TransformOperation<'_> {
    let op = op
        .id("openWallet")
        .tag("Wallet")
        .summary("Ask for your wallet")
        .description(
            "Only needed if `GET /wallet` still answers `WALLET_NOT_FOUND` a minute after signing in: a wallet is asked \
             for without it. Takes no body, or an empty object. Answers 201 with a new wallet, or 200 with the one there \
             is.",
        )
        .response::<200, Json<Response>>()
        .response::<201, Json<Response>>();
    document::errors(document::signed_in(op), &[document::BODY, &[identity::fault::INVALID_TOKEN]].concat())
}

pub(crate) async fn handle(
    State(app): State<App>,
    Caller(caller): Caller,
    _: NoBody,
) -> Result<(StatusCode, Json<Response>), Error> {
    let opened = app.wallets.open(caller.user_id).await?;
    let status = if opened.created { StatusCode::CREATED } else { StatusCode::OK };
    let response = Response { wallet: Summary::from(&opened.wallet), created: opened.created };
    Ok((status, Json(response)))
}
