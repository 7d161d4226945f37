//! Requests of OpenTelemetry, in both encodings: what is counted is what is there, and every line is a record.
#![no_main]

use khien_ingest::otlp::{Encoding, read};
use khien_model::Timestamp;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((first, bytes)) = bytes.split_first() else { return };
    let encoding = if first & 1 == 0 { Encoding::Json } else { Encoding::Protobuf };
    let Ok(lines) = read(encoding, bytes, Timestamp::from_nanos(1_772_438_400_000_000_000)) else {
        return;
    };
    let split = |all: &[u8]| all.split(|byte| *byte == b'\n').count() - 1;
    assert_eq!(split(&lines.json), lines.json_records as usize);
    for text in &lines.syslog {
        assert_eq!(split(&text.bytes), text.records as usize);
    }
    for line in lines.json.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let value: serde_json::Value = serde_json::from_slice(line).expect("a line is JSON");
        assert!(value.is_object());
    }
});
