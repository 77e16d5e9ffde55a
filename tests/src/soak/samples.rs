//! What was seen of the program and its database while it worked, and whether it stayed as it was.

use super::{Plan, load::Answers};
use crate::harness::{Program, Site, query};
use procfs::process::Process;
use serde_json::json;
use std::{fmt::Write as _, time::Duration};

/// The memory may grow by so much a minute, in KiB, once the first quarter is over: what allocators keep for later.
const GROWTH_MAX_KIB: i128 = 256;

/// A growth a minute says something of so many minutes and more.
const MINUTES_FOR_GROWTH: u64 = 10;

/// The program and its database at one moment.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// Since the work began.
    pub at: Duration,
    /// How many requests were on their way at most since the sample before: each has its share of the memory.
    pub under_way: usize,
    /// What the program has in memory, in KiB.
    pub resident_kib: u64,
    /// How many files and connections it has open.
    pub files: u64,
    /// How many sessions the database has.
    pub sessions: i64,
    /// How large the database is, in bytes.
    pub bytes: i64,
    /// How many rows lie about that nobody sees any more.
    pub dead_rows: i64,
}

pub(super) async fn look_at(site: &Site, program: &Program, at: Duration, under_way: usize) -> Sample {
    let process = Process::new(program.pid()).expect("the program runs");
    let resident = process.status().expect("the program runs").vmrss;
    let files = process.fd_count().unwrap_or_default();
    let owner = site.owner().await;
    let rows = query(
        &owner,
        "SELECT (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS sessions, \
                pg_database_size(current_database()) AS bytes, \
                (SELECT coalesce(sum(n_dead_tup), 0)::bigint FROM pg_stat_user_tables) AS dead_rows",
    )
    .await;
    let number = |name| rows[0].try_get("", name).expect("a number");
    Sample {
        at,
        under_way,
        resident_kib: resident.expect("the system tells"),
        files: u64::try_from(files).unwrap_or_default(),
        sessions: number("sessions"),
        bytes: number("bytes"),
        dead_rows: number("dead_rows"),
    }
}

/// What became of it.
#[derive(Debug)]
pub struct Report {
    /// What was asked for.
    pub plan: Plan,
    /// How many requests a second it answered when a crowd asked without pause.
    pub bears: u64,
    /// How many a second it was then asked.
    pub rate: u64,
    /// What was seen.
    pub samples: Vec<Sample>,
    /// How often each answer came.
    pub answers: Answers,
}

impl Report {
    /// Everything that did not hold, one sentence each.
    #[must_use]
    pub fn broken(&self) -> Vec<String> {
        let mut broken = Vec::new();
        for ((what, status), times) in &self.answers {
            // Too often, and a request repeated while the first is under way, are in the contract.
            if !matches!(status, 200 | 201 | 409 | 429) {
                broken.push(format!("{what} was answered {status} {times} times"));
            }
        }
        let [second, last] = [2, 4].map(|quarter| self.median(quarter));
        if last.saturating_mul(10) > second.saturating_mul(11) {
            broken.push(format!(
                "the memory grew from {second} KiB in the second quarter to {last} KiB in the last"
            ));
        }
        let growth = self.growth();
        if self.plan.minutes >= MINUTES_FOR_GROWTH && growth > GROWTH_MAX_KIB {
            broken.push(format!("the memory grows by {growth} KiB a minute"));
        }
        broken
    }

    fn quarter(&self, number: usize) -> &[Sample] {
        let each = self.samples.len() / 4;
        self.samples
            .get(each.saturating_mul(number - 1)..)
            .and_then(|rest| rest.get(..each))
            .unwrap_or_default()
    }

    fn median(&self, quarter: usize) -> u64 {
        let mut sizes: Vec<_> = self.quarter(quarter).iter().map(|sample| sample.resident_kib).collect();
        sizes.sort_unstable();
        sizes.get(sizes.len() / 2).copied().unwrap_or_default()
    }

    /// By how many KiB a minute the memory grows after the first quarter: the slope of the line nearest to all.
    #[must_use]
    pub fn growth(&self) -> i128 {
        let seen = self.samples.get(self.samples.len() / 4..).unwrap_or_default();
        let point = |sample: &Sample| (sample.at.as_millis().cast_signed(), i128::from(sample.resident_kib));
        let points: Vec<(i128, i128)> = seen.iter().map(point).collect();
        let count = i128::try_from(points.len()).unwrap_or_default();
        let sum = |of: fn(&(i128, i128)) -> i128| points.iter().map(of).sum::<i128>();
        let (x, y, xx, xy) = (sum(|p| p.0), sum(|p| p.1), sum(|p| p.0 * p.0), sum(|p| p.0 * p.1));
        (count * xy - x * y).saturating_mul(60_000).checked_div(count * xx - x * x).unwrap_or_default()
    }

    /// A page for people.
    #[must_use]
    pub fn markdown(&self) -> String {
        let Self { plan, bears, rate, .. } = self;
        let broken = self.broken();
        let verdict = if broken.is_empty() {
            "It stayed as it was.\n".to_owned()
        } else {
            broken.iter().map(|sentence| format!("- {sentence}\n")).collect()
        };
        let mut page = format!(
            "# Soak\n\nMade by `make soak`: one gateway and {} people for {} minutes. It answered {bears} requests a second \
             when asked without pause, and was asked {rate} a second.\n\n## Verdict\n\n{verdict}\nMemory, median of each \
             quarter in KiB: {:?}; growth after the first: {} KiB a minute.\n\n## Answers\n\n| Request | Status | Times |\n|---|--:|--:|\n",
            plan.people,
            plan.minutes,
            [1, 2, 3, 4].map(|quarter| self.median(quarter)),
            self.growth()
        );
        for ((what, status), times) in &self.answers {
            put(&mut page, &format!("| {what} | {status} | {times} |\n"));
        }
        page.push_str("\n## Samples\n\n| Second | Memory KiB | Requests at once | Files | Sessions | Database KiB | Dead rows |\n|--:|--:|--:|--:|--:|--:|--:|\n");
        // Some fifty lines tell as much as all.
        for sample in self.samples.iter().step_by(self.samples.len().div_ceil(50).max(1)) {
            let Sample { at, under_way, resident_kib, files, sessions, bytes, dead_rows } = sample;
            let line = format!(
                "| {} | {resident_kib} | {under_way} | {files} | {sessions} | {} | {dead_rows} |\n",
                at.as_secs(),
                bytes / 1024
            );
            put(&mut page, &line);
        }
        page
    }

    /// The same for programs.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        let samples = self.samples.iter().map(|sample| {
            json!({
                "second": sample.at.as_secs(), "resident_kib": sample.resident_kib,
                "under_way": sample.under_way, "files": sample.files, "sessions": sample.sessions, "bytes": sample.bytes, "dead_rows": sample.dead_rows,
            })
        });
        let answers = self.answers.iter().map(|((what, status), times)| json!([what, status, times]));
        json!({
            "minutes": self.plan.minutes, "people": self.plan.people, "bears": self.bears, "rate": self.rate,
            "growth_kib_a_minute": self.growth().to_string(), "broken": self.broken(),
            "answers": answers.collect::<Vec<_>>(), "samples": samples.collect::<Vec<_>>(),
        })
    }
}

fn put(page: &mut String, text: &str) {
    page.write_str(text).expect("a text takes text");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(resident: impl Fn(u64) -> u64) -> Report {
        let sample = |number: u64| Sample {
            at: Duration::from_secs(number * 5),
            under_way: 0,
            resident_kib: resident(number),
            files: 0,
            sessions: 0,
            bytes: 0,
            dead_rows: 0,
        };
        let plan = Plan { minutes: 20, people: 1, rate: None };
        Report { plan, bears: 0, rate: 0, samples: (0..240).map(sample).collect(), answers: Answers::new() }
    }

    #[test]
    fn a_memory_that_warms_up_and_stays_is_sound() {
        let flat = report(|number| if number < 60 { 10_000 + number * 500 } else { 40_000 + number % 3 });
        assert_eq!((flat.growth(), flat.broken()), (0, Vec::new()));
    }

    #[test]
    fn a_memory_that_creeps_is_found() {
        let creeping = report(|number| 40_000 + number * 40);
        assert_eq!(creeping.growth(), 480);
        assert_eq!(creeping.broken().len(), 2, "{:?}", creeping.broken());
    }

    #[test]
    fn an_answer_that_is_no_promise_is_found() {
        let mut failing = report(|_| 40_000);
        failing.answers.extend([(("GET", 200), 5), (("GET", 503), 1), (("GET", 429), 1), (("GET", 0), 2)]);
        assert_eq!(failing.broken(), ["GET was answered 0 2 times", "GET was answered 503 1 times"]);
    }
}
