//! Hosts that run osquery: the requests of its TLS plugins, one after the other.

use std::io::Write;

use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::events::with_desk;
use crate::otlp::ask;
use crate::world::{HOUR_MS, World};

/// What osquery sends with every request; it says nothing of where it comes from.
fn host(world: &World) -> Client {
    let mut client = world.browser();
    client.headers = vec![("user-agent".to_owned(), "osquery/5.19.0".to_owned())];
    client
}

async fn post(client: &mut Client, what: &str, body: Value) -> Answer {
    client.json("POST", &format!("/osquery/{what}"), body).await
}

async fn secret(admin: &mut Client, scope: &str) -> String {
    let new = json!({ "name": "fleet", "scopes": [scope] });
    let made = admin.json("POST", "/api/v1/tokens", new).await.expect(201).json();
    made["secret"].as_str().unwrap().to_owned()
}

fn enrolment(secret: &str, identifier: &str, hostname: &str, platform: &str) -> Value {
    json!({
        "enroll_secret": secret, "host_identifier": identifier, "platform_type": "9",
        "host_details": {
            "os_version": { "name": "Ubuntu", "version": "24.04", "platform": platform },
            "osquery_info": { "version": "5.19.0", "instance_id": "x" },
            "system_info": { "hostname": hostname, "computer_name": "other" },
            "platform_info": { "vendor": "x" },
        },
    })
}

/// Enrols, and gives the key.
async fn enrolled(client: &mut Client, request: Value) -> String {
    let answer = post(client, "enroll", request).await.expect(200).json();
    assert_eq!(answer["node_invalid"], false, "{answer}");
    answer["node_key"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_enrols_and_what_it_finds_is_stored_under_its_name() {
    let world = World::start_with(with_desk).await;
    let mut admin = world.admin().await;
    let secret = secret(&mut admin, "nodes:enroll").await;
    let mut client = host(&world);
    let key = enrolled(&mut client, enrolment(&secret, "id-1", "web-1", "ubuntu")).await;
    // Newer clients show their key in a header, too.
    let header = format!("NodeKey {key}");
    client.headers.push(("authorization".to_owned(), header));
    let config = post(&mut client, "config", json!({ "node_key": key })).await.expect(200).json();
    assert!(config["schedule"]["deb_packages"]["interval"].as_u64().unwrap() > 0, "{config}");
    assert!(config["schedule"].get("programs").is_none(), "that is for Windows");
    assert_eq!(config["options"]["logger_snapshot_event_type"], "true");
    let rows = json!({ "node_key": key, "log_type": "result", "data": [
        { "name": "deb_packages", "hostIdentifier": "id-1", "unixTime": 1_772_438_400, "action": "added",
          "columns": { "name": "xz-utils", "version": "5.6.1-1", "maintainer": "x" } },
        { "name": "open_sockets", "hostIdentifier": "stolen", "unixTime": 1_772_438_401, "action": "added",
          "decorations": { "hostname": "stolen" },
          "columns": { "path": "/usr/bin/curl", "remote_address": "192.0.2.7", "remote_port": "443" } },
        { "name": "users", "unixTime": 1_772_438_402, "action": "snapshot",
          "snapshot": [{ "username": "a" }, { "username": "b" }] },
    ] });
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(rows.to_string().as_bytes()).unwrap();
    let headers = [("content-type", "application/json"), ("content-encoding", "gzip")];
    let answer =
        client.send("POST", "/osquery/log", &headers, packed.finish().unwrap().into()).await;
    assert_eq!(answer.expect(200).json(), json!({ "node_invalid": false }));
    // The answer was not heard.
    post(&mut client, "log", rows).await.expect(200);
    let status = json!({ "node_key": key, "log_type": "status", "data": [
        { "hostIdentifier": "id-1", "severity": "1", "filename": "x.cpp", "line": "7",
          "message": "no such table", "unixTime": "1772438403" },
    ] });
    post(&mut client, "log", status).await.expect(200);
    let sql = "SELECT host, format, fields FROM events WHERE host <> '' ORDER BY time";
    let rows = ask(&world, sql, 5).await;
    assert!(
        rows.iter().all(|row| row["host"] == "web-1" && row["format"] == "osquery"),
        "{rows:?}"
    );
    assert!(!serde_json::to_string(&rows).unwrap().contains("stolen"));
    assert!(rows[0]["fields"].to_string().contains("5.6.1-1"));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inventory_is_asked_for_once_a_day() {
    let world = World::start_with(with_desk).await;
    let mut admin = world.admin().await;
    let secret = secret(&mut admin, "nodes:enroll").await;
    let mut client = host(&world);
    let key = enrolled(&mut client, enrolment(&secret, "id-1", "PC-1", "windows")).await;
    let keyed = json!({ "node_key": key });
    let mut read =
        async || post(&mut client, "distributed/read", keyed.clone()).await.expect(200).json();
    let asked = read().await;
    assert!(asked["queries"]["khien_inventory_programs"].is_string(), "{asked}");
    assert!(asked["queries"].get("khien_inventory_deb_packages").is_none());
    assert_eq!(read().await, json!({ "node_invalid": false }), "asked once");
    // No answer came within the hour.
    world.clock.advance(HOUR_MS);
    assert!(read().await["queries"].is_object());
    let written = json!({
        "node_key": key,
        "queries": {
            "khien_inventory_programs": [
                { "name": "3CX Desktop App", "version": "18.12.416", "publisher": "3CX Ltd.", "install_date": "20230324" },
                { "name": "7-Zip", "version": "23.01", "publisher": "Igor Pavlov", "install_date": "20230324" },
            ],
            "khien_inventory_os_version": "",
            "somebody_elses": [{ "a": "1" }],
        },
        "statuses": { "khien_inventory_programs": 0, "khien_inventory_os_version": 1, "somebody_elses": 0 },
        "messages": { "khien_inventory_os_version": "timed out" },
    });
    let mut writer = host(&world);
    post(&mut writer, "distributed/write", written).await.expect(200);
    let mut read =
        async || post(&mut writer, "distributed/read", json!({ "node_key": key })).await.json();
    world.clock.advance(2 * HOUR_MS);
    assert_eq!(read().await, json!({ "node_invalid": false }), "it was answered");
    world.clock.advance(22 * HOUR_MS);
    assert!(read().await["queries"].is_object(), "a day later");
    let rows = ask(&world, "SELECT host, class, fields FROM events WHERE host <> ''", 3).await;
    let software =
        rows.iter().filter(|row| row["fields"].to_string().contains("18.12.416")).count();
    assert_eq!(software, 1, "{rows:?}");
    assert!(rows.iter().any(|row| row["fields"].to_string().contains("timed out")));
    // Nobody stays signed in for so long.
    let (mut machine, _) = {
        admin.sign_in("admin", crate::world::PASSWORD, "").await.expect(303);
        world.machine(&mut admin, &["inventory:read"]).await
    };
    let nodes = machine.get("/api/v1/nodes").await.expect(200).json();
    assert!(nodes["items"][0]["inventory"].is_string(), "{nodes}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_and_secrets_that_do_not_count_are_told_so() {
    let world = World::start_with(with_desk).await;
    let mut admin = world.admin().await;
    let good = secret(&mut admin, "nodes:enroll").await;
    let other = secret(&mut admin, "events:write").await;
    let mut client = host(&world);
    for wrong in ["", "nothing", &good[..good.len() - 1], &other] {
        let request = enrolment(wrong, "id-1", "web-1", "ubuntu");
        let answer = post(&mut client, "enroll", request).await.expect(200).json();
        assert_eq!(answer["node_invalid"], true);
        assert!(answer["error"].is_string() && answer.get("node_key").is_none(), "{answer}");
    }
    // The secret of enrolment sends nothing else.
    let mut machine = Client::machine(world.started.address, &good);
    machine.json("POST", "/api/v1/events", json!({})).await.expect(403);
    let key = enrolled(&mut client, enrolment(&good, "id-1", "web-1", "ubuntu")).await;
    let empty = |key: &str, what: &str| match what {
        "log" => json!({ "node_key": key, "log_type": "result", "data": [] }),
        _ => json!({ "node_key": key }),
    };
    let forged: String = key.split('_').next().unwrap().to_owned() + "_" + &"a".repeat(52);
    for what in ["config", "distributed/read", "distributed/write", "log"] {
        for wrong in ["", "nothing", forged.as_str()] {
            let answer = post(&mut client, what, empty(wrong, what)).await.expect(200).json();
            assert_eq!(answer, json!({ "node_invalid": true }), "{what}");
        }
        let answer = post(&mut client, what, empty(&key, what)).await.expect(200).json();
        assert_eq!(answer["node_invalid"], false, "{what}");
        // What is not taken says `error`, whatever the status: clients look at nothing else.
        let answer = post(&mut client, &format!("{what}s"), json!({ "node_key": key })).await;
        assert!(answer.expect(404).json()["error"].is_string(), "{what}");
    }
    let no_log = json!({ "node_key": key, "log_type": "carve", "data": [] });
    let answer = post(&mut client, "log", no_log).await.expect(400).json();
    assert!(answer["error"].is_string() && answer["node_invalid"] == false, "{answer}");
    // A token that was revoked enrols nobody, and those who have enrolled stay.
    let tokens = admin.get("/api/v1/tokens?q=fleet").await.json();
    for token in tokens["items"].as_array().unwrap() {
        let id = token["id"].as_str().unwrap();
        admin.delete(&format!("/api/v1/tokens/{id}")).await.expect(204);
    }
    let answer = post(&mut client, "enroll", enrolment(&good, "id-2", "web-2", "ubuntu")).await;
    assert_eq!(answer.json()["node_invalid"], true);
    let answer = post(&mut client, "config", json!({ "node_key": key })).await.json();
    assert_eq!(answer["node_invalid"], false);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_are_listed_and_revoked() {
    let world = World::start_with(with_desk).await;
    let mut admin = world.admin().await;
    let secret = secret(&mut admin, "nodes:enroll").await;
    let mut client = host(&world);
    let first = enrolled(&mut client, enrolment(&secret, "id-1", "web-1", "ubuntu")).await;
    enrolled(&mut client, enrolment(&secret, "id-2", "PC-1", "windows")).await;
    // One that was set up anew; two hosts of one name cannot take turns, though.
    let again = enrolment(&secret, "id-1", "web-1b", "debian");
    let answer = post(&mut client, "enroll", again.clone()).await.json();
    assert!(answer["error"].as_str().unwrap().contains("just enrolled"), "{answer}");
    world.clock.advance(61_000);
    let key = enrolled(&mut client, again.clone()).await;
    let answer = post(&mut client, "config", json!({ "node_key": first })).await.json();
    assert_eq!(answer["node_invalid"], true, "the old key counts no more");
    let nodes = admin.get("/api/v1/nodes?sort=hostname").await.expect(200).json();
    assert_eq!(nodes["total"], 2);
    let web = &nodes["items"][1];
    assert_eq!(
        (
            &web["hostname"],
            &web["platform"],
            &web["os"],
            &web["version"],
            &web["address"],
            &web["token"]
        ),
        (
            &json!("web-1b"),
            &json!("linux"),
            &json!("Ubuntu 24.04"),
            &json!("5.19.0"),
            &json!("127.0.0.1"),
            &json!("fleet")
        )
    );
    assert!(!nodes.to_string().contains(&key));
    let found = admin.get("/api/v1/nodes?q=pc-1").await.expect(200).json();
    assert_eq!(found["total"], 1);
    let path = format!("/api/v1/nodes/{}", web["id"].as_str().unwrap());
    let (mut viewer, _) = world.person(&mut admin, "xem", "viewer").await;
    viewer.json("PATCH", &path, json!({ "revoked": true })).await.expect(403);
    let revoked = admin.json("PATCH", &path, json!({ "revoked": true })).await.expect(200).json();
    assert!(revoked["revoked"].is_string());
    let answer =
        post(&mut client, "log", json!({ "node_key": key, "log_type": "result", "data": [] }))
            .await;
    assert_eq!(answer.json()["node_invalid"], true);
    world.clock.advance(61_000);
    let answer = post(&mut client, "enroll", again.clone()).await.json();
    assert!(answer["error"].as_str().unwrap().contains("revoked"), "{answer}");
    admin.json("PATCH", &path, json!({ "revoked": false })).await.expect(200);
    let answer = post(&mut client, "config", json!({ "node_key": key })).await.json();
    assert_eq!(answer["node_invalid"], true, "the key stays lost");
    enrolled(&mut client, again).await;
    let entries = admin.get("/api/v1/audit?q=node.").await.expect(200).json();
    let actions: Vec<&str> = entries["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["action"].as_str().unwrap())
        .collect();
    assert_eq!(
        actions,
        [
            "node.enrolled",
            "node.readmitted",
            "node.revoked",
            "node.enrolled",
            "node.enrolled",
            "node.enrolled"
        ]
    );
    // Who may do what is in a form that nobody can send by a page of another site: cookies count for nothing there.
    let mut page = admin.clone();
    page.headers = vec![("sec-fetch-site".to_owned(), "cross-site".to_owned())];
    let answer = post(&mut page, "config", json!({})).await.expect(200).json();
    assert_eq!(answer["node_invalid"], true);
    world.stop().await;
}

#[tokio::test]
async fn without_a_lake_nothing_is_taken_and_nobody_asked() {
    let world = World::start().await;
    let mut admin = world.admin().await;
    let secret = secret(&mut admin, "nodes:enroll").await;
    let mut client = host(&world);
    let key = enrolled(&mut client, enrolment(&secret, "id-1", "web-1", "ubuntu")).await;
    let answer = post(&mut client, "distributed/read", json!({ "node_key": key })).await.json();
    assert_eq!(answer, json!({ "node_invalid": false }));
    let rows = json!({ "node_key": key, "log_type": "result", "data": [{ "name": "x", "action": "added" }] });
    let answer = post(&mut client, "log", rows).await.expect(503);
    assert!(!answer.header("retry-after").is_empty());
    assert!(answer.json()["error"].is_string());
}
