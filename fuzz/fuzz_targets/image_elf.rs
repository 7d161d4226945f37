//! An ELF file as vetting reads it: headers, dynamic section, relocations, unwind tables.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| khien_fuzz::check_image(b"\x7fELF", bytes));
