//! Keeps one server process: starts it, hears what it says, stops it, and notices when it ends.

use rustix::process::{Pid, Signal, kill_process};
use std::{
    collections::VecDeque,
    fs::{File, OpenOptions},
    io::{BufRead as _, BufReader, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc},
    thread,
    time::Duration,
};

/// What the server says, in the C locale, once it accepts connections, or a standby those that only read.
const READY: &str = "database system is ready to accept ";

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

enum Word {
    Ready,
    Ended(String),
}

impl Server {
    /// Starts `command` and returns once the server accepts connections; the error is its last words.
    ///
    /// A thread of its own starts the server and lives as long as it: the operating system ties a child that
    /// follows its parent to the thread that made it, and a pool's threads come and go.
    pub(super) fn start(command: Command, log: Log, timeout: Duration) -> Result<Self, String> {
        let Log { file: log, bytes_max } = log;
        let file = OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&log);
        let file = file.map_err(|error| format!("cannot write {}: {error}", log.display()))?;
        let kept = Arc::new(Kept::default());
        let (tell, told) = mpsc::channel();
        let keeper = Arc::clone(&kept);
        thread::Builder::new()
            .name("postgres-keeper".to_owned())
            .spawn(move || keep(command, (file, bytes_max), &keeper, &tell))
            .map_err(|error| error.to_string())?;
        match told.recv_timeout(timeout) {
            Ok(Word::Ready) => Ok(Self { kept }),
            Ok(Word::Ended(last_words)) => Err(last_words),
            Err(_) => {
                Self { kept }.stop(Duration::ZERO);
                Err(format!("it was not ready within {} s; see {}", timeout.as_secs(), log.display()))
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

    /// Waits for the end; answers whether it came.
    fn wait(&self, timeout: Duration) -> bool {
        let waited = self.ended.wait_timeout_while(self.child(), timeout, |child| child.is_some());
        waited.unwrap_or_else(PoisonError::into_inner).0.is_none()
    }
}

/// Starts the server, keeps its log until it ends, and tells both.
fn keep(mut command: Command, (mut log, mut room): (File, usize), kept: &Kept, tell: &mpsc::Sender<Word>) {
    let spawned = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
    let mut child = match spawned {
        Ok(child) => child,
        Err(error) => return say(tell, Word::Ended(error.to_string())),
    };
    let words = child.stderr.take();
    *kept.child() = Some(child);
    let mut last = VecDeque::new();
    let mut ready = false;
    for line in words.into_iter().flat_map(|words| BufReader::new(words).split(b'\n')).map_while(Result::ok) {
        room = room.saturating_sub(line.len().saturating_add(1));
        // A full disk must not stop us from listening: the server would wait for ever to be heard.
        if room > 0 && log.write_all(&line).and_then(|()| log.write_all(b"\n")).is_err() {
            room = 0;
        }
        let line = String::from_utf8_lossy(&line).into_owned();
        if !ready && line.contains(READY) {
            ready = true;
            say(tell, Word::Ready);
        }
        last.push_back(line);
        if last.len() > LAST_LINES {
            last.pop_front();
        }
    }
    let mut child = kept.child();
    if let Some(mut child) = child.take()
        && let Err(error) = child.wait()
    {
        tracing::warn!(%error, "the private PostgreSQL's end could not be awaited");
    }
    drop(child);
    kept.ended.notify_all();
    say(tell, Word::Ended(Vec::from(last).join("\n")));
}

/// Nobody listens any more once the start is over.
fn say(tell: &mpsc::Sender<Word>, word: Word) {
    drop(tell.send(word));
}
