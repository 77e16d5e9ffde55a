//! The purchase of a policy under everything that can go wrong: thousands of runs in memory, each as its seed says, in which
//! any call to the outside may fail, lose its answer or be the last thing the program did, and in which workers, apps and
//! partners take their turns in any order. When all is calm again, everybody must have cover or their money.

mod fate;
mod faulty;
mod verdict;
mod world;

pub use fate::Blow;
pub use verdict::Tally;

use fate::Fate;
use futures::task::noop_waker;
use kernel::{Env, MovableClock, SeededEntropy};
use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};
use time::{Duration, OffsetDateTime, macros::datetime};
use world::{Actor, World};

/// When every run begins.
const START: OffsetDateTime = datetime!(2026-01-15 12:00 UTC);

/// How many turns are taken while things go wrong.
const TURNS: u32 = 240;

/// How many actors are at it at a time.
const AT_A_TIME: usize = 4;

/// How long everything may take to be settled once nothing goes wrong any more: the insurer's day, and some looks.
const SETTLED_WITHIN: Duration = Duration::hours(27);

/// Runs the saga that this seed tells of.
///
/// # Panics
/// When the world cannot be made.
#[must_use]
pub fn run(seed: u64) -> Tally {
    let clock = Arc::new(MovableClock::standing_at(START));
    let env = Env::new(clock.clone(), Arc::new(SeededEntropy::new(seed)));
    let fate = Arc::new(Fate::new(Env::new(clock.clone(), Arc::new(SeededEntropy::new(!seed)))));
    let world = finish(World::prepare(env, clock, fate.clone()));
    fate.strike();
    struggle(&world, &fate);
    fate.rest();
    calm_down(&world);
    let mut tally = finish(world.judge(seed));
    tally.blows = fate.blows();
    tally
}

/// Actors come, take turns in any order, and end, or are struck down.
fn struggle(world: &World, fate: &Fate) {
    let mut actors: Vec<Actor> = Vec::new();
    for _ in 0..TURNS {
        if actors.len() < AT_A_TIME {
            actors.extend(world.next_actor());
        }
        world.let_time_pass();
        world.let_partners_act();
        if actors.is_empty() {
            continue;
        }
        let turn = world.chance(actors.len());
        let mut actor = actors.swap_remove(turn);
        match poll(&mut actor) {
            Poll::Ready(()) => {}
            // Whatever it was about to do next, it never does.
            Poll::Pending if fate.takes_the_fallen() => {}
            Poll::Pending => actors.push(actor),
        }
    }
    // The program is stopped with whatever it was at.
}

/// Everything is delivered until nothing is left to do.
fn calm_down(world: &World) {
    let ends = world.now() + SETTLED_WITHIN;
    while world.now() < ends {
        for actor in world.everything_due() {
            finish(actor);
        }
        if world.is_settled() {
            return;
        }
        world.advance(Duration::minutes(5));
    }
}

fn poll(actor: &mut Actor) -> Poll<()> {
    let waker = noop_waker();
    actor.as_mut().poll(&mut Context::from_waker(&waker))
}

/// Runs what nobody else is waited for in.
fn finish<T>(future: impl Future<Output = T>) -> T {
    let mut future: Pin<Box<_>> = Box::pin(future);
    let waker = noop_waker();
    loop {
        if let Poll::Ready(done) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return done;
        }
    }
}
