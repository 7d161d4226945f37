//! A sound record on a line of its own between other bytes: it is found, or the result says that
//! something could not be read. Anything else would be a way to hide a record.
#![no_main]

use khien_fuzz::Reader;
use khien_ingest::read;

const KINDS: [(Reader, &str, &str); 3] = [
    (read::auditd::read, "audit.log", "type=USER_LOGIN msg=audit(1679641500.000:42): canary=here"),
    (read::json::read, "a.json", "{\"canary\":\"here\"}"),
    (read::syslog::read, "syslog", "CEF:0|v|p|1|1|n|5|canary=here"),
];

libfuzzer_sys::fuzz_target!(|input: (u8, &[u8], &[u8])| {
    let (kind, before, behind) = input;
    let Some((reader, name, record)) = KINDS.get(usize::from(kind) % KINDS.len()) else { return };
    let bytes = [before, b"\n", record.as_bytes(), b"\n", behind].concat();
    let found = khien_fuzz::check_reader(*reader, name, &bytes);
    assert!(found.has_canary() || found.has_dead_letters(), "the record was hidden");
});
