use super::*;

#[test]
fn numbers_are_set_apart_as_each_language_does() {
    let check = |number, en: &str, vi: &str| {
        assert_eq!(
            (grouped(number, Lang::En).as_str(), grouped(number, Lang::Vi).as_str()),
            (en, vi)
        );
    };
    check(0, "0", "0");
    check(999, "999", "999");
    check(1000, "1,000", "1.000");
    check(1_234_567, "1,234,567", "1.234.567");
}
