//! Searches for an answer of a vendor of text messages that is not read as it always is.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| tests::parsers::check("sms_answer", input));
