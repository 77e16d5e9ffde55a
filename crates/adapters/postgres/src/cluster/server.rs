//! Keeps one server process: starts it, hears what it says, stops it, and notices when it ends.

use rustix::{
    io::retry_on_intr,
    process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid},
};
use std::{
    collections::VecDeque,
    fs::{self, File, OpenOptions},
    io::{BufRead as _, BufReader, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::{Duration, Instant},
};

/// How a server that accepts connections ends its pid file, be they a standby's that only read. Its log tells the same,
/// but a server may be told to keep that to itself.
const READY: &str = "ready";

/// How often the pid file of a server that starts is looked into.
const LOOKED_AT_EVERY: Duration = Duration::from_millis(5);

/// How many of its last lines are told when it does not start.
const LAST_LINES: usize = 20;

/// How long a server that is cut off may take to end.
const CUT_OFF_TIMEOUT: Duration = Duration::from_secs(5);

/// Where the server's log is kept, and how much of it.
pub(super) struct Log {
    pub(super) file: PathBuf,
    pub(super) bytes_max: usize,
}

/// A running server.
#[derive(Debug)]
pub(super) struct Server {
    kept: Arc<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    // Taken out when it ended: as long as it is here its process id cannot name anybody else.
    child: Mutex<Option<Child>>,
    ended: Condvar,
}

impl Server {
    /// Starts `command`, a server over the data in `data`, and returns once it accepts connections; the error is its
    /// last words.
    ///
    /// A thread of its own starts the server and lives as long as it: the operating system ties a child that
    /// follows its parent to the thread that made it, and a pool's threads come and go.
    pub(super) fn start(command: Command, data: &Path, log: Log, timeout: Duration) -> Result<Self, String> {
        let Log { file: log, bytes_max } = log;
        let file = OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&log);
        let file = file.map_err(|error| format!("cannot write {}: {error}", log.display()))?;
        let kept = Arc::new(Kept::default());
        let (tell, ended) = mpsc::channel();
        let keeper = Arc::clone(&kept);
        thread::Builder::new()
            .name("postgres-keeper".to_owned())
            .spawn(move || keep(command, (file, bytes_max), &keeper, &tell))
            .map_err(|error| error.to_string())?;
        let pid_file = data.join("postmaster.pid");
        let late = Instant::now() + timeout;
        loop {
            match ended.recv_timeout(LOOKED_AT_EVERY) {
                Ok(last_words) => return Err(last_words),
                Err(RecvTimeoutError::Timeout) if kept.is_ready(&pid_file) => return Ok(Self { kept }),
                Err(RecvTimeoutError::Timeout) if Instant::now() < late => {}
                Err(_) => {
                    Self { kept }.stop(Duration::ZERO);
                    return Err(format!(
                        "it was not ready within {} s; see {}",
                        timeout.as_secs(),
                        log.display()
                    ));
                }
            }
        }
    }

    /// Stops the server: fast and orderly, or cut off when that takes longer than `timeout`. Answers whether
    /// it was orderly; a server that has ended already was.
    pub(super) fn stop(&self, timeout: Duration) -> bool {
        self.kept.signal(Signal::INT);
        if self.kept.wait(timeout) {
            return true;
        }
        self.kept.signal(Signal::QUIT);
        if !self.kept.wait(CUT_OFF_TIMEOUT) {
            self.kept.signal(Signal::KILL);
            self.kept.wait(CUT_OFF_TIMEOUT);
        }
        false
    }
}

impl Kept {
    fn child(&self) -> MutexGuard<'_, Option<Child>> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn signal(&self, signal: Signal) {
        if let Some(child) = self.child().as_ref()
            && let Err(error) = kill_process(Pid::from_child(child), signal)
        {
            tracing::warn!(%error, "the private PostgreSQL could not be signalled");
        }
    }

    /// Whether our server, and not one before it, has written into its pid file that it accepts connections.
    fn is_ready(&self, pid_file: &Path) -> bool {
        let Some(pid) = self.child().as_ref().map(Child::id) else { return false };
        let text = fs::read_to_string(pid_file).unwrap_or_default();
        let (first, last) = (text.lines().next(), text.lines().next_back());
        first.is_some_and(|first| first.trim() == pid.to_string())
            && last.is_some_and(|last| last.trim() == READY)
    }

    /// Waits for the end; answers whether it came.
    fn wait(&self, timeout: Duration) -> bool {
        let waited = self.ended.wait_timeout_while(self.child(), timeout, |child| child.is_some());
        waited.unwrap_or_else(PoisonError::into_inner).0.is_none()
    }
}

/// Starts the server, keeps its log until it ends, and tells its last words.
fn keep(mut command: Command, (mut log, mut room): (File, usize), kept: &Kept, tell: &mpsc::Sender<String>) {
    let spawned = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
    let mut child = match spawned {
        Ok(child) => child,
        Err(error) => return say(tell, error.to_string()),
    };
    let pid = Pid::from_child(&child);
    let words = child.stderr.take();
    *kept.child() = Some(child);
    let mut last = VecDeque::new();
    for line in words.into_iter().flat_map(|words| BufReader::new(words).split(b'\n')).map_while(Result::ok) {
        room = room.saturating_sub(line.len().saturating_add(1));
        // A full disk must not stop us from listening: the server would wait for ever to be heard.
        if room > 0 && log.write_all(&line).and_then(|()| log.write_all(b"\n")).is_err() {
            room = 0;
        }
        last.push_back(String::from_utf8_lossy(&line).into_owned());
        if last.len() > LAST_LINES {
            last.pop_front();
        }
    }
    // It may have stopped talking to us long before it ends. Until it is taken out below its number stays its own.
    let end = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    let awaited = retry_on_intr(|| waitid(WaitId::Pid(pid), end)).map_err(std::io::Error::from);
    let mut child = kept.child();
    let reaped = child.take().map_or(Ok(()), |mut child| child.wait().map(drop));
    if let Err(error) = awaited.and(reaped) {
        tracing::warn!(%error, "the private PostgreSQL's end could not be awaited");
    }
    drop(child);
    kept.ended.notify_all();
    say(tell, Vec::from(last).join("\n"));
}

/// Nobody listens any more once the start is over.
fn say(tell: &mpsc::Sender<String>, last_words: String) {
    drop(tell.send(last_words));
}
