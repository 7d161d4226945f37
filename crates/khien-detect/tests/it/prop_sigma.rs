//! The Sigma matcher against a plain reading of the same rules.

mod records;
mod rules;

use std::sync::Arc;
use khien_detect::sigma::{Matcher, RuleSet};
use khien_model::{Event, LogSource, Scalar};
use proptest::prelude::*;

use crate::reference::{Datum, Record, Source, fires, in_scope};
use crate::support::load;
use records::records;
use rules::{rule, written};

fn event_of(record: &Record, source: &Arc<LogSource>) -> Event {
    let mut event = Event::new();
    event.source = Arc::clone(source);
    for (name, values) in &record.0 {
        for value in values {
            event.push(name, match value {
                Datum::Text(text) => Scalar::Str(text),
                Datum::Whole(number) => Scalar::Int(*number),
                Datum::Fraction(number) => Scalar::Float(*number),
                Datum::Flag(flag) => Scalar::Bool(*flag),
                Datum::Null => Scalar::Null,
            });
        }
    }
    event
}

#[test]
fn survey() {
    use proptest::test_runner::{TestRunner, Config};
    let all = Arc::new(LogSource::new(Some("khien"), Some("svc"), &["test", "other_test"]));
    let (yes, no) = (std::cell::Cell::new(0), std::cell::Cell::new(0));
    let mut kinds = std::collections::BTreeMap::new();
    let cases = std::env::var("SURVEY").ok().and_then(|s| s.parse().ok()).unwrap_or(300);
    for _ in 0..cases {
        let mut runner = TestRunner::new(Config { failure_persistence: None, cases: 10, max_shrink_iters: 20000, ..Config::default() });
        let r = runner.run(&(rule(), records(8)), |(mut rule, records)| {
            rules::as_map(&mut rule).insert("logsource".into(), yaml_serde::from_str("category: test").unwrap());
            let text = written(&[rule.clone()]);
            let back: yaml_serde::Value = yaml_serde::from_str(&text).unwrap();
            prop_assert_eq!(&back, &rule);
            let set = Arc::new(load(&text, Default::default()));
            prop_assert!(set.problems().is_empty(), "{:?}", set.problems());
            let mut handle = Matcher::new(set).handle();
            for record in &records {
                let expected = fires(&rule, record);
                if expected { yes.set(yes.get() + 1) } else { no.set(no.get() + 1) }
                let mut found = Vec::new();
                handle.matches(&event_of(record, &all), &mut found);
                prop_assert_eq!(expected, !found.is_empty());
            }
            Ok(())
        });
        if let Err(proptest::test_runner::TestError::Fail(why, (rule, records))) = r {
            let set = load(&written(&[rule.clone()]), Default::default());
            let bad: Vec<_> = records.iter().map(|r| (fires(&rule, r), &r.0)).filter(|(e, _)| true || *e).collect();
            let det = serde_json::to_string(&rule["detection"]).unwrap();
            kinds.entry(det).or_insert_with(|| (why.to_string().replace('\n', " "), format!("{bad:?}").chars().take(1500).collect::<String>(), set.problems().len()));
        }
    }
    for (k, v) in &kinds { eprintln!("CASE {k}\n   {v:?}"); }
    eprintln!("{} kinds, yes {} no {}", kinds.len(), yes.get(), no.get());
}
#[test]
fn probe() {
    let all = Arc::new(LogSource::new(Some("khien"), Some("svc"), &["test", "other_test"]));
    let cases: &[(&str, &str, bool, &str)] = &[
        ("{A: [x, null]}", "{}", true, "null in a list, missing"),
        ("{A: ['', null]}", "{A: null}", true, "null in list, null"),
        ("{A|contains: [x, null]}", "{}", true, "null under contains"),
        ("{A|neq: [x, null]}", "{}", false, "neq list null missing"),
        ("{A|neq: null}", "{}", false, "neq null missing"),
        ("{A|neq: null}", "{A: x}", true, "neq null present"),
        ("{A|re|neq: 'x'}", "{}", true, "re neq missing"),
        ("{A|re|neq: 'x'}", "{A: y}", true, "re neq"),
        ("{A|cidr|neq: '10.0.0.0/8'}", "{}", true, "cidr neq missing"),
        ("{A|cidr|neq: '10.0.0.0/8'}", "{A: 11.0.0.1}", true, "cidr neq"),
        ("{A|gt|neq: 5}", "{A: 3}", true, "gt neq"),
        ("{A|windash|neq: ' -a'}", "{}", true, "windash neq missing"),
        ("{A|base64offset|contains|neq: 'abc'}", "{}", true, "b64 neq missing"),
        ("{A|base64|neq: 'abc'}", "{}", true, "b64 neq missing"),
        ("{A|neq: [a, b]}", "{A: [a, c]}", false, "neq list multi"),
        ("{A|neq|all: [a, b]}", "{A: a}", true, "neq all"),
        ("{A|neq|all: [a, b]}", "{A: [a, b]}", false, "neq all both"),
        ("{A|neq|all: [a, b]}", "{}", true, "neq all missing"),
        ("{A|neq: ''}", "{}", true, "neq empty missing"),
        ("{A|gt: 5}", "{A: inf}", false, "gt inf text"),
        ("{A|gt: 5}", "{A: Infinity}", false, "gt Infinity text"),
        ("{A|lt: 5}", "{A: '-inf'}", false, "lt -inf text"),
        ("{A|gt: 9007199254740992}", "{A: 9007199254740993}", true, "gt large"),
        ("{A|lte: 9007199254740992}", "{A: 9007199254740993}", false, "lte large"),
        ("{A: 1}", "{A: '1e0'}", false, "number vs 1e0"),
        ("{A: 100}", "{A: '1e2'}", false, "number vs 1e2"),
        ("{A: 1}", "{A: '+1'}", false, "number vs +1"),
        ("{A: 1}", "{A: true}", false, "number vs true"),
        ("{A: 0.1}", "{A: 0.1}", true, "float"),
        ("{A: 1.0}", "{A: 1}", true, "1.0 (open)"),
        ("{A: true}", "{A: 1}", false, "true vs 1"),
        ("{A: true}", "{A: 'yes'}", false, "true vs yes"),
        ("{A|contains: true}", "{A: 'it is true'}", true, "contains true"),
        ("{A|cased: true}", "{A: 'True'}", false, "cased true (open)"),
        ("{A: 9007199254740993}", "{A: 9007199254740993}", true, "large"),
        ("{A: -9007199254740993}", "{A: -9007199254740992}", false, "large neg"),
        ("{A: 18446744073709551615}", "{A: 18446744073709551615}", true, "u64 max"),
        ("{A: 18446744073709551615}", "{A: 18446744073709551614}", false, "u64 max-1"),
        ("{A: 18446744073709551615}", "{A: '18446744073709551615'}", true, "u64 max text"),
        ("{A: '18446744073709551615'}", "{A: 18446744073709551615}", true, "u64 max text/number"),
        ("{A|contains: 'Σ'}", "{A: 'ΛΌΓΟΣ'}", true, "final sigma contains"),
        ("{A: 'ΛΌΓΟΣ'}", "{A: 'λόγοσ'}", true, "final sigma exact"),
        ("{A: 'x*Σ'}", "{A: 'xΛΌΓΟΣ'}", true, "final sigma wild"),
        ("{A: 'STRASSE'}", "{A: 'straße'}", false, "eszett"),
        ("{A: 'ẞ'}", "{A: 'ß'}", true, "capital eszett"),
        ("{A: 'İ'}", "{A: 'i̇'}", true, "dotted I (multi)"),
        ("{A: 'a?b'}", "{A: 'aİb'}", true, "? over dotted I"),
        ("{A: 'a?c*'}", "{A: 'AİCx'}", true, "? over dotted I"),
        ("{A: 'K*x*z'}", "{A: 'kxz'}", true, "kelvin in wild"),
        ("{A: 'K'}", "{A: 'k'}", true, "kelvin exact"),
        ("{A: 's*x*z'}", "{A: 'ſxz'}", false, "long s in wild vs"),
        ("{A: 's'}", "{A: 'ſ'}", false, "long s exact"),
        ("{A|re|i: 's'}", "{A: 'ſ'}", true, "long s in re"),
        ("{'|contains': foo}", "{B: xfoox}", true, "keyword contains"),
        ("{'|contains|all': [foo, bar]}", "{B: xfoox, C: bar}", true, "keyword contains all"),
        ("{'|startswith': foo}", "{B: xfoo}", false, "keyword startswith"),
        ("{'|cased': Foo}", "{B: xfoo}", false, "keyword cased"),
        ("{'|cased': Foo}", "{B: xFoo}", true, "keyword cased"),
        ("{'|windash': ' -a'}", "{B: 'x /a'}", true, "keyword windash"),
        ("{'|base64offset|contains': 'foobar'}", "{B: 'Zm9vYmFy'}", true, "keyword b64"),
        ("{'|base64offset|all': ['foobar', 'foob']}", "{B: 'Zm9vYmFy'}", true, "keyword b64 all"),
        ("[foo, {A: 1}]", "{B: foo}", true, "mixed list"),
        ("[foo, {A: 1}]", "{A: 1}", true, "mixed list"),
        ("foo", "{B: xfoox}", true, "bare keyword"),
        ("4697", "{B: 4697}", true, "bare number"),
        ("['a', null]", "{B: b}", false, "null keyword"),
        ("[[a, b], c]", "{B: b}", true, "nested list (open)"),
        ("{A|re: '(?-i)ab'}", "{A: AB}", false, "-i"),
        ("{A|re: ['(?i)a(?-i)B', '(?i)x']}", "{A: aB}", true, "(?i)a(?-i)B pair"),
        ("{A|re: ['(?i)a(?-i)B', '(?i)x', '(?i)y']}", "{A: aB}", true, "(?i)a(?-i)B triple"),
        ("{A|re|i: ['a(?-i:B)', 'x']}", "{A: aB}", true, "re|i with (?-i:"),
        ("{A|re|i: ['[^a]', 'zzz']}", "{A: A}", false, "i negated class"),
        ("{A|re|i: ['\\p{Lu}', 'zzz']}", "{A: a}", true, "i Lu"),
        ("{A|re: ['(?i)\\x{0130}', '(?i)zzz']}", "{A: İ}", true, "(?i) with İ in group"),
        ("{A|contains|all: ['İ', 'x']}", "{A: 'İx'}", true, "İ contains"),
        ("{A|startswith: 'İ'}", "{A: 'İx'}", true, "İ startswith"),
        ("{'a[0]': x}", "{'a[0]': x}", true, "bracket name"),
        ("{'a[0].b': x}", "{'a[0].b': x}", true, "bracket name nested"),
        ("{'a[any]': x}", "{'a[any]': x}", true, "bracket any"),
        ("{'a\\[0\\]': x}", "{'a[0]': x}", true, "escaped bracket (open)"),
        ("{'a b': x}", "{'a b': x}", true, "name with blank"),
        ("{'a b': x}", "{'ab': x}", false, "name with blank 2 (spec strips)"),
        ("{'.a': x}", "{'.a': x}", true, "leading dot"),
        ("{'a.': x}", "{'a.': x}", true, "trailing dot"),
        ("{'': x}", "{'': x}", true, "empty name is keyword"),
        ("{'a.b|contains': x}", "{'a.b': yxy, a: 1}", true, "dotted and prefix"),
        ("{'a|exists': true}", "{'a.b': yxy}", false, "prefix of dotted (open)"),
        ("{1: x}", "{'1': x}", true, "number as name"),
        ("{true: x}", "{'true': x}", true, "bool as name"),
        ("{A|contains: ''}", "{A: ''}", true, "contains empty"),
        ("{A|startswith: ''}", "{A: 5}", true, "startswith empty"),
        ("{A|contains: ['', 'x*y']}", "{A: 'b'}", true, "contains empty+wild"),
        ("{A|contains: '*'}", "{A: ''}", true, "contains star"),
        ("{A|re: ''}", "{A: ''}", true, "re empty"),
        ("{A|cidr: '10.0.0.0/8'}", "{A: 167772161}", false, "cidr number"),
        ("{A|cidr: '10.0.0.0/8'}", "{A: ' 10.0.0.1'}", false, "cidr blank"),
        ("{A|cidr: '10.0.0.0/8'}", "{A: '10.0.0.1/32'}", false, "cidr of cidr"),
        ("{A|fieldref: B}", "{A: 5, B: '5'}", true, "fieldref number text"),
        ("{A|fieldref: B}", "{A: true, B: 'True'}", true, "fieldref bool text"),
        ("{A|fieldref|cased: B}", "{A: x, B: X}", false, "fieldref cased"),
        ("{A|fieldref|cased: B}", "{A: 5, B: '5'}", true, "fieldref cased number"),
        ("{A|fieldref|all: [B, C]}", "{A: x, B: x, C: y}", false, "fieldref all"),
        ("{A|fieldref: A.b}", "{A: x, A.b: x}", true, "fieldref dotted"),
        ("{A|fieldref: 5}", "{A: x, '5': x}", true, "fieldref number name"),
        ("{A|exists: true, B: x}", "{A: null, B: x}", true, "exists null"),
        ("{A|exists: true, A: x}", "{A: x}", true, "exists and value"),
        ("{A|base64: abc}", "{A: ywjj}", false, "base64 case"),
        ("{A|base64|contains: abc}", "{A: xywjj}", false, "base64 case contains"),
        ("{A|wide|base64: abc}", "{A: yqbiagma}", false, "base64 case wide"),
        ("{A|base64: ''}", "{A: ''}", true, "base64 empty"),
        ("{A|startswith|all: ['a*', '*b']}", "{A: [ac, xb]}", true, "startswith wild all"),
        ("{A|endswith: 'a?'}", "{A: \"xab\"}", true, "endswith ?"),
        ("{A|cased|contains: 'a*B'}", "{A: \"xa\\nB\"}", true, "cased wild nl"),
        ("{A|contains: [a1,a2,a3,a4,a5,a6,a7,'Σ']}", "{A: 'ΛΌΓΟΣ'}", true, "sigma ac"),
        ("{A|windash|contains: '-a -b -c -d'}", "{A: '/a -b -c -d'}", true, "four dashes (bound)"),
        ("{A|windash|re: x}", "{A: x}", true, "refused?"),
        ("{A|minute: 5}", "{A: '2024-01-01T00:05:00Z'}", true, "minute"),
        ("{A|hour|neq: 5}", "{A: '2024-01-01T05:05:00Z'}", false, "hour neq"),
        ("{A|hour|neq: 5}", "{}", true, "hour neq missing"),
        ("{A|hour: 5}", "{A: ['x', '2024-01-01T05:05:00Z']}", true, "hour list"),
    ];
    for (selection, fields, expected, name) in cases {
        let text = format!("title: t\nlogsource: {{ category: test }}\ndetection:\n  sel: {selection}\n  condition: sel\n");
        let set = Arc::new(load(&text, Default::default()));
        if !set.problems().is_empty() {
            eprintln!("REFUSED {name}: {selection}: {}", set.problems()[0].detail);
            continue;
        }
        let event = crate::support::event(&yaml_serde::from_str(fields).unwrap(), &all);
        let mut found = Vec::new();
        Matcher::new(Arc::clone(&set)).handle().matches(&event, &mut found);
        let could = set.rules()[0].needs.could_match(&|f| event.has(f));
        let why = khien_detect::sigma::explain(&set.rules()[0], &event).0;
        let mark = if found.is_empty() == *expected { "DIFFERS" } else { "ok" };
        if mark != "ok" || why == found.is_empty() || (!could && !found.is_empty()) {
            eprintln!("{mark} {name}: {selection} on {fields}: expected {expected} found {} could {could} explain {why}", !found.is_empty());
        }
    }
}
fn try_load(name: &str, text: String) {
    let start = std::time::SystemTime::now();
    let set = load(&text, Default::default());
    eprintln!("{name}: {} bytes, rules {} problems {:?} {:?}", text.len(), set.rules().len(), set.problems().iter().map(|p| p.detail.to_string().chars().take(100).collect::<String>()).collect::<Vec<_>>(), start.elapsed());
}
#[test]
fn deep_a() {
    let n: usize = std::env::var("N").unwrap().parse().unwrap();
    let rule = |c: &str| format!("title: t\nlogsource: {{ category: test }}\ndetection:\n  sel: {{ A: 1 }}\n  condition: {c}\n");
    match std::env::var("K").unwrap().as_str() {
        "brackets" => try_load("brackets", rule(&format!("{}sel{}", "(".repeat(n), ")".repeat(n)))),
        "nots" => try_load("nots", rule(&format!("{}sel", "not ".repeat(n)))),
        "ands" => try_load("ands", rule(&format!("{}sel", "sel and ".repeat(n)))),
        "yaml" => try_load("yaml", format!("title: t\nlogsource: {{ category: test }}\ndetection:\n  sel: {}1{}\n  condition: sel\n", "[".repeat(n), "]".repeat(n))),
        "yamlmap" => try_load("yamlmap", format!("title: t\nlogsource: {{ category: test }}\ndetection:\n  sel: {}1{}\n  condition: sel\n", "{a: ".repeat(n), "}".repeat(n))),
        "anchors" => { let mut t = String::from("title: t\nlogsource: { category: test }\ndetection:\n  a0: &a0 [x, y]\n"); for i in 1..n { t.push_str(&format!("  a{i}: &a{i} [*a{}, *a{}, *a{}, *a{}]\n", i-1,i-1,i-1,i-1)); } t.push_str("  condition: 1 of a*\n"); try_load("anchors", t) }
        "corr" => try_load("corr", format!("title: a\nname: a\nlogsource: {{ category: test }}\ndetection: {{ sel: {{ A: 1 }}, condition: sel }}\n---\ntitle: c\ncorrelation: {{ type: temporal, rules: [a], timespan: 1m, condition: '{}a{}' }}\n", "(".repeat(n), ")".repeat(n))),
        "windash" => try_load("windash", format!("title: t\nlogsource: {{ category: test }}\ndetection:\n  sel: {{ A|windash|contains: [{}] }}\n  condition: sel\n", "' -a -b -c',".repeat(n))),
        "re" => try_load("re", format!("title: t\nlogsource: {{ category: test }}\ndetection:\n  sel: {{ A|re: '{}' }}\n  condition: sel\n", "(".repeat(n) + "a" + &")".repeat(n))),
        "recount" => try_load("recount", format!("title: t\nlogsource: {{ category: test }}\ndetection:\n  sel: {{ A|re: '{}' }}\n  condition: sel\n", "(a{1000}){1000}")),
        "of" => { let mut t = String::from("title: t\nlogsource: { category: test }\ndetection:\n"); for i in 0..n { t.push_str(&format!("  a{i}: {{ A: {i} }}\n")); } t.push_str(&format!("  condition: {} of a*\n", n/2)); try_load("of", t) }
        "wild" => try_load("wild", format!("title: t\nlogsource: {{ category: test }}\ndetection:\n  sel: {{ A: '{}' }}\n  condition: sel\n", "a*".repeat(n))),
        _ => {}
    }
}
