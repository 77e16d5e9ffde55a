//! A day under attack on sign-in: somebody asks for codes from thousands of addresses while people sign in, and it is
//! counted what the attack buys and who passes all the same. The whole HTTP path and the database are real; the day
//! passes as fast as they answer.

mod attack;
mod gate;
mod town;

pub use attack::Shape;

use crate::harness::seeded;
use attack::Attack;
use futures::{StreamExt as _, stream};
use gate::Gate;
use kernel::Env;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{Mutex, PoisonError},
};
use time::Duration;
use town::{Kind, Town, Visit};

const MINUTES: u32 = 24 * 60;

/// How many do something at a time.
const AT_A_TIME: usize = 8;

/// What to try, all of it following from the seed.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// From it follow people, addresses, numbers and times.
    pub seed: u64,
    /// How the attack looks.
    pub shape: Shape,
    /// How many codes it asks for.
    pub triggers: u32,
    /// From how many addresses.
    pub addresses: u32,
    /// How many people sign in that day.
    pub honest: u32,
    /// How many of those are new and come from a provider's block nobody came from in two days.
    pub strays: u32,
}

impl Plan {
    /// A source of its own for each part, so that what one draws leaves the others alone.
    fn source(&self, stream: u64) -> Env {
        seeded(self.seed.wrapping_mul(1_000).wrapping_add(stream))
    }
}

/// What came of it.
#[derive(Debug)]
pub struct Report {
    /// What was tried.
    pub plan: Plan,
    /// People who were refused the day before, when nobody attacked and nobody was known.
    pub refused_before: usize,
    /// Messages that were sent because the attack asked.
    pub bought: usize,
    /// The most wrong codes that were compared for one number.
    pub guesses_max: usize,
    /// People who signed in, of how many who wanted to, by what they are to the program.
    pub passed: BTreeMap<Kind, (usize, usize)>,
    /// All messages that left, to compare with what those who asked were told.
    pub messages: usize,
    /// How many of those who asked were told of a message.
    pub told: usize,
}

impl Report {
    /// People who signed in, of how many.
    #[must_use]
    pub fn honest(&self) -> (usize, usize) {
        self.passed.values().fold((0, 0), |(passed, all), (some, of)| (passed + some, all + of))
    }

    /// Whether it came out as it must: few messages bought from outside, no number guessed at more than a day allows, and
    /// 999 of 1,000 people passed.
    #[must_use]
    pub fn holds(&self) -> bool {
        let (passed, all) = self.honest();
        let is_outside = self.plan.shape != Shape::Within;
        let few_refused = (all - passed).max(self.refused_before) * 1_000 <= all;
        (self.bought <= 50 || !is_outside) && self.guesses_max <= 15 && few_refused
    }

    /// What the table's columns mean.
    pub const HEADING: &'static str = "| Attack | Codes asked for | Messages bought | Most guesses at a number | \
        Honest sign-ins | Known device | Back without token | New | New, from nowhere |\n|---|---|---|---|---|---|---|---|---|";
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { plan, bought, guesses_max, .. } = self;
        write!(
            f,
            "| {} | {} from {} addresses | {bought} | {guesses_max} |",
            plan.shape, plan.triggers, plan.addresses
        )?;
        let kinds = Kind::ALL.map(|kind| self.passed.get(&kind).copied().unwrap_or_default());
        for (passed, all) in std::iter::once(self.honest()).chain(kinds) {
            write!(f, " {passed} of {all} |")?;
        }
        Ok(())
    }
}

/// What is counted while a day passes.
#[derive(Default)]
struct Counts {
    told: usize,
    bought: usize,
    guesses: BTreeMap<String, usize>,
    refused: BTreeSet<usize>,
}

/// Carries the plan out: a quiet day, the program's first, and then the day of the attack.
///
/// # Panics
/// When what stands around the program cannot be made: then nothing can be said.
pub async fn run(plan: Plan) -> Report {
    let gate = Gate::open().await;
    let mut town = Town::of(&plan);
    let first = day(&gate, &town.first_day(), &Attack::none()).await;
    let visits = town.second_day();
    let counts = day(&gate, &visits, &Attack::of(&plan, &town.numbers())).await;

    let mut passed: BTreeMap<Kind, (usize, usize)> = BTreeMap::new();
    for (place, visit) in visits.iter().enumerate() {
        let (some, of) = passed.entry(visit.kind).or_default();
        *some += usize::from(!counts.refused.contains(&place));
        *of += 1;
    }
    Report {
        plan,
        refused_before: first.refused.len(),
        bought: counts.bought,
        guesses_max: counts.guesses.values().copied().max().unwrap_or_default(),
        passed,
        messages: gate.messages(),
        told: first.told + counts.told,
    }
}

/// Lets a day pass, minute by minute.
async fn day(gate: &Gate, visits: &[Visit], attack: &Attack) -> Counts {
    let counts = Mutex::new(Counts::default());
    let lock = || counts.lock().unwrap_or_else(PoisonError::into_inner);
    for minute in 0..MINUTES {
        let strikes = stream::iter(attack.of_minute(minute)).for_each_concurrent(AT_A_TIME, async |strike| {
            let struck = strike.land(gate).await;
            let mut counts = lock();
            counts.bought += usize::from(struck.sent);
            counts.told += usize::from(struck.sent);
            *counts.guesses.entry(strike.number.clone()).or_default() += struck.guesses;
        });
        let due = visits.iter().enumerate().filter(|(_, visit)| visit.is_due(minute));
        let people = stream::iter(due).for_each_concurrent(AT_A_TIME, async |(place, visit)| {
            let step = visit.goes_on(gate, minute).await;
            let mut counts = lock();
            counts.told += usize::from(step.told);
            if step.refused {
                counts.refused.insert(place);
            }
        });
        futures::join!(strikes, people);
        gate.pass(Duration::MINUTE);
    }
    counts.into_inner().unwrap_or_else(PoisonError::into_inner)
}
