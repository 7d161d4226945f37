use super::*;
use crate::testing::event_of;
use khien_model::EventClass;
use khien_model::Scalar::{Float, Int, Str};
use proptest::prelude::*;

const FALCO: &str = r#"
[match]
has = ["evt", "proc.path"]
[source]
product = "Linux"
service = "falco"
category = ["process_creation", "x"]
[time]
field = "when"
format = "unix_ms"
[host]
field = "node"
[fields]
Image = "proc.path"
CommandLine = ["proc.cmdline", "proc.args"]
"#;

#[test]
fn a_record_gets_its_envelope_and_names() {
    let mapping = Mapping::parse(FALCO, "falco.toml").unwrap();
    let mut event = event_of(&[
        ("evt", Str("execve")),
        ("proc.path", Str("/bin/sh")),
        ("proc.args", Str("sh -c x")),
        ("when", Int(1_679_641_500_250)),
        ("node", Str("web-1")),
    ]);
    assert!(mapping.recognises(&event));
    mapping.apply(&mut event, &mut Sources::default());
    assert_eq!(event.source.to_string(), "linux/falco/process_creation/x");
    assert_eq!(event.class, EventClass::Process);
    assert_eq!(event.host(), "web-1");
    assert_eq!(event.time, Timestamp::parse("2023-03-24T07:05:00.25Z"));
    assert_eq!(event.text_of("Image"), Some("/bin/sh"));
    assert_eq!(event.text_of("CommandLine"), Some("sh -c x"));
    assert!(!mapping.recognises(&event_of(&[("evt", Str("x"))])));
}

#[test]
fn without_time_and_host_the_usual_names_are_tried() {
    let mapping = Mapping::parse("[match]\nhas = \"a\"", "m").unwrap();
    let mut event = event_of(&[
        ("a", Int(1)),
        ("@timestamp", Str("2023-03-24T07:05:00Z")),
        ("hostname", Str("h")),
    ]);
    mapping.apply(&mut event, &mut Sources::default());
    assert_eq!((event.time, event.host()), (Timestamp::parse("2023-03-24T07:05:00Z"), "h"));
}

#[test]
fn formats_of_time() {
    let expected = Timestamp::parse("2023-03-24T07:05:00.5Z");
    for (format, value) in [
        ("rfc3339", Str("2023-03-24T14:05:00.5+07:00")),
        ("unix", Float(1_679_641_500.5)),
        ("unix", Str("1679641500.5")),
        ("unix_ms", Str("1679641500500")),
        ("unix_us", Int(1_679_641_500_500_000)),
        ("unix_ns", Int(1_679_641_500_500_000_000)),
        ("filetime", Str("133241151005000000")),
        ("%d.%m.%Y %H:%M:%S%.f", Str("24.03.2023 07:05:00.5")),
        ("%d/%b/%Y:%H:%M:%S%.f %z", Str("24/Mar/2023:14:05:00.5 +0700")),
    ] {
        let text = format!("[match]\nhas = [\"a\"]\n[time]\nfield = \"a\"\nformat = \"{format}\"");
        let mapping = Mapping::parse(&text, "m").unwrap();
        let mut event = event_of(&[("a", value)]);
        mapping.apply(&mut event, &mut Sources::default());
        assert_eq!(event.time, expected, "{format}");
        let mut event = event_of(&[("a", Str("soon"))]);
        mapping.apply(&mut event, &mut Sources::default());
        assert_eq!(event.time, None, "{format}");
    }
}

#[test]
fn errors_name_the_line_and_the_remedy() {
    for (text, expected) in [
        (
            "",
            "m.toml, line 1: the list `has` of [match] is missing; add has = [\"field\"] with at least one field that every such record has",
        ),
        (
            "\n[match]\nhas = []\n",
            "m.toml, line 2: the list `has` of [match] is missing; add has = [\"field\"] with at least one field that every such record has",
        ),
        (
            "[match]\nhas = [\"a\"]\n[sorce]\n",
            "m.toml, line 3: unknown table `sorce`; did you mean `source`?",
        ),
        (
            "[match]\nhas = [\"a\"]\n[source]\n\nproduct_name = \"x\"",
            "m.toml, line 5: unknown key `product_name`; use one of product, service, category",
        ),
        (
            "[match]\nhas = [1]",
            "m.toml, line 2: `has` must be text or a list of text, such as [\"a\", \"b\"]",
        ),
        (
            "match = 1",
            "m.toml, line 1: `match` must be a table, such as [match] with keys below it",
        ),
        (
            "[time]\nformat = \"unix\"",
            "m.toml, line 1: the key `field` of [time] is missing; add field = \"name\"",
        ),
        (
            "[time]\nfield = \"a\"\nformat = \"unixms\"",
            "m.toml, line 3: unknown time format `unixms`; did you mean `unix_ms`?",
        ),
    ] {
        assert_eq!(Mapping::parse(text, "m.toml").unwrap_err().to_string(), expected, "{text}");
    }
    let error = Mapping::parse("[match]\nhas = [\"a\"\n[x", "m.toml").unwrap_err();
    assert!(matches!(error.problem, MappingProblem::Syntax { .. }) && error.line >= 2, "{error}");
    let error = Mapping::parse("[time]\nfield = \"a\"\nformat = \"%!\"", "m.toml").unwrap_err();
    assert!(matches!(error.problem, MappingProblem::BadPattern { .. }), "{error}");
}

#[test]
fn the_example_of_the_module_text_is_valid() {
    let source = include_str!("../mapping.rs");
    let example: String = source
        .lines()
        .skip_while(|line| *line != "//! ```toml")
        .skip(1)
        .take_while(|line| *line != "//! ```")
        .map(|line| line.trim_start_matches("//!").to_owned() + "\n")
        .collect();
    assert!(example.contains("[fields]"));
    Mapping::parse(&example, "example").unwrap();
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "(\\[(match|source|time|host|fields)\\]\n|[a-z]{1,6} = (\"[a-z%Y]{0,4}\"|[0-9]|\\[\"x\"\\])\n|.){0,8}") {
        if let Ok(mapping) = Mapping::parse(&text, "m") {
            let mut event = event_of(&[("x", Str("1"))]);
            if mapping.recognises(&event) {
                mapping.apply(&mut event, &mut Sources::default());
            }
        }
    }

    #[test]
    fn no_value_makes_a_format_panic(number in any::<i64>(), fraction in any::<f64>(), text in any::<String>()) {
        let pattern = TimeFormat::Pattern("%Y-%m-%d %H:%M".to_owned());
        for format in [TimeFormat::Any, TimeFormat::Filetime, TimeFormat::Rfc3339, TimeFormat::Unix(1_000_000_000), pattern] {
            for value in [Int(number), Float(fraction), Str(&text)] {
                let _ = format.read(value);
            }
        }
    }
}
