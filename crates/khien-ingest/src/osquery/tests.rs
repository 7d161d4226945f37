use super::*;
use serde_json::{Value as Json, json};

const SENDER: Sender<'static> =
    Sender { host_identifier: "id-1", hostname: "web-1", platform: "linux" };

fn split(lines: &Lines) -> Vec<Json> {
    let all = lines.bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let all: Vec<Json> = all.map(|line| serde_json::from_slice(line).unwrap()).collect();
    assert_eq!(all.len(), lines.records as usize);
    all
}

fn logged(log_type: &str, data: Json) -> Vec<Json> {
    let request = json!({ "node_key": "k", "log_type": log_type, "data": data });
    split(&log(request.to_string().as_bytes(), &SENDER).unwrap())
}

#[test]
fn rows_are_told_by_who_sent_them() {
    let rows = logged(
        "result",
        json!([{
            "name": "deb_packages", "hostIdentifier": "somebody-else", "unixTime": 1_772_438_400, "action": "added",
            "columns": { "name": "xz-utils", "version": "5.6.1" },
            "decorations": { "hostname": "somebody-else", "site": "hn" },
        }]),
    );
    assert_eq!(
        rows[0],
        json!({
            "name": "deb_packages", "hostIdentifier": "id-1", "unixTime": 1_772_438_400, "action": "added",
            "columns": { "name": "xz-utils", "version": "5.6.1" },
            "decorations": { "site": "hn", "hostname": "web-1", "platform": "linux" },
        })
    );
}

/// However it is said: a second time, by a dotted name, as a record of another tool, or behind so much that a reader
/// would not come to what counts.
#[test]
fn a_host_cannot_speak_for_another() {
    let many: String = (0..5000).map(|n| format!(r#""x{n}":1,"#)).collect();
    for said in [
        r#""decorations":{},"decorations":{"hostname":"victim"}"#.to_owned(),
        r#""decorations.hostname":"victim","decorations":{"a.hostname":"victim"}"#.to_owned(),
        r#""event_type":"alert","timestamp":"2026-03-02T08:00:00Z","src_ip":"victim","host":"victim""#
            .to_owned(),
        format!(r#"{many}"host":"victim""#),
        format!(r#""decorations":{{{many}"hostname":"victim"}}"#),
        r#""hostIdentifier":"victim","message":{"host":"victim"}"#.to_owned(),
    ] {
        let request = format!(
            r#"{{"log_type":"result","data":[{{{said},"name":"q","unixTime":1772438400,"columns":{{"a":"1"}}}}]}}"#
        );
        let lines = log(request.as_bytes(), &SENDER).unwrap();
        let text = String::from_utf8(lines.bytes).unwrap();
        assert!(text.starts_with(r#"{"hostIdentifier":"id-1","decorations":{"hostname":"web-1""#), "{text}");
        assert!(!text.contains("victim") && text.matches("hostname").count() == 1, "{text}");
    }
}

/// What every row shares is written again for each, and is as much as a request may hold.
#[test]
fn rows_that_share_much_are_bounded() {
    let long = "y".repeat(3 << 20);
    let rows = "0,".repeat(200_000);
    let request =
        format!(r#"{{"log_type":"snapshot","data":[{{"name":"{long}","snapshot":[{rows}0]}}]}}"#);
    let lines = log(request.as_bytes(), &SENDER).unwrap();
    assert_eq!((lines.records, lines.dropped), (1, 200_001));
}

#[test]
fn snapshots_and_differences_become_a_line_a_row() {
    let rows = logged(
        "result",
        json!([
            { "snapshot": [{ "a": "1" }, { "a": "2" }], "action": "snapshot", "name": "s", "unixTime": 5 },
            { "diffResults": { "removed": [{ "a": "4" }], "added": [{ "a": "3" }] }, "name": "d", "unixTime": 6 },
        ]),
    );
    let said = |row: &Json| [&row["name"], &row["action"], &row["columns"]["a"]].map(Json::clone);
    let said: Vec<[Json; 3]> = rows.iter().map(said).collect();
    let expected = [
        ["s", "snapshot", "1"],
        ["s", "snapshot", "2"],
        ["d", "added", "3"],
        ["d", "removed", "4"],
    ];
    assert_eq!(said, expected.map(|row| row.map(Json::from)));
}

#[test]
fn what_osquery_says_of_itself_is_a_record() {
    let rows =
        logged("status", json!([{ "severity": "1", "message": "no table", "unixTime": "7" }]));
    assert_eq!(
        (&rows[0]["name"], &rows[0]["message"]),
        (&json!("osquery_status"), &json!("no table"))
    );
}

#[test]
fn answers_count_where_they_were_asked_for() {
    let request = json!({
        "node_key": "k",
        "queries": { "ours_a": [{ "x": "1" }, { "x": "2" }], "ours_b": "", "theirs": [{ "x": "3" }] },
        "statuses": { "ours_a": 0, "ours_b": 1, "theirs": 0 },
        "messages": { "ours_b": "no such table: b" },
    });
    let now = Timestamp::from_nanos(9_000_000_000);
    let ours = |name: &str| name.starts_with("ours_");
    let (lines, is_answered) = answers(request.to_string().as_bytes(), &SENDER, now, ours).unwrap();
    let rows = split(&lines);
    assert!(is_answered);
    assert_eq!(rows.len(), 3, "{rows:?}");
    assert_eq!((&rows[1]["columns"]["x"], &rows[1]["unixTime"]), (&json!("2"), &json!(9)));
    assert_eq!(
        (&rows[2]["action"], &rows[2]["columns"]["message"]),
        (&json!("failed"), &json!("no such table: b"))
    );
    let nothing = answers(b"{\"node_key\":\"k\"}", &SENDER, now, ours).unwrap();
    assert_eq!(nothing, (Lines::default(), false));
}

#[test]
fn what_is_too_much_is_told_and_what_is_no_request_refused() {
    let refused = |text: &str| log(text.as_bytes(), &SENDER).unwrap_err();
    for text in [
        "",
        "[]",
        "{}",
        "{\"log_type\":\"result\"}",
        "{\"log_type\":\"carve\",\"data\":[]}",
        "{\"log_type\":\"result\",\"data\":[1]}",
    ] {
        assert!(matches!(refused(text), OsqueryError::Malformed(_)), "{text}");
    }
    let many =
        format!("{{\"log_type\":\"result\",\"data\":[{}0]}}", "0,".repeat(VALUES_MAX as usize));
    assert_eq!(refused(&many), OsqueryError::TooLarge);
    // What all rows share may not make much of little.
    let rows = "{},".repeat(99);
    let long = "x".repeat(1 << 20);
    let text = format!(
        "{{\"log_type\":\"result\",\"data\":[{{\"name\":\"{long}\",\"snapshot\":[{rows}{{}}]}}]}}"
    );
    let lines = log(text.as_bytes(), &SENDER).unwrap();
    assert_eq!(u64::from(lines.records) + lines.dropped, 101);
    assert!(lines.bytes.len() < LINES_BYTES_MAX + 1000 && lines.dropped > 60);
    let last = split(&lines).pop().unwrap();
    assert_eq!(last["columns"]["rows"], lines.dropped.to_string());
}

#[test]
fn the_key_is_found_without_reading_the_rest() {
    assert_eq!(node_key(b"{\"data\":[[[1]]],\"node_key\":\"k\"}").as_deref(), Some("k"));
    assert_eq!(node_key(b"{\"node_key\":1}"), None);
    assert_eq!(node_key(b"{\"node_key\":\"k\""), None);
}
