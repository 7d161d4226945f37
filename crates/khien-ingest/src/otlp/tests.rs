use super::*;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

const NANOS: u64 = 1_772_438_400_123_456_789;
const NOW: &str = "2026-03-02T09:00:00Z";

/// Writes a field of protocol buffers with a length.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | 2];
    let mut length = bytes.len();
    while length > 0x7f {
        out.push(u8::try_from(length & 0x7f).unwrap() | 0x80);
        length >>= 7;
    }
    out.push(u8::try_from(length).unwrap());
    out.extend_from_slice(bytes);
    out
}

fn fixed64(number: u8, value: u64) -> Vec<u8> {
    [&[number << 3 | 1][..], &value.to_le_bytes()].concat()
}

fn text_value(text: &str) -> Vec<u8> {
    field(1, text.as_bytes())
}

fn attribute(name: &str, value: &[u8]) -> Vec<u8> {
    [field(1, name.as_bytes()), field(2, value)].concat()
}

/// A request with a host, a scope and these records.
fn request(records: &[Vec<u8>]) -> Vec<u8> {
    let resource = field(1, &attribute("host.name", &text_value("web-1")));
    let scope = field(1, b"app");
    let records: Vec<u8> = records.iter().flat_map(|record| field(2, record)).collect();
    let logs = [field(1, &scope), records].concat();
    // The resource stands behind what it is the resource of, which is allowed.
    field(1, &[field(2, &logs), field(1, &resource)].concat())
}

fn lines_of(encoding: Encoding, bytes: &[u8]) -> (Vec<Json>, Lines) {
    let lines = read(encoding, bytes, Timestamp::parse(NOW).unwrap()).unwrap();
    let all = lines.json.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let all: Vec<Json> = all.map(|line| serde_json::from_slice(line).unwrap()).collect();
    assert_eq!(all.len(), lines.json_records as usize);
    (all, lines)
}

/// The one line of a request with one record in JSON.
fn line_of(record: &Json) -> Json {
    let request = json!({ "resourceLogs": [{
        "resource": { "attributes": [{ "key": "host.name", "value": { "stringValue": "web-1" } }] },
        "scopeLogs": [{ "scope": { "name": "app" }, "logRecords": [record] }],
    }] });
    let (mut lines, counted) = lines_of(Encoding::Json, request.to_string().as_bytes());
    assert_eq!((lines.len(), counted.refused), (1, 0), "{counted:?}");
    lines.remove(0)
}

#[test]
fn both_encodings_give_the_same_line() {
    let nested = field(6, &field(1, &attribute("n", &[3 << 3, 42])));
    let record = [
        fixed64(1, NANOS),
        vec![2 << 3, 9],
        field(3, b"INFO"),
        field(5, &text_value("user 7 logged in")),
        field(6, &attribute("user.id", &text_value("7"))),
        field(6, &attribute("user.more", &nested)),
        field(6, &attribute("plain", &[2 << 3, 1])),
        field(9, &[0xab; 16]),
    ];
    let (lines, counted) = lines_of(Encoding::Protobuf, &request(&[record.concat()]));
    let expected = json!({
        "message": "user 7 logged in", "@timestamp": "2026-03-02T08:00:00.123456789Z",
        "severity.number": 9, "severity.text": "INFO", "trace.id": "ab".repeat(16),
        "user.id": "7", "user.more": { "n": 42 }, "attributes": { "plain": true },
        "scope.name": "app", "host.name": "web-1",
    });
    assert_eq!((&lines[0], counted.vague), (&expected, 0));
    let same = line_of(&json!({
        "timeUnixNano": NANOS.to_string(), "severityNumber": "SEVERITY_NUMBER_INFO", "severityText": "INFO",
        "body": { "stringValue": "user 7 logged in" },
        "attributes": [
            { "key": "user.id", "value": { "stringValue": "7" } },
            { "key": "user.more", "value": { "kvlistValue": { "values": [
                { "key": "n", "value": { "intValue": "42" } }] } } },
            { "key": "plain", "value": { "boolValue": true } },
        ],
        "traceId": "ab".repeat(16), "spanId": "0000000000000000", "unknown": [1],
    }));
    assert_eq!(same, expected);
}

#[test]
fn json_in_a_body_keeps_its_form_and_its_time() {
    let suricata =
        "{\"timestamp\":\"2026-03-02T07:59:59Z\",\"event_type\":\"dns\",\"host\":\"ids-1\"}";
    let line = line_of(&json!({
        "observedTimeUnixNano": NANOS.to_string(), "body": { "stringValue": suricata },
        "attributes": [{ "key": "log.file.name", "value": { "stringValue": "eve.json" } },
                       { "key": "name", "value": { "stringValue": "x" } }],
    }));
    let expected = json!({
        "timestamp": "2026-03-02T07:59:59Z", "event_type": "dns", "host": "ids-1",
        "otel.time": "2026-03-02T08:00:00.123456789Z",
        "log.file.name": "eve.json", "attributes": { "name": "x" },
        "scope.name": "app", "host.name": "web-1",
    });
    assert_eq!(line, expected);
    // Broken JSON is text, and a record that says no time gets that of its arrival.
    let line = line_of(&json!({ "body": { "stringValue": "{\"a\":" } }));
    assert_eq!((&line["message"], &line["@timestamp"]), (&json!("{\"a\":"), &json!(NOW)));
}

#[test]
fn windows_events_of_the_collector_get_the_names_that_rules_use() {
    let map = |members: &[(&str, Json)]| {
        let values: Vec<Json> =
            members.iter().map(|(key, value)| json!({ "key": key, "value": value })).collect();
        json!({ "kvlistValue": { "values": values } })
    };
    let text = |text: &str| json!({ "stringValue": text });
    let body = |data: Json| {
        map(&[
            ("channel", text("Microsoft-Windows-Sysmon/Operational")),
            ("computer", text("PC-1")),
            (
                "event_id",
                map(&[
                    ("id", json!({ "intValue": "22" })),
                    ("qualifiers", json!({ "intValue": 0 })),
                ]),
            ),
            ("provider", map(&[("name", text("Microsoft-Windows-Sysmon")), ("guid", text("{x}"))])),
            ("system_time", text("2026-03-02T08:00:00.5Z")),
            ("record_id", json!({ "intValue": 7 })),
            ("event_data", data),
        ])
    };
    let by_name = map(&[
        ("QueryName", text("a.example")),
        ("Threat Name", text("t")),
        ("Channel", text("c")),
    ]);
    let listed = map(&[(
        "data",
        json!({ "arrayValue": { "values": [
        map(&[("QueryName", text("a.example"))]), map(&[("Threat Name", text("t"))]),
        map(&[("Channel", text("c"))]),
    ] } }),
    )]);
    for data in [by_name, listed] {
        let line = line_of(&json!({ "timeUnixNano": NANOS.to_string(), "body": body(data) }));
        for (name, value) in [
            ("EventID", json!(22)),
            ("Provider_Name", json!("Microsoft-Windows-Sysmon")),
            ("Channel", json!("Microsoft-Windows-Sysmon/Operational")),
            ("Computer", json!("PC-1")),
            ("QueryName", json!("a.example")),
            ("ThreatName", json!("t")),
            ("EventData.Channel", json!("c")),
        ] {
            assert_eq!(line[name], value, "{name} in {line}");
        }
    }
}

#[test]
fn entries_of_the_journal_get_their_time_back() {
    let entry = "{\"MESSAGE\":\"hello\",\"_HOSTNAME\":\"db-1\",\"__CURSOR\":\"s=1\"}";
    let line =
        line_of(&json!({ "timeUnixNano": NANOS.to_string(), "body": { "stringValue": entry } }));
    assert_eq!(line["__REALTIME_TIMESTAMP"], "1772438400123456");
    assert_eq!((&line["_HOSTNAME"], &line["MESSAGE"]), (&json!("db-1"), &json!("hello")));
}

#[test]
fn lines_of_daemons_are_handed_on_as_lines() {
    let record = |text: &str| [fixed64(11, NANOS), field(5, &text_value(text))].concat();
    let all = [
        record("Mar  2 07:59:58 db-1 sshd[7]: Failed password\n"),
        record("<34>1 2026-03-02T07:59:59Z db-1 su 7 - - hello"),
        record("Mar  2 07:59:58 db-1 app: two\nlines"),
    ];
    let (json, lines) = lines_of(Encoding::Protobuf, &request(&all));
    let expected = TextLines {
        host: "web-1".to_owned(),
        bytes: b"2026-03-02T07:59:58Z db-1 sshd[7]: Failed password\n<34>1 2026-03-02T07:59:59Z db-1 su 7 - - hello\n"
            .to_vec(),
        records: 2,
    };
    assert_eq!(lines.syslog, [expected]);
    assert_eq!(json[0]["message"], "Mar  2 07:59:58 db-1 app: two\nlines");
}

#[test]
fn what_is_too_much_is_refused_record_by_record() {
    let mut deep = text_value("x");
    for _ in 0..40 {
        deep = field(5, &field(1, &deep));
    }
    let wide: Vec<u8> = (0..VALUES).flat_map(|_| field(6, b"")).collect();
    let long = "x".repeat(LINE_BYTES_MAX);
    let all = [field(5, &deep), wide, field(5, &text_value(&long)), field(5, &text_value("fine"))];
    let (json, lines) = lines_of(Encoding::Protobuf, &request(&all));
    assert_eq!((json.len(), lines.refused, lines.vague), (1, 3, 2));
    assert_eq!(lines.why, "a record of more than a mebibyte");
    // What all records share may not make much of little.
    let shared = field(1, &field(1, &attribute("a.b", &text_value(&"x".repeat(1 << 19)))));
    let records: Vec<u8> = (0..100).flat_map(|_| field(2, b"")).collect();
    let bytes = field(1, &[shared, field(2, &records)].concat());
    assert_eq!(
        read(Encoding::Protobuf, &bytes, Timestamp::from_nanos(0)),
        Err(OtlpError::TooLarge)
    );
    // Nor much work: those beyond a bound are not even tried, and the others are taken.
    let shared = field(1, &field(1, &attribute("a.b", &text_value(&"x".repeat(1 << 20)))));
    let records: Vec<u8> = (0..5000).flat_map(|_| field(2, b"")).collect();
    let bytes = [
        request(&[field(5, &text_value("fine"))]),
        field(1, &[shared, field(2, &records)].concat()),
    ];
    let (json, lines) = lines_of(Encoding::Protobuf, &bytes.concat());
    assert_eq!((json.len(), lines.refused), (1, 5000));
    assert_eq!(lines.why, "too many records of more than a mebibyte");
}

/// What each line says no time of has that of its record, and each host its own lines.
#[test]
fn lines_of_several_hosts_are_kept_apart() {
    let logs = |host: &str, line: &str| {
        let resource = field(1, &attribute("host.name", &text_value(host)));
        let record = [fixed64(1, NANOS), field(5, &text_value(line))].concat();
        field(1, &[field(1, &resource), field(2, &field(2, &record))].concat())
    };
    let cef = "CEF:0|V|P|1|7|Name|5|src=192.0.2.1";
    let mut all = vec![logs("fw-1", cef), logs("web-1", "<34>su: hello"), logs("fw-1", cef)];
    let (_, lines) = lines_of(Encoding::Protobuf, &all.concat());
    let found: Vec<_> = lines
        .syslog
        .iter()
        .map(|text| (text.host.as_str(), std::str::from_utf8(&text.bytes).unwrap(), text.records))
        .collect();
    let twice = format!("2026-03-02T08:00:00.123456789Z {cef}\n").repeat(2);
    let once = "<34>2026-03-02T08:00:00.123456789Z su: hello\n";
    assert_eq!(found, [("fw-1", twice.as_str(), 2), ("web-1", once, 1)]);
    all.extend((0..100).map(|number| logs(&format!("h-{number}"), cef)));
    let (_, lines) = lines_of(Encoding::Protobuf, &all.concat());
    assert_eq!(lines.syslog.len(), HOSTS_MAX + 1, "and one for all others");
    assert_eq!(lines.syslog.iter().map(|text| text.records).sum::<u32>(), 103);
}

const VALUES: u32 = VALUES_MAX + 1;

#[test]
fn what_is_no_request_is_refused_whole() {
    let malformed = |encoding, bytes: &[u8]| {
        let found = read(encoding, bytes, Timestamp::from_nanos(0));
        assert!(matches!(found, Err(OtlpError::Malformed(_))), "{found:?}");
    };
    let whole = request(&[field(5, &text_value("x"))]);
    malformed(Encoding::Protobuf, &whole[..whole.len() - 1]);
    malformed(Encoding::Protobuf, b"{\"resourceLogs\":[]}");
    malformed(Encoding::Protobuf, &[0x0b]);
    malformed(Encoding::Protobuf, &[0x80; 11]);
    malformed(Encoding::Json, b"[]");
    malformed(Encoding::Json, b"{\"resourceLogs\":");
    malformed(Encoding::Json, b"{}{}");
    malformed(
        Encoding::Json,
        br#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"x"}]}]}]}"#,
    );
    malformed(
        Encoding::Json,
        br#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":"x"}]}]}]}"#,
    );
    for (encoding, nothing) in [(Encoding::Json, &b"{}"[..]), (Encoding::Protobuf, b"")] {
        assert_eq!(lines_of(encoding, nothing).1, Lines::default());
    }
}

proptest! {
    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for encoding in [Encoding::Json, Encoding::Protobuf] {
            let _ = read(encoding, &bytes, Timestamp::from_nanos(1));
        }
    }

    #[test]
    fn every_text_body_becomes_one_line(text in "\\PC{0,60}") {
        let (json, lines) =
            lines_of(Encoding::Protobuf, &request(&[field(5, &text_value(&text))]));
        let text: usize = lines.syslog.iter().map(|text| text.records as usize).sum();
        prop_assert_eq!(json.len() + text, 1);
    }
}
