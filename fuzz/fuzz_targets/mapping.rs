//! A mapping file, and a record read through it; a line of four dashes parts them.
#![no_main]

use khien_ingest::{Mapping, Normalizer};
use khien_model::Event;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let (text, record) = text.split_once("\n----\n").unwrap_or((text, "{}"));
    match Mapping::parse(text, "map.toml") {
        Ok(mapping) => {
            let mut event = Event::new();
            if khien_ingest::flatten::flatten_json(record.as_bytes(), &mut event, 16).is_ok() {
                let read = event.to_json();
                Normalizer::new(vec![mapping]).json(&mut event, "a.json");
                assert_eq!(event.to_json(), read, "what was read stays as it was");
            }
        }
        Err(error) => {
            assert!(!error.to_string().chars().any(char::is_control));
        }
    }
});
