//! One HTTP exchange with a vendor, within limits.

use crate::{SetUpError, VendorFault};
use identity::ports::SendError;
pub(crate) use outbound::Answer;
use outbound::CallError;
use reqwest::{Client, RequestBuilder};
use std::time::Duration;
use url::Url;

/// The longest answer read; a vendor's are under 2 KiB.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// A client for the vendor at `base`; `timeout` is for all of an exchange.
pub(crate) fn client(vendor: &'static str, base: &Url, timeout: Duration) -> Result<Client, SetUpError> {
    let client = outbound::client_for(base).timeout(timeout).build();
    client.map_err(|source| SetUpError::Client { vendor, source })
}

/// `base` with a path added to it.
pub(crate) fn at(vendor: &'static str, base: &Url, path: &[&str]) -> Result<Url, SetUpError> {
    outbound::join(base, path).ok_or(SetUpError::Address { vendor })
}

/// Makes the call once. Only a failure to connect proves that nothing was sent.
pub(crate) async fn call(vendor: &'static str, request: RequestBuilder) -> Result<Answer, SendError> {
    outbound::exchange(request, ANSWER_BYTES_MAX).await.map_err(|source| {
        let nothing_sent = matches!(source, CallError::Unsent(_));
        let fault = VendorFault::Network { vendor, source };
        if nothing_sent { fault.unavailable() } else { fault.unknown() }
    })
}
