//! GET /wallet/{wallet_id}/transactions/history/{number_of_days}: what happened to the wallet.

use crate::{
    app::App,
    document,
    error::Error,
    extract::{Caller, Paging, Path, Query},
    wallet::Seconds,
};
use aide::transform::TransformOperation;
use axum::{Json, extract::State};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use wallet::{Days, WalletId};

/// Which wallet, over how long.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "ListTransactionsParameters")]
pub(crate) struct Parameters {
    /// The issuer's id, `transcorp_wallet_id`.
    wallet_id: String,
    /// 1–365, or 0 for everything.
    number_of_days: i64,
}

/// What happened, newest first.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ListTransactionsResponse")]
pub(crate) struct Response {
    #[schemars(example = &"wlm_jUT7wpiZAkpFFvaT")]
    wallet_id: String,
    transactions: Vec<Transaction>,
    /// Where to go on; `null` at the end.
    next_cursor: Option<String>,
}

/// One movement of money.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Transaction {
    transaction_id: Uuid,
    /// What kind of movement it is.
    #[serde(rename = "type")]
    #[schemars(with = "crate::spec::words::TransactionType", example = &"topup")]
    kind: &'static str,
    /// In paise: above zero came in, below zero went out.
    #[schemars(example = 50_000)]
    amount: i64,
    /// Always `INR`.
    #[schemars(with = "crate::spec::words::Currency", example = &"INR")]
    currency: &'static str,
    /// How it stands.
    #[schemars(with = "crate::spec::words::TransactionStatus", example = &"SUCCESS")]
    transaction_status: &'static str,
    /// Who gave it.
    #[schemars(with = "Option<crate::spec::words::Source>", example = &"self")]
    source: Option<&'static str>,
    /// What it was spent on.
    #[schemars(with = "Option<crate::spec::words::Purpose>")]
    purpose: Option<&'static str>,
    /// What the wallet held afterwards, in paise.
    #[schemars(example = 125_000)]
    balance_after: i64,
    /// The movement's own reference.
    #[schemars(example = &"topup:7K3M9X2QH8T4WBN5C6DR")]
    reference: String,
    occurred_at: Seconds,
}

impl From<wallet::Transaction> for Transaction {
    fn from(transaction: wallet::Transaction) -> Self {
        Self {
            transaction_id: transaction.transaction_id.uuid(),
            kind: transaction.kind.word(),
            amount: transaction.amount.get(),
            currency: "INR",
            transaction_status: transaction.status.word(),
            source: transaction.source.map(wallet::Source::word),
            purpose: transaction.purpose.map(wallet::Purpose::word),
            balance_after: transaction.balance_after.get(),
            reference: transaction.reference.as_str().to_owned(),
            occurred_at: transaction.occurred_at.into(),
        }
    }
}

pub(crate) fn doc(op: TransformOperation<'_>) -> TransformOperation<'_> {
    let op = op.id("listTransactions").tag("Wallet").summary("List a wallet's transactions");
    let errors = [
        identity::fault::INVALID_TOKEN,
        wallet::fault::WALLET_NOT_FOUND,
        wallet::fault::NUMBER_OF_DAYS_OUT_OF_RANGE,
        kernel::catalogue::VALIDATION_ERROR,
    ];
    document::errors(document::signed_in(op), &errors)
}

pub(crate) async fn handle(
    State(app): State<App>,
    Caller(caller): Caller,
    Path(parameters): Path<Parameters>,
    Query(paging): Query<Paging>,
) -> Result<Json<Response>, Error> {
    let days = Days::parse(parameters.number_of_days)?;
    let wallet_id = WalletId::parse(&parameters.wallet_id)?;
    let (limit, after) = paging.parse()?;
    let page = app.ledger.history(caller.user_id, &wallet_id, days, limit, after).await?;
    Ok(Json(Response {
        wallet_id: wallet_id.as_str().to_owned(),
        next_cursor: page.next.map(|cursor| cursor.to_string()),
        transactions: page.rows.into_iter().map(Transaction::from).collect(),
    }))
}
