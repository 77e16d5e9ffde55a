//! The private cluster on installed servers: it starts, keeps what it should, and survives what befalls programs.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use postgres::cluster::{Cluster, ClusterError, ClusterSettings, OWNER};
use rustix::process::{Pid, Signal, kill_process};
use sea_orm::{
    ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, DbBackend, DbErr, Statement,
};
use std::{
    fs,
    io::{BufRead as _, BufReader},
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};
use tempfile::TempDir;

/// Tells the program inside this test file, which is this test file run again, where to hold a cluster.
const HELD_FOLDER: &str = "AAROKYA_TEST_HELD_FOLDER";

fn folder() -> TempDir {
    let folder = tempfile::Builder::new().prefix("aarokya-cluster-test-").tempdir_in("/tmp").unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

fn kept_in(folder: &Path) -> ClusterSettings {
    ClusterSettings { durable: false, ..ClusterSettings::kept(folder) }
}

async fn open(url: &str) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    Database::connect(options).await
}

async fn ask(url: &str, question: &str) -> String {
    let db = open(url).await.unwrap();
    let row = db.query_one_raw(Statement::from_string(DbBackend::Postgres, question)).await.unwrap().unwrap();
    db.close().await.unwrap();
    row.try_get_by_index(0).unwrap()
}

async fn tell(url: &str, statement: &str) {
    let db = open(url).await.unwrap();
    db.execute_unprepared(statement).await.unwrap();
    db.close().await.unwrap();
}

async fn write_name(cluster: &Cluster) {
    tell(&cluster.url("postgres"), "CREATE TABLE people AS SELECT 'Asha'::text AS name").await;
}

async fn read_name(cluster: &Cluster) -> String {
    ask(&cluster.url("postgres"), "SELECT name FROM people").await
}

fn server_pid(cluster_folder: &Path) -> Pid {
    let file = fs::read_to_string(cluster_folder.join("data/postmaster.pid")).unwrap();
    Pid::from_raw(file.lines().next().unwrap().parse().unwrap()).unwrap()
}

/// A folder of programs that say they are PostgreSQL and do what `initdb` tells.
fn pretended(folder: &Path, version: &str, initdb: &str) -> PathBuf {
    let programs = folder.join("programs");
    fs::create_dir(&programs).unwrap();
    let answers = format!("echo 'postgres (PostgreSQL) {version}'");
    for (name, does) in [("postgres", answers.as_str()), ("initdb", initdb), ("pg_ctl", "exit 1")] {
        let path = programs.join(name);
        fs::write(&path, format!("#!/bin/sh\n{does}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    programs
}

#[tokio::test]
async fn a_temporary_cluster_answers_on_its_socket_alone_and_leaves_nothing() {
    let cluster = Cluster::start(ClusterSettings::temporary()).await.unwrap();
    let (url, place) = (cluster.url("postgres"), cluster.folder().to_owned());
    assert_eq!(ask(&url, "SHOW listen_addresses").await, "");
    assert_eq!(ask(&url, "SELECT current_user::text").await, OWNER);
    assert_eq!(ask(&url, "SELECT inet_server_addr()::text IS NULL || ''").await, "true");
    assert_eq!(ask(&url, "SHOW server_encoding").await, "UTF8");
    assert_eq!(ask(&url, "SHOW timezone").await, "UTC");
    assert_eq!(ask(&url, "SHOW data_checksums").await, "on");
    let pid = server_pid(&place);
    cluster.stop().await.unwrap();
    assert!(!place.exists());
    assert!(kill_process(pid, Signal::CONT).is_err(), "the server is gone");
}

#[tokio::test]
async fn a_server_that_keeps_its_log_to_itself_starts_and_stops_like_any_other() {
    let quiet = [("logging_collector", "on"), ("log_directory", "log"), ("log_filename", "own.log")];
    let server = quiet.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let cluster = Cluster::start(ClusterSettings { server, ..ClusterSettings::temporary() }).await.unwrap();
    let (place, pid) = (cluster.folder().to_owned(), server_pid(cluster.folder()));
    let told = fs::read_to_string(place.join("data/log/own.log")).unwrap();
    assert!(told.contains("database system is ready"), "{told}");
    assert_eq!(ask(&cluster.url("postgres"), "SHOW logging_collector").await, "on");
    cluster.stop().await.unwrap();
    assert!(!place.exists());
    assert!(kill_process(pid, Signal::CONT).is_err(), "the server is gone");
}

#[tokio::test]
async fn a_dropped_cluster_is_stopped_and_removed() {
    let cluster = Cluster::start(ClusterSettings::temporary()).await.unwrap();
    let (place, pid) = (cluster.folder().to_owned(), server_pid(cluster.folder()));
    drop(cluster);
    assert!(!place.exists());
    assert!(kill_process(pid, Signal::CONT).is_err(), "the server is gone");
}

#[tokio::test]
async fn kept_data_is_there_again_and_databases_are_made_once() {
    let folder = folder();
    let asked = folder.path().join("deep/down");
    let cluster = Cluster::start(kept_in(&asked)).await.unwrap();
    assert_eq!(cluster.folder(), asked);
    assert_eq!(cluster.moved(), None);
    let url = cluster.ensure_database("a \"name\"").await.unwrap();
    tell(&url, "CREATE TABLE t ()").await;
    cluster.stop().await.unwrap();

    let again = Cluster::start(kept_in(&asked)).await.unwrap();
    let url = again.ensure_database("a \"name\"").await.unwrap();
    assert_eq!(ask(&url, "SELECT 't'::regclass::text").await, "t");
    again.stop().await.unwrap();
}

#[tokio::test]
async fn only_the_owners_role_comes_in() {
    let cluster = Cluster::start(ClusterSettings::temporary()).await.unwrap();
    tell(&cluster.url("postgres"), "CREATE ROLE intruder SUPERUSER LOGIN").await;
    let url = cluster.url("postgres").replace(OWNER, "intruder");
    assert!(open(&url).await.is_err());
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn as_root_the_server_is_nobody_of_rank() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let cluster = Cluster::start(ClusterSettings::temporary()).await.unwrap();
    let status = format!("/proc/{}/status", server_pid(cluster.folder()).as_raw_nonzero());
    let status = fs::read_to_string(status).unwrap();
    let line = |name: &str| status.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
    assert!(!line("Uid:").split_whitespace().any(|id| id == "0"), "{status}");
    assert!(!line("Gid:").split_whitespace().any(|id| id == "0"), "{status}");
    assert_eq!(line("Groups:").split_whitespace().count(), 1, "root's groups are dropped");
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_second_program_is_told_who_has_the_folder() {
    let folder = folder();
    let first = Cluster::start(kept_in(folder.path())).await.unwrap();
    let refusal = Cluster::start(kept_in(folder.path())).await.unwrap_err();
    assert!(
        matches!(&refusal, ClusterError::InUse { holder, .. } if *holder == std::process::id().to_string())
    );
    assert_eq!(ask(&first.url("postgres"), "SELECT 'unharmed'").await, "unharmed");
    first.stop().await.unwrap();
}

#[tokio::test]
async fn a_server_that_was_killed_recovers() {
    let folder = folder();
    let durable = ClusterSettings::kept(folder.path());
    let cluster = Cluster::start(durable.clone()).await.unwrap();
    write_name(&cluster).await;
    kill_process(server_pid(folder.path()), Signal::KILL).unwrap();
    drop(cluster);
    assert!(folder.path().join("data/postmaster.pid").exists(), "a stale pid file is left");
    let again = Cluster::start(durable).await.unwrap();
    assert_eq!(read_name(&again).await, "Asha");
    again.stop().await.unwrap();
}

#[tokio::test]
async fn a_stale_pid_file_that_names_another_process_does_no_harm() {
    let folder = folder();
    let durable = ClusterSettings::kept(folder.path());
    let cluster = Cluster::start(durable.clone()).await.unwrap();
    write_name(&cluster).await;
    kill_process(server_pid(folder.path()), Signal::KILL).unwrap();
    drop(cluster);
    let pid_file = folder.path().join("data/postmaster.pid");
    let stale = fs::read_to_string(&pid_file).unwrap();
    let (_, rest) = stale.split_once('\n').unwrap();
    fs::write(&pid_file, format!("{}\n{rest}", std::process::id())).unwrap();
    let again = Cluster::start(durable.clone()).await.unwrap();
    assert_eq!(read_name(&again).await, "Asha");
    again.stop().await.unwrap();
}

/// Not a test: the program that the next one kills.
#[tokio::test]
#[ignore = "run by another test"]
async fn holds_a_cluster_until_killed() {
    let folder = PathBuf::from(std::env::var_os(HELD_FOLDER).unwrap());
    let cluster = Cluster::start(ClusterSettings::kept(folder)).await.unwrap();
    write_name(&cluster).await;
    println!("held");
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn a_program_that_was_killed_takes_its_server_along_or_the_next_one_does() {
    let folder = folder();
    let mut program = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "holds_a_cluster_until_killed", "--nocapture"])
        .env(HELD_FOLDER, folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(program.stdout.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.contains("held")), "the other program holds the cluster");
    let refusal = Cluster::start(kept_in(folder.path())).await.unwrap_err();
    assert!(matches!(refusal, ClusterError::InUse { .. }), "{refusal}");
    program.kill().unwrap();
    program.wait().unwrap();
    // The server may be stopping, running on, or gone: all are well.
    let cluster = Cluster::start(kept_in(folder.path())).await.unwrap();
    assert_eq!(read_name(&cluster).await, "Asha");
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn an_interrupted_first_start_is_made_anew() {
    let folder = folder();
    let cluster = Cluster::start(kept_in(folder.path())).await.unwrap();
    cluster.stop().await.unwrap();
    fs::rename(folder.path().join("data"), folder.path().join("data.new")).unwrap();
    fs::remove_file(folder.path().join("data.new/PG_VERSION")).unwrap();
    let again = Cluster::start(kept_in(folder.path())).await.unwrap();
    assert_eq!(ask(&again.url("postgres"), "SELECT 'well'").await, "well");
    assert!(!folder.path().join("data.new").exists());
    again.stop().await.unwrap();
}

#[tokio::test]
async fn a_path_too_long_for_a_socket_leads_elsewhere_and_back_again() {
    let folder = folder();
    let long = folder.path().join("l".repeat(100));
    let cluster = Cluster::start(kept_in(&long)).await.unwrap();
    let elsewhere = cluster.folder().to_owned();
    assert!(cluster.moved().unwrap().contains("too long for a socket"), "{:?}", cluster.moved());
    assert_eq!(fs::canonicalize(&long).unwrap(), elsewhere);
    write_name(&cluster).await;
    cluster.stop().await.unwrap();

    let again = Cluster::start(kept_in(&long)).await.unwrap();
    assert_eq!(again.folder(), elsewhere);
    assert_eq!(read_name(&again).await, "Asha");
    again.stop().await.unwrap();
    fs::remove_dir_all(elsewhere).unwrap();

    // Somebody removed what the link points to: there is nothing to lose, so it starts anew.
    let anew = Cluster::start(kept_in(&long)).await.unwrap();
    assert_eq!(ask(&anew.url("postgres"), "SELECT 'new'").await, "new");
    let elsewhere = anew.folder().to_owned();
    anew.stop().await.unwrap();
    fs::remove_dir_all(elsewhere).unwrap();
}

#[tokio::test]
async fn a_folder_closed_to_the_servers_user_leads_elsewhere_until_it_holds_data() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let folder = folder();
    let closed = folder.path().join("root");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).unwrap();
    let cluster = Cluster::start(kept_in(&closed.join("data"))).await.unwrap();
    let elsewhere = cluster.folder().to_owned();
    assert!(cluster.moved().unwrap().contains("is closed to the server's unprivileged user"));
    cluster.stop().await.unwrap();
    fs::remove_dir_all(elsewhere).unwrap();

    let open = folder.path().join("open");
    let cluster = Cluster::start(kept_in(&open.join("data"))).await.unwrap();
    cluster.stop().await.unwrap();
    fs::set_permissions(&open, fs::Permissions::from_mode(0o700)).unwrap();
    let refusal = Cluster::start(kept_in(&open.join("data"))).await.unwrap_err();
    assert!(matches!(refusal, ClusterError::OutOfReach { .. }), "{refusal}");
    assert!(open.join("data/data/PG_VERSION").exists());
}

#[tokio::test]
async fn data_of_another_major_version_is_left_alone() {
    let folder = folder();
    let cluster = Cluster::start(kept_in(folder.path())).await.unwrap();
    cluster.stop().await.unwrap();
    fs::write(folder.path().join("data/PG_VERSION"), "14\n").unwrap();
    let refusal = Cluster::start(kept_in(folder.path())).await.unwrap_err().to_string();
    assert!(refusal.contains("was made by PostgreSQL 14"), "{refusal}");
    assert!(refusal.contains("nothing was changed"), "{refusal}");
    assert!(folder.path().join("data/base").exists());
}

#[tokio::test]
async fn a_full_disk_is_named() {
    let folder = folder();
    let full = "echo 'initdb: error: could not write file: No space left on device' >&2; exit 1";
    let programs = pretended(folder.path(), "15.18", full);
    let settings = ClusterSettings { binaries: Some(programs), ..kept_in(&folder.path().join("data")) };
    let refusal = Cluster::start(settings).await.unwrap_err();
    assert!(matches!(refusal, ClusterError::DiskFull { .. }), "{refusal}");
    assert!(refusal.to_string().contains("free some"), "{refusal}");
}

#[tokio::test]
async fn missing_and_old_servers_are_named_with_what_to_do() {
    let folder = folder();
    let none =
        ClusterSettings { binaries: Some(folder.path().join("none")), ..kept_in(&folder.path().join("a")) };
    let refusal = Cluster::start(none).await.unwrap_err();
    assert!(matches!(refusal, ClusterError::NoServer { .. }), "{refusal}");
    assert!(refusal.to_string().contains("make setup"), "{refusal}");
    let old = pretended(folder.path(), "13.9", "exit 1");
    let old = ClusterSettings { binaries: Some(old), ..kept_in(&folder.path().join("b")) };
    let refusal = Cluster::start(old).await.unwrap_err();
    assert!(matches!(refusal, ClusterError::TooOld { newest: 13 }), "{refusal}");
}

#[tokio::test]
async fn what_a_failing_server_said_is_told() {
    let folder = folder();
    let programs = pretended(folder.path(), "15.18", "echo 'initdb: error: the moon is full' >&2; exit 1");
    let settings = ClusterSettings { binaries: Some(programs), ..kept_in(&folder.path().join("data")) };
    let refusal = Cluster::start(settings).await.unwrap_err().to_string();
    assert!(refusal.contains("could not make the database"), "{refusal}");
    assert!(refusal.contains("the moon is full"), "{refusal}");
}

#[tokio::test]
async fn programs_shipped_by_a_package_manager_are_used_from_their_folder() {
    let installed = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().filter_map(Result::ok).next();
    let Some(installed) = installed else { return };
    let folder = folder();
    let shipped = folder.path().join("native");
    fs::create_dir(&shipped).unwrap();
    symlink(installed.path().join("bin"), shipped.join("bin")).unwrap();
    let settings = ClusterSettings { binaries: Some(shipped), ..ClusterSettings::temporary() };
    let Ok(cluster) = Cluster::start(settings).await else { return };
    assert_eq!(ask(&cluster.url("postgres"), "SELECT 'well'").await, "well");
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn no_row_of_anybody_reaches_the_log() {
    let folder = folder();
    let cluster = Cluster::start(kept_in(folder.path())).await.unwrap();
    let db = open(&cluster.url("postgres")).await.unwrap();
    db.execute_unprepared("CREATE TABLE people (phone text PRIMARY KEY)").await.unwrap();
    db.execute_unprepared("INSERT INTO people VALUES ('+919876543210')").await.unwrap();
    assert!(db.execute_unprepared("INSERT INTO people VALUES ('+919876543210')").await.is_err());
    db.close().await.unwrap();
    cluster.stop().await.unwrap();
    let log = fs::read_to_string(folder.path().join("server.log")).unwrap();
    assert!(log.contains("duplicate key"), "{log}");
    assert!(!log.contains("9876543210"), "{log}");
}

#[tokio::test]
async fn a_failed_start_leaves_no_temporary_folder() {
    let folder = folder();
    let programs = pretended(folder.path(), "15.18", "exit 1");
    let settings = ClusterSettings { binaries: Some(programs), ..ClusterSettings::temporary() };
    let ClusterError::Failed { folder: place, .. } = Cluster::start(settings).await.unwrap_err() else {
        panic!("the pretended initdb fails");
    };
    assert!(!place.exists());
}
