//! The folder of a cluster: where it may lie, who may enter it, what is in it.
//!
//! The folder itself belongs to this program's user, and in it `lock`, the server's log and the rules of who
//! may connect. Only `data`, with the socket, belongs to the server's user, so that root never writes where
//! an unprivileged user could have laid a trap.

use super::{
    Account, ClusterError, Keep, OWNER,
    lock::{LOCK, Lock},
    orphan,
};
use std::{
    fs::{self, DirBuilder, Permissions},
    io,
    os::unix::{
        ffi::OsStrExt as _,
        fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _, symlink},
    },
    path::{Path, PathBuf},
};

/// The longest path of a socket, in bytes, that the operating system takes.
const SOCKET_PATH_BYTES_MAX: usize = if cfg!(target_os = "linux") { 107 } else { 103 };

/// What the server calls its socket.
const SOCKET: &str = ".s.PGSQL.5432";

/// Where kept data goes when the folder asked for cannot be used: the first survives a restart of the
/// machine, the second most, the third few.
const ELSEWHERE: [&str; 3] = ["/var/lib", "/var/tmp", "/tmp"];

/// What lies in a cluster's folder beside the data.
const LOG: &str = "server.log";
const HBA: &str = "pg_hba.conf";
const IDENT: &str = "pg_ident.conf";

/// How the folders of temporary clusters begin, and of kept ones that had to go elsewhere.
const TEMPORARY: &str = "aarokya-test-cluster-";
const MOVED: &str = "aarokya-cluster-";

/// A folder that this program holds.
#[derive(Debug)]
pub(super) struct Place {
    folder: PathBuf,
    moved: Option<String>,
    temporary: bool,
    _lock: Lock,
}

impl Place {
    /// Finds or makes the folder and locks it.
    pub(super) fn take(keep: &Keep, account: &Account) -> Result<Self, ClusterError> {
        let (folder, moved, temporary) = match keep {
            Keep::In(asked) => {
                let (folder, moved) = settle(asked, account)?;
                (folder, moved, false)
            }
            Keep::UntilStopped => {
                let system = std::env::temp_dir();
                let roots = [system.as_path(), Path::new("/tmp"), Path::new("/var/tmp")];
                roots.iter().for_each(|root| sweep(root));
                let folder = make_in(&roots, TEMPORARY, account, "tests need a temporary one")?;
                (folder, None, true)
            }
        };
        let lock = Lock::take(&folder)?;
        set_mode(&folder, if account.is_other() { 0o711 } else { 0o700 })?;
        Ok(Self { folder, moved, temporary, _lock: lock })
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn moved(&self) -> Option<&str> {
        self.moved.as_deref()
    }

    /// The server's own folder, with its socket.
    pub(super) fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    pub(super) fn log(&self) -> PathBuf {
        self.folder.join(LOG)
    }

    pub(super) fn hba(&self) -> PathBuf {
        self.folder.join(HBA)
    }

    pub(super) fn ident(&self) -> PathBuf {
        self.folder.join(IDENT)
    }

    /// Lets in the owner's role, only for the operating system's user of that name, and whom `more` lets in.
    pub(super) fn write_access_rules(&self, user: &str, more: &[String]) -> Result<(), ClusterError> {
        let hba = format!("local all {OWNER} peer map=private\n{}\n", more.join("\n"));
        let ident = format!("private \"{user}\" {OWNER}\n");
        for (path, rules) in [(self.hba(), hba), (self.ident(), ident)] {
            fs::write(&path, rules).map_err(ClusterError::file("write", &path))?;
            // The server's user reads them; they tell nothing.
            set_mode(&path, 0o644)?;
        }
        Ok(())
    }

    /// An empty folder for the server's user, beside where it will lie; what an interrupted start left there
    /// never held anybody's data.
    pub(super) fn make_draft(&self, account: &Account) -> Result<PathBuf, ClusterError> {
        let draft = self.folder.join("data.new");
        if draft.exists() {
            fs::remove_dir_all(&draft).map_err(ClusterError::file("remove", &draft))?;
        }
        make(&draft).map_err(ClusterError::file("make", &draft))?;
        account.own(&draft)?;
        Ok(draft)
    }

    /// Removes from a copy of another cluster's data what says that its server runs there.
    pub(super) fn forget_socket_in(draft: &Path) -> Result<(), ClusterError> {
        let lock = draft.join(format!("{SOCKET}.lock"));
        match fs::remove_file(&lock) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(ClusterError::file("remove", &lock)(error))
            }
            _ => Ok(()),
        }
    }

    /// Makes a finished draft the data.
    pub(super) fn adopt_draft(&self, draft: &Path) -> Result<(), ClusterError> {
        fs::rename(draft, self.data()).map_err(ClusterError::file("rename", draft))
    }

    /// Removes a temporary cluster's folder; others stay.
    pub(super) fn clear(&self) -> Result<(), ClusterError> {
        if !self.temporary || !self.folder.exists() {
            return Ok(());
        }
        fs::remove_dir_all(&self.folder).map_err(ClusterError::file("remove", &self.folder))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // A start that failed half-way leaves nothing behind either.
        if let Err(error) = self.clear() {
            tracing::warn!(%error, "a temporary PostgreSQL was left behind");
        }
    }
}

/// The folder asked for, or another one it then points to, with the reason.
fn settle(asked: &Path, account: &Account) -> Result<(PathBuf, Option<String>), ClusterError> {
    let asked = std::path::absolute(asked).map_err(ClusterError::file("find", asked))?;
    if let Some(parent) = asked.parent() {
        fs::create_dir_all(parent).map_err(ClusterError::file("make", parent))?;
    }
    match fs::canonicalize(&asked) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            // What it pointed to is gone: nothing is there to lose.
            if asked.is_symlink() {
                fs::remove_file(&asked).map_err(ClusterError::file("remove", &asked))?;
            }
            make(&asked).map_err(ClusterError::file("make", &asked))?;
        }
        Err(error) => return Err(ClusterError::file("find", &asked)(error)),
        Ok(_) => {}
    }
    let folder = fs::canonicalize(&asked).map_err(ClusterError::file("find", &asked))?;
    check_ours(&folder)?;
    let Some(reason) = unfit(&folder, account) else {
        let moved = asked.is_symlink().then(|| format!("{} points to it", asked.display()));
        return Ok((folder, moved));
    };
    if folder.join("data").exists() {
        return Err(ClusterError::OutOfReach { folder, reason });
    }
    // Before the lock is looked at, a program that uses it would have put data there.
    let elsewhere = make_in(&ELSEWHERE.map(Path::new), MOVED, account, &reason)?;
    remove_traces(&folder)?;
    symlink(&elsewhere, &folder).map_err(ClusterError::file("link", &folder))?;
    tracing::warn!(asked = %folder.display(), folder = %elsewhere.display(), "the database lies elsewhere: {reason}");
    Ok((elsewhere, Some(reason)))
}

/// Removes a folder in which at most an interrupted first start left something; anything else keeps it.
fn remove_traces(folder: &Path) -> Result<(), ClusterError> {
    for name in [LOCK, LOG, HBA, IDENT] {
        match fs::remove_file(folder.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(ClusterError::file("remove", &folder.join(name))(error));
            }
            _ => {}
        }
    }
    fs::remove_dir(folder).map_err(ClusterError::file("remove", folder))
}

/// Refuses a folder of somebody else, and one that holds anything but a cluster.
fn check_ours(folder: &Path) -> Result<(), ClusterError> {
    let not_ours = || ClusterError::NotOurs { folder: folder.to_owned() };
    let found = fs::metadata(folder).map_err(ClusterError::file("look at", folder))?;
    if !found.is_dir() || found.uid() != rustix::process::geteuid().as_raw() {
        return Err(not_ours());
    }
    let mut entries = fs::read_dir(folder).map_err(ClusterError::file("look into", folder))?;
    if entries.next().is_some() && !Lock::was_in(folder) {
        return Err(not_ours());
    }
    Ok(())
}

/// What keeps the server from using a folder.
fn unfit(folder: &Path, account: &Account) -> Option<String> {
    let socket = folder.join("data").join(SOCKET);
    if socket.as_os_str().as_bytes().len() > SOCKET_PATH_BYTES_MAX {
        let reason = "its path is too long for a socket, which may have";
        return Some(format!("{}: {reason} {SOCKET_PATH_BYTES_MAX} bytes", folder.display()));
    }
    // The folder itself is opened to the server's user once it is held.
    let blocker = account.blocked_at(folder.parent()?)?;
    Some(format!("{} is closed to the server's unprivileged user", blocker.display()))
}

/// A new folder in the first of `roots` that the server can use.
fn make_in(roots: &[&Path], prefix: &str, account: &Account, reason: &str) -> Result<PathBuf, ClusterError> {
    let mut tried = Vec::new();
    for root in roots {
        let folder = root.join(format!("{prefix}{:05}", 0));
        match unfit(&folder, account) {
            Some(fault) => tried.push(fault),
            None => match make_numbered(root, prefix) {
                Ok(folder) => return Ok(folder),
                Err(error) => tried.push(format!("{}: {error}", root.display())),
            },
        }
    }
    Err(ClusterError::NoPlace { reason: reason.to_owned(), tried: tried.join("; ") })
}

/// A folder that was not there before: a name somebody else took, perhaps as a trap, is passed over.
fn make_numbered(root: &Path, prefix: &str) -> io::Result<PathBuf> {
    for number in 1..100_000 {
        let folder = root.join(format!("{prefix}{number}"));
        match make(&folder) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => return made.map(|()| folder),
        }
    }
    Err(io::Error::other("every name is taken"))
}

/// Removes temporary clusters whose programs were killed.
fn sweep(root: &Path) {
    let entries = fs::read_dir(root).into_iter().flatten().filter_map(Result::ok);
    let ours = entries.filter(|entry| {
        let named = entry.file_name().to_str().is_some_and(|name| name.starts_with(TEMPORARY));
        // Not followed: a link is never ours.
        let owned = entry
            .metadata()
            .is_ok_and(|found| found.is_dir() && found.uid() == rustix::process::geteuid().as_raw());
        named && owned
    });
    for folder in ours.map(|entry| entry.path()) {
        let Some(_lock) = Lock::take_abandoned(&folder) else { continue };
        if !orphan::is_used(&folder.join("data"))
            && let Err(error) = fs::remove_dir_all(&folder)
        {
            tracing::warn!(folder = %folder.display(), %error, "an abandoned temporary cluster stays");
        }
    }
}

/// Makes one folder for this user alone; it must not be there yet.
fn make(folder: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(folder)
}

fn set_mode(path: &Path, mode: u32) -> Result<(), ClusterError> {
    fs::set_permissions(path, Permissions::from_mode(mode))
        .map_err(ClusterError::file("set the rights of", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_with_other_things_in_it_is_refused_and_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("thesis.txt"), "years of work").unwrap();
        let refusal = check_ours(folder.path()).unwrap_err().to_string();
        assert!(refusal.contains("is not a private cluster"), "{refusal}");
        assert!(folder.path().join("thesis.txt").exists());
    }

    #[test]
    fn an_abandoned_temporary_cluster_is_swept_and_a_held_one_is_not() {
        let root = tempfile::tempdir().unwrap();
        let (held, abandoned, new) = (
            root.path().join(format!("{TEMPORARY}1")),
            root.path().join(format!("{TEMPORARY}2")),
            root.path().join(format!("{TEMPORARY}3")),
        );
        for folder in [&held, &abandoned, &new] {
            make(folder).unwrap();
        }
        let _held = Lock::take(&held).unwrap();
        drop(Lock::take(&abandoned).unwrap());
        sweep(root.path());
        assert!(held.exists());
        assert!(!abandoned.exists());
        assert!(new.exists(), "it may be in the making");
    }

    #[test]
    fn numbered_folders_never_reuse_a_name() {
        let root = tempfile::tempdir().unwrap();
        symlink("/etc", root.path().join("x-1")).unwrap();
        assert_eq!(make_numbered(root.path(), "x-").unwrap(), root.path().join("x-2"));
    }
}
