#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

pub mod catalogue;
mod clock;
mod entropy;
mod env;
mod fault;
mod id;
mod masked;
mod news;
mod page;
mod paise;
mod store_error;

pub use clock::{Clock, MovableClock, SystemClock, business_day};
pub use entropy::{Entropy, SeededEntropy, SystemEntropy};
pub use env::Env;
pub use fault::{Detail, Entry, Fault, Kind};
pub use id::{OrderRef, SessionId, UserId};
pub use masked::Masked;
pub use news::News;
pub use page::{Cursor, CursorError, Limit, LimitError, Page};
pub use paise::Paise;
pub use store_error::StoreError;

#[doc(hidden)]
pub use uuid;
