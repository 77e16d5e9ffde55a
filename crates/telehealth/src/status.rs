//! Where a session and its hand-over to a doctor stand, and which steps lead on from there.

/// Where a session with the agent stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SessionStatus {
    /// The agent is still asking.
    Collecting,
    /// There is a summary, which the person may still add to.
    SummaryReady,
    /// Handed to a doctor; nothing in it changes any more.
    Submitted,
    /// Nothing was said for 24 hours before it was handed over.
    Abandoned,
}

/// Where the hand-over of a submitted session stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HandoffStatus {
    /// Waiting for a doctor.
    Queued,
    /// A doctor has it.
    Assigned,
    /// They are talking.
    InConsult,
    /// The consultation is over.
    Completed,
    /// The doctor wants to see the person.
    InPersonAdvised,
    /// No doctor could be found.
    NoDoctor,
}

impl SessionStatus {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Collecting, Self::SummaryReady, Self::Submitted, Self::Abandoned];

    /// The one spelling in which it is answered and stored.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Collecting => "COLLECTING",
            Self::SummaryReady => "SUMMARY_READY",
            Self::Submitted => "SUBMITTED",
            Self::Abandoned => "ABANDONED",
        }
    }

    /// Reads a word as it is stored; `None` when it is none of them.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.word() == word)
    }

    /// Whether nothing may be said in the session any more.
    #[must_use]
    pub const fn is_closed(self) -> bool {
        match self {
            Self::Collecting | Self::SummaryReady => false,
            Self::Submitted | Self::Abandoned => true,
        }
    }

    /// Whether one step leads from here to `next`.
    #[must_use]
    pub const fn may_become(self, next: Self) -> bool {
        match self {
            Self::Collecting => matches!(next, Self::SummaryReady | Self::Abandoned),
            Self::SummaryReady => matches!(next, Self::Submitted | Self::Abandoned),
            Self::Submitted | Self::Abandoned => false,
        }
    }
}

impl HandoffStatus {
    /// Every one.
    pub const ALL: [Self; 6] = [
        Self::Queued,
        Self::Assigned,
        Self::InConsult,
        Self::Completed,
        Self::InPersonAdvised,
        Self::NoDoctor,
    ];

    /// The one spelling in which it is answered and stored.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Queued => "QUEUED",
            Self::Assigned => "ASSIGNED",
            Self::InConsult => "IN_CONSULT",
            Self::Completed => "COMPLETED",
            Self::InPersonAdvised => "IN_PERSON_ADVISED",
            Self::NoDoctor => "NO_DOCTOR",
        }
    }

    /// Reads a word as it is stored; `None` when it is none of them.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.word() == word)
    }

    /// Whether the hand-over is over.
    #[must_use]
    pub const fn is_final(self) -> bool {
        match self {
            Self::Queued | Self::Assigned | Self::InConsult => false,
            Self::Completed | Self::InPersonAdvised | Self::NoDoctor => true,
        }
    }

    /// Whether the hand-over can be at `next` after it was here. The other side's news comes late, twice and
    /// in disorder, so steps may be missed, but never taken back.
    #[must_use]
    pub const fn may_become(self, next: Self) -> bool {
        match self {
            Self::Queued => !matches!(next, Self::Queued),
            Self::Assigned => !matches!(next, Self::Queued | Self::Assigned),
            Self::InConsult => matches!(next, Self::Completed | Self::InPersonAdvised),
            Self::Completed | Self::InPersonAdvised | Self::NoDoctor => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_reads_back_and_nothing_else_does() {
        for status in SessionStatus::ALL {
            assert_eq!(SessionStatus::parse(status.word()), Some(status));
        }
        for status in HandoffStatus::ALL {
            assert_eq!(HandoffStatus::parse(status.word()), Some(status));
        }
        for word in ["", "collecting", "QUEUED ", "SUBMITTED(locked)"] {
            assert_eq!(SessionStatus::parse(word), None, "{word}");
            assert_eq!(HandoffStatus::parse(word), None, "{word}");
        }
    }

    #[test]
    fn nothing_leads_out_of_an_end() {
        for end in SessionStatus::ALL.into_iter().filter(|status| status.is_closed()) {
            assert!(SessionStatus::ALL.into_iter().all(|next| !end.may_become(next)), "{end:?}");
        }
        for end in HandoffStatus::ALL.into_iter().filter(|status| status.is_final()) {
            assert!(HandoffStatus::ALL.into_iter().all(|next| !end.may_become(next)), "{end:?}");
        }
    }

    #[test]
    fn no_step_can_be_taken_back() {
        for (from, to) in SessionStatus::ALL.into_iter().flat_map(|a| SessionStatus::ALL.map(|b| (a, b))) {
            assert!(!(from.may_become(to) && to.may_become(from)), "{from:?} {to:?}");
        }
        for (from, to) in HandoffStatus::ALL.into_iter().flat_map(|a| HandoffStatus::ALL.map(|b| (a, b))) {
            assert!(!(from.may_become(to) && to.may_become(from)), "{from:?} {to:?}");
        }
    }

    #[test]
    fn only_a_summary_can_be_submitted() {
        let ready = SessionStatus::ALL.into_iter().filter(|from| from.may_become(SessionStatus::Submitted));
        assert_eq!(ready.collect::<Vec<_>>(), [SessionStatus::SummaryReady]);
    }
}
