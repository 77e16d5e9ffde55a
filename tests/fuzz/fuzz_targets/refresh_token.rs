//! Searches for a refresh token that is not read as it always is.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| tests::parsers::check("refresh_token", input));
