//! Records in, alerts out: over HTTP, with a real lake.

use std::io::Write;
use std::time::Duration;

use bytes::Bytes;
use khien_ops::scan::knowledge::RuleInputs;
use khien_server::{Config, DeskConfig};
use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::world::World;

pub(crate) const JSON: (&str, &str) = ("content-type", "application/x-ndjson");

/// A server with a lake beside its state.
pub(crate) fn with_desk(config: &mut Config) {
    let folder = config.state.parent().unwrap().to_owned();
    config.desk = Some(DeskConfig {
        org: "bank".to_owned(),
        lake: folder.join("lake"),
        spool: config.state.join("spool"),
        spool_bytes: khien_server::SPOOL_BYTES,
        rules: RuleInputs { builtin: true, ..RuleInputs::default() },
        advisories: vec!["3cx".to_owned()],
    });
}

/// A Sysmon record of a question for a name that the advisory on 3CX names.
pub(crate) fn asks(host: &str, second: u32) -> String {
    json!({
        "EventID": 22, "SourceName": "Microsoft-Windows-Sysmon", "Hostname": host,
        "UtcTime": format!("2026-03-02 08:00:{second:02}.000"), "ProcessId": 4711,
        "Image": "C:\\Program Files\\3CXDesktopApp\\app\\3CXDesktopApp.exe",
        "QueryName": "msstorageazure.com", "QueryResults": "192.0.2.7;",
    })
    .to_string()
}

pub(crate) async fn send(
    machine: &mut Client,
    headers: &[(&str, &str)],
    body: impl Into<Bytes>,
) -> Answer {
    machine.send("POST", "/api/v1/events", headers, body.into()).await
}

/// The alerts, once there are so many.
pub(crate) async fn alerts(person: &mut Client, query: &str, wanted: usize) -> Vec<Value> {
    let path = format!("/api/v1/alerts{query}");
    for _ in 0..300 {
        let page = person.get(&path).await.expect(200).json();
        let items = page["items"].as_array().unwrap().clone();
        if items.len() >= wanted {
            assert_eq!(page["total"], items.len());
            return items;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("no {wanted} alerts within half a minute");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_is_found_and_dealt_with() {
    let world = World::start_with(with_desk).await;
    let mut admin = world.admin().await;
    let (mut machine, _) = world.machine(&mut admin, &["events:write"]).await;
    let (mut analyst, _) = world.person(&mut admin, "an", "analyst").await;
    let both = format!("{}\n{}\n\n", asks("HCM-ACC-07", 1), asks("hcm-acc-07", 2));
    let answer = send(&mut machine, &[JSON], both).await.expect(202).json();
    assert_eq!(answer, json!({ "records": 2, "repeated": false }));
    let found = alerts(&mut analyst, "?kind=indicator", 1).await;
    assert_eq!(found.len(), 1, "one host, whatever the case: {found:?}");
    assert_eq!((&found[0]["state"], &found[0]["host_count"]), (&json!("open"), &json!(1)));
    let path = format!("/api/v1/alerts/{}", found[0]["id"].as_str().unwrap());
    let detail = analyst.get(&path).await.expect(200).json();
    assert_eq!(detail["evidence"]["fields"][0]["value"], "msstorageazure.com");
    // Closing it needs a word on what it was, and somebody who may.
    let close = json!({ "state": "closed" });
    let refused = analyst.json("PATCH", &path, close.clone()).await.expect(422);
    assert_eq!(refused.json()["fields"][0]["field"], "resolution");
    let (mut viewer, _) = world.person(&mut admin, "xem", "viewer").await;
    viewer.json("PATCH", &path, close).await.expect(403);
    let close =
        json!({ "state": "closed", "resolution": "confirmed", "owner": "an", "note": "gỡ bỏ" });
    let closed = analyst.json("PATCH", &path, close).await.expect(200).json();
    assert_eq!((&closed["owner"], &closed["note"]), (&json!("an"), &json!("gỡ bỏ")));
    let nobody = json!({ "owner": "nobody" });
    analyst.json("PATCH", &path, nobody).await.expect(422);
    // What comes afterwards is another alert; the closed one stays as it was told.
    send(&mut machine, &[JSON], asks("HCM-ACC-07", 3)).await.expect(202);
    let open = alerts(&mut analyst, "?state=active&kind=indicator&host=HCM-ACC-07", 1).await;
    assert_ne!(open[0]["id"], closed["id"]);
    let again = analyst.json("PATCH", &path, json!({ "state": "open" })).await.expect(422);
    assert_eq!(again.json()["fields"][0]["code"], "another_is_open");
    let entries = admin.get("/api/v1/audit?q=alert.changed").await.expect(200).json();
    assert_eq!(entries["total"], 1);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_taken_once_and_survive_a_restart() {
    let world = World::start_with(with_desk).await;
    let mut admin = world.admin().await;
    let (mut machine, _) = world.machine(&mut admin, &["events:write"]).await;
    let key = [JSON, ("idempotency-key", "batch 1")];
    let repeated = |answer: Answer| answer.expect(202).json()["repeated"].as_bool().unwrap();
    assert!(!repeated(send(&mut machine, &key, asks("PC-1", 1)).await));
    assert!(repeated(send(&mut machine, &key, asks("PC-1", 1)).await));
    // Another token may use the same word.
    let (mut other, _) = world.machine(&mut admin, &["events:write"]).await;
    assert!(!repeated(send(&mut other, &key, asks("PC-2", 1)).await));
    let (folder, clock) = world.stop().await;
    let world = World::start_in(folder, clock, with_desk).await;
    machine.address = world.started.address;
    assert!(repeated(send(&mut machine, &key, asks("PC-1", 1)).await));
    let mut admin = world.browser();
    admin.sign_in("admin", crate::world::PASSWORD, "").await.expect(303);
    let found = alerts(&mut admin, "?kind=indicator&sort=first", 2).await;
    let counts: Vec<_> = found.iter().map(|alert| (&alert["hosts"][0], &alert["count"])).collect();
    assert_eq!(found.len(), 2, "{counts:?}");
    assert!(counts.iter().all(|(_, count)| **count == 1), "{counts:?}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_taken_is_refused_with_the_reason() {
    let world = World::start_with(with_desk).await;
    let mut admin = world.admin().await;
    let (mut machine, _) = world.machine(&mut admin, &["events:write"]).await;
    let refused =
        send(&mut machine, &[("content-type", "application/json")], "{}").await.expect(415);
    assert_eq!(refused.code(), "unsupported_media_type");
    let list = send(&mut machine, &[JSON], "[{}]").await.expect(422).json();
    assert!(list["detail"].as_str().unwrap().contains("one JSON object a line"), "{list}");
    let empty = send(&mut machine, &[JSON], "\n\n").await.expect(202).json();
    assert_eq!(empty["records"], 0);
    let gzip = |bytes: &[u8]| {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(bytes).unwrap();
        packed.finish().unwrap()
    };
    let packed = [JSON, ("content-encoding", "gzip")];
    let taken = send(&mut machine, &packed, gzip(asks("PC-9", 1).as_bytes())).await.expect(202);
    assert_eq!(taken.json()["records"], 1);
    send(&mut machine, &packed, "no gzip").await.expect(400);
    send(&mut machine, &[JSON, ("content-encoding", "br")], "{}").await.expect(415);
    // A body in several frames is one body.
    let frame = |text: &str| {
        use ruzstd::encoding::{CompressionLevel, compress_to_vec};
        compress_to_vec(text.as_bytes(), CompressionLevel::Fastest)
    };
    let frames = [frame(&asks("PC-9", 2)), frame("\n"), frame(&asks("PC-9", 3))].concat();
    let packed_so = [JSON, ("content-encoding", "zstd")];
    let taken = send(&mut machine, &packed_so, frames.clone()).await.expect(202).json();
    assert_eq!(taken["records"], 2);
    send(&mut machine, &packed_so, frames[..frames.len() - 3].to_vec()).await.expect(400);
    // Packed without a word, or once more than said.
    for headers in [&[JSON][..], &[("content-type", "text/plain")]] {
        let refused = send(&mut machine, headers, frames.clone()).await.expect(422).json();
        assert_eq!(refused["fields"][0]["code"], "packed");
    }
    send(&mut machine, &packed, gzip(&gzip(b"{}"))).await.expect(422);
    let bomb = gzip(&vec![b'\n'; khien_wire::RECORDS_BYTES_MAX + 1]);
    assert_eq!(send(&mut machine, &packed, bomb).await.expect(413).code(), "too_large");
    let long = "k".repeat(256);
    send(&mut machine, &[JSON, ("idempotency-key", &long)], "{}").await.expect(422);
    // A machine that may only read.
    let (mut reader, _) = world.machine(&mut admin, &["alerts:read"]).await;
    assert_eq!(send(&mut reader, &[JSON], "{}").await.expect(403).code(), "scope_missing");
    reader.get("/api/v1/alerts").await.expect(200);
    world.stop().await;
    // A server without a lake says so.
    let world = World::start().await;
    let mut admin = world.admin().await;
    let (mut machine, _) = world.machine(&mut admin, &["events:write"]).await;
    assert_eq!(send(&mut machine, &[JSON], "{}").await.expect(503).code(), "overloaded");
}

/// A process that ends between lake and state, in the worst way for alerts: what was found has an alert
/// whose case was closed, so that nothing but the number of the row tells that it is new.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_lake_found_and_nobody_was_told_of_is_told_at_the_next_start() {
    let world = World::start_with(with_desk).await;
    let mut admin = world.admin().await;
    let (mut machine, _) = world.machine(&mut admin, &["events:write"]).await;
    send(&mut machine, &[JSON], asks("PC-1", 1)).await.expect(202);
    let found = alerts(&mut admin, "?kind=indicator", 1).await;
    let path = format!("/api/v1/alerts/{}", found[0]["id"].as_str().unwrap());
    let close = json!({ "state": "closed", "resolution": "benign" });
    admin.json("PATCH", &path, close).await.expect(200);
    let (folder, clock) = world.stop().await;
    // The pipeline without anybody who listens.
    let mut config = Config::new("127.0.0.1:0".parse().unwrap(), folder.path().join("state"));
    with_desk(&mut config);
    tokio::task::spawn_blocking(move || store_unheard(&config.desk.unwrap(), &asks("PC-1", 2)))
        .await
        .unwrap();
    let world = World::start_in(folder, clock, with_desk).await;
    let mut admin = world.browser();
    admin.sign_in("admin", crate::world::PASSWORD, "").await.expect(303);
    let open = alerts(&mut admin, "?state=active&kind=indicator", 1).await;
    assert_eq!((open.len(), &open[0]["count"]), (1, &json!(1)), "{open:?}");
    let (folder, clock) = world.stop().await;
    // It is told now: another start adds nothing.
    let world = World::start_in(folder, clock, with_desk).await;
    let mut admin = world.browser();
    admin.sign_in("admin", crate::world::PASSWORD, "").await.expect(303);
    let all = alerts(&mut admin, "?kind=indicator", 2).await;
    let counts: Vec<&Value> = all.iter().map(|alert| &alert["count"]).collect();
    assert_eq!(counts, [&json!(1), &json!(1)]);
    world.stop().await;
}

/// Brings a record into the lake as the server does, and tells nobody.
#[expect(clippy::disallowed_methods, reason = "a process of its own, as far as the test goes")]
fn store_unheard(desk: &DeskConfig, line: &str) {
    use khien_lake::Lake;
    use khien_lineage::{Config as EngineConfig, Engine, RuntimeRates};
    use khien_ops::live::parcel::{Form, Parcel};
    use khien_ops::live::pipeline::{Known, Pipeline, Setup, source_of};
    use khien_ops::live::spool::{Spool, SpoolLimits};
    use khien_ops::scan::knowledge::{load_advisories, load_rules};
    let clock = || {
        let since = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
        let now = khien_model::Timestamp::from_nanos(i64::try_from(since.as_nanos()).unwrap());
        (now, std::time::Instant::now())
    };
    let lake = Lake::open_to_write(&desk.lake).unwrap();
    let mut spool = Spool::open(&desk.spool, SpoolLimits::default(), clock().0).unwrap();
    let stored = lake.source_progress(&source_of(&spool)).unwrap();
    assert_eq!(stored, Some(1), "the lake knows the spool");
    spool.read_after(1).unwrap();
    let parcel = Parcel {
        form: Form::Json,
        key: None,
        host: String::new(),
        records: 1,
        bytes: line.as_bytes().to_vec(),
    };
    spool.append(&[parcel], clock().0).unwrap();
    let spool = std::sync::Arc::new(std::sync::Mutex::new(spool));
    let advisories = load_advisories(&desk.advisories).unwrap();
    let mut pipeline = Pipeline::start(Setup {
        lake: std::sync::Arc::new(std::sync::Mutex::new(lake)),
        spool: std::sync::Arc::clone(&spool),
        known: std::sync::Arc::new(Known::new(load_rules(&desk.rules).unwrap(), advisories)),
        engine: Engine::new(EngineConfig::default(), RuntimeRates::built_in().unwrap()),
        org: desk.org.clone(),
        mappings: Vec::new(),
        clock,
        told: Box::new(|_| {}),
    });
    for _ in 0..600 {
        if khien_ops::held::lock(&spool).waiting_bytes() == 0 {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    pipeline.stop();
    assert_eq!(khien_ops::held::lock(&spool).waiting_bytes(), 0);
}

/// What Filebeat 8 asks before it sends, and how it sends; then the same documents once more, named.
#[tokio::test(flavor = "multi_thread")]
async fn shippers_for_elasticsearch_send_here_unchanged() {
    let world = World::start_with(with_desk).await;
    let mut admin = world.admin().await;
    let (machine, _) = world.machine(&mut admin, &["events:write"]).await;
    let secret = machine.headers[0].1.strip_prefix("Bearer ").unwrap().to_owned();
    let mut beat = Client { headers: Vec::new(), ..machine };
    let key = data_encoding::BASE64.encode(format!("beat:{secret}").as_bytes());
    let key = format!("ApiKey {key}");
    let key = [("authorization", key.as_str())];
    let about = beat.send("GET", "/elastic", &key, "".into()).await.expect(200);
    assert_eq!(about.headers["x-elastic-product"], "Elasticsearch");
    assert!(about.json()["version"]["number"].as_str().unwrap().starts_with("8."));
    let license = beat.send("GET", "/elastic/_license?human=false", &key, "".into()).await;
    assert_eq!(license.expect(200).json()["license"]["type"], "basic");
    for (method, path) in [
        ("GET", "/elastic/_ilm/policy/filebeat"),
        ("HEAD", "/elastic/_index_template/filebeat-8.19.0"),
        ("GET", "/elastic/_data_stream/filebeat-8.19.0"),
    ] {
        beat.send(method, path, &key, "".into()).await.expect(200);
    }
    let bulk = "/elastic/_bulk?filter_path=errors%2Citems.%2A.error%2Citems.%2A.status";
    let document = |second| {
        let action = r#"{"create":{"_index":"filebeat-8.19.0"}}"#;
        format!("{action}\n{}\n", asks("PC-7", second))
    };
    let body = format!("{}{}", document(1), "{\"create\":{}}\n[1]\n");
    let media = ("content-type", "application/x-ndjson; charset=UTF-8");
    let send = beat.send("POST", bulk, &[key[0], media], body.into()).await.expect(200).json();
    assert_eq!(
        (&send["errors"], &send["items"][0]["create"]["status"]),
        (&json!(true), &json!(201))
    );
    assert_eq!(send["items"][1]["create"]["error"]["type"], "document_parsing_exception");
    // The official clients send PUT, with a media type of their own; named documents are taken once.
    let media = ("content-type", "application/vnd.elasticsearch+x-ndjson; compatible-with=8");
    let named = |second| format!("{{\"index\":{{\"_id\":\"x\"}}}}\n{}\n", asks("PC-7", second));
    for named in [named(2), named(2), named(3)] {
        let headers = [key[0], media];
        let sent = beat.send("PUT", "/elastic/logs/_bulk", &headers, named.into()).await;
        assert_eq!(sent.expect(200).json()["items"][0]["index"]["_index"], "logs");
    }
    let found = alerts(&mut admin, "?kind=indicator", 1).await;
    assert_eq!(found[0]["hosts"], json!(["PC-7"]));
    for _ in 0..100 {
        let found = alerts(&mut admin, "?kind=indicator", 1).await;
        if found[0]["count"] == 3 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(alerts(&mut admin, "?kind=indicator", 1).await[0]["count"], 3);
    // Outside of these paths such a key is nobody's.
    beat.send("POST", "/api/v1/events", &[key[0], JSON], "{}".into()).await.expect(401);
    world.stop().await;
}

/// Syslog over TCP and TLS, in both framings; a sender that is cut off loses nothing that came before.
#[tokio::test(flavor = "multi_thread")]
async fn syslog_comes_over_tcp_and_tls() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let here = Some("127.0.0.1:0".parse().unwrap());
    let world = World::start_with(|config| {
        with_desk(config);
        (config.syslog_tcp, config.syslog_tls) = (here, here);
    })
    .await;
    let (tcp, tls) = (world.started.syslog_tcp.unwrap(), world.started.syslog_tls.unwrap());
    let line = |host: &str| format!("<134>1 2026-03-02T08:00:00Z {host} squid - - - visited it");
    let mut plain = tokio::net::TcpStream::connect(tcp).await.unwrap();
    let counted = line("fw-2");
    let text = format!("{}\n{} {counted}999999999 x", line("fw-1"), counted.len());
    plain.write_all(text.as_bytes()).await.unwrap();
    let pem = world.folder.path().join("state/tls/certificate.pem");
    let config = crate::tls::trusting(&pem, &rustls::version::TLS13);
    let connector = tokio_rustls::TlsConnector::from(config);
    let name = rustls::pki_types::ServerName::try_from("localhost").unwrap();
    let stream = tokio::net::TcpStream::connect(tls).await.unwrap();
    let mut sender = connector.connect(name, stream).await.unwrap();
    sender.write_all(line("fw-3").as_bytes()).await.unwrap();
    sender.shutdown().await.unwrap();
    // Nobody is told by this protocol; the lake knows.
    let lake = world.folder.path().join("lake");
    let found = tokio::task::spawn_blocking(move || {
        let sql = "SELECT DISTINCT host FROM events WHERE fields LIKE '%visited it%' ORDER BY host";
        for _ in 0..150 {
            std::thread::sleep(Duration::from_millis(100));
            let lake = khien_lake::Lake::open(&lake).unwrap();
            let answer = lake.query(sql, &khien_lake::QueryLimits::default()).unwrap();
            if answer.len() == 3 {
                return answer.json().unwrap();
            }
        }
        Vec::new()
    })
    .await
    .unwrap();
    let hosts: Vec<&Value> = found.iter().map(|row| &row["host"]).collect();
    assert_eq!(hosts, ["fw-1", "fw-2", "fw-3"]);
    // One address has so many connections, and the next is closed.
    let mut held = Vec::new();
    for _ in 0..64 {
        held.push(tokio::net::TcpStream::connect(tcp).await.unwrap());
    }
    let mut next = tokio::net::TcpStream::connect(tcp).await.unwrap();
    let read = tokio::time::timeout(Duration::from_secs(20), next.read_u8()).await.unwrap();
    assert_eq!(read.unwrap_err().kind(), std::io::ErrorKind::UnexpectedEof);
    world.stop().await;
}

/// An advisory that somebody adds is looked for in what comes from then on, also after a restart, and no
/// more once it is taken away.
#[tokio::test(flavor = "multi_thread")]
async fn an_advisory_that_is_added_is_looked_for_in_what_comes() {
    let only_this = |config: &mut Config| {
        with_desk(config);
        config.desk.as_mut().unwrap().advisories.clear();
    };
    let world = World::start_with(only_this).await;
    let mut admin = world.admin().await;
    let (mut machine, _) = world.machine(&mut admin, &["events:write"]).await;
    send(&mut machine, &[JSON], asks("PC-1", 1)).await.expect(202);
    let text = "Domains:\nmsstorageazure[.]com\n";
    let new = json!({ "title": "A warning", "text": text });
    let added = admin.json("POST", "/api/v1/advisories", new).await.expect(201).json();
    // It takes a moment, because rules are read anew.
    let mut found = Value::Null;
    for second in 2..60 {
        send(&mut machine, &[JSON], asks("PC-1", second)).await.expect(202);
        tokio::time::sleep(Duration::from_millis(500)).await;
        found = admin.get("/api/v1/alerts?kind=indicator").await.expect(200).json();
        if found["total"] == 1 {
            break;
        }
    }
    assert_eq!(found["total"], 1);
    let (folder, clock) = world.stop().await;
    let world = World::start_in(folder, clock, only_this).await;
    machine.address = world.started.address;
    let mut admin = world.browser();
    admin.sign_in("admin", crate::world::PASSWORD, "").await.expect(303);
    send(&mut machine, &[JSON], asks("PC-2", 1)).await.expect(202);
    alerts(&mut admin, "?kind=indicator&host=PC-2", 1).await;
    admin
        .delete(&format!("/api/v1/advisories/{}", added["id"].as_str().unwrap()))
        .await
        .expect(204);
    tokio::time::sleep(Duration::from_secs(5)).await;
    send(&mut machine, &[JSON], asks("PC-3", 1)).await.expect(202);
    tokio::time::sleep(Duration::from_secs(4)).await;
    let none = admin.get("/api/v1/alerts?kind=indicator&host=PC-3").await.expect(200).json();
    assert_eq!(none["total"], 0);
    world.stop().await;
}
