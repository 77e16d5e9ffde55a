//! Short forms of `make chaos`.

use tests::chaos::{
    Plan,
    herd::{self, HerdPlan},
    run, spread,
};

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_killed_every_paid_top_up_is_credited_once() {
    let report = run(Plan { seed: 1, gateways: 2, top_ups: 40, kills: 4 }).await;
    println!("{report}");
    assert!(report.verdict.broken.is_empty(), "{report}");
    assert_eq!(report.verdict.credited + report.verdict.refunded, 40, "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_herd_of_refreshes_on_a_network_that_loses_answers_signs_nobody_out() {
    let plan = HerdPlan { seed: 1, gateways: 2, devices: 8, refreshes: 200, lost_percent: 30 };
    let report = herd::run(plan).await;
    println!("{report}");
    assert!(report.broken.is_empty(), "{report}");
    assert!(report.lost > 100 && report.asked_again > 0, "no answer was lost: {report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_out_at_one_instance_is_refused_at_another() {
    let spread = spread::run(20).await;
    println!("{spread}");
    assert!(spread.broken.is_empty(), "{spread}");
    assert_eq!(spread.delays.len(), 20);
}
