//! A stolen table of challenges tells no code. All million are tried by `make guesses`; here a few of them.

use serde_json::json;
use tests::{
    TestApp,
    guesses::{CODES, StolenCode, pepper},
};
use time::Duration;

#[tokio::test]
async fn a_stolen_challenge_tells_its_code_to_nobody_without_the_pepper() {
    let app = TestApp::start().await;
    let stolen = StolenCode::steal(&app).await;
    assert_eq!(stolen.memory_kib(), 1024, "as hard as it really is");
    let tried = || CODES.step_by(4_999).chain([123_456]);
    assert_eq!(stolen.matching(None, tried()), Vec::<String>::new());
    assert_eq!(stolen.matching(Some(&[0; 32]), tried()), Vec::<String>::new());
    // The control: whoever has the pepper too finds the one code.
    assert_eq!(stolen.matching(Some(pepper(&app)), tried()), ["123456"]);
}

#[tokio::test]
async fn a_pin_is_kept_under_a_hash_that_is_slow_enough() {
    let app = TestApp::start().await;
    let person = app.person().await;
    person.patch("/user/profile", &json!({ "dob": "1994-08-15" })).await.expect(200);
    app.advance(Duration::seconds(61)).await;
    app.post("/auth/otp/trigger", &json!({ "phone": person.phone })).await.expect(200);
    person.put("/auth/pin", &json!({ "pin": "8305", "otp": "123456" })).await.expect(200);
    let hash: String = app.query("SELECT hash FROM pins").await[0].try_get("", "hash").unwrap();
    // What OWASP asks of Argon2id at least.
    assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1,keyid="), "{hash}");
}
