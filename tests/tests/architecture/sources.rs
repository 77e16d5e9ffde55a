//! How large things may grow, and what every file must and must not hold.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// Lines of code, without comments and tests.
const KERNEL_LINES_MAX: usize = 600;
const DOMAIN_LINES_MAX: usize = 4_000;
/// Lines of any kind, without its tests: what a person scrolls through.
const FILE_LINES_MAX: usize = 400;
const PORT_METHODS_MAX: usize = 8;
const SERVICE_PORTS_MAX: usize = 6;

/// Names that say nothing of what is inside.
const EMPTY_NAMES: [&str; 10] =
    ["utils", "util", "helpers", "helper", "common", "misc", "manager", "managers", "dto", "shared"];

/// Where money is counted: in whole paise, never in fractions of anything.
const MONEY: [&str; 9] = [
    "crates/kernel/",
    "crates/wallet/",
    "crates/payments/",
    "crates/adapters/juspay/",
    "crates/adapters/postgres/src/wallet",
    "crates/adapters/postgres/src/payments",
    "bin/gateway/src/wallet",
    "bin/gateway/src/payments",
    "bin/partners/src/juspay/",
];

/// A file of ours.
#[derive(Debug, Clone)]
pub struct Source {
    /// Under the workspace's root.
    pub path: String,
    pub text: String,
}

/// Every breach of the rules, each in one sentence.
pub fn violations(sources: &[Source]) -> Vec<String> {
    let rules = [names, openings, file_sizes, crate_sizes, ports, services, money];
    rules.iter().flat_map(|rule| rule(sources)).collect()
}

fn names(sources: &[Source]) -> Vec<String> {
    let empty = |path: &str| {
        path.split('/').find(|part| EMPTY_NAMES.contains(&part.trim_end_matches(".rs"))).map(str::to_owned)
    };
    let found = sources.iter().filter_map(|source| Some((&source.path, empty(&source.path)?)));
    found.map(|(path, name)| format!("{path}: `{name}` says nothing of what is inside")).collect()
}

fn openings(sources: &[Source]) -> Vec<String> {
    let opens = |text: &str| {
        let first = text.lines().next().unwrap_or_default();
        let sentence = first.strip_prefix("//! ").is_some_and(|sentence| sentence.trim().len() > 10);
        // A crate's front page is its README.
        sentence || first.starts_with("#![doc = include_str!(")
    };
    let found = sources.iter().filter(|source| !opens(&source.text));
    found.map(|source| format!("{}: opens with no sentence on what it is for", source.path)).collect()
}

fn file_sizes(sources: &[Source]) -> Vec<String> {
    let sized = sources.iter().filter(|source| !is_test(&source.path));
    let sized = sized.map(|source| (&source.path, without_tests(&source.text).lines().count()));
    let found = sized.filter(|(_, lines)| *lines >= FILE_LINES_MAX);
    found
        .map(|(path, lines)| format!("{path}: {lines} lines, and a file has under {FILE_LINES_MAX}"))
        .collect()
}

fn crate_sizes(sources: &[Source]) -> Vec<String> {
    let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
    for source in sources.iter().filter(|source| !is_test(&source.path)) {
        if let Some(name) = inner_crate(&source.path) {
            *sizes.entry(name).or_default() += code(without_tests(&source.text)).count();
        }
    }
    let limit = |name: &str| if name == "kernel" { KERNEL_LINES_MAX } else { DOMAIN_LINES_MAX };
    let found = sizes.into_iter().filter(|(name, lines)| *lines >= limit(name));
    found
        .map(|(name, lines)| format!("{name}: {lines} lines of code, and it has under {}", limit(name)))
        .collect()
}

fn ports(sources: &[Source]) -> Vec<String> {
    let in_ports =
        |source: &&Source| source.path.contains("/src/ports") && inner_crate(&source.path).is_some();
    let traits = sources.iter().filter(in_ports).flat_map(|source| blocks(&source.text, "pub trait "));
    let counted = traits.map(|(name, lines)| {
        let is_method = |line: &&&str| line.starts_with("    fn ") || line.starts_with("    async fn ");
        (name, lines.iter().filter(is_method).count())
    });
    let found = counted.filter(|(_, methods)| *methods >= PORT_METHODS_MAX);
    found
        .map(|(name, methods)| format!("{name}: {methods} methods, and a port has under {PORT_METHODS_MAX}"))
        .collect()
}

fn services(sources: &[Source]) -> Vec<String> {
    let domains = sources.iter().filter(|source| inner_crate(&source.path).is_some());
    let structs = domains.flat_map(|source| blocks(&source.text, "pub struct "));
    let counted =
        structs.map(|(name, lines)| (name, lines.iter().filter(|line| line.contains(": Arc<dyn ")).count()));
    let found = counted.filter(|(_, ports)| *ports >= SERVICE_PORTS_MAX);
    found
        .map(|(name, ports)| format!("{name}: {ports} ports, and a service has under {SERVICE_PORTS_MAX}"))
        .collect()
}

fn money(sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| MONEY.iter().any(|place| source.path.starts_with(place))) {
        let has_float = |line: &str| {
            let words = line.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
            words
                .into_iter()
                .any(|word| matches!(word, "f32" | "f64") || word.ends_with("_f64") || word.ends_with("_f32"))
        };
        let lines = code(&source.text).filter(|line| has_float(line));
        found.extend(lines.map(|line| format!("{}: money is no float: `{}`", source.path, line.trim())));
    }
    found
}

/// The kernel or domain a file belongs to, by its folder's name.
fn inner_crate(path: &str) -> Option<&str> {
    let (name, rest) = path.strip_prefix("crates/")?.split_once('/')?;
    (rest.starts_with("src/") && !matches!(name, "adapters" | "processes")).then_some(name)
}

/// Whether a file is for tests alone: in-memory ports and contract suites are.
fn is_test(path: &str) -> bool {
    let parts: BTreeSet<&str> = path.split('/').map(|part| part.trim_end_matches(".rs")).collect();
    path.starts_with("tests/") || ["tests", "testing", "contract"].iter().any(|part| parts.contains(part))
}

/// What stands above the tests at the end of a file.
fn without_tests(text: &str) -> &str {
    let start = text.find("\n#[cfg(test)]\nmod ").map(|at| at + 1);
    // A line that only declares a file of tests has code below it.
    let inline = start.filter(|at| text[*at..].lines().nth(1).is_some_and(|line| line.ends_with('{')));
    inline.map_or(text, |at| &text[..at])
}

/// Lines that are neither blank nor a comment.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with("//"))
}

/// The blocks that begin with `opening` at the left margin, by name, as the formatter lays them out.
fn blocks<'a>(text: &'a str, opening: &str) -> Vec<(&'a str, Vec<&'a str>)> {
    let mut found: Vec<(&str, Vec<&str>)> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix(opening) {
            let end = rest.find(|letter: char| !letter.is_alphanumeric()).unwrap_or(rest.len());
            found.push((&rest[..end], Vec::new()));
            inside = !line.ends_with([';', '}']);
        } else if line == "}" {
            inside = false;
        } else if let (true, Some((_, lines))) = (inside, found.last_mut()) {
            lines.push(line);
        }
    }
    found
}

/// Every `.rs` file of the workspace under `root`.
pub fn of_workspace(root: &Path) -> Vec<Source> {
    let mut sources = Vec::new();
    let mut ahead: Vec<PathBuf> =
        ["crates", "bin", "migrations", "tests"].map(|folder| root.join(folder)).into();
    while let Some(folder) = ahead.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of ours can be read").filter_map(Result::ok) {
            let path = entry.path();
            if path.is_dir() && path.file_name().is_some_and(|name| name != "target") {
                ahead.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("a file of ours is text");
                let path = path.strip_prefix(root).expect("it lies in the workspace");
                sources.push(Source { path: path.to_string_lossy().into_owned(), text });
            }
        }
    }
    sources.sort_by(|one, other| one.path.cmp(&other.path));
    sources
}

/// The rules themselves are tested on small files that break them.
mod rules {
    use super::*;

    const OPENING: &str = "//! What it is for, in a sentence.\n";

    fn told(path: &str, text: &str) -> Vec<String> {
        violations(&[Source { path: path.into(), text: text.into() }])
    }

    fn lines(count: usize, line: &str) -> String {
        format!("{OPENING}{}", format!("{line}\n").repeat(count - 1))
    }

    #[test]
    fn a_file_opens_with_a_sentence() {
        assert_eq!(told("crates/wallet/src/a.rs", OPENING), Vec::<String>::new());
        assert_eq!(
            told("crates/wallet/src/lib.rs", "#![doc = include_str!(\"../README.md\")]\n"),
            Vec::<String>::new()
        );
        for text in ["", "use x;\n", "// Not a doc.\n", "//! x\n", "\n//! What it is for, in a sentence.\n"] {
            assert_eq!(told("tests/tests/a.rs", text).len(), 1, "{text}");
        }
    }

    #[test]
    fn a_name_says_what_is_inside() {
        for path in
            ["crates/wallet/src/utils.rs", "crates/wallet/src/helpers/money.rs", "bin/gateway/src/common.rs"]
        {
            assert_eq!(told(path, OPENING).len(), 1, "{path}");
        }
        assert_eq!(told("crates/wallet/src/commons.rs", OPENING), Vec::<String>::new());
    }

    #[test]
    fn a_file_stays_short_without_its_tests() {
        let tests = format!("\n#[cfg(test)]\nmod tests {{\n{}}}\n", "// …\n".repeat(500));
        assert_eq!(told("bin/gateway/src/a.rs", &lines(399, "let x = 1;")), Vec::<String>::new());
        assert_eq!(told("bin/gateway/src/a.rs", &lines(400, "// …")).len(), 1);
        let declared = lines(398, "// …") + "\n#[cfg(test)]\nmod tests;\n\nfn more() {}\n";
        assert_eq!(told("bin/gateway/src/a.rs", &declared).len(), 1);
        let tested = lines(390, "let x = 1;") + &tests;
        assert_eq!(told("bin/gateway/src/a.rs", &tested), Vec::<String>::new());
        for path in ["tests/tests/a.rs", "crates/adapters/sms/tests/a.rs", "crates/wallet/src/testing/a.rs"] {
            assert_eq!(told(path, &lines(999, "let x = 1;")), Vec::<String>::new(), "{path}");
        }
    }

    #[test]
    fn a_crate_stays_small_in_code() {
        let file = |path: &str, count| Source { path: path.into(), text: lines(count, "let x = 1;") };
        let kernel = [file("crates/kernel/src/a.rs", 301), file("crates/kernel/src/b.rs", 301)];
        assert_eq!(violations(&kernel), ["kernel: 600 lines of code, and it has under 600"]);
        let domain: Vec<Source> = (0..11).map(|n| file(&format!("crates/wallet/src/a{n}.rs"), 366)).collect();
        assert_eq!(violations(&domain), ["wallet: 4015 lines of code, and it has under 4000"]);
        let adapter: Vec<Source> =
            (0..30).map(|n| file(&format!("crates/adapters/sms/src/a{n}.rs"), 366)).collect();
        assert_eq!(violations(&adapter), Vec::<String>::new());
        let comments: Vec<Source> = (0..30)
            .map(|n| Source { path: format!("crates/wallet/src/a{n}.rs"), text: lines(366, "    // Why.") })
            .collect();
        assert_eq!(violations(&comments), Vec::<String>::new());
    }

    #[test]
    fn a_port_and_a_service_stay_small() {
        let port = |methods| {
            format!(
                "{OPENING}pub trait Store: Send {{\n{}}}\n",
                "    /// Why.\n    async fn a(\n        &self,\n    );\n".repeat(methods)
            )
        };
        assert_eq!(told("crates/wallet/src/ports/store.rs", &port(7)), Vec::<String>::new());
        assert_eq!(
            told("crates/wallet/src/ports.rs", &port(8)),
            ["Store: 8 methods, and a port has under 8"]
        );
        let service = |ports| {
            format!(
                "{OPENING}pub struct Wallets {{\n{}    env: Env,\n}}\n",
                "    a: Arc<dyn Store>,\n".repeat(ports)
            )
        };
        assert_eq!(told("crates/wallet/src/wallets.rs", &service(5)), Vec::<String>::new());
        assert_eq!(
            told("crates/wallet/src/wallets.rs", &service(6)),
            ["Wallets: 6 ports, and a service has under 6"]
        );
    }

    #[test]
    fn money_is_no_float() {
        for line in ["let rupees: f64 = 1;", "fn a(x: Vec<f32>)", "value.as_f64()", "let x = 1_f32;"] {
            let text = format!("{OPENING}{line}\n");
            for path in [
                "crates/wallet/src/a.rs",
                "crates/adapters/juspay/src/wire.rs",
                "bin/gateway/src/payments/a.rs",
            ] {
                assert_eq!(told(path, &text).len(), 1, "{path}: {line}");
            }
            assert_eq!(told("bin/gateway/src/telemetry.rs", &text), Vec::<String>::new());
        }
        assert_eq!(
            told("crates/wallet/src/a.rs", &format!("{OPENING}// Never an f64.\n")),
            Vec::<String>::new()
        );
    }
}
