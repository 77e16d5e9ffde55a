//! What can stand in the way of a private cluster, each in one sentence that says what to do.

use std::{
    io,
    path::{Path, PathBuf},
};

/// A private cluster cannot run. Whatever it is, no data was deleted.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// No server is installed where one was looked for.
    #[error(
        "PostgreSQL 15 or newer is not installed (looked in {looked_in}): run `make setup`, install your \
         system's postgresql package, or set DATABASE_URL to a server of yours"
    )]
    NoServer {
        /// The places looked at.
        looked_in: String,
    },
    /// Only servers that are too old are installed.
    #[error(
        "PostgreSQL {newest} is too old: install version 15 or newer, or set DATABASE_URL to such a server"
    )]
    TooOld {
        /// The newest that is installed.
        newest: u32,
    },
    /// The data was made by a major version that is not installed.
    #[error(
        "the data in {folder} was made by PostgreSQL {kept}, but only {installed} is installed: install \
         PostgreSQL {kept} beside it, or carry the data over with pg_upgrade, or forget it with \
         `make clean-sandbox`; nothing was changed"
    )]
    OtherMajor {
        /// Where the data lies.
        folder: PathBuf,
        /// The version that made it.
        kept: u32,
        /// The versions found.
        installed: String,
    },
    /// The server's programs lie where the server's user cannot go.
    #[error(
        "PostgreSQL's programs in {folder} cannot be run by the unprivileged user that the server needs, \
         because {blocker} is closed to others: install them elsewhere"
    )]
    BinariesOutOfReach {
        /// Where the programs lie.
        folder: PathBuf,
        /// The folder on the way that is closed.
        blocker: PathBuf,
    },
    /// Another program holds the folder.
    #[error("the database in {folder} is in use by process {holder}: stop that program first")]
    InUse {
        /// The folder both want.
        folder: PathBuf,
        /// The other program's process id, as far as it is known.
        holder: String,
    },
    /// The folder holds something else.
    #[error("{folder} holds something that is not a private cluster of this user: choose an empty folder")]
    NotOurs {
        /// The folder.
        folder: PathBuf,
    },
    /// Data lies where the server cannot go any more.
    #[error("the server cannot use the data in {folder}, because {reason}: move the folder, data and all")]
    OutOfReach {
        /// Where the data lies.
        folder: PathBuf,
        /// What is wrong with the place.
        reason: String,
    },
    /// No place was found that the server can use.
    #[error("no folder was found for the database: {reason}; tried {tried}")]
    NoPlace {
        /// What is wrong with the place asked for.
        reason: String,
        /// The others tried.
        tried: String,
    },
    /// There is no user the server could run as.
    #[error(
        "PostgreSQL refuses to run as root, and there is neither a user `postgres` nor a user `nobody`: add \
         one, run as another user, or set DATABASE_URL"
    )]
    NoAccount,
    /// This program's user has no name, so PostgreSQL can neither run as it nor recognise it.
    #[error(
        "PostgreSQL cannot run for a user without a name ({reason}): add the user to /etc/passwd, run as \
         another, or set DATABASE_URL"
    )]
    NamelessUser {
        /// What asking for the name answered.
        reason: String,
    },
    /// The disk is full.
    #[error(
        "there is no space left for the database in {folder}: free some and start again; nothing is lost"
    )]
    DiskFull {
        /// Where the data lies.
        folder: PathBuf,
    },
    /// A server that a killed program left behind does not stop.
    #[error("an earlier server still runs in {folder} and does not stop: {reason}")]
    Orphan {
        /// Where the data lies.
        folder: PathBuf,
        /// What stopping it said.
        reason: String,
    },
    /// One of PostgreSQL's programs failed.
    #[error("PostgreSQL could not {what} the database in {folder}: {last_words}")]
    Failed {
        /// `make` or `start`.
        what: &'static str,
        /// Where the data lies.
        folder: PathBuf,
        /// The last lines it wrote.
        last_words: String,
    },
    /// The server did not stop in time and was cut off.
    #[error(
        "the server of {folder} did not stop in time and was cut off; the next start repairs what is left"
    )]
    CutOff {
        /// Where the data lies.
        folder: PathBuf,
    },
    /// A file or folder could not be used.
    #[error("cannot {what} {path}")]
    File {
        /// What was tried.
        what: &'static str,
        /// On what.
        path: PathBuf,
        /// What the operating system says.
        #[source]
        source: io::Error,
    },
    /// Something of our own broke.
    #[error("the private cluster could not be managed")]
    Broken(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl ClusterError {
    /// For `map_err`: a full disk has a name of its own, whichever call meets it.
    pub(super) fn file(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull { folder: path },
            _ => Self::File { what, path, source },
        }
    }

    /// What one of PostgreSQL's programs said when it failed. They run with the C locale, so that their words
    /// are always the same.
    pub(super) fn of_output(folder: &Path, what: &'static str, output: String) -> Self {
        let folder = folder.to_owned();
        if output.contains("No space left on device") || output.contains("Disk quota exceeded") {
            return Self::DiskFull { folder };
        }
        let last_words: Vec<&str> = output.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let last_words = last_words.get(last_words.len().saturating_sub(5)..).unwrap_or_default().join(" | ");
        Self::Failed { what, folder, last_words }
    }
}
