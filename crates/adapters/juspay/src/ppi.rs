//! The wallet domain's issuer: prepaid wallets behind Juspay. **The whole wire is assumed**, since the issuer
//! publishes none; it follows the closest public description of another Indian issuer.

use crate::{
    JuspayFault, Limits, SetUpError,
    answers::is_success,
    client::{Account, Answer, Connection, customer_id},
    fault::{UNREADABLE, readable},
    wire::ErrorObject,
};
use async_trait::async_trait;
use kernel::{Env, Paise};
use outbound::{Loose, format_rupees, parse_rupees, read_object};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::json;
use url::Url;
use wallet::{
    HolderRef, IssuedWallet, IssuerStatus, WalletId,
    ports::{Applicant, IssuerAnswer, IssuerCredit, WalletIssuer},
};

/// Our account at the issuer.
#[derive(Debug, Clone)]
pub struct PpiConfig {
    /// Where the issuer's calls are served: Juspay's own host.
    pub base_url: Url,
    /// The API key: the user name of HTTP Basic, with an empty password.
    pub api_key: SecretString,
    /// The merchant account.
    pub merchant_id: String,
    /// The programme under which wallets are issued.
    pub program_id: String,
    /// How long anything may take.
    pub limits: Limits,
}

/// Opens wallets and loads them at the licensed issuer.
pub struct JuspayWalletIssuer {
    connection: Connection,
    program_id: String,
}

impl JuspayWalletIssuer {
    /// An issuer for the account in `config`.
    ///
    /// # Errors
    /// When the configuration cannot be used.
    pub fn new(config: &PpiConfig, env: Env) -> Result<Self, SetUpError> {
        let account = Account {
            base_url: &config.base_url,
            api_key: &config.api_key,
            merchant_id: &config.merchant_id,
        };
        let connection = Connection::new(&account, config.limits, env)?;
        Ok(Self { connection, program_id: config.program_id.clone() })
    }

    /// The wallet of a person as the issuer has it, asked once more if that failed quickly.
    async fn details(&self, holder: &HolderRef) -> Result<Answer, JuspayFault> {
        let body = json!({ "wallet_id": holder.as_str() });
        let path = ["ppi", "wallet", "details"];
        self.connection
            .ask("ppi-details", holder.user_id(), |http, at| http.post(at(&path)).json(&body))
            .await
    }

    /// The sub-wallet that money is loaded into.
    async fn sub_wallet(&self, credit: &IssuerCredit) -> IssuerAnswer<(String, String)> {
        let wallet =
            match self.details(&credit.holder).await.and_then(|answer| found(answer.status, &answer.body)) {
                Ok(Some(wallet)) => wallet,
                Ok(None) => return IssuerAnswer::DontKnow("the issuer does not know the wallet".to_owned()),
                Err(fault) => return IssuerAnswer::DontKnow(fault.to_string()),
            };
        if wallet.ppi_wallet_id.text().as_deref() != Some(credit.wallet_id.as_str()) {
            return IssuerAnswer::DontKnow("the issuer has another wallet for this person".to_owned());
        }
        let sub_wallet = wallet.sub_wallets().into_iter().find_map(|sub| sub.sub_wallet_id.text());
        match (wallet.user_id.text(), sub_wallet) {
            (Some(user_id), Some(sub_wallet)) => IssuerAnswer::Done((user_id, sub_wallet)),
            _ => IssuerAnswer::DontKnow("the issuer's wallet has no sub-wallet yet".to_owned()),
        }
    }
}

impl std::fmt::Debug for JuspayWalletIssuer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("JuspayWalletIssuer").finish_non_exhaustive()
    }
}

#[async_trait]
impl WalletIssuer for JuspayWalletIssuer {
    async fn open(&self, applicant: &Applicant) -> IssuerAnswer<IssuedWallet> {
        let body = json!({
            "user_id": customer_id(applicant.user_id),
            "program_id": self.program_id,
            "wallet_id": applicant.holder.as_str(),
            "phone": applicant.phone.expose(),
        });
        let fill = |call: reqwest::RequestBuilder| call.json(&body);
        let path = ["ppi", "wallet"];
        match self.connection.act("ppi-wallet", &path, applicant.user_id, fill).await {
            Ok(answer) => wallet_opened(answer.status, &answer.body, &applicant.holder),
            Err(fault) => IssuerAnswer::DontKnow(fault.to_string()),
        }
    }

    async fn find(&self, holder: &HolderRef) -> IssuerAnswer<Option<IssuedWallet>> {
        match self.details(holder).await {
            Ok(answer) => wallet_found(answer.status, &answer.body, holder),
            Err(fault) => IssuerAnswer::DontKnow(fault.to_string()),
        }
    }

    async fn credit(&self, load: &IssuerCredit) -> IssuerAnswer<()> {
        let (user_id, sub_wallet_id) = match self.sub_wallet(load).await {
            IssuerAnswer::Done(found) => found,
            IssuerAnswer::Underway => return IssuerAnswer::Underway,
            IssuerAnswer::Refused(reason) => return IssuerAnswer::Refused(reason),
            IssuerAnswer::DontKnow(reason) => return IssuerAnswer::DontKnow(reason),
        };
        let body = json!({
            "credit_id": load.credit_id.as_str(),
            "user_id": user_id,
            "wallet_id": load.holder.as_str(),
            "sub_wallet_id": sub_wallet_id,
            "amount": format_rupees(load.amount.get()),
            "remarks": "wallet load",
        });
        let fill = |call: reqwest::RequestBuilder| call.json(&body);
        let path = ["ppi", "wallet", "credit"];
        match self.connection.act("ppi-credit", &path, load.holder.user_id(), fill).await {
            Ok(answer) => credit(answer.status, &answer.body, load),
            Err(fault) => IssuerAnswer::DontKnow(fault.to_string()),
        }
    }
}

#[derive(Debug, Deserialize)]
struct WalletObject {
    #[serde(default)]
    user_id: Loose,
    #[serde(default)]
    wallet_id: Loose,
    #[serde(default)]
    ppi_wallet_id: Loose,
    #[serde(default)]
    creation_status: Loose,
    #[serde(default)]
    sub_wallets: Loose,
}

#[derive(Debug, Deserialize)]
struct SubWallet {
    #[serde(default)]
    sub_wallet_id: Loose,
    #[serde(default)]
    status: Loose,
}

#[derive(Debug, Deserialize)]
struct CreditObject {
    #[serde(default)]
    credit_id: Loose,
    #[serde(default)]
    amount: Loose,
    #[serde(default)]
    status: Loose,
}

impl WalletObject {
    fn sub_wallets(&self) -> Vec<SubWallet> {
        self.sub_wallets.list().unwrap_or_default().iter().filter_map(Loose::object).collect()
    }

    fn is_of(&self, holder: &HolderRef) -> bool {
        self.wallet_id.text().as_deref() == Some(holder.as_str())
    }

    /// The wallet once its creation is completed; a failed creation is refused.
    fn opened(&self) -> IssuerAnswer<IssuedWallet> {
        match self.creation_status.text().as_deref() {
            Some("COMPLETED") => {}
            Some("FAILED") => return IssuerAnswer::Refused("ppi.creation.failed".to_owned()),
            Some("CREATED" | "PENDING" | "IN_PROGRESS") => {
                return IssuerAnswer::Underway;
            }
            _ => return IssuerAnswer::DontKnow("the issuer's word on the wallet is not known".to_owned()),
        }
        let Some(wallet_id) = self.ppi_wallet_id.text().and_then(|id| WalletId::parse(&id).ok()) else {
            return IssuerAnswer::DontKnow("the issuer's wallet has no id".to_owned());
        };
        let words: Vec<_> = self.sub_wallets().iter().filter_map(|sub| sub.status.text()).collect();
        let status = words.first().and_then(|word| IssuerStatus::from_word(word));
        IssuerAnswer::Done(IssuedWallet { wallet_id, status: status.unwrap_or(IssuerStatus::Unknown) })
    }
}

const NOT_A_WALLET: JuspayFault = JuspayFault::Unusable("a wallet is not a JSON object");

fn read(body: &[u8], holder: &HolderRef) -> Result<WalletObject, JuspayFault> {
    let wallet = read_object::<WalletObject>(body).ok_or(NOT_A_WALLET)?;
    if wallet.is_of(holder) { Ok(wallet) } else { Err(JuspayFault::Unusable("a wallet is another's")) }
}

/// What the answer to the opening of `holder`'s wallet means.
#[must_use]
pub fn wallet_opened(status: u16, body: &[u8], holder: &HolderRef) -> IssuerAnswer<IssuedWallet> {
    if !is_success(status) {
        return refused_wallet(body);
    }
    match read(body, holder) {
        Ok(wallet) => wallet.opened(),
        Err(fault) => IssuerAnswer::DontKnow(fault.to_string()),
    }
}

/// What the answer to a question after `holder`'s wallet means.
#[must_use]
pub fn wallet_found(status: u16, body: &[u8], holder: &HolderRef) -> IssuerAnswer<Option<IssuedWallet>> {
    let wallet = match found(status, body) {
        Ok(Some(wallet)) if wallet.is_of(holder) => wallet,
        Ok(Some(_)) => {
            return IssuerAnswer::DontKnow("the issuer answered for another wallet".to_owned());
        }
        Ok(None) => return IssuerAnswer::Done(None),
        Err(fault) => return IssuerAnswer::DontKnow(fault.to_string()),
    };
    match wallet.opened() {
        IssuerAnswer::Done(issued) => IssuerAnswer::Done(Some(issued)),
        IssuerAnswer::Underway => IssuerAnswer::Underway,
        IssuerAnswer::Refused(reason) => IssuerAnswer::Refused(reason),
        IssuerAnswer::DontKnow(reason) => IssuerAnswer::DontKnow(reason),
    }
}

/// What the answer to a load means.
#[must_use]
pub fn credit(status: u16, body: &[u8], load: &IssuerCredit) -> IssuerAnswer<()> {
    if is_success(status) { credited(body, load) } else { refused_credit(body) }
}

/// The wallet that was asked for; `None` only if the issuer itself says that there is none.
fn found(status: u16, body: &[u8]) -> Result<Option<WalletObject>, JuspayFault> {
    if is_success(status) {
        return read_object(body).map(Some).ok_or(NOT_A_WALLET);
    }
    match ErrorObject::read(body).code().as_deref() {
        Some("ppi.wallet.not_found") => Ok(None),
        _ => Err(JuspayFault::Unusable("a wallet's details were refused")),
    }
}

fn code(body: &[u8]) -> String {
    readable(ErrorObject::read(body).code().as_deref())
}

/// A refusal that is not in the issuer's words may be anybody's on the way.
fn refused_wallet(body: &[u8]) -> IssuerAnswer<IssuedWallet> {
    let code = code(body);
    if code == UNREADABLE { IssuerAnswer::DontKnow(code) } else { IssuerAnswer::Refused(code) }
}

/// A wallet that is not ready may be later; whatever else is refused stays refused.
fn refused_credit(body: &[u8]) -> IssuerAnswer<()> {
    let code = code(body);
    if code == "ppi.wallet.not_ready" || code == UNREADABLE {
        IssuerAnswer::DontKnow(code)
    } else {
        IssuerAnswer::Refused(code)
    }
}

fn credited(body: &[u8], credit: &IssuerCredit) -> IssuerAnswer<()> {
    let Some(answer) = read_object::<CreditObject>(body) else {
        return IssuerAnswer::DontKnow("a credit is not a JSON object".to_owned());
    };
    let amount = answer.amount.text().and_then(|amount| parse_rupees(&amount)).map(Paise::new);
    if answer.credit_id.text().as_deref() != Some(credit.credit_id.as_str()) || amount != Some(credit.amount)
    {
        return IssuerAnswer::DontKnow("the issuer answered for another credit".to_owned());
    }
    match answer.status.text().as_deref() {
        Some("SUCCESS") => IssuerAnswer::Done(()),
        Some("FAILED") => IssuerAnswer::Refused("ppi.credit.failed".to_owned()),
        Some("PENDING") => IssuerAnswer::Underway,
        _ => IssuerAnswer::DontKnow("the issuer's word on the load is not known".to_owned()),
    }
}
