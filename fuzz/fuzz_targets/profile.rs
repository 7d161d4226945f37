//! A stored profile as it comes back from disk or from a reading child.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = khien_vet::baseline::decode(bytes);
    let mut stored = b"KHVETP01".to_vec();
    stored.extend_from_slice(bytes);
    let _ = khien_vet::baseline::decode(&stored);
});
