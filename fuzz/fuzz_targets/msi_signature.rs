//! An installer database whose signature is looked at, and a catalogue of signed files.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = khien_binary::authenticode::msi(bytes);
    let _ = khien_binary::authenticode::catalogue(bytes);
});
