//! Puts in order what a killed program left in a data folder: a running server, or a stale pid file.

use super::{Account, Binaries, ClusterError, Place, run};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// How long a server that was left behind may take to stop, in seconds.
const STOP_SECONDS: &str = "30";

/// Stops a server that still runs in the folder; clears a pid file whose number now names somebody else,
/// which PostgreSQL itself would take for a running server.
///
/// The caller holds the folder's lock, so no other program of ours can be using that server.
pub(super) fn settle(place: &Place, account: &Account, binaries: &Binaries) -> Result<(), ClusterError> {
    let data = place.data();
    let pid_file = data.join("postmaster.pid");
    if !pid_file.exists() {
        return Ok(());
    }
    if is_used(&data) {
        tracing::warn!(folder = %data.display(), "a server left behind by a killed program is being stopped");
        let mut command = account.command(&binaries.program("pg_ctl"));
        command.args(["stop", "--mode=fast", "--wait", "--timeout", STOP_SECONDS, "--pgdata"]).arg(&data);
        return run(&mut command).or_else(|reason| {
            // It may have gone by itself meanwhile.
            if is_used(&data) { Err(ClusterError::Orphan { folder: data.clone(), reason }) } else { Ok(()) }
        });
    }
    if cfg!(target_os = "linux") {
        fs::remove_file(&pid_file).map_err(ClusterError::file("remove", &pid_file))?;
    }
    Ok(())
}

/// Whether some process works in the folder, as PostgreSQL's all do in theirs. Where the system does not
/// tell, the pid file is believed.
pub(super) fn is_used(data: &Path) -> bool {
    let Ok(processes) = fs::read_dir("/proc") else {
        return data.join("postmaster.pid").exists();
    };
    let Ok(data) = fs::canonicalize(data) else { return false };
    let works_here = |process: PathBuf| fs::read_link(process.join("cwd")).is_ok_and(|cwd| cwd == data);
    processes.filter_map(Result::ok).any(|process| works_here(process.path()))
}
