//! How each partner writes an instant.

use time::{
    OffsetDateTime, UtcOffset,
    format_description::{StaticFormatDescription, well_known::Rfc2822, well_known::Rfc3339},
    macros::{format_description, offset},
};

/// India's offset, in which ValueFirst writes its times (assumed: its documents name no zone).
const INDIA: UtcOffset = offset!(+5:30);
const ISO_SECONDS: StaticFormatDescription =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
const PLAIN: StaticFormatDescription = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
const COMPACT: StaticFormatDescription =
    format_description!("[year repr:last_two][month][day][hour][minute]");

/// `2023-10-26T08:27:07Z`: Juspay.
pub(crate) fn iso_seconds(at: OffsetDateTime) -> String {
    at.to_offset(UtcOffset::UTC).format(ISO_SECONDS).unwrap_or_default()
}

/// RFC 3339 in UTC with what fraction there is: our own journal.
pub(crate) fn rfc3339(at: OffsetDateTime) -> String {
    at.to_offset(UtcOffset::UTC).format(&Rfc3339).unwrap_or_default()
}

/// `Thu, 24 Aug 2023 05:01:45 +0000`: Twilio.
pub(crate) fn rfc2822(at: OffsetDateTime) -> String {
    at.to_offset(UtcOffset::UTC).format(&Rfc2822).unwrap_or_default()
}

/// `2026-11-20 10:00:00` in India: ValueFirst.
pub(crate) fn india_plain(at: OffsetDateTime) -> String {
    at.to_offset(INDIA).format(PLAIN).unwrap_or_default()
}

/// `YYMMDDhhmm`: Twilio's `RawDlrDoneDate`, written by operators without a zone (assumed: India's).
pub(crate) fn india_compact(at: OffsetDateTime) -> String {
    at.to_offset(INDIA).format(COMPACT).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn every_partner_gets_its_own_spelling() {
        let at = datetime!(2023-08-24 20:01:45 UTC);
        assert_eq!(iso_seconds(at), "2023-08-24T20:01:45Z");
        assert_eq!(rfc3339(at), "2023-08-24T20:01:45Z");
        assert_eq!(rfc2822(at), "Thu, 24 Aug 2023 20:01:45 +0000");
        assert_eq!(india_plain(at), "2023-08-25 01:31:45");
        assert_eq!(india_compact(at), "2308250131");
    }
}
