//! What outlives a restart of the sandbox beside its database: how far its clock was moved, and that its people
//! are there.

use kernel::{Clock as _, MovableClock, SystemClock};
use std::{fs, io, path::PathBuf};
use time::Duration;

const CLOCK: &str = "clock-ahead-seconds";
const SEEDED: &str = "seeded";

/// The folder of a sandbox.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    folder: PathBuf,
}

impl Kept {
    pub(super) fn in_folder(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// How far ahead of the system's the clock was when it was last moved: times in the database go by it.
    pub(super) fn clock_lead(&self) -> Duration {
        let text = fs::read_to_string(self.folder.join(CLOCK)).unwrap_or_default();
        text.trim().parse().map_or(Duration::ZERO, Duration::seconds)
    }

    /// Notes how far ahead the clock is now.
    pub(super) fn note_clock(&self, clock: &MovableClock) -> io::Result<()> {
        let lead = (clock.now() - SystemClock.now()).whole_seconds();
        fs::write(self.folder.join(CLOCK), lead.to_string())
    }

    /// Whether the people of the first start are there.
    pub(super) fn is_seeded(&self) -> bool {
        self.folder.join(SEEDED).exists()
    }

    /// Notes that they are.
    pub(super) fn note_seeded(&self) -> io::Result<()> {
        fs::write(self.folder.join(SEEDED), "")
    }
}
