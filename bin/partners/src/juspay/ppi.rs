//! The prepaid wallet's issuer behind Juspay. No public description exists: **the whole wire is assumed**, after
//! the closest public shape of another Indian issuer.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};

use super::state::Juspay;
use crate::{
    dates,
    desk::lock,
    exchange::{self, LoseAnswer},
    magic::{self, WalletMagic},
    rupees,
};

const LONGEST_ID: usize = 64;
const MOST_WALLETS: usize = 100_000;
/// How many looks longer the slow magic phone takes.
const SLOW_LOOKS: u32 = 8;
/// How many creations fail for the magic phone that fails twice.
const FAILING_TRIES: u32 = 2;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Creation {
    Pending,
    InProgress,
    Completed,
    Failed,
}

impl Creation {
    const fn name(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::InProgress => "IN_PROGRESS",
            Self::Completed => "COMPLETED",
            Self::Failed => "FAILED",
        }
    }
}

struct Wallet {
    user_id: String,
    program_id: String,
    wallet_id: String,
    issuer_id: String,
    sub_wallet_id: String,
    magic: Option<WalletMagic>,
    creation: Creation,
    looks: u32,
    tries: u32,
    balance: i64,
}

/// What the issuer keeps.
#[derive(Default)]
pub(crate) struct Wallets {
    by_reference: HashMap<String, Wallet>,
    /// The answer to each credit, given again byte for byte to the same `credit_id`, beside what it was for.
    credits: HashMap<String, (Vec<String>, Value)>,
    tried_credits: BTreeMap<String, u32>,
}

/// A wallet that was opened before the simulators forgot everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownWallet {
    /// The caller's reference of it.
    pub wallet_id: String,
    /// The issuer's id of it.
    pub ppi_wallet_id: String,
    /// Whose it is, as the caller named them.
    pub user_id: String,
    /// What it holds, in paise.
    pub balance_paise: i64,
}

/// Takes a wallet over as if it had been opened here.
pub(crate) fn adopt(juspay: &Juspay, known: KnownWallet) {
    let wallet = Wallet {
        user_id: known.user_id,
        program_id: String::new(),
        wallet_id: known.wallet_id.clone(),
        issuer_id: known.ppi_wallet_id,
        sub_wallet_id: format!("swl_{}", juspay.desk.alphanumeric(16)),
        magic: None,
        creation: Creation::Completed,
        looks: 0,
        tries: 1,
        balance: known.balance_paise,
    };
    lock(&juspay.wallets).by_reference.insert(known.wallet_id, wallet);
}

/// Answers `POST /ppi/wallet`: PENDING for a new wallet, else its present state; a FAILED one is tried again.
pub(crate) async fn create(State(juspay): State<Arc<Juspay>>, body: Bytes) -> Response {
    let given = match fields(&body, ["user_id", "program_id", "wallet_id", "phone"]) {
        Ok(given) => given,
        Err(refusal) => return *refusal,
    };
    let [user_id, program_id, wallet_id, phone] = given;
    let mut wallets = lock(&juspay.wallets);
    if let Some(wallet) = wallets.by_reference.get_mut(&wallet_id) {
        if wallet.user_id != user_id {
            return error(StatusCode::BAD_REQUEST, "ppi.wallet.duplicate", "The wallet is another user's.");
        }
        if wallet.creation == Creation::Failed {
            begin(wallet);
        } else {
            look(wallet, juspay.config.wallet_completes_at_look);
        }
        return Json(shown(wallet)).into_response();
    }
    if wallets.by_reference.len() >= MOST_WALLETS {
        return exchange::failure(juspay.desk.partner, 503);
    }
    let mut wallet = Wallet {
        user_id,
        program_id,
        issuer_id: format!("wlm_{}", juspay.desk.alphanumeric(16)),
        sub_wallet_id: format!("swl_{}", juspay.desk.alphanumeric(16)),
        magic: magic::issuer(&phone),
        creation: Creation::Pending,
        looks: 0,
        tries: 0,
        balance: 0,
        wallet_id: wallet_id.clone(),
    };
    begin(&mut wallet);
    let answer = shown(&wallet);
    wallets.by_reference.insert(wallet_id, wallet);
    Json(answer).into_response()
}

/// Answers `POST /ppi/wallet/details`; each call is a look that moves the creation on.
pub(crate) async fn details(State(juspay): State<Arc<Juspay>>, body: Bytes) -> Response {
    let [wallet_id] = match fields(&body, ["wallet_id"]) {
        Ok(given) => given,
        Err(refusal) => return *refusal,
    };
    match lock(&juspay.wallets).by_reference.get_mut(&wallet_id) {
        Some(wallet) => {
            look(wallet, juspay.config.wallet_completes_at_look);
            Json(shown(wallet)).into_response()
        }
        None => error(StatusCode::NOT_FOUND, "ppi.wallet.not_found", "There is no such wallet."),
    }
}

/// Answers `POST /ppi/wallet/credit`; the same `credit_id` again gets the identical answer.
pub(crate) async fn credit(State(juspay): State<Arc<Juspay>>, body: Bytes) -> Response {
    let names = ["credit_id", "user_id", "wallet_id", "sub_wallet_id", "amount"];
    let given = match fields(&body, names) {
        Ok(given) => given,
        Err(refusal) => return *refusal,
    };
    let mut wallets = lock(&juspay.wallets);
    let [credit_id, user_id, wallet_id, sub_wallet_id, amount] = &given;
    if let Some((earlier, answer)) = wallets.credits.get(credit_id) {
        return if *earlier == given {
            Json(answer.clone()).into_response()
        } else {
            error(
                StatusCode::BAD_REQUEST,
                "ppi.credit.duplicate",
                "The credit_id was used for another credit.",
            )
        };
    }
    let Some(paise) = rupees::parse_text(amount).filter(|paise| *paise > 0) else {
        return error(StatusCode::BAD_REQUEST, "ppi.amount.invalid", "The amount is not valid.");
    };
    let tries = wallets.tried_credits.entry(credit_id.clone()).or_default();
    *tries = tries.saturating_add(1);
    let is_first_try = *tries == 1;
    let Some(wallet) = wallets.by_reference.get_mut(wallet_id) else {
        return error(StatusCode::NOT_FOUND, "ppi.wallet.not_found", "There is no such wallet.");
    };
    if wallet.user_id != *user_id || wallet.sub_wallet_id != *sub_wallet_id {
        return error(StatusCode::NOT_FOUND, "ppi.wallet.not_found", "There is no such sub-wallet.");
    }
    if wallet.magic == Some(WalletMagic::CreditErrorsOnce) && is_first_try {
        return exchange::failure(juspay.desk.partner, 500);
    }
    if let Err(refusal) = deposit(wallet, paise, juspay.config.wallet_limit_paise) {
        return *refusal;
    }
    let now = dates::iso_seconds(juspay.desk.env.now());
    let answer = json!({
        "credit_id": credit_id,
        "ppi_credit_id": format!("crd_{}", juspay.desk.alphanumeric(16)),
        "amount": rupees::two_decimals(paise),
        "sub_wallet": sub_wallet(wallet),
        "status": "SUCCESS",
        "initiated_at": now,
        "processed_at": now,
    });
    let is_lost = wallet.magic == Some(WalletMagic::CreditDropped) && is_first_try;
    wallets.credits.insert(credit_id.clone(), (given.to_vec(), answer.clone()));
    let mut response = Json(answer).into_response();
    if is_lost {
        response.extensions_mut().insert(LoseAnswer);
    }
    response
}

/// Starts a try of the creation.
fn begin(wallet: &mut Wallet) {
    wallet.tries = wallet.tries.saturating_add(1);
    wallet.looks = 0;
    let fails = match wallet.magic {
        Some(WalletMagic::CreationFails) => true,
        Some(WalletMagic::CreationFailsTwice) => wallet.tries <= FAILING_TRIES,
        Some(
            WalletMagic::Blocked
            | WalletMagic::CreditRefused
            | WalletMagic::CreditErrorsOnce
            | WalletMagic::CreditDropped
            | WalletMagic::CreationSlow,
        )
        | None => false,
    };
    wallet.creation = if fails { Creation::Failed } else { Creation::Pending };
}

fn look(wallet: &mut Wallet, completes_at: u32) {
    let longer = if wallet.magic == Some(WalletMagic::CreationSlow) { SLOW_LOOKS } else { 0 };
    wallet.looks = wallet.looks.saturating_add(1);
    match wallet.creation {
        Creation::Pending | Creation::InProgress => {
            let is_done = wallet.looks >= completes_at.saturating_add(longer);
            wallet.creation = if is_done { Creation::Completed } else { Creation::InProgress };
        }
        Creation::Completed | Creation::Failed => {}
    }
}

fn deposit(wallet: &mut Wallet, paise: i64, limit: i64) -> Result<(), Box<Response>> {
    let refused = |code, message| Err(Box::new(error(StatusCode::BAD_REQUEST, code, message)));
    if wallet.creation != Creation::Completed {
        return refused("ppi.wallet.not_ready", "The wallet is not ready.");
    }
    if wallet.magic == Some(WalletMagic::Blocked) {
        return refused("ppi.wallet.blocked", "The wallet is blocked.");
    }
    let balance = wallet.balance.saturating_add(paise);
    if balance > limit || wallet.magic == Some(WalletMagic::CreditRefused) {
        return refused("ppi.balance.limit.exceeded", "The balance would exceed the wallet's limit.");
    }
    wallet.balance = balance;
    Ok(())
}

fn shown(wallet: &Wallet) -> Value {
    let is_done = wallet.creation == Creation::Completed;
    let mut object = Map::new();
    object.insert("user_id".to_owned(), wallet.user_id.as_str().into());
    object.insert("program_id".to_owned(), wallet.program_id.as_str().into());
    object.insert("wallet_id".to_owned(), wallet.wallet_id.as_str().into());
    object.insert("ppi_wallet_id".to_owned(), wallet.issuer_id.as_str().into());
    object.insert("creation_status".to_owned(), wallet.creation.name().into());
    if wallet.creation == Creation::Failed {
        object.insert("failure_reason".to_owned(), "The issuer could not create the wallet.".into());
    }
    let sub_wallets = if is_done { vec![sub_wallet(wallet)] } else { Vec::new() };
    object.insert("sub_wallets".to_owned(), sub_wallets.into());
    object.into()
}

fn sub_wallet(wallet: &Wallet) -> Value {
    let is_blocked = wallet.magic == Some(WalletMagic::Blocked);
    json!({
        "sub_wallet_id": wallet.sub_wallet_id,
        "name": "Health wallet",
        "type": "SMALL_PPI",
        "status": if is_blocked { "BLOCKED" } else { "ACTIVE" },
        "balance": rupees::two_decimals(wallet.balance),
    })
}

/// Reads text fields that must be there; a number counts as its text.
fn fields<const N: usize>(body: &[u8], names: [&str; N]) -> Result<[String; N], Box<Response>> {
    let given: Map<String, Value> = serde_json::from_slice(body).unwrap_or_default();
    let mut missing = None;
    let read = names.map(|name| {
        let text = match given.get(name) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            Some(Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) | None => String::new(),
        };
        if text.is_empty() || text.len() > LONGEST_ID {
            missing = missing.or(Some(name));
        }
        text
    });
    match missing {
        Some(name) => {
            let message = format!("{name} is missing or not valid.");
            Err(Box::new(error(StatusCode::BAD_REQUEST, "ppi.request.invalid", &message)))
        }
        None => Ok(read),
    }
}

fn error(status: StatusCode, code: &str, message: &str) -> Response {
    (status, Json(json!({"status": "ERROR", "error_code": code, "error_message": message}))).into_response()
}
