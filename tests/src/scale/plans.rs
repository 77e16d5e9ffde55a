//! What the server itself says of each statement it ran: its plan, what it touched and how long it took.
//!
//! `auto_explain` writes them into the server's log, nested statements of functions and triggers too. So nothing here
//! repeats the program's SQL, and nothing the program sends can be left out.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What the server is told so that it explains everything in sessions that ask for it.
pub(super) const SERVER: [(&str, &str); 13] = [
    ("session_preload_libraries", "auto_explain"),
    ("auto_explain.log_analyze", "on"),
    ("auto_explain.log_buffers", "on"),
    // Per node it costs more than many of our statements take.
    ("auto_explain.log_timing", "off"),
    ("auto_explain.log_nested_statements", "on"),
    ("auto_explain.log_format", "json"),
    // Its collector puts together what sessions write at once; into one pipe without it, long explanations spoil each
    // other, and a statement that is asked once is then never seen. One file, however long it grows.
    ("logging_collector", "on"),
    ("log_directory", "log"),
    ("log_filename", "explained.log"),
    ("log_rotation_age", "0"),
    ("log_rotation_size", "0"),
    // As a server of this data would have it.
    ("shared_buffers", "512MB"),
    ("max_wal_size", "8GB"),
];

/// Where those settings have the server write, below its folder.
pub(super) const LOG: &str = "data/log/explained.log";

/// From now on new sessions of the database explain what they run.
pub(super) const EXPLAIN: &str = "ALTER DATABASE aarokya SET auto_explain.log_min_duration = 0";

/// One statement, over all its runs.
#[derive(Debug, Clone, Default)]
pub struct Statement {
    /// How long each run took, in microseconds, in order once [`read`] is done.
    pub micros: Vec<u64>,
    /// How many pages each run touched, in order once [`read`] is done.
    pub pages: Vec<u64>,
    /// The most rows that any node of it brought up or threw away in one run.
    pub rows_max: u64,
    /// Every way it was run: nodes with their tables and indexes.
    pub shapes: BTreeSet<String>,
    /// The tables it read from end to end.
    pub read_whole: BTreeSet<String>,
    /// How many runs used a plan for any values, made once for the session.
    pub generic: u64,
}

/// Every statement in a server's log, by its text.
pub(super) fn read(log: &str) -> BTreeMap<String, Statement> {
    let mut statements: BTreeMap<String, Statement> = BTreeMap::new();
    let mut lines = log.lines().peekable();
    while let Some(line) = lines.next() {
        let Some(micros) = duration(line) else { continue };
        let mut json = line.split_once("plan:").map_or("", |(_, json)| json).to_owned();
        while let Some(more) = lines.next_if(|line| line.starts_with('\t')) {
            json.push('\n');
            json.push_str(more);
        }
        let explained: Value = serde_json::from_str(&json).expect("an explanation that is whole");
        let text = explained["Query Text"].as_str().unwrap_or_default();
        let statement = statements.entry(one_line(text)).or_default();
        statement.micros.push(micros);
        let plan = &explained["Plan"];
        let pages = ["Shared Hit Blocks", "Shared Read Blocks"].map(|name| plan[name].as_u64().unwrap_or(0));
        statement.pages.push(pages.iter().sum());
        let mut shape = Vec::new();
        let mut is_generic = false;
        walk(plan, statement, &mut shape, &mut is_generic);
        statement.generic += u64::from(is_generic);
        statement.shapes.insert(shape.join(" ← "));
    }
    for statement in statements.values_mut() {
        statement.micros.sort_unstable();
        statement.pages.sort_unstable();
    }
    statements
}

/// Text without comments and line breaks, so that one statement has one text.
fn one_line(text: &str) -> String {
    let lines = text.lines().map(|line| line.split("-- ").next().unwrap_or_default());
    lines.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
}

/// `… LOG:  duration: 12.345 ms  plan:`, in microseconds.
fn duration(line: &str) -> Option<u64> {
    let (_, rest) = line.split_once("duration: ")?;
    let (number, rest) = rest.split_once(" ms")?;
    let (whole, thousandths) = number.split_once('.')?;
    let micros = whole.parse::<u64>().ok()?.checked_mul(1_000)?.checked_add(thousandths.parse().ok()?)?;
    rest.contains("plan:").then_some(micros)
}

fn walk(node: &Value, statement: &mut Statement, shape: &mut Vec<String>, is_generic: &mut bool) {
    let text = |name: &str| node[name].as_str().unwrap_or_default();
    let number = |name: &str| node[name].as_u64().unwrap_or_default();
    let kind = text("Node Type");
    let table = text("Relation Name");
    let runs = number("Actual Loops");
    if runs > 0 {
        let each = number("Actual Rows") + number("Rows Removed by Filter");
        statement.rows_max = statement.rows_max.max(each.saturating_mul(runs));
        // What the catalogue is asked is the driver's, once a session.
        if kind == "Seq Scan" && !table.starts_with("pg_") {
            statement.read_whole.insert(table.to_owned());
        }
    }
    for condition in ["Index Cond", "Recheck Cond", "Filter", "TID Cond"] {
        // What a plan was made for is in it as a value; what it was not made for stays a parameter.
        *is_generic |= node[condition].as_str().is_some_and(|condition| condition.contains("$1"));
    }
    let on = [text("Index Name"), table].into_iter().find(|name| !name.is_empty());
    let kind = if kind == "ModifyTable" { text("Operation") } else { kind };
    match on {
        Some(on) => shape.push(format!("{kind} {on}")),
        // What only passes rows on says nothing of scale.
        None if [
            "Result",
            "Limit",
            "Function Scan",
            "ProjectSet",
            "Materialize",
            "LockRows",
            "CTE Scan",
            "Append",
        ]
        .contains(&kind) => {}
        None => shape.push(kind.to_owned()),
    }
    for child in node["Plans"].as_array().into_iter().flatten() {
        walk(child, statement, shape, is_generic);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::percentile::percentile;

    const LOG: &str = "2026-01-01 UTC [7] LOG:  duration: 1.234 ms  plan:
\t{
\t  \"Query Text\": \"SELECT 1\\n  FROM sessions -- why\\n WHERE id = $1\",
\t  \"Plan\": {\"Node Type\": \"Index Scan\", \"Relation Name\": \"sessions\", \"Index Name\": \"sessions_pkey\",
\t    \"Index Cond\": \"(id = $1)\", \"Actual Rows\": 1, \"Actual Loops\": 1, \"Shared Hit Blocks\": 4}
\t}
2026-01-01 UTC [7] LOG:  something else
2026-01-01 UTC [7] LOG:  duration: 0.050 ms  plan:
\t{
\t  \"Query Text\": \"SELECT 1 FROM sessions WHERE id = $1\",
\t  \"Plan\": {\"Node Type\": \"Seq Scan\", \"Relation Name\": \"sessions\", \"Actual Rows\": 1, \"Actual Loops\": 1,
\t    \"Rows Removed by Filter\": 9, \"Shared Hit Blocks\": 1, \"Shared Read Blocks\": 1}
\t}";

    #[test]
    fn runs_of_one_statement_are_one_statement() {
        let read = read(LOG);
        let (text, statement) = read.first_key_value().unwrap();
        assert_eq!((read.len(), text.as_str()), (1, "SELECT 1 FROM sessions WHERE id = $1"));
        assert_eq!((&statement.micros, &statement.pages), (&vec![50, 1_234], &vec![2, 4]));
        assert_eq!((statement.rows_max, statement.generic), (10, 1));
        assert_eq!(
            statement.shapes.iter().collect::<Vec<_>>(),
            ["Index Scan sessions_pkey", "Seq Scan sessions"]
        );
        assert_eq!(statement.read_whole.iter().collect::<Vec<_>>(), ["sessions"]);
        assert_eq!(percentile(&statement.micros, 99), 1_234);
    }
}
