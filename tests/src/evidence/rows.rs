//! The form of a row.

/// One requirement, and how we stand with it.
#[derive(Debug)]
pub struct Row {
    /// Its number in the standard.
    pub id: &'static str,
    /// From which level on it is asked.
    pub level: u8,
    /// What it is about, in our own words.
    pub words: &'static str,
    /// How we stand with it.
    pub verdict: Verdict,
}

/// How we stand with a requirement.
#[derive(Debug)]
pub enum Verdict {
    /// These tests prove it, each as `file#name`.
    Met(&'static [&'static str]),
    /// What it is about is not here, and why.
    NotApplicable(&'static str),
    /// It is asked of us and not so; what is missing.
    NotMet(&'static str),
    /// We believe it, for this reason, and nothing proves it.
    Untested(&'static str),
}

impl Verdict {
    /// The word on the page.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Met(_) => "met",
            Self::NotApplicable(_) => "n/a",
            Self::NotMet(_) => "**not met**",
            Self::Untested(_) => "no test yet",
        }
    }

    /// The tests that prove it.
    pub const fn tests(&self) -> &'static [&'static str] {
        match self {
            Self::Met(tests) => tests,
            Self::NotApplicable(_) | Self::NotMet(_) | Self::Untested(_) => &[],
        }
    }

    /// Why it is not met by tests; empty if it is.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Met(_) => "",
            Self::NotApplicable(reason) | Self::NotMet(reason) | Self::Untested(reason) => reason,
        }
    }
}

pub(super) const fn met(
    id: &'static str,
    level: u8,
    words: &'static str,
    tests: &'static [&'static str],
) -> Row {
    Row { id, level, words, verdict: Verdict::Met(tests) }
}

pub(super) const fn aside(id: &'static str, level: u8, words: &'static str, why: &'static str) -> Row {
    Row { id, level, words, verdict: Verdict::NotApplicable(why) }
}

pub(super) const fn not_met(id: &'static str, level: u8, words: &'static str, why: &'static str) -> Row {
    Row { id, level, words, verdict: Verdict::NotMet(why) }
}

pub(super) const fn untested(id: &'static str, level: u8, words: &'static str, why: &'static str) -> Row {
    Row { id, level, words, verdict: Verdict::Untested(why) }
}
