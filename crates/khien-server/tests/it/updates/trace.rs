//! A release that was rolled out and turns bad is traced to its hosts.

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};

use super::{PATH, case, decide, id_of, vetted, with_reader};
use crate::client::Client;
use crate::events::with_desk;
use crate::world::World;

fn starts(host: &str, second: u32, sha256: &str) -> String {
    json!({
        "EventID": 1, "SourceName": "Microsoft-Windows-Sysmon", "Hostname": host,
        "UtcTime": format!("2026-03-22 21:47:{second:02}.000"), "ProcessId": 4711,
        "Image": "C:\\Program Files\\Phone\\phone.exe", "CommandLine": "phone.exe",
        "Hashes": format!("SHA256={}", sha256.to_uppercase()),
    })
    .to_string()
}

/// Has the lake take records of so many hosts.
async fn ingest(world: &World, admin: &mut Client, records: &str, hosts: u64) {
    let (mut machine, _) = world.machine(admin, &["events:write", "inventory:read"]).await;
    let json = [("content-type", "application/x-ndjson")];
    machine.send("POST", "/api/v1/events", &json, records.to_owned().into()).await.expect(202);
    for _ in 0..300 {
        let page = machine.get("/api/v1/hosts").await;
        if page.status == 200 && page.json()["total"] == hosts {
            return;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
        world.clock.advance(100);
    }
    panic!("the records are not in the lake within a minute");
}

async fn traced(world: &World, analyst: &mut Client, id: &str) -> Value {
    let path = format!("{PATH}/{id}");
    let job =
        analyst.send("POST", &format!("{path}/trace"), &[], Bytes::new()).await.expect(202).json();
    assert_eq!(job["kind"], "update.trace");
    for _ in 0..600 {
        let detail = analyst.get(&path).await.expect(200).json();
        match detail["trace_job"]["state"].as_str().unwrap() {
            "done" => return detail,
            "queued" | "running" => tokio::time::sleep(Duration::from_millis(100)).await,
            other => panic!("{other}: {}", detail["trace_job"]["reason"]),
        }
        world.clock.advance(50);
    }
    panic!("no answer within a minute");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_that_turned_bad_is_traced_to_its_hosts() {
    let world = World::start_with(|config| {
        with_desk(config);
        with_reader(config);
    })
    .await;
    let mut admin = world.admin().await;
    let case = case("3cx-windows-nupkg");
    let old = id_of(&vetted(&world, &mut admin, &case.old).await);
    decide(&mut admin, &old, json!({ "decision": "pass" })).await.expect(200);
    let detail = vetted(&world, &mut admin, &case.new).await;
    let new = id_of(&detail);
    let files = detail["dossier"]["files"].as_array().unwrap();
    let brought = |file: &&Value| {
        file["program"] == true && (file["change"] == "changed" || file["change"] == "added")
    };
    let bad = files.iter().find(brought).unwrap()["sha256"].as_str().unwrap().to_owned();
    // GD-0077 runs a program of the release, KT-0412 another; HUE-POS-3 shows no hashes.
    let name = json!({
        "EventID": 22, "SourceName": "Microsoft-Windows-Sysmon", "Hostname": "HUE-POS-3",
        "UtcTime": "2026-03-21 09:00:00.000", "ProcessId": 1, "Image": "C:\\a.exe",
        "QueryName": "www.example.org", "QueryResults": "192.0.2.7;",
    });
    let records =
        [starts("GD-0077", 1, &bad), starts("KT-0412", 2, &"1".repeat(64)), name.to_string()]
            .join("\n");
    ingest(&world, &mut admin, &records, 3).await;

    let trace = traced(&world, &mut admin, &new).await["trace"].clone();
    let counts = json!({ "hit": 1, "clear": 1, "unknown": 1, "not_applicable": 0 });
    assert_eq!(
        (&trace["checked"]["verdict"], &trace["checked"]["hosts"]),
        (&json!("hit"), &counts),
        "{trace:#}"
    );
    assert_eq!(
        (&trace["since"], &trace["since_host"]),
        (&json!("2026-03-22T21:47:01.000Z"), &json!("GD-0077"))
    );
    assert_eq!(trace["seen"][0]["value"], bad);
    let page = admin.get(&format!("{PATH}/{new}/hosts?sort=host")).await.expect(200).json();
    let told: Vec<(&Value, &Value)> = page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|host| (&host["host"], &host["verdict"]))
        .collect();
    let expected = [("GD-0077", "hit"), ("HUE-POS-3", "unknown"), ("KT-0412", "clear")];
    let expected = expected.map(|(host, verdict)| (json!(host), json!(verdict)));
    assert_eq!(told, expected.iter().map(|(host, verdict)| (host, verdict)).collect::<Vec<_>>());
    let hit = admin.get(&format!("{PATH}/{new}/hosts?verdict=hit")).await.expect(200).json();
    assert_eq!(
        (&hit["total"], &hit["items"][0]["first"]),
        (&json!(1), &json!("2026-03-22T21:47:01.000Z"))
    );

    // A case of it has the host.
    let origin = json!({ "kind": "update", "id": new, "title": "Phone 2" });
    let case = json!({ "title": "Phone", "severity": "critical", "origin": origin });
    let case = admin.json("POST", "/api/v1/cases", case).await.expect(201).json();
    assert_eq!(
        (&case["hosts"][0]["host"], &case["hosts"][0]["verdict"]),
        (&json!("GD-0077"), &json!("hit"))
    );
    let entries = admin.get("/api/v1/audit?action=update.traced").await.expect(200).json();
    assert_eq!(entries["total"], 1);
    world.stop().await;
}

#[tokio::test]
async fn without_a_lake_nothing_is_traced() {
    let world = World::start().await;
    let mut admin = world.admin().await;
    let sent = super::send(&mut admin, "name=a.bin", "abc").await.expect(202).json();
    let path = format!("{PATH}/{}/trace", sent["update"]["id"].as_str().unwrap());
    assert_eq!(admin.send("POST", &path, &[], Bytes::new()).await.expect(503).code(), "no_lake");
    let path = format!("{PATH}/00000000-0000-7000-8000-000000000000/trace");
    admin.send("POST", &path, &[], Bytes::new()).await.expect(404);
    world.stop().await;
}
