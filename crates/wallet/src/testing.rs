//! In-memory ports, a scripted issuer and the mocks: for tests and for whoever tries this crate out.

mod books;
mod issuer;
mod reading;

pub use crate::ports::{
    MockIssuerLoadStore, MockLedgerAudit, MockLedgerStore, MockWalletIssuer, MockWalletStore,
};
pub use books::InMemoryBooks;
pub use issuer::{InMemoryIssuer, Misbehaviour};
