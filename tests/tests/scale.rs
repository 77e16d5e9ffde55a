//! A short form of `make scale`: every statement the program sends is explained by the server, and none has to read a
//! table from end to end.
//!
//! In a small table that is often the best plan, so here the planner may not: what is read so all the same has no index
//! that would do. Whether the planner takes the indexes by itself at a large size is asked by the long form.

use tests::scale::{Findings, Plan, Size, look};

#[tokio::test(flavor = "multi_thread")]
async fn no_statement_needs_a_whole_table() {
    let size = Size { users: 1_000, postings: 10_000 };
    let seen = look(Plan { size, rounds: 2, history: 400, may_read_whole: false }).await;
    let findings = Findings::of(&seen);
    assert!(findings.0.is_empty(), "{:#?}", findings.0);
}
