//! Zeek logs as tab-separated values.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    khien_fuzz::check_reader(khien_ingest::read::zeek::read_tsv, "dns.log", bytes);
});
