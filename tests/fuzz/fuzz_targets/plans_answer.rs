//! Searches for a list of the insurer's plans that is not read as it always is, or has no price.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| tests::parsers::check("plans_answer", input));
