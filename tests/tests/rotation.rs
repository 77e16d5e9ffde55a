//! Keys and peppers change while instances of two steps serve side by side, and nobody notices.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use kernel::Env;
use reqwest::Method;
use serde_json::json;
use tests::{Deployment, Device, Program, harness::program::run};

const CODE: &str = "123456";
const PIN: &str = "8305";

/// The sets that mark a key as known by a `+`.
const NUMBERED: [&str; 4] =
    ["AAROKYA_OTP_PEPPERS", "AAROKYA_PIN_PEPPERS", "AAROKYA_MASTER_KEYS", "AAROKYA_AUDIT_KEYS"];

/// What outlives a rotation: PINs that were set under it, checkpoints it sealed.
const KEPT: [&str; 2] = ["AAROKYA_PIN_PEPPERS", "AAROKYA_AUDIT_KEYS"];

type Variables = Vec<(String, String)>;

/// The configurations of a rotation: before; the new keys known; in use; the old ones dropped, as far as they may.
fn steps(before: &Variables) -> [Variables; 4] {
    let env = Env::system();
    let mut steps = [0; 4].map(|_| before.clone());
    for (index, (name, old)) in before.iter().enumerate() {
        let new = STANDARD.encode(env.random::<32>());
        let values = if name == "AAROKYA_JWT_KEYS" {
            [old.clone(), format!("{old},new:{new}"), format!("new:{new},{old}"), format!("new:{new}")]
        } else if NUMBERED.contains(&name.as_str()) {
            let both = format!("{old},2:{new}");
            let last = if KEPT.contains(&name.as_str()) { both.clone() } else { format!("2:{new}") };
            [old.clone(), format!("{old},+2:{new}"), both, last]
        } else {
            continue;
        };
        for (step, value) in steps.iter_mut().zip(values) {
            step[index].1 = value;
        }
    }
    steps
}

/// Somebody new, each of whose steps meets the other instance than the one before.
async fn arrives(deployment: &Deployment, phone: &str, one: &Program, other: &Program) -> Device {
    let mut here = Device::new(one, phone);
    here.post("/auth/otp/trigger", &json!({ "phone": phone })).await.expect(200);
    let given = json!({ "phone": phone, "otp": CODE, "device_info": "Redmi 12" });
    let verified = here.at(other).post("/auth/otp/verify", &given).await.expect(200);
    here.access_token = verified.text("access_token");
    here.refresh_token = verified.text("refresh_token");
    let there = here.at(other);
    here.get("/auth/sessions").await.expect(200);
    let told = json!({ "first_name": "Asha", "dob": "1994-03-02" });
    there.send(there.request(Method::PATCH, "/user/profile").json(&told)).await.expect(200);
    deployment.forget_codes().await;
    here.post("/auth/otp/trigger", &json!({ "phone": phone })).await.expect(200);
    let set = json!({ "pin": PIN, "otp": CODE });
    there.send(there.request(Method::PUT, "/auth/pin").json(&set)).await.expect(200);
    here
}

/// Somebody who came before, on whichever instance.
async fn goes_on(device: &mut Device, one: &Program, other: &Program) {
    let (here, there) = (device.at(one), device.at(other));
    assert_eq!(here.get("/user/profile").await.expect(200).text("first_name"), "Asha");
    there.post("/auth/step-up", &json!({ "pin": PIN })).await.expect(200);
    let next = here.post("/auth/token/refresh", &json!({ "refresh_token": device.refresh_token })).await;
    let next = next.expect(200);
    device.access_token = next.text("access_token");
    device.refresh_token = next.text("refresh_token");
    device.at(other).get("/wallet").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_step_of_a_rotation_serves_beside_the_one_before() {
    let deployment = Deployment::prepare().await;
    let steps = steps(&deployment.variables);
    let serve = async |step: usize| {
        let more: Vec<_> = steps[step].iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        deployment.serve(&more).await
    };
    let (mut people, mut one) = (Vec::new(), serve(0).await);
    for step in 1..steps.len() {
        if step == 3 {
            let rotated = run(&["keys", "rotate"], &steps[2]).await;
            assert!(rotated.status.success(), "{rotated:?}");
        }
        let other = serve(step).await;
        for (place, (here, there)) in [(&one, &other), (&other, &one)].into_iter().enumerate() {
            for device in &mut people {
                goes_on(device, here, there).await;
            }
            let mut device = arrives(&deployment, &format!("98300000{step}{place}"), here, there).await;
            goes_on(&mut device, here, there).await;
            people.push(device);
        }
        assert!(one.terminate().await.success());
        one = other;
        let verified = run(&["audit", "verify"], &steps[step]).await;
        assert!(verified.status.success(), "{verified:?}");
    }
}
