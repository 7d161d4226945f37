//! A small signed PE whose certificate table is the input: the part of a file that its signature does not cover.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| khien_fuzz::check_certificate_table(bytes));
