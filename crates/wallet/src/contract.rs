//! What every implementation of the stores must do; run on the in-memory ones and on a real database.
//!
//! Each suite works on people of its own, so that all may share one set of stores. A suite panics where a rule
//! is broken: that is how a test says no.

mod loads;
mod money;
mod provisioning;
mod races;
mod reading;

pub use loads::loads;
pub use money::{corrections, limits, movements};
pub use provisioning::provisioning;
pub use races::races;
pub use reading::reading;

use crate::{
    Credit, CreditKind, Ledger, LimitTable, Outcome, Purpose, Reference, Source, Spend, WalletId, Wallets,
    ports::{IssuerLoadStore, LedgerAudit, LedgerStore, WalletStore},
    testing::InMemoryIssuer,
};
use kernel::{Env, Masked, MovableClock, OrderRef, Paise, UserId};
use std::sync::Arc;

/// An implementation of the stores, all over the same books, and the clock its facts are dated by.
pub struct Stores {
    /// The clock, which suites move.
    pub clock: Arc<MovableClock>,
    /// Time and randomness over that clock.
    pub env: Env,
    /// The wallets.
    pub wallets: Arc<dyn WalletStore>,
    /// The ledger.
    pub ledger: Arc<dyn LedgerStore>,
    /// The loads at the issuer.
    pub loads: Arc<dyn IssuerLoadStore>,
    /// The check of the books.
    pub audit: Arc<dyn LedgerAudit>,
}

/// A person with an open wallet, and the services over the stores under test.
struct Person {
    user_id: UserId,
    wallet_id: WalletId,
    ledger: Ledger,
    wallets: Wallets,
}

impl Stores {
    fn wallets_with(&self, issuer: &Arc<InMemoryIssuer>) -> Wallets {
        let table = LimitTable::rbi_2021();
        Wallets::new(self.env.clone(), table, self.wallets.clone(), issuer.clone(), self.loads.clone())
    }

    fn ledger(&self) -> Ledger {
        Ledger::new(self.env.clone(), LimitTable::rbi_2021(), self.ledger.clone())
    }

    #[expect(clippy::panic, clippy::expect_used, reason = "a contract that is broken must say so and stop")]
    async fn person(&self) -> Person {
        let user_id = UserId::generate(&self.env);
        let wallets = self.wallets_with(&Arc::new(InMemoryIssuer::new()));
        wallets.open(user_id).await.expect("a wallet can be asked for");
        let outcome = wallets.provision(user_id, phone()).await.expect("a wallet can be opened");
        let Outcome::Completed(wallet_id) = outcome else { panic!("the wallet was not opened: {outcome:?}") };
        Person { user_id, wallet_id, ledger: self.ledger(), wallets }
    }

    #[expect(clippy::expect_used, reason = "a contract that is broken must say so and stop")]
    async fn books_are_clean(&self) {
        let report = self.audit.check().await.expect("the books can be read");
        assert!(report.is_clean(), "the books contradict themselves: {:?}", report.differences);
    }
}

impl Person {
    fn credit(&self, reference: &str, paise: i64) -> Credit {
        Credit {
            user_id: self.user_id,
            kind: CreditKind::Topup,
            source: Source::Own,
            amount: Paise::new(paise),
            reference: self.reference(reference),
            order: OrderRef::parse("AAR0001"),
        }
    }

    fn spend(&self, reference: &str, paise: i64) -> Spend {
        Spend {
            user_id: self.user_id,
            purpose: Purpose::Consultation,
            amount: Paise::new(paise),
            reference: self.reference(reference),
            order: None,
        }
    }

    /// References are unique over all wallets, so each person's begin with a part of their own id.
    #[expect(clippy::expect_used, reason = "references written in the suites are well-formed")]
    fn reference(&self, name: &str) -> Reference {
        let text = format!("{}:{name}", self.user_id.uuid().simple());
        Reference::parse(&text).expect("a well-formed reference")
    }

    #[expect(clippy::expect_used, reason = "a contract that is broken must say so and stop")]
    async fn holds(&self) -> Paise {
        self.wallets.get(self.user_id).await.expect("the wallet is there").balance
    }
}

fn phone() -> Masked<String> {
    Masked::new("+919876543210".to_owned())
}
