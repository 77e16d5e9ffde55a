//! A short form of `make pooler`: behind a transaction pooler everything goes as without.

use tests::pooler::{is_here, look};

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_transaction_pooler_everything_goes_as_without() {
    if !is_here().await {
        println!("skipped: PgBouncer 1.21 or newer is not here; `.ci/setup pooler` sees to it");
        return;
    }
    let broken = look(4).await;
    assert!(broken.is_empty(), "{broken:#?}");
}
