//! Fault scripts: what should go wrong with a partner, how often, and for which of its exchanges.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde::{Deserialize, Serialize};

use crate::Partner;

/// How many scripts one partner may have at a time.
const MOST_SCRIPTS: usize = 50;
const LONGEST_MATCH: usize = 200;
const MOST_TIMES: u32 = 100_000;
const LONGEST_DELAY_MS: u64 = 120_000;
const DEFAULT_DELAY_MS: u64 = 1_000;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The exchange waits `delay_ms` of real time first; with a `match` that begins with `webhook`, a webhook.
    Delay,
    /// The call is answered `status` in the partner's own error form, without effect.
    Status,
    /// The connection closes without an answer and without effect.
    DropBefore,
    /// The call takes effect, then the connection closes without an answer.
    DropAfter,
    /// Webhooks carry wrong credentials or a wrong signature; the signed return URL too.
    BadSignature,
    /// The call takes effect, but its answer is HTTP 200 with broken JSON.
    Malformed,
    /// Every call is answered 503 by the partner's front door without effect, and no webhook gets out.
    Outage,
    /// A webhook is delivered twice.
    Duplicate,
    /// A webhook is held back until the partner's next one has gone out (or five seconds of the clock).
    Reorder,
    /// A Juspay webhook hides its personal and some other fields behind the word `FILTERED`.
    Filtered,
    /// A Juspay webhook writes its numbers and flags as strings.
    Strings,
    /// JSON answers carry keys that nobody has documented.
    ExtraKeys,
}

/// At what moment of the simulation a fault may strike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// A call has arrived.
    Call,
    /// A webhook is being written.
    WritingWebhook,
    /// A webhook, or one more try of it, is being sent.
    SendingWebhook,
    /// A customer is sent back to the merchant by a signed URL.
    Redirect,
}

impl FaultKind {
    fn strikes_at(self, moment: Moment) -> bool {
        use FaultKind::{
            BadSignature, Delay, DropAfter, DropBefore, Duplicate, ExtraKeys, Filtered, Malformed, Outage,
            Reorder, Status, Strings,
        };
        match moment {
            Moment::Call => {
                matches!(self, Delay | Status | DropBefore | DropAfter | Malformed | Outage | ExtraKeys)
            }
            Moment::WritingWebhook => matches!(self, Delay | Duplicate | Reorder | Filtered | Strings),
            Moment::SendingWebhook => matches!(self, BadSignature | Outage),
            Moment::Redirect => matches!(self, BadSignature),
        }
    }

    /// Whether it decides the answer, so that of several only the first strikes.
    fn is_decisive(self) -> bool {
        match self {
            Self::Status | Self::DropBefore | Self::DropAfter | Self::Malformed | Self::Outage => true,
            Self::Delay
            | Self::BadSignature
            | Self::Duplicate
            | Self::Reorder
            | Self::Filtered
            | Self::Strings
            | Self::ExtraKeys => false,
        }
    }
}

/// A fault script as the control plane takes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultScript {
    /// Strikes only where the exchange's line contains this: `POST /session`, `webhook ORDER_SUCCEEDED`,
    /// `return_url`. Absent: everywhere.
    #[serde(default, rename = "match", skip_serializing_if = "Option::is_none")]
    pub matches: Option<String>,
    /// What goes wrong.
    pub kind: FaultKind,
    /// How many times it strikes; absent: until it is removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// For `delay`: how long, in milliseconds of real time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay_ms: Option<u64>,
    /// For `status`: the HTTP status, 400–599.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
}

/// Why a fault script was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FaultScriptError {
    /// `status` is missing, out of range, or given to another kind.
    #[error("status must be within 400–599 for kind `status`, and absent for the others")]
    Status,
    /// `delay_ms` is out of range or given to another kind.
    #[error("delay_ms must be within 1–120000 and goes with kind `delay` only")]
    Delay,
    /// `times` is out of range.
    #[error("times must be within 1–100000")]
    Times,
    /// `match` is empty or too long.
    #[error("match must have 1–200 characters")]
    Match,
    /// The partner has as many scripts as it can.
    #[error("a partner has at most 50 fault scripts; remove some first")]
    TooMany,
}

impl FaultScript {
    /// A script that strikes everywhere until removed.
    #[must_use]
    pub const fn new(kind: FaultKind) -> Self {
        Self { matches: None, kind, times: None, delay_ms: None, status: None }
    }

    fn check(&self) -> Result<(), FaultScriptError> {
        let status_fits = match (self.kind, self.status) {
            (FaultKind::Status, Some(status)) => (400..=599).contains(&status),
            (kind, status) => kind != FaultKind::Status && status.is_none(),
        };
        let delay_fits = self
            .delay_ms
            .is_none_or(|delay| self.kind == FaultKind::Delay && (1..=LONGEST_DELAY_MS).contains(&delay));
        if !status_fits {
            return Err(FaultScriptError::Status);
        }
        if !delay_fits {
            return Err(FaultScriptError::Delay);
        }
        if self.times.is_some_and(|times| !(1..=MOST_TIMES).contains(&times)) {
            return Err(FaultScriptError::Times);
        }
        if self.matches.as_ref().is_some_and(|text| !(1..=LONGEST_MATCH).contains(&text.chars().count())) {
            return Err(FaultScriptError::Match);
        }
        Ok(())
    }

    fn strikes(&self, moment: Moment, line: &str) -> bool {
        let fits = self.matches.as_ref().is_none_or(|text| line.contains(text.as_str()));
        // A delay meant for calls must not slow the webhooks down unasked.
        let meant = moment != Moment::WritingWebhook
            || self.kind != FaultKind::Delay
            || self.matches.as_ref().is_some_and(|text| text.starts_with("webhook"));
        fits && meant && self.kind.strikes_at(moment)
    }
}

/// The faults that strike one exchange.
#[derive(Debug, Clone, Default)]
pub(crate) struct Strike {
    pub(crate) delay: Duration,
    pub(crate) kinds: Vec<FaultKind>,
    pub(crate) status: Option<u16>,
}

impl Strike {
    pub(crate) fn has(&self, kind: FaultKind) -> bool {
        self.kinds.contains(&kind)
    }
}

/// The scripts of every partner.
#[derive(Debug, Clone, Default)]
pub(crate) struct Faults(Arc<Mutex<HashMap<Partner, Vec<FaultScript>>>>);

impl Faults {
    /// Adds a script.
    pub(crate) fn add(&self, partner: Partner, script: FaultScript) -> Result<(), FaultScriptError> {
        script.check()?;
        let mut all = self.lock();
        let scripts = all.entry(partner).or_default();
        if scripts.len() >= MOST_SCRIPTS {
            return Err(FaultScriptError::TooMany);
        }
        scripts.push(script);
        Ok(())
    }

    /// Removes every script of a partner; answers how many there were.
    pub(crate) fn clear(&self, partner: Partner) -> usize {
        self.lock().remove(&partner).map_or(0, |scripts| scripts.len())
    }

    /// The scripts still in force.
    pub(crate) fn list(&self, partner: Partner) -> Vec<FaultScript> {
        self.lock().get(&partner).cloned().unwrap_or_default()
    }

    /// What strikes this exchange; counts it off the scripts.
    pub(crate) fn strike(&self, partner: Partner, moment: Moment, line: &str) -> Strike {
        let mut strike = Strike::default();
        let mut all = self.lock();
        let Some(scripts) = all.get_mut(&partner) else { return strike };
        let mut decided = false;
        for script in scripts.iter_mut().filter(|script| script.strikes(moment, line)) {
            if script.kind.is_decisive() && std::mem::replace(&mut decided, true) {
                continue;
            }
            script.times = script.times.map(|times| times.saturating_sub(1));
            strike.kinds.push(script.kind);
            strike.status = strike.status.or(script.status);
            if script.kind == FaultKind::Delay {
                strike.delay += Duration::from_millis(script.delay_ms.unwrap_or(DEFAULT_DELAY_MS));
            }
            decided |= script.kind.is_decisive();
        }
        scripts.retain(|script| script.times != Some(0));
        strike
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Partner, Vec<FaultScript>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(scripts: &[FaultScript]) -> Faults {
        let faults = Faults::default();
        for script in scripts {
            faults.add(Partner::Juspay, script.clone()).unwrap();
        }
        faults
    }

    #[test]
    fn decisive_scripts_strike_one_after_the_other() {
        let status = |status| FaultScript {
            status: Some(status),
            times: Some(1),
            ..FaultScript::new(FaultKind::Status)
        };
        let faults = faults(&[status(500), status(429)]);
        let strike = || faults.strike(Partner::Juspay, Moment::Call, "POST /session").status;
        assert_eq!([strike(), strike(), strike()], [Some(500), Some(429), None]);
    }

    #[test]
    fn a_delay_slows_calls_and_only_webhooks_it_names() {
        let faults = faults(&[FaultScript::new(FaultKind::Delay)]);
        let delay = |moment, line| faults.strike(Partner::Juspay, moment, line).delay;
        assert_eq!(delay(Moment::Call, "GET /orders/A"), Duration::from_secs(1));
        assert_eq!(delay(Moment::WritingWebhook, "webhook ORDER_FAILED"), Duration::ZERO);
        assert_eq!(faults.strike(Partner::Twilio, Moment::Call, "POST /x").delay, Duration::ZERO);
    }

    #[test]
    fn a_script_is_checked() {
        let wrong = [
            (FaultScript::new(FaultKind::Status), FaultScriptError::Status),
            (
                FaultScript { status: Some(200), ..FaultScript::new(FaultKind::Status) },
                FaultScriptError::Status,
            ),
            (
                FaultScript { status: Some(500), ..FaultScript::new(FaultKind::Delay) },
                FaultScriptError::Status,
            ),
            (
                FaultScript { delay_ms: Some(0), ..FaultScript::new(FaultKind::Delay) },
                FaultScriptError::Delay,
            ),
            (
                FaultScript { delay_ms: Some(1), ..FaultScript::new(FaultKind::Outage) },
                FaultScriptError::Delay,
            ),
            (FaultScript { times: Some(0), ..FaultScript::new(FaultKind::Outage) }, FaultScriptError::Times),
            (
                FaultScript { matches: Some(String::new()), ..FaultScript::new(FaultKind::Outage) },
                FaultScriptError::Match,
            ),
        ];
        for (script, error) in wrong {
            assert_eq!(Faults::default().add(Partner::Twilio, script), Err(error));
        }
    }

    #[test]
    fn there_is_a_most() {
        let faults = faults(&vec![FaultScript::new(FaultKind::Delay); MOST_SCRIPTS]);
        assert_eq!(
            faults.add(Partner::Juspay, FaultScript::new(FaultKind::Delay)),
            Err(FaultScriptError::TooMany)
        );
        assert_eq!(faults.clear(Partner::Juspay), MOST_SCRIPTS);
    }
}
