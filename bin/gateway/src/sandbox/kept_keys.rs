//! The sandbox's keys: made at the first start and kept beside its database, which they open.

use base64::Engine as _;
use kernel::Env;
use std::{collections::BTreeMap, fs, io, os::unix::fs::OpenOptionsExt as _, path::Path};

const FILE: &str = "keys.json";

const NAMES: &[&str] = &["jwt", "otp_pepper", "pin_pepper", "master", "index", "device", "audit"];

/// Each key by its name, as base64.
pub struct KeptKeys(BTreeMap<String, String>);

impl KeptKeys {
    /// New keys.
    #[must_use]
    pub fn make(env: &Env) -> Self {
        let new_key = || base64::engine::general_purpose::STANDARD.encode(env.random::<32>());
        Self(NAMES.iter().map(|name| ((*name).to_owned(), new_key())).collect())
    }

    /// Reads the keys of `folder`, or makes and keeps new ones if there are none.
    pub(super) fn read_or_make(folder: &Path) -> io::Result<Self> {
        let path = folder.join(FILE);
        match fs::read(&path) {
            Ok(bytes) => {
                let keys = serde_json::from_slice(&bytes).map_err(io::Error::other)?;
                Ok(Self(keys))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let keys = Self::make(&Env::system());
                keys.keep(&path)?;
                Ok(keys)
            }
            Err(error) => Err(error),
        }
    }

    /// The key of that name; empty if the file lacks it, which the configuration then refuses.
    pub(super) fn get(&self, name: &str) -> String {
        self.0.get(name).cloned().unwrap_or_default()
    }

    fn keep(&self, path: &Path) -> io::Result<()> {
        // Whole or not at all: half a file would lock everybody out of the database beside it.
        let draft = path.with_extension("draft");
        let mut file =
            fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
        serde_json::to_writer_pretty(&mut file, &self.0).map_err(io::Error::other)?;
        file.sync_all()?;
        fs::rename(draft, path)
    }
}
