//! What a person reads when the sandbox is up: where it is and what to try first.

use std::net::SocketAddr;

#[expect(clippy::print_stdout, reason = "the command line speaks to a person")]
pub(super) fn print(address: SocketAddr, metrics: SocketAddr) {
    let base = format!("http://{address}");
    println!(
        "
Aarokya sandbox: everything on this machine, nothing real.

  API                 {base}
  Contract            {base}/api_docs/ui
  Messages sent       {base}/sandbox/sms
  Magic values        {base}/sandbox/magic
  Metrics             http://{metrics}/metrics

Try this first (every one-time code is 123456):

  curl -s {base}/auth/otp/trigger -H 'Content-Type: application/json' -d '{{\"phone\": \"9876543210\"}}'

Ctrl-C stops everything. People, wallets and orders stay for the next start; the partners forget what they were
asked, so an order that is open then is never paid.
"
    );
}
