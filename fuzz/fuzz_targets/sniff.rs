//! Telling a format from the first bytes.
#![no_main]

use khien_ingest::sniff::{Kind, sniff};

libfuzzer_sys::fuzz_target!(|input: (&[u8], &str)| {
    let (head, name) = input;
    let kind = sniff(head, name);
    // A byte order mark before text changes nothing.
    let is_text = matches!(kind, Kind::Auditd | Kind::Json | Kind::Syslog | Kind::ZeekTsv);
    if is_text && !head.starts_with(b"\xef\xbb\xbf") && head.len() < 200 {
        assert_eq!(sniff(&[b"\xef\xbb\xbf", head].concat(), name), kind);
    }
});
