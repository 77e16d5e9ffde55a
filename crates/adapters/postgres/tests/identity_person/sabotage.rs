//! The audit log against people who may do anything in the database: the application's role is refused, the
//! owner is stopped by triggers, and an owner who takes the triggers away is found out by the check.

use super::world::PgWorld;
use audit::{Finding, contract::seal_keys, ports::AuditLog as _};
use identity::{AuditEvent, Origin, ports::AuditTrail as _};
use kernel::UserId;
use sea_orm::{ConnectionTrait as _, TransactionTrait as _};

const TABLES: [&str; 4] = ["audit_events", "audit_heads", "audit_checkpoints", "audit_checkpoint_chains"];

impl PgWorld {
    /// Runs SQL as the owner who has taken every trigger away.
    async fn without_triggers(&self, sql: &str) {
        for table in TABLES {
            self.as_owner(&format!("ALTER TABLE {table} DISABLE TRIGGER USER")).await;
        }
        self.as_owner(sql).await;
        for table in TABLES {
            self.as_owner(&format!("ALTER TABLE {table} ENABLE TRIGGER USER")).await;
        }
    }

    async fn seal(&self) {
        self.audit.checkpoint(self.env.now(), &seal_keys(1), 100).await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn the_application_can_append_and_nothing_else() {
    let world = PgWorld::new().await;
    let subject = world.audited_person(2).await;
    world.seal().await;
    for sql in [
        "UPDATE audit_events SET actor = 'system'",
        "DELETE FROM audit_events",
        "TRUNCATE audit_events",
        "INSERT INTO audit_events SELECT * FROM audit_events",
        "UPDATE audit_heads SET length = length + 1",
        "DELETE FROM audit_heads",
        "INSERT INTO audit_heads SELECT * FROM audit_heads",
        "UPDATE audit_checkpoints SET chains = 9",
        "DELETE FROM audit_checkpoints",
        "DELETE FROM audit_checkpoint_chains",
        "TRUNCATE audit_checkpoints, audit_checkpoint_chains",
        "ALTER TABLE audit_events DISABLE TRIGGER USER",
        "DROP FUNCTION audit_append(uuid, text, text, uuid, timestamptz, text, text, jsonb)",
        "UPDATE consents SET purpose = 'offers'",
        "DELETE FROM consents",
    ] {
        let refused = world.refusal(sql).await;
        assert!(refused.contains("42501"), "{sql}: {refused}");
    }
    assert_eq!(world.findings().await, []);
    assert_eq!(world.audit.page(subject, kernel::Limit::DEFAULT, None).await.unwrap().rows.len(), 2);
}

#[tokio::test]
async fn the_owner_is_stopped_by_triggers() {
    let world = PgWorld::new().await;
    world.audited_person(2).await;
    world.seal().await;
    for table in TABLES {
        let column = if table == "audit_checkpoints" { "root" } else { "hash" };
        let changes = [
            format!("UPDATE {table} SET {column} = {column}"),
            format!("DELETE FROM {table}"),
            format!("TRUNCATE {table} CASCADE"),
        ];
        for sql in changes {
            let refused = world.owner.execute_unprepared(&sql).await;
            assert!(refused.is_err(), "{sql}");
        }
    }
    assert_eq!(world.findings().await, []);
}

#[tokio::test]
async fn personal_data_has_no_way_in() {
    let world = PgWorld::new().await;
    let append = |detail: &str| {
        format!(
            "SELECT audit_append(gen_random_uuid(), 'system', 'signed_in', gen_random_uuid(), now(), NULL, NULL, \
             '{detail}'::jsonb)"
        )
    };
    for nested in ["[]", "{\"a\": {\"name\": \"Asha\"}}", "{\"a\": 1}"] {
        let refused = world.refusal(&append(nested)).await;
        assert!(refused.contains("23514"), "{nested}: {refused}");
    }
}

#[tokio::test]
async fn what_is_rolled_back_leaves_no_entry() {
    let world = PgWorld::new().await;
    let subject = world.audited_person(1).await;
    let transaction = world.postgres.pool().begin().await.unwrap();
    let sql = format!(
        "SELECT audit_append(gen_random_uuid(), 'system', 'signed_in', '{subject}', now(), NULL, NULL, '{{}}')"
    );
    transaction.execute_unprepared(&sql).await.unwrap();
    transaction.rollback().await.unwrap();
    let verification = world.audit.verify(&seal_keys(1)).await.unwrap();
    assert_eq!((verification.entries, verification.is_sound()), (1, true));
}

#[tokio::test]
async fn the_program_and_the_database_hash_alike() {
    let world = PgWorld::new().await;
    let subject = UserId::generate(&world.env);
    let origins = [
        Origin::default(),
        Origin { ip: "203.0.113.7".parse().ok(), request_id: None },
        Origin { ip: None, request_id: Some(String::new()) },
        Origin {
            ip: "::ffff:203.0.113.7".parse().ok(),
            request_id: Some("फ़ \"quoted\" \\ \u{1F600}".repeat(40)),
        },
    ];
    for action in identity::Action::ALL {
        for origin in &origins {
            let event = AuditEvent::own(&world.env, *action, subject, origin)
                .with("b", "two words")
                .with("a", subject)
                .with("aa", u64::MAX);
            world.trail.append(&event).await.unwrap();
        }
    }
    let verification = world.audit.verify(&seal_keys(1)).await.unwrap();
    assert!(verification.is_sound(), "{:?}", verification.findings);
    assert_eq!(verification.entries, 80);
}

#[tokio::test]
async fn a_changed_entry_is_found() {
    let world = PgWorld::new().await;
    for (column, value) in [
        ("actor", "'system'"),
        ("action", "'pin_set'"),
        ("at", "at + interval '1 microsecond'"),
        ("ip", "NULL"),
        ("request_id", "''"),
        ("detail", "detail || '{\"reason\": \"tess\"}'"),
        ("detail", "detail || '{\"more\": 1}'"),
        ("id", "gen_random_uuid()"),
        ("previous", "decode(repeat('01', 32), 'hex')"),
        ("hash", "decode(repeat('01', 32), 'hex')"),
    ] {
        let subject = world.audited_person(3).await;
        let before = world.findings().await.len();
        let sql =
            format!("UPDATE audit_events SET {column} = {value} WHERE subject = '{subject}' AND place = 2");
        world.without_triggers(&sql).await;
        let found = world.findings().await;
        assert!(found.contains(&Finding::EntryChanged { subject, place: 2 }), "{column}: {found:?}");
        assert!(found.len() > before);
    }
}

#[tokio::test]
async fn a_deleted_entry_is_found() {
    let world = PgWorld::new().await;
    let (middle, end, whole) =
        (world.audited_person(3).await, world.audited_person(3).await, world.audited_person(3).await);
    world
        .without_triggers(&format!(
            "DELETE FROM audit_events WHERE subject = '{middle}' AND place = 2;
             DELETE FROM audit_events WHERE subject = '{end}' AND place = 3;
             DELETE FROM audit_events WHERE subject = '{whole}'"
        ))
        .await;
    let found = world.findings().await;
    for finding in [
        Finding::EntryMissing { subject: middle, place: 2 },
        Finding::EndChanged { subject: end },
        Finding::ChainLost { subject: whole },
    ] {
        assert!(found.contains(&finding), "{finding} not in {found:?}");
    }
}

#[tokio::test]
async fn swapped_entries_are_found() {
    let world = PgWorld::new().await;
    let subject = world.audited_person(3).await;
    let (asha, ravi) = (world.audited_person(1).await, world.audited_person(1).await);
    world
        .without_triggers(&format!(
            "UPDATE audit_events SET place = 9 WHERE subject = '{subject}' AND place = 1;
             UPDATE audit_events SET place = 1 WHERE subject = '{subject}' AND place = 2;
             UPDATE audit_events SET place = 2 WHERE subject = '{subject}' AND place = 9;
             UPDATE audit_events SET place = 9, subject = '{ravi}' WHERE subject = '{asha}';
             UPDATE audit_events SET subject = '{asha}' WHERE subject = '{ravi}' AND place = 1;
             UPDATE audit_events SET place = 1 WHERE subject = '{ravi}'"
        ))
        .await;
    let found = world.findings().await;
    for (subject, place) in [(subject, 1), (subject, 2), (asha, 1), (ravi, 1)] {
        assert!(found.contains(&Finding::EntryChanged { subject, place }), "{subject} {place}: {found:?}");
    }
}

#[tokio::test]
async fn a_chain_that_disappears_with_all_its_traces_is_found_by_the_seal() {
    let world = PgWorld::new().await;
    let (kept, lost) = (world.audited_person(2).await, world.audited_person(2).await);
    world.seal().await;
    world.audited_person(1).await;
    world.seal().await;
    world
        .without_triggers(&format!(
            "DELETE FROM audit_events WHERE subject = '{lost}'; DELETE FROM audit_heads WHERE subject = '{lost}'"
        ))
        .await;
    assert_eq!(world.findings().await, [Finding::ChainLost { subject: lost }]);
    world.without_triggers(&format!("DELETE FROM audit_checkpoint_chains WHERE subject = '{lost}'")).await;
    assert_eq!(world.findings().await, [Finding::CheckpointChanged { number: 1 }]);
    world.without_triggers("UPDATE audit_checkpoints SET chains = chains - 1 WHERE number = 1").await;
    assert!(world.findings().await.contains(&Finding::CheckpointChanged { number: 1 }));
    assert!(world.audit.page(kept, kernel::Limit::DEFAULT, None).await.is_ok());
}

#[tokio::test]
async fn a_chain_rewritten_with_its_head_is_found_by_the_seal() {
    let world = PgWorld::new().await;
    let subject = world.audited_person(2).await;
    world.seal().await;
    world
        .without_triggers(&format!(
            "UPDATE audit_events SET actor = 'operator' WHERE subject = '{subject}' AND place = 2;
             UPDATE audit_events SET hash = audit_hash(previous, place, id, actor, action, subject, at, ip,
                                                       request_id, detail)
              WHERE subject = '{subject}';
             UPDATE audit_heads h SET hash = e.hash FROM audit_events e
              WHERE e.subject = h.subject AND e.place = h.length AND h.subject = '{subject}'"
        ))
        .await;
    assert_eq!(world.findings().await, [Finding::ChainLost { subject }]);
}

#[tokio::test]
async fn a_dropped_checkpoint_is_found_by_the_next() {
    let world = PgWorld::new().await;
    for _ in 0..3 {
        world.audited_person(1).await;
        world.seal().await;
    }
    world
        .without_triggers(
            "DELETE FROM audit_checkpoint_chains WHERE checkpoint = 2;
             DELETE FROM audit_checkpoints WHERE number = 2",
        )
        .await;
    assert_eq!(world.findings().await, [Finding::CheckpointChanged { number: 3 }]);
}
