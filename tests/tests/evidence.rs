//! What is said to be proved is proved by tests that are there, and the page says what the rows say.

use identity::SessionPolicy;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};
use tests::evidence::{CHAPTERS, chapter, count, missing, page, rows};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the workspace")
}

fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).expect("a file of ours")
}

#[test]
fn every_test_that_is_named_is_there() {
    let missing = missing(&root());
    assert!(missing.is_empty(), "{missing:#?}");
    for row in rows() {
        let proves_or_says_why = row.verdict.tests().is_empty() != row.verdict.reason().is_empty();
        assert!(proves_or_says_why && !row.words.contains('|') && (1..=3).contains(&row.level), "{row:?}");
    }
}

#[test]
fn the_page_is_what_the_rows_say() {
    assert!(
        text("docs/evidence/asvs.md") == page(),
        "docs/evidence/asvs.md is not up to date: make evidence"
    );
}

#[test]
fn every_requirement_of_the_chapters_is_there_once_and_in_order() {
    let numbers = |id: &str| -> Vec<u32> { id.split('.').map(|number| number.parse().unwrap()).collect() };
    let ids: Vec<_> = rows().map(|row| numbers(row.id)).collect();
    for (number, _, expected) in CHAPTERS {
        assert_eq!(count(number)[4], *expected, "V{number}");
        let of_chapter: Vec<_> =
            rows().filter(|row| chapter(row) == *number).map(|row| numbers(row.id)).collect();
        assert!(
            of_chapter.is_sorted() && of_chapter.iter().all(|id| id.len() == 3),
            "V{number} is out of order"
        );
    }
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "a requirement is there twice");
    assert_eq!(ids.len(), CHAPTERS.iter().map(|(_, _, expected)| expected).sum::<usize>(), "of no chapter");
    // Where all levels are looked at, no number is left out.
    for whole in [&["6"][..], &["7"], &["9"], &["10", "3"], &["10", "4"]] {
        let of =
            |id: &&Vec<u32>| whole.iter().zip(id.iter()).all(|(part, number)| *part == number.to_string());
        let mut sections: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for id in ids.iter().filter(of) {
            sections.entry(id[1]).or_default().push(id[2]);
        }
        for (section, numbers) in sections {
            let last = u32::try_from(numbers.len()).unwrap();
            assert_eq!(numbers, (1..=last).collect::<Vec<_>>(), "{whole:?}, section {section}");
        }
    }
}

fn metadata() -> Vec<(String, String, BTreeSet<String>)> {
    let metadata =
        cargo_metadata::MetadataCommand::new().manifest_path(root().join("Cargo.toml")).no_deps().exec();
    let packages = metadata.expect("cargo knows the workspace").packages;
    let ours = packages.into_iter().map(|package| {
        let needs = package.dependencies.iter().map(|need| need.name.clone()).collect();
        (package.name.to_string(), package.manifest_path.to_string(), needs)
    });
    ours.collect()
}

#[test]
fn unsafe_code_is_forbidden_everywhere() {
    assert!(text("Cargo.toml").contains("[workspace.lints.rust]\nunsafe_code = \"forbid\""));
    for (name, manifest, _) in metadata() {
        let manifest = fs::read_to_string(manifest).unwrap();
        assert!(manifest.contains("[lints]\nworkspace = true"), "{name} has lints of its own");
    }
}

/// Libraries of cryptography that packages of ours may name, and what for; whatever else is one is not asked for.
const CRYPTOGRAPHY: [&str; 9] =
    ["aes-gcm", "argon2", "hkdf", "hmac", "jsonwebtoken", "secrecy", "sha1", "sha2", "subtle"];

/// Words by which libraries of cryptography are known.
const SUSPECTS: [&str; 24] = [
    "aes",
    "argon",
    "bcrypt",
    "blake",
    "block-modes",
    "blowfish",
    "cbc",
    "chacha",
    "cipher",
    "crypt",
    "des",
    "ecb",
    "hkdf",
    "hmac",
    "jsonwebtoken",
    "md4",
    "md5",
    "openssl",
    "pbkdf",
    "rc4",
    "ring",
    "rsa",
    "sha1",
    "sha2",
];

#[test]
fn only_known_cryptography_is_depended_on() {
    for (name, _, needs) in metadata() {
        for need in needs.iter().filter(|need| !CRYPTOGRAPHY.contains(&need.as_str())) {
            let parts: Vec<_> = need.split(['-', '_']).collect();
            let suspect = SUSPECTS.iter().find(|suspect| parts.contains(*suspect) || need == *suspect);
            assert_eq!(suspect, None, "{name} depends on {need}");
        }
        // SHA-1 is what one partner signs with.
        assert!(
            !needs.contains("sha1") || ["aarokya-sms", "aarokya-partners"].contains(&name.as_str()),
            "{name}"
        );
    }
}

#[test]
fn every_library_has_a_line() {
    let told = text("docs/dependencies.md");
    let ours: BTreeSet<_> = metadata().into_iter().map(|(name, _, _)| name).collect();
    let lines = told.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next());
    let told: BTreeSet<_> = lines.flat_map(|names| names.split(", ")).collect();
    for (name, _, needs) in metadata() {
        for need in needs.iter().filter(|need| !ours.contains(*need)) {
            assert!(
                told.contains(need.as_str()),
                "{name} depends on {need}, of which docs/dependencies.md says nothing"
            );
        }
    }
}

#[test]
fn what_operators_read_of_sessions_is_so() {
    let (guide, policy) = (text("docs/operations.md").replace('\n', " "), SessionPolicy::contract());
    let said = format!(
        "ends {} days after it began, however much it is used, and after {} days without use",
        policy.life.whole_days(),
        policy.idle.whole_days()
    );
    assert!(guide.contains(&said), "the guide does not say: {said}");
    let said = format!("at most {} sessions at a time", policy.live_max);
    assert!(guide.contains(&said), "the guide does not say: {said}");
    let idle =
        gateway::config::VARIABLES.iter().find(|variable| variable.name == "AAROKYA_SESSION_IDLE_DAYS");
    assert_eq!(idle.and_then(|idle| idle.default), Some(policy.idle.whole_days().to_string().as_str()));
}

#[test]
fn secrets_are_drawn_from_the_systems_randomness() {
    // One package draws, and by way of the system; whoever asks rand itself is stopped by clippy.
    let drawing: Vec<_> = metadata()
        .into_iter()
        .filter(|(_, _, needs)| needs.contains("rand"))
        .map(|(name, _, _)| name)
        .collect();
    assert_eq!(drawing, ["aarokya-kernel"]);
    assert!(text("crates/kernel/src/entropy.rs").contains("SysRng.try_fill_bytes(bytes)"));
    let forbidden = text("clippy.toml");
    assert!(forbidden.contains("\"rand::rng\"") && forbidden.contains("\"rand::random\""));
    // What production is made of asks for that source and names no other.
    assert!(text("crates/kernel/src/env.rs").contains("Arc::new(SystemEntropy)"));
    for part in ["app", "wire", "serve", "cli", "operate", "worker", "main"] {
        assert!(!text(&format!("bin/gateway/src/{part}.rs")).contains("SeededEntropy"), "{part}");
    }
}
