//! One measurement, and the medians of many.

use serde::Serialize;
use std::collections::BTreeMap;

/// What one measurement of some work showed.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Sample {
    /// How often it was done.
    pub times: u64,
    /// How often a second.
    pub rate: f64,
    /// Latency that half of them stay under, in microseconds; 0 where it was not taken.
    pub p50_us: f64,
    /// Latency that all but a hundredth stay under, in microseconds.
    pub p99_us: f64,
    /// Time of a processor that the server used for each, in microseconds.
    pub server_cpu_us: f64,
    /// Time of a processor that PostgreSQL used for each, in microseconds.
    pub database_cpu_us: f64,
    /// The machine's load average of the last minute, right after.
    pub load_average: f64,
    /// Answers that were not the expected ones.
    pub unexpected: u64,
}

/// Everything that was measured, by name, a sample a round.
#[derive(Debug, Default)]
pub struct Measured(BTreeMap<&'static str, Vec<Sample>>);

impl Measured {
    /// Keeps one more.
    pub fn add(&mut self, name: &'static str, sample: Sample) {
        self.0.entry(name).or_default().push(sample);
    }

    /// The medians of one work, field by field; nothing if it was never measured.
    #[must_use]
    pub fn median(&self, name: &str) -> Option<Sample> {
        self.0.get(name).map(|samples| medians(samples))
    }

    /// The medians of every work.
    #[must_use]
    pub fn medians(&self) -> BTreeMap<String, Sample> {
        self.0.iter().map(|(name, samples)| ((*name).to_owned(), medians(samples))).collect()
    }

    /// The works that got other answers than expected, and how many.
    #[must_use]
    pub fn unexpected(&self) -> BTreeMap<String, u64> {
        let told = |samples: &Vec<Sample>| samples.iter().map(|sample| sample.unexpected).sum::<u64>();
        let all = self.0.iter().map(|(name, samples)| ((*name).to_owned(), told(samples)));
        all.filter(|(_, unexpected)| *unexpected > 0).collect()
    }
}

fn medians(samples: &[Sample]) -> Sample {
    let of = |field: fn(&Sample) -> f64| median(samples.iter().map(field).collect());
    Sample {
        times: samples.iter().map(|sample| sample.times).sum(),
        rate: of(|sample| sample.rate),
        p50_us: of(|sample| sample.p50_us),
        p99_us: of(|sample| sample.p99_us),
        server_cpu_us: of(|sample| sample.server_cpu_us),
        database_cpu_us: of(|sample| sample.database_cpu_us),
        load_average: of(|sample| sample.load_average),
        unexpected: samples.iter().map(|sample| sample.unexpected).sum(),
    }
}

/// The middle one; of an even number, the lower of the two.
#[must_use]
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len().saturating_sub(1) / 2;
    values.get(middle).copied().unwrap_or_default()
}

/// The value that so many in a thousand stay under.
#[must_use]
pub fn quantile(mut values: Vec<f64>, per_mille: usize) -> f64 {
    values.sort_by(f64::total_cmp);
    let place = values.len().saturating_mul(per_mille) / 1000;
    values.get(place.min(values.len().saturating_sub(1))).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_is_one_of_the_values() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0]), 1.0);
        assert_eq!(median(Vec::new()), 0.0);
    }

    #[test]
    fn a_quantile_leaves_its_share_above() {
        let values: Vec<f64> = (1..=100_u32).map(f64::from).collect();
        assert_eq!(quantile(values.clone(), 990), 100.0);
        assert_eq!(quantile(values, 500), 51.0);
        assert_eq!(quantile(Vec::new(), 990), 0.0);
    }

    #[test]
    fn what_was_unexpected_is_told_by_name() {
        let mut measured = Measured::default();
        measured.add("a", Sample { unexpected: 2, rate: 5.0, ..Sample::default() });
        measured.add("a", Sample { unexpected: 1, rate: 7.0, ..Sample::default() });
        measured.add("b", Sample::default());
        assert_eq!(measured.unexpected(), BTreeMap::from([("a".to_owned(), 3)]));
        assert_eq!(measured.median("a").map(|sample| sample.rate), Some(5.0));
    }
}
