//! The STIX pattern language: a pattern becomes indicators or a problem, never nothing.
#![no_main]

use khien_detect::indicator::parse_bundle;

libfuzzer_sys::fuzz_target!(|pattern: &str| {
    let indicator = serde_json::json!({
        "type": "indicator",
        "spec_version": "2.1",
        "id": "indicator--6f1d0f0e-6a53-4c5e-9b0e-3a1f4f6d2c77",
        "pattern": pattern,
        "pattern_type": "stix",
        "valid_from": "2023-03-01T00:00:00Z",
    });
    let parsed = parse_bundle(&indicator.to_string(), "a.json");
    let Ok(advisory) = parsed else { panic!("one object is a bundle") };
    assert!(!advisory.indicators.is_empty() || !advisory.problems.is_empty(), "nothing is lost");
    for problem in &advisory.problems {
        let shown = format!("{} {}", problem.id, problem.detail);
        assert!(!shown.chars().any(char::is_control), "a problem is safe to print");
    }
    khien_fuzz::check_indicators(advisory.indicators);
});
