//! The composition root: the one place that knows which adapter serves which port.

mod partners;

use crate::{
    app::{App, Parts, Settings},
    config::{Config, Numbered, SecretKeys, Stage},
    hashing::HashingPool,
    revocations::Revocations,
    spec,
};
use audit::{Audits, SealKeys};
use identity::{
    AccessTokenPolicy, AccessTokens, BudgetPolicy, CodeHashing, CodeHashingError, CodeSource, Consents,
    DeviceKeys, HashCost, OtpCode, OtpPolicy, PIN_HASH_COST, PinPolicy, Profiles, SessionPolicy,
    SignInPolicy, SignInPorts, SignIns, SigningKey, StepUpPorts, StepUps, ports::OtpSender,
};
use insurance::{
    Catalogue, Dependants, Policies, PolicyPorts, ProposalPorts, Proposals, QuotePorts, Quotes, RateCard,
};
use juspay::{ReturnSignature, WebhookCredentials};
use kernel::Env;
use metrics_exporter_prometheus::PrometheusHandle;
use payments::Payments;
use postgres::{Connection, Postgres, Replica, Way, vault::Vault};
use processes::{
    AdmitPurchase, Checkout, CloseRefundedPolicy, KnowHolder, MirrorCredit, Notify, PayFromWallet,
    PolicyPurchases, Process, ProvisionWallet, SettlePayment,
};
use sea_orm::DatabaseConnection;
use std::sync::{Arc, atomic::AtomicBool};
use time::Duration;
use tokio_util::task::TaskTracker;
use wallet::{Ledger, Wallets};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The largest body a route takes.
const BODY_BYTES_MAX: usize = 256 * 1024;

/// How long an access token is good for.
const ACCESS_TOKEN_LIFE: Duration = Duration::hours(24);

/// How many sign-ins may be between their reservation and the end of their hash, for each core: enough that the cores
/// hash while others wait for their commit, and at two cores a quarter of the pool, so that a flood of codes leaves
/// connections and processors for those who read.
const OTP_PLACES_PER_CORE: usize = 2;

/// The one code of the sandbox.
pub(crate) const SANDBOX_CODE: &str = "123456";

/// Composes the program over the database and partners that `config` names.
///
/// # Errors
/// When a part cannot be made of its configuration, or the database cannot be reached.
pub async fn compose(config: &Config, env: Env, extras: Extras) -> Result<App, Failure> {
    let postgres = open_postgres(config, &env).await?;
    compose_over(config, env, postgres, extras)
}

/// What only some programs have.
#[derive(Default)]
pub struct Extras {
    /// Renders the metrics; a process has one recorder, so tests have none.
    pub metrics: Option<PrometheusHandle>,
    /// The sandbox's own parts.
    #[cfg(feature = "sandbox")]
    pub sandbox: Option<crate::sandbox::Sandbox>,
}

/// The pool for requests, and the vault of the personal columns.
///
/// # Errors
/// When a key is unfit or the database cannot be reached.
pub async fn open_postgres(config: &Config, env: &Env) -> Result<Postgres, Failure> {
    let keys = &config.keys;
    let vault = Vault::new(&keys.masters.known, keys.masters.in_use, keys.index.clone(), env.clone())?;
    let database = &config.database;
    let connection = Connection {
        url: database.url.clone(),
        connections_max: database.pool_max,
        acquire_timeout: database.acquire_timeout,
        statement_timeout: database.statement_timeout,
        way: database.way,
    };
    let postgres = Postgres::new(connection.open().await?, Arc::new(vault));
    let Some(url) = database.replica_url.clone() else { return Ok(postgres) };
    let replica = Connection { url, way: Way::Direct, ..connection };
    Ok(postgres.with_replica(Replica::new(&replica, env.clone()).await?))
}

/// The pool for notifications and jobs, which need the server itself.
///
/// # Errors
/// When the database cannot be reached.
pub async fn direct_connection(config: &Config) -> Result<DatabaseConnection, Failure> {
    let listeners_and_cron = 4;
    let jobs = u32::try_from(config.worker_concurrency).unwrap_or(u32::MAX);
    let connection = Connection {
        url: config.database.direct_url.clone(),
        connections_max: jobs.saturating_add(listeners_and_cron),
        acquire_timeout: config.database.acquire_timeout,
        statement_timeout: config.database.statement_timeout,
        way: Way::Direct,
    };
    Ok(connection.open().await?)
}

/// Composes the program over an open database.
///
/// # Errors
/// When a part cannot be made of its configuration.
fn compose_over(config: &Config, env: Env, postgres: Postgres, extras: Extras) -> Result<App, Failure> {
    let identity = compose_identity(config, &env, &postgres)?;
    let juspay = partners::juspay(config, &env)?;
    let limits = config.rules.wallet_limits.clone();
    let wallets = Arc::new(Wallets::new(
        env.clone(),
        limits.clone(),
        Arc::new(postgres.wallets()),
        Arc::new(juspay.wallets),
        Arc::new(postgres.issuer_loads()),
    ));
    let ledger = Arc::new(Ledger::new(env.clone(), limits, Arc::new(postgres.ledger())));
    let insurance = compose_insurance(config, &env, &postgres, identity.profiles.clone())?;
    let admission =
        AdmitPurchase::new(identity.profiles.clone(), wallets.clone(), insurance.policies.clone());
    let ports = payments::Ports {
        orders: Arc::new(postgres.orders()),
        finder: Arc::new(postgres.orders()),
        gateway: Arc::new(PayFromWallet::new(env.clone(), ledger.clone(), Arc::new(juspay.payments))),
        admission: Arc::new(admission),
        inbox: Arc::new(postgres.webhook_inbox()),
    };
    let payments = Arc::new(Payments::new(ports, env.clone()));
    let purchases = Arc::new(PolicyPurchases::new(payments.clone(), insurance.policies.clone()));
    let processes: Vec<Arc<dyn Process>> = vec![
        Arc::new(ProvisionWallet::new(identity.profiles.clone(), wallets.clone())),
        Arc::new(SettlePayment::new(payments.clone(), ledger.clone(), purchases.clone())),
        Arc::new(CloseRefundedPolicy::new(insurance.policies.clone())),
        Arc::new(MirrorCredit::new(wallets.clone())),
        Arc::new(Notify::new(
            identity.profiles.clone(),
            identity.sender.clone(),
            config.sms.reuse_template.clone(),
        )),
    ];
    let seals = Arc::new(SealKeys::new(&config.keys.audit.known, config.keys.audit.in_use)?);
    let audits = Arc::new(Audits::new(env.clone(), Arc::new(postgres.audit_log()), seals));
    Ok(App::new(Parts {
        revocations: Arc::new(Revocations::new(identity.sessions.clone(), env.clone())),
        env,
        postgres,
        tokens: identity.tokens,
        sign_ins: identity.sign_ins,
        sessions: identity.sessions,
        profiles: identity.profiles,
        step_ups: identity.step_ups.clone(),
        consents: identity.consents,
        audits,
        wallets,
        ledger,
        checkout: Arc::new(Checkout::new(payments.clone(), insurance.proposals, identity.step_ups)),
        payments,
        catalogue: insurance.catalogue,
        dependants: insurance.dependants,
        quotes: insurance.quotes,
        policies: insurance.policies,
        purchases,
        processes,
        tasks: TaskTracker::new(),
        worker_runs: AtomicBool::new(false),
        metrics: extras.metrics,
        openapi: serde_json::to_vec(&spec::document())?.into(),
        settings: Settings {
            #[cfg(feature = "sandbox")]
            sandbox: extras.sandbox,
            ..settings(config)
        },
    }))
}

struct Insurance {
    catalogue: Arc<Catalogue>,
    dependants: Arc<Dependants>,
    quotes: Arc<Quotes>,
    proposals: Arc<Proposals>,
    policies: Arc<Policies>,
}

fn compose_insurance(
    config: &Config,
    env: &Env,
    postgres: &Postgres,
    profiles: Arc<Profiles>,
) -> Result<Insurance, Failure> {
    let (plans, quotes) = (Arc::new(postgres.plans()), Arc::new(postgres.quotes()));
    let (dependants, policies) = (Arc::new(postgres.dependants()), Arc::new(postgres.policies()));
    let holders = Arc::new(KnowHolder::new(profiles));
    let insurer = Arc::new(partners::narayana(config, env)?);
    let pricing = QuotePorts {
        plans: plans.clone(),
        quotes: quotes.clone(),
        dependants: dependants.clone(),
        holders: holders.clone(),
    };
    let proposing = ProposalPorts {
        policies: policies.clone(),
        quotes,
        plans: plans.clone(),
        dependants: dependants.clone(),
        holders,
    };
    let issuing = PolicyPorts { policies: policies.clone(), finder: policies, issuer: insurer.clone() };
    Ok(Insurance {
        catalogue: Arc::new(Catalogue::new(env.clone(), plans, insurer)),
        dependants: Arc::new(Dependants::new(env.clone(), dependants)),
        quotes: Arc::new(Quotes::new(env.clone(), RateCard::CURRENT, pricing)),
        proposals: Arc::new(Proposals::new(env.clone(), proposing)),
        policies: Arc::new(Policies::new(env.clone(), issuing)),
    })
}

fn settings(config: &Config) -> Settings {
    Settings {
        trusted_proxies: config.trusted_proxies,
        body_bytes_max: BODY_BYTES_MAX,
        cors_origins: config.cors_origins.clone(),
        budgets_by_address: config.budgets_by_address,
        juspay_webhook: WebhookCredentials::new(
            &config.juspay.webhook_username,
            &config.juspay.webhook_password,
        ),
        juspay_return: ReturnSignature::new(config.juspay.response_key.clone()),
        #[cfg(feature = "sandbox")]
        sandbox: None,
    }
}

struct Identity {
    sender: Arc<dyn OtpSender>,
    tokens: Arc<AccessTokens>,
    sign_ins: Arc<SignIns>,
    sessions: Arc<identity::Sessions>,
    profiles: Arc<Profiles>,
    step_ups: Arc<StepUps>,
    consents: Arc<Consents>,
}

fn compose_identity(config: &Config, env: &Env, postgres: &Postgres) -> Result<Identity, Failure> {
    let keys = &config.keys;
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    let tokens = Arc::new(access_tokens(keys)?);
    let sessions = config.rules.sessions;
    let sender = partners::sender(config, env)?;
    let ports = SignInPorts {
        store: Arc::new(postgres.sign_ins()),
        budgets: Arc::new(postgres.budgets()),
        hasher: Arc::new(HashingPool::new(
            hashing(&keys.otp_peppers, config.rules.otp_hash)?,
            cores,
            cores.saturating_mul(OTP_PLACES_PER_CORE),
        )),
        sender: sender.clone(),
    };
    let devices = Arc::new(DeviceKeys::new(&keys.device)?);
    let sign_ins =
        Arc::new(SignIns::new(env.clone(), ports, sign_in_policy(config, sessions), tokens.clone(), devices));
    let profiles = Arc::new(postgres.profiles());
    let pins = Arc::new(postgres.pins());
    let step_ups = StepUpPorts {
        pins: pins.clone(),
        profiles: profiles.clone(),
        audit: Arc::new(postgres.audit_trail()),
        // A PIN's hash takes long enough to be the whole of the wait.
        hasher: Arc::new(HashingPool::new(hashing(&keys.pin_peppers, PIN_HASH_COST)?, cores, cores)),
        codes: sign_ins.clone(),
    };
    Ok(Identity {
        sender,
        sessions: Arc::new(identity::Sessions::new(
            env.clone(),
            Arc::new(postgres.sessions()),
            tokens.clone(),
            sessions,
        )),
        tokens,
        sign_ins,
        profiles: Arc::new(Profiles::new(env.clone(), profiles, pins)),
        step_ups: Arc::new(StepUps::new(env.clone(), step_ups, PinPolicy::contract())),
        consents: Arc::new(Consents::new(env.clone(), Arc::new(postgres.consents()))),
    })
}

fn hashing(peppers: &Numbered<u16>, cost: HashCost) -> Result<CodeHashing, CodeHashingError> {
    CodeHashing::new(peppers.known.clone(), peppers.in_use, cost)
}

fn access_tokens(keys: &SecretKeys) -> Result<AccessTokens, Failure> {
    let policy = AccessTokenPolicy {
        issuer: "aarokya".to_owned(),
        audience: "aarokya-app".to_owned(),
        life: ACCESS_TOKEN_LIFE,
    };
    let mut signing =
        keys.jwt.iter().map(|(kid, secret)| SigningKey { kid: kid.clone(), secret: secret.clone() });
    let current = signing.next().ok_or("AAROKYA_JWT_KEYS names no key")?;
    Ok(AccessTokens::new(policy, &current, signing.next().as_ref())?)
}

fn sign_in_policy(config: &Config, sessions: SessionPolicy) -> SignInPolicy {
    let mut otp = OtpPolicy::app();
    if config.stage == Stage::Sandbox
        && let Ok(code) = OtpCode::parse(SANDBOX_CODE, otp.digits)
    {
        otp.source = CodeSource::Fixed(code);
    }
    let budgets = BudgetPolicy::contract(config.sms.spend);
    let budgets = if config.budgets_by_address { budgets } else { budgets.per_number_only() };
    SignInPolicy { otp, budgets, sessions, template: config.sms.otp_template.clone() }
}
