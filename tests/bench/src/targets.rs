//! What was measured against what it is to be: one row a target.

use crate::{
    load::number,
    rounds::Facts,
    sample::{Measured, Sample, median},
};
use serde::Serialize;

/// One target.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Row {
    /// The work.
    pub work: String,
    /// What it is held against.
    pub floor: String,
    /// How often that was done a second; nothing for what is no rate.
    pub floor_rate: Option<f64>,
    /// How often the work was done a second.
    pub rate: Option<f64>,
    /// The work's rate over the floor's, or whatever else the target is about, in words.
    pub ratio: Option<f64>,
    /// What was found, in words, where it is no ratio.
    pub found: String,
    /// What is wanted.
    pub target: String,
    /// Whether it is so.
    pub met: bool,
    /// The smallest ratio that is wanted, for the plot.
    pub least: Option<f64>,
    /// The work's median latency, in microseconds.
    pub p50_us: f64,
    /// The work's latency that one in a hundred is above, in microseconds.
    pub p99_us: f64,
    /// The server's time on a processor for each, in microseconds.
    pub server_cpu_us: f64,
    /// PostgreSQL's time on a processor for each, in microseconds.
    pub database_cpu_us: f64,
    /// The load average beside it.
    pub load_average: f64,
}

impl Row {
    fn of(work: &str, sample: Sample) -> Self {
        Self {
            work: work.to_owned(),
            rate: Some(sample.rate),
            p50_us: sample.p50_us,
            p99_us: sample.p99_us,
            server_cpu_us: sample.server_cpu_us,
            database_cpu_us: sample.database_cpu_us,
            load_average: sample.load_average,
            ..Self::default()
        }
    }

    fn plain(work: &str, found: String, target: &str, met: bool) -> Self {
        Self { work: work.to_owned(), found, target: target.to_owned(), met, ..Self::default() }
    }
}

/// The rows, in the order of the targets.
#[must_use]
pub fn rows(measured: &Measured, facts: &Facts) -> Vec<Row> {
    let mut rows = Vec::new();
    let against = |work: &str, floor: &str, floor_name: &str, least: f64| {
        let (sample, below) = (measured.median(work)?, measured.median(floor)?);
        let ratio = sample.rate / below.rate.max(1e-9);
        Some(Row {
            floor: floor_name.to_owned(),
            floor_rate: Some(below.rate),
            ratio: Some(ratio),
            target: format!("≥ {least} × {floor_name}"),
            met: ratio >= least,
            least: Some(least),
            ..Row::of(work, sample)
        })
    };
    rows.extend(against("signed answer", "floor signed answer", "F1", 0.7));
    rows.extend(against("wallet", "floor wallet", "F2", 0.5));
    rows.extend(against("refresh", "floor refresh", "F2", 0.6));
    rows.extend(refresh_latency(measured));
    rows.extend(sessions_table(measured, facts));
    let hash = measured.median("floor hash").map_or(0.0, |sample| sample.rate);
    for (work, floor) in [("verify, new", "floor verify, new"), ("verify, known", "floor verify, known")] {
        let own = measured.median(floor).map_or(0.0, |sample| sample.rate);
        let (floor, name) = if own < hash { (floor, "F2") } else { ("floor hash", "F3") };
        rows.extend(against(work, floor, name, 0.7));
    }
    rows.extend(wrong_code(measured));
    rows.extend(flood(measured));
    rows.extend(against("credit", "floor credit", "F2", 0.6));
    rows.extend(against("credit, twice the wallets", "floor credit, twice the wallets", "F2", 0.6));
    rows.extend(twice(measured));
    rows.extend(one_wallet(measured));
    for work in ["history page", "session list"] {
        rows.extend(measured.median(work).map(|sample| Row {
            found: format!("p99 {}", millis(sample.p99_us)),
            target: "p99 < 15 ms".to_owned(),
            met: sample.p99_us < 15_000.0,
            ..Row::of(work, sample)
        }));
    }
    rows.extend(plain(facts));
    rows.extend(two_gateways(measured, facts));
    rows.extend(rivals(measured));
    rows
}

fn refresh_latency(measured: &Measured) -> Option<Row> {
    let sample = measured.median("refresh")?;
    Some(Row {
        found: format!("p99 = {:.1} × p50", sample.p99_us / sample.p50_us.max(1.0)),
        target: "p99 ≤ 4 × p50".to_owned(),
        met: sample.p99_us <= 4.0 * sample.p50_us,
        ..Row::of("refresh, spread", sample)
    })
}

fn sessions_table(measured: &Measured, facts: &Facts) -> Option<Row> {
    let refreshes = measured.median("refresh")?.times;
    let same_rows = facts.sessions.iter().all(|table| table.rows == table.rows_after);
    // A row and its next versions take room beside each other, the more the faster they follow. That room is taken once
    // and then used again and again: as many refreshes more take no more of it.
    let taken = facts.sessions.iter().map(|table| table.bytes_after.saturating_sub(table.bytes)).max()?;
    let grown =
        facts.sessions.iter().map(|table| table.bytes_later.saturating_sub(table.bytes_after)).max()?;
    let met = same_rows && u64::try_from(grown).unwrap_or_default() <= 64 * 8192;
    let found = format!(
        "{refreshes} refreshes: no row more, room of {} KiB for their versions; as many again: {} KiB more",
        taken / 1024,
        grown / 1024
    );
    let found = if same_rows { found } else { format!("{refreshes} refreshes: other rows than before") };
    Some(Row::plain("sessions, after refreshes", found, "rows constant, then ≤ 512 KiB more", met))
}

fn wrong_code(measured: &Measured) -> Option<Row> {
    let (right, wrong) = (measured.median("verify, known")?, measured.median("verify, wrong code")?);
    let cost = |sample: Sample| sample.server_cpu_us + sample.database_cpu_us;
    Some(Row {
        floor: "a right code".to_owned(),
        floor_rate: Some(right.rate),
        found: format!("{:.0} µs of CPU, a right one {:.0} µs", cost(wrong), cost(right)),
        target: "no dearer than a right one".to_owned(),
        met: cost(wrong) <= cost(right),
        ..Row::of("verify, wrong code", wrong)
    })
}

fn flood(measured: &Measured) -> Option<Row> {
    let (alone, beside) =
        (measured.median("calm reads alone")?, measured.median("calm reads beside a flood")?);
    let flood = measured.median("flood of wrong codes")?;
    Some(Row {
        found: format!(
            "p99 {} beside {:.0} wrong codes/s, alone {}",
            millis(beside.p99_us),
            flood.rate,
            millis(alone.p99_us)
        ),
        // What a tenth of a second's quarter adds, nobody sees.
        target: "p99 of reads within 2 × or 5 ms of alone".to_owned(),
        met: beside.p99_us <= f64::max(alone.p99_us * 2.0, alone.p99_us + 5_000.0),
        ..Row::of("calm reads beside a flood", beside)
    })
}

fn twice(measured: &Measured) -> Option<Row> {
    let (few, many) = (measured.median("credit")?, measured.median("credit, twice the wallets")?);
    let ratio = many.rate / few.rate.max(1e-9);
    Some(Row {
        floor: "half the wallets".to_owned(),
        floor_rate: Some(few.rate),
        ratio: Some(ratio),
        target: "doubling users never slows it (≥ 0.95 ×)".to_owned(),
        met: ratio >= 0.95,
        least: Some(0.95),
        ..Row::of("credit, as users double", many)
    })
}

fn one_wallet(measured: &Measured) -> Option<Row> {
    let sample = measured.median("credit, one wallet")?;
    Some(Row {
        found: format!("{:.0}/s", sample.rate),
        target: "≥ 300/s".to_owned(),
        met: sample.rate >= 300.0,
        ..Row::of("credit, all to one wallet", sample)
    })
}

fn plain(facts: &Facts) -> Vec<Row> {
    let mega = |bytes: u64| number(bytes) / 1e6;
    let (idle, loaded, size) = (mega(facts.idle_bytes), mega(facts.loaded_bytes), mega(facts.program_bytes));
    let serve = median(facts.started.serve_ms.clone());
    let sandbox = facts.started.sandbox_first_ms;
    let again = facts.started.sandbox_again_ms;
    let jobs = facts.jobs;
    let of_release = if facts.is_release { "" } else { ", of a debug build" };
    vec![
        Row {
            p50_us: jobs.p50_us,
            p99_us: jobs.p99_us,
            ..Row::plain(
                "commit to start of its job",
                format!("p99 {} of {} jobs", millis(jobs.p99_us), jobs.jobs),
                "p99 < 50 ms",
                jobs.p99_us < 50_000.0,
            )
        },
        Row::plain("memory, idle", format!("{idle:.1} MB"), "< 60 MB", idle < 60.0),
        Row::plain("memory, 256 connections", format!("{loaded:.1} MB"), "< 160 MB", loaded < 160.0),
        Row::plain("start to ready", format!("{serve:.0} ms"), "< 300 ms", serve < 300.0),
        Row::plain(
            "sandbox, start to ready",
            format!("{sandbox:.0} ms in an empty folder, {again:.0} ms in its own"),
            "< 3 s",
            sandbox < 3_000.0,
        ),
        Row::plain("program, stripped", format!("{size:.1} MB{of_release}"), "< 40 MB", size < 40.0),
    ]
}

fn two_gateways(measured: &Measured, facts: &Facts) -> Option<Row> {
    let (one, two) = (measured.median("refresh")?, measured.median("refresh, two gateways")?);
    let ratio = two.rate / one.rate.max(1e-9);
    let ledger = if facts.ledger_is_clean { "ledger clean" } else { "LEDGER NOT CLEAN" };
    Some(Row {
        floor: "one gateway".to_owned(),
        floor_rate: Some(one.rate),
        ratio: Some(ratio),
        found: ledger.to_owned(),
        target: "≥ 1.0 × one gateway, invariants intact".to_owned(),
        met: ratio >= 1.0 && facts.ledger_is_clean,
        least: Some(1.0),
        ..Row::of("refresh, two gateways", two)
    })
}

fn rivals(measured: &Measured) -> Vec<Row> {
    let against = |work: &str, rival: &str, least: f64| {
        let (ours, theirs) =
            (measured.median(work)?, measured.median(rival).filter(|theirs| theirs.times > 0)?);
        let ratio = ours.rate / theirs.rate.max(1e-9);
        Some(Row {
            floor: rival.to_owned(),
            floor_rate: Some(theirs.rate),
            ratio: Some(ratio),
            target: format!("≥ {least} × {rival}"),
            met: ratio >= least,
            ..Row::of(work, ours)
        })
    };
    let rows = [
        against("verify, new", "better-auth verify", 8.0),
        against("refresh", "better-auth session read", 7.0),
        against("wallet", "better-auth session read", 7.0),
    ];
    rows.into_iter().flatten().collect()
}

fn millis(micros: f64) -> String {
    format!("{:.1} ms", micros / 1e3)
}
