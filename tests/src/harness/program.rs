//! The real program in a test: started, read, ended and killed.

use super::eventually;
use rustix::process::{Pid, Signal, kill_process};
use std::{
    ffi::OsString,
    fs::{self, File},
    net::{SocketAddr, TcpListener},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{ExitStatus, Output, Stdio},
    time::Duration,
};
use tempfile::TempDir;
use tokio::process::{Child, Command};

/// How long a program may take to start: a sandbox makes a database first.
const START_WITHIN: Duration = Duration::from_secs(90);

/// How long it may take to end: longer than its own drain.
const STOP_WITHIN: Duration = Duration::from_secs(60);

/// What the sandbox prints before its address.
const BANNER: &str = "API                 http://";

/// What a program says when somebody was faster.
const TAKEN: &str = "another program has it";

/// A running `aarokya`; killed when dropped.
pub struct Program {
    child: Child,
    address: SocketAddr,
    output: PathBuf,
}

/// The `aarokya` of this build with these words and these variables, and nothing else of our environment but
/// what finds programs and folders.
///
/// # Panics
/// When the program was not built.
pub fn command(words: &[&str], variables: &[(String, String)]) -> Command {
    let kept = ["PATH", "HOME", "USER", "TMPDIR", "LANG"];
    let kept = kept.iter().filter_map(|name| Some((OsString::from(name), std::env::var_os(name)?)));
    let mut command = Command::new(path());
    command.args(words).env_clear().envs(kept).envs(variables.iter().cloned());
    command.stdin(Stdio::null()).kill_on_drop(true);
    command
}

/// Where the `aarokya` of this build lies.
///
/// # Panics
/// When the program was not built.
pub fn path() -> PathBuf {
    // Tests lie in target/…/deps, programs one above.
    let this = std::env::current_exe().expect("a program knows where it is");
    let program =
        this.ancestors().skip(1).take(2).map(|folder| folder.join("aarokya")).find(|path| path.is_file());
    program.expect("run `make test`, or build it by `cargo build -p aarokya-gateway`")
}

/// Runs the program to its end.
pub async fn run(words: &[&str], variables: &[(String, String)]) -> Output {
    let ended = tokio::time::timeout(STOP_WITHIN, command(words, variables).output()).await;
    ended.expect("the program ends").expect("the program starts")
}

impl Program {
    /// `aarokya serve` on a free port; what it writes goes to `output`.
    pub async fn serve(variables: &[(String, String)], output: &Path) -> Self {
        for _ in 0..5 {
            let address = free_address();
            let mut variables = variables.to_vec();
            variables.push(("AAROKYA_LISTEN".to_owned(), address.to_string()));
            let mut program = Self::spawn(command(&["serve"], &variables), address, output);
            if program.listens().await {
                return program;
            }
            assert!(program.said().contains(TAKEN), "the program ended: {}", program.said());
        }
        panic!("no port stayed free for long enough");
    }

    /// `aarokya sandbox` in `folder`, on a port of its own choice.
    pub async fn sandbox(folder: &Path, output: &Path) -> Self {
        Self::sandbox_with(&[], folder, output).await
    }

    /// The same with these variables.
    pub async fn sandbox_with(variables: &[(String, String)], folder: &Path, output: &Path) -> Self {
        let folder = folder.to_string_lossy().into_owned();
        let words = ["sandbox", "--listen", "127.0.0.1:0", "--folder", &folder];
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut program = Self::spawn(command(&words, variables), nowhere, output);
        let address = eventually("the sandbox starts", START_WITHIN, async || {
            let text = std::fs::read_to_string(output).unwrap_or_default();
            let line = text.lines().find_map(|line| line.trim().strip_prefix(BANNER))?;
            line.trim().parse::<SocketAddr>().ok()
        })
        .await;
        program.address = address;
        assert!(program.listens().await, "the sandbox ended: {}", program.said());
        program
    }

    fn spawn(mut command: Command, address: SocketAddr, output: &Path) -> Self {
        let file = File::options().create(true).write(true).truncate(true).open(output).expect("a file");
        let same = file.try_clone().expect("a second handle");
        let child = command.stdout(file).stderr(same).spawn().expect("the program starts");
        Self { child, address, output: output.to_owned() }
    }

    /// Waits until it is ready to serve; `false` if it ended instead.
    async fn listens(&mut self) -> bool {
        let url = self.url("/health/ready");
        let mut pauses = tokio::time::interval(Duration::from_millis(25));
        let waiting = async {
            loop {
                pauses.tick().await;
                if self.child.try_wait().expect("the program can be asked after").is_some() {
                    return false;
                }
                if reqwest::get(&url).await.is_ok_and(|answer| answer.status() == 200) {
                    return true;
                }
            }
        };
        tokio::time::timeout(START_WITHIN, waiting).await.expect("the program starts or ends")
    }

    /// The address of a route.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Its process.
    pub fn pid(&self) -> i32 {
        self.child.id().and_then(|id| i32::try_from(id).ok()).expect("the program runs")
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Everything it has written.
    pub fn said(&self) -> String {
        std::fs::read_to_string(&self.output).unwrap_or_default()
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.pid()).expect("the program runs");
        kill_process(pid, signal).expect("the program takes signals");
    }

    /// Asks it to end, as an operator does, and waits.
    pub async fn terminate(mut self) -> ExitStatus {
        self.signal(Signal::TERM);
        let ended = tokio::time::timeout(STOP_WITHIN, self.child.wait()).await;
        ended.expect("the program ends in time").expect("the program can be waited for")
    }

    /// Ends it at once, wherever it is.
    pub async fn kill(mut self) {
        self.child.kill().await.expect("the program can be killed");
    }
}

/// An address of this machine on which nothing listens.
pub fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address")
}

/// A folder that the private database's own user may pass through.
pub fn open_folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("its mode");
    folder
}

/// The head of the PostgreSQL that keeps its data below this folder, as its own file tells; `None` if none runs.
pub fn postmaster(folder: &Path) -> Option<Pid> {
    let text = fs::read_to_string(postmaster_file(folder)?).ok()?;
    Pid::from_raw(text.lines().next()?.trim().parse().ok()?)
}

/// The file by which a PostgreSQL that keeps its data below this folder says that it runs.
pub fn postmaster_file(folder: &Path) -> Option<PathBuf> {
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.file_name() == "postmaster.pid" {
                return Some(entry.path());
            }
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                waiting.push(entry.path());
            }
        }
    }
    None
}
