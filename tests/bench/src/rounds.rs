//! The rounds: floor and work by turns, so that both meet the same weather.

use crate::{
    Failure, credit, floors,
    load::{Kind, Load},
    plan::Plan,
    prepare::{self, Who},
    processes, queue, rival,
    sample::{Measured, Sample},
    site::Site,
    startup,
};
use std::{
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};
use wallet::ports::LedgerAudit as _;

const VERIFY: Kind = Kind::Post("/auth/otp/verify");

/// How many connections the memory is looked at with.
const MANY_CONNECTIONS: u32 = 256;

/// How many readers there are beside a flood, and how long each pauses: a load that leaves the machine idle.
const READERS: u32 = 8;
const READERS_PAUSE: Duration = Duration::from_millis(20);

/// What is no latency and no rate.
#[derive(Debug, Default)]
pub struct Facts {
    /// Memory of a gateway that nobody has called yet, in bytes.
    pub idle_bytes: u64,
    /// The most it held while 256 connections called, in bytes.
    pub loaded_bytes: u64,
    /// Starts of programs.
    pub started: startup::Started,
    /// Starts of jobs.
    pub jobs: queue::Starts,
    /// The size of the program, in bytes.
    pub program_bytes: u64,
    /// Whether debug information was left out of it, as of a release.
    pub is_release: bool,
    /// The table of sessions around each round's refreshes.
    pub sessions: Vec<SessionsTable>,
    /// Whether the ledger agrees with itself after everything.
    pub ledger_is_clean: bool,
}

/// The table of sessions before and after many refreshes.
#[derive(Debug, Clone, Copy)]
pub struct SessionsTable {
    /// Rows before.
    pub rows: i64,
    /// Rows after.
    pub rows_after: i64,
    /// Bytes before, without indexes.
    pub bytes: i64,
    /// Bytes after, without indexes.
    pub bytes_after: i64,
    /// Bytes after about as many again.
    pub bytes_later: i64,
}

/// All rounds.
///
/// # Errors
/// When something could not be measured at all.
pub async fn all(plan: &Plan, site: &Site, measured: &mut Measured) -> Result<Facts, Failure> {
    let mut facts =
        Facts { idle_bytes: site.idle_bytes, is_release: !cfg!(debug_assertions), ..Facts::default() };
    facts.started = startup::measure(plan, site).await?;
    facts.jobs = queue::measure(plan, site).await?;
    facts.program_bytes = std::fs::metadata(tests::harness::program::path())?.len();
    let rival = rival::Rival::start(plan, site).await?;
    for round in 0..plan.rounds.max(1) {
        let mut turn = Turn { plan, site, measured, round };
        turn.answers().await?;
        turn.wallet_reads().await?;
        turn.refreshes(&mut facts).await?;
        turn.sign_ins().await?;
        turn.flood().await?;
        turn.credits().await?;
        turn.pages().await?;
        let loaded = turn.memory().await?;
        facts.loaded_bytes = facts.loaded_bytes.max(loaded);
        if let Some(rival) = &rival {
            rival.round(plan, site, measured).await?;
        }
        // What was queued is nobody's: the next round begins as this one did.
        site.execute("DELETE FROM graphile_worker._private_jobs", []).await?;
    }
    let report = site.app.postgres.ledger_audit().check().await?;
    facts.ledger_is_clean = report.is_clean();
    Ok(facts)
}

/// One round.
struct Turn<'a> {
    plan: &'a Plan,
    site: &'a Site,
    measured: &'a mut Measured,
    round: u32,
}

impl Turn<'_> {
    fn load(&self, kind: Kind, file: &Path) -> Load {
        Load {
            url: self.site.program.url(""),
            kind,
            file: file.to_owned(),
            clients: self.plan.clients,
            lasting: self.plan.lasting(),
            pause: None,
            refused: false,
        }
    }

    async fn work(&mut self, name: &'static str, load: Load) -> Result<(), Failure> {
        let sample = load.run(self.site.counted()).await?;
        self.measured.add(name, sample);
        Ok(())
    }

    async fn floor(
        &mut self,
        name: &'static str,
        script: &str,
        variables: &[(&str, u64)],
        each: Option<u32>,
    ) -> Result<(), Failure> {
        let counted = self.site.counted_here(false);
        let sample = self.site.pgbench.run(self.plan, script, variables, each, counted).await?;
        self.measured.add(name, sample);
        Ok(())
    }

    /// Answers without a query.
    async fn answers(&mut self) -> Result<(), Failure> {
        let token = floors::token()?;
        for (name, token, path) in
            [("floor answer", "", floors::ANSWER), ("floor signed answer", token.as_str(), floors::SIGNED)]
        {
            let file = prepare::caller(self.site, token, path, "floor.txt")?;
            let load = Load { url: self.site.floors_url.clone(), ..self.load(Kind::Get, &file) };
            let sample = load.run(self.site.counted_floors()).await?;
            self.measured.add(name, sample);
        }
        // No route behind a token is without a query; this one is refused after token and session were checked.
        let path = "/wallet/{wallet}/transactions/history/none";
        let file = prepare::readers(self.site, self.people(), path, "signed.txt")?;
        let load = Load { refused: true, ..self.load(Kind::Get, &file) };
        self.work("signed answer", load).await
    }

    fn people(&self) -> u32 {
        self.plan.wallets.min(2_000)
    }

    async fn wallet_reads(&mut self) -> Result<(), Failure> {
        self.floor("floor wallet", "wallet", &[("wallets", self.people().into())], None).await?;
        let file = prepare::readers(self.site, self.people(), "/wallet", "wallet.txt")?;
        self.work("wallet", self.load(Kind::Get, &file)).await
    }

    async fn refreshes(&mut self, facts: &mut Facts) -> Result<(), Failure> {
        const ROWS: &str = "SELECT count(*) AS found FROM sessions";
        const BYTES: &str = "SELECT pg_relation_size('sessions') AS found";
        const ROTATED: &str =
            "SELECT count(predecessor) AS found FROM sessions WHERE user_id = md5('floor person')::uuid";
        let site = self.site;
        prepare::floor_sessions(site, self.plan.clients).await?;
        self.floor("floor refresh", "refresh", &[], None).await?;
        if site.number(ROTATED).await? != i64::from(self.plan.clients) {
            return Err("the floor of refreshing rotates nothing".into());
        }
        let file = prepare::sessions(site, self.plan.clients.saturating_mul(2), "sessions.txt").await?;
        // What came before is tidied away, so that only refreshing could make the table larger.
        site.execute("VACUUM sessions", []).await?;
        let (rows, bytes) = (site.number(ROWS).await?, site.number(BYTES).await?);
        self.work("refresh", self.load(Kind::Refresh, &file)).await?;
        let (rows_after, bytes_after) = (site.number(ROWS).await?, site.number(BYTES).await?);
        self.two_gateways().await?;
        let bytes_later = site.number(BYTES).await?;
        facts.sessions.push(SessionsTable { rows, rows_after, bytes, bytes_after, bytes_later });
        Ok(())
    }

    /// The same with a second gateway, each called by half of the clients.
    async fn two_gateways(&mut self) -> Result<(), Failure> {
        let second = self.site.second_program().await;
        let half = self.plan.clients.div_ceil(2);
        let mut loads = Vec::new();
        for (url, name) in [(self.site.program.url(""), "half-1.txt"), (second.url(""), "half-2.txt")] {
            let file = prepare::sessions(self.site, half.saturating_mul(2), name).await?;
            loads.push(Load { url, clients: half, ..self.load(Kind::Refresh, &file) });
        }
        let counted = self.site.counted();
        let runs = loads.iter().map(|load| load.run(counted));
        let samples = futures::future::try_join_all(runs).await?;
        second.terminate().await;
        self.measured.add("refresh, two gateways", together(&samples));
        Ok(())
    }

    async fn sign_ins(&mut self) -> Result<(), Failure> {
        let (hashing, kept) = prepare::code(self.site)?;
        let hash = floors::hash(hashing, kept, self.plan.lasting()).await?;
        self.measured.add("floor hash", hash);
        let many = self.plan.sign_ins();
        for (who, floor, work) in [
            (Who::New, "floor verify, new", "verify, new"),
            (Who::Known, "floor verify, known", "verify, known"),
        ] {
            let each = many.div_ceil(self.plan.clients);
            let whole = u64::from(each) * u64::from(self.plan.clients);
            let base = (u64::from(self.round) * 2 + u64::from(who == Who::Known)) * whole;
            prepare::floor_codes(self.site, base, whole, who).await?;
            self.floor(floor, "verify", &[("base", base), ("each", each.into())], Some(each)).await?;
            let used = "SELECT count(used_at) AS found FROM otp_challenges";
            if u64::try_from(self.site.number(used).await?)? != whole {
                return Err("the floor of signing in signs nobody in".into());
            }
            let file = prepare::codes(self.site, many, who, "123456", "verify.txt").await?;
            self.work(work, self.load(VERIFY, &file)).await?;
        }
        let file = prepare::codes(self.site, many, Who::Known, "000000", "wrong.txt").await?;
        let load = Load { refused: true, ..self.load(VERIFY, &file) };
        self.work("verify, wrong code", load).await
    }

    /// Reads at an easy pace, alone and beside as many wrong codes as fit.
    async fn flood(&mut self) -> Result<(), Failure> {
        let file = prepare::readers(self.site, self.people(), "/wallet", "calm.txt")?;
        let calm = Load { clients: READERS, pause: Some(READERS_PAUSE), ..self.load(Kind::Get, &file) };
        let alone = calm.run(self.site.counted()).await?;
        let wrong =
            prepare::codes(self.site, self.plan.sign_ins(), Who::Known, "000000", "flood.txt").await?;
        let flood = Load { refused: true, ..self.load(VERIFY, &wrong) };
        let counted = self.site.counted();
        let (beside, flood) = tokio::try_join!(calm.run(counted), flood.run(counted))?;
        self.measured.add("calm reads alone", alone);
        self.measured.add("calm reads beside a flood", beside);
        self.measured.add("flood of wrong codes", flood);
        Ok(())
    }

    async fn credits(&mut self) -> Result<(), Failure> {
        let (few, many, round) = (self.plan.wallets, self.plan.wallets.saturating_mul(2), self.round);
        for (wallets, floor, name) in [
            (few, "floor credit", "credit"),
            (many, "floor credit, twice the wallets", "credit, twice the wallets"),
        ] {
            let variables = [
                ("wallets", u64::from(wallets)),
                ("round", u64::from(round) * u64::from(many) + u64::from(wallets)),
            ];
            self.floor(floor, "credit", &variables, None).await?;
            let sample =
                credit::run(self.plan, self.site, wallets, &format!("bench:{round}:{wallets}")).await?;
            self.measured.add(name, sample);
        }
        let sample = credit::run(self.plan, self.site, 1, &format!("bench:{round}:one")).await?;
        self.measured.add("credit, one wallet", sample);
        Ok(())
    }

    /// Pages as they are with little history: their growth is looked at elsewhere.
    async fn pages(&mut self) -> Result<(), Failure> {
        for (name, path, file) in [
            ("history page", "/wallet/{wallet}/transactions/history/30", "history.txt"),
            ("session list", "/auth/sessions", "sessions-list.txt"),
        ] {
            let file = prepare::readers(self.site, self.people(), path, file)?;
            let calm = Load { clients: READERS, pause: Some(READERS_PAUSE), ..self.load(Kind::Get, &file) };
            self.work(name, calm).await?;
        }
        Ok(())
    }

    /// The most memory the gateway held while many connections called.
    async fn memory(&mut self) -> Result<u64, Failure> {
        let file = prepare::readers(self.site, self.people(), "/wallet", "many.txt")?;
        let load = Load { clients: MANY_CONNECTIONS, ..self.load(Kind::Get, &file) };
        let pid = self.site.program.pid();
        let most = AtomicU64::new(0);
        let watching = async {
            let mut pauses = tokio::time::interval(Duration::from_millis(50));
            loop {
                pauses.tick().await;
                most.fetch_max(processes::memory(pid), Ordering::Relaxed);
            }
        };
        let sample = tokio::select! {
            sample = load.run(self.site.counted()) => sample?,
            () = watching => return Err("watching never ends".into()),
        };
        self.measured.add("wallet, 256 connections", sample);
        Ok(most.load(Ordering::Relaxed))
    }
}

/// What ran at the same time, as one.
fn together(samples: &[Sample]) -> Sample {
    let sum = |field: fn(&Sample) -> f64| samples.iter().map(field).sum::<f64>();
    let most = |field: fn(&Sample) -> f64| samples.iter().map(field).fold(0.0, f64::max);
    Sample {
        times: samples.iter().map(|sample| sample.times).sum(),
        rate: sum(|sample| sample.rate),
        p50_us: most(|sample| sample.p50_us),
        p99_us: most(|sample| sample.p99_us),
        // Counted for one of them, while both ran.
        server_cpu_us: 0.0,
        database_cpu_us: 0.0,
        load_average: most(|sample| sample.load_average),
        unexpected: samples.iter().map(|sample| sample.unexpected).sum(),
    }
}
