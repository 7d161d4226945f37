//! Any artefact, opened within small limits; every ledger has to account for every byte.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| khien_fuzz::check_unpack(bytes));
