//! What the plans come to: which statements do not scale, and a page for people.

use super::{
    Seen, Statement,
    hot::{HOT, SMALL, WHOLE, name_of},
};
use crate::percentile::percentile;
use std::{collections::BTreeMap, fmt::Write as _};

/// No statement of a request may take longer, in microseconds, in 99 of 100 runs.
const MICROS_MAX: u64 = 15_000;

/// Of fewer runs the slowest is that of a session's first use, which reads catalogues and compiles functions.
const RUNS_MIN: usize = 100;

/// A statement that touches more pages than this at a large size, and more than [`GROWTH_MAX`] times those at a small
/// one, grows with the data.
const PAGES_FREE: u64 = 200;
const GROWTH_MAX: u64 = 4;

/// How many pages a statement may touch whose table is small enough to be read from end to end.
const PAGES_OF_SMALL_TABLES: u64 = 64;

/// More rows than a purge handles at a time are looked at by no statement.
const ROWS_MAX: u64 = 25_000;

/// What does not hold, one sentence each.
#[derive(Debug, Default)]
pub struct Findings(pub Vec<String>);

impl Findings {
    /// What the plans at one size tell by themselves.
    #[must_use]
    pub fn of(seen: &Seen) -> Self {
        let mut found = Vec::new();
        for (name, piece) in HOT.iter().chain(WHOLE) {
            if !seen.statements.keys().any(|text| text.contains(piece)) {
                found.push(format!("{name}: no statement with `{piece}` was seen"));
            }
        }
        for (text, statement) in &seen.statements {
            if name_of(WHOLE, text).is_some() {
                continue;
            }
            let whole: Vec<_> =
                statement.read_whole.iter().filter(|table| !SMALL.contains(&table.as_str())).collect();
            // The planner reads a table of a few pages from end to end wherever it may, and is right.
            let touched = statement.pages.last().copied().unwrap_or_default();
            let is_small = seen.plan.may_read_whole && touched <= PAGES_OF_SMALL_TABLES;
            if !whole.is_empty() && !is_small {
                found.push(format!("{}: reads {whole:?} from end to end", short(text)));
            }
            let is_purge = name_of(HOT, text).is_some_and(|name| name.starts_with("purge"));
            if is_purge && !statement.shapes.iter().all(|shape| shape.contains("Tid Scan")) {
                found.push(format!("{}: finds what it deletes more than once", short(text)));
            }
            if statement.rows_max > ROWS_MAX {
                found.push(format!("{}: looks at {} rows", short(text), statement.rows_max));
            }
        }
        Self(found)
    }

    /// What the plans at a large size tell beside those at a small one, times included.
    #[must_use]
    pub fn compared(small: &Seen, large: &Seen) -> Self {
        let mut found = Self::of(large).0;
        for (text, statement) in &large.statements {
            let is_whole = name_of(WHOLE, text).is_some();
            if is_whole || text.starts_with("DELETE FROM") {
                continue;
            }
            let slow = percentile(&statement.micros, 99);
            if slow > MICROS_MAX && statement.micros.len() >= RUNS_MIN {
                found.push(format!("{}: takes {} ms", short(text), millis(slow)));
            }
            let pages = percentile(&statement.pages, 50);
            let before = small.statements.get(text).map_or(0, |before| percentile(&before.pages, 50));
            if pages > PAGES_FREE && pages > before.saturating_mul(GROWTH_MAX) {
                found.push(format!("{}: touches {pages} pages, and {before} at the small size", short(text)));
            }
        }
        Self(found)
    }
}

/// The page: named statements with their plans, then all the others that touch much.
#[must_use]
pub fn markdown(small: &Seen, large: &Seen, findings: &Findings) -> String {
    let mut page = String::new();
    page.push_str(&heading(small, large, findings));
    table(&mut page, "Hot statements", HOT, small, large);
    table(&mut page, "Statements that read all there is, by design", WHOLE, small, large);
    page.push_str("\n## Answers over HTTP\n\n| Route | n | p50 small | p99 small | n | p50 large | p99 large |\n|---|--:|--:|--:|--:|--:|--:|\n");
    for (route, large) in &large.timings {
        let none = Vec::new();
        let small = small.timings.get(route).unwrap_or(&none);
        let cells = [small, large].map(|micros| {
            let at = |percent| millis(percentile(micros, percent));
            format!("{} | {} | {}", micros.len(), at(50), at(99))
        });
        put(&mut page, &format!("| {route} | {} |\n", cells.join(" | ")));
    }
    let unnamed = large.statements.iter().filter(|(text, _)| is_unnamed(text));
    let slowest: BTreeMap<_, _> =
        unnamed.map(|(text, statement)| ((percentile(&statement.micros, 99), text), statement)).collect();
    put(
        &mut page,
        &format!(
            "\n## The slowest of {} other statements\n\n| Statement | n | p99 ms | pages | Plan |\n|---|--:|--:|--:|---|\n",
            slowest.len()
        ),
    );
    for ((micros, text), statement) in slowest.iter().rev().take(15) {
        let pages = percentile(&statement.pages, 50);
        let line = format!(
            "| `{}` | {} | {} | {pages} | {} |\n",
            short(text),
            statement.micros.len(),
            millis(*micros),
            shape(statement)
        );
        put(&mut page, &line);
    }
    page
}

fn heading(small: &Seen, large: &Seen, findings: &Findings) -> String {
    let sizes = [small, large].map(|seen| {
        format!(
            "| {} | {} | {} | {} s | {} MB | {} |\n",
            seen.plan.size.users,
            seen.plan.size.postings,
            seen.plan.history,
            seen.loading.as_secs(),
            seen.bytes / 1_048_576,
            seen.checks.join("; then ")
        )
    });
    let verdict = if findings.0.is_empty() {
        "Nothing grows with the data.\n".to_owned()
    } else {
        findings.0.iter().map(|finding| format!("- {finding}\n")).collect()
    };
    format!(
        "# Scale\n\nMade by `make scale`: a real gateway works on a small and on a large database, and PostgreSQL itself \
         (`auto_explain`) tells how it ran each statement, those inside functions and triggers too. Times are the \
         server's, in milliseconds; pages are of 8 KiB. \"Generic\" are runs by a plan for any values.\n\n| People | \
         Postings | Longest history | Loaded in | Size | `aarokya ledger check` |\n|--:|--:|--:|--:|--:|---|\n{}\n## Verdict\n\n{verdict}",
        sizes.concat()
    )
}

fn table(page: &mut String, title: &str, names: &'static [(&str, &str)], small: &Seen, large: &Seen) {
    put(
        page,
        &format!(
            "\n## {title}\n\n| Statement | n | generic | p50 | p99 small | p99 large | pages small | pages large | Plan at the large size |\n|---|--:|--:|--:|--:|--:|--:|--:|---|\n"
        ),
    );
    for (name, _) in names {
        for (text, statement) in
            large.statements.iter().filter(|(text, _)| name_of(names, text) == Some(*name))
        {
            let none = Statement::default();
            let before = small.statements.get(text).unwrap_or(&none);
            let micros = |of: &Statement, percent| millis(percentile(&of.micros, percent));
            let pages = |of: &Statement| percentile(&of.pages, 50);
            let line = format!(
                "| {name} | {} | {} | {} | {} | {} | {} | {} | {} |\n",
                statement.micros.len(),
                statement.generic,
                micros(statement, 50),
                micros(before, 99),
                micros(statement, 99),
                pages(before),
                pages(statement),
                shape(statement)
            );
            put(page, &line);
        }
    }
}

fn shape(statement: &Statement) -> String {
    let shapes: Vec<_> = statement.shapes.iter().filter(|shape| !shape.is_empty()).take(3).cloned().collect();
    if shapes.is_empty() { "a function: see its statements".to_owned() } else { shapes.join("; or ") }
}

fn is_unnamed(text: &str) -> bool {
    name_of(HOT, text).is_none() && name_of(WHOLE, text).is_none()
}

/// The beginning of a statement, enough to find it by.
fn short(text: &str) -> String {
    let begins: String = text.chars().take(90).collect();
    begins.replace('|', "\\|")
}

/// Microseconds as milliseconds with two places.
fn millis(micros: u64) -> String {
    format!("{}.{:02}", micros / 1_000, micros % 1_000 / 10)
}

fn put(page: &mut String, text: &str) {
    page.write_str(text).expect("a text takes text");
}

/// The same for programs.
#[must_use]
pub fn json(small: &Seen, large: &Seen, findings: &Findings) -> serde_json::Value {
    let sizes = [("small", small), ("large", large)].map(|(name, seen)| {
        let statements = seen.statements.iter().map(|(text, statement)| {
            serde_json::json!({
                "text": text,
                "name": name_of(HOT, text).or_else(|| name_of(WHOLE, text)),
                "runs": statement.micros.len(),
                "generic": statement.generic,
                "p50_us": percentile(&statement.micros, 50),
                "p99_us": percentile(&statement.micros, 99),
                "pages_p50": percentile(&statement.pages, 50),
                "pages_max": statement.pages.last(),
                "rows_max": statement.rows_max,
                "shapes": statement.shapes,
                "read_whole": statement.read_whole,
            })
        });
        let of = serde_json::json!({
            "users": seen.plan.size.users,
            "postings": seen.plan.size.postings,
            "bytes": seen.bytes,
            "statements": statements.collect::<Vec<_>>(),
        });
        (name.to_owned(), of)
    });
    let mut all: serde_json::Map<_, _> = sizes.into_iter().collect();
    all.insert("findings".to_owned(), serde_json::json!(findings.0));
    all.into()
}
