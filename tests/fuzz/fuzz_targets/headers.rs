//! Searches for headers that is not read as it always is.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| tests::parsers::check("headers", input));
