//! The load generator: `wrk`, told by a script what to ask, and read at its end.

use crate::{
    Failure,
    processes::{load_average, processor_time, processor_time_of_family},
    sample::Sample,
};
use serde::Deserialize;
use std::{path::PathBuf, process::Stdio, time::Duration};
use tokio::process::Command;

/// Its threads: one would be too few for the lightest answers, more would take the server's processors.
const THREADS: u32 = 2;

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// The lines of the file round and round: a token and a path.
    Get,
    /// Each line once: an address and a body for this path.
    Post(&'static str),
    /// Sessions in turn: an address and the first token.
    Refresh,
}

/// One run of the generator.
#[derive(Debug)]
pub struct Load {
    /// The server's address, such as `http://127.0.0.1:8080`.
    pub url: String,
    /// What is asked.
    pub kind: Kind,
    /// Where that stands.
    pub file: PathBuf,
    /// How many call at a time.
    pub clients: u32,
    /// For how long.
    pub lasting: Duration,
    /// How long each client pauses before it calls again; it does not if this is nothing.
    pub pause: Option<Duration>,
    /// Whether every answer is to be a refusal, with a status of 400 or more.
    pub refused: bool,
}

/// What the script tells at the end.
#[derive(Debug, Deserialize)]
struct Told {
    micros: u64,
    requests: u64,
    refused: u64,
    broken: u64,
    /// How many of its threads ran out of what they were to ask: the rate is then too low by nobody knows how much.
    dry: u64,
    p50: u64,
    p99: u64,
}

/// The processes whose time is counted.
#[derive(Debug, Clone, Copy)]
pub struct Counted {
    /// The server that is called.
    pub server: Option<i32>,
    /// The head of the database.
    pub database: i32,
}

impl Counted {
    pub(crate) fn now(self) -> (Duration, Duration) {
        (self.server.map(processor_time).unwrap_or_default(), processor_time_of_family(self.database))
    }

    /// The sample of work that was done so often in so long, since the processors' time was `before`.
    pub(crate) fn sample(self, before: (Duration, Duration), times: u64, took: Duration) -> Sample {
        let (server, database) = self.now();
        let each = |after: Duration, before: Duration| {
            after.saturating_sub(before).as_secs_f64() * 1e6 / number(times.max(1))
        };
        Sample {
            times,
            rate: number(times) / took.as_secs_f64().max(1e-6),
            server_cpu_us: each(server, before.0),
            database_cpu_us: each(database, before.1),
            load_average: load_average(),
            ..Sample::default()
        }
    }
}

impl Load {
    /// Calls, and counts what that cost.
    ///
    /// # Errors
    /// When `wrk` is missing or cannot do what it was told.
    pub async fn run(&self, counted: Counted) -> Result<Sample, Failure> {
        let before = counted.now();
        let told = self.told().await?;
        let sample = counted.sample(before, told.requests, Duration::from_micros(told.micros));
        let asked_last = u64::from(self.clients);
        // At its end a thread asks for what always is answered well, a time or two for each client.
        let served = told.requests.saturating_sub(told.refused);
        let unexpected = match (self.refused, self.kind) {
            (true, Kind::Get) => served,
            (true, _) => served.saturating_sub(asked_last.saturating_mul(2)),
            (false, _) => told.refused,
        };
        let unexpected = [told.broken, told.dry, u64::from(told.requests == 0)]
            .into_iter()
            .fold(unexpected, u64::saturating_add);
        Ok(Sample { p50_us: number(told.p50), p99_us: number(told.p99), unexpected, ..sample })
    }

    async fn told(&self) -> Result<Told, Failure> {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/lua/load.lua");
        let kind = match self.kind {
            Kind::Get => "get",
            Kind::Post(_) => "post",
            Kind::Refresh => "refresh",
        };
        let threads = THREADS.min(self.clients);
        let mut command = Command::new("wrk");
        command.arg(format!("-t{threads}")).arg(format!("-c{}", self.clients));
        command.arg(format!("-d{}s", self.lasting.as_secs().max(1))).args(["--timeout", "20s", "-s", script]);
        command.args([&self.url, "--", kind]).arg(&self.file).arg(threads.to_string());
        command.arg(self.pause.unwrap_or_default().as_millis().to_string());
        if let Kind::Post(path) = self.kind {
            command.arg(path);
        }
        let output = command.stdin(Stdio::null()).kill_on_drop(true).output().await;
        let output =
            output.map_err(|error| format!("wrk cannot be run (`.ci/setup bench` installs it): {error}"))?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let line = text.lines().find(|line| line.starts_with('{'));
        let told = line.and_then(|line| serde_json::from_str(line).ok());
        told.ok_or_else(|| {
            format!("wrk told nothing: {text} {}", String::from_utf8_lossy(&output.stderr)).into()
        })
    }
}

/// A count as rates are reckoned with.
#[must_use]
pub fn number(count: u64) -> f64 {
    // Counts beyond 2⁵³ do not come up.
    #[expect(clippy::cast_precision_loss, reason = "counts of a bench are small")]
    let number = count as f64;
    number
}

/// Whether the generator is there.
#[must_use]
pub fn is_there() -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join("wrk").is_file())
}
