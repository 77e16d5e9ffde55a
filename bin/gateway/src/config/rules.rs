//! The rules an operator may set: how long sessions lie unused, what a code's hash costs, what wallets may hold.

use super::Reader;
use identity::{HashCost, SessionPolicy};
use kernel::Paise;
use wallet::{LevelLimits, LimitTable, Limits};

/// The rules that are configured, and not part of the contract.
#[derive(Debug, Clone)]
pub struct Rules {
    /// How long sessions last.
    pub sessions: SessionPolicy,
    /// What the hash of a one-time code costs.
    pub otp_hash: HashCost,
    /// What wallets may hold and take in.
    pub wallet_limits: LimitTable,
}

impl Rules {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let contract = SessionPolicy::contract();
        let idle_days = contract.idle.whole_days();
        let idle_days = reader.within("AAROKYA_SESSION_IDLE_DAYS", idle_days, 1..=contract.life.whole_days());
        let light = HashCost::LIGHT;
        let otp_hash = HashCost {
            memory_kib: reader.within("AAROKYA_OTP_HASH_KIB", light.memory_kib, 8..=64 * 1024),
            passes: reader.within("AAROKYA_OTP_HASH_PASSES", light.passes, 1..=8),
            lanes: light.lanes,
        };
        let sessions = SessionPolicy { idle: time::Duration::days(idle_days), ..contract };
        Self { sessions, otp_hash, wallet_limits: wallet_limits(reader) }
    }
}

fn wallet_limits(reader: &mut Reader) -> LimitTable {
    let Limits { small, full } = LimitTable::rbi_2021().first();
    let mut most = |name, default: Paise| Paise::new(reader.within(name, default.get(), 0..=1_000_000_000));
    let small = LevelLimits {
        balance_max: most("WALLET_SMALL_BALANCE_MAX_PAISE", small.balance_max),
        load_per_month_max: small
            .load_per_month_max
            .map(|month| most("WALLET_SMALL_LOAD_PER_MONTH_MAX_PAISE", month)),
    };
    let full = LevelLimits { balance_max: most("WALLET_FULL_BALANCE_MAX_PAISE", full.balance_max), ..full };
    LimitTable::new(Limits { small, full }, Vec::new())
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::{Duration, OffsetDateTime};

    fn read(variables: &[(&str, &str)]) -> Result<Rules, super::super::Faults> {
        let owned = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let mut reader = Reader::new(owned);
        let rules = Rules::read(&mut reader);
        reader.finish(rules)
    }

    #[test]
    fn without_a_word_the_rules_are_the_contract_and_the_regulator() {
        let rules = read(&[]).unwrap();
        assert_eq!(rules.sessions, SessionPolicy::contract());
        assert_eq!(rules.otp_hash, HashCost::LIGHT);
        assert_eq!(rules.wallet_limits, LimitTable::rbi_2021());
    }

    #[test]
    fn each_rule_can_be_set() {
        let rules = read(&[
            ("AAROKYA_SESSION_IDLE_DAYS", "7"),
            ("AAROKYA_OTP_HASH_KIB", "4096"),
            ("AAROKYA_OTP_HASH_PASSES", "2"),
            ("WALLET_SMALL_BALANCE_MAX_PAISE", "500000"),
            ("WALLET_SMALL_LOAD_PER_MONTH_MAX_PAISE", "400000"),
            ("WALLET_FULL_BALANCE_MAX_PAISE", "10000000"),
        ])
        .unwrap();
        assert_eq!(rules.sessions.idle, Duration::days(7));
        assert_eq!(rules.sessions.life, Duration::days(30));
        assert_eq!(rules.otp_hash, HashCost { memory_kib: 4096, passes: 2, lanes: 1 });
        let limits = rules.wallet_limits.at(OffsetDateTime::UNIX_EPOCH);
        let small =
            LevelLimits { balance_max: Paise::rupees(5_000), load_per_month_max: Some(Paise::rupees(4_000)) };
        let full = LevelLimits { balance_max: Paise::rupees(100_000), load_per_month_max: None };
        assert_eq!(limits, Limits { small, full });
    }

    #[test]
    fn what_no_rule_may_be_is_refused() {
        let refused = read(&[
            ("AAROKYA_SESSION_IDLE_DAYS", "31"),
            ("AAROKYA_OTP_HASH_KIB", "7"),
            ("AAROKYA_OTP_HASH_PASSES", "many"),
            ("WALLET_SMALL_BALANCE_MAX_PAISE", "-1"),
        ])
        .unwrap_err();
        assert_eq!(
            refused.0,
            [
                "AAROKYA_SESSION_IDLE_DAYS must be within 1–30",
                "AAROKYA_OTP_HASH_KIB must be within 8–65536",
                "AAROKYA_OTP_HASH_PASSES must be a whole number",
                "WALLET_SMALL_BALANCE_MAX_PAISE must be within 0–1000000000",
            ]
        );
    }
}
