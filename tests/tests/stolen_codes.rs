//! A stolen table of challenges tells no code. All million are tried by `make guesses`; here a few of them.

use tests::{
    TestApp,
    guesses::{CODES, StolenCode, pepper},
};

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
