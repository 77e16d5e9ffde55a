//! What proves what: the requirements of OWASP ASVS 5.0.0, each with the tests that show that it is met, or with the
//! plain reason why it is not asked of us, not met, or not proved.
//!
//! The rows are kept beside this file by hand; the page is made of them by `make evidence`. A test fails when a named
//! test is gone, or when the page is not what the rows say.

mod foundations;
mod identity;
mod operation;
mod rows;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::Path,
};

pub use rows::{Row, Verdict};

/// Where tests lie, by the short names that rows use.
const FILES: &[(&str, &str)] = &[
    ("access_token", "crates/identity/src/access_token/tests.rs"),
    ("access_tokens", "tests/tests/access_tokens.rs"),
    ("address", "crates/outbound/src/address.rs"),
    ("attacks", "crates/identity/src/access_token/tests/attacks.rs"),
    ("authorisation", "tests/tests/authorisation.rs"),
    ("bad_input", "tests/tests/bad_input.rs"),
    ("body", "bin/gateway/src/extract/body.rs"),
    ("browser", "tests/tests/browser.rs"),
    ("budget", "crates/identity/src/budget/tests.rs"),
    ("challenge", "crates/identity/src/challenge.rs"),
    ("change_profile", "bin/gateway/src/user/change_profile.rs"),
    ("chaos", "tests/tests/chaos.rs"),
    ("chores", "bin/gateway/src/worker/chores.rs"),
    ("client", "bin/gateway/src/extract/client.rs"),
    ("config_read", "bin/gateway/src/config/read.rs"),
    ("document", "tests/tests/document/main.rs"),
    ("edge", "tests/tests/edge.rs"),
    ("env", "crates/kernel/src/env.rs"),
    ("evidence", "tests/tests/evidence.rs"),
    ("exchange", "crates/outbound/src/exchange.rs"),
    ("extract", "bin/gateway/src/extract.rs"),
    ("identity_sign_in", "crates/adapters/postgres/tests/identity_sign_in.rs"),
    ("instances", "tests/tests/instances.rs"),
    ("journey", "crates/adapters/postgres/tests/identity_person/journey.rs"),
    ("juspay_recorded", "crates/adapters/juspay/tests/recorded/main.rs"),
    ("juspay_sign", "crates/adapters/juspay/src/sign.rs"),
    ("keys", "crates/adapters/postgres/tests/identity_person/keys.rs"),
    ("keys_and_inbox", "crates/adapters/postgres/tests/keys_and_inbox.rs"),
    ("known_device", "tests/tests/known_device.rs"),
    ("operate", "bin/gateway/tests/operate.rs"),
    ("otp", "crates/identity/src/otp.rs"),
    ("paise", "crates/kernel/src/paise.rs"),
    ("partner_faults", "tests/tests/partner_faults.rs"),
    ("payments", "tests/tests/payments.rs"),
    ("payments_contract", "crates/adapters/postgres/tests/payments_contract.rs"),
    ("payments_steps", "crates/payments/src/steps/tests.rs"),
    ("pin", "crates/identity/src/pin.rs"),
    ("privacy", "tests/tests/privacy.rs"),
    ("profile_text", "crates/identity/src/profile/text.rs"),
    ("profiles", "crates/identity/src/profiles/tests.rs"),
    ("program", "tests/tests/program.rs"),
    ("refresh_token", "crates/identity/src/refresh_token.rs"),
    ("request_id", "bin/gateway/src/middleware/request_id.rs"),
    ("retention", "crates/adapters/postgres/tests/retention.rs"),
    ("rotation", "tests/tests/rotation.rs"),
    ("sabotage", "crates/adapters/postgres/tests/identity_person/sabotage.rs"),
    ("seal", "crates/identity/src/seal.rs"),
    ("session", "crates/identity/src/session.rs"),
    ("sessions", "tests/tests/sessions.rs"),
    ("sign_ins", "crates/identity/src/sign_ins/tests.rs"),
    ("snapshots", "tests/tests/snapshots.rs"),
    ("statement", "crates/wallet/src/statement.rs"),
    ("step_ups", "crates/identity/src/step_ups/tests.rs"),
    ("sms_message", "crates/identity/src/sms_message.rs"),
    ("stolen_codes", "tests/tests/stolen_codes.rs"),
    ("successors", "crates/identity/src/sessions/tests/successors.rs"),
    ("trigger_otp", "bin/gateway/src/auth/trigger_otp.rs"),
    ("vault", "crates/adapters/postgres/src/vault.rs"),
    ("wallet_contract", "crates/adapters/postgres/tests/wallet_contract.rs"),
    ("wallet_sabotage", "crates/adapters/postgres/tests/wallet_sabotage.rs"),
    ("wycheproof", "crates/identity/src/access_token/tests/wycheproof.rs"),
];

/// The chapters looked at, and how many requirements of each: of the first kind all of them, of the others those of
/// levels 1 and 2.
pub const CHAPTERS: &[(&str, &str, usize)] = &[
    ("1", "Encoding and sanitising", 27),
    ("2", "Validation and business logic", 11),
    ("3", "Web frontend", 19),
    ("4", "API and web service", 10),
    ("5", "Files", 9),
    ("6", "Authentication (all levels)", 47),
    ("7", "Sessions (all levels)", 19),
    ("8", "Authorisation", 7),
    ("9", "Self-contained tokens (all levels)", 7),
    ("10", "OAuth: resource and authorisation server, 10.3 and 10.4 (all levels)", 21),
    ("11", "Cryptography", 14),
    ("12", "Secure communication", 9),
    ("13", "Configuration", 13),
    ("14", "Data protection", 9),
    ("15", "Secure coding and architecture", 13),
    ("16", "Logging and errors", 16),
];

/// Every row, in the order of the page.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    [foundations::ROWS, identity::ROWS, operation::ROWS].into_iter().flatten()
}

/// The chapter a row belongs to.
pub fn chapter(row: &Row) -> &'static str {
    row.id.split('.').next().unwrap_or_default()
}

/// The file and the name of a test, from the short form that rows use.
fn place(test: &str) -> Option<(&'static str, &str)> {
    let (short, name) = test.split_once('#')?;
    let (_, file) = FILES.iter().find(|(known, _)| *known == short)?;
    Some((file, name))
}

/// The names of the tests in a file of Rust.
fn tests_in(text: &str) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    let mut is_test = false;
    for line in text.lines().map(str::trim) {
        if line == "#[test]" || line.starts_with("#[tokio::test") {
            is_test = true;
        } else if let Some((_, rest)) = line.split_once("fn ").filter(|_| is_test && !line.starts_with("#["))
        {
            found.extend(rest.split(['(', '<']).next());
            is_test = false;
        }
    }
    found
}

/// Every test that a row names and that is not there.
pub fn missing(root: &Path) -> Vec<String> {
    let mut known: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (_, file) in FILES {
        let text = fs::read_to_string(root.join(file)).unwrap_or_default();
        known.insert(file, tests_in(&text).into_iter().map(str::to_owned).collect());
    }
    let named = rows().flat_map(|row| row.verdict.tests().iter().map(move |test| (row.id, *test)));
    let is_there = |test: &str| place(test).is_some_and(|(file, name)| known[file].contains(name));
    named.filter(|(_, test)| !is_there(test)).map(|(id, test)| format!("{id} names {test}")).collect()
}

/// The page.
pub fn page() -> String {
    let mut page = String::from(HEAD);
    page.push_str("| Chapter | Met, by test | Not applicable | Not met | No test yet | All |\n|---|--:|--:|--:|--:|--:|\n");
    let mut sums = [0; 5];
    for (number, name, _) in CHAPTERS {
        let counts = count(number);
        sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        line(&mut page, &format!("V{number} {name}"), counts);
    }
    line(&mut page, "**All**", sums);
    for (number, name, _) in CHAPTERS {
        write!(
            page,
            "\n## V{number} {name}\n\n| Id | L | In short | | By what, or why |\n|---|---|---|---|---|\n"
        )
        .unwrap_or_default();
        for row in rows().filter(|row| chapter(row) == *number) {
            let Row { id, level, words, verdict } = row;
            writeln!(page, "| {id} | {level} | {words} | {} | {} |", verdict.word(), why(verdict))
                .unwrap_or_default();
        }
    }
    page
}

/// How many rows of a chapter have each verdict, and how many there are.
pub fn count(chapter_number: &str) -> [usize; 5] {
    let of = |word: &str| {
        rows()
            .filter(|row| chapter(row) == chapter_number && (word.is_empty() || row.verdict.word() == word))
            .count()
    };
    ["met", "n/a", "**not met**", "no test yet", ""].map(of)
}

fn line(page: &mut String, name: &str, [met, aside, not_met, untested, all]: [usize; 5]) {
    writeln!(page, "| {name} | {met} | {aside} | {not_met} | {untested} | {all} |").unwrap_or_default();
}

fn why(verdict: &Verdict) -> String {
    let Verdict::Met(tests) = verdict else { return verdict.reason().to_owned() };
    let links = tests.iter().filter_map(|test| place(test));
    links.map(|(file, name)| format!("[`{name}`](../../{file})")).collect::<Vec<_>>().join(", ")
}

const HEAD: &str = "# OWASP ASVS 5.0.0, requirement by requirement

Made by `make evidence` from the rows in `tests/src/evidence`; a test fails when it is not what they say, or when a
test named here is gone. The ids and levels are those of the OWASP Application Security Verification Standard 5.0.0
(<https://github.com/OWASP/ASVS>, CC BY-SA 4.0); what stands beside an id is our own short reminder of what it is
about, and no substitute for its text.

Looked at are all requirements of V6, V7, V9, V10.3 and V10.4, and those of levels 1 and 2 of V1–V5, V8 and V11–V16.
The rest of V10 is about clients and servers of OAuth and OpenID, and V17 about WebRTC, of which there is none here.

- **met**: the named tests show it, and fail when it is no longer so.
- **n/a**: what it is about is not here.
- **not met**: it is asked of us, and we do not do it, or not all of it, or leave it to whoever runs the program.
- **no test yet**: we believe that it is so, and nothing proves it.

";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_found_and_nothing_else() {
        let text = "#[test]\nfn one() {}\n fn two() {}\n#[tokio::test(flavor = \"x\")]\n#[expect(clippy::y)]\nasync fn three() {}";
        assert_eq!(tests_in(text), BTreeSet::from(["one", "three"]));
    }
}
