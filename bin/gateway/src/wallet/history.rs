//! GET /wallet/{wallet_id}/transactions/history/{number_of_days}: what happened to the wallet.

use crate::{
    app::App,
    document,
    error::Error,
    extract::{Caller, Paging, Path, Query},
    spec::examples::{CURSOR, TRANSACTION_ID, WALLET_ID},
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
    /// The issuer's id of the wallet, as `GET /wallet` answers it: `transcorp_wallet_id`.
    #[schemars(example = WALLET_ID, regex(pattern = r"^[A-Za-z0-9_-]{1,64}$"))]
    wallet_id: String,
    /// How many times 24 hours to look back: 1–365, or 0 for everything.
    #[schemars(example = 30, range(min = 0, max = 365))]
    number_of_days: i64,
}

/// What happened, newest first.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ListTransactionsResponse")]
pub(crate) struct Response {
    /// The wallet asked about.
    #[schemars(example = WALLET_ID)]
    wallet_id: String,
    /// The movements of this page, newest first; empty if there are none.
    transactions: Vec<Transaction>,
    /// The `cursor` of the next page; `null` at the end.
    #[schemars(example = CURSOR)]
    next_cursor: Option<String>,
}

/// One movement of money.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Transaction {
    /// The movement.
    #[schemars(example = TRANSACTION_ID)]
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
    /// Who gave it; `null` for money that was spent, or that came back.
    #[schemars(with = "Option<crate::spec::words::Source>", example = &"self")]
    source: Option<&'static str>,
    /// What it was spent on; `null` for money that was given, or taken back.
    #[schemars(with = "Option<crate::spec::words::Purpose>", example = (), example = &"pharmacy")]
    purpose: Option<&'static str>,
    /// What the wallet held afterwards, in paise.
    #[schemars(example = 125_000)]
    balance_after: i64,
    /// The movement's own reference; that of a top-up names its order.
    #[schemars(example = &"topup:7K3M9X2QH8T4WBN5C6DR")]
    reference: String,
    /// When it was booked.
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
    let op = op.id("listTransactions").tag("Wallet").summary("List a wallet's transactions").description(
        "For the history screen: what came in and what went out over some days, newest first. Ask for the next page as \
         the person scrolls.",
    );
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
