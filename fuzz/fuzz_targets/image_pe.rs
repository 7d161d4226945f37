//! A PE file as vetting reads it: headers, imports, resources, unwind tables, .NET metadata, certificate table.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| khien_fuzz::check_image(b"MZ", bytes));
