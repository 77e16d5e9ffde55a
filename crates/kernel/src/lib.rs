#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

pub mod catalogue;
mod clock;
mod entropy;
mod env;
mod fault;
mod field;
mod gender;
mod id;
mod masked;
mod news;
mod page;
mod paise;
mod store_error;
mod words;

pub use clock::{Clock, MovableClock, SystemClock, business_day, day_begins_at, full_years};
pub use entropy::{Entropy, SeededEntropy, SystemEntropy};
pub use env::Env;
pub use fault::{Detail, Entry, Fault, Kind};
pub use field::{FieldError, FieldRule};
pub use gender::Gender;
pub use id::{OrderRef, SessionId, UserId};
pub use masked::Masked;
pub use news::News;
pub use page::{Cursor, Limit, Page};
pub use paise::Paise;
pub use store_error::StoreError;
pub use words::parse_word;

#[doc(hidden)]
pub use uuid;
