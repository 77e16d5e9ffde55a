//! How facts of signing in are told to the database's functions: as JSON, with bytes in hex.

use super::audit_trail::entry;
use crate::Postgres;
use identity::{AuditEvent, Charge, Holder, Phone, Settlement};
use serde_json::{Value, json};
use std::fmt::Write as _;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// Bytes in hex, as `decode(…, 'hex')` reads them.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len().saturating_mul(2)), |mut text, byte| {
        // Writing to a string cannot fail; were it to, the database would refuse the odd length.
        write!(text, "{byte:02x}").map_or_else(|_| String::new(), |()| text)
    })
}

/// An instant as text that a `timestamptz` reads, to the microsecond.
pub(super) fn instant(at: OffsetDateTime) -> String {
    // Every instant of our clock can be written; what could not would be refused by the database.
    at.format(&Rfc3339).unwrap_or_default()
}

/// An audit entry, as `sign_in_audit` reads it.
pub(super) fn audit(event: &AuditEvent) -> Value {
    let entry = entry(event);
    json!({
        "id": entry.id,
        "actor": entry.actor,
        "action": entry.action,
        "at": instant(entry.at),
        "ip": entry.ip,
        "request_id": entry.request_id,
        "detail": entry.detail,
    })
}

impl Postgres {
    /// The keyed hash by which a number is found.
    pub(super) fn phone_hash(&self, phone: &Phone) -> Vec<u8> {
        self.vault.index("phone", phone.e164().as_bytes())
    }

    /// Charges, as `otp_spend` reads them.
    pub(super) fn charges(&self, charges: &[Charge]) -> Value {
        charges
            .iter()
            .map(|charge| {
                json!({
                    "meter": charge.meter.word(),
                    "holder": self.holder(&charge.holder),
                    "cost": charge.cost,
                    "at_most": charge.allowance.at_most,
                    "window_us": i64::try_from(charge.allowance.window.whole_microseconds()).unwrap_or(i64::MAX),
                    "fades": charge.meter.fades(),
                    "unverified_free": charge.allowance.share.map(|share| share.unverified_free),
                    "unverified_per_hundred": charge.allowance.share.map(|share| share.unverified_per_hundred),
                    "verified_min": charge.allowance.share.map(|share| share.verified_min),
                })
            })
            .collect()
    }

    /// Settlements, as `otp_settle` reads them.
    pub(super) fn settlements(&self, settlements: &[Settlement]) -> Value {
        settlements
            .iter()
            .map(|settlement| {
                json!({
                    "meter": settlement.meter.word(),
                    "holder": self.holder(&settlement.holder),
                    "effect": settlement.effect.word(),
                })
            })
            .collect()
    }

    fn holder(&self, holder: &Holder) -> String {
        let (kind, value) = match holder {
            Holder::Phone(phone) => ("budget of a phone", phone.e164().as_bytes().to_vec()),
            Holder::Device(device) => ("budget of a device", device.bytes().to_vec()),
            Holder::Network(network) => ("budget of a network", network.text().into_bytes()),
            Holder::DevicesOf(phone) => ("budget of a phone's devices", phone.e164().as_bytes().to_vec()),
            Holder::Series(series) => ("budget of a series", series.as_bytes().to_vec()),
            Holder::Everyone => ("budget of everyone", Vec::new()),
        };
        hex(&self.vault.index(kind, &value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn bytes_and_instants_are_written_as_the_server_reads_them() {
        assert_eq!(hex(&[0, 15, 255]), "000fff");
        assert_eq!(instant(datetime!(2026-01-15 12:34:56.000_001 UTC)), "2026-01-15T12:34:56.000001Z");
    }
}
