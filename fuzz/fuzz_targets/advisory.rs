//! Advisories as STIX bundles or lists.
#![no_main]

use khien_detect::indicator::parse_advisory;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let Ok(advisory) = parse_advisory(text.as_bytes(), "a.txt") else { return };
    for problem in &advisory.problems {
        let shown = format!("{} {}", problem.id, problem.detail);
        assert!(!shown.chars().any(char::is_control), "a problem is safe to print");
    }
    khien_fuzz::check_indicators(advisory.indicators);
});
