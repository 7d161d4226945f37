//! Linux audit lines.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    khien_fuzz::check_reader(khien_ingest::read::auditd::read, "audit.log", bytes);
});
