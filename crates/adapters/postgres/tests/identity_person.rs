//! The person's ports on a real server: the suites that hold for every implementation, and what only a
//! database can be asked.

#[cfg(test)]
mod audited;
#[cfg(test)]
mod identity_person {
    pub mod journey;
    pub mod keys;
    pub mod sabotage;
    pub mod suites;
    pub mod world;
}
