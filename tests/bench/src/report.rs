//! The report: as data, as a page, as a picture.

use crate::{Failure, plan::Plan, plot, sample::Sample, targets::Row};
use serde::Serialize;
use std::{collections::BTreeMap, fmt::Write as _, path::Path};

/// What everything was measured on.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Machine {
    /// The processor's name.
    pub processor: String,
    /// How many of its cores we may use.
    pub cores: usize,
    /// Memory, in GiB.
    pub memory_gib: u64,
    /// The kernel's release.
    pub kernel: String,
    /// The database and what makes it durable.
    pub database: String,
    /// The load averages when it began: of one, five and fifteen minutes.
    pub load_at_start: [f32; 3],
}

impl Machine {
    /// This one.
    #[must_use]
    pub fn look() -> Self {
        use procfs::Current as _;
        let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        let processor = read("/proc/cpuinfo");
        let named = processor.lines().find_map(|line| line.strip_prefix("model name")?.split(": ").nth(1));
        let memory = procfs::Meminfo::current().map(|memory| memory.mem_total).unwrap_or_default();
        let load = procfs::LoadAverage::current().map(|load| [load.one, load.five, load.fifteen]);
        Self {
            processor: named.unwrap_or("unnamed").trim().to_owned(),
            cores: std::thread::available_parallelism().map_or(0, usize::from),
            memory_gib: memory.div_ceil(1 << 30),
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            database: String::new(),
            load_at_start: load.unwrap_or_default(),
        }
    }
}

/// Everything that is to be told.
#[derive(Debug, Serialize)]
pub struct Report {
    /// On what.
    pub machine: Machine,
    /// For how long and how often.
    pub plan: Plan,
    /// The targets.
    pub rows: Vec<Row>,
    /// The medians of all that was measured, floors too.
    pub measured: BTreeMap<String, Sample>,
    /// Works that got other answers than expected: then no figure here means anything.
    pub unexpected: BTreeMap<String, u64>,
}

const FRAME: &str = include_str!("../frame.md");

impl Report {
    /// Writes all three forms to `folder`.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write(&self, folder: &Path) -> Result<(), Failure> {
        std::fs::create_dir_all(folder)?;
        std::fs::write(folder.join("report.json"), serde_json::to_vec_pretty(self)?)?;
        std::fs::write(folder.join("report.md"), self.to_markdown())?;
        std::fs::write(folder.join("report.svg"), plot::draw(&self.rows)?)?;
        Ok(())
    }

    /// The page.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        let machine = &self.machine;
        let [one, five, fifteen] = machine.load_at_start;
        let met = self.rows.iter().filter(|row| row.met).count();
        let about = format!(
            "Medians of {} rounds of {} s each, {} clients. {} cores ({}), {} GiB of memory, Linux {}; {}. Load \
             average at the start {one:.2}, {five:.2}, {fifteen:.2}; beside each figure, the one right after it. {met} \
             of {} targets were met.",
            self.plan.rounds,
            self.plan.seconds,
            self.plan.clients,
            machine.cores,
            machine.processor,
            machine.memory_gib,
            machine.kernel,
            machine.database,
            self.rows.len(),
        );
        FRAME
            .replace("{about}", &about)
            .replace("{targets}", &self.targets())
            .replace("{medians}", &self.medians())
    }

    fn targets(&self) -> String {
        let mut text = "| Work | Floor | Floor, per s | Ours, per s | Ratio | Found | Target | Met | p50 | p99 | CPU server | \
                        CPU PostgreSQL | Load |\n|---|---|---|---|---|---|---|---|---|---|---|---|---|\n"
            .to_owned();
        for row in &self.rows {
            let met = if row.met { "yes" } else { "**no**" };
            let ratio = row.ratio.map(|ratio| format!("{ratio:.2}")).unwrap_or_default();
            // Writing to a string cannot fail.
            let _written = writeln!(
                text,
                "| {} | {} | {} | {} | {ratio} | {} | {} | {met} | {} | {} | {} | {} | {} |",
                row.work,
                row.floor,
                whole(row.floor_rate.unwrap_or_default(), ""),
                whole(row.rate.unwrap_or_default(), ""),
                row.found,
                row.target,
                millis(row.p50_us),
                millis(row.p99_us),
                whole(row.server_cpu_us, " µs"),
                whole(row.database_cpu_us, " µs"),
                if row.load_average > 0.0 { format!("{:.1}", row.load_average) } else { String::new() },
            );
        }
        text
    }

    fn medians(&self) -> String {
        let mut text =
            "| Measured | Times | Per s | p50 | p99 | CPU server | CPU PostgreSQL | Load |\n|---|---|---|---|---|---|---|---|\n"
                .to_owned();
        for (name, sample) in &self.measured {
            let _written = writeln!(
                text,
                "| {name} | {} | {} | {} | {} | {} | {} | {:.1} |",
                sample.times,
                whole(sample.rate, ""),
                millis(sample.p50_us),
                millis(sample.p99_us),
                whole(sample.server_cpu_us, " µs"),
                whole(sample.database_cpu_us, " µs"),
                sample.load_average,
            );
        }
        text
    }
}

/// A whole number, or nothing for 0.
fn whole(value: f64, unit: &str) -> String {
    if value > 0.0 { format!("{value:.0}{unit}") } else { String::new() }
}

fn millis(micros: f64) -> String {
    if micros > 0.0 { format!("{:.2} ms", micros / 1e3) } else { String::new() }
}
