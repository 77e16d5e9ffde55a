//! What processes use: their time on the processors and their memory.

use procfs::process::Process;
use std::time::Duration;

/// The load average of the last minute; 0 where the system does not say.
#[must_use]
pub fn load_average() -> f64 {
    use procfs::Current as _;
    procfs::LoadAverage::current().map(|load| f64::from(load.one)).unwrap_or_default()
}

/// How long a process and those it waited for have been on a processor.
#[must_use]
pub fn processor_time(pid: i32) -> Duration {
    let Ok(stat) = Process::new(pid).and_then(|process| process.stat()) else { return Duration::ZERO };
    let waited_for = u64::try_from(stat.cutime.saturating_add(stat.cstime)).unwrap_or_default();
    ticks(stat.utime.saturating_add(stat.stime).saturating_add(waited_for))
}

/// How long a server and its present and former children have been on a processor.
#[must_use]
pub fn processor_time_of_family(head: i32) -> Duration {
    let children = procfs::process::all_processes().into_iter().flatten().flatten();
    let stats = children.filter_map(|child| child.stat().ok()).filter(|stat| stat.ppid == head);
    let times = stats.map(|stat| ticks(stat.utime.saturating_add(stat.stime)));
    processor_time(head).saturating_add(times.sum())
}

/// The memory a process holds, in bytes.
#[must_use]
pub fn memory(pid: i32) -> u64 {
    let status = Process::new(pid).and_then(|process| process.status());
    status.ok().and_then(|status| status.vmrss).unwrap_or_default().saturating_mul(1024)
}

fn ticks(ticks: u64) -> Duration {
    let per_second = procfs::ticks_per_second().max(1);
    Duration::from_micros(ticks.saturating_mul(1_000_000) / per_second)
}
