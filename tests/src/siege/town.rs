//! The people who sign in: by their carriers' blocks, in their own time, some of them twice or with a wrong code first.

use super::{MINUTES, Plan, gate::Gate};
use kernel::Env;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, PoisonError};

const CODE: &str = "123456";

/// What somebody is to the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Shows its device's token.
    KnownDevice,
    /// Has signed in before, and has no token any more.
    Returning,
    /// Is new, from where others sign in.
    New,
    /// Is new, from where nobody signed in.
    Stray,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::KnownDevice, Self::Returning, Self::New, Self::Stray];
}

/// Somebody with a phone, at home in a network.
struct Person {
    number: String,
    address: String,
    token: Mutex<Option<String>>,
}

/// Somebody signs in once.
pub(super) struct Visit {
    pub(super) kind: Kind,
    person: Arc<Person>,
    minute: u32,
    /// No message arrives at first: asks again a minute later.
    asks_twice: bool,
    /// Types a wrong code first.
    errs: bool,
    /// Never gives the code back.
    gives_up: bool,
}

/// What came of a step: whether a message was told of, and whether anything was refused.
pub(super) struct Step {
    pub(super) told: bool,
    pub(super) refused: bool,
}

impl Visit {
    fn new(draw: &Env, kind: Kind, person: &Arc<Person>) -> Self {
        let habit = draw.below(100);
        Self {
            kind,
            person: person.clone(),
            minute: draw.below(MINUTES - 2),
            asks_twice: habit < 5,
            errs: (5..12).contains(&habit),
            gives_up: (12..18).contains(&habit),
        }
    }

    pub(super) fn is_due(&self, minute: u32) -> bool {
        minute == self.minute || (self.asks_twice && minute == self.minute + 1)
    }

    pub(super) async fn goes_on(&self, gate: &Gate, minute: u32) -> Step {
        let token = if self.kind == Kind::KnownDevice { self.person.token() } else { None };
        let asks = json!({ "phone": self.person.number, "device_token": token });
        let asked = gate.post(&self.person.address, "/auth/otp/trigger", &asks).await;
        let told = asked.status == 200;
        if !told || self.gives_up || (self.asks_twice && minute == self.minute) {
            return Step { told, refused: !told };
        }
        if self.errs {
            self.give(gate, "654321", token.as_deref()).await;
        }
        let given = self.give(gate, CODE, token.as_deref()).await;
        if let Some(token) = given.as_ref().and_then(|body| body["device_token"].as_str()) {
            *self.person.token.lock().unwrap_or_else(PoisonError::into_inner) = Some(token.to_owned());
        }
        Step { told, refused: given.is_none() }
    }

    async fn give(&self, gate: &Gate, code: &str, token: Option<&str>) -> Option<Value> {
        let body = json!({ "phone": self.person.number, "otp": code, "device_token": token });
        let told = gate.post(&self.person.address, "/auth/otp/verify", &body).await;
        (told.status == 200).then_some(told.body)
    }
}

impl Person {
    fn token(&self) -> Option<String> {
        self.token.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Everybody.
pub(super) struct Town {
    draw: Env,
    plan: Plan,
    people: Vec<Arc<Person>>,
    born: u32,
}

impl Town {
    pub(super) fn of(plan: &Plan) -> Self {
        Self { draw: plan.source(1), plan: *plan, people: Vec::new(), born: 0 }
    }

    /// As many as on any day, all of them new to a program that was just started.
    pub(super) fn first_day(&mut self) -> Vec<Visit> {
        let day = 0..self.plan.honest;
        day.map(|_| {
            let person = self.arrives();
            self.people.push(person.clone());
            let visit = Visit::new(&self.draw, Kind::New, &person);
            Visit { gives_up: false, ..visit }
        })
        .collect()
    }

    /// Half come with their device, one in seven without it, and the others are new.
    pub(super) fn second_day(&mut self) -> Vec<Visit> {
        let honest = self.plan.honest as usize;
        let (known, returning) = (honest / 2, honest / 7);
        let back = self.people.iter().take(known + returning).enumerate();
        let mut visits: Vec<_> = back
            .map(|(place, person)| {
                let kind = if place < known { Kind::KnownDevice } else { Kind::Returning };
                Visit::new(&self.draw, kind, person)
            })
            .collect();
        for place in visits.len()..honest {
            let is_stray = honest - place <= self.plan.strays as usize;
            let person = if is_stray { self.strays() } else { self.arrives() };
            visits.push(Visit::new(&self.draw, if is_stray { Kind::Stray } else { Kind::New }, &person));
        }
        visits
    }

    /// The numbers of people who have signed in.
    pub(super) fn numbers(&self) -> Vec<String> {
        self.people.iter().map(|person| person.number.clone()).collect()
    }

    /// Somebody new. Two in five come by IPv6 from a carrier, as many by a carrier's shared IPv4, the others from
    /// home.
    fn arrives(&mut self) -> Arc<Person> {
        let draw = &self.draw;
        let few = (self.plan.honest / 100).max(2);
        let octet = || 1 + draw.below(250);
        let address = match draw.below(5) {
            0 | 1 => {
                let [region, site, subscriber] =
                    [draw.below(few.min(6)), draw.below(256), draw.below(65_536)];
                format!("2409:40{region:02x}:{site:x}:{subscriber:x}::{:x}", 1 + draw.below(60_000))
            }
            2 | 3 => format!("49.{}.{}.{}", 36 + draw.below(few.min(24)), octet(), octet()),
            _ => format!("117.{}.{}.{}", 192 + draw.below(few.min(40)), octet(), octet()),
        };
        self.at(address)
    }

    /// Somebody new, from a provider nobody came from.
    fn strays(&mut self) -> Arc<Person> {
        let address = format!("122.{}.7.9", 160 + self.born % 64);
        self.at(address)
    }

    fn at(&mut self, address: String) -> Arc<Person> {
        self.born += 1;
        // Numbers in use lie far apart: no two of them share their first six digits, and few their first five.
        let number = format!("9{:09}", u64::from(self.born) * 2_654_435 % 1_000_000_000);
        Arc::new(Person { number, address, token: Mutex::new(None) })
    }
}
