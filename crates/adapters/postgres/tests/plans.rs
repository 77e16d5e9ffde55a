//! What is asked often is planned once: a function's statements keep their plans for as long as a connection.

use postgres::testing::TestDatabase;
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, Statement};

/// Functions in SQL that the planner cannot put in place of their call: each statement that calls one parses and plans it
/// anew.
const PLANNED_AT_EACH_CALL: &str = "
SELECT p.oid::regprocedure::text AS name FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
 WHERE p.pronamespace = 'public'::regnamespace AND l.lanname = 'sql'
   AND (p.proconfig IS NOT NULL OR p.prosecdef OR p.provolatile = 'v')
 ORDER BY 1";

/// Functions that read lists, whose statements would look cheap enough to be planned anew each time.
const KEEPING_PLANS: &str = "
SELECT p.oid::regproc::text AS name FROM pg_proc p
 WHERE 'plan_cache_mode=force_generic_plan' = ANY (p.proconfig)
 ORDER BY 1";

async fn names(db: &DatabaseConnection, sql: &str) -> Vec<String> {
    let rows = db.query_all_raw(Statement::from_string(DbBackend::Postgres, sql)).await;
    let rows = rows.expect("the catalogue is there to be read");
    rows.iter().map(|row| row.try_get("", "name").expect("it has a name")).collect()
}

#[tokio::test]
async fn no_function_is_planned_at_each_call() {
    let database = TestDatabase::create().await;
    let owner = database.open_as_owner().await;
    assert_eq!(names(&owner, PLANNED_AT_EACH_CALL).await, Vec::<String>::new());
}

#[tokio::test]
async fn what_reads_lists_keeps_its_plans_however_often_the_schema_is_brought_up_to_date() {
    let database = TestDatabase::create().await;
    let owner = database.open_as_owner().await;
    // As a newer version of the engine would, which replaces its functions.
    owner.execute_unprepared("ALTER FUNCTION graphile_worker.add_jobs RESET ALL").await.unwrap();
    migrations::apply(database.url()).await.unwrap();
    let keeping = names(&owner, KEEPING_PLANS).await;
    let expected = [
        "graphile_worker.add_jobs",
        "otp_give_back",
        "otp_settle",
        "otp_spend",
        "otp_spend_attempt",
        "otp_use_challenge",
        "sign_in_record",
    ];
    assert_eq!(keeping, expected);
}
