//! A short form of `make siege`: an attack in each shape, in a smaller town.

use tests::siege::{Plan, Shape, run};

async fn holds(shape: Shape) {
    let plan = Plan { seed: 1, shape, triggers: 300, addresses: 150, honest: 60, strays: 0 };
    let report = run(plan).await;
    assert!(report.holds(), "{report}");
    assert_eq!(report.messages, report.told, "what was sent was told, and nothing else");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_numbers_buy_little() {
    holds(Shape::Numbers).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_numbers_of_few_series_buy_little() {
    holds(Shape::Series).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_over_resends_stay_within_the_day() {
    holds(Shape::Guess).await;
}
