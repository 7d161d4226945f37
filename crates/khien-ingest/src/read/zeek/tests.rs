use super::*;
use crate::testing::{collect, collect_within, texts};
use khien_model::{Event, EventClass, Limits, Scalar, Timestamp};
use proptest::prelude::*;

const CONN: &str = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n\
    #path\tconn\n#open\t2023-03-24-07-05-00\n\
    #fields\t_node_name\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\tlocal_orig\ttunnel_parents\n\
    #types\tstring\ttime\tstring\taddr\tport\taddr\tport\tenum\tstring\tinterval\tbool\tset[string]\n";

const ROW: &str =
    "worker-1\t1679641500.250000\tC1\t10.0.0.5\t49152\t192.0.2.7\t443\ttcp\t-\t0.5\tT\t(empty)\n";

fn check_conn(event: &Event) {
    assert_eq!(event.source.to_string(), "zeek/conn/firewall");
    assert_eq!(event.class, EventClass::Network);
    assert_eq!(event.host(), "10.0.0.5");
    assert_eq!(event.time, Timestamp::parse("2023-03-24T07:05:00.25Z"));
    for (name, expected) in [
        ("_node_name", Scalar::Str("worker-1")),
        ("ts", Scalar::Float(1_679_641_500.25)),
        ("id.orig_p", Scalar::Int(49152)),
        ("dst_ip", Scalar::Str("192.0.2.7")),
        ("duration", Scalar::Float(0.5)),
        ("local_orig", Scalar::Bool(true)),
        ("tunnel_parents", Scalar::Null),
    ] {
        assert_eq!(event.get(name), Some(expected), "{name}");
    }
    assert!(!event.has("service"), "an unset field is absent");
}

#[test]
fn a_connection_log() {
    let text = format!("{CONN}{ROW}#close\t2023-03-24-08-00-00\n");
    let found = collect(read_tsv, "x", text.as_bytes());
    assert_eq!(found.reasons(), []);
    assert_eq!(found.events.len(), 1);
    check_conn(found.event(0));
    assert_eq!(found.events[0].1, Place { record: 1, offset: CONN.len() as u64 });
}

#[test]
fn headers_may_come_again_and_change_everything() {
    let text = format!(
        "{CONN}{ROW}#close\tx\n#separator |\n#set_separator|;\n#path|dns\n\
         #fields|ts|uid|query|answers|TTLs\n#types|time|string|string|vector[string]|vector[interval]\n\
         1.5|C9|a\\x7cb.example|192.0.2.1;-;192.0.2.2|60.000000;1\n{CONN}{ROW}"
    );
    let found = collect(read_tsv, "x", text.as_bytes());
    assert_eq!(found.reasons(), []);
    check_conn(found.event(0));
    check_conn(found.event(2));
    let dns = found.event(1);
    assert_eq!(dns.source.to_string(), "zeek/dns/dns");
    assert_eq!(dns.text_of("query"), Some("a|b.example"));
    assert_eq!(texts(dns, "answers"), ["192.0.2.1", "", "192.0.2.2"]);
    assert_eq!(dns.values("answers").nth(1), Some(Scalar::Null));
    assert_eq!(dns.values("TTLs").collect::<Vec<_>>(), [Scalar::Float(60.0), Scalar::Float(1.0)]);
    assert_eq!(texts(dns, "answer").len(), 3);
}

#[test]
fn without_a_path_line_the_streams_name_says_what_it_is() {
    let text = "#fields\tts\tuid\tuser_agent\turi\n1\tC\tcurl/8\t/x.exe\n";
    let found = collect(read_tsv, "z.zip!http.log", text.as_bytes());
    let event = found.event(0);
    assert_eq!(event.source.to_string(), "zeek/http/proxy");
    assert_eq!(event.text_of("c-useragent"), Some("curl/8"));
    assert_eq!(event.time, Timestamp::from_seconds(1));
}

#[test]
fn a_bad_row_costs_its_neighbours_nothing() {
    let long = "x".repeat(1 << 20);
    let text = format!(
        "{CONN}one\ttwo\n{ROW}{ROW}{long}\n{ROW}\tone more\n{}\n{ROW}cut\tof",
        ROW.trim_end()
    );
    let limits = Limits { record_bytes_max: 1 << 16, ..Limits::default() };
    let found = collect_within(read_tsv, "x", text.as_bytes(), &limits);
    let reasons: Vec<Reason> = found.dead.iter().map(|letter| letter.reason).collect();
    assert_eq!(
        reasons,
        [Reason::Malformed, Reason::TooLarge, Reason::Malformed, Reason::Truncated]
    );
    assert_eq!(found.dead[0].offset, CONN.len() as u64);
    assert_eq!(found.events.len(), 5);
    found.events.iter().for_each(|(event, _)| check_conn(event));
}

#[test]
fn rows_without_fields_are_dead_letters() {
    let found = collect(read_tsv, "x", b"#separator \\x09\n#path\tconn\n1\t2\n\n3\n");
    assert_eq!(found.dead.len(), 2);
    assert!(found.events.is_empty());
}

#[test]
fn lying_types_lose_no_value() {
    let text = "#fields\tts\ta\tb\tc\n#types\ttime\tcount\tbool\n1\t2\tT\tx\n9\t3\tF\ty\n\
                #fields\tts\ta\tb\n#types\ttime\tcount\tbool\nsoon\tmany\tmaybe\n";
    let found = collect(read_tsv, "x", text.as_bytes());
    assert_eq!(found.dead.len(), 1, "the header is reported once");
    assert_eq!(found.event(0).get("a"), Some(Scalar::Str("2")));
    assert_eq!(found.event(0).time, Timestamp::from_seconds(1));
    let last = found.event(2);
    assert_eq!(last.get("ts"), Some(Scalar::Str("soon")));
    assert_eq!(last.get("a"), Some(Scalar::Str("many")));
    assert_eq!(last.get("b"), Some(Scalar::Str("maybe")));
    assert_eq!(last.time, None);
}

#[test]
fn bytes_that_are_no_text_are_replaced() {
    let text = b"#fields\tts\tname\n#types\ttime\tstring\n1\tcaf\xe9\\xff\n";
    let found = collect(read_tsv, "x", text);
    assert_eq!(found.event(0).text_of("name"), Some("caf\u{fffd}\u{fffd}"));
}

#[test]
fn a_header_of_very_many_columns_is_refused() {
    let text = format!("#fields{}\n1\n", "\tc".repeat(5000));
    let found = collect(read_tsv, "x", text.as_bytes());
    assert_eq!(found.dead.len(), 1);
}

/// How Zeek writes a text value.
fn written(text: &str) -> String {
    match text {
        "-" => r"\x2d".to_owned(),
        "(empty)" => r"\x28empty)".to_owned(),
        "" => "(empty)".to_owned(),
        _ => text
            .chars()
            .map(|c| match c {
                '\\' => r"\\".to_owned(),
                '\t' | '\n' | '\r' | ',' | '#' => format!(r"\x{:02x}", u32::from(c)),
                _ => c.to_string(),
            })
            .collect(),
    }
}

proptest! {
    #[test]
    fn what_zeek_writes_comes_back(
        rows in prop::collection::vec(
            (any::<Option<String>>(), any::<Option<i64>>(), any::<Option<bool>>(),
             prop::collection::vec(".{1,5}", 0..4)),
            1..8,
        )
    ) {
        let mut text = "#fields\ts\tn\tb\tl\n#types\tstring\tcount\tbool\tset[string]\n".to_owned();
        for (s, n, b, l) in &rows {
            let list: Vec<String> = l.iter().map(|e| written(e)).collect();
            text += &[
                s.as_deref().map_or("-".to_owned(), written),
                n.map_or("-".to_owned(), |n| n.to_string()),
                b.map_or("-".to_owned(), |b| if b { "T" } else { "F" }.to_owned()),
                if list.is_empty() { "(empty)".to_owned() } else { list.join(",") },
            ].join("\t");
            text.push('\n');
        }
        let found = collect(read_tsv, "x", text.as_bytes());
        prop_assert!(found.dead.is_empty());
        prop_assert_eq!(found.events.len(), rows.len());
        for ((event, _), (s, n, b, l)) in found.events.iter().zip(&rows) {
            prop_assert_eq!(event.get("s"), s.as_deref().map(Scalar::Str));
            prop_assert_eq!(event.get("n"), n.map(Scalar::Int));
            prop_assert_eq!(event.get("b"), b.map(Scalar::Bool));
            if l.is_empty() {
                prop_assert_eq!(event.get("l"), Some(Scalar::Null));
            } else {
                prop_assert_eq!(&texts(event, "l"), l);
            }
        }
    }

    #[test]
    fn every_line_is_a_header_an_event_or_a_dead_letter(
        lines in prop::collection::vec("(#fields\t|#types\t|#separator |#path\t|)[a-c\t,\\\\x#-]{0,12}", 0..30)
    ) {
        let text = lines.join("\n");
        let found = collect(read_tsv, "x", text.as_bytes());
        let rows = lines.iter().filter(|l| !l.is_empty() && !l.starts_with('#')).count();
        let header_troubles = found.dead.iter().filter(|d| d.detail.as_raw().contains("#types")).count();
        prop_assert_eq!(
            [found.events.len(), found.dead.len()].iter().sum::<usize>(),
            [rows, header_troubles].iter().sum::<usize>()
        );
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        collect(read_tsv, "x", &bytes);
    }
}
