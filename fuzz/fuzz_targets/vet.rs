//! Two artefacts, cut from one input, compared; the judgement has to be the same twice.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| khien_fuzz::check_vet(bytes));
