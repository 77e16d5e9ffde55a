//! The books against somebody who holds the application's own connection, or the owner's: what must never be
//! wrong is refused by the database, and what its owner forces upon it is found.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on must stop")]

use kernel::{Env, Masked, Paise, UserId};
use postgres::{Postgres, testing::TestDatabase};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, DbErr, RuntimeErr, Statement};
use std::sync::Arc;
use wallet::{
    Credit, CreditKind, Difference, Event, Ledger, LimitTable, Purpose, Receipt, Reference, Refund, Refusal,
    Source, Spend, Wallets, ports::LedgerAudit as _, testing::InMemoryIssuer,
};

struct World {
    _database: TestDatabase,
    owner: DatabaseConnection,
    postgres: Postgres,
    asha: UserId,
    ledger: Ledger,
    topup: Receipt,
    env: Env,
}

impl World {
    /// Asha has loaded ₹100 and spent ₹30.
    async fn new() -> Self {
        let env = Env::system();
        let database = TestDatabase::create().await;
        let (owner, postgres) = (database.open_as_owner().await, database.open(&env).await);
        let limits = LimitTable::rbi_2021();
        let (store, loads) = (Arc::new(postgres.wallets()), Arc::new(postgres.issuer_loads()));
        let wallets =
            Wallets::new(env.clone(), limits.clone(), store, Arc::new(InMemoryIssuer::new()), loads);
        let ledger = Ledger::new(env.clone(), limits, Arc::new(postgres.ledger()));
        let asha = UserId::generate(&env);
        wallets.open(asha).await.unwrap();
        wallets.provision(asha, Masked::new("+919876543210".to_owned())).await.unwrap();
        let topup = ledger.credit(&credit(asha, "topup", 100)).await.unwrap();
        ledger.spend(&spend(asha, "spend", 30)).await.unwrap();
        Self { _database: database, owner, postgres, asha, ledger, topup, env }
    }

    /// Runs statements as the application's role; answers the SQLSTATE of the refusal. Sent in one message, they
    /// are one transaction.
    async fn attack(&self, sql: &str) -> Option<String> {
        let result = self.postgres.pool().execute_unprepared(&self.named(sql)).await;
        result.err().map(|error| sqlstate(&error))
    }

    fn named(&self, sql: &str) -> String {
        sql.replace(":asha", &format!("'{}'", self.asha))
            .replace(":topup", &format!("'{}'", self.topup.transfer_id))
            .replace(":house", "(SELECT id FROM ledger_accounts WHERE house = 'platform_funding')")
            .replace(":new", &format!("'{}'", self.env.new_uuid()))
    }

    async fn force(&self, sql: &str) {
        let sql = self.named(sql);
        let forced = format!("SET session_replication_role = replica; {sql}; RESET session_replication_role");
        self.owner.execute_unprepared(&forced).await.unwrap();
    }

    async fn differences(&self) -> Vec<Difference> {
        self.postgres.ledger_audit().check().await.unwrap().differences
    }

    async fn number(&self, sql: &str) -> i64 {
        let statement = Statement::from_string(DbBackend::Postgres, self.named(sql));
        let row = self.owner.query_one_raw(statement).await.unwrap().unwrap();
        row.try_get("", "number").unwrap()
    }
}

fn sqlstate(error: &DbErr) -> String {
    let (DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error))) = error
    else {
        return error.to_string();
    };
    error.as_database_error().and_then(|error| error.code()).map(Into::into).unwrap_or_default()
}

fn credit(user_id: UserId, reference: &str, rupees: i32) -> Credit {
    let (kind, source, amount) = (CreditKind::Topup, Source::Own, Paise::rupees(rupees));
    Credit { user_id, kind, source, amount, reference: Reference::parse(reference).unwrap(), order: None }
}

fn spend(user_id: UserId, reference: &str, rupees: i32) -> Spend {
    let (purpose, amount) = (Purpose::Pharmacy, Paise::rupees(rupees));
    Spend { user_id, purpose, amount, reference: Reference::parse(reference).unwrap(), order: None }
}

const DENIED: &str = "42501";
const CHECK: &str = "23514";
const FOREIGN_KEY: &str = "23503";
const UNIQUE: &str = "23505";
const NOT_NULL: &str = "23502";

/// A transfer of two lines from the platform to Asha, under an id of its own.
const TRANSFER: &str = "INSERT INTO ledger_transfers (id, reference, kind, source, lines, occurred_at)
     VALUES (:new, 'by-hand', 'contribution', 'platform', 2, '2026-01-15T12:00:00Z')";

fn postings(lines: &[(&str, i64)]) -> String {
    let rows = lines.iter().zip(1..).map(|((account, amount), line)| {
        format!(
            "((SELECT id FROM ledger_transfers WHERE reference = 'by-hand'), {line}, {account}, {amount})"
        )
    });
    let rows: Vec<_> = rows.collect();
    format!("INSERT INTO ledger_postings (transfer_id, line, account_id, amount) VALUES {}", rows.join(", "))
}

#[tokio::test]
async fn the_application_cannot_rewrite_the_books() {
    let world = World::new().await;
    for table in ["ledger_transfers", "ledger_postings", "ledger_accounts", "wallet_balances"] {
        for attack in [format!("DELETE FROM {table}"), format!("TRUNCATE {table} CASCADE")] {
            assert_eq!(world.attack(&attack).await.as_deref(), Some(DENIED), "{attack}");
        }
    }
    for attack in [
        "UPDATE ledger_transfers SET reference = 'mine' WHERE id = :topup",
        "UPDATE ledger_postings SET amount = amount * 2 WHERE transfer_id = :topup",
        "UPDATE ledger_accounts SET house = 'mine'",
        "UPDATE wallet_balances SET balance = 1000000 WHERE account_id = :asha",
        "UPDATE wallet_balances SET balance = -1 WHERE account_id = :asha",
        "UPDATE wallet_balances SET loaded = 0 WHERE account_id = :asha",
        "INSERT INTO wallet_balances (account_id, balance, booked_at, month) VALUES (:new, 5, now(), '2026-01-01')",
        "INSERT INTO ledger_accounts (id, house, opened_at) VALUES (:new, 'mine', now())",
        "INSERT INTO ledger_postings (transfer_id, line, account_id, amount, balance_after)
         VALUES (:topup, 1, :asha, 5, 1000000)",
        "ALTER TABLE ledger_postings DISABLE TRIGGER ALL",
        "SET LOCAL session_replication_role = replica",
        "DROP TRIGGER is_whole ON ledger_transfers",
        "CREATE OR REPLACE FUNCTION ledger_be_whole() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "UPDATE issuer_loads SET amount = 1",
        "DELETE FROM issuer_loads",
        "DELETE FROM wallets",
    ] {
        assert_eq!(world.attack(attack).await.as_deref(), Some(DENIED), "{attack}");
    }
    assert_eq!(world.differences().await, Vec::new());
}

#[tokio::test]
async fn a_transfer_by_hand_must_be_whole() {
    let world = World::new().await;
    let whole = [(":asha", 500), (":house", -500)];
    for (what, lines, refusal) in [
        ("nothing posted", &[][..], CHECK),
        ("one side only", &whole[..1], CHECK),
        ("money out of nothing", &[(":asha", 500), (":house", -499)], CHECK),
        ("a line too many", &[(":asha", 500), (":house", -250), (":house", -250)], FOREIGN_KEY),
        ("an account that is none", &[(":asha", 500), (":new", -500)], FOREIGN_KEY),
        ("a wallet below zero", &[(":asha", -700_000), (":house", 700_000)], CHECK),
        ("nothing moved", &[(":asha", 0), (":house", 0)], CHECK),
        ("an overflow", &[(":asha", i64::MAX), (":house", -i64::MAX)], CHECK),
    ] {
        let posted = if lines.is_empty() { "SELECT 1".to_owned() } else { postings(lines) };
        let refused = world.attack(&format!("{TRANSFER}; {posted}")).await;
        assert!(
            refused.as_deref() == Some(refusal)
                || (what == "an overflow" && refused.as_deref() == Some("22003")),
            "{what}: {refused:?}"
        );
    }
    let second_wallet =
        "INSERT INTO ledger_accounts (id, opened_at) VALUES ('00000000-0000-0000-0000-0000000000aa', now())";
    let between = postings(&[(":asha", -500), ("'00000000-0000-0000-0000-0000000000aa'", 500)]);
    let refused = world.attack(&format!("{second_wallet}; {TRANSFER}; {between}")).await;
    assert_eq!(refused.as_deref(), Some(CHECK), "from wallet to wallet");
    assert_eq!(world.differences().await, Vec::new());
    assert_eq!(
        world.number("SELECT balance AS number FROM wallet_balances WHERE account_id = :asha").await,
        7_000
    );

    let booked = world.attack(&format!("{TRANSFER}; {}", postings(&whole))).await;
    assert_eq!(booked, None, "a whole transfer carries the balance along");
    assert_eq!(
        world.number("SELECT balance AS number FROM wallet_balances WHERE account_id = :asha").await,
        7_500
    );
    assert_eq!(world.attack(&format!("{TRANSFER}; {}", postings(&whole))).await.as_deref(), Some(UNIQUE));
    let later = "INSERT INTO ledger_postings (transfer_id, line, account_id, amount)";
    for (line, refusal) in [(1, UNIQUE), (2, UNIQUE), (3, FOREIGN_KEY), (0, FOREIGN_KEY)] {
        let attack = format!("{later} VALUES (:topup, {line}, :asha, 500)");
        assert_eq!(
            world.attack(&attack).await.as_deref(),
            Some(refusal),
            "a posting added later: line {line}"
        );
    }
    assert_eq!(world.differences().await, Vec::new());
}

#[tokio::test]
async fn what_is_refused_for_ever_moves_nothing() {
    let world = World::new().await;
    let by_hand = |kind: &str, lines: u8| {
        format!(
            "INSERT INTO ledger_transfers (id, reference, kind, lines, occurred_at)
             VALUES (:new, 'by-hand', '{kind}', {lines}, '2026-01-15T12:00:00Z')"
        )
    };
    for (kind, lines) in [("refusal", 2), ("refusal", 1), ("topup", 0)] {
        assert_eq!(world.attack(&by_hand(kind, lines)).await.as_deref(), Some(CHECK), "{kind} of {lines}");
    }
    let reference = Reference::parse("by-hand").unwrap();
    assert_eq!(world.ledger.refuse(&reference).await.unwrap(), Refusal::Refused);
    let posted = postings(&[(":asha", 500), (":house", -500)]);
    assert_eq!(world.attack(&posted).await.as_deref(), Some(FOREIGN_KEY), "it has no lines");
    assert_eq!(world.attack(&format!("{TRANSFER}; {posted}")).await.as_deref(), Some(UNIQUE));
    assert_eq!(world.attack("DELETE FROM ledger_transfers WHERE lines = 0").await.as_deref(), Some(DENIED));
    assert_eq!(world.differences().await, Vec::new(), "and the books agree");
}

#[tokio::test]
async fn a_transfer_by_hand_obeys_the_rules_of_its_kind() {
    let world = World::new().await;
    let into =
        "INSERT INTO ledger_transfers (id, reference, kind, source, purpose, corrects, lines, occurred_at)";
    for (values, refusal) in [
        ("(:new, 'x', 'spend', NULL, 'groceries', NULL, 2, now())", CHECK),
        ("(:new, 'x', 'spend', NULL, NULL, NULL, 2, now())", CHECK),
        ("(:new, 'x', 'gift', 'self', NULL, NULL, 2, now())", CHECK),
        ("(:new, 'x', 'topup', 'lottery', NULL, NULL, 2, now())", CHECK),
        ("(:new, 'x', 'topup', NULL, NULL, NULL, 2, now())", CHECK),
        ("(:new, 'x', 'refund', NULL, NULL, NULL, 2, now())", CHECK),
        ("(:new, 'x', 'refund', NULL, NULL, :asha, 2, now())", FOREIGN_KEY),
        ("(:new, 'x', 'refund', NULL, NULL, :new, 2, now())", CHECK),
        ("(:new, 'x', 'topup', 'self', NULL, NULL, 1, now())", CHECK),
        ("(:new, '', 'topup', 'self', NULL, NULL, 2, now())", CHECK),
        ("(:new, NULL, 'topup', 'self', NULL, NULL, 2, now())", NOT_NULL),
        ("(:new, 'topup', 'topup', 'self', NULL, NULL, 2, now())", UNIQUE),
    ] {
        let refused = world.attack(&format!("{into} VALUES {values}")).await;
        assert_eq!(refused.as_deref(), Some(refusal), "{values}");
    }
    let spending = "(SELECT id FROM ledger_transfers WHERE reference = 'spend')";
    for (what, kind, of, amount) in [
        ("more than was spent", "refund", spending, 3_001),
        ("a refund that takes away", "refund", spending, -1),
        ("a refund of a load", "refund", ":topup", -1),
        ("more than was loaded", "reversal", ":topup", -10_001),
        ("the wrong way round", "reversal", ":topup", 1),
    ] {
        let refund = format!("{into} VALUES (:new, 'by-hand', '{kind}', NULL, NULL, {of}, 2, now())");
        let refused =
            world.attack(&format!("{refund}; {}", postings(&[(":asha", amount), (":house", -amount)]))).await;
        assert_eq!(refused.as_deref(), Some(CHECK), "{what}");
    }
    assert_eq!(world.differences().await, Vec::new());
}

#[tokio::test]
async fn shadow_tables_deceive_nobody() {
    let world = World::new().await;
    let shadow = "CREATE TEMP TABLE ledger_postings (transfer_id uuid, amount bigint, balance_after bigint) ON COMMIT DROP;
         INSERT INTO pg_temp.ledger_postings
         SELECT id, 0, NULL FROM ledger_transfers, generate_series(1, 2) WHERE reference = 'by-hand'";
    assert_eq!(world.attack(&format!("{TRANSFER}; {shadow}")).await.as_deref(), Some(CHECK));
}

#[tokio::test]
async fn even_the_owner_is_refused_and_what_is_forced_is_found() {
    let world = World::new().await;
    for attack in [
        "UPDATE ledger_transfers SET reference = 'x'",
        "DELETE FROM ledger_postings",
        "TRUNCATE ledger_accounts CASCADE",
    ] {
        let error = world.owner.execute_unprepared(attack).await.unwrap_err();
        assert_eq!(sqlstate(&error), "23001", "{attack}");
    }
    assert_eq!(world.differences().await, Vec::new());
    type Found = fn(&Difference) -> bool;
    let sabotage: [(&str, &str, Found); 7] = [
        (
            "UPDATE wallet_balances SET balance = balance + 1 WHERE account_id = :asha",
            "UPDATE wallet_balances SET balance = balance - 1 WHERE account_id = :asha",
            |found| matches!(found, Difference::Balance { kept, summed, .. } if kept.get() == summed.get() + 1),
        ),
        (
            "UPDATE wallet_balances SET loaded = 0 WHERE account_id = :asha",
            "UPDATE wallet_balances SET loaded = 10000 WHERE account_id = :asha",
            |found| matches!(found, Difference::MonthLoad { summed, .. } if summed.get() == 10_000),
        ),
        (
            "UPDATE ledger_postings SET amount = -9999 WHERE transfer_id = :topup AND line = 2",
            "UPDATE ledger_postings SET amount = -10000 WHERE transfer_id = :topup AND line = 2",
            |found| matches!(found, Difference::Unbalanced { sum, postings: 2, .. } if sum.get() == 1),
        ),
        (
            "UPDATE ledger_postings SET balance_after = 1 WHERE transfer_id = :topup AND line = 1",
            "UPDATE ledger_postings SET balance_after = 10000 WHERE transfer_id = :topup AND line = 1",
            |found| matches!(found, Difference::Chain { position: 1 | 2, .. }),
        ),
        (
            "UPDATE ledger_postings SET purpose = 'hospitalisation' WHERE kind = 'spend' AND line = 1",
            "UPDATE ledger_postings SET purpose = 'pharmacy' WHERE kind = 'spend' AND line = 1",
            |found| matches!(found, Difference::Orphan { .. }),
        ),
        (
            "UPDATE ledger_postings SET transfer_id = :asha WHERE transfer_id = :topup AND line = 2",
            "UPDATE ledger_postings SET transfer_id = :topup WHERE transfer_id = :asha",
            |found| matches!(found, Difference::Orphan { .. } | Difference::Unbalanced { postings: 1, .. }),
        ),
        (
            "UPDATE wallets SET user_id = :topup WHERE user_id = :asha",
            "UPDATE wallets SET user_id = :asha WHERE user_id = :topup",
            |found| matches!(found, Difference::NoAccount { .. }),
        ),
    ];
    for (change, undo, found) in sabotage {
        world.force(change).await;
        let differences = world.differences().await;
        assert!(!differences.is_empty() && differences.iter().all(found), "{change}: {differences:?}");
        world.force(undo).await;
        assert_eq!(world.differences().await, Vec::new(), "{undo}");
    }
    world.force("DELETE FROM ledger_postings WHERE kind = 'spend'").await;
    let differences = world.differences().await;
    let is_there = |wanted: Found| differences.iter().any(wanted);
    assert!(is_there(|found| matches!(found, Difference::Balance { .. })), "{differences:?}");
    assert!(is_there(|found| matches!(found, Difference::Unbalanced { postings: 0, .. })), "{differences:?}");
    assert!(is_there(|found| matches!(found, Difference::Chain { .. })), "{differences:?}");
}

#[tokio::test]
async fn news_goes_with_the_booking_and_only_with_it() {
    let world = World::new().await;
    let waiting = "SELECT count(*) AS number FROM graphile_worker._private_jobs";
    let before = world.number(waiting).await;
    assert_eq!(before, 4, "requested, opened, credited, spent");
    assert!(world.ledger.spend(&spend(world.asha, "too-much", 100)).await.is_err());
    world.ledger.credit(&credit(world.asha, "topup", 100)).await.unwrap();
    assert!(world.ledger.credit(&credit(world.asha, "topup", 101)).await.is_err());
    assert_eq!(world.number(waiting).await, before, "refused and repeated bookings tell nothing");
    let reference = Reference::parse("refund").unwrap();
    let spend = Reference::parse("spend").unwrap();
    let (user_id, amount) = (world.asha, Paise::rupees(10));
    world.ledger.refund_to_wallet(&Refund { user_id, spend, amount, reference, order: None }).await.unwrap();
    assert_eq!(world.number(waiting).await, before + 1);

    let statement = Statement::from_string(
        DbBackend::Postgres,
        "SELECT payload->>'topic' AS topic, payload->'news'->'event' AS event
           FROM graphile_worker._private_jobs ORDER BY id DESC LIMIT 1",
    );
    let row = world.owner.query_one_raw(statement).await.unwrap().unwrap();
    assert_eq!(row.try_get::<String>("", "topic").unwrap(), "wallet");
    let event: serde_json::Value = row.try_get("", "event").unwrap();
    let event: Event = serde_json::from_value(event).unwrap();
    assert!(
        matches!(event, Event::WalletRefunded { amount_paise, .. } if amount_paise == amount),
        "{event:?}"
    );
}

#[tokio::test]
async fn another_wallets_money_is_out_of_reach() {
    let world = World::new().await;
    let ravi = UserId::generate(&world.env);
    let refund = Refund {
        user_id: ravi,
        spend: Reference::parse("spend").unwrap(),
        amount: Paise::rupees(1),
        reference: Reference::parse("steal").unwrap(),
        order: None,
    };
    assert!(world.ledger.refund_to_wallet(&refund).await.is_err());
    assert!(world.ledger.spend(&spend(ravi, "steal", 1)).await.is_err());
    let call = |user: &str| {
        format!(
            "SELECT answer FROM ledger_move(:new, {user}, 'steal', 'refund', 100, 'health_payouts', NULL, NULL, NULL,
                 (SELECT id FROM ledger_transfers WHERE reference = 'spend'), now(), NULL, NULL, NULL, NULL, '{{}}')"
        )
    };
    world
        .owner
        .execute_unprepared(&format!("INSERT INTO ledger_accounts (id, opened_at) VALUES ('{ravi}', now())"))
        .await
        .unwrap();
    let statement = Statement::from_string(DbBackend::Postgres, world.named(&call(&format!("'{ravi}'"))));
    let row = world.postgres.pool().query_one_raw(statement).await.unwrap().unwrap();
    assert_eq!(row.try_get::<String>("", "answer").unwrap(), "over_corrected");
}
