//! Sealed columns, and master keys that change while people go on changing their profiles.

use super::world::PgWorld;
use futures::future::join_all;
use identity::{
    Action, AuditEvent, Change, Event, Origin, PersonName, Phone, ProfileFields, ProfilePatch,
    contract::World as _,
    ports::{ProfileChange, ProfileStore as _},
};
use kernel::{News, UserId};
use postgres::{Connection, Postgres, Rotation, vault::Vault};
use secrecy::SecretSlice;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};
use time::macros::date;

const PLANTED: [&str; 8] = [
    "Ashadevi",
    "Bhattacharya",
    "ashadevi@example.in",
    "1994-03-02",
    "female",
    "12 Mahatma Gandhi Road",
    "domestic_worker",
    "Kaveri Household",
];

fn everything() -> ProfilePatch {
    let [first_name, last_name, email, dob, gender, address, occupation, employer] =
        PLANTED.map(|text| Some(Some(text.to_owned())));
    let fields = ProfileFields { first_name, last_name, email, dob, gender, address, occupation, employer };
    ProfilePatch::parse(&fields, date!(2026 - 01 - 15)).unwrap()
}

fn change(world: &PgWorld, user_id: UserId, patch: ProfilePatch) -> ProfileChange {
    let env = &world.env;
    let event = Event::ProfileChanged { user_id, affects_eligibility: true };
    ProfileChange {
        user_id,
        patch,
        seen_pin: None,
        at: env.now(),
        audit: AuditEvent::own(env, Action::ProfileChanged, user_id, &Origin::default()),
        news: News { id: env.new_uuid(), at: env.now(), event },
    }
}

async fn people(world: &PgWorld, number: u32) -> Vec<UserId> {
    let mut people = Vec::new();
    for index in 0..number {
        let user_id = UserId::generate(&world.env);
        let phone = Phone::parse(&format!("98765{index:05}")).unwrap();
        world.add_person(user_id, &phone).await;
        let fact = change(world, user_id, everything());
        world.postgres.profiles().record_change(&fact).await.unwrap().unwrap();
        people.push(user_id);
    }
    people
}

/// The ports with the master keys of these versions, of which the last is in use, as an instance of its own would
/// have them.
async fn instance(world: &PgWorld, versions: &[u8]) -> Postgres {
    let masters =
        versions.iter().map(|v| (i16::from(*v), SecretSlice::from(vec![*v; 32]))).collect::<BTreeMap<_, _>>();
    let in_use = i16::from(*versions.last().unwrap());
    let vault = Vault::new(&masters, in_use, SecretSlice::from(vec![2; 32]), world.env.clone()).unwrap();
    let connection = Connection {
        url: world.database.url().to_owned(),
        connections_max: 4,
        acquire_timeout: Duration::from_secs(30),
        statement_timeout: Duration::from_secs(30),
        way: postgres::Way::Direct,
    };
    Postgres::new(connection.open().await.unwrap(), Arc::new(vault))
}

#[tokio::test]
async fn nothing_a_person_told_can_be_read_in_the_database() {
    let world = PgWorld::new().await;
    people(&world, 1).await;
    for table in ["users", "user_profiles", "audit_events", "graphile_worker._private_jobs"] {
        // A row as text shows bytea in hexadecimal, so each planted word is looked for in both forms.
        let sql = format!("SELECT coalesce(string_agg(lower(t::text), ' '), '') AS dump FROM {table} t");
        let dump: String = world.row(&sql, Vec::new()).await.try_get("", "dump").unwrap();
        assert!(!dump.is_empty());
        for planted in PLANTED.iter().chain(&["9876500000", "+919876500000"]) {
            let plain = planted.to_lowercase();
            let hex: String = planted.bytes().map(|byte| format!("{byte:02x}")).collect();
            assert!(!dump.contains(&plain) && !dump.contains(&hex), "{planted} in {table}");
        }
    }
}

#[tokio::test]
async fn a_value_copied_to_another_person_does_not_open() {
    let world = PgWorld::new().await;
    let people = people(&world, 2).await;
    let (asha, ravi) = (people[0], people[1]);
    world
        .as_owner(&format!(
            "UPDATE user_profiles t SET first_name = s.first_name, row_key = s.row_key
               FROM user_profiles s WHERE s.user_id = '{asha}' AND t.user_id = '{ravi}'"
        ))
        .await;
    let store = world.postgres.profiles();
    assert!(store.find(ravi).await.is_err());
    assert!(store.find(asha).await.is_ok());
}

#[tokio::test]
async fn master_keys_change_while_people_change_their_profiles() {
    let world = PgWorld::new().await;
    let people = people(&world, 30).await;
    let before = world
        .row("SELECT string_agg(address::text, '' ORDER BY user_id) AS sealed FROM user_profiles", vec![]);
    let before: String = before.await.try_get("", "sealed").unwrap();
    let both = instance(&world, &[1, 2]).await;
    let (old_store, new_store) = (world.postgres.profiles(), both.profiles());
    let rename = |user_id: UserId, name: &str| {
        let first_name = Change::Set(PersonName::stored(name.to_owned()));
        change(&world, user_id, ProfilePatch { first_name, ..ProfilePatch::default() })
    };
    let facts: Vec<_> = people.iter().map(|user_id| rename(*user_id, "Renamed")).collect();
    let changes = async {
        let changed = join_all(facts.iter().map(|fact| new_store.record_change(fact))).await;
        assert!(changed.into_iter().all(|changed| matches!(changed, Ok(Some(_)))));
    };
    let (rotations, ()) = futures::join!(both.rotate_keys(), changes);
    for Rotation { table, rewrapped, left } in rotations.unwrap() {
        let expected = if matches!(table, "users" | "user_profiles") { 30 } else { 0 };
        assert_eq!((rewrapped, left), (expected, 0), "{table}");
    }
    assert!(old_store.find(people[0]).await.is_err(), "an instance without the new key must get it first");
    let only_new = instance(&world, &[2]).await;
    for user_id in &people {
        let profile = only_new.profiles().find(*user_id).await.unwrap().unwrap();
        assert_eq!(profile.told.first_name.unwrap().expose(), "Renamed");
        assert_eq!(profile.told.address.unwrap().expose(), PLANTED[5]);
    }
    let after = world
        .row("SELECT string_agg(address::text, '' ORDER BY user_id) AS sealed FROM user_profiles", vec![]);
    assert_eq!(
        after.await.try_get::<String>("", "sealed").unwrap(),
        before,
        "sealed values were not touched"
    );
    assert!(both.rotate_keys().await.unwrap().iter().all(|rotation| rotation.rewrapped == 0));
}

#[tokio::test]
async fn a_row_whose_master_key_is_lost_stops_the_rotation_and_loses_nothing() {
    let world = PgWorld::new().await;
    people(&world, 1).await;
    assert!(instance(&world, &[2]).await.rotate_keys().await.is_err());
    assert!(instance(&world, &[1, 3]).await.rotate_keys().await.is_ok());
}

#[tokio::test]
async fn every_table_with_row_keys_is_rotated() {
    let world = PgWorld::new().await;
    let sql = "SELECT string_agg(table_name, ',') AS tables FROM information_schema.columns
                WHERE table_schema = 'public' AND column_name = 'row_key'";
    let tables: String = world.row(sql, Vec::new()).await.try_get("", "tables").unwrap();
    let sealed: BTreeSet<_> = tables.split(',').filter(|table| *table != "idempotency_keys").collect();
    assert_eq!(Postgres::sealed_tables().collect::<BTreeSet<_>>(), sealed);
}
