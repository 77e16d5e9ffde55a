//! ValueFirst over a socket.

use partners::{DltDrop, DltTemplate, Partner};
use serde_json::{Value, json};

use crate::harness::{World, answer, world, world_with};

async fn token_call(world: &World, action: &str, body: Value) -> (u16, Value) {
    let path = format!("/psms/api/messages/token?action={action}");
    let request = world.client.post(world.url(Partner::ValueFirst, &path));
    let request = request.basic_auth("aarokyasandbox", Some("sandbox-valuefirst-password"));
    answer(request.json(&body).send().await.unwrap()).await
}

async fn token(world: &World) -> String {
    let (status, body) = token_call(world, "generate", json!({})).await;
    assert_eq!(status, 200);
    body["token"].as_str().unwrap().to_owned()
}

async fn send(world: &World, token: &str, body: &Value) -> (u16, Value) {
    let url = world.url(Partner::ValueFirst, "/psms/servlet/psms.JsonEservice");
    answer(world.client.post(url).bearer_auth(token).json(body).send().await.unwrap()).await
}

fn message(to: &str, text: &str) -> Value {
    json!({
        "@VER": "1.2",
        "USER": {"@UNIXTIMESTAMP": ""},
        "DLR": {"@URL": ""},
        "SMS": [{
            "@UDH": "0", "@CODING": "1", "@TEXT": text, "@PROPERTY": "0", "@ID": "1",
            "ADDRESS": [{"@FROM": "AAROKY", "@TO": to, "@SEQ": "1", "@TAG": "otp"}],
        }],
    })
}

#[tokio::test]
async fn a_message_is_acknowledged_and_arrives() {
    let world = world().await;
    let token = token(&world).await;
    let (status, body) = send(&world, &token, &message("919876543210", "123456 is your OTP")).await;
    let guid = &body["MESSAGEACK"]["GUID"];
    assert_eq!((status, &guid["ID"], guid.get("ERROR")), (200, &json!("1"), None));
    assert!(guid["GUID"].as_str().unwrap().starts_with("kg7"));
    assert_eq!(guid["SUBMITDATE"], "2026-11-20 15:30:00");
    let inbox = world.simulators.inbox().newest_first(Some("+919876543210"));
    assert_eq!((inbox[0].otp.as_deref(), inbox[0].to.as_str()), (Some("123456"), "+919876543210"));
    assert_eq!(inbox[0].from, "AAROKY");
}

#[tokio::test]
async fn tokens_live_seven_days_and_can_be_switched_off() {
    let world = world().await;
    let (_, generated) = token_call(&world, "generate", json!({})).await;
    assert_eq!(generated["expiryDate"], "2026-11-27 15:30:00");
    let first = generated["token"].as_str().unwrap();
    let works = async |token: &str, number: u32| {
        send(&world, token, &message("919876543210", &format!("{number}"))).await.0 == 200
    };
    assert!(works(first, 1).await);
    token_call(&world, "disable", json!({"token": first})).await;
    assert!(!works(first, 2).await);
    token_call(&world, "enable", json!({"token": first})).await;
    assert!(works(first, 3).await);
    let (_, renewed) = token_call(&world, "generate", json!({"old_token": first})).await;
    let second = renewed["token"].as_str().unwrap();
    assert!(!works(first, 4).await && works(second, 5).await);
    world.advance_seconds(7 * 24 * 60 * 60);
    assert!(!works(second, 6).await);
    let third = token(&world).await;
    token_call(&world, "delete", json!({"token": third})).await;
    assert!(!works(&third, 7).await);
    assert_eq!(token_call(&world, "paint", json!({})).await.0, 400);
}

#[tokio::test]
async fn credentials() {
    let world = world().await;
    let url = world.url(Partner::ValueFirst, "/psms/api/messages/token?action=generate");
    let wrong = world.client.post(&url).basic_auth("aarokyasandbox", Some("wrong")).send().await.unwrap();
    let (status, body) = answer(wrong).await;
    assert_eq!((status, &body["MESSAGEACK"]["Err"]["Code"]), (200, &json!(52_992)));
    let scheme = world.client.post(&url).bearer_auth("x").send().await.unwrap();
    assert_eq!(scheme.status(), 401);
    assert_eq!(send(&world, "unknown", &message("919876543210", "x")).await.0, 401);
    let url = world.url(Partner::ValueFirst, "/psms/servlet/psms.JsonEservice");
    let basic = world.client.post(url).basic_auth("aarokyasandbox", Some("sandbox-valuefirst-password"));
    let (status, body) = answer(basic.json(&message("919876543210", "x")).send().await.unwrap()).await;
    assert_eq!((status, &body["MESSAGEACK"]["Err"]["Code"]), (401, &json!(28_704)));
}

#[tokio::test]
async fn errors_of_one_phone_come_inside_200() {
    let world = world().await;
    let token = token(&world).await;
    let with_sender = |sender: &str| {
        let mut body = message("919876543210", "x");
        body["SMS"][0]["ADDRESS"][0]["@FROM"] = json!(sender);
        body
    };
    for (body, code) in [
        (message("91987654321x", "x"), 28_673),
        (message("", "x"), 28_674),
        (with_sender(""), 28_675),
        (with_sender("AAROKYA"), 28_680),
        (with_sender("123456"), 28_680),
        (message("919876543210", ""), 28_679),
        (message("915876543210", "x"), 28_682),
        (message("9876543210", "x"), 28_682),
        (message("919000000001", "x"), 28_682),
    ] {
        let (status, answer) = send(&world, &token, &body).await;
        let error = &answer["MESSAGEACK"]["GUID"]["ERROR"];
        assert_eq!((status, error), (200, &json!({"CODE": code, "SEQ": "1"})), "{body}");
    }
    let mut two = message("919876543210", "both");
    two["SMS"][0]["ADDRESS"]
        .as_array_mut()
        .unwrap()
        .push(json!({"@FROM": "AAROKY", "@TO": "1", "@SEQ": "2"}));
    let (_, answer) = send(&world, &token, &two).await;
    assert_eq!(answer["MESSAGEACK"]["GUID"]["ERROR"], json!({"CODE": 28_682, "SEQ": "2"}));
    assert_eq!(world.simulators.inbox().newest_first(None).len(), 1);
    for broken in [json!([]), json!({}), json!({"SMS": []}), json!({"SMS": [{"@TEXT": "x"}]})] {
        let (status, answer) = send(&world, &token, &broken).await;
        assert_eq!((status, &answer["MESSAGEACK"]["Err"]["Code"]), (200, &json!(65_535)), "{broken}");
    }
}

#[tokio::test]
async fn several_texts_have_several_acknowledgements() {
    let world = world().await;
    let token = token(&world).await;
    let mut body = message("919876543210", "one");
    let mut second = message("919876543211", "two")["SMS"][0].clone();
    second["@ID"] = json!("2");
    body["SMS"].as_array_mut().unwrap().push(second);
    let (_, answer) = send(&world, &token, &body).await;
    let ids: Vec<_> =
        answer["MESSAGEACK"]["GUID"].as_array().unwrap().iter().map(|guid| guid["ID"].clone()).collect();
    assert_eq!(ids, ["1", "2"]);
}

#[tokio::test]
async fn the_same_again_at_once_is_a_duplicate() {
    let world = world().await;
    let token = token(&world).await;
    let body = message("919876543210", "same");
    send(&world, &token, &body).await;
    let (_, again) = send(&world, &token, &body).await;
    assert_eq!(again["MESSAGEACK"]["GUID"]["ERROR"]["CODE"], 28_681);
    world.advance_seconds(10);
    let (_, later) = send(&world, &token, &body).await;
    assert_eq!(later["MESSAGEACK"]["GUID"].get("ERROR"), None);
}

#[tokio::test]
async fn a_report_is_a_get_with_its_placeholders_filled_in() {
    let mut world = world().await;
    let token = token(&world).await;
    let mut body = message("919876543210", "reported");
    body["DLR"]["@URL"] =
        json!(format!("{}/dlr/secret?mid=%7&status=%16&code=%4&tag=%TAG&to=%p", world.receiver));
    let (_, answer) = send(&world, &token, &body).await;
    let guid = answer["MESSAGEACK"]["GUID"]["GUID"].as_str().unwrap();
    world.advance_seconds(2);
    let report = world.webhook().await;
    assert_eq!(report.method, "GET");
    let expected = format!("/dlr/secret?mid={guid}&status=Delivered&code=8448&tag=otp&to=919876543210");
    assert_eq!(report.uri.to_string(), expected);

    body["SMS"][0]["ADDRESS"][0]["@TO"] = json!("919000000006");
    send(&world, &token, &body).await;
    world.advance_seconds(2);
    let report = world.webhook().await.uri.to_string();
    assert!(report.contains("status=Failed&code=8449"), "{report}");
    assert!(world.simulators.inbox().newest_first(Some("9000000006")).is_empty());
}

#[tokio::test]
async fn what_fits_no_template_is_accepted_and_dropped() {
    for (drop, hears) in [(DltDrop::Reported, true), (DltDrop::Silent, false)] {
        let mut world = world_with(|config| {
            config.valuefirst.dlt_drop = drop;
            config.valuefirst.templates = vec![DltTemplate {
                id: "1107".to_owned(),
                header: "AAROKY".to_owned(),
                text: "{#var#} is your code.".to_owned(),
            }];
        })
        .await;
        let token = token(&world).await;
        let mut body = message("919876543210", "123456 is your new code.");
        body["DLR"]["@URL"] = json!(format!("{}/dlr?code=%4", world.receiver));
        let (_, answer) = send(&world, &token, &body).await;
        assert_eq!(answer["MESSAGEACK"]["GUID"].get("ERROR"), None);
        assert!(world.simulators.inbox().newest_first(None).is_empty());
        world.advance_seconds(2);
        if hears {
            assert_eq!(world.webhook().await.uri.query(), Some("code=8449"));
        }
        body["SMS"][0]["@TEXT"] = json!("123456 is your code.");
        send(&world, &token, &body).await;
        body["SMS"][0]["@TEXT"] = json!("");
        body["SMS"][0]["@TEMPLATEINFO"] = json!("1107~654321");
        send(&world, &token, &body).await;
        world.advance_seconds(2);
        assert_eq!(world.webhook().await.uri.query(), Some("code=8448"));
        let codes: Vec<_> =
            world.simulators.inbox().newest_first(None).into_iter().filter_map(|sms| sms.otp).collect();
        assert_eq!(codes, ["654321", "123456"]);
        body["SMS"][0]["@TEMPLATEINFO"] = json!("9999~1");
        let (_, answer) = send(&world, &token, &body).await;
        assert_eq!(answer["MESSAGEACK"]["GUID"]["ERROR"]["CODE"], 28_694);
    }
}

#[tokio::test]
async fn magic_phones() {
    let world = world().await;
    let token = token(&world).await;
    for phone in ["919000000003", "919000000010"] {
        let (status, body) = send(&world, &token, &message(phone, "x")).await;
        assert_eq!((status, &body["MESSAGEACK"]["Err"]["Code"]), (200, &json!(65_280)));
    }
    let (_, body) = send(&world, &token, &message("919000000002", "delivers")).await;
    assert_eq!(body["MESSAGEACK"]["GUID"].get("ERROR"), None);
    for phone in ["919000000004", "919000000007", "919000000008"] {
        send(&world, &token, &message(phone, "x")).await;
    }
    assert_eq!(world.simulators.inbox().newest_first(None).len(), 1);
    world.advance_seconds(11 * 60);
    assert_eq!(world.simulators.inbox().newest_first(Some("9000000008")).len(), 1);
}
