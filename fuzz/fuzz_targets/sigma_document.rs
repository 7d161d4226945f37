//! The documents of a rule file as people are shown them: each begins where it stands, and whatever it says of
//! itself is bounded.
#![no_main]

use khien_detect::sigma::document::{about, documents, line_of};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let lines = text.split('\n').count();
    for document in documents(text) {
        assert!(document.line >= 1 && document.line <= lines);
        let of = document.text.split('\n').count();
        assert!(line_of(document.text, "in `condition`: no such thing") <= of);
        match about(document.text) {
            Ok(about) => {
                assert!(about.title.chars().count() <= 300 && about.description.chars().count() <= 8000);
                assert!(about.tags.len() <= 200 && about.refers_to.len() <= 200);
            }
            Err(unread) => assert!(unread.line >= 1 && !unread.detail.is_empty()),
        }
    }
});
