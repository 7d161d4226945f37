//! A whole file as `khien scan` opens it: format told by content, containers inside containers.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let first = khien_fuzz::check_stream("logs.bin", bytes);
    assert_eq!(first, khien_fuzz::check_stream("logs.bin", bytes), "reading twice finds the same");
});
