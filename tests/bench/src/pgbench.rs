//! The database alone: `pgbench` running an endpoint's own SQL, prepared, with as many clients.

use crate::{
    Failure,
    load::Counted,
    plan::Plan,
    sample::{Sample, quantile},
};
use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};
use tokio::process::Command;

/// Programs in which `pgbench` may be called so.
pub struct Pgbench {
    program: PathBuf,
    database_url: String,
    folder: PathBuf,
}

impl Pgbench {
    /// The one that came with the server of this head, writing to `folder`.
    ///
    /// # Errors
    /// When the server's programs cannot be found.
    pub fn beside(server: i32, database_url: &str, folder: &Path) -> Result<Self, Failure> {
        let running = std::fs::read_link(format!("/proc/{server}/exe"))?;
        let beside = running.parent().map(|folder| folder.join("pgbench")).filter(|path| path.is_file());
        let program = beside.unwrap_or_else(|| PathBuf::from("pgbench"));
        Ok(Self { program, database_url: database_url.to_owned(), folder: folder.to_owned() })
    }

    /// Runs the script `name` for as long as the plan says, or so often if `each` says how often a client may.
    ///
    /// # Errors
    /// When it cannot be run or a statement failed.
    pub async fn run(
        &self,
        plan: &Plan,
        name: &str,
        variables: &[(&str, u64)],
        each: Option<u32>,
        counted: Counted,
    ) -> Result<Sample, Failure> {
        let script = format!("{}/sql/{name}.sql", env!("CARGO_MANIFEST_DIR"));
        let log = self.folder.join(format!("pgbench-{name}"));
        let mut command = Command::new(&self.program);
        command.args(["-n", "-M", "prepared", "-j", "2", "-l", "--log-prefix"]).arg(&log);
        command.args(["-f", &script]).arg("-c").arg(plan.clients.to_string()).args(["-D", "k=0"]);
        match each {
            Some(each) => command.arg("-t").arg(each.to_string()),
            None => command.arg("-T").arg(plan.seconds.to_string()),
        };
        for (name, value) in variables {
            command.arg("-D").arg(format!("{name}={value}"));
        }
        command.arg(&self.database_url).env("PGOPTIONS", "-c role=aarokya_app").stdin(Stdio::null());
        let before = counted.now();
        let started = Instant::now();
        let output = command.kill_on_drop(true).output().await?;
        let took = started.elapsed();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.status.success() {
            return Err(format!("pgbench {name}: {text} {}", String::from_utf8_lossy(&output.stderr)).into());
        }
        let number = |label: &str| -> Option<f64> {
            let rest = text.lines().find_map(|line| line.strip_prefix(label))?;
            rest.trim_start_matches([' ', '=', ':']).split([' ', '/']).next()?.parse().ok()
        };
        let rate = number("tps").ok_or_else(|| format!("pgbench told no rate: {text}"))?;
        let latencies = self.latencies(&log)?;
        let times = u64::try_from(latencies.len()).unwrap_or_default();
        let sample = counted.sample(before, times, took.max(Duration::from_millis(1)));
        let (p50_us, p99_us) = (quantile(latencies.clone(), 500), quantile(latencies, 990));
        Ok(Sample { rate, p50_us, p99_us, unexpected: u64::from(times == 0), ..sample })
    }

    /// The latency of each transaction, from the logs, which are then removed.
    fn latencies(&self, log: &Path) -> Result<Vec<f64>, Failure> {
        let prefix = log.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let mut latencies = Vec::new();
        for entry in std::fs::read_dir(&self.folder)?.flatten() {
            if !entry.file_name().to_string_lossy().starts_with(&format!("{prefix}.")) {
                continue;
            }
            let text = std::fs::read_to_string(entry.path())?;
            // client, transaction, latency in µs, …
            latencies.extend(text.lines().filter_map(|line| line.split(' ').nth(2)?.parse::<f64>().ok()));
            std::fs::remove_file(entry.path())?;
        }
        Ok(latencies)
    }
}
