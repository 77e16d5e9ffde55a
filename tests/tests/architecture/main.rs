//! The rules of the house, checked on every build: who may depend on whom, how large a thing may grow, what a
//! file must and must not hold.

mod graph;
mod sources;

use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap_or_default()
}

fn nothing(violations: &[String]) {
    assert!(violations.is_empty(), "\n{}\n", violations.join("\n"));
}

#[test]
fn who_may_depend_on_whom() {
    nothing(&graph::violations(&graph::of_workspace(&root())));
}

#[test]
fn how_large_things_may_grow_and_what_files_hold() {
    nothing(&sources::violations(&sources::of_workspace(&root())));
}
