//! What an operator types is understood, or answered with the rule.

use super::*;
use clap::CommandFactory as _;

const ASHA: &str = "0199c8f0-5f1c-7c9e-8d7a-1b2c3d4e5f60";

fn typed(line: &str) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(["aarokya"].into_iter().chain(line.split(' ')))
}

#[test]
fn the_command_line_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn every_verb_of_operators_is_understood() {
    for line in [
        "orders attention",
        "orders resolve AAR1",
        "orders refund AAR1 --amount 100",
        &format!("wallets requeue {ASHA}"),
        &format!("wallets refresh {ASHA}"),
        "plans sync",
        "loads unsettled",
        "loads retry topup:AAR1",
        &format!("roles grant {ASHA} ADMIN"),
        &format!("roles revoke {ASHA} practitioner"),
        "jobs buried",
        "jobs requeue 7",
    ] {
        assert!(typed(line).is_ok(), "{line}: {:?}", typed(line).unwrap_err());
    }
}

#[test]
fn a_wrong_argument_is_answered_with_its_rule() {
    for (line, rule) in [
        ("orders resolve AAR-1", "1 to 20 letters and digits"),
        ("orders refund AAR1", "--amount"),
        ("orders refund AAR1 --amount 1.50", "whole number of paise"),
        ("orders refund AAR1 --amount 0", "whole number of paise"),
        ("wallets requeue 9876543210", "a UUID"),
        ("loads retry a/b", "1 to 64 letters"),
        (&format!("roles grant {ASHA} OWNER"), "PRACTITIONER or ADMIN"),
        (&format!("roles revoke {ASHA} PATIENT"), "PRACTITIONER or ADMIN"),
    ] {
        let told = typed(line).unwrap_err().to_string();
        assert!(told.contains(rule), "{line}: {told}");
    }
}
