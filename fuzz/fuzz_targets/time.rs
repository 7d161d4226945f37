//! Times as logs write them.
#![no_main]

use khien_ingest::normalize::generic::time_of;
use khien_model::{Scalar, Timestamp};

libfuzzer_sys::fuzz_target!(|input: (i64, f64, &str)| {
    let (whole, fraction, text) = input;
    for time in [
        Timestamp::parse(text),
        time_of(Scalar::Str(text)),
        time_of(Scalar::Int(whole)),
        time_of(Scalar::Float(fraction)),
    ] {
        if let Some(time) = time {
            assert_eq!(Timestamp::parse(&time.to_string()), Some(time), "{time} reads as itself");
        }
    }
});
