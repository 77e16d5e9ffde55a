//! The adapter against the simulated insurer, over real sockets.

use insurance::{
    CoverageType, Issuance, PlanCode, PlanType, Policy, PolicyId, Sale,
    ports::{PlanSource as _, PolicyIssuer as _, SourceError},
    testing::policy,
};
use kernel::{Env, Masked, MovableClock, OrderRef, SystemEntropy};
use narayana::{BreakerPolicy, Limits, NarayanaConfig, NarayanaInsurer};
use partners::{Direction, FaultKind, FaultScript, Partner, Simulators, SimulatorsConfig};
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use time::macros::{date, datetime};

struct Stage {
    insurer: NarayanaInsurer,
    simulators: Simulators,
    clock: Arc<MovableClock>,
}

impl Stage {
    async fn set(secret: Option<&str>) -> Self {
        let clock = Arc::new(MovableClock::standing_at(datetime!(2026-01-15 12:00 UTC)));
        let settings = SimulatorsConfig::sandbox(clock.clone());
        let simulators = Simulators::start(settings.clone()).await.expect("the stage is set");
        let config = NarayanaConfig {
            base_url: simulators.base_url(Partner::Narayana).parse().expect("the stage is set"),
            client_id: settings.narayana.client_id,
            client_secret: secret.map_or(settings.narayana.client_secret, Into::into),
            limits: Limits {
                call_timeout: Duration::from_secs(5),
                status_timeout: Duration::from_secs(5),
                retry_pause_max: Duration::from_millis(1),
                breaker: BreakerPolicy { failures: 50, rest: time::Duration::seconds(30) },
            },
        };
        let env = Env::new(clock.clone(), Arc::new(SystemEntropy));
        Self { insurer: NarayanaInsurer::new(config, env).expect("the stage is set"), simulators, clock }
    }

    fn fault(&self, kind: FaultKind, matches: &str, times: u32) {
        let script =
            FaultScript { matches: Some(matches.to_owned()), times: Some(times), ..FaultScript::new(kind) };
        self.simulators.add_fault(Partner::Narayana, script).expect("the stage is set");
    }

    /// How often the insurer was asked for this.
    fn asked(&self, line: &str) -> usize {
        let calls = self.simulators.journal().since(Some(Partner::Narayana), 0);
        calls.iter().filter(|call| call.direction == Direction::Call && call.line == line).count()
    }
}

#[tokio::test]
async fn every_type_of_plan_is_sold_with_every_coverage_and_can_be() {
    let stage = Stage::set(None).await;
    let offers = stage.insurer.offers().await.unwrap();
    let pairs: BTreeSet<_> =
        offers.iter().map(|offer| (offer.terms.plan_type.word(), offer.terms.coverage_type.word())).collect();
    assert_eq!(pairs.len(), PlanType::WORDS.len() * CoverageType::WORDS.len(), "{pairs:?}");
    for offer in &offers {
        assert_eq!(offer.terms.check(), Ok(()), "{}", offer.code.as_str());
    }
    assert!(offers.iter().any(|offer| !offer.terms.eligibility.area.is_everywhere()));
}

#[tokio::test]
async fn a_token_is_used_until_it_is_over_and_another_fetched_when_it_is_turned_down() {
    let stage = Stage::set(None).await;
    stage.insurer.offers().await.unwrap();
    stage.insurer.offers().await.unwrap();
    assert_eq!(stage.asked("POST /v1/auth/token"), 1);
    stage.clock.advance(time::Duration::minutes(59));
    stage.insurer.offers().await.unwrap();
    assert_eq!(stage.asked("POST /v1/auth/token"), 2, "it was nearly over");
    let script = FaultScript {
        status: Some(401),
        matches: Some("/v1/products".to_owned()),
        times: Some(1),
        ..FaultScript::new(FaultKind::Status)
    };
    stage.simulators.add_fault(Partner::Narayana, script).unwrap();
    stage.insurer.offers().await.unwrap();
    assert_eq!(stage.asked("POST /v1/auth/token"), 3, "it ended before its time");
}

#[tokio::test]
async fn what_fails_once_is_asked_again_and_what_cannot_be_read_is_not_believed() {
    let stage = Stage::set(None).await;
    stage.fault(FaultKind::DropBefore, "/v1/products", 1);
    stage.insurer.offers().await.unwrap();
    stage.fault(FaultKind::Outage, "/v1/products", 2);
    assert!(matches!(stage.insurer.offers().await, Err(SourceError::Unavailable(_))));
    stage.fault(FaultKind::Malformed, "/v1/products", 1);
    assert!(matches!(stage.insurer.offers().await, Err(SourceError::Unusable(_))));
    stage.fault(FaultKind::ExtraKeys, "/v1/products", 1);
    assert!(!stage.insurer.offers().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_wrong_secret_is_turned_away() {
    let stage = Stage::set(Some("another")).await;
    assert!(matches!(stage.insurer.offers().await, Err(SourceError::Unavailable(_))));
    assert_eq!(stage.asked("GET /v1/products"), 0);
}

fn sale() -> Sale {
    Sale { order: OrderRef::parse("AAR1").expect("a number"), paid_at: datetime!(2026-01-15 12:00 UTC) }
}

/// A policy under a plan of the simulated insurer, of somebody with that phone.
fn policy_of(phone: &str) -> Policy {
    let mut policy = policy();
    policy.id = PolicyId::generate(&Env::system());
    policy.plan.code = PlanCode::parse("NH-ADITI-5L").expect("a code");
    policy.insured.holder.phone = Masked::new(phone.to_owned());
    policy
}

fn is_issued(said: &Issuance) -> bool {
    matches!(said, Issuance::Issued(_))
}

#[tokio::test]
async fn a_policy_is_issued_once_under_our_id() {
    let stage = Stage::set(None).await;
    let policy = policy_of("+919876543210");
    assert_eq!(stage.insurer.find(policy.id).await.unwrap(), Issuance::Unknown);
    let said = stage.insurer.issue(&policy, &sale()).await.unwrap();
    let Issuance::Issued(issued) = &said else { panic!("{said:?}") };
    assert!(issued.number.as_str().starts_with("NHI/2026/"));
    assert_eq!((issued.starts_on, issued.ends_on), (date!(2026 - 01 - 15), date!(2027 - 01 - 14)));
    assert_eq!(stage.insurer.issue(&policy, &sale()).await.unwrap(), said, "asked again, the same");
    assert_eq!(stage.insurer.find(policy.id).await.unwrap(), said);
    assert_eq!(stage.insurer.withdraw(policy.id).await.unwrap(), said, "past withdrawing");
    assert_eq!(stage.simulators.policies_issued(), 1);
}

#[tokio::test]
async fn a_lost_answer_is_asked_after_and_never_makes_a_second_policy() {
    let stage = Stage::set(None).await;
    let dropped = policy_of("+919000000034");
    stage.insurer.issue(&dropped, &sale()).await.unwrap_err();
    assert!(is_issued(&stage.insurer.find(dropped.id).await.unwrap()));
    assert!(is_issued(&stage.insurer.issue(&dropped, &sale()).await.unwrap()));
    let erring = policy_of("+919000000035");
    stage.insurer.issue(&erring, &sale()).await.unwrap_err();
    assert_eq!(stage.insurer.find(erring.id).await.unwrap(), Issuance::Unknown);
    assert!(is_issued(&stage.insurer.issue(&erring, &sale()).await.unwrap()));
    for kind in [FaultKind::DropAfter, FaultKind::Malformed] {
        let policy = policy_of("+919876543210");
        stage.fault(kind, "POST /v1/policies", 1);
        stage.insurer.issue(&policy, &sale()).await.unwrap_err();
        assert!(is_issued(&stage.insurer.issue(&policy, &sale()).await.unwrap()), "{kind:?}");
    }
    assert_eq!(stage.simulators.policies_issued(), 4);
}

#[tokio::test]
async fn a_refusal_is_a_refusal_however_it_is_told() {
    let stage = Stage::set(None).await;
    for phone in ["+919000000031", "+919000000036"] {
        let policy = policy_of(phone);
        assert_eq!(stage.insurer.issue(&policy, &sale()).await.unwrap(), Issuance::Refused, "{phone}");
    }
}

#[tokio::test]
async fn what_is_under_way_can_be_withdrawn_and_then_never_comes_to_be() {
    let stage = Stage::set(None).await;
    let slow = policy_of("+919000000032");
    assert_eq!(stage.insurer.issue(&slow, &sale()).await.unwrap(), Issuance::Underway);
    stage.clock.advance(time::Duration::minutes(10));
    assert!(is_issued(&stage.insurer.find(slow.id).await.unwrap()));
    let undecided = policy_of("+919000000033");
    assert_eq!(stage.insurer.issue(&undecided, &sale()).await.unwrap(), Issuance::Underway);
    assert_eq!(stage.insurer.withdraw(undecided.id).await.unwrap(), Issuance::Withdrawn);
    let never = policy_of("+919876543210");
    assert_eq!(stage.insurer.withdraw(never.id).await.unwrap(), Issuance::Withdrawn, "nobody had asked");
    for policy in [undecided, never] {
        assert_eq!(stage.insurer.issue(&policy, &sale()).await.unwrap(), Issuance::Withdrawn);
    }
}

#[tokio::test]
async fn a_token_that_is_over_keeps_no_policy_from_being_issued() {
    let stage = Stage::set(None).await;
    stage.insurer.offers().await.unwrap();
    let script = FaultScript {
        status: Some(401),
        matches: Some("POST /v1/policies".to_owned()),
        times: Some(1),
        ..FaultScript::new(FaultKind::Status)
    };
    stage.simulators.add_fault(Partner::Narayana, script).unwrap();
    assert!(is_issued(&stage.insurer.issue(&policy_of("+919876543210"), &sale()).await.unwrap()));
}
