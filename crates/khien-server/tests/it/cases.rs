//! Cases over real HTTP: opened from alerts, worked on by several people, deadlines, stories, likeness.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::client::{Answer, Client};
use crate::events::{JSON, alerts, asks, send, with_desk};
use crate::world::{HOUR_MS, World};

async fn open(client: &mut Client, new: Value) -> Value {
    client.json("POST", "/api/v1/cases", new).await.expect(201).json()
}

fn path(detail: &Value, part: &str) -> String {
    format!("/api/v1/cases/{}{part}", detail["case"]["id"].as_str().unwrap())
}

/// Sends with the version of the case that was looked at.
async fn with_version(
    client: &mut Client,
    method: &str,
    seen: &Value,
    part: &str,
    mut body: Value,
) -> Answer {
    body["version"] = seen["case"]["version"].clone();
    client.json(method, &path(seen, part), body).await
}

fn words(detail: &Value) -> Vec<&str> {
    let entries = detail["entries"].as_array().unwrap();
    entries.iter().map(|entry| entry["what"].as_str().unwrap()).collect()
}

fn duty<'d>(detail: &'d Value, id: &str) -> &'d Value {
    let all = detail["obligations"].as_array().unwrap();
    all.iter().find(|one| one["duty"]["id"] == id).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_takes_hosts_times_and_a_copy_of_its_alerts() {
    let world = World::start_with(with_desk).await;
    let mut admin = world.admin().await;
    let (mut machine, _) = world.machine(&mut admin, &["events:write"]).await;
    let (mut an, _) = world.person(&mut admin, "an", "analyst").await;
    let sent = format!("{}\n{}", asks("HCM-ACC-07", 1), asks("HN-POS-3", 2));
    send(&mut machine, &[JSON], sent).await.expect(202);
    let found = alerts(&mut an, "?kind=indicator&sort=first", 2).await;
    let ids: Vec<&str> = found.iter().map(|alert| alert["id"].as_str().unwrap()).collect();
    let detail = open(&mut an, json!({ "alerts": [ids[0]] })).await;
    let case = &detail["case"];
    assert_eq!(case["number"], "2026-001");
    assert_eq!((&case["title"], &case["owner"]), (&found[0]["title"], &json!("an")));
    assert_eq!(case["severity"], found[0]["severity"]);
    assert_eq!(case["origin"]["kind"], "alert");
    assert_eq!(detail["times"]["occurred"]["at"], found[0]["first"]);
    assert_eq!(detail["times"]["detected"]["at"], found[0]["created"]);
    assert_eq!(detail["times"]["aware"]["by"]["name"], "an");
    assert_eq!(detail["hosts"][0]["host"], found[0]["hosts"][0]);
    assert_eq!(detail["hosts"][0]["verdict"], "unknown", "nobody has looked yet");
    // Somebody looks at the alert now.
    let alert = an.get(&format!("/api/v1/alerts/{}", ids[0])).await.expect(200).json();
    assert_eq!(
        (&alert["alert"]["state"], &alert["alert"]["owner"]),
        (&json!("acknowledged"), &json!("an"))
    );
    // The copy is what the hash is over, byte for byte.
    let piece = &detail["evidence"][0];
    let copy = format!("/evidence/{}", piece["id"].as_str().unwrap());
    let copy = an.get(&path(&detail, &copy)).await.expect(200);
    let hash: String =
        Sha256::digest(&copy.body).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(piece["sha256"], hash);
    assert_eq!(copy.json()["alert"]["id"], ids[0]);
    // Another alert is added without a version; taking one out needs it.
    let both = json!({ "attach": [ids[1], ids[0]] });
    let both = an.json("POST", &path(&detail, "/alerts"), both).await.expect(200).json();
    assert_eq!((&both["case"]["alert_count"], &both["case"]["host_count"]), (&json!(2), &json!(2)));
    let out = json!({ "detach": [ids[0]] });
    let refused = an.json("POST", &path(&both, "/alerts"), out.clone()).await.expect(422);
    assert_eq!(refused.json()["fields"][0]["field"], "version");
    let one = with_version(&mut an, "POST", &both, "/alerts", out).await.expect(200).json();
    assert_eq!(one["hosts"].as_array().unwrap().len(), 1, "a host that no alert names goes");
    assert_eq!(one["evidence"].as_array().unwrap().len(), 2, "what was evidence stays");
    let listed = an.get(&format!("/api/v1/cases?alert={}", ids[1])).await.expect(200).json();
    assert_eq!(listed["total"], 1);
    let story = an.get(&path(&one, "/story")).await.expect(200).json();
    let labels: Vec<&str> = story["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|node| node["label"].as_str())
        .collect();
    assert!(labels.contains(&"msstorageazure.com"), "{labels:?}");
    let strange = json!({ "alerts": ["00000000-0000-7000-8000-000000000000"] });
    an.json("POST", "/api/v1/cases", strange).await.expect(422);
    world.stop().await;
}

#[tokio::test]
async fn what_people_do_is_on_the_timeline_and_in_the_audit_log() {
    let world = World::start().await;
    let mut admin = world.admin().await;
    let (mut an, _) = world.person(&mut admin, "an", "analyst").await;
    let (mut binh, _) = world.person(&mut admin, "binh", "responder").await;
    let seen = open(&mut an, json!({ "title": "Cuộc gọi lạ", "severity": "high" })).await;
    let task = json!({ "text": "Gọi chi nhánh Huế", "owner": "binh" });
    let seen = an.json("POST", &path(&seen, "/tasks"), task).await.expect(201).json();
    let task = format!("/tasks/{}", seen["tasks"][0]["id"].as_str().unwrap());
    let done = json!({ "done": true });
    let seen = with_version(&mut binh, "PATCH", &seen, &task, done).await.expect(200).json();
    assert_eq!(seen["tasks"][0]["done_by"]["name"], "binh");
    assert_eq!((&seen["case"]["task_count"], &seen["case"]["tasks_done"]), (&json!(1), &json!(1)));
    let told = json!({ "kind": "event", "text": "Người dùng nhận cuộc gọi", "at": "2026-09-01T03:30:00Z",
                       "noted": "2026-09-02T03:30:00Z", "host": "PC-1" });
    let seen = an.json("POST", &path(&seen, "/entries"), told).await.expect(201).json();
    let first = &seen["entries"][0];
    assert_eq!(
        (&first["at"], &first["noted"]),
        (&json!("2026-09-01T03:30:00.000Z"), &json!("2026-09-02T03:30:00.000Z"))
    );
    let host = json!({ "host": "PC-1", "verdict": "hit", "note": "đã cô lập" });
    let seen = with_version(&mut an, "POST", &seen, "/hosts", host).await.expect(200).json();
    assert_eq!(seen["hosts"][0]["verdict"], "hit");
    let piece = json!({ "name": "Ảnh đĩa", "sha256": "AB".repeat(32), "location": "két 2" });
    let seen = an.json("POST", &path(&seen, "/evidence"), piece).await.expect(201).json();
    assert_eq!(seen["evidence"][0]["sha256"], "ab".repeat(32));
    let hand = json!({ "owner": "binh", "note": "PC-1 chưa trả lời." });
    let seen = with_version(&mut an, "POST", &seen, "/hand-over", hand).await.expect(200).json();
    assert_eq!(seen["case"]["owner"], "binh");
    let close = json!({ "state": "closed", "resolution": "confirmed" });
    let seen = with_version(&mut binh, "PATCH", &seen, "", close).await.expect(200).json();
    assert_eq!(
        (&seen["case"]["resolution"], &seen["case"]["next_due"]),
        (&json!("confirmed"), &Value::Null)
    );
    assert_eq!(
        words(&seen),
        [
            "told",
            "opened",
            "task_added",
            "task_done",
            "host_set",
            "evidence_added",
            "handed_over",
            "changed"
        ]
    );
    let log = admin.get("/api/v1/audit?sort=time&q=case.").await.expect(200).json();
    let actions: Vec<&str> = log["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["action"].as_str().unwrap())
        .collect();
    assert_eq!(
        actions,
        [
            "case.opened",
            "case.task_added",
            "case.task_done",
            "case.entry_added",
            "case.host_set",
            "case.evidence_added",
            "case.handed_over",
            "case.changed"
        ]
    );
    assert!(admin.get("/api/v1/audit/verify").await.expect(200).json()["ok"].as_bool().unwrap());
}

#[tokio::test]
async fn two_people_do_not_overwrite_each_other() {
    let world = World::start().await;
    let mut admin = world.admin().await;
    let (mut an, _) = world.person(&mut admin, "an", "analyst").await;
    let (mut binh, _) = world.person(&mut admin, "binh", "analyst").await;
    let seen = open(&mut an, json!({ "title": "One" })).await;
    with_version(&mut an, "PATCH", &seen, "", json!({ "title": "Two" })).await.expect(200);
    let late = with_version(&mut binh, "PATCH", &seen, "", json!({ "title": "Three" })).await;
    assert_eq!(late.expect(409).code(), "changed");
    for (method, part, body) in [
        ("POST", "/hand-over", json!({ "owner": "binh", "note": "x" })),
        ("POST", "/hosts", json!({ "host": "PC-1" })),
        ("PATCH", "/obligations/vn-sbv-first", json!({ "reason": "x" })),
    ] {
        assert_eq!(
            with_version(&mut binh, method, &seen, part, body).await.expect(409).code(),
            "changed"
        );
    }
    // What is only added needs no version, and does not make others' old.
    let now = binh.get(&path(&seen, "")).await.expect(200).json();
    let note = json!({ "kind": "note", "text": "still here" });
    binh.json("POST", &path(&seen, "/entries"), note).await.expect(201);
    let now = with_version(&mut an, "PATCH", &now, "", json!({ "summary": "known" }))
        .await
        .expect(200)
        .json();
    assert_eq!((&now["case"]["title"], &now["case"]["version"]), (&json!("Two"), &json!(3)));
    // Without a version nothing is changed.
    an.json("PATCH", &path(&seen, ""), json!({ "title": "Four" })).await.expect(422);
}

#[tokio::test]
async fn deadlines_follow_from_times_that_are_set_once() {
    let world = World::start().await;
    let mut admin = world.admin().await;
    let (mut an, _) = world.person(&mut admin, "an", "analyst").await;
    let seen = open(&mut an, json!({ "title": "x" })).await;
    // 2026-09-21T14:13:20Z: nobody has said when it was detected, so that clock has not started.
    assert_eq!(duty(&seen, "vn-sbv-first")["state"], "waiting");
    assert_eq!(duty(&seen, "vn-cybersecurity")["state"], "at_once");
    assert_eq!(duty(&seen, "eu-nis2-early")["due"], "2026-09-22T14:13:20.000Z");
    assert_eq!(seen["case"]["next_due"], "2026-09-22T14:13:20.000Z");
    let detected = json!({ "times": { "detected": "2026-09-21T08:00:00Z" } });
    let seen = with_version(&mut an, "PATCH", &seen, "", detected.clone()).await.expect(200).json();
    assert_eq!(seen["case"]["next_due"], "2026-09-22T08:00:00.000Z");
    assert_eq!(duty(&seen, "vn-sbv-first")["duty"]["reference"], "09/2020/TT-NHNN");
    // The same again is no change; another needs a reason, and none may be to come.
    let same = with_version(&mut an, "PATCH", &seen, "", detected).await.expect(200).json();
    assert_eq!(same["case"]["version"], seen["case"]["version"]);
    let other = json!({ "times": { "detected": "2026-09-21T07:00:00Z" } });
    let refused = with_version(&mut an, "PATCH", &seen, "", other).await.expect(422).json();
    assert_eq!(refused["fields"][0]["field"], "reason");
    let other =
        json!({ "times": { "detected": "2026-09-21T07:00:00Z" }, "reason": "the log says so" });
    let seen = with_version(&mut an, "PATCH", &seen, "", other).await.expect(200).json();
    let later = json!({ "times": { "fixed": "2026-09-23T07:00:00Z" } });
    let refused = with_version(&mut an, "PATCH", &seen, "", later).await.expect(422).json();
    assert_eq!(refused["fields"][0]["code"], "in_future");
    // Sent, not asked for, and taken back.
    let sent = json!({ "sent": "2026-09-21T14:00:00Z", "sent_as": "12/BC" });
    let part = "/obligations/vn-sbv-first";
    let seen = with_version(&mut an, "PATCH", &seen, part, sent).await.expect(200).json();
    assert_eq!(
        (&duty(&seen, "vn-sbv-first")["state"], &duty(&seen, "vn-sbv-first")["by"]["name"]),
        (&json!("sent"), &json!("an"))
    );
    let mut seen = seen;
    for id in ["eu-nis2-early", "eu-dora-awareness", "eu-cra-early"] {
        let part = format!("/obligations/{id}");
        let no = json!({ "reason": "not in the EU" });
        seen = with_version(&mut an, "PATCH", &seen, &part, no).await.expect(200).json();
        assert_eq!(duty(&seen, id)["state"], "not_applicable");
    }
    assert_eq!(seen["case"]["next_due"], "2026-09-24T07:00:00.000Z", "three days from detection");
    let back = with_version(&mut an, "PATCH", &seen, part, json!({})).await.expect(200).json();
    assert_eq!(duty(&back, "vn-sbv-first")["state"], "due");
    let both = json!({ "sent": "2026-09-21T14:00:00Z", "reason": "x" });
    with_version(&mut an, "PATCH", &back, part, both).await.expect(422);
    with_version(&mut an, "PATCH", &back, "/obligations/none", json!({})).await.expect(404);
    // In two steps: a session ends after twelve hours without a request.
    world.clock.advance(11 * HOUR_MS);
    an.get(&path(&back, "")).await.expect(200);
    world.clock.advance(7 * HOUR_MS);
    let late = an.get(&path(&back, "")).await.expect(200).json();
    assert_eq!(duty(&late, "vn-sbv-first")["state"], "overdue");
}

#[tokio::test]
async fn lists_are_searched_sorted_and_paged() {
    let world = World::start().await;
    let mut admin = world.admin().await;
    let (mut an, _) = world.person(&mut admin, "an", "analyst").await;
    for (n, severity) in ["low", "critical", "medium"].into_iter().enumerate() {
        world.clock.advance(1000);
        let origin = json!({ "kind": "update", "id": format!("update-{n}"), "title": format!("editor {n}") });
        let new = json!({ "title": format!("Vụ {n}"), "severity": severity, "origin": origin });
        let seen = open(&mut an, new).await;
        assert_eq!(seen["case"]["number"], format!("2026-00{}", n + 1));
        let host = json!({ "host": format!("PC-{n}") });
        with_version(&mut an, "POST", &seen, "/hosts", host).await.expect(200);
    }
    let mut titles = async |query: &str| -> Vec<String> {
        let page = an.get(&format!("/api/v1/cases{query}")).await.expect(200).json();
        let items = page["items"].as_array().unwrap();
        items.iter().map(|one| one["title"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(titles("").await, ["Vụ 2", "Vụ 1", "Vụ 0"]);
    assert_eq!(titles("?sort=-severity").await, ["Vụ 1", "Vụ 2", "Vụ 0"]);
    assert_eq!(titles("?severity=medium&sort=created").await, ["Vụ 1", "Vụ 2"]);
    assert_eq!(titles("?q=2026-002").await, ["Vụ 1"]);
    assert_eq!(titles("?q=pc-0").await, ["Vụ 0"]);
    assert_eq!(titles("?host=PC-2").await, ["Vụ 2"]);
    assert_eq!(titles("?q=editor%201").await, ["Vụ 1"]);
    assert_eq!(titles("?state=closed").await.len(), 0);
    assert_eq!(titles("?state=active&owner=an").await.len(), 3);
    let first = an.get("/api/v1/cases?limit=2&sort=next_due").await.expect(200).json();
    let next = first["next"].as_str().unwrap();
    let rest = an
        .get(&format!("/api/v1/cases?limit=2&sort=next_due&after={next}"))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (first["items"].as_array().unwrap().len(), rest["items"].as_array().unwrap().len()),
        (2, 1)
    );
    assert_eq!(first["total"], 3);
}

#[tokio::test]
async fn cases_that_share_hosts_are_alike_and_it_says_which() {
    let world = World::start().await;
    let mut admin = world.admin().await;
    let (mut an, _) = world.person(&mut admin, "an", "analyst").await;
    let mut cases = Vec::new();
    for hosts in [vec!["PC-1", "PC-2"], vec!["pc-2", "pc-1"], vec!["PC-2"], vec!["PC-9"]] {
        let mut seen = open(&mut an, json!({ "title": hosts.join(" ") })).await;
        for host in hosts {
            seen = with_version(&mut an, "POST", &seen, "/hosts", json!({ "host": host }))
                .await
                .expect(200)
                .json();
        }
        cases.push(seen);
    }
    let alike = an.get(&path(&cases[0], "/similar")).await.expect(200).json();
    let items = alike["items"].as_array().unwrap();
    let titles: Vec<&str> =
        items.iter().map(|one| one["case"]["title"].as_str().unwrap()).collect();
    assert_eq!(titles, ["pc-2 pc-1", "PC-2"], "the more and the rarer, the more alike");
    assert_eq!(
        (&items[0]["why"][0]["kind"], &items[0]["why"][0]["count"]),
        (&json!("host"), &json!(2))
    );
    // A host that the case is not about makes nothing alike.
    let aside = json!({ "host": "PC-2", "verdict": "not_applicable" });
    with_version(&mut an, "POST", &cases[2], "/hosts", aside).await.expect(200);
    let alike = an.get(&path(&cases[0], "/similar")).await.expect(200).json();
    assert_eq!(alike["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_cannot_be_taken_is_refused_with_the_field() {
    let world = World::start().await;
    let mut admin = world.admin().await;
    let (mut an, _) = world.person(&mut admin, "an", "analyst").await;
    let mut field = async |method: &str, path: &str, body: Value| -> String {
        let refused = an.json(method, path, body).await.expect(422).json();
        format!(
            "{} {}",
            refused["fields"][0]["field"].as_str().unwrap_or(""),
            refused["fields"][0]["code"].as_str().unwrap_or("")
        )
    };
    let cases = "/api/v1/cases";
    assert_eq!(field("POST", cases, json!({})).await, "title missing");
    assert_eq!(field("POST", cases, json!({ "title": "  " })).await, "title empty");
    assert_eq!(field("POST", cases, json!({ "title": "x".repeat(201) })).await, "title too_long");
    assert_eq!(field("POST", cases, json!({ "title": "a\u{7}b" })).await, "title characters");
    assert_eq!(
        field("POST", cases, json!({ "title": "x", "owner": "nobody" })).await,
        "owner unknown_word"
    );
    let future = json!({ "title": "x", "aware": "2030-01-01T00:00:00Z" });
    assert_eq!(field("POST", cases, future).await, "aware in_future");
    let seen = open(&mut an.clone(), json!({ "title": "x" })).await;
    let mut field = async |part: &str, body: Value| -> String {
        let refused = an.json("POST", &path(&seen, part), body).await.expect(422).json();
        format!(
            "{} {}",
            refused["fields"][0]["field"].as_str().unwrap_or(""),
            refused["fields"][0]["code"].as_str().unwrap_or("")
        )
    };
    let before = json!({ "kind": "event", "text": "x", "noted": "2020-01-01T00:00:00Z" });
    assert_eq!(field("/entries", before).await, "noted out_of_range");
    assert_eq!(
        field("/evidence", json!({ "name": "x", "sha256": "zz" })).await,
        "sha256 characters"
    );
    assert_eq!(field("/tasks", json!({ "text": "" })).await, "text empty");
    let change = json!({ "version": 1, "state": "closed" });
    let refused = an.json("PATCH", &path(&seen, ""), change).await.expect(422).json();
    assert_eq!(refused["fields"][0]["field"], "resolution");
    // A machine with the scope may, and is named as what it is.
    let (mut machine, _) = world.machine(&mut admin, &["cases:read", "cases:write"]).await;
    let made = open(&mut machine, json!({ "title": "by a machine" })).await;
    assert_eq!(
        (&made["case"]["owner"], &made["entries"][0]["by"]["kind"]),
        (&Value::Null, &json!("token"))
    );
}
