//! How soon a program is ready.

use crate::{Failure, plan::Plan, site::Site};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    net::SocketAddr,
    process::Stdio,
    time::{Duration, Instant},
};
use tests::harness::program::{command, free_address};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// How long any program may take.
const WITHIN: Duration = Duration::from_secs(90);

/// From the start of a process to its first good answer, in milliseconds.
#[derive(Debug, Default)]
pub struct Started {
    /// `aarokya serve` over a migrated database, a start each.
    pub serve_ms: Vec<f64>,
    /// `aarokya sandbox` in an empty folder.
    pub sandbox_first_ms: f64,
    /// `aarokya sandbox` in the folder of an earlier one.
    pub sandbox_again_ms: f64,
}

/// Starts each program and ends it again.
///
/// # Errors
/// When one does not start.
pub async fn measure(plan: &Plan, site: &Site) -> Result<Started, Failure> {
    let mut started = Started::default();
    for _ in 0..plan.rounds.max(1) {
        started.serve_ms.push(ready(&["serve"], &site.variables, free_address()).await?);
    }
    let folder = site.file("sandbox").to_string_lossy().into_owned();
    for first in [true, false] {
        let address = free_address();
        let listen = address.to_string();
        let took = ready(&["sandbox", "--listen", &listen, "--folder", &folder], &[], address).await?;
        *(if first { &mut started.sandbox_first_ms } else { &mut started.sandbox_again_ms }) = took;
    }
    Ok(started)
}

async fn ready(words: &[&str], variables: &[(String, String)], address: SocketAddr) -> Result<f64, Failure> {
    let mut variables = variables.to_vec();
    variables.push(("AAROKYA_LISTEN".to_owned(), address.to_string()));
    let mut command = command(words, &variables);
    let begun = Instant::now();
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    answers(address, "/health/ready").await?;
    let took = begun.elapsed();
    let pid = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    kill_process(pid.ok_or("it ended by itself")?, Signal::TERM)?;
    child.wait().await?;
    Ok(took.as_secs_f64() * 1e3)
}

/// Waits until `path` is answered with 200.
///
/// # Errors
/// When that does not come.
pub async fn answers(address: SocketAddr, path: &str) -> Result<(), Failure> {
    let mut pauses = tokio::time::interval(Duration::from_millis(2));
    let asking = async {
        loop {
            pauses.tick().await;
            if ask(address, path).await.is_some_and(|answer| answer.starts_with("HTTP/1.1 200")) {
                return;
            }
        }
    };
    Ok(tokio::time::timeout(WITHIN, asking).await?)
}

async fn ask(address: SocketAddr, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(address).await.ok()?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.ok()?;
    Some(answer)
}
