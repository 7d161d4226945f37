//! Advisories over HTTP: read, kept, and held against a real lake, with each of the four answers.

use std::time::Duration;

use serde_json::{Value, json};

use crate::client::Client;
use crate::estate::{self, BAD_NAME, BAD_SHA256};
use crate::world::World;

/// A STIX bundle with one indicator.
fn bundle(pattern: &str) -> String {
    json!({
        "type": "bundle", "id": "bundle--11111111-1111-4111-8111-111111111111",
        "objects": [{
            "type": "indicator", "spec_version": "2.1",
            "id": "indicator--22222222-2222-4222-8222-222222222222",
            "created": "2026-03-30T00:00:00Z", "modified": "2026-03-30T00:00:00Z",
            "valid_from": "2026-03-30T00:00:00Z", "pattern_type": "stix", "pattern": pattern,
            "name": "what the installer leaves",
        }],
    })
    .to_string()
}

async fn add(analyst: &mut Client, title: &str, text: &str) -> String {
    let new = json!({ "title": title, "source": "VNCERT", "text": text });
    let made = analyst.json("POST", "/api/v1/advisories", new).await.expect(201).json();
    made["id"].as_str().unwrap().to_owned()
}

/// Asks whether we are hit, and waits for the answer.
async fn check(analyst: &mut Client, id: &str) -> Value {
    let path = format!("/api/v1/advisories/{id}");
    let job = analyst.json("POST", &format!("{path}/check"), json!({})).await.expect(202).json();
    assert_eq!(job["kind"], "advisory.check");
    for _ in 0..600 {
        let detail = analyst.get(&path).await.expect(200).json();
        match detail["job"]["state"].as_str().unwrap() {
            "done" => return detail,
            "queued" | "running" => tokio::time::sleep(Duration::from_millis(100)).await,
            other => panic!("{other}: {}", detail["job"]["reason"]),
        }
    }
    panic!("no answer within a minute");
}

/// The verdict of each host.
async fn hosts(analyst: &mut Client, id: &str) -> Vec<(String, String)> {
    let path = format!("/api/v1/advisories/{id}/hosts?sort=host");
    let page = analyst.get(&path).await.expect(200).json();
    let text = |host: &Value, name: &str| host[name].as_str().unwrap().to_owned();
    page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|h| (text(h, "host"), text(h, "verdict")))
        .collect()
}

fn told(hosts: &[(String, String)]) -> Vec<(&str, &str)> {
    hosts.iter().map(|(host, verdict)| (host.as_str(), verdict.as_str())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lake_answers_hit_clear_unknown_and_not_applicable() {
    let (world, mut admin) = estate::start().await;
    let (mut analyst, _) = world.person(&mut admin, "linh", "analyst").await;

    let id =
        add(&mut analyst, "Trojanised softphone", &format!("{BAD_NAME}\n{BAD_SHA256}\n")).await;
    let detail = check(&mut analyst, &id).await;
    let answer = &detail["answer"];
    let counts = json!({ "hit": 1, "clear": 1, "unknown": 2, "not_applicable": 0 });
    assert_eq!(answer["checked"]["verdict"], "hit");
    assert_eq!(answer["checked"]["hosts"], counts, "{answer:#}");
    assert_eq!(answer["since"], "2026-03-22T21:47:00.000Z");
    assert_eq!((&answer["since_host"], &answer["since_exact"]), (&json!("GD-0077"), &json!(true)));
    assert_eq!(answer["data_from"], "2026-03-20T08:00:00.000Z");
    assert_eq!(answer["days"], json!([{ "day": "2026-03-22", "hosts": 1 }]));
    assert_eq!(answer["by"]["name"], "linh");
    let seen = hosts(&mut analyst, &id).await;
    let expected = [
        ("GD-0077", "hit"),
        ("HUE-POS-3", "unknown"),
        ("KT-0412", "clear"),
        ("LX-BUILD", "unknown"),
    ];
    assert_eq!(told(&seen), expected);
    let why = answer["why_unknown"].as_array().unwrap();
    let lacking: Vec<&Value> = why.iter().map(|why| &why["lacking"]).collect();
    assert!(lacking.contains(&&json!(["sha256"])), "{why:?}");
    let path = format!("/api/v1/advisories/{id}/hosts");
    let first = analyst.get(&path).await.expect(200).json()["items"][0].clone();
    assert_eq!((&first["host"], &first["indicator_count"]), (&json!("GD-0077"), &json!(2)));
    let only = analyst.get(&format!("{path}?verdict=clear")).await.expect(200).json();
    assert_eq!((&only["total"], &only["items"][0]["host"]), (&json!(1), &json!("KT-0412")));
    let page = analyst.get(&format!("{path}?limit=3")).await.expect(200).json();
    let next = page["next"].as_str().unwrap();
    let rest = analyst.get(&format!("{path}?limit=3&after={next}")).await.expect(200).json();
    assert_eq!((rest["items"].as_array().unwrap().len(), &rest["next"]), (1, &Value::Null));

    // A case of it has the hosts that are hit, and the advisory on its timeline.
    let origin = json!({ "kind": "advisory", "id": id, "title": "Trojanised softphone" });
    let new = json!({ "title": "Softphone", "severity": "critical", "origin": origin });
    let case = analyst.json("POST", "/api/v1/cases", new).await.expect(201).json();
    let taken = case["hosts"].as_array().unwrap();
    assert_eq!(
        (taken.len(), &taken[0]["host"], &taken[0]["verdict"]),
        (1, &json!("GD-0077"), &json!("hit"))
    );
    let timeline = case["entries"].as_array().unwrap();
    assert!(timeline.iter().any(|entry| entry["kind"] == "intel"), "{timeline:?}");

    // A key of the registry: one that has such records is clear, one that lacks them is unknown, and a
    // Linux server has no registry.
    let id = add(&mut analyst, "A key", "HKLM\\SOFTWARE\\Evil\\Updater\n").await;
    let detail = check(&mut analyst, &id).await;
    let counts = json!({ "hit": 0, "clear": 2, "unknown": 1, "not_applicable": 1 });
    assert_eq!(detail["answer"]["checked"]["hosts"], counts, "{:#}", detail["answer"]);
    assert_eq!(detail["answer"]["checked"]["verdict"], "unknown");
    let seen = hosts(&mut analyst, &id).await;
    assert!(told(&seen).contains(&("LX-BUILD", "not_applicable")), "{seen:?}");

    // A release that is affected, by its version alone.
    let text = "Affected products: Softphone versions 18.12.407 and 18.12.416.\n";
    let id = add(&mut analyst, "By version", text).await;
    let detail = check(&mut analyst, &id).await;
    let affected = &detail["answer"]["releases"][0];
    assert_eq!((&affected["version"], &affected["affected"]), (&json!("18.12.416"), &json!(true)));
    let seen = hosts(&mut analyst, &id).await;
    assert!(told(&seen).contains(&("GD-0077", "hit")), "{seen:?}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ships_with_the_program_is_listed_and_can_be_checked() {
    let (world, mut admin) = estate::start().await;
    let page = admin.get("/api/v1/advisories?q=3cx").await.expect(200).json();
    let built_in = &page["items"][0];
    assert_eq!((&built_in["id"], &built_in["built_in"]), (&json!("3cx"), &json!(true)));
    assert!(built_in["usable"].as_u64().unwrap() > 0 && built_in["checked"].is_null());
    let detail = check(&mut admin, "3cx").await;
    assert_eq!(detail["answer"]["checked"]["verdict"], "unknown", "{:#}", detail["answer"]);
    let page = admin.get("/api/v1/advisories?verdict=unknown").await.expect(200).json();
    assert_eq!((&page["total"], &page["items"][0]["id"]), (&json!(1), &json!("3cx")));
    let refused = admin.delete("/api/v1/advisories/3cx").await.expect(422);
    assert_eq!(refused.json()["fields"][0]["code"], "built_in");
    // An answer outlives the process.
    let (folder, clock) = world.stop().await;
    let world = World::start_in(folder, clock, |_| {}).await;
    let mut admin = world.browser();
    admin.sign_in("admin", crate::world::PASSWORD, "").await.expect(303);
    let kept = admin.get("/api/v1/advisories/3cx").await.expect(200).json();
    assert_eq!(kept["answer"]["checked"], detail["answer"]["checked"]);
    // Without a lake nothing is asked, and nothing is answered for it.
    let refused = admin.json("POST", "/api/v1/advisories/3cx/check", json!({})).await.expect(503);
    assert_eq!(refused.code(), "no_lake");
    world.stop().await;
}

#[tokio::test]
async fn an_advisory_is_read_before_it_is_kept_and_removed_with_a_trace() {
    let world = World::start().await;
    let mut admin = world.admin().await;
    let (mut analyst, _) = world.person(&mut admin, "linh", "analyst").await;
    let (mut viewer, _) = world.person(&mut admin, "xem", "viewer").await;
    let preview = "/api/v1/advisories/preview";
    for (text, form) in [
        (bundle("[domain-name:value = 'bad.example.net']"), "stix"),
        ("{\"Event\":{\"info\":\"x\",\"Attribute\":[{\"type\":\"domain\",\"category\":\"Network activity\",\"to_ids\":true,\"value\":\"bad.example.net\"}]}}".to_owned(), "misp"),
        ("indicator,type\nbad.example.net,domain\n".to_owned(), "columns"),
        ("bad[.]example[.]net\n".to_owned(), "list"),
    ] {
        let read = analyst.json("POST", preview, json!({ "text": text })).await.expect(200).json();
        assert_eq!((&read["form"], &read["usable"]), (&json!(form), &json!(1)), "{read:#}");
        assert_eq!(read["indicators"][0]["value"], "bad.example.net");
    }
    let noise = json!({ "text": "bad.example.net\n8.8.8.8\n" });
    let read = analyst.json("POST", preview, noise).await.expect(200).json();
    assert_eq!((&read["indicator_count"], &read["usable"]), (&json!(2), &json!(1)));
    let left_out =
        read["indicators"].as_array().unwrap().iter().find(|one| one["use"] == "left_out");
    assert_eq!(left_out.unwrap()["reason"], "common_address");
    for (text, code) in [("", "empty"), ("{\"a\":1}", "unreadable")] {
        let refused = analyst.json("POST", preview, json!({ "text": text })).await.expect(422);
        assert_eq!(refused.json()["fields"], json!([{ "field": "text", "code": code }]));
    }
    let large = "a".repeat(khien_wire::ADVISORY_BYTES_MAX + 1);
    let refused = analyst.json("POST", preview, json!({ "text": large })).await.expect(422);
    assert_eq!(refused.json()["fields"][0]["code"], "too_long");
    let larger = "a".repeat(khien_wire::DOCUMENT_BYTES_MAX);
    analyst.json("POST", preview, json!({ "text": larger })).await.expect(413);

    let text = "bad.example.net\n";
    let untitled = json!({ "text": text });
    let refused = analyst.json("POST", "/api/v1/advisories", untitled).await.expect(422).json();
    assert_eq!(refused["fields"], json!([{ "field": "title", "code": "missing" }]));
    let odd = json!({ "text": text, "title": "a\u{7}b" });
    analyst.json("POST", "/api/v1/advisories", odd).await.expect(422);
    let new = json!({ "text": text, "title": " Cảnh báo ", "tlp": "amber+strict" });
    viewer.json("POST", "/api/v1/advisories", new.clone()).await.expect(403);
    let made = analyst.json("POST", "/api/v1/advisories", new).await.expect(201).json();
    assert_eq!((&made["title"], &made["tlp"]), (&json!("Cảnh báo"), &json!("amber+strict")));
    assert_eq!((&made["added_by"], &made["built_in"]), (&json!("linh"), &json!(false)));
    let path = format!("/api/v1/advisories/{}", made["id"].as_str().unwrap());
    let detail = viewer.get(&path).await.expect(200).json();
    assert_eq!(detail["reading"]["indicators"][0]["value"], "bad.example.net");
    assert!(detail["answer"].is_null());
    assert_eq!(viewer.get(&format!("{path}/hosts")).await.expect(200).json()["total"], 0);
    viewer.delete(&path).await.expect(403);
    analyst.delete(&path).await.expect(204);
    analyst.get(&path).await.expect(404);
    for action in ["advisory.added", "advisory.removed"] {
        let path = format!("/api/v1/audit?action={action}");
        let entries = admin.get(&path).await.expect(200).json();
        assert_eq!(
            (&entries["total"], &entries["items"][0]["actor"]["name"]),
            (&json!(1), &json!("linh"))
        );
    }
    world.stop().await;
}
