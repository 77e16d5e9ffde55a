//! Whom the server runs as: this user, or an unprivileged one when this is root.

use super::ClusterError;
use std::{
    ffi::OsString,
    fs,
    os::unix::{fs::MetadataExt as _, process::CommandExt as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Names tried when this is root; the first is what distributions make for the purpose.
const UNPRIVILEGED: [&str; 2] = ["postgres", "nobody"];

/// The user that PostgreSQL's programs run as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Account {
    uid: u32,
    gid: u32,
    /// Whether it is another than this program's.
    other: bool,
}

impl Account {
    /// This user, or an unprivileged one when this is root.
    pub(super) fn for_server() -> Result<Self, ClusterError> {
        let (uid, gid) = (rustix::process::geteuid(), rustix::process::getegid());
        if !uid.is_root() {
            return Ok(Self { uid: uid.as_raw(), gid: gid.as_raw(), other: false });
        }
        let passwd = Path::new("/etc/passwd");
        let users = fs::read_to_string(passwd).map_err(ClusterError::file("read", passwd))?;
        let found = UNPRIVILEGED.iter().find_map(|name| look_up(&users, name));
        let (uid, gid) = found.ok_or(ClusterError::NoAccount)?;
        Ok(Self { uid, gid, other: true })
    }

    /// The owner of `data` instead, when there is data and this is root: who made it can read it.
    pub(super) fn owning(self, data: &Path) -> Self {
        match fs::metadata(data) {
            Ok(owner) if self.other && owner.uid() != 0 => {
                Self { uid: owner.uid(), gid: owner.gid(), other: true }
            }
            _ => self,
        }
    }

    /// A call of `program` as this user, with a clean environment and nothing to read.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("LC_ALL", "C").env("PATH", "/usr/bin:/bin").stdin(Stdio::null());
        // Ours may be closed to the server's user.
        command.current_dir("/");
        // Ctrl-C reaches this program, which stops the server when it has finished with it.
        command.process_group(0);
        if self.other {
            // Changing the user this way drops root's other groups too.
            command.gid(self.gid).uid(self.uid);
        }
        command
    }

    /// The same, for a server that shall not outlive the thread that starts it, where the system can do that.
    pub(super) fn keeping(&self, program: &Path, arguments: &[OsString]) -> Command {
        let mut command = if can_follow_its_parent() {
            let mut command = self.command(Path::new("setpriv"));
            // An interrupt is PostgreSQL's word for a fast and orderly stop.
            command.args(["--pdeathsig", "INT", "--"]).arg(program);
            command
        } else {
            self.command(program)
        };
        command.args(arguments);
        command
    }

    /// Gives a folder to this user.
    pub(super) fn own(&self, folder: &Path) -> Result<(), ClusterError> {
        if !self.other {
            return Ok(());
        }
        std::os::unix::fs::chown(folder, Some(self.uid), Some(self.gid))
            .map_err(ClusterError::file("give the server's user", folder))
    }

    /// The first folder on the way to and including `folder` that this user may not pass through.
    pub(super) fn blocked_at(&self, folder: &Path) -> Option<PathBuf> {
        if !self.other {
            return None;
        }
        let mut way: Vec<&Path> = folder.ancestors().collect();
        way.reverse();
        way.into_iter().find(|step| !self.may_pass(step)).map(Path::to_owned)
    }

    fn may_pass(&self, folder: &Path) -> bool {
        fs::metadata(folder).is_ok_and(|found| {
            let needed = if found.uid() == self.uid {
                0o100
            } else if found.gid() == self.gid {
                0o010
            } else {
                0o001
            };
            found.mode() & needed != 0
        })
    }

    /// Whether the server's user is another than this program's.
    pub(super) fn is_other(&self) -> bool {
        self.other
    }
}

/// The name of the user this program runs as, as the operating system will tell it to the server.
pub(super) fn own_name() -> Result<String, ClusterError> {
    let failed = |reason: String| ClusterError::NamelessUser { reason: reason.trim().to_owned() };
    let output = Command::new("id").arg("-un").output().map_err(|error| failed(error.to_string()))?;
    let name = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if !output.status.success() || name.is_empty() || name.contains(['"', '\n']) {
        return Err(failed(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    Ok(name)
}

/// Whether `setpriv` is here and knows how to signal a program whose parent died (Linux alone).
fn can_follow_its_parent() -> bool {
    let mut probe = Command::new("setpriv");
    probe.args(["--pdeathsig", "INT", "--", "true"]);
    probe.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    cfg!(target_os = "linux") && probe.status().is_ok_and(|status| status.success())
}

/// The user and group number of `name` in the text of `/etc/passwd`.
fn look_up(passwd: &str, name: &str) -> Option<(u32, u32)> {
    let line = passwd.lines().find(|line| line.split(':').next() == Some(name))?;
    let mut fields = line.split(':').skip(2);
    let (uid, gid) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    (uid != 0).then_some((uid, gid))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    const PASSWD: &str =
        "root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534::/:/bin/false\npg:x:101:104::/:\n";

    #[test]
    fn users_are_looked_up_by_their_whole_name() {
        assert_eq!(look_up(PASSWD, "pg"), Some((101, 104)));
        assert_eq!(look_up(PASSWD, "nobody"), Some((65534, 65534)));
        assert_eq!(look_up(PASSWD, "p"), None);
        assert_eq!(look_up(PASSWD, "root"), None, "root is never the server's user");
    }

    #[test]
    fn a_closed_folder_on_the_way_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let closed = folder.path().join("closed");
        let inside = closed.join("inside");
        fs::create_dir_all(&inside).unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).unwrap();
        let stranger = Account { uid: 54_321, gid: 54_321, other: true };
        assert_eq!(stranger.blocked_at(&inside), Some(closed.clone()));
        fs::set_permissions(&closed, fs::Permissions::from_mode(0o711)).unwrap();
        assert_eq!(stranger.blocked_at(&inside), None);
        let oneself = Account { other: false, ..stranger };
        assert_eq!(oneself.blocked_at(Path::new("/nowhere")), None);
    }
}
