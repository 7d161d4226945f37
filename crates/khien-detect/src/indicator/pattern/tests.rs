use super::*;
use proptest::prelude::*;

fn test(object: &str, steps: &[&str], operator: Operator, value: Literal) -> Comparison {
    let steps = steps.iter().map(|step| Step::Property((*step).to_owned())).collect();
    let values = vec![value];
    Comparison::Test(Test { object: object.to_owned(), steps, negated: false, operator, values })
}

fn text(text: &str) -> Literal {
    Literal::Text(text.to_owned())
}

/// The one test of a pattern with one.
fn single(pattern: &str) -> Test {
    match parse(pattern) {
        Ok(Observation::Single(Comparison::Test(test))) => test,
        other => panic!("{pattern}: {other:?}"),
    }
}

#[test]
fn one_comparison() {
    assert_eq!(
        parse("[file:hashes.'SHA-256' = 'ab']"),
        Ok(Observation::Single(test("file", &["hashes", "SHA-256"], Operator::Equal, text("ab"))))
    );
    assert_eq!(single("[ipv4-addr:value == '1.2.3.4']").object, "ipv4-addr");
    assert_eq!(single("[a:b<>1]").operator, Operator::NotEqual);
    assert_eq!(single("[a:b <= -1.5]").values, [Literal::Number(-1.5)]);
    assert_eq!(single("[a:b = true]").values, [Literal::Bool(true)]);
    assert_eq!(
        single("[a:b in ('x', 2 , h'0aFF')]").values,
        [text("x"), Literal::Number(2.0), Literal::Bytes(vec![0x0a, 0xff])]
    );
    assert_eq!(
        single("[a:b > t'2023-01-01T00:00:00Z']").values,
        [Literal::Time("2023-01-01T00:00:00Z".to_owned())]
    );
    assert_eq!(single("[a:b = b'AAEC']").values, [Literal::Bytes(b"AAEC".to_vec())]);
    assert!(single("[a:b NOT LIKE 'x%']").negated);
    assert!(single("[NOT a:b = 'x']").negated);
    assert_eq!(single("[EXISTS a:b]").operator, Operator::Exists);
    assert!(single("[a:b in ()]").values.is_empty());
}

#[test]
fn paths_to_properties() {
    let property = |name: &str| Step::Property(name.to_owned());
    let item = |place: &str| Step::Item(place.to_owned());
    assert_eq!(
        single("[network-traffic:extensions.'http-request-ext'.request_header.'User-Agent' = 'x']")
            .steps,
        ["extensions", "http-request-ext", "request_header", "User-Agent"].map(property)
    );
    assert_eq!(
        single("[email-message:to_refs[*].value = 'x']").steps,
        [property("to_refs"), item("*"), property("value")]
    );
    assert_eq!(
        single("[a:b[0].and[-1].or = 1]").steps,
        [property("b"), item("0"), property("and"), item("-1"), property("or")]
    );
}

#[test]
fn escapes_in_strings() {
    let value = |pattern: &str| match single(pattern).values.into_iter().next() {
        Some(Literal::Text(text)) => text,
        other => panic!("{other:?}"),
    };
    assert_eq!(value(r"[a:b = 'it\'s']"), "it's");
    assert_eq!(value(r"[a:b = 'C:\\Windows\\']"), r"C:\Windows\");
    assert_eq!(value(r"[a:b = 'C:\Windows']"), r"C:\Windows");
    assert_eq!(value("[a:b = 'Đường dẫn']"), "Đường dẫn");
    assert_eq!(value("[a:b = '// no comment']"), "// no comment");
}

#[test]
fn and_binds_closer_than_or() {
    let a = || test("a", &["b"], Operator::Equal, Literal::Number(1.0));
    assert_eq!(
        parse("[a:b = 1 OR a:b = 1 AND a:b = 1]"),
        Ok(Observation::Single(Comparison::Or(vec![a(), Comparison::And(vec![a(), a()])])))
    );
    assert_eq!(
        parse("[(a:b = 1 OR a:b = 1) AND a:b = 1]"),
        Ok(Observation::Single(Comparison::And(vec![Comparison::Or(vec![a(), a()]), a()])))
    );
    let one = || Observation::Single(a());
    assert_eq!(
        parse("[a:b=1] AND [a:b=1] OR [a:b=1] FOLLOWEDBY [a:b=1]"),
        Ok(Observation::FollowedBy(vec![
            Observation::Or(vec![Observation::And(vec![one(), one()]), one()]),
            one()
        ]))
    );
}

#[test]
fn qualifiers_belong_to_what_precedes_them() {
    let found = parse(
        "([a:b = 1] FOLLOWEDBY [a:b = 2]) WITHIN 300 SECONDS REPEATS 2 TIMES \
         START t'2023-01-01T00:00:00Z' STOP '2024-01-01T00:00:00Z'",
    );
    let Ok(Observation::Qualified(inner, qualifiers)) = found else { panic!("{found:?}") };
    assert!(matches!(*inner, Observation::FollowedBy(_)));
    assert_eq!(
        qualifiers,
        [
            Qualifier::Within(300.0),
            Qualifier::Repeats(2),
            Qualifier::StartStop("2023-01-01T00:00:00Z".into(), "2024-01-01T00:00:00Z".into())
        ]
    );
}

#[test]
fn comments_are_blank() {
    assert!(parse("/* one */ [a:b = 1] // two").is_ok());
    assert!(parse("[a:b /* x").is_err());
}

#[test]
fn errors_say_where() {
    let check = |pattern: &str, expected: &str| {
        assert_eq!(
            parse(pattern).map_err(|e| e.to_string()),
            Err(expected.to_owned()),
            "{pattern}"
        );
    };
    check("", "at byte 0: expected “[” or “(”, found the end");
    check("[a:b = 'x", "at byte 7: expected a closing quote, found “'x”");
    check("[a = 1]", "at byte 3: expected “:”, found “= 1]”");
    check("[a:b 1]", "at byte 5: expected an operator, found “1]”");
    check("[a:b = 1] x", "at byte 10: expected the end, found “x”");
    check("[a:b = h'0']", "at byte 7: expected pairs of hexadecimal digits, found “h'0']”");
    check("[a:b = \u{1b}]", "at byte 7: expected a name, a value or an operator, found “\\x1b]”");
    check("[a:b IN ('x' 'y')]", "at byte 13: expected “,” or “)”, found “'y')]”");
    check(
        "[a:b = 1] WITHIN x SECONDS",
        "at byte 17: expected a number of seconds, found “x SECONDS”",
    );
}

#[test]
fn limits_hold() {
    let nested = |depth: usize| format!("{}[a:b=1]{}", "(".repeat(depth), ")".repeat(depth));
    assert!(parse(&nested(DEPTH_MAX - 1)).is_ok());
    assert_eq!(parse(&nested(DEPTH_MAX)), Err(PatternError::TooDeep));
    assert_eq!(parse(&nested(30_000)), Err(PatternError::TooDeep));
    assert_eq!(parse(&"[".repeat(70_000)), Err(PatternError::TooLong(70_000)));
    assert!(parse(&format!("[{}a:b=1]", "a:b=1 OR ".repeat(7000))).is_ok());
    assert!(parse(&format!("[a:b=1]{}", " REPEATS 1 TIMES".repeat(4000))).is_ok());
}

proptest! {
    #[test]
    fn any_text_is_survived(pattern in any::<String>()) {
        let _ = parse(&pattern);
    }

    #[test]
    fn any_tokens_are_survived(
        pieces in prop::collection::vec(
            prop::sample::select(vec![
                "[", "]", "(", ")", "a", ":", "b", ".", "=", "'x'", "'", "\\", "AND", "OR", "NOT", "IN",
                "LIKE", "FOLLOWEDBY", "WITHIN", "5", "SECONDS", "START", "t'1'", "STOP", "h'00'", ",",
                "*", "-", "EXISTS", " ", "/*", "*/", "//", "\n",
            ]),
            0..40,
        ),
    ) {
        let _ = parse(&pieces.concat());
        let _ = parse(&pieces.join(" "));
    }

    #[test]
    fn strings_round_trip(value in any::<String>()) {
        let escaped = value.replace('\\', "\\\\").replace('\'', "\\'");
        prop_assert_eq!(single(&format!("[a:b = '{escaped}']")).values, vec![Literal::Text(value)]);
    }
}
