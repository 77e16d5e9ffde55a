//! However many counters of codes there are, a sign-in reads none but its own.

use postgres::testing::TestDatabase;
use sea_orm::{ConnectionTrait, DbBackend, Statement, TransactionTrait as _};

/// So many that a key is worth an index, and so few that a list of unknown length would seem to be worth reading them all.
const MANY: &str = "
INSERT INTO otp_budgets (meter, holder, since, ends_at, spent, verified)
SELECT 'a_meter', sha256(n::text::bytea), now(), now() + interval '1 day', 1, 0 FROM generate_series(1, 10000) n;
ANALYZE otp_budgets";

/// Each spends, settles or gives back what two counters hold.
const USES: [&str; 3] = [
    "SELECT FROM otp_spend(counters(), now())",
    "SELECT otp_settle(counters(), now())",
    "SELECT otp_give_back(counters(), now())",
];

const COUNTERS: &str = "
CREATE FUNCTION counters() RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_agg(jsonb_build_object('meter', 'a_meter', 'holder', encode(sha256(n::text::bytea), 'hex'), 'cost', 1,
                                        'at_most', 9, 'window_us', 86400000000, 'effect', 'give_back'))
      FROM generate_series(7, 8) n
$$";

/// How often the table was read from end to end, and how many counters were changed, as this connection knows.
async fn seen(connection: &impl ConnectionTrait) -> (i64, i64) {
    const SEEN: &str =
        "SELECT seq_scan, n_tup_upd FROM pg_stat_xact_user_tables WHERE relname = 'otp_budgets'";
    let statement = Statement::from_string(DbBackend::Postgres, SEEN);
    let row =
        connection.query_one_raw(statement).await.expect("statistics are kept").expect("the table is there");
    let number = |column| row.try_get::<i64>("", column).expect("it is a number");
    (number("seq_scan"), number("n_tup_upd"))
}

#[tokio::test]
async fn each_counter_is_found_by_its_key() {
    let database = TestDatabase::create().await;
    let owner = database.open_as_owner().await;
    for sql in [MANY, COUNTERS] {
        owner.execute_unprepared(sql).await.unwrap();
    }
    for sql in USES {
        let transaction = owner.begin().await.unwrap();
        let before = seen(&transaction).await;
        transaction.execute_unprepared(sql).await.unwrap();
        let after = seen(&transaction).await;
        assert_eq!((after.0 - before.0, after.1 - before.1), (0, 2), "{sql}");
    }
}
