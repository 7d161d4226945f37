//! Canonical forms of observables: what is canonical stays as it is.
#![no_main]

use khien_model::observable::{
    canonical_domain, canonical_hash, canonical_ip, canonical_path, canonical_url,
};

libfuzzer_sys::fuzz_target!(|text: &str| {
    for form in [canonical_domain, canonical_hash, canonical_url] {
        if let Some(canonical) = form(text) {
            assert_eq!(form(&canonical), Some(canonical));
        }
    }
    if let Some(address) = canonical_ip(text) {
        assert_eq!(canonical_ip(&address.to_string()), Some(address));
    }
    let path = canonical_path(text);
    assert_eq!(canonical_path(&path), path);
    let shown = khien_model::untrusted::shown(text).to_string();
    assert!(!shown.chars().any(char::is_control));
});
