//! Both vendors as the simulators play them, one after the other as the gateway asks them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use identity::{
    Phone, SmsMessage, Template,
    ports::{OtpSender, SendError},
};
use kernel::{Env, MovableClock, SeededEntropy};
use partners::{
    Effect, FaultKind, FaultScript, MAGIC_VALUES, Partner, Simulators, SimulatorsConfig, SmsMagic,
};
use sms::{
    BreakerPolicy, Choice, FallbackSender, TwilioSender, TwilioSettings, ValueFirstSender, ValueFirstSettings,
};
use std::{sync::Arc, time::Duration};
use time::macros::datetime;
use url::Url;

struct World {
    clock: Arc<MovableClock>,
    simulators: Simulators,
    sender: FallbackSender,
}

/// Twilio first, ValueFirst second.
async fn world() -> World {
    let clock = Arc::new(MovableClock::standing_at(datetime!(2026-01-15 12:00 UTC)));
    let env = Env::new(clock.clone(), Arc::new(SeededEntropy::new(1)));
    let config = SimulatorsConfig::sandbox(clock.clone());
    let (twilio, valuefirst) = (config.twilio.clone(), config.valuefirst.clone());
    let simulators = Simulators::start(config).await.unwrap();
    let base_url = |partner| Url::parse(&simulators.base_url(partner)).unwrap();
    let timeout = Duration::from_millis(500);
    let twilio = TwilioSettings {
        base_url: base_url(Partner::Twilio),
        account_sid: twilio.account_sid,
        auth_token: twilio.auth_token,
        from: "+15005550006".to_owned(),
        status_callback: None,
        validity: Duration::from_secs(600),
        timeout,
    };
    let valuefirst = ValueFirstSettings {
        base_url: base_url(Partner::ValueFirst),
        username: valuefirst.username,
        password: valuefirst.password,
        header: "AAROKY".to_owned(),
        report_url: None,
        timeout,
    };
    let choices = vec![
        Choice { name: "twilio", sender: Arc::new(TwilioSender::new(twilio).unwrap()) },
        Choice {
            name: "valuefirst",
            sender: Arc::new(ValueFirstSender::new(env.clone(), valuefirst).unwrap()),
        },
    ];
    let policy = BreakerPolicy { failures: 5, rest: time::Duration::seconds(30) };
    World { clock, simulators, sender: FallbackSender::new(env, policy, choices).unwrap() }
}

impl World {
    fn fault(&self, partner: Partner, kind: FaultKind, times: u32) {
        let script = FaultScript { matches: None, kind, times: Some(times), delay_ms: None, status: None };
        self.simulators.add_fault(partner, script).unwrap();
    }

    /// Who brought which messages to a phone, newest first.
    fn arrived(&self, phone: &Phone) -> Vec<(Partner, String)> {
        let messages = self.simulators.inbox().newest_first(Some(phone.e164()));
        messages.into_iter().map(|sms| (sms.provider, sms.body)).collect()
    }
}

fn anybody() -> Phone {
    Phone::parse("9876543210").unwrap()
}

fn magic(wanted: SmsMagic) -> Phone {
    let line = MAGIC_VALUES.iter().find(|line| line.effect == Effect::Sms(wanted)).unwrap();
    Phone::parse(line.value).unwrap()
}

fn message(phone: &Phone, code: &str) -> SmsMessage {
    let text = "{#var#} is your Aarokya code. Do not share it.\n{#var#}\n\n@aarokya.example #{#var#}";
    Template::parse("1107161234567890123", text)
        .unwrap()
        .message(phone, &[code, "FA+9qCX9VSu", code])
        .unwrap()
}

fn text(code: &str) -> String {
    format!("{code} is your Aarokya code. Do not share it.\nFA+9qCX9VSu\n\n@aarokya.example #{code}")
}

#[tokio::test]
async fn the_first_choice_brings_the_code() {
    let world = world().await;
    world.sender.send(&message(&anybody(), "123456")).await.unwrap();
    world.clock.advance(time::Duration::seconds(10));
    world.simulators.tick();
    assert_eq!(world.arrived(&anybody()), [(Partner::Twilio, text("123456"))]);
}

#[tokio::test]
async fn when_it_cannot_the_second_does() {
    for kind in [FaultKind::Outage, FaultKind::DropBefore, FaultKind::Status] {
        let world = world().await;
        let script = FaultScript {
            matches: None,
            kind,
            times: Some(1),
            delay_ms: None,
            status: (kind == FaultKind::Status).then_some(500),
        };
        world.simulators.add_fault(Partner::Twilio, script).unwrap();
        world.sender.send(&message(&anybody(), "123456")).await.unwrap();
        world.clock.advance(time::Duration::seconds(10));
        world.simulators.tick();
        assert_eq!(world.arrived(&anybody()), [(Partner::ValueFirst, text("123456"))], "{kind:?}");
    }
    let world = world().await;
    let phone = magic(SmsMagic::TwilioThrottled);
    world.sender.send(&message(&phone, "123456")).await.unwrap();
    world.clock.advance(time::Duration::seconds(10));
    world.simulators.tick();
    assert_eq!(world.arrived(&phone), [(Partner::ValueFirst, text("123456"))]);
}

#[tokio::test]
async fn two_messages_with_one_code_are_better_than_none() {
    for kind in [FaultKind::DropAfter, FaultKind::Malformed] {
        let world = world().await;
        world.fault(Partner::Twilio, kind, 1);
        world.sender.send(&message(&anybody(), "123456")).await.unwrap();
        world.clock.advance(time::Duration::seconds(10));
        world.simulators.tick();
        let arrived = world.arrived(&anybody());
        assert_eq!(arrived.len(), 2, "{kind:?}");
        assert!(arrived.iter().all(|(_, body)| *body == text("123456")), "{kind:?}");
    }
}

#[tokio::test]
async fn a_refused_number_is_refused() {
    let world = world().await;
    for wanted in [SmsMagic::RefusedNumber, SmsMagic::OptedOut] {
        let outcome = world.sender.send(&message(&magic(wanted), "123456")).await;
        assert!(matches!(outcome, Err(SendError::Refused { .. })), "{outcome:?}");
    }
    let asked = world.simulators.journal().since(Some(Partner::ValueFirst), 0);
    assert!(asked.is_empty(), "nobody else is asked");
}

#[tokio::test]
async fn when_neither_can_it_is_said() {
    let world = world().await;
    let outcome = world.sender.send(&message(&magic(SmsMagic::BothDead), "123456")).await;
    assert!(matches!(outcome, Err(SendError::Unavailable(_))), "{outcome:?}");
    let outcome = world.sender.send(&message(&magic(SmsMagic::Slow), "123456")).await;
    assert!(matches!(outcome, Err(SendError::Unknown(_))), "{outcome:?}");
}

#[tokio::test]
async fn a_token_that_ran_out_is_renewed_unnoticed() {
    let world = world().await;
    world.fault(Partner::Twilio, FaultKind::Outage, 3);
    world.sender.send(&message(&anybody(), "111111")).await.unwrap();
    world.clock.advance(time::Duration::days(8));
    world.sender.send(&message(&anybody(), "222222")).await.unwrap();
    world.clock.advance(time::Duration::seconds(10));
    world.simulators.tick();
    let codes: Vec<String> = world.arrived(&anybody()).into_iter().map(|(_, body)| body).collect();
    assert_eq!(codes, [text("222222"), text("111111")]);
}
