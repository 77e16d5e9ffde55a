//! However many counters of codes there are, a sign-in reads none but its own.

use postgres::testing::TestDatabase;
use sea_orm::{ConnectionTrait as _, DbBackend, Statement, TransactionTrait as _};

/// So many that a key is worth an index, and so few that a list of unknown length would seem to be worth reading them all.
const MANY: &str = "
INSERT INTO otp_budgets (meter, holder, since, ends_at, spent, verified)
SELECT 'a_meter', sha256(n::text::bytea), now(), now() + interval '1 day', 1, 0 FROM generate_series(1, 10000) n;
ANALYZE otp_budgets";

/// Each spends, settles or gives back what two counters hold.
const USES: [&str; 3] = [
    "SELECT count(*) AS number FROM otp_spend(counters(), now())",
    "SELECT count(otp_settle(counters(), now())::text) AS number",
    "SELECT count(otp_give_back(counters(), now())::text) AS number",
];

const COUNTERS: &str = "
CREATE FUNCTION counters() RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_agg(jsonb_build_object('meter', 'a_meter', 'holder', encode(sha256(n::text::bytea), 'hex'), 'cost', 1,
                                        'at_most', 9, 'window_us', 86400000000, 'effect', 'give_back'))
      FROM generate_series(7, 8) n
$$";

const READ_IN_ALL: &str =
    "SELECT seq_scan AS number FROM pg_stat_xact_user_tables WHERE relname = 'otp_budgets'";

const CHANGED: &str =
    "SELECT n_tup_upd AS number FROM pg_stat_xact_user_tables WHERE relname = 'otp_budgets'";

#[tokio::test]
async fn each_counter_is_found_by_its_key() {
    let database = TestDatabase::create().await;
    let owner = database.open_as_owner().await;
    for sql in [MANY, COUNTERS] {
        owner.execute_unprepared(sql).await.unwrap();
    }
    for sql in USES {
        let transaction = owner.begin().await.unwrap();
        let mut numbers = Vec::new();
        for sql in [sql, READ_IN_ALL, CHANGED] {
            let statement = Statement::from_string(DbBackend::Postgres, sql);
            let row = transaction.query_one_raw(statement).await.unwrap().unwrap();
            numbers.push(row.try_get::<i64>("", "number").unwrap());
        }
        assert_eq!(numbers[1], 0, "{sql}");
        assert!(numbers[2] >= 2, "{sql} changes its two counters");
    }
}
