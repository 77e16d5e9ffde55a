//! Searches for an address that a payer comes back to that is not read as it always is.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| tests::parsers::check("return_query", input));
