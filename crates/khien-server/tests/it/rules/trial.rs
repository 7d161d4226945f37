//! What would it find? Rules tried on what is stored, in a process of their own.

use std::os::unix::fs::PermissionsExt;

use super::*;

/// Waits until a test has ended.
async fn ended(who: &mut Client, id: &str) -> Value {
    for _ in 0..600 {
        let test = who.get(&format!("{PATH}/test/{id}")).await.expect(200).json();
        match test["job"]["state"].as_str().unwrap() {
            "queued" | "running" => tokio::time::sleep(Duration::from_millis(300)).await,
            _ => return test,
        }
    }
    panic!("no end within a minute");
}

async fn tried(who: &mut Client, asked: Value) -> Value {
    let test = who.json("POST", &format!("{PATH}/test"), asked).await.expect(202).json();
    assert_eq!(test["job"]["kind"], "rule.test");
    ended(who, test["id"].as_str().unwrap()).await
}

async fn start() -> (World, Client) {
    let world = World::start_with(with_reader).await;
    let mut admin = world.admin().await;
    let (mut machine, _) = world.machine(&mut admin, &["events:write"]).await;
    let (mut analyst, _) = world.person(&mut admin, "linh", "analyst").await;
    // Two days ago, and today.
    let old = asks("PC-1", "bad", 1).replace("2026-09-21 12", "2026-09-19 12");
    let all = [old, asks("PC-1", "bad", 2), asks("PC-1", "bad", 3), asks("PC-2", "bad", 4)];
    send(&mut machine, &[JSON], all.join("\n")).await.expect(202);
    for _ in 0..300 {
        let hosts = analyst.get("/api/v1/hosts").await;
        if hosts.status == 200 && hosts.json()["total"] == 2 {
            return (world, analyst);
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("the records are not in the lake within a minute");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_and_a_rule_say_what_they_would_find_and_raise_nothing() {
    let (world, mut analyst) = start().await;
    let text = rule(ID, "Bad name", "bad");
    let test = tried(&mut analyst, json!({ "text": text, "days": 1 })).await;
    assert_eq!(test["job"]["state"], "done", "{test:#}");
    let result = &test["result"];
    assert_eq!((&result["hits"], &result["host_count"]), (&json!(3), &json!(2)), "{result:#}");
    assert_eq!(result["hosts"][0], json!({ "host": "PC-1", "hits": 2 }));
    assert_eq!(result["rows"].as_array().unwrap().len(), 3);
    assert!(result["events"].as_u64().unwrap() >= 3);
    assert_eq!(result["until"], "2026-09-21T14:13:20.000Z");
    let week = tried(&mut analyst, json!({ "text": text, "days": 7 })).await;
    assert_eq!(week["result"]["hits"], 4);
    // A correlation of what comes with it.
    let both = format!("{text}---\n{}", twice("33333333-3333-4333-8333-333333333333", "bad"));
    let test = tried(&mut analyst, json!({ "text": both, "days": 1 })).await;
    let titles: Vec<&str> = test["result"]["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row[4].as_str().unwrap())
        .collect();
    assert!(titles.contains(&"Twice"), "{test:#}");
    // The same once it is added; and a correlation over what is known.
    add(&mut analyst, &both).await.expect(201);
    let test =
        tried(&mut analyst, json!({ "rule": "33333333-3333-4333-8333-333333333333", "days": 1 }))
            .await;
    assert_eq!(
        (&test["result"]["hits"], &test["result"]["rows"][0][4]),
        (&json!(1), &json!("Twice")),
        "{test:#}"
    );
    let test = tried(&mut analyst, json!({ "rule": ID, "days": 1 })).await;
    assert_eq!(test["result"]["hits"], 3);
    assert_eq!(show(&mut analyst, ID).await["test"]["id"], test["id"]);
    // What nothing stored could have met is no all-clear.
    let blind = text
        .replace("category: dns_query", "category: driver_load")
        .replace(ID, "77777777-7777-4777-8777-777777777777");
    let test = tried(&mut analyst, json!({ "text": blind, "days": 1 })).await;
    assert_eq!(test["result"]["hits"], 0);
    assert_eq!(test["result"]["blind"][0]["code"], "no-log-source", "{test:#}");
    // A title that is text from outside cannot become part of a question.
    let odd = rule(ID, "\"x' OR '1'='1\"", "odd").replace(&format!("id: {ID}\n"), "");
    let made = add(&mut analyst, &odd).await.expect(201).json();
    let path = format!("{PATH}/{}/hits", made["items"][0]["id"].as_str().unwrap());
    assert_eq!(analyst.get(&path).await.expect(200).json()["hits"], 0);
    let alerts = analyst.get("/api/v1/alerts").await.expect(200).json();
    assert_eq!(alerts["total"], 0, "tests raise no alert: {alerts:#}");
    for (asked, field) in [
        (json!({ "days": 1 }), "rule"),
        (json!({ "rule": ID, "text": text, "days": 1 }), "rule"),
        (json!({ "rule": ID, "days": 0 }), "days"),
        (json!({ "rule": ID, "days": 31 }), "days"),
        (json!({ "text": "title: x", "days": 1 }), "text"),
    ] {
        let refused = analyst.json("POST", &format!("{PATH}/test"), asked).await.expect(422).json();
        assert_eq!(refused["fields"][0]["field"], field, "{refused}");
    }
    analyst
        .json("POST", &format!("{PATH}/test"), json!({ "rule": "gone", "days": 1 }))
        .await
        .expect(404);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_waits_is_stopped_by_whoever_asked() {
    let (world, mut analyst) = start().await;
    let asked = json!({ "text": rule(ID, "Bad name", "bad"), "days": 30 });
    let path = format!("{PATH}/test");
    let mut ids = Vec::new();
    for _ in 0..4 {
        let test = analyst.json("POST", &path, asked.clone()).await.expect(202).json();
        ids.push(test["id"].as_str().unwrap().to_owned());
    }
    let last = ids.last().unwrap();
    analyst.json("POST", &format!("{path}/{last}/cancel"), json!({})).await.expect(200);
    assert_eq!(ended(&mut analyst, last).await["job"]["state"], "cancelled");
    assert_eq!(ended(&mut analyst, &ids[0]).await["job"]["state"], "done");
    let over =
        analyst.json("POST", &format!("{path}/{}/cancel", ids[0]), json!({})).await.expect(409);
    assert_eq!(over.code(), "job_ended");
    world.stop().await;
}

/// The process that looks ends with its job.
#[tokio::test(flavor = "multi_thread")]
async fn one_at_work_is_stopped_with_its_process() {
    let place = tempfile::tempdir().unwrap();
    let (script, begun) = (place.path().join("silent"), place.path().join("begun"));
    let text = format!("#!/bin/sh\necho $$ > '{}'\nexec sleep 600\n", begun.display());
    std::fs::write(&script, text).unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    let world = World::start_with(|config| {
        with_desk(config);
        config.program = Some(script);
    })
    .await;
    let mut admin = world.admin().await;
    let asked = json!({ "text": rule(ID, "Bad name", "bad"), "days": 1 });
    let test = admin.json("POST", &format!("{PATH}/test"), asked).await.expect(202).json();
    let id = test["id"].as_str().unwrap();
    let mut process = None;
    for _ in 0..200 {
        let said = std::fs::File::open(&begun).and_then(std::io::read_to_string);
        process = said.ok().and_then(|said| said.trim().parse::<u32>().ok());
        if process.is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let process = std::path::PathBuf::from(format!("/proc/{}", process.unwrap()));
    assert!(process.exists());
    admin.json("POST", &format!("{PATH}/test/{id}/cancel"), json!({})).await.expect(200);
    assert_eq!(ended(&mut admin, id).await["job"]["state"], "cancelled");
    for _ in 0..200 {
        if !process.exists() {
            world.stop().await;
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{} goes on", process.display());
}

#[tokio::test]
async fn without_a_lake_there_is_nothing_to_try() {
    let world = World::start().await;
    let mut admin = world.admin().await;
    let asked = json!({ "text": rule(ID, "Bad name", "bad"), "days": 1 });
    let refused = admin.json("POST", &format!("{PATH}/test"), asked).await.expect(503);
    assert_eq!(refused.code(), "no_lake");
    world.stop().await;
}
