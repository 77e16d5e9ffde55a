//! Those who ask for codes they do not read.

use super::{MINUTES, Plan, gate::Gate};
use futures::{StreamExt as _, stream};
use kernel::Env;
use serde_json::json;
use std::fmt;

/// How an attack looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Shape {
    /// Numbers of every series, as fast as they can be asked for.
    Numbers,
    /// Numbers of a few series, one after the other, as who is paid for messages to them would.
    Series,
    /// One person's number.
    Victim,
    /// Numbers of every series, spread over the day.
    Slow,
    /// People's numbers, with five wrong codes for every code.
    Guess,
    /// Numbers of every series, from within the very blocks that people come from.
    Within,
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Numbers => "many numbers, in three hours",
            Self::Series => "series, one number after the other",
            Self::Victim => "one victim's number",
            Self::Slow => "many numbers, over the day",
            Self::Guess => "guessing at people's numbers",
            Self::Within => "many numbers, from people's own blocks",
        })
    }
}

/// A code is asked for, and perhaps guessed.
pub(super) struct Strike {
    minute: u32,
    address: String,
    pub(super) number: String,
    guesses: u32,
}

/// What it did: whether a message was sent, and how many wrong codes were compared.
pub(super) struct Struck {
    pub(super) sent: bool,
    pub(super) guesses: usize,
}

impl Strike {
    pub(super) async fn land(&self, gate: &Gate) -> Struck {
        let asked = gate.post(&self.address, "/auth/otp/trigger", &json!({ "phone": self.number })).await;
        let wrong = json!({ "phone": self.number, "otp": "000000" });
        let compared = stream::iter(0..self.guesses)
            .then(|_| gate.post(&self.address, "/auth/otp/verify", &wrong))
            .filter(|told| std::future::ready(told.body["details"]["attempts_remaining"].is_i64()))
            .count();
        Struck { sent: asked.status == 200, guesses: compared.await }
    }
}

/// All of it, by the minute.
pub(super) struct Attack(Vec<Strike>);

impl Attack {
    pub(super) const fn none() -> Self {
        Self(Vec::new())
    }

    pub(super) fn of(plan: &Plan, people: &[String]) -> Self {
        let draw = plan.source(2);
        let addresses: Vec<_> = (0..plan.addresses).map(|_| address(plan.shape, &draw)).collect();
        let strike = |place: u32| Strike {
            minute: match plan.shape {
                Shape::Slow | Shape::Guess => {
                    u32::try_from(u64::from(place) * u64::from(MINUTES) / u64::from(plan.triggers))
                        .unwrap_or_default()
                }
                Shape::Numbers | Shape::Series | Shape::Victim | Shape::Within => 180 + draw.below(180),
            },
            address: addresses[draw.below(plan.addresses) as usize].clone(),
            number: match plan.shape {
                Shape::Numbers | Shape::Slow | Shape::Within => {
                    format!("{}{:09}", 6 + draw.below(4), draw.below(1_000_000_000))
                }
                Shape::Series => format!("7{:04}{:05}", 4_200 + 77 * (place % 20), place / 20),
                Shape::Victim => people[0].clone(),
                Shape::Guess => people[(place % 50) as usize].clone(),
            },
            guesses: if plan.shape == Shape::Guess { 5 } else { 0 },
        };
        let mut strikes: Vec<_> = (0..plan.triggers).map(strike).collect();
        strikes.sort_by_key(|strike| strike.minute);
        Self(strikes)
    }

    pub(super) fn of_minute(&self, minute: u32) -> &[Strike] {
        let first = self.0.partition_point(|strike| strike.minute < minute);
        let end = self.0.partition_point(|strike| strike.minute <= minute);
        &self.0[first..end]
    }
}

/// Where a strike comes from: servers and homes all over the world, and IPv6 sites with a network for each request; or
/// the carriers' own blocks.
fn address(shape: Shape, draw: &Env) -> String {
    let octet = || 1 + draw.below(250);
    let heads = [5, 23, 31, 45, 80, 91, 103, 185, 193, 212];
    match (shape, draw.below(10)) {
        (Shape::Within, 0..5) => format!("49.{}.{}.{}", 36 + draw.below(24), octet(), octet()),
        (Shape::Within, _) => {
            format!("2409:40{:02x}:{:x}:{:x}::1", draw.below(6), draw.below(256), draw.below(65_536))
        }
        (_, 0..7) => format!("{}.{}.{}.{}", heads[draw.below(10) as usize], octet(), octet(), octet()),
        (_, _) => format!(
            "2a0{}:{:x}:{:x}:{:x}::1",
            draw.below(8),
            draw.below(16),
            draw.below(4),
            draw.below(65_536)
        ),
    }
}
