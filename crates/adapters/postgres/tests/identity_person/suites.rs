//! What holds for every implementation of the ports holds here.

use super::world::PgWorld;
use identity::contract;

#[tokio::test]
async fn the_audit_log_holds() {
    let world = PgWorld::new().await;
    audit::contract::audit_log(&world.env, &world.audit).await;
}

#[tokio::test]
async fn the_audit_trail_holds() {
    let world = PgWorld::new().await;
    contract::audit_trail(&world, &world.trail).await;
}

#[tokio::test]
async fn profiles_hold() {
    let world = PgWorld::new().await;
    contract::profile_store(&world, &world.postgres.profiles()).await;
}

#[tokio::test]
async fn consents_hold() {
    let world = PgWorld::new().await;
    contract::consent_store(&world, &world.postgres.consents()).await;
}

#[tokio::test]
async fn pins_hold() {
    let world = PgWorld::new().await;
    contract::pin_store(&world, &world.postgres.pins()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn birth_dates_hold() {
    let world = PgWorld::new().await;
    contract::birth_date(&world, &world.postgres.profiles(), &world.postgres.pins()).await;
}

#[tokio::test]
async fn roles_hold() {
    let world = PgWorld::new().await;
    contract::role_store(&world, &world.postgres.roles()).await;
}
