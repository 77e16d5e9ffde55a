//! A short form of `make pooler`: behind a transaction pooler everything goes as without.

use tests::pooler::{is_here, look};

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::disallowed_methods, reason = "where PgBouncer must be is the environment's to say")]
async fn behind_a_transaction_pooler_everything_goes_as_without() {
    if !is_here().await {
        assert!(std::env::var("CI").is_err(), "PgBouncer 1.21 or newer is missing: `.ci/setup pooler`");
        println!("skipped: PgBouncer 1.21 or newer is not here; `.ci/setup pooler` sees to it");
        return;
    }
    let broken = look(4).await;
    assert!(broken.is_empty(), "{broken:#?}");
}
