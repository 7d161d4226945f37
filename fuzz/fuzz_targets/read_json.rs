//! JSON records of every dialect.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    khien_fuzz::check_reader(khien_ingest::read::json::read, "records.json", bytes);
});
