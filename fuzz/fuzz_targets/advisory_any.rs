//! Advisories of any form: bytes as they come from a mail, a feed or the web.
#![no_main]

use khien_detect::indicator::parse_advisory;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let first = parse_advisory(bytes, "a.txt");
    if let Err(error) = &first {
        assert!(!error.to_string().chars().any(char::is_control), "an error is safe to print");
    }
    let Ok(advisory) = first else { return };
    let again = parse_advisory(bytes, "a.txt").expect("reading twice finds the same");
    assert_eq!(advisory, again, "reading twice finds the same");
    for omitted in &advisory.omitted {
        let shown = format!("{} {}", omitted.place, omitted.text);
        assert!(!shown.chars().any(char::is_control), "what was omitted is safe to print");
    }
    for problem in &advisory.problems {
        let shown = format!("{} {}", problem.id, problem.detail);
        assert!(!shown.chars().any(char::is_control), "a problem is safe to print");
    }
    for product in &advisory.affected {
        assert!(!product.product.is_empty(), "a product has a name");
        let _ = product.contains("18.12.416");
    }
    khien_fuzz::check_indicators(advisory.indicators);
});
