//! A small estate in a real lake: three workstations and a server, by what their sensors would send.

use std::time::Duration;

use serde_json::{Value, json};

use crate::client::Client;
use crate::events::with_desk;
use crate::world::World;

/// The hash of the program that is bad.
pub(crate) const BAD_SHA256: &str =
    "7a1fd0c48be27e5f6f5f8c0f2f4f6d8a9b1c3d5e7f90123456789abcdef01234";
/// The name that it asks for.
pub(crate) const BAD_NAME: &str = "updates.softphone-cdn.example";

fn sysmon(host: &str, id: u32, time: &str, more: Value) -> Value {
    let mut record = json!({
        "EventID": id, "SourceName": "Microsoft-Windows-Sysmon", "Hostname": host,
        "UtcTime": time, "ProcessId": 4711,
        "Image": "C:\\Program Files\\Softphone\\softphone.exe",
    });
    let fields = record.as_object_mut().unwrap();
    fields.extend(more.as_object().unwrap().clone());
    record
}

fn starts(host: &str, time: &str, version: &str, sha256: &str) -> Value {
    let more = json!({
        "Product": "Softphone", "Company": "Voice Ltd", "FileVersion": version,
        "CommandLine": "softphone.exe", "Hashes": format!("SHA256={}", sha256.to_uppercase()),
    });
    sysmon(host, 1, time, more)
}

fn asks(host: &str, time: &str, name: &str) -> Value {
    sysmon(host, 22, time, json!({ "QueryName": name, "QueryResults": "192.0.2.7;" }))
}

fn sets(host: &str, time: &str, key: &str) -> Value {
    sysmon(host, 13, time, json!({ "TargetObject": key, "Details": "1" }))
}

/// What the workstations send.
///
/// GD-0077 runs the bad release and asks for its name; KT-0412 runs the good one and shows all that could be
/// asked for; HUE-POS-3 shows names only. LX-BUILD is a server that sends syslog.
fn records() -> String {
    let (good, run) = ("1".repeat(64), r"HKLM\SOFTWARE\Voice\Softphone\Start");
    let all = [
        starts("GD-0077", "2026-03-22 21:47:00.000", "18.12.416", BAD_SHA256),
        asks("GD-0077", "2026-03-24 08:05:00.000", BAD_NAME),
        sets("GD-0077", "2026-03-24 08:06:00.000", run),
        starts("KT-0412", "2026-03-20 08:00:00.000", "18.12.402", &good),
        asks("KT-0412", "2026-03-20 08:01:00.000", "www.example.org"),
        sets("KT-0412", "2026-03-20 08:02:00.000", run),
        asks("HUE-POS-3", "2026-03-21 09:00:00.000", "www.example.org"),
    ];
    all.map(|record| record.to_string()).join("\n")
}

const SYSLOG: &str = "<38>1 2026-03-21T10:00:00Z LX-BUILD sshd 812 - - Accepted publickey for build from 192.0.2.9 port 50022 ssh2";

/// A server whose lake has all of it, and its admin.
pub(crate) async fn start() -> (World, Client) {
    let world = World::start_with(with_desk).await;
    let mut admin = world.admin().await;
    let (mut machine, _) = world.machine(&mut admin, &["events:write", "inventory:read"]).await;
    let json = [("content-type", "application/x-ndjson")];
    machine.send("POST", "/api/v1/events", &json, records().into()).await.expect(202);
    let text = [("content-type", "text/plain")];
    machine.send("POST", "/api/v1/events", &text, SYSLOG.into()).await.expect(202);
    for _ in 0..300 {
        let page = machine.get("/api/v1/hosts").await;
        if page.status == 200 && page.json()["total"] == 4 {
            return (world, admin);
        }
        // What was worked out for a list stands for ten seconds.
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("the records are not in the lake within a minute");
}
