//! A Mach-O file as vetting reads it: load commands, slices, function starts, code signature.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| khien_fuzz::check_image(b"\xcf\xfa\xed\xfe", bytes));
