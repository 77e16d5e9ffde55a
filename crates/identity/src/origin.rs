//! Where a request came from, as far as budgets and the audit log need to know.

use std::net::IpAddr;

/// The network address and the request's id, when the caller has them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// The address the request came from, as the outermost trusted proxy saw it.
    pub ip: Option<IpAddr>,
    /// The request's id, so that an audit entry can be matched with the log.
    pub request_id: Option<String>,
}
