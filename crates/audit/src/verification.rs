//! Checks the whole audit log in one pass and constant memory: every chain, every head, every checkpoint.

use crate::{ChainEntry, ChainHash, ChainHead, Checkpoint, CheckpointRoot, SealKeys};
use kernel::UserId;

/// How many findings are listed; beyond that they are only counted.
const LISTED_MAX: usize = 100;

/// Something that is not as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// An entry's fields, hash or link to the one before it were changed, or it was moved.
    EntryChanged {
        /// Whose chain.
        subject: UserId,
        /// Its place there.
        place: u64,
    },
    /// There is no entry at a place although later ones are there.
    EntryMissing {
        /// Whose chain.
        subject: UserId,
        /// The place.
        place: u64,
    },
    /// The chain does not end where its head says.
    EndChanged {
        /// Whose chain.
        subject: UserId,
    },
    /// A chain that was there is gone, or shorter than a checkpoint saw it.
    ChainLost {
        /// Whose chain.
        subject: UserId,
    },
    /// A checkpoint, or the list of heads it covers, was changed, is missing, or was sealed with another key.
    CheckpointChanged {
        /// The checkpoint's number.
        number: u64,
    },
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::EntryChanged { subject, place } => write!(f, "entry {place} of {subject} was changed"),
            Self::EntryMissing { subject, place } => write!(f, "entry {place} of {subject} is missing"),
            Self::EndChanged { subject } => write!(f, "the end of the chain of {subject} was changed"),
            Self::ChainLost { subject } => write!(f, "the chain of {subject} is gone or was cut"),
            Self::CheckpointChanged { number } => write!(f, "checkpoint {number} was changed"),
        }
    }
}

/// What a check of the whole log found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verification {
    /// How many entries were read.
    pub entries: u64,
    /// In how many chains.
    pub chains: u64,
    /// How many checkpoints were read.
    pub checkpoints: u64,
    /// The newest of them: worth writing down elsewhere, since it vouches for all before it.
    pub last_checkpoint: Option<Checkpoint>,
    /// The first hundred findings.
    pub findings: Vec<Finding>,
    /// How many findings there are in all.
    pub findings_total: u64,
}

impl Verification {
    /// Whether everything is as it was written.
    #[must_use]
    pub const fn is_sound(&self) -> bool {
        self.findings_total == 0
    }

    fn note(&mut self, finding: Finding) {
        self.findings_total = self.findings_total.saturating_add(1);
        if self.findings.len() < LISTED_MAX {
            self.findings.push(finding);
        }
    }
}

/// The chain being walked.
#[derive(Debug)]
struct Walk {
    end: ChainHead,
    head: Option<ChainHead>,
}

/// The checkpoint whose heads are being read.
#[derive(Debug)]
struct Reading {
    checkpoint: Checkpoint,
    root: CheckpointRoot,
}

/// Takes the log in a fixed order: every entry by subject and place, then heads without entries, then each
/// checkpoint followed by its heads by subject.
#[derive(Debug)]
pub struct Verifier<'k> {
    keys: &'k SealKeys,
    walk: Option<Walk>,
    reading: Option<Reading>,
    outcome: Verification,
}

impl<'k> Verifier<'k> {
    /// A check with the keys of the seals.
    #[must_use]
    pub fn new(keys: &'k SealKeys) -> Self {
        Self { keys, walk: None, reading: None, outcome: Verification::default() }
    }

    /// The next entry, and the head of its chain if there is one.
    pub fn entry(&mut self, link: &ChainEntry, head: Option<ChainHead>) {
        let (subject, place) = (link.entry.subject, link.place);
        let walked = match self.walk.take() {
            Some(walk) if walk.end.subject == subject => walk.end,
            other => {
                self.end_walk(other);
                self.outcome.chains = self.outcome.chains.saturating_add(1);
                ChainHead::genesis(subject)
            }
        };
        self.outcome.entries = self.outcome.entries.saturating_add(1);
        let expected = walked.length.saturating_add(1);
        let follows = place == expected;
        if !follows {
            self.outcome.note(Finding::EntryMissing { subject, place: expected });
        }
        if link.computed_hash() != link.hash || (follows && link.previous != walked.hash) {
            self.outcome.note(Finding::EntryChanged { subject, place });
        }
        self.walk = Some(Walk { end: link.head(), head });
    }

    /// A head whose chain has no entry at all.
    pub fn stray_head(&mut self, subject: UserId) {
        self.outcome.note(Finding::ChainLost { subject });
    }

    /// The next checkpoint.
    pub fn checkpoint(&mut self, checkpoint: &Checkpoint) {
        self.end_reading();
        let before = self.outcome.last_checkpoint.as_ref();
        let expected = before.map_or(0, |before| before.number).saturating_add(1);
        let previous = before.map(|before| before.seal);
        if checkpoint.number != expected || !self.keys.holds(previous.as_ref(), checkpoint) {
            self.outcome.note(Finding::CheckpointChanged { number: checkpoint.number });
        }
        self.outcome.checkpoints = self.outcome.checkpoints.saturating_add(1);
        self.outcome.last_checkpoint = Some(checkpoint.clone());
        self.reading = Some(Reading { checkpoint: checkpoint.clone(), root: CheckpointRoot::default() });
    }

    /// The next head the checkpoint saw, and the hash of the entry that stands at its place now.
    pub fn sealed_head(&mut self, head: &ChainHead, found: Option<ChainHash>) {
        if let Some(reading) = &mut self.reading {
            reading.root.add(head);
        }
        if found != Some(head.hash) {
            self.outcome.note(Finding::ChainLost { subject: head.subject });
        }
    }

    /// What was found.
    #[must_use]
    pub fn finish(mut self) -> Verification {
        let walk = self.walk.take();
        self.end_walk(walk);
        self.end_reading();
        self.outcome
    }

    fn end_walk(&mut self, walk: Option<Walk>) {
        let Some(Walk { end, head }) = walk else { return };
        if head != Some(end) {
            self.outcome.note(Finding::EndChanged { subject: end.subject });
        }
    }

    fn end_reading(&mut self) {
        let Some(Reading { checkpoint, root }) = self.reading.take() else { return };
        if root.chains() != checkpoint.chains || root.finish() != checkpoint.root {
            self.outcome.note(Finding::CheckpointChanged { number: checkpoint.number });
        }
    }
}
