//! What befalls the programs, drawn from a seed.

use super::Plan;
use kernel::Env;
use partners::{FaultKind, FaultScript, Partner};
use std::time::Duration;

/// How many seconds an instance's clock may go wrong: two of them then differ by less than tokens forgive.
const CLOCK_WRONG_MAX: u32 = 12;

/// One misfortune.
#[derive(Debug, Clone)]
pub(super) enum Blow {
    /// An instance is killed, and started again.
    KillGateway(usize),
    /// The database is killed, and started again.
    KillDatabase,
    /// An instance stands still for a while, and goes on.
    PauseGateway(usize, Duration),
    /// The database stands still for a while, and goes on.
    PauseDatabase(Duration),
    /// A partner answers badly a few times.
    Fault(Partner, FaultScript),
    /// A partner is away for a while: no call is answered and no webhook gets out.
    Outage(Partner, Duration),
    /// An instance is stopped, and started again with a clock that goes so many seconds wrong.
    WrongClock(usize, i64),
}

impl Blow {
    /// So many kills as planned, one pause to five of them, one partner's fault to two, one outage and one wrong clock
    /// to ten, in a drawn order.
    pub(super) fn draw(env: &Env, plan: &Plan) -> Vec<Self> {
        let gateway = || usize::try_from(env.below(u32::try_from(plan.gateways).unwrap_or(1))).unwrap_or(0);
        let pause = || Duration::from_millis(u64::from(200 + env.below(1_800)));
        let mut blows = Vec::new();
        for number in 0..plan.kills {
            blows.push(if number % 4 == 3 { Self::KillDatabase } else { Self::KillGateway(gateway()) });
            if number % 5 == 0 {
                let database = number % 10 == 0;
                blows.push(if database {
                    Self::PauseDatabase(pause())
                } else {
                    Self::PauseGateway(gateway(), pause())
                });
            }
            if number % 10 == 1 {
                blows.push(Self::Outage(Partner::Juspay, pause()));
                blows.push(Self::WrongClock(
                    gateway(),
                    i64::from(env.below(2 * CLOCK_WRONG_MAX + 1)) - i64::from(CLOCK_WRONG_MAX),
                ));
            }
            if number % 2 == 0 {
                blows.push(Self::Fault(Partner::Juspay, fault(env)));
            }
        }
        shuffle(env, &mut blows);
        blows
    }

    /// What it is called in a report.
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::KillGateway(_) => "instance killed",
            Self::KillDatabase => "database killed",
            Self::PauseGateway(..) => "instance paused",
            Self::PauseDatabase(_) => "database paused",
            Self::Fault(..) => "partner at fault",
            Self::Outage(..) => "partner away",
            Self::WrongClock(..) => "clock wrong",
        }
    }
}

fn fault(env: &Env) -> FaultScript {
    let calls = ["POST /session", "GET /orders", "POST /ppi/wallet/credit"];
    let call = calls.get(env.below(3) as usize).copied().unwrap_or("POST /session");
    let kind = match env.below(5) {
        0 => FaultKind::DropBefore,
        1 => FaultKind::DropAfter,
        2 => FaultKind::Malformed,
        3 => FaultKind::Status,
        _ => FaultKind::Delay,
    };
    FaultScript {
        matches: Some(call.to_owned()),
        times: Some(1 + env.below(4)),
        status: matches!(kind, FaultKind::Status).then_some(503),
        delay_ms: matches!(kind, FaultKind::Delay).then(|| u64::from(100 + env.below(700))),
        ..FaultScript::new(kind)
    }
}

/// Fisher and Yates.
fn shuffle(env: &Env, blows: &mut [Blow]) {
    for last in (1..blows.len()).rev() {
        let other = env.below(u32::try_from(last + 1).unwrap_or(1)) as usize;
        blows.swap(last, other);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_draws_the_same_blows_and_another_seed_others() {
        let drawn = |seed| {
            let plan = Plan { seed, gateways: 2, top_ups: 100, kills: 20 };
            format!("{:?}", Blow::draw(&plan.source(1), &plan))
        };
        assert_eq!(drawn(7), drawn(7));
        assert_ne!(drawn(7), drawn(8));
        assert_eq!(drawn(7).matches("Kill").count(), 20);
    }
}
