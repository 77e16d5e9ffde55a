//! What happens around every request: outside, its id, log line and envelope; inside, the row of its route.

mod authenticate;
mod guard;
mod idempotency;
mod rate_limit;
mod request_id;
mod safety_headers;

pub(crate) use authenticate::bearer;
pub use guard::guard;
pub(crate) use idempotency::key as idempotency_key;
pub(crate) use rate_limit::tell;
#[cfg(feature = "sandbox")]
pub(crate) use request_id::Complete;
pub use request_id::{RequestId, envelop};
pub use safety_headers::safety_headers;
