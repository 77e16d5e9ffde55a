//! One program at a time: a lock that the operating system lets go of when its holder dies.

use super::ClusterError;
use rustix::fs::{FlockOperation, flock};
use std::{
    fs::{self, File, OpenOptions},
    io::{Seek as _, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

/// The file that is locked.
pub(super) const LOCK: &str = "lock";

/// Holds a folder until dropped.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the folder, or says who has it.
    pub(super) fn take(folder: &Path) -> Result<Self, ClusterError> {
        let path = folder.join(LOCK);
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .mode(0o600)
            .open(&path)
            .map_err(ClusterError::file("open", &path))?;
        if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
            let holder = holder(folder).unwrap_or_else(|| "(unknown)".to_owned());
            return Err(ClusterError::InUse { folder: folder.to_owned(), holder });
        }
        // For people only: the lock itself is the operating system's.
        let written = file
            .set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| writeln!(file, "{}", std::process::id()));
        written.map_err(ClusterError::file("write", &path))?;
        Ok(Self { _file: file })
    }

    /// Takes a folder whose holder is gone for good. A folder that never had one may just be in the making,
    /// so it is left alone.
    pub(super) fn take_abandoned(folder: &Path) -> Option<Self> {
        holder(folder)?;
        Self::take(folder).ok()
    }

    /// Whether the folder was ever held, which only ours are.
    pub(super) fn was_in(folder: &Path) -> bool {
        folder.join(LOCK).is_file()
    }
}

/// The process id that the last holder wrote.
fn holder(folder: &Path) -> Option<String> {
    let text = fs::read_to_string(folder.join(LOCK)).ok()?;
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_told_who_was_first() {
        let folder = tempfile::tempdir().unwrap();
        let first = Lock::take(folder.path()).unwrap();
        let refusal = Lock::take(folder.path()).unwrap_err().to_string();
        assert!(refusal.contains(&format!("in use by process {}", std::process::id())), "{refusal}");
        assert!(Lock::take_abandoned(folder.path()).is_none());
        drop(first);
        assert!(Lock::take_abandoned(folder.path()).is_some());
    }

    #[test]
    fn a_folder_in_the_making_is_not_abandoned() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Lock::take_abandoned(folder.path()).is_none());
        File::create(folder.path().join(LOCK)).unwrap();
        assert!(Lock::take_abandoned(folder.path()).is_none());
    }
}
