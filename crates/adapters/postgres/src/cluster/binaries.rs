//! Finds the programs of an installed PostgreSQL.

use super::ClusterError;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The oldest major version whose SQL ours is written for.
const OLDEST: u32 = 15;

/// Where distributions keep the programs of each version; `*` is one folder.
const USUAL_PLACES: [&str; 5] = [
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/libexec/postgresql*",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
];

/// The programs of one installed version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Binaries {
    folder: PathBuf,
    major: u32,
}

impl Binaries {
    /// The programs that fit the data that is kept, else the newest there are.
    pub(super) fn find(
        asked: Option<&Path>,
        kept: Option<u32>,
        data_folder: &Path,
    ) -> Result<Self, ClusterError> {
        let places = asked.map_or_else(usual_places, |folder| vec![folder.to_owned(), folder.join("bin")]);
        let mut found: Vec<Self> = Vec::new();
        for place in &places {
            if let Some(binaries) = Self::in_folder(place)
                && !found.contains(&binaries)
            {
                found.push(binaries);
            }
        }
        choose(found, kept, data_folder, &places)
    }

    fn in_folder(folder: &Path) -> Option<Self> {
        // On PATH there are often links: the other programs lie beside what they point to.
        let server = fs::canonicalize(folder.join("postgres")).ok()?;
        let folder = server.parent()?.to_owned();
        let complete = ["initdb", "pg_ctl"].iter().all(|program| folder.join(program).is_file());
        let output = Command::new(&server).arg("--version").env_clear().output().ok()?;
        let major = major_of(&String::from_utf8_lossy(&output.stdout))?;
        complete.then_some(Self { folder, major })
    }

    /// The path of one of the programs.
    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Where they lie.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Their major version.
    pub(super) fn major(&self) -> u32 {
        self.major
    }
}

fn choose(
    found: Vec<Binaries>,
    kept: Option<u32>,
    data_folder: &Path,
    places: &[PathBuf],
) -> Result<Binaries, ClusterError> {
    let majors: Vec<String> = found.iter().map(|binaries| binaries.major.to_string()).collect();
    let Some(newest) = found.iter().map(|binaries| binaries.major).max() else {
        let looked_in: Vec<String> = places.iter().map(|place| place.display().to_string()).collect();
        return Err(ClusterError::NoServer { looked_in: looked_in.join(", ") });
    };
    let wanted = kept.unwrap_or(newest);
    match found.into_iter().find(|binaries| binaries.major == wanted) {
        Some(binaries) if binaries.major >= OLDEST => Ok(binaries),
        Some(_) => Err(ClusterError::TooOld { newest }),
        None => Err(ClusterError::OtherMajor {
            folder: data_folder.to_owned(),
            kept: wanted,
            installed: majors.join(", "),
        }),
    }
}

/// `PATH`, which is where the shell would look, then the usual places.
fn usual_places() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut places: Vec<PathBuf> = std::env::split_paths(&path).filter(|place| place.is_absolute()).collect();
    places.extend(USUAL_PLACES.iter().flat_map(|pattern| expand(Path::new(pattern))));
    places
}

/// The folders a pattern with at most one `*` per name stands for.
fn expand(pattern: &Path) -> Vec<PathBuf> {
    let mut places = vec![PathBuf::from("/")];
    for step in pattern.iter().skip(1) {
        let Some((head, tail)) = step.to_str().and_then(|step| step.split_once('*')) else {
            places.iter_mut().for_each(|place| place.push(step));
            continue;
        };
        let fits = |name: &str| name.starts_with(head) && name.ends_with(tail);
        places = places
            .iter()
            .filter_map(|place| fs::read_dir(place).ok())
            .flatten()
            .filter_map(Result::ok)
            .filter(|entry| entry.file_name().to_str().is_some_and(fits))
            .map(|entry| entry.path())
            .collect();
        places.sort();
    }
    places
}

/// The major version in what `postgres --version` says, such as `postgres (PostgreSQL) 15.18 (Debian …)`.
fn major_of(answer: &str) -> Option<u32> {
    let version = answer.split_once("(PostgreSQL) ")?.1;
    let digits = version.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(version.len());
    version.get(..digits)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn installed(major: u32) -> Binaries {
        Binaries { folder: format!("/usr/lib/postgresql/{major}/bin").into(), major }
    }

    fn chosen(majors: &[u32], kept: Option<u32>) -> Result<u32, ClusterError> {
        let found = majors.iter().copied().map(installed).collect();
        choose(found, kept, Path::new("/data"), &[PathBuf::from("/usr/bin")]).map(|chosen| chosen.major)
    }

    #[test]
    fn versions_are_read_as_distributions_write_them() {
        assert_eq!(major_of("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some(15));
        assert_eq!(major_of("postgres (PostgreSQL) 18beta1\n"), Some(18));
        assert_eq!(major_of("postgres (PostgreSQL) 17\n"), Some(17));
        assert_eq!(major_of("something else"), None);
    }

    #[test]
    fn the_newest_serves_new_data_and_the_same_version_serves_kept_data() {
        assert_eq!(chosen(&[15, 17, 16], None).ok(), Some(17));
        assert_eq!(chosen(&[15, 17, 16], Some(15)).ok(), Some(15));
    }

    #[test]
    fn what_is_missing_is_said() {
        let said = |majors: &[u32], kept| chosen(majors, kept).unwrap_err().to_string();
        assert!(said(&[], None).contains("is not installed (looked in /usr/bin)"));
        assert!(said(&[13], None).contains("PostgreSQL 13 is too old"));
        assert!(said(&[17], Some(15)).contains("made by PostgreSQL 15, but only 17 is installed"));
    }

    #[test]
    fn a_pattern_stands_for_folders() {
        let root = tempfile::tempdir().unwrap();
        for folder in ["16/bin", "15/bin", "x"] {
            fs::create_dir_all(root.path().join(folder)).unwrap();
        }
        let mut expanded = expand(&root.path().join("1*/bin"));
        expanded.sort();
        assert_eq!(expanded, [root.path().join("15/bin"), root.path().join("16/bin")]);
    }
}
