//! Every code of the catalogue can be seen in the sandbox: by a magic value, by a way told at `/sandbox/magic`, or by
//! asking for it.

use gateway::sandbox::{FORCED, WAYS, Way};
use partners::MAGIC_VALUES;
use reqwest::Method;
use serde_json::json;
use std::collections::BTreeSet;
use tests::TestApp;

fn codes(list: &[Way]) -> BTreeSet<&'static str> {
    let codes: BTreeSet<_> = list.iter().map(|(code, _)| *code).collect();
    assert_eq!(codes.len(), list.len(), "a code is listed twice");
    assert!(list.iter().all(|(_, sentence)| sentence.ends_with('.')), "a sentence ends with a full stop");
    codes
}

#[test]
fn every_code_has_a_magic_value_or_a_way_or_is_listed_as_unseen() {
    let all: BTreeSet<_> = gateway::error::catalogue().iter().map(|entry| entry.code).collect();
    let magic: BTreeSet<_> = MAGIC_VALUES.iter().filter_map(|line| line.code).collect();
    let (ways, forced) = (codes(WAYS), codes(FORCED));
    assert!(magic.is_subset(&all), "unknown codes are promised: {:?}", magic.difference(&all));
    let told: BTreeSet<_> = magic.iter().chain(&ways).chain(&forced).copied().collect();
    assert_eq!(
        all.difference(&told).collect::<Vec<_>>(),
        Vec::<&&str>::new(),
        "nobody tells how to see these"
    );
    assert_eq!(told.difference(&all).collect::<Vec<_>>(), Vec::<&&str>::new(), "these are no codes");
    assert!(ways.is_disjoint(&forced), "{:?}", ways.intersection(&forced));
    assert!(magic.is_disjoint(&forced), "{:?}", magic.intersection(&forced));
}

#[test]
fn what_has_a_way_stands_in_the_document() {
    let document = serde_json::to_value(gateway::document()).unwrap();
    let mut documented = BTreeSet::new();
    for operation in
        document["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap().values())
    {
        for response in operation["responses"].as_object().into_iter().flatten().map(|(_, response)| response)
        {
            let examples = &response["content"]["application/json"]["examples"];
            documented.extend(examples.as_object().into_iter().flatten().map(|(code, _)| code.clone()));
        }
    }
    // Codes of paths and methods that do not exist belong to no operation.
    let of_no_operation = ["NOT_FOUND", "METHOD_NOT_ALLOWED"];
    let magic = MAGIC_VALUES.iter().filter_map(|line| line.code);
    for code in magic.chain(codes(WAYS)).filter(|code| !of_no_operation.contains(code)) {
        assert!(documented.contains(code), "{code}");
    }
}

#[tokio::test]
async fn every_code_is_answered_to_whoever_asks_for_it_and_nothing_is_done() {
    let app = TestApp::start().await;
    let person = app.person().await;
    for entry in gateway::error::catalogue() {
        let request = person.request(Method::PATCH, "/user/profile").json(&json!({ "first_name": "Asha" }));
        let answer = app.send(request.header("X-Sandbox-Error", entry.code)).await;
        answer.expect_error(gateway::error::status(&entry).as_u16(), entry.code);
    }
    let unknown = person.request(Method::GET, "/user/profile").header("X-Sandbox-Error", "NO_SUCH_CODE");
    let refused = app.send(unknown).await.expect_error(400, "VALIDATION_ERROR");
    assert_eq!(refused.json["details"]["field"], "X-Sandbox-Error");
    assert_eq!(person.get("/user/profile").await.expect(200).json["first_name"], json!(null));
}

#[tokio::test]
async fn the_table_is_served() {
    let app = TestApp::start().await;
    let magic = app.get("/sandbox/magic").await.expect(200).json;
    assert_eq!(magic["values"].as_array().unwrap().len(), MAGIC_VALUES.len());
    assert_eq!(magic["ways"].as_object().unwrap().len(), WAYS.len());
    assert_eq!(magic["by_header_only"].as_object().unwrap().len(), FORCED.len());
}
