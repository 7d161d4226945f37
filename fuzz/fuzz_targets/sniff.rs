//! Telling a format from the first bytes.
#![no_main]

use khien_ingest::sniff::sniff;

libfuzzer_sys::fuzz_target!(|input: (&[u8], &str)| {
    let (head, name) = input;
    let kind = sniff(head, name);
    // A byte order mark before text changes nothing.
    if head.first().is_some_and(u8::is_ascii_graphic) && std::str::from_utf8(head).is_ok() {
        let marked = [b"\xef\xbb\xbf", head].concat();
        let text =
            !matches!(kind, khien_ingest::sniff::Kind::Evtx | khien_ingest::sniff::Kind::Zip);
        if text && head.len() < 200 {
            assert_eq!(sniff(&marked, name), kind);
        }
    }
});
