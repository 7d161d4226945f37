//! One JSON record as a flat event.
#![no_main]

use khien_ingest::flatten::flatten_json;
use khien_model::Event;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut event = Event::new();
    let result = flatten_json(bytes, &mut event, 16);
    for name in event.names() {
        assert!(event.values(name).count() >= 1);
    }
    if result.is_ok() {
        let mut again = event.clone();
        again.clear();
        assert!(flatten_json(bytes, &mut again, 16).is_ok());
        assert_eq!(event.id(), again.id(), "a reused event is as good as a new one");
        assert_eq!(event.shape(), again.shape());
        assert_eq!(event.to_json(), again.to_json());
    }
});
