//! What signing in does when a port fails, and what it asks ports for.

use super::{SignInPolicy, SignInPorts, SignIns, TriggerError, TriggerOtp, VerifyError, VerifyOtp};
use crate::{
    AccessTokenPolicy, AccessTokens, Charge, CodeHash, DeviceKeys, HashError, Meter, Origin, OtpPolicy,
    OtpTemplate, Phone, SessionPolicy, SigningKey, Tally, Template,
    ports::{Attempt, Busy, Granted, HashSlot, SendError, Spending},
    testing::{MockBudgetStore, MockOtpHasher, MockOtpSender, MockSignInStore, contract_budgets},
};
use kernel::{Env, Fault as _, StoreError, catalogue};
use secrecy::SecretSlice;
use std::sync::Arc;
use time::Duration;

#[derive(Default)]
struct Mocks {
    store: MockSignInStore,
    budgets: MockBudgetStore,
    hasher: MockOtpHasher,
    sender: MockOtpSender,
}

impl Mocks {
    fn sign_ins(self) -> SignIns {
        let ports = SignInPorts {
            store: Arc::new(self.store),
            budgets: Arc::new(self.budgets),
            hasher: Arc::new(self.hasher),
            sender: Arc::new(self.sender),
        };
        let template = Template::parse("1", "{#var#} code\n{#var#}\n@a.example #{#var#}").unwrap();
        let policy = SignInPolicy {
            otp: OtpPolicy::app(),
            budgets: contract_budgets(),
            sessions: SessionPolicy::contract(),
            template: OtpTemplate::parse(template, "FA+9qCX9VSu").unwrap(),
        };
        let access = AccessTokenPolicy { issuer: "i".into(), audience: "a".into(), life: Duration::DAY };
        let key = SigningKey { kid: "k".into(), secret: SecretSlice::from(vec![1; 32]) };
        let tokens = AccessTokens::new(access, &key, None).unwrap();
        let devices = DeviceKeys::new(&SecretSlice::from(vec![2; 32])).unwrap();
        SignIns::new(Env::system(), ports, policy, Arc::new(tokens), Arc::new(devices))
    }

    /// Room to hash, budgets to spend, a store that takes the challenge.
    fn calm() -> Self {
        let mut mocks = Self::default();
        mocks.hasher.expect_reserve().times(1).returning(|| Ok(HashSlot::free()));
        mocks.budgets.expect_spend().times(1).returning(|_, _| Ok(Spending::Granted(Vec::new())));
        mocks
    }

    fn expect_refund(&mut self, fits: impl Fn(&[Charge]) -> bool + Send + Sync + 'static) {
        self.budgets.expect_give_back().times(1).withf(move |back, _| fits(back)).returning(|_, _| Ok(()));
    }
}

fn hash() -> CodeHash {
    let text = format!("$argon2id$v=19$m=8,t=1,p=1,keyid=1${}${}", "A".repeat(22), "A".repeat(43));
    CodeHash::from_text(&text).unwrap()
}

fn asked() -> TriggerOtp {
    let ip = Some([203, 0, 113, 7].into());
    let origin = Origin { ip, request_id: None };
    TriggerOtp { phone: Phone::parse("9876543210").unwrap(), device_token: None, origin }
}

fn given(sign_ins: &SignIns) -> VerifyOtp {
    let TriggerOtp { phone, device_token, origin } = asked();
    let code = sign_ins.parse_code("123456").unwrap();
    VerifyOtp { phone, code, challenge_id: None, device: None, device_token, origin }
}

fn meters(back: &[Charge]) -> Vec<Meter> {
    back.iter().map(|charge| charge.meter).collect()
}

#[tokio::test]
async fn whoever_is_sent_away_has_spent_nothing() {
    // No other port is expected to be asked: a mock that is would fail the test.
    let busy = || {
        let mut mocks = Mocks::default();
        mocks.hasher.expect_reserve().times(1).returning(|| Err(Busy));
        mocks.sign_ins()
    };
    let error = busy().trigger(&asked()).await.unwrap_err();
    assert_eq!(error.entry(), catalogue::SERVICE_UNAVAILABLE);
    let sign_ins = busy();
    let error = sign_ins.verify(&given(&sign_ins)).await.unwrap_err();
    assert_eq!(error.entry(), catalogue::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn without_budgets_no_code_is_sent_and_none_is_looked_at() {
    // Neither the sender nor the store is expected to be asked: a mock that is would fail the test.
    let deaf = || {
        let mut mocks = Mocks::default();
        mocks.hasher.expect_reserve().times(1).returning(|| Ok(HashSlot::free()));
        mocks.hasher.expect_hash().returning(|_, _, _| Ok(hash()));
        let down = || Err(StoreError::Unavailable("down".into()));
        mocks.budgets.expect_spend().returning(move |_, _| down());
        mocks.store.expect_spend_attempt().returning(|_| Err(StoreError::Unavailable("down".into())));
        mocks.sign_ins()
    };
    let error = deaf().trigger(&asked()).await.unwrap_err();
    assert_eq!(error.entry(), catalogue::SERVICE_UNAVAILABLE);
    let sign_ins = deaf();
    let error = sign_ins.verify(&given(&sign_ins)).await.unwrap_err();
    assert_eq!(error.entry(), catalogue::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn a_refusal_tells_of_no_counter_but_the_numbers_own() {
    for meter in [Meter::Spend, Meter::Conversion, Meter::TriggersPerHour] {
        let mut mocks = Mocks::default();
        mocks.hasher.expect_reserve().returning(|| Ok(HashSlot::free()));
        mocks.budgets.expect_spend().returning(move |charges, since| {
            let index = charges.iter().position(|charge| charge.meter == meter).unwrap();
            Ok(Spending::Exhausted { index, tally: Tally { since, spent: 7, verified: 0 } })
        });
        let error = mocks.sign_ins().trigger(&asked()).await.unwrap_err();
        assert_eq!(error.entry(), catalogue::RATE_LIMIT_EXCEEDED);
        let headroom = error.headroom().unwrap();
        assert_eq!((headroom.limit, headroom.remaining), (10, 0), "{meter:?}");
    }
}

#[tokio::test]
async fn our_own_failures_are_refunded() {
    let mut mocks = Mocks::calm();
    mocks.hasher.expect_hash().returning(|_, _, _| Err(HashError));
    mocks.expect_refund(|back| meters(back).contains(&Meter::Resend));
    let error = mocks.sign_ins().trigger(&asked()).await.unwrap_err();
    assert_eq!(error.entry(), catalogue::INTERNAL_ERROR);

    let mut mocks = Mocks::calm();
    mocks.hasher.expect_hash().returning(|_, _, _| Ok(hash()));
    mocks.store.expect_record_challenge().returning(|_| Err(StoreError::Unavailable("down".into())));
    mocks.budgets.expect_give_back().returning(|_, _| Err(StoreError::Unavailable("down too".into())));
    let error = mocks.sign_ins().trigger(&asked()).await.unwrap_err();
    assert_eq!(error.entry(), catalogue::SERVICE_UNAVAILABLE, "what failed first is told");
}

#[tokio::test]
async fn an_unsent_message_is_refunded_as_far_as_it_was_not_bought() {
    for (failure, expected) in [
        (
            (|| SendError::Unavailable("down".into())) as fn() -> SendError,
            &[
                Meter::Resend,
                Meter::TriggersPerMinute,
                Meter::TriggersPerDay,
                Meter::Conversion,
                Meter::Conversion,
                Meter::Spend,
                Meter::Conversion,
            ][..],
        ),
        (|| SendError::Unknown("late".into()), &[Meter::Resend]),
        (
            || SendError::Refused { reason: "no".into() },
            &[Meter::Conversion, Meter::Conversion, Meter::Spend, Meter::Conversion],
        ),
    ] {
        let mut mocks = Mocks::calm();
        mocks.hasher.expect_hash().returning(|_, _, _| Ok(hash()));
        mocks.store.expect_record_challenge().times(1).returning(|_| Ok(()));
        mocks.sender.expect_send().times(1).returning(move |_| Err(failure()));
        // What may have arrived stays; of what did not, its owner hears that, whatever else fails.
        let withdrawn = usize::from(!matches!(failure(), SendError::Unknown(_)));
        let lost = |_: &_| Err(StoreError::Unavailable("down too".into()));
        mocks.store.expect_withdraw_challenge().times(withdrawn).returning(lost);
        mocks.expect_refund(move |back| meters(back) == expected);
        assert!(matches!(mocks.sign_ins().trigger(&asked()).await, Err(TriggerError::Send(_))));
    }
}

#[tokio::test]
async fn a_wrong_code_opens_nothing() {
    let mut mocks = Mocks::default();
    mocks.hasher.expect_reserve().returning(|| Ok(HashSlot::free()));
    mocks.hasher.expect_matches().times(1).returning(|_, _, _| Ok(false));
    mocks.store.expect_spend_attempt().times(1).returning(|_| {
        let challenge_id = crate::ChallengeId::new(kernel::uuid::Uuid::nil());
        Ok(Attempt::Granted(Granted { challenge_id, code: hash(), attempts_left: 3 }))
    });
    let sign_ins = mocks.sign_ins();
    let error = sign_ins.verify(&given(&sign_ins)).await.unwrap_err();
    assert!(matches!(error, VerifyError::InvalidOtp { attempts_remaining: Some(3) }));
    assert_eq!(error.details(), [("attempts_remaining", 3.into())]);
}

#[tokio::test]
async fn a_late_code_is_not_even_hashed() {
    let mut mocks = Mocks::default();
    mocks.hasher.expect_reserve().returning(|| Ok(HashSlot::free()));
    mocks.store.expect_spend_attempt().returning(|_| Ok(Attempt::Expired));
    let sign_ins = mocks.sign_ins();
    assert!(matches!(sign_ins.verify(&given(&sign_ins)).await, Err(VerifyError::Expired)));
}
