//! A short form of `make chaos`: two instances and their database are killed under people who top up.

use tests::chaos::{Plan, run};

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_killed_every_paid_top_up_is_credited_once() {
    let report = run(Plan { seed: 1, gateways: 2, top_ups: 40, kills: 4 }).await;
    println!("{report}");
    assert!(report.verdict.broken.is_empty(), "{report}");
    assert_eq!(report.verdict.credited + report.verdict.refunded, 40, "{report}");
}
