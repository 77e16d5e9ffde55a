//! What the suites of signing in are played on: stores of one implementation, and ways to look behind them.

use super::World;
use crate::{CodeHash, DeviceKey, Phone, Roles, testing::SignInStores};
use async_trait::async_trait;
use kernel::{Env, UserId};
use time::{Duration, OffsetDateTime, macros::datetime};

/// The stores of one implementation. Clauses use numbers of their own, so they can share one stage.
#[async_trait]
pub trait SignInStage: World {
    /// The stores.
    fn stores(&self) -> SignInStores;

    /// How often fifty race for one code here: the contract asks for a thousand rounds, where they take seconds.
    fn race_rounds(&self) -> u32;

    /// How many sessions of a person are kept, over or not.
    async fn session_count(&self, user_id: UserId) -> usize;

    /// Gives a person other roles.
    async fn set_roles(&self, user_id: UserId, roles: Roles);

    /// Closes a person's account.
    async fn close_account(&self, user_id: UserId);
}

/// Whatever went wrong.
pub(super) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A clause that is about to be played.
pub(super) type Clause<'a> = std::pin::Pin<Box<dyn Future<Output = Result<(), Failure>> + Send + 'a>>;

/// Plays the clauses, one after the other; stops at the first that is broken.
pub(super) async fn run<const N: usize>(clauses: [(&str, Clause<'_>); N]) {
    for (name, clause) in clauses {
        let outcome = clause.await;
        assert!(outcome.is_ok(), "{name}: {outcome:?}");
    }
}

/// When the clauses play.
pub(super) const NOW: OffsetDateTime = datetime!(2026-01-15 12:00 UTC);

/// So many seconds after [`NOW`].
pub(super) fn after(seconds: i64) -> OffsetDateTime {
    NOW + Duration::seconds(seconds)
}

/// A number nobody else uses.
#[expect(clippy::expect_used, reason = "ten digits of which the first is 9 are a number")]
pub(super) fn new_phone() -> Phone {
    let env = Env::system();
    let (head, tail) = (env.below(100_000), env.below(10_000));
    Phone::parse(&format!("9{head:05}{tail:04}")).expect("the number is fit")
}

/// A device nobody else has.
pub(super) fn new_device() -> DeviceKey {
    DeviceKey::new(Env::system().random())
}

/// A kept code, told apart from others by its first byte.
#[expect(clippy::expect_used, reason = "the text is of the stored form")]
pub(super) fn code_hash(mark: char) -> CodeHash {
    let (salt, hash) = (format!("{mark}{}", "A".repeat(21)), "A".repeat(43));
    CodeHash::from_text(&format!("$argon2id$v=19$m=8,t=1,p=1,keyid=1${salt}${hash}")).expect("it is fit")
}
