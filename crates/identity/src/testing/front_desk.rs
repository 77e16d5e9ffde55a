//! Signing in with everything it needs, for tests and the examples.

use super::{InMemorySignIns, Inbox, taking_turns::TakingTurns};
use crate::{
    AccessTokenPolicy, AccessTokens, BudgetPolicy, CodeHashing, DeviceInfo, DeviceKeys, DeviceToken,
    HashCost, Origin, OtpPolicy, OtpTemplate, Phone, SessionPolicy, Sessions, SignInPolicy, SignInPorts,
    SignIns, SigningKey, SpendCap, Template, TriggerError, TriggerOtp, Triggered, Verified, VerifyError,
    VerifyOtp,
    ports::{BudgetStore, SessionStore, SignInStore},
};
use kernel::{Clock, Entropy, Env, MovableClock, Paise, SystemEntropy};
use secrecy::SecretSlice;
use std::{collections::BTreeMap, sync::Arc};
use time::{Duration, macros::datetime};

/// The services of signing in, over stores of the test's choosing, with a clock that stands and an inbox that
/// can be read.
pub struct FrontDesk {
    /// The clock: stands until it is moved.
    pub clock: Arc<MovableClock>,
    /// The clock and true randomness.
    pub env: Env,
    /// Where codes arrive.
    pub inbox: Arc<Inbox>,
    /// Issues and checks access tokens.
    pub tokens: Arc<AccessTokens>,
    /// Signing in.
    pub sign_ins: SignIns,
    /// Staying signed in.
    pub sessions: Sessions,
}

/// The stores under a [`FrontDesk`].
#[derive(Clone)]
pub struct SignInStores {
    /// Challenges, people, devices.
    pub sign_ins: Arc<dyn SignInStore>,
    /// Sessions.
    pub sessions: Arc<dyn SessionStore>,
    /// Counters.
    pub budgets: Arc<dyn BudgetStore>,
}

impl SignInStores {
    /// All of them in memory.
    #[must_use]
    pub fn in_memory(memory: &Arc<InMemorySignIns>) -> Self {
        Self { sign_ins: memory.clone(), sessions: memory.clone(), budgets: memory.clone() }
    }
}

/// The budgets of the contract, with room for 1,000 messages of 20 paise a day.
#[must_use]
pub fn contract_budgets() -> BudgetPolicy {
    BudgetPolicy::contract(SpendCap {
        per_message: Paise::new(20),
        per_day: Paise::rupees(200),
        kept_for_known_devices: Paise::rupees(40),
    })
}

impl FrontDesk {
    /// The contract's rules over the given stores. The hash of codes is as cheap as can be.
    ///
    /// # Panics
    /// Never: what is configured here is fit.
    #[must_use]
    #[expect(clippy::expect_used, reason = "what is configured here is fit")]
    pub fn over(stores: SignInStores) -> Self {
        let clock = Arc::new(MovableClock::standing_at(datetime!(2026-01-15 12:00 UTC)));
        let env = Env::new(Arc::clone(&clock) as Arc<dyn Clock>, Arc::new(SystemEntropy) as Arc<dyn Entropy>);
        let peppers = BTreeMap::from([(1, SecretSlice::from(vec![1; 32]))]);
        let cost = HashCost { memory_kib: 8, passes: 1, lanes: 1 };
        let inbox = Arc::new(Inbox::default());
        let ports = SignInPorts {
            store: stores.sign_ins,
            budgets: stores.budgets,
            hasher: Arc::new(TakingTurns(CodeHashing::new(peppers, 1, cost).expect("the pepper is fit"))),
            sender: Arc::clone(&inbox) as _,
        };
        let policy = SignInPolicy {
            otp: OtpPolicy::app(),
            budgets: contract_budgets(),
            sessions: SessionPolicy::contract(),
            template: Self::template(),
        };
        let tokens = Arc::new(Self::access_tokens());
        let devices = Arc::new(DeviceKeys::new(&SecretSlice::from(vec![2; 32])).expect("the secret is fit"));
        let sessions =
            Sessions::new(env.clone(), stores.sessions, Arc::clone(&tokens), SessionPolicy::contract());
        let sign_ins = SignIns::new(env.clone(), ports, policy, Arc::clone(&tokens), devices);
        Self { clock, env, inbox, tokens, sign_ins, sessions }
    }

    /// The contract's rules in memory.
    #[must_use]
    pub fn in_memory() -> Self {
        Self::over(SignInStores::in_memory(&Arc::new(InMemorySignIns::default())))
    }

    /// A template of codes.
    #[must_use]
    #[expect(clippy::expect_used, reason = "what is configured here is fit")]
    fn template() -> OtpTemplate {
        let text = "{#var#} is your Aarokya code. Do not share it.\n{#var#}\n\n@aarokya.example #{#var#}";
        let template = Template::parse("1107160000000000001", text).expect("the template is fit");
        OtpTemplate::parse(template, "FA+9qCX9VSu").expect("the template is fit")
    }

    #[expect(clippy::expect_used, reason = "what is configured here is fit")]
    fn access_tokens() -> AccessTokens {
        let policy = AccessTokenPolicy {
            issuer: "https://aarokya.example".into(),
            audience: "aarokya".into(),
            life: Duration::hours(24),
        };
        let key = SigningKey { kid: "test".into(), secret: SecretSlice::from(vec![3; 32]) };
        AccessTokens::new(policy, &key, None).expect("the key is fit")
    }

    /// Asks for a code.
    ///
    /// # Errors
    /// As [`SignIns::trigger`].
    pub async fn ask(&self, phone: &Phone, device: Option<&DeviceToken>) -> Result<Triggered, TriggerError> {
        let device_token = device.cloned();
        let asked = TriggerOtp { phone: phone.clone(), device_token, origin: Origin::default() };
        self.sign_ins.trigger(&asked).await
    }

    /// Gives a code.
    ///
    /// # Errors
    /// As [`SignIns::verify`].
    pub async fn give(
        &self,
        phone: &Phone,
        code: &str,
        device: Option<&DeviceToken>,
    ) -> Result<Verified, VerifyError> {
        let code = self.sign_ins.parse_code(code);
        let code = code.map_err(|_| VerifyError::InvalidOtp { attempts_remaining: None })?;
        let given = VerifyOtp {
            phone: phone.clone(),
            code,
            challenge_id: None,
            device: DeviceInfo::parse("Asha's Pixel").ok().flatten(),
            device_token: device.cloned(),
            origin: Origin::default(),
        };
        self.sign_ins.verify(&given).await
    }

    /// Asks for a code, reads it and gives it, a minute after whatever happened before.
    ///
    /// # Errors
    /// As [`SignIns::verify`]; a code that did not arrive is a wrong one.
    pub async fn sign_in(
        &self,
        phone: &Phone,
        device: Option<&DeviceToken>,
    ) -> Result<Verified, VerifyError> {
        self.clock.advance(Duration::MINUTE);
        let code = self.ask(phone, device).await.ok().and_then(|_| self.inbox.code(phone));
        self.give(phone, &code.unwrap_or_default(), device).await
    }
}

impl std::fmt::Debug for FrontDesk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FrontDesk").finish_non_exhaustive()
    }
}
