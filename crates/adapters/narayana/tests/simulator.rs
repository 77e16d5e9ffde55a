//! The adapter against the simulated insurer, over real sockets.

use insurance::{
    CoverageType, PlanType,
    ports::{PlanSource as _, SourceError},
};
use kernel::{Env, MovableClock, SystemEntropy};
use narayana::{BreakerPolicy, Limits, NarayanaConfig, NarayanaInsurer};
use partners::{Direction, FaultKind, FaultScript, Partner, Simulators, SimulatorsConfig};
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use time::macros::datetime;

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
