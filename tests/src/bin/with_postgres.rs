//! Runs a command beside a temporary PostgreSQL: `with-postgres cargo test`.
//!
//! The command finds the server's address in `TEST_DATABASE_URL`. When that is set already nothing is started.
//! Signals are passed on, the command's exit code is ours, and nothing is left behind.

use postgres::cluster::{Cluster, ClusterSettings};
use rustix::process::{Pid, Signal, kill_process};
use std::{env, ffi::OsString, os::unix::process::ExitStatusExt as _, process::ExitCode};
use tokio::{
    process::{Child, Command},
    signal::unix::{SignalKind, signal},
};

const ADDRESS: &str = "TEST_DATABASE_URL";

/// What a shell answers when it cannot run a command.
const CANNOT_RUN: u8 = 127;

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let mut words = env::args_os().skip(1);
    let Some(program) = words.next() else {
        return complain("usage: with-postgres COMMAND [ARGUMENT…]");
    };
    let mut command = Command::new(program);
    command.args(words);
    let outcome = match env::var_os(ADDRESS).filter(|address| !address.is_empty()) {
        Some(_) => run(command).await,
        None => run_beside_cluster(command).await,
    };
    outcome.unwrap_or_else(|error| complain(&format!("with-postgres: {}", with_causes(error.as_ref()))))
}

async fn run_beside_cluster(mut command: Command) -> Result<ExitCode, Failure> {
    let cluster = Cluster::start(ClusterSettings::temporary()).await?;
    command.env(ADDRESS, OsString::from(cluster.url("postgres")));
    let outcome = run(command).await;
    cluster.stop().await?;
    outcome
}

/// Runs the command to its end, however often it is asked to end.
async fn run(mut command: Command) -> Result<ExitCode, Failure> {
    // Listened to before the command starts, so that no signal ends this program and leaves the command.
    let mut hangup = signal(SignalKind::hangup())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut quit = signal(SignalKind::quit())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut child = command.spawn()?;
    let status = loop {
        tokio::select! {
            status = child.wait() => break status?,
            _ = hangup.recv() => pass_on(&child, Signal::HUP),
            _ = interrupt.recv() => pass_on(&child, Signal::INT),
            _ = quit.recv() => pass_on(&child, Signal::QUIT),
            _ = terminate.recv() => pass_on(&child, Signal::TERM),
        }
    };
    // As a shell answers for a command that a signal ended.
    let code = status.code().or_else(|| Some(128 + status.signal()?));
    Ok(code.and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from))
}

fn pass_on(child: &Child, signal: Signal) {
    let pid = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    if let Some(pid) = pid
        && let Err(error) = kill_process(pid, signal)
    {
        complain(&format!("with-postgres: the command could not be signalled: {error}"));
    }
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |error| error.source());
    causes.fold(error.to_string(), |told, cause| format!("{told}: {cause}"))
}

#[expect(clippy::print_stderr, reason = "a program of the command line says what is wrong on stderr")]
fn complain(what: &str) -> ExitCode {
    eprintln!("{what}");
    ExitCode::from(CANNOT_RUN)
}
