//! A short form of `make bench`: that everything can be measured and is answered as it should be. How fast it is, no
//! test asks.

use bench::{load, plan::Plan};
use std::path::Path;

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_measured_and_answered_as_it_should_be() {
    if !load::is_there() {
        assert!(std::env::var_os("CI").is_none(), "wrk is missing: `.ci/setup bench` installs it");
        println!("skipped: wrk is missing, and `.ci/setup bench` installs it");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let report = bench::run(&Plan::short(), folder.path()).await.unwrap();
    assert!(report.unexpected.is_empty(), "{:?}", report.unexpected);
    assert_eq!(report.rows.len(), 22, "{:#?}", report.rows);
    assert!(report.measured.values().all(|sample| sample.times > 0), "{:#?}", report.measured);
    let clean = report.rows.iter().any(|row| row.found == "ledger clean");
    assert!(clean, "{:#?}", report.rows);
    for file in ["report.json", "report.md", "report.svg"] {
        let length = std::fs::metadata(Path::new(folder.path()).join(file)).unwrap().len();
        assert!(length > 1_000, "{file} has {length} bytes");
    }
}
