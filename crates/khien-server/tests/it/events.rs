//! Records in, alerts out: over HTTP, with a real lake.

use std::io::Write;
use std::time::Duration;

use bytes::Bytes;
use khien_ops::scan::knowledge::RuleInputs;
use khien_server::{Config, DeskConfig};
use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::world::World;

const JSON: (&str, &str) = ("content-type", "application/x-ndjson");

/// A server with a lake beside its state.
pub(crate) fn with_desk(config: &mut Config) {
    let folder = config.state.parent().unwrap().to_owned();
    config.desk = Some(DeskConfig {
        org: "bank".to_owned(),
        lake: folder.join("lake"),
        spool: config.state.join("spool"),
        rules: RuleInputs { builtin: true, ..RuleInputs::default() },
        advisories: vec!["3cx".to_owned()],
    });
}

/// A Sysmon record of a question for a name that the advisory on 3CX names.
fn asks(host: &str, second: u32) -> String {
    json!({
        "EventID": 22, "SourceName": "Microsoft-Windows-Sysmon", "Hostname": host,
        "UtcTime": format!("2026-03-02 08:00:{second:02}.000"), "ProcessId": 4711,
        "Image": "C:\\Program Files\\3CXDesktopApp\\app\\3CXDesktopApp.exe",
        "QueryName": "msstorageazure.com", "QueryResults": "192.0.2.7;",
    })
    .to_string()
}

async fn send(machine: &mut Client, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Answer {
    machine.send("POST", "/api/v1/events", headers, body.into()).await
}

/// The alerts, once there are so many.
async fn alerts(person: &mut Client, query: &str, wanted: usize) -> Vec<Value> {
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
