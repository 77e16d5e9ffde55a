//! Orders on a real server: the contract of the ports, looks on schedule, and what the schema refuses by itself.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must say so and stop")]

use async_trait::async_trait;
use kernel::{Env, Limit, Masked, MovableClock, News, OrderRef, SeededEntropy, UserId};
use payments::{
    Change, Event, IdempotencyKey, Order, Payment, PaymentLinks, Payments, Ports, Purchase, Refund,
    RefundCause, Session, State,
    contract::{self, Subject},
    ports::{OrderFinder, OrderStore, Recorded, WebhookInbox},
    testing::{MemoryGateway, OpenDoors, START},
};
use postgres::{Postgres, testing::TestDatabase, vault::Vault};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, QueryResult, Statement};
use secrecy::SecretSlice;
use std::sync::Arc;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

const NEWS: &str = "
SELECT job.payload->'news' AS found
  FROM graphile_worker._private_jobs job JOIN graphile_worker._private_tasks task ON task.id = job.task_id
 WHERE task.identifier = 'news' AND job.payload->>'topic' = 'payments' ORDER BY job.id";

/// Looks that webhooks queued.
const LOOKS: &str = "
SELECT job.payload->'order_id' AS found
  FROM graphile_worker._private_jobs job JOIN graphile_worker._private_tasks task ON task.id = job.task_id
 WHERE task.identifier = 'look' AND job.key LIKE 'inbox:%' ORDER BY job.id";

/// The look on schedule, and how many microseconds after it was last planned it runs.
const PLANNED: &str = "
SELECT job.payload->>'order_id' AS order_id,
       (extract(epoch FROM job.run_at - job.updated_at) * 1000000)::bigint AS delay_us
  FROM graphile_worker._private_jobs job WHERE job.key LIKE 'look:%'";

struct Bench {
    database: TestDatabase,
    postgres: Postgres,
}

impl Bench {
    async fn new() -> Self {
        let database = TestDatabase::create().await;
        let postgres = database.open(&env(1)).await;
        Self { database, postgres }
    }

    async fn found<T: serde::de::DeserializeOwned>(&self, sql: &str) -> Vec<T> {
        let rows = rows(self.postgres.pool(), sql).await;
        let found = rows.iter().map(|row| row.try_get::<serde_json::Value>("", "found").unwrap());
        found.map(|found| serde_json::from_value(found).unwrap()).collect()
    }

    async fn planned(&self) -> Option<(String, i64)> {
        let rows = rows(self.postgres.pool(), PLANNED).await;
        assert!(rows.len() <= 1, "one look an order");
        let row = rows.first()?;
        Some((row.try_get("", "order_id").unwrap(), row.try_get("", "delay_us").unwrap()))
    }

    /// Whether the gateway's role is refused `lie`, and for that reason.
    async fn refuses(&self, why: &str, lie: &str) {
        refuses(self.postgres.pool(), why, lie).await;
    }
}

#[async_trait]
impl Subject for Bench {
    fn orders(&self) -> Arc<dyn OrderStore> {
        Arc::new(self.postgres.orders())
    }

    fn finder(&self) -> Arc<dyn OrderFinder> {
        Arc::new(self.postgres.orders())
    }

    fn inbox(&self) -> Arc<dyn WebhookInbox> {
        Arc::new(self.postgres.webhook_inbox())
    }

    async fn news(&self) -> Vec<News<Event>> {
        self.found(NEWS).await
    }

    async fn looks(&self) -> Vec<OrderRef> {
        self.found(LOOKS).await
    }
}

fn env(seed: u64) -> Env {
    Env::new(Arc::new(MovableClock::standing_at(START)), Arc::new(SeededEntropy::new(seed)))
}

/// Keys as the tests of this adapter have them, in these versions, of which the last is in use.
fn vault(versions: &[u8]) -> Vault {
    let master = |version: &u8| (i16::from(*version), SecretSlice::from(vec![*version; 32]));
    let masters = versions.iter().map(master).collect();
    let in_use = i16::from(*versions.last().unwrap());
    Vault::new(&masters, in_use, SecretSlice::from(vec![2; 32]), env(3)).unwrap()
}

async fn rows(db: &DatabaseConnection, sql: &str) -> Vec<QueryResult> {
    db.query_all_raw(Statement::from_string(DbBackend::Postgres, sql)).await.unwrap()
}

async fn refuses(db: &DatabaseConnection, why: &str, lie: &str) {
    let Err(error) = db.execute_unprepared(lie).await else { panic!("this was let through: {lie}") };
    assert!(format!("{error:?}").contains(why), "{lie} was refused, but not since {why}: {error:?}");
}

fn after(seconds: i64) -> OffsetDateTime {
    START.saturating_add(Duration::seconds(seconds))
}

fn order(key: &str) -> Order {
    // Another key, another row.
    let env = env(key.bytes().map(u64::from).sum());
    let (user, key) = (UserId::new(Uuid::from_u128(0xa5a)), IdempotencyKey::parse(key).unwrap());
    Order::open(user, &key, Purchase::wallet_topup(25_000).unwrap(), &env)
}

fn change(order: &Order, state: State, next_check_at: Option<OffsetDateTime>) -> Change {
    Change {
        order_id: order.order_id.clone(),
        version: order.version,
        state,
        charged: None,
        attention: None,
        next_check_at,
        looked_at: None,
        at: after(10),
        news: None,
    }
}

async fn record(bench: &Bench, order: &Order, state: State, next: Option<OffsetDateTime>) -> Order {
    let change = change(order, state, next);
    assert_eq!(bench.orders().record_change(&change).await.unwrap(), Recorded::Done);
    change.applied_to(order)
}

fn paid() -> State {
    State::Paid(Payment { paid_at: after(9), fulfilment: payments::Fulfilment::NotStarted })
}

/// All the money is to go back, and no try is made yet.
fn refunding(order: &Order) -> State {
    let (amount, demanded_at) = (order.amount(), after(10));
    let refund = Refund { amount, cause: RefundCause::Operator, demanded_at, attempts: Vec::new() };
    State::Refunding { payment: order.state.payment().unwrap().clone(), refund }
}

fn session(phone: &str) -> Session {
    Session {
        sdk_payload: Masked::new(serde_json::json!({ "payload": { "customerPhone": phone } })),
        payment_links: PaymentLinks {
            web: Some("https://pay.example/token-of-asha".to_owned()),
            ..PaymentLinks::default()
        },
        expires_at: after(900),
    }
}

#[tokio::test]
async fn postgres_keeps_the_contract() {
    contract::all(Bench::new).await;
}

#[tokio::test]
async fn an_order_that_awaits_an_answer_has_one_look_on_schedule() {
    let bench = Bench::new().await;
    let order = bench.orders().record_order(&order("k")).await.unwrap();
    let number = order.order_id.as_str().to_owned();
    let planned = async |seconds| {
        let wanted = Some((number.clone(), Duration::seconds(seconds).whole_microseconds()));
        let found = bench.planned().await.map(|(order, delay)| (order, i128::from(delay)));
        assert_eq!(found, wanted);
    };
    planned(5).await;
    bench.orders().record_order(&order).await.unwrap();
    planned(5).await;
    bench.orders().record_look(&order.order_id, 1, Some(after(6)), Some(after(15))).await.unwrap();
    planned(9).await;
    // Not answered, so without a time of its own: the clock says when, and it stands at the start.
    bench.orders().record_look(&order.order_id, 1, None, Some(after(60))).await.unwrap();
    planned(60).await;
    // The order has moved on in between: nothing is planned for the version that is gone.
    bench.orders().record_look(&order.order_id, 2, Some(after(6)), Some(after(99))).await.unwrap();
    planned(60).await;
    let order = record(&bench, &order, State::Pending { last_failure: None }, Some(after(30))).await;
    planned(20).await;
    // Overdue: at once.
    let order = record(&bench, &order, State::Pending { last_failure: None }, Some(after(1))).await;
    planned(0).await;
    record(&bench, &order, paid(), None).await;
    assert_eq!(bench.planned().await, None);
}

#[tokio::test]
async fn a_row_that_does_not_read_is_put_off_and_the_round_goes_on() {
    let bench = Bench::new().await;
    let [broken, sound] = ["a", "b"].map(order);
    for order in [&broken, &sound] {
        bench.orders().record_order(order).await.unwrap();
    }
    let breaking =
        format!("attention = 'NO_WORD', version = version + 1 WHERE order_id = '{}'", broken.order_id);
    let owner = bench.database.open_as_owner().await;
    owner.execute_unprepared(&format!("UPDATE orders SET {breaking}")).await.unwrap();
    let clock = Arc::new(MovableClock::standing_at(after(5)));
    let env = Env::new(clock, Arc::new(SeededEntropy::new(1)));
    let ports = Ports {
        orders: bench.orders(),
        finder: bench.finder(),
        gateway: Arc::new(MemoryGateway::new(env.clone())),
        admission: Arc::new(OpenDoors),
        inbox: bench.inbox(),
    };
    let round = Payments::new(ports, env).reconcile(Limit::DEFAULT).await.unwrap();
    assert_eq!((round.looked, round.unreadable.len()), (1, 1));
    let due = async |seconds| bench.finder().due(after(seconds), Limit::DEFAULT).await.unwrap();
    assert_eq!(due(3_604).await, std::slice::from_ref(&sound.order_id));
    assert_eq!(due(3_605).await, [sound.order_id, broken.order_id]);
}

#[tokio::test]
async fn a_row_that_does_not_read_is_left_out_of_lists_and_reminders() {
    let bench = Bench::new().await;
    let [broken, sound] = ["a", "b"].map(order);
    for order in [&broken, &sound] {
        let order = bench.orders().record_order(order).await.unwrap();
        let event = Event::OrderPaid {
            order_id: order.order_id.clone(),
            user_id: order.user_id,
            kind: order.kind(),
            amount_paise: order.amount(),
        };
        let news = Some(News { id: order.row_id.uuid(), at: after(10), event });
        let change = Change { news, ..change(&order, paid(), None) };
        assert_eq!(bench.orders().record_change(&change).await.unwrap(), Recorded::Done);
    }
    // As a newer program might have written it, whose words the schema knows and this program does not.
    let owner = bench.database.open_as_owner().await;
    let breaking = format!(
        "ALTER TABLE orders DROP CONSTRAINT orders_kind_check;
         UPDATE orders SET kind = 'NO_WORD', subject = row_id WHERE order_id = '{}';
         UPDATE orders SET attention = 'UNUSUAL_STATUS', version = version + 1",
        broken.order_id
    );
    owner.execute_unprepared(&breaking).await.unwrap();
    let listed = bench.finder().list_for_operators(Limit::DEFAULT).await.unwrap();
    assert_eq!(listed.iter().map(|order| &order.order_id).collect::<Vec<_>>(), [&sound.order_id]);
    let waiting = bench.finder().unfulfilled(after(3_600), Limit::DEFAULT).await.unwrap();
    assert_eq!(waiting.iter().map(|order| &order.order_id).collect::<Vec<_>>(), [&sound.order_id]);
}

#[tokio::test]
async fn a_session_is_sealed_to_its_order_and_forgotten_in_time() {
    let bench = Bench::new().await;
    let [asha, ravi] = ["asha", "ravi"].map(order);
    for order in [&asha, &ravi] {
        bench.orders().record_order(order).await.unwrap();
        bench.orders().record_session(&order.order_id, &session("9876543210")).await.unwrap();
    }
    let row = rows(bench.postgres.pool(), "SELECT content FROM order_sessions").await;
    for row in row {
        let content: Vec<u8> = row.try_get("", "content").unwrap();
        for word in ["9876543210", "token-of-asha"] {
            assert!(!content.windows(word.len()).any(|window| window == word.as_bytes()));
        }
    }
    // Somebody with the owner's rights puts one person's session under another's order.
    let owner = bench.database.open_as_owner().await;
    let swap = format!(
        "UPDATE order_sessions s SET content = o.content, row_key = o.row_key FROM order_sessions o
          WHERE s.row_id = '{}' AND o.row_id = '{}'",
        asha.row_id, ravi.row_id
    );
    owner.execute_unprepared(&swap).await.unwrap();
    assert!(bench.orders().find_session(&asha.order_id).await.is_err());
    assert!(bench.orders().find_session(&ravi.order_id).await.unwrap().is_some());
    assert_eq!(bench.postgres.forget_payment_sessions(after(900)).await.unwrap(), 0);
    assert_eq!(bench.postgres.forget_payment_sessions(after(901)).await.unwrap(), 2);
    assert_eq!(bench.orders().find_session(&ravi.order_id).await.unwrap(), None);
    assert!(bench.orders().find(&ravi.order_id).await.unwrap().is_some(), "the order stays");
}

#[tokio::test]
async fn a_session_outlives_its_master_key() {
    let bench = Bench::new().await;
    let order = bench.orders().record_order(&order("k")).await.unwrap();
    let session = session("9876543210");
    bench.orders().record_session(&order.order_id, &session).await.unwrap();
    let with = |versions| Postgres::new(bench.postgres.pool().clone(), Arc::new(vault(versions)));
    let rotations = with(&[1, 2]).rotate_keys().await.unwrap();
    let ours = rotations.iter().find(|rotation| rotation.table == "order_sessions").unwrap();
    assert_eq!((ours.rewrapped, ours.left), (1, 0));
    let found = with(&[2]).orders().find_session(&order.order_id).await.unwrap();
    assert_eq!(found, Some(session));
}

#[tokio::test]
async fn the_gateways_role_cannot_tell_a_lie_about_money() {
    let bench = Bench::new().await;
    let order = bench.orders().record_order(&order("k")).await.unwrap();
    let order = record(&bench, &order, paid(), None).await;
    let order = record(&bench, &order, refunding(&order), Some(after(60))).await;
    let forbidden = "permission denied";
    for (why, lie) in [
        // Back to unpaid, to paid again, or not as one change.
        ("order_never_goes_back", "UPDATE orders SET status = 'CREATED', version = version + 1"),
        (
            "order_never_goes_back",
            "UPDATE orders SET status = 'SUCCESS', refund_amount = NULL, refund_cause = NULL,
                               refund_demanded_at = NULL, version = version + 1",
        ),
        ("order_stays_paid", "UPDATE orders SET paid_at = paid_at + interval '1 day', version = version + 1"),
        ("order_counts_changes", "UPDATE orders SET attention = NULL, version = version + 2"),
        ("order_counts_changes", "UPDATE orders SET refund_cause = 'CANCELLED'"),
        // More than was captured, or for something else.
        ("order_refund_is_covered", "UPDATE orders SET refund_amount = amount + 1, version = version + 1"),
        ("order_stays_paid", "UPDATE orders SET charged = 99999, version = version + 1"),
        (forbidden, "UPDATE orders SET amount = amount + 1"),
        (forbidden, "UPDATE orders SET user_id = gen_random_uuid()"),
        (forbidden, "UPDATE orders SET order_id = 'OTHER'"),
        // Giving what goes back, and forgetting what is awaited.
        (
            "order_gives_or_refunds",
            "UPDATE orders SET fulfilment = 'DONE', fulfilment_at = paid_at, version = version + 1",
        ),
        (
            "order_gives_or_refunds",
            "UPDATE orders SET fulfilment = 'IN_PROGRESS', fulfilment_at = paid_at, version = version + 1",
        ),
        ("order_is_looked_after", "UPDATE orders SET next_check_at = NULL"),
        // Money from nowhere.
        (
            forbidden,
            "INSERT INTO orders (row_id, order_id, user_id, kind, amount, status, paid_at, fulfilment,
                                 opened_at, expires_at, updated_at)
             SELECT gen_random_uuid(), 'FREE', user_id, kind, amount, 'SUCCESS', paid_at, 'NOT_STARTED',
                    opened_at, expires_at, updated_at FROM orders",
        ),
        // No trace.
        (forbidden, "DELETE FROM orders"),
        (forbidden, "TRUNCATE orders CASCADE"),
        (forbidden, "DELETE FROM refund_attempts"),
        (forbidden, "DELETE FROM order_events"),
        (forbidden, "UPDATE order_events SET word = 'REFUNDED'"),
        ("must be owner", "ALTER TABLE orders DISABLE TRIGGER ALL"),
        ("must be owner", "DROP TABLE order_events"),
    ] {
        bench.refuses(why, lie).await;
    }
    assert_eq!(bench.orders().find(&order.order_id).await.unwrap(), Some(order));
    // Nor can the owner by mistake.
    let owner = bench.database.open_as_owner().await;
    let back = "UPDATE orders SET status = 'PENDING', version = version + 1";
    refuses(&owner, "orders are kept", "DELETE FROM orders").await;
    refuses(&owner, "orders are kept", "TRUNCATE orders CASCADE").await;
    refuses(&owner, "order_never_goes_back", back).await;
}

#[tokio::test]
async fn tries_to_refund_at_once_never_exceed_the_order() {
    let bench = Bench::new().await;
    let order = bench.orders().record_order(&order("k")).await.unwrap();
    let insert = |n| {
        format!(
            "INSERT INTO refund_attempts (order_id, sequence, refund_id, amount, state, requested_at)
             VALUES ('{}', {n}, 'R{n}', 10000, 'PENDING', '2026-01-15T12:00:10Z')",
            order.order_id
        )
    };
    let order = record(&bench, &order, paid(), None).await;
    bench.refuses("refunds_are_covered", &insert(1)).await;
    record(&bench, &order, refunding(&order), Some(after(60))).await;
    let tries = (1..=20).map(|n| {
        let insert = insert(n);
        let pool = bench.postgres.pool();
        async move { pool.execute_unprepared(&insert).await }
    });
    let sent = futures::future::join_all(tries).await.into_iter().filter(Result::is_ok).count();
    assert_eq!(sent, 2, "20,000 of 25,000 paise, and no third");
    bench.refuses("permission denied", "UPDATE refund_attempts SET amount = 1").await;
    bench.postgres.pool().execute_unprepared("UPDATE refund_attempts SET state = 'SUCCESS'").await.unwrap();
    bench.refuses("refund_stays_done", "UPDATE refund_attempts SET state = 'FAILURE'").await;
}

#[tokio::test]
async fn an_event_is_told_once_whatever_the_program_says() {
    let bench = Bench::new().await;
    let order = bench.orders().record_order(&order("k")).await.unwrap();
    let told = |n: u8| {
        format!(
            "INSERT INTO order_events (order_id, word, news_id, occurred_at)
             VALUES ('{}', 'PAID', '00000000-0000-7000-8000-0000000000{n:02}', '2026-01-15T12:00:10Z')",
            order.order_id
        )
    };
    bench.postgres.pool().execute_unprepared(&told(1)).await.unwrap();
    bench.refuses("order_events_pkey", &told(2)).await;
    // And then the change that would tell it again is not recorded either.
    let news = News {
        id: Uuid::from_u128(9),
        at: after(10),
        event: Event::OrderPaid {
            order_id: order.order_id.clone(),
            user_id: order.user_id,
            kind: order.kind(),
            amount_paise: order.amount(),
        },
    };
    let again = Change { news: Some(news), ..change(&order, paid(), None) };
    assert!(bench.orders().record_change(&again).await.is_err());
    assert_eq!(bench.orders().find(&order.order_id).await.unwrap(), Some(order));
    assert_eq!(bench.news().await, []);
}
