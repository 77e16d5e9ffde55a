//! Searches for a query or a part of a path that is not read as it always is.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| tests::parsers::check("query", input));
