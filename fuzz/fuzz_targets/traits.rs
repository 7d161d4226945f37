//! A script, text or data file as vetting looks at it.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| khien_fuzz::check_traits(bytes));
