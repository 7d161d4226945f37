//! Logs of OpenTelemetry over HTTP: requests as its libraries and its Collector write them.

use std::io::Write;

use bytes::Bytes;
use khien_server::Config;
use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::events::{alerts, with_desk};
use crate::world::World;

const PATH: &str = "/otlp/v1/logs";
const PROTOBUF: (&str, &str) = ("content-type", "application/x-protobuf");
const JSON: (&str, &str) = ("content-type", "application/json");
const NANOS: u64 = 1_772_438_400_123_456_789;

/// A field of protocol buffers with a length.
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

fn text(text: &str) -> Vec<u8> {
    field(1, text.as_bytes())
}

fn attribute(name: &str, value: &[u8]) -> Vec<u8> {
    [field(1, name.as_bytes()), field(2, value)].concat()
}

/// A request with records of a host, each a body at a time.
fn request(host: &str, bodies: &[(u64, Vec<u8>)]) -> Vec<u8> {
    let records = bodies.iter().flat_map(|(nanos, body)| {
        let time = [&[1 << 3 | 1][..], &nanos.to_le_bytes()].concat();
        field(2, &[time, field(5, body)].concat())
    });
    let scope = field(1, &field(1, b"tests"));
    let logs = field(2, &[scope, records.collect()].concat());
    let resource = field(1, &field(1, &attribute("host.name", &text(host))));
    field(1, &[resource, logs].concat())
}

/// A Sysmon event as the Collector's receiver for Windows event logs has it in a body.
fn windows(host: &str, id: u8, data: &[(&str, &str)]) -> Vec<u8> {
    let map = |members: &[(&str, Vec<u8>)]| {
        let members: Vec<u8> =
            members.iter().flat_map(|(name, value)| field(1, &attribute(name, value))).collect();
        field(6, &members)
    };
    let data: Vec<(&str, Vec<u8>)> =
        data.iter().map(|(name, value)| (*name, text(value))).collect();
    map(&[
        ("channel", text("Microsoft-Windows-Sysmon/Operational")),
        ("computer", text(host)),
        ("event_id", map(&[("id", vec![3 << 3, id]), ("qualifiers", vec![3 << 3, 0])])),
        ("provider", map(&[("name", text("Microsoft-Windows-Sysmon"))])),
        ("system_time", text("2026-03-02T08:00:01.0000000Z")),
        ("event_data", map(&data)),
    ])
}

async fn post(machine: &mut Client, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Answer {
    machine.send("POST", PATH, headers, body.into()).await
}

/// Rows of a question to the lake, once there are any.
pub(crate) async fn ask(world: &World, sql: &str, wanted: usize) -> Vec<Value> {
    let (lake, sql) = (world.folder.path().join("lake"), sql.to_owned());
    let found = tokio::task::spawn_blocking(move || {
        for _ in 0..150 {
            std::thread::sleep(std::time::Duration::from_millis(200));
            let lake = khien_lake::Lake::open(&lake).unwrap();
            // A lake that holds nothing yet cannot be sorted.
            let answer = lake.query(&sql, &khien_lake::QueryLimits::default()).ok();
            if let Some(answer) = answer.filter(|answer| answer.len() >= wanted) {
                return answer.json().unwrap();
            }
        }
        Vec::new()
    });
    let found: Vec<Value> =
        found.await.unwrap().into_iter().map(|row| serde_json::to_value(row).unwrap()).collect();
    assert_eq!(found.len(), wanted, "{found:?}");
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn records_of_the_collector_are_looked_at_like_any_other() {
    let world = World::start_with(with_desk).await;
    let mut admin = world.admin().await;
    let (mut machine, _) = world.machine(&mut admin, &["events:write"]).await;
    let asks = windows(
        "PC-1",
        22,
        &[
            ("Image", "C:\\Program Files\\3CXDesktopApp\\app\\3CXDesktopApp.exe"),
            ("QueryName", "msstorageazure.com"),
            ("QueryResults", "192.0.2.7;"),
        ],
    );
    let all = [
        (NANOS, asks),
        (NANOS, text("user 7 logged in")),
        (NANOS, text("Mar  2 07:59:59 db-1 sshd[7]: Accepted publickey for build")),
    ];
    let answer = post(&mut machine, &[PROTOBUF], request("gateway", &all)).await.expect(200);
    assert_eq!(answer.header("content-type"), "application/x-protobuf");
    assert!(answer.body.is_empty(), "all of it was taken");
    // The event's own host, and not that of the Collector.
    let found = alerts(&mut admin, "?kind=indicator&host=PC-1", 1).await;
    assert_eq!(found[0]["hosts"], json!(["PC-1"]));
    let sql = "SELECT DISTINCT host, format, CAST(time AS VARCHAR) AS time FROM events WHERE host <> '' ORDER BY host";
    let rows = ask(&world, sql, 3).await;
    let said: Vec<[&Value; 2]> = rows.iter().map(|row| [&row["host"], &row["format"]]).collect();
    assert_eq!(
        serde_json::to_value(said).unwrap(),
        json!([["PC-1", "windows_json"], ["db-1", "syslog"], ["gateway", "json"]])
    );
    // A line of syslog without a year has that of its record.
    assert!(rows[1]["time"].as_str().unwrap().starts_with("2026-03-02T07:59:59"), "{rows:?}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn both_encodings_are_taken_packed_and_once() {
    let world = World::start_with(with_desk).await;
    let mut admin = world.admin().await;
    let (mut machine, _) = world.machine(&mut admin, &["events:write"]).await;
    let packed = |bytes: &[u8]| {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(bytes).unwrap();
        packed.finish().unwrap()
    };
    let protobuf = request("web-1", &[(NANOS, text("in protocol buffers"))]);
    let gzip = [PROTOBUF, ("content-encoding", "gzip")];
    // The answer was not heard, so it is sent again, packed or not.
    post(&mut machine, &gzip, packed(&protobuf)).await.expect(200);
    post(&mut machine, &[PROTOBUF], protobuf).await.expect(200);
    let record = |body: Value| json!({ "timeUnixNano": NANOS.to_string(), "body": body });
    let logs = |records: Value| {
        json!({ "resourceLogs": [{
            "resource": { "attributes": [{ "key": "host.name", "value": { "stringValue": "web-2" } }] },
            "scopeLogs": [{ "scope": {}, "logRecords": records }],
        }] })
        .to_string()
    };
    let charset = [("content-type", "application/json; charset=utf-8")];
    let one = logs(json!([record(json!({ "stringValue": "in JSON" }))]));
    let answer = post(&mut machine, &charset, one).await.expect(200);
    assert_eq!(answer.json(), json!({}));
    // What is too much is refused, and the rest taken.
    let long = json!({ "stringValue": "x".repeat(1 << 20) });
    let two = logs(json!([record(long.clone()), record(json!({ "stringValue": "fine" }))]));
    let answer = post(&mut machine, &[JSON], two).await.expect(200).json();
    assert_eq!(answer["partialSuccess"]["rejectedLogRecords"], "1");
    assert!(answer["partialSuccess"]["errorMessage"].as_str().unwrap().contains("mebibyte"));
    let large = request("web-3", &[(NANOS, text(&"x".repeat(1 << 20)))]);
    let answer = post(&mut machine, &[PROTOBUF], large).await.expect(200);
    let inside = [&[1 << 3, 1][..], &field(2, b"a record of more than a mebibyte")].concat();
    assert_eq!(answer.body, field(1, &inside));
    let rows = ask(&world, "SELECT host FROM events WHERE host <> '' ORDER BY host", 3).await;
    let hosts: Vec<&Value> = rows.iter().map(|row| &row["host"]).collect();
    assert_eq!(hosts, ["web-1", "web-2", "web-2"]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_are_in_the_words_of_the_protocol() {
    let world = World::start_with(with_desk).await;
    let mut admin = world.admin().await;
    let (mut machine, _) = world.machine(&mut admin, &["events:write"]).await;
    let refused = post(&mut machine, &[PROTOBUF], "{}").await.expect(400);
    assert_eq!(refused.header("content-type"), "application/x-protobuf");
    assert_eq!(refused.body[..2], [1 << 3, 3], "INVALID_ARGUMENT");
    assert!(refused.text().contains("ExportLogsServiceRequest"));
    let refused = post(&mut machine, &[JSON], "[]").await.expect(400).json();
    assert_eq!((&refused["code"], refused["message"].is_string()), (&json!(3), true));
    post(&mut machine, &[("content-type", "text/plain")], "").await.expect(415);
    post(&mut machine, &[PROTOBUF, ("content-encoding", "gzip")], "no gzip").await.expect(400);
    let (mut reader, _) = world.machine(&mut admin, &["alerts:read"]).await;
    assert_eq!(post(&mut reader, &[JSON], "{}").await.expect(403).json()["code"], 7);
    let mut nobody = world.browser();
    let refused = post(&mut nobody, &[PROTOBUF], "").await.expect(401);
    assert_eq!(refused.body[..2], [1 << 3, 16]);
    assert_eq!(
        machine.send("POST", "/otlp/v1/traces", &[JSON], "{}".into()).await.expect(404).json()["code"],
        5
    );
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_sends_more_than_is_taken_is_told_when_to_come_back() {
    let small = |config: &mut Config| {
        with_desk(config);
        config.desk.as_mut().unwrap().spool_bytes = 1;
    };
    let world = World::start_with(small).await;
    let mut admin = world.admin().await;
    let (mut machine, _) = world.machine(&mut admin, &["events:write"]).await;
    let mut refused = None;
    for second in 0..50 {
        let one = request("web-1", &[(NANOS + second, text("hello"))]);
        let answer = post(&mut machine, &[JSON], "{}").await.expect(200);
        assert_eq!(answer.json(), json!({}), "nothing is always taken");
        let answer = post(&mut machine, &[PROTOBUF], one).await;
        if answer.status == 429 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("a spool that holds a byte is full at once");
    assert!(!refused.header("retry-after").is_empty());
    assert_eq!(refused.body[..2], [1 << 3, 8], "RESOURCE_EXHAUSTED");
    world.stop().await;
}
