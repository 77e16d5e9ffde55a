//! With a streaming replica: it is read, it may lag and it may die, and nobody is told anything else.

#[tokio::test(flavor = "multi_thread")]
async fn nobody_notices_whether_the_replica_lags_or_dies() {
    let broken = tests::replica::look().await;
    assert!(broken.is_empty(), "{broken:#?}");
}
