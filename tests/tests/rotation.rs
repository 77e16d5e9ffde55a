//! Keys and peppers change while instances of two steps serve side by side, and nobody notices, however busy they are.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use kernel::Env;
use reqwest::Method;
use serde_json::json;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use tests::{Answer, Deployment, Device, Program, SOON, eventually, harness::program::run};
use tokio::sync::{Mutex, RwLock};

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

/// How many callers go on all the time, and how many rounds of calls they all make beside each pair of instances.
const CALLERS: usize = 6;
const ROUNDS: usize = 6;

/// How many PINs a caller gives beside each pair: below the sixty an hour that a person may.
const PINS: usize = 4;

/// What stands before two instances: it sends nobody to one that is not in it, and lets nobody go from one that still
/// has a request of theirs.
struct Balancer {
    places: [RwLock<String>; 2],
    next: AtomicUsize,
    answered: AtomicUsize,
    failed: std::sync::Mutex<Vec<String>>,
    /// How many instances have been replaced.
    replaced: AtomicUsize,
    closing: AtomicBool,
    /// Whoever has it has a PIN hashed: so dear a hash that a busy instance may ask for patience, whatever its keys.
    hashing: Mutex<()>,
}

impl Balancer {
    fn before(one: &Program, other: &Program) -> Self {
        let places = [one, other].map(|program| RwLock::new(program.url("")));
        let failed = std::sync::Mutex::default();
        let [next, answered, replaced] = [0; 3].map(AtomicUsize::new);
        Self {
            places,
            next,
            answered,
            failed,
            replaced,
            closing: AtomicBool::new(false),
            hashing: Mutex::new(()),
        }
    }

    /// Sends a request to the instance whose turn it is, or to the other while that one is being replaced.
    async fn call(
        &self,
        device: &Device,
        call: impl AsyncFnOnce(Device) -> Option<Answer>,
    ) -> Option<Answer> {
        let turn = self.next.fetch_add(1, Ordering::Relaxed) % 2;
        let place = match self.places[turn].try_read() {
            Ok(place) => place,
            Err(_) => self.places[1 - turn].read().await,
        };
        let answer = call(device.toward(place.clone())).await;
        drop(place);
        match answer {
            Some(answer) if answer.status == 200 => {
                self.answered.fetch_add(1, Ordering::Relaxed);
                Some(answer)
            }
            failed => {
                let told = failed
                    .map_or("no answer".to_owned(), |answer| format!("{} {}", answer.status, answer.text));
                self.failed.lock().expect("nobody panicked").push(told);
                None
            }
        }
    }
}

/// Somebody who reads, refreshes and gives a PIN without a pause; answers how many rounds that were.
async fn busy(balancer: &Balancer, mut device: Device, rounds: &AtomicUsize) {
    let mut pins = [0; 7];
    while !balancer.closing.load(Ordering::Relaxed) {
        let get = async |path: &str| {
            balancer
                .call(&device, async |device| device.try_send(device.request(Method::GET, path)).await)
                .await
        };
        let read = get("/user/profile").await;
        assert!(read.is_none_or(|read| read.text("first_name") == "Asha"), "a name could not be read");
        get("/auth/sessions").await;
        get("/wallet").await;
        let old = json!({ "refresh_token": device.refresh_token });
        let refresh = async |device: Device| {
            device.try_send(device.request(Method::POST, "/auth/token/refresh").json(&old)).await
        };
        if let Some(next) = balancer.call(&device, refresh).await {
            device.access_token = next.text("access_token");
            device.refresh_token = next.text("refresh_token");
        }
        let given = &mut pins[balancer.replaced.load(Ordering::Relaxed)];
        if *given < PINS {
            *given += 1;
            let give = async |device: Device| {
                let given = json!({ "pin": PIN });
                device.try_send(device.request(Method::POST, "/auth/step-up").json(&given)).await
            };
            let _alone = balancer.hashing.lock().await;
            balancer.call(&device, give).await;
        }
        rounds.fetch_add(1, Ordering::Relaxed);
    }
}

/// Goes through all steps, instance by instance, as long as everybody is busy; answers who serves at the end.
async fn rotate(
    deployment: &Deployment,
    balancer: &Balancer,
    mut serving: [Program; 2],
    rounds: &[AtomicUsize],
) -> [Program; 2] {
    let steps = steps(&deployment.variables);
    let mut newcomers = 0;
    for step in 1..steps.len() {
        if step == 3 {
            let rotated = run(&["keys", "rotate"], &steps[2]).await;
            assert!(rotated.status.success(), "{rotated:?}");
        }
        for place in 0..2 {
            let more: Vec<_> =
                steps[step].iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let newer = deployment.serve(&more).await;
            let mut url = balancer.places[place].write().await;
            *url = newer.url("");
            drop(url);
            let older = std::mem::replace(&mut serving[place], newer);
            assert!(older.terminate().await.success());
            balancer.replaced.fetch_add(1, Ordering::Relaxed);
            // New people come while two steps serve, each call of theirs to another instance.
            let phone = format!("98400000{newcomers:02}");
            newcomers += 1;
            let alone = balancer.hashing.lock().await;
            arrives(deployment, &phone, &serving[0], &serving[1]).await;
            drop(alone);
            let before: Vec<_> = rounds.iter().map(|rounds| rounds.load(Ordering::Relaxed)).collect();
            eventually("everybody has called often", SOON * 3, async || {
                let enough = |(rounds, before): (&AtomicUsize, &usize)| {
                    rounds.load(Ordering::Relaxed) >= before.saturating_add(ROUNDS)
                };
                rounds.iter().zip(&before).all(enough).then_some(())
            })
            .await;
        }
    }
    balancer.closing.store(true, Ordering::Relaxed);
    serving
}

#[tokio::test(flavor = "multi_thread")]
async fn no_request_fails_while_keys_rotate_under_load() {
    let deployment = Deployment::prepare().await;
    let serving = [deployment.serve(&[]).await, deployment.serve(&[]).await];
    let mut callers = Vec::new();
    for caller in 0..CALLERS {
        let phone = format!("98500000{caller:02}");
        callers.push(arrives(&deployment, &phone, &serving[0], &serving[1]).await);
    }
    let balancer = Balancer::before(&serving[0], &serving[1]);
    let rounds: Vec<_> = callers.iter().map(|_| AtomicUsize::new(0)).collect();
    let everybody = callers.into_iter().zip(&rounds).map(|(device, rounds)| busy(&balancer, device, rounds));
    let rotation = rotate(&deployment, &balancer, serving, &rounds);
    let (serving, _) = futures::join!(rotation, futures::future::join_all(everybody));
    for program in serving {
        assert!(program.terminate().await.success());
    }
    let failed = balancer.failed.lock().unwrap();
    assert!(failed.is_empty(), "{} requests failed: {failed:#?}", failed.len());
    let answered = balancer.answered.load(Ordering::Relaxed);
    let least = 6 * ROUNDS * CALLERS * 4;
    println!("{answered} requests were answered while keys rotated");
    assert!(answered >= least, "only {answered} requests");
}
