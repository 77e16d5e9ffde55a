//! Exchanges with the wallets' issuer, in the shape we assume.

use crate::stage::{Reply, Stage};
use kernel::{Masked, Paise, UserId};
use uuid::Uuid;
use wallet::{
    HolderRef, IssuedWallet, IssuerStatus, Reference, WalletId,
    ports::{Applicant, IssuerAnswer, IssuerCredit, WalletIssuer as _},
};

fn asha() -> UserId {
    UserId::new(Uuid::from_u128(0xa5a))
}

fn applicant() -> Applicant {
    Applicant {
        user_id: asha(),
        holder: HolderRef::of(asha()),
        phone: Masked::new("+919876543210".to_owned()),
    }
}

fn credit() -> IssuerCredit {
    IssuerCredit {
        credit_id: Reference::parse("topup:AAR0000001").unwrap(),
        holder: HolderRef::of(asha()),
        wallet_id: WalletId::parse("wlm_jUT7wpiZAkpFFvaT").unwrap(),
        amount: Paise::new(25_050),
    }
}

fn wallet(creation: &str, sub_wallets: &str) -> String {
    format!(
        r#"{{"user_id":"u1","program_id":"health","wallet_id":"aar00000000000000000000000000000a5a",
        "ppi_wallet_id":"wlm_jUT7wpiZAkpFFvaT","creation_status":"{creation}","sub_wallets":{sub_wallets}}}"#
    )
}

const ACTIVE: &str =
    r#"[{"sub_wallet_id":"swl_1","name":"Health wallet","type":"SMALL_PPI","status":"ACTIVE","balance":0}]"#;

fn issued(status: IssuerStatus) -> IssuedWallet {
    IssuedWallet { wallet_id: credit().wallet_id, status }
}

#[tokio::test]
async fn a_wallet_is_asked_for_and_is_open_once_it_is_completed() {
    let stage = Stage::with([(200, &*wallet("COMPLETED", ACTIVE))]).await;
    assert_eq!(stage.issuer.open(&applicant()).await, IssuerAnswer::Done(issued(IssuerStatus::Active)));
    let asked = stage.asked().remove(0);
    assert_eq!(asked.line, "POST /base/ppi/wallet");
    let body: serde_json::Value = serde_json::from_str(&asked.body).unwrap();
    assert_eq!(
        body,
        serde_json::json!({
            "user_id": "00000000000000000000000000000a5a", "program_id": "health",
            "wallet_id": "aar00000000000000000000000000000a5a", "phone": "+919876543210"
        })
    );
    for creation in ["CREATED", "PENDING", "IN_PROGRESS"] {
        let stage = Stage::with([(200, &*wallet(creation, "[]"))]).await;
        assert_eq!(stage.issuer.open(&applicant()).await, IssuerAnswer::Underway, "{creation}");
    }
    for creation in ["RETRYING", ""] {
        let stage = Stage::with([(200, &*wallet(creation, "[]"))]).await;
        assert!(matches!(stage.issuer.open(&applicant()).await, IssuerAnswer::DontKnow(_)), "{creation}");
    }
    let failed = Stage::with([(200, &*wallet("FAILED", "[]"))]).await;
    assert!(matches!(failed.issuer.open(&applicant()).await, IssuerAnswer::Refused(_)));
    let refused = Stage::with([(400, r#"{"status":"ERROR","error_code":"ppi.wallet.duplicate"}"#)]).await;
    let refusal = IssuerAnswer::Refused("ppi.wallet.duplicate".to_owned());
    assert_eq!(refused.issuer.open(&applicant()).await, refusal);
    for body in ["<html>", "{}"] {
        let proxy = Stage::with([(404, body)]).await;
        assert!(matches!(proxy.issuer.open(&applicant()).await, IssuerAnswer::DontKnow(_)), "{body}");
    }
}

#[tokio::test]
async fn a_wallet_is_found_blocked_or_not_there() {
    let holder = HolderRef::of(asha());
    let find = async |status: u16, body: &str| Stage::with([(status, body)]).await.issuer.find(&holder).await;
    let blocked = wallet("COMPLETED", &ACTIVE.replace("ACTIVE", "BLOCKED"));
    assert_eq!(find(200, &blocked).await, IssuerAnswer::Done(Some(issued(IssuerStatus::Blocked))));
    let nameless = wallet("COMPLETED", "\"FILTERED\"");
    assert_eq!(find(200, &nameless).await, IssuerAnswer::Done(Some(issued(IssuerStatus::Unknown))));
    assert_eq!(
        find(404, r#"{"status":"ERROR","error_code":"ppi.wallet.not_found"}"#).await,
        IssuerAnswer::Done(None)
    );
    let failed = find(200, &wallet("FAILED", "[]")).await;
    assert_eq!(failed, IssuerAnswer::Refused("ppi.creation.failed".to_owned()));
    assert_eq!(find(200, &wallet("PENDING", "[]")).await, IssuerAnswer::Underway);
    for (status, body) in [
        (200, wallet("COMPLETED", ACTIVE).replace("a5a", "a5b")),
        (200, wallet("COMPLETED", ACTIVE).replace("wlm_", "wlm/")),
        (200, "[]".to_owned()),
        (404, "<html>".to_owned()),
        (418, String::new()),
    ] {
        assert!(matches!(find(status, &body).await, IssuerAnswer::DontKnow(_)), "{status} {body}");
    }
}

fn credited(status: &str) -> String {
    format!(
        r#"{{"credit_id":"topup:AAR0000001","ppi_credit_id":"crd_1","amount":"250.50","status":"{status}",
        "sub_wallet":{{"sub_wallet_id":"swl_1","status":"ACTIVE","balance":250.5}},
        "initiated_at":"2026-01-15T12:00:00Z","processed_at":"2026-01-15T12:00:00Z"}}"#
    )
}

async fn load(status: u16, body: &str) -> IssuerAnswer<()> {
    let open = wallet("COMPLETED", ACTIVE);
    Stage::with([(200, &*open), (status, body)]).await.issuer.credit(&credit()).await
}

#[tokio::test]
async fn money_is_loaded_into_the_sub_wallet_under_its_reference() {
    let open = wallet("COMPLETED", ACTIVE);
    let stage = Stage::with([(200, &*open), (200, &*credited("SUCCESS"))]).await;
    assert_eq!(stage.issuer.credit(&credit()).await, IssuerAnswer::Done(()));
    let asked = stage.asked();
    let lines: Vec<_> = asked.iter().map(|asked| asked.line.as_str()).collect();
    assert_eq!(lines, ["POST /base/ppi/wallet/details", "POST /base/ppi/wallet/credit"]);
    for call in &asked {
        assert_eq!(call.headers["x-routing-id"], "00000000000000000000000000000a5a", "{}", call.line);
    }
    let body: serde_json::Value = serde_json::from_str(&asked[1].body).unwrap();
    assert_eq!(
        body,
        serde_json::json!({
            "credit_id": "topup:AAR0000001", "user_id": "u1", "sub_wallet_id": "swl_1", "amount": "250.50",
            "wallet_id": "aar00000000000000000000000000000a5a", "remarks": "wallet load"
        })
    );
    assert_eq!(load(200, &credited("SUCCESS").replace("\"250.50\"", "250.5")).await, IssuerAnswer::Done(()));
}

#[tokio::test]
async fn a_load_is_done_refused_or_not_known() {
    for code in ["ppi.balance.limit.exceeded", "ppi.wallet.blocked", "ppi.credit.duplicate"] {
        let body = format!(r#"{{"status":"ERROR","error_code":"{code}"}}"#);
        assert_eq!(load(400, &body).await, IssuerAnswer::Refused(code.to_owned()));
    }
    assert!(matches!(load(200, &credited("FAILED")).await, IssuerAnswer::Refused(_)));
    assert_eq!(load(200, &credited("PENDING")).await, IssuerAnswer::Underway);
    for (status, body) in [
        (200, credited("SETTLING")),
        (200, credited("SUCCESS").replace("AAR0000001", "AAR0000002")),
        (200, credited("SUCCESS").replace("250.50", "250.51")),
        (200, "{}".to_owned()),
        (400, r#"{"status":"ERROR","error_code":"ppi.wallet.not_ready"}"#.to_owned()),
        (400, String::new()),
        (401, String::new()),
        (429, String::new()),
        (500, String::new()),
    ] {
        assert!(matches!(load(status, &body).await, IssuerAnswer::DontKnow(_)), "{status} {body}");
    }
}

#[tokio::test]
async fn a_load_without_a_known_wallet_is_not_tried() {
    for (status, body) in [
        (404, r#"{"status":"ERROR","error_code":"ppi.wallet.not_found"}"#.to_owned()),
        (200, wallet("COMPLETED", "[]")),
        (200, wallet("COMPLETED", ACTIVE).replace("wlm_j", "wlm_k")),
        (401, String::new()),
    ] {
        let stage = Stage::with([(status, &*body)]).await;
        assert!(matches!(stage.issuer.credit(&credit()).await, IssuerAnswer::DontKnow(_)), "{body}");
        assert_eq!(stage.asked().len(), 1);
    }
    let silent = Stage::set([Reply::Never]).await;
    assert!(matches!(silent.issuer.credit(&credit()).await, IssuerAnswer::DontKnow(_)));
    let nowhere = Stage::nowhere().await;
    assert!(matches!(nowhere.issuer.open(&applicant()).await, IssuerAnswer::DontKnow(_)));
}
