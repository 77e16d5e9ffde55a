//! A policy as the simulated insurer keeps it.

use serde::Deserialize;
use serde_json::{Value, json};
use time::{Date, Duration, OffsetDateTime};

use crate::magic::PolicyMagic;

/// How long a slow policy takes.
const SLOW: Duration = Duration::minutes(10);

/// What the insurer's people decide on a policy that is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// It is issued.
    Issue,
    /// It is refused.
    Refuse,
}

/// How a policy stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Under way; issued by itself at that instant, if there is one.
    Pending(Option<OffsetDateTime>),
    Issued,
    Rejected,
    Withdrawn,
}

/// A policy.
#[derive(Debug, Clone)]
pub(crate) struct Policy {
    pub(crate) external_id: String,
    pub(crate) number: String,
    pub(crate) starts_on: Option<Date>,
    pub(crate) standing: Standing,
}

impl Standing {
    /// How an application stands at first, by what its proposer's phone says.
    pub(crate) fn at_first(magic: Option<PolicyMagic>, now: OffsetDateTime) -> Self {
        match magic {
            Some(PolicyMagic::Refused) => Self::Rejected,
            Some(PolicyMagic::Slow) => Self::Pending(Some(now + SLOW)),
            Some(PolicyMagic::Undecided) => Self::Pending(None),
            Some(PolicyMagic::Dropped | PolicyMagic::ErrorsOnce | PolicyMagic::Unacceptable) | None => {
                Self::Issued
            }
        }
    }

    const fn word(&self) -> &'static str {
        match self {
            Self::Pending(_) => "PENDING",
            Self::Issued => "ISSUED",
            Self::Rejected => "REJECTED",
            Self::Withdrawn => "WITHDRAWN",
        }
    }
}

impl Policy {
    /// Brings it up to the present.
    pub(crate) fn look(&mut self, now: OffsetDateTime) {
        if let Standing::Pending(Some(at)) = self.standing
            && at <= now
        {
            self.standing = Standing::Issued;
        }
    }

    /// As the insurer writes it: what is not issued has neither number nor days.
    pub(crate) fn json(&self) -> Value {
        let is_issued = self.standing == Standing::Issued;
        let start = self.starts_on.filter(|_| is_issued);
        let expiry = start.and_then(|day| day.checked_add(Duration::days(364)));
        json!({ "policy": {
            "external_id": self.external_id,
            "status": self.standing.word(),
            "insurer_policy_number": is_issued.then_some(&self.number),
            "start_date": start.map(|day| day.to_string()),
            "expiry_date": expiry.map(|day| day.to_string()),
        }})
    }
}
