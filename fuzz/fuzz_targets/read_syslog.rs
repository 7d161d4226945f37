//! Syslog and other text lines.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    khien_fuzz::check_reader(khien_ingest::read::syslog::read, "syslog-20230324", bytes);
});
