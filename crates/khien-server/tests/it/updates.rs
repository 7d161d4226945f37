//! Updates over HTTP: sent, read in a confined child, decided about, published and traced.

mod arrive;
mod survive;
mod trace;
mod trust;

use std::time::Duration;

use bytes::Bytes;
use khien_server::Config;
use khien_testkit::release::{Artefact, Case, benign_cases, cases};
use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::process::program;
use crate::world::{HOUR_MS, World};

const PATH: &str = "/api/v1/updates";
const BYTES: (&str, &str) = ("content-type", "application/octet-stream");

/// A server that reads updates as `khien serve` does.
fn with_reader(config: &mut Config) {
    config.program = Some(program());
}

fn case(name: &str) -> Case {
    cases().into_iter().chain(benign_cases()).find(|case| case.name == name).unwrap()
}

async fn send(who: &mut Client, query: &str, bytes: impl Into<Bytes>) -> Answer {
    who.send("POST", &format!("{PATH}?{query}"), &[BYTES], bytes.into()).await
}

/// Sends a release, and waits until it was read.
async fn vetted(world: &World, who: &mut Client, release: &Artefact) -> Value {
    let query = serde_urlencoded::to_string([("name", &release.file_name)]).unwrap();
    let sent = send(who, &query, release.bytes.clone()).await.expect(202).json();
    read(world, who, sent["update"]["id"].as_str().unwrap()).await
}

/// Waits until an update was read, and gives all there is of it.
async fn read(world: &World, who: &mut Client, id: &str) -> Value {
    for _ in 0..900 {
        let detail = who.get(&format!("{PATH}/{id}")).await.expect(200).json();
        match detail["update"]["state"].as_str().unwrap() {
            "done" => return detail,
            "queued" | "reading" => {}
            other => panic!("{other}: {}", detail["update"]["failure"]),
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        // Who asks so often has to let time go by.
        world.clock.advance(50);
    }
    panic!("it was not read within a minute and a half");
}

/// Decides about an update as it now is.
async fn decide(who: &mut Client, id: &str, mut with: Value) -> Answer {
    let detail = who.get(&format!("{PATH}/{id}")).await.expect(200).json();
    let fields = with.as_object_mut().unwrap();
    fields.entry("revision").or_insert(detail["update"]["revision"].clone());
    fields.entry("reason").or_insert(json!("ticket 4711"));
    who.json("POST", &format!("{PATH}/{id}/decision"), with).await
}

fn id_of(detail: &Value) -> String {
    detail["update"]["id"].as_str().unwrap().to_owned()
}

/// A time so many hours from now.
fn in_hours(world: &World, hours: i64) -> Value {
    use khien_server::Clock;
    json!(khien_wire::Time::from_ms(world.clock.now_ms() + hours * HOUR_MS))
}

/// Hashes of what may be rolled out.
async fn allowed(who: &mut Client) -> Vec<String> {
    let list = who.get(&format!("{PATH}/allow-list")).await.expect(200).json();
    assert_eq!(list["schema"], "khien.allow-list/1");
    let items = list["items"].as_array().unwrap().iter();
    items.map(|item| item["sha256"].as_str().unwrap().to_owned()).collect()
}

async fn names(who: &mut Client, query: &str) -> Vec<String> {
    let page = who.get(&format!("{PATH}?{query}")).await.expect(200).json();
    assert_eq!(page["total"], page["items"].as_array().unwrap().len());
    let items = page["items"].as_array().unwrap().iter();
    items.map(|item| item["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_is_compared_with_those_that_people_trust() {
    let world = World::start_with(with_reader).await;
    let mut admin = world.admin().await;
    let (mut analyst, _) = world.person(&mut admin, "linh", "analyst").await;
    let (mut approver, _) = world.person(&mut admin, "hai", "approver").await;
    let case = case("3cx-windows-nupkg");

    // The first of its product has nothing to be compared with: nobody knows, so nothing passes.
    let first = vetted(&world, &mut analyst, &case.old).await;
    let (update, dossier) = (&first["update"], &first["dossier"]);
    assert_eq!(
        (&update["verdict"], &dossier["first"]),
        (&json!("unknown"), &json!(true)),
        "{dossier:#}"
    );
    assert_eq!((&update["standing"], &update["kept"]), (&json!("undecided"), &json!(true)));
    assert_eq!((&update["by"]["name"], &update["origin"]), (&json!("linh"), &json!("upload")));
    assert_eq!(dossier["gaps"][0]["code"], "no_earlier", "{dossier:#}");
    assert!(dossier["gaps"][0]["what"].as_str().unwrap().contains("trusted"));
    assert_eq!(dossier["reasons"], json!([]));
    assert!(!update["product"].as_str().unwrap().is_empty() && update["version"].is_string());
    let old = id_of(&first);
    assert_eq!(allowed(&mut analyst).await, Vec::<String>::new());

    // To pass what vetting does not pass takes an approver.
    let refused = decide(&mut analyst, &old, json!({ "decision": "pass" })).await.expect(403);
    assert_eq!(refused.code(), "forbidden");
    let passed =
        decide(&mut approver, &old, json!({ "decision": "pass" })).await.expect(200).json();
    assert_eq!(
        (&passed["standing"], &passed["decision"]["owner"]),
        (&json!("passed"), &json!("hai"))
    );
    assert_eq!(passed["decision"]["verdict"], "unknown");
    assert_eq!(allowed(&mut analyst).await, [update["sha256"].as_str().unwrap()]);

    // The next is compared with it.
    let second = vetted(&world, &mut analyst, &case.new).await;
    let (update, dossier) = (&second["update"], &second["dossier"]);
    assert_eq!(update["verdict"], "block", "{dossier:#}");
    assert_eq!(update["compared_with"], first["update"]["version"]);
    assert_eq!((&dossier["first"], &dossier["earlier_count"]), (&json!(false), &json!(1)));
    let reason = &dossier["reasons"][0];
    assert!(case.first_cause.split('|').any(|kind| reason["kind"] == kind), "{reason:#}");
    assert_eq!(update["first_reason"], reason["kind"]);
    assert_eq!(update["first_reason_title"], reason["title"]);
    for words in
        [&reason["title"], &reason["why"], &reason["benign"], &dossier["meaning"], &dossier["code"]]
    {
        let words = words.as_str().unwrap();
        assert!(words.contains(' ') && !words.contains("vet."), "{words}");
    }
    assert!(
        dossier["score"].as_f64().unwrap() > 0.0 && dossier["file_count"].as_u64().unwrap() > 0
    );
    let drift = second["drift"].as_array().unwrap();
    let points: Vec<&Value> = drift.iter().map(|point| &point["verdict"]).collect();
    assert_eq!(points, ["unknown", "block"]);
    assert!(drift[0]["score"].is_null(), "what could not be compared has no score");
    let whole = analyst.get(&format!("{PATH}/{}/dossier", id_of(&second))).await.expect(200).json();
    assert_eq!((&whole["schema"], &whole["decision"]), (&json!("khien.vet/1"), &json!("block")));
    assert_eq!(whole["new"]["name"], case.new.file_name);
    assert_eq!(whole["new"]["sha256"], update["sha256"]);

    // In the language of the account.
    analyst.json("PATCH", "/api/v1/session", json!({ "locale": "vi" })).await.expect(200);
    let theirs = analyst.get(&format!("{PATH}/{}", id_of(&second))).await.expect(200).json();
    assert_ne!(theirs["dossier"]["reasons"][0]["title"], reason["title"]);
    assert_ne!(theirs["dossier"]["meaning"], dossier["meaning"]);

    // An honest release of the same product passes beside the same one, and is not allowed before somebody says so.
    let honest = vetted(&world, &mut analyst, &honest_of(&case)).await;
    assert_eq!(honest["update"]["verdict"], "pass", "{:#}", honest["dossier"]);
    assert_eq!(allowed(&mut analyst).await.len(), 1);
    let id = id_of(&honest);
    decide(&mut analyst, &id, json!({ "decision": "pass" })).await.expect(200);
    assert_eq!(allowed(&mut analyst).await.len(), 2);
    // Once it is trusted, the next one is compared with both; a repeated reading leaves out the release itself.
    analyst.send("POST", &format!("{PATH}/{id}/vet"), &[], Bytes::new()).await.expect(202);
    let again = read(&world, &mut analyst, &id).await;
    assert_eq!(
        (&again["update"]["verdict"], &again["dossier"]["same_bytes"]),
        (&json!("pass"), &json!(false))
    );
    world.stop().await;
}

/// The honest twin of a case's new release.
fn honest_of(bad: &Case) -> Artefact {
    let twin = benign_cases()
        .into_iter()
        .find(|twin| twin.old == bad.old && twin.container == bad.container);
    twin.unwrap().new
}

#[tokio::test(flavor = "multi_thread")]
async fn decisions_have_owner_reason_and_end_and_the_allow_list_is_what_they_say() {
    let world = World::start_with(with_reader).await;
    let mut admin = world.admin().await;
    let (mut analyst, _) = world.person(&mut admin, "linh", "analyst").await;
    let (mut approver, _) = world.person(&mut admin, "hai", "approver").await;
    let (mut viewer, _) = world.person(&mut admin, "xem", "viewer").await;
    let case = case("plain-update-zip");
    let one = id_of(&vetted(&world, &mut analyst, &case.old).await);
    let two = id_of(&vetted(&world, &mut analyst, &case.new).await);

    // What cannot be taken.
    let soon = in_hours(&world, 2);
    for (with, field, code) in [
        (json!({ "decision": "hold" }), "until", "missing"),
        (json!({ "decision": "hold", "until": "2020-01-01T00:00:00Z" }), "until", "not_future"),
        (json!({ "decision": "hold", "until": soon, "reason": " " }), "reason", "empty"),
        (
            json!({ "decision": "hold", "until": soon, "reason": "a".repeat(1001) }),
            "reason",
            "too_long",
        ),
        (json!({ "decision": "hold", "until": soon, "owner": "nobody" }), "owner", "unknown_word"),
    ] {
        let refused = decide(&mut analyst, &one, with).await.expect(422).json();
        assert_eq!(refused["fields"], json!([{ "field": field, "code": code }]));
    }
    decide(&mut analyst, &one, json!({ "decision": "roll it out" })).await.expect(422);
    decide(&mut viewer, &one, json!({ "decision": "block" })).await.expect(403);
    let stale = json!({ "decision": "block", "revision": 1 });
    assert_eq!(decide(&mut analyst, &one, stale).await.expect(409).code(), "changed");

    // A hold that nobody came back to is overdue.
    let hold = json!({ "decision": "hold", "until": soon, "owner": "hai" });
    let held = decide(&mut analyst, &one, hold).await.expect(200).json();
    assert_eq!((&held["standing"], &held["decision"]["owner"]), (&json!("held"), &json!("hai")));
    assert_eq!(
        names(&mut analyst, "standing=held&owner=hai").await,
        std::slice::from_ref(&case.old.file_name)
    );
    assert_eq!(
        names(&mut analyst, "standing=open").await,
        std::slice::from_ref(&case.new.file_name)
    );
    world.clock.advance(2 * HOUR_MS);
    assert_eq!(
        names(&mut analyst, "standing=overdue").await,
        std::slice::from_ref(&case.old.file_name)
    );
    assert_eq!(names(&mut analyst, "standing=open").await.len(), 2);

    // A block is lifted by an approver only.
    decide(&mut analyst, &one, json!({ "decision": "block" })).await.expect(200);
    let later = in_hours(&world, 1);
    decide(&mut analyst, &one, json!({ "decision": "hold", "until": later })).await.expect(403);
    decide(&mut analyst, &one, json!({ "decision": "pass" })).await.expect(403);
    let pass = json!({ "decision": "pass", "until": later });
    decide(&mut approver, &one, pass).await.expect(200);

    // The list, for machines: told apart by its tag, and at an end with what it rests on.
    let (mut tool, _) = world.machine(&mut admin, &["allow-list:read"]).await;
    let list = tool.get(&format!("{PATH}/allow-list")).await.expect(200);
    let item = list.json()["items"][0].clone();
    assert_eq!((&item["by"], &item["until"]), (&json!("hai"), &later));
    assert_eq!(item["name"], case.old.file_name);
    let file = world.folder.path().join("state/updates/allow-list.json");
    let on_disk: Value = serde_json::from_reader(std::fs::File::open(&file).unwrap()).unwrap();
    assert_eq!(on_disk, list.json());
    let tag = list.header("etag").to_owned();
    let known = [("if-none-match", tag.as_str())];
    tool.send("GET", &format!("{PATH}/allow-list"), &known, Bytes::new()).await.expect(304);
    tool.get(PATH).await.expect(403);
    world.clock.advance(HOUR_MS);
    let later =
        tool.send("GET", &format!("{PATH}/allow-list"), &known, Bytes::new()).await.expect(200);
    assert_eq!(later.json()["items"], json!([]));
    assert_eq!(
        names(&mut analyst, "standing=lapsed").await,
        std::slice::from_ref(&case.old.file_name)
    );
    assert_eq!(
        names(&mut analyst, "standing=undecided").await,
        std::slice::from_ref(&case.new.file_name)
    );

    let detail = analyst.get(&format!("{PATH}/{one}")).await.expect(200).json();
    let told: Vec<(&Value, &Value)> = detail["decisions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (&one["decision"], &one["by"]["name"]))
        .collect();
    let (linh, hai) = (json!("linh"), json!("hai"));
    assert_eq!(told, [(&json!("pass"), &hai), (&json!("block"), &linh), (&json!("hold"), &linh)]);
    // Vetting said so before anybody trusted the one before it; it is read again with what is trusted now.
    assert_eq!(
        analyst.get(&format!("{PATH}/{two}")).await.expect(200).json()["update"]["verdict"],
        "unknown"
    );
    for (action, count) in [("update.arrived", 2), ("update.vetted", 2), ("update.decided", 3)] {
        let entries = admin.get(&format!("/api/v1/audit?action={action}")).await.expect(200).json();
        assert_eq!(entries["total"], count, "{action}");
    }
    world.stop().await;
}
