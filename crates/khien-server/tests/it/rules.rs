//! Rules over HTTP: listed, added, turned off and on, tried, each held against the real pipeline and a real lake.

mod hostile;
mod intel;
mod switch;
mod trial;

use std::time::Duration;

use khien_server::Config;
use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::events::{JSON, send, with_desk};
use crate::process::program;
use crate::world::World;

const PATH: &str = "/api/v1/rules";
/// A rule for a question for a name that ends so.
const ID: &str = "11111111-1111-4111-8111-111111111111";

fn rule(id: &str, title: &str, name: &str) -> String {
    format!(
        "title: {title}\nid: {id}\nname: {name}\nstatus: test\nauthor: Linh\ndate: 2026-09-01\n\
         logsource:\n    product: windows\n    category: dns_query\ndetection:\n    selection:\n        \
         QueryName|endswith: '.{name}.example'\n    condition: selection\nlevel: high\n\
         tags:\n    - attack.t1071.004\n"
    )
}

/// A correlation over a rule of this name.
fn twice(id: &str, of: &str) -> String {
    format!(
        "title: Twice\nid: {id}\ncorrelation:\n    type: event_count\n    rules:\n        - {of}\n    \
         group-by:\n        - Computer\n    timespan: 1h\n    condition:\n        gte: 2\nlevel: critical\n"
    )
}

/// What a sensor sends of a question, at a second near the server's time (2026-09-21 14:13:20).
fn asks(host: &str, name: &str, second: u32) -> String {
    json!({
        "EventID": 22, "SourceName": "Microsoft-Windows-Sysmon", "Hostname": host,
        "UtcTime": format!("2026-09-21 12:00:{second:02}.000"), "ProcessId": 4711,
        "Image": "C:\\Program Files\\Softphone\\softphone.exe",
        "QueryName": format!("a.{name}.example"), "QueryResults": "192.0.2.7;",
    })
    .to_string()
}

/// A lake beside the state, and rules that are tried in a process of their own.
fn with_reader(config: &mut Config) {
    with_desk(config);
    config.program = Some(program());
}

async fn add(who: &mut Client, text: &str) -> Answer {
    who.json("POST", PATH, json!({ "text": text })).await
}

async fn show(who: &mut Client, id: &str) -> Value {
    who.get(&format!("{PATH}/{id}")).await.expect(200).json()
}

/// Turns a rule off or on as it now is, and waits until that counts.
async fn switch(who: &mut Client, id: &str, on: bool) {
    let version = show(who, id).await["rule"]["version"].clone();
    let asked = json!({ "on": on, "reason": "ticket 4711", "version": version });
    let rule = who.json("PATCH", &format!("{PATH}/{id}"), asked).await.expect(200).json();
    assert_eq!(rule["state"], if on { "on" } else { "off" });
    settle().await;
}

/// What was changed counts within seconds.
async fn settle() {
    tokio::time::sleep(Duration::from_secs(4)).await;
}

/// The hosts of a rule's alerts.
async fn hosts(who: &mut Client, id: &str) -> Vec<String> {
    let page = who.get("/api/v1/alerts?sort=first&limit=200").await.expect(200).json();
    let items = page["items"].as_array().unwrap().iter();
    let of = items.filter(|alert| alert["rule"] == id);
    let mut hosts: Vec<String> =
        of.map(|alert| alert["hosts"][0].as_str().unwrap().to_owned()).collect();
    hosts.sort();
    hosts
}

/// Waits until the marker of this host has raised an alert: all that came before it was looked at.
async fn marked(who: &mut Client, machine: &mut Client, marker: &str, host: &str) {
    send(machine, &[JSON], asks(host, "marker", 59)).await.expect(202);
    for _ in 0..300 {
        if hosts(who, marker).await.iter().any(|one| one == host) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    panic!("the marker raised no alert within half a minute");
}

async fn signed_in(world: &World) -> Client {
    let mut admin = world.browser();
    admin.sign_in("admin", crate::world::PASSWORD, "").await.expect(303);
    admin
}

#[tokio::test]
async fn all_rules_are_listed_narrowed_and_told_with_their_cases() {
    let world = World::start().await;
    let mut admin = world.admin().await;
    let (mut viewer, _) = world.person(&mut admin, "xem", "viewer").await;
    let all = viewer.get(&format!("{PATH}?limit=1000")).await.expect(200).json();
    let items = all["items"].as_array().unwrap();
    assert!(items.len() >= 50 && all["total"] == items.len());
    assert!(items.iter().all(|rule| rule["origin"] == "built_in" && rule["state"] == "on"));
    assert!(items.iter().all(|rule| rule["modified"].is_string() && rule["author"] != ""));
    let total = |page: Answer| page.expect(200).json()["total"].as_u64().unwrap();
    for (query, some) in [
        ("severity=high", true),
        ("severity=critical&kind=filter", false),
        ("kind=correlation", true),
        ("origin=built_in&state=on", true),
        ("origin=own", false),
        ("state=left_out", false),
        ("technique=t1195", true),
        ("technique=T1195.00", false),
        ("q=updater", true),
        ("q=nothing-is-called-so", false),
    ] {
        let found = total(viewer.get(&format!("{PATH}?{query}")).await);
        assert_eq!(found > 0, some, "{query}: {found}");
        assert!(found < all["total"].as_u64().unwrap() || query.starts_with("origin=built_in"));
    }
    viewer.get(&format!("{PATH}?state=nonsense")).await.expect(422);
    // Pages follow each other in every order, each rule once.
    for sort in ["title", "-severity", "modified", "-alerts", "last"] {
        let (mut seen, mut after) = (Vec::new(), String::new());
        loop {
            let page = viewer.get(&format!("{PATH}?limit=7&sort={sort}{after}")).await.expect(200);
            let page = page.json();
            let ids = page["items"].as_array().unwrap().iter();
            seen.extend(ids.map(|rule| rule["id"].as_str().unwrap().to_owned()));
            let Some(next) = page["next"].as_str() else { break };
            after = format!("&after={next}");
        }
        let once: std::collections::BTreeSet<&String> = seen.iter().collect();
        assert_eq!((once.len(), seen.len()), (items.len(), items.len()), "{sort}");
    }
    // One with its test cases, run now.
    let shell = viewer.get(&format!("{PATH}?q=updater_shell_child")).await.expect(200).json();
    let detail = show(&mut viewer, shell["items"][0]["id"].as_str().unwrap()).await;
    let cases = detail["cases"].as_array().unwrap();
    assert!(cases.len() >= 2 && cases.iter().all(|case| case["passed"] == true), "{cases:?}");
    assert!(
        cases.iter().any(|case| case["hit"] == true) && cases.iter().any(|c| c["hit"] == false)
    );
    assert!(detail["text"].as_str().unwrap().contains("detection:"));
    // A correlation names what it stands on, and those name it.
    let of = viewer.get(&format!("{PATH}?kind=correlation")).await.expect(200).json();
    let detail = show(&mut viewer, of["items"][0]["id"].as_str().unwrap()).await;
    let base = detail["stands_on"][0]["id"].as_str().unwrap();
    let base = show(&mut viewer, base).await;
    assert!(base["used_by"].as_array().unwrap().iter().any(|r| r["id"] == of["items"][0]["id"]));
    assert_eq!(base["cases"], json!([]), "cases of a file are about what its last rule raises");
    viewer.get(&format!("{PATH}/nothing")).await.expect(404);
    world.stop().await;
}

#[tokio::test]
async fn rules_are_read_before_they_are_kept_and_kept_whole() {
    let world = World::start().await;
    let mut admin = world.admin().await;
    let (mut analyst, _) = world.person(&mut admin, "linh", "analyst").await;
    let (mut viewer, _) = world.person(&mut admin, "xem", "viewer").await;
    let preview = format!("{PATH}/preview");
    let good = rule(ID, "Good", "good");
    let broken = good
        .replace(ID, "22222222-2222-4222-8222-222222222222")
        .replace("condition: selection", "condition: selection and other");
    let text = format!(
        "{good}---\n{broken}---\n{}",
        twice("33333333-3333-4333-8333-333333333333", "good")
    );
    let read = analyst.json("POST", &preview, json!({ "text": text })).await.expect(200).json();
    let documents = read["documents"].as_array().unwrap();
    assert_eq!((documents.len(), &read["usable"]), (3, &json!(2)), "{read:#}");
    assert_eq!(
        (&documents[0]["kind"], &documents[0]["severity"]),
        (&json!("rule"), &json!("high"))
    );
    let lines = good.lines().count() as u64;
    let condition = 1 + broken.lines().position(|line| line.contains("condition")).unwrap() as u64;
    assert_eq!(documents[1]["line"], lines + 2);
    assert_eq!(documents[1]["fault"]["line"], lines + 1 + condition, "{read:#}");
    assert_eq!(
        (&documents[2]["kind"], &documents[2]["fault"]),
        (&json!("correlation"), &Value::Null)
    );
    // All or nothing.
    let refused = add(&mut analyst, &text).await.expect(422).json();
    assert_eq!(refused["fields"][0]["field"], "text");
    assert!(refused["detail"].as_str().unwrap().starts_with("line "), "{refused}");
    assert_eq!(analyst.get(&format!("{PATH}?origin=own")).await.expect(200).json()["total"], 0);
    add(&mut viewer, &good).await.expect(403);

    let both = format!("{good}---\n{}", twice("33333333-3333-4333-8333-333333333333", "good"));
    let made = add(&mut analyst, &both).await.expect(201).json();
    let ids: Vec<&str> =
        made["items"].as_array().unwrap().iter().map(|r| r["id"].as_str().unwrap()).collect();
    assert_eq!(ids, [ID, "33333333-3333-4333-8333-333333333333"]);
    assert_eq!(
        (&made["items"][0]["origin"], &made["items"][0]["added_by"]),
        (&json!("own"), &json!("linh"))
    );
    // Once only, by id as by title.
    let again = add(&mut analyst, &good).await.expect(422).json();
    assert_eq!(again["fields"][0]["code"], "id_taken");
    let twice_in_it = good.replace(ID, "44444444-4444-4444-8444-444444444444");
    let refused = add(&mut analyst, &format!("{twice_in_it}---\n{twice_in_it}")).await.expect(422);
    assert_eq!(refused.json()["fields"][0]["code"], "id_twice");
    let built_in = admin.get(&format!("{PATH}?origin=built_in&limit=1")).await.expect(200).json();
    let built_in = built_in["items"][0]["id"].as_str().unwrap().to_owned();
    let refused = add(&mut analyst, &good.replace(ID, &built_in)).await.expect(422).json();
    assert_eq!(refused["fields"][0]["code"], "id_taken");
    // What ships is neither replaced nor removed.
    let refused = analyst.delete(&format!("{PATH}/{built_in}")).await.expect(422).json();
    assert_eq!(refused["fields"][0]["code"], "not_own");

    // Replaced, with the version that was looked at, under the same id.
    let path = format!("{PATH}/{ID}");
    let version = show(&mut analyst, ID).await["rule"]["version"].clone();
    let other = good.replace("title: Good", "title: Better");
    let put = |text: &str, version: &Value| json!({ "text": text, "version": version });
    let done = analyst.json("PUT", &path, put(&other, &version)).await.expect(200).json();
    assert_eq!((&done["title"], &done["id"]), (&json!("Better"), &json!(ID)));
    let stale = analyst.json("PUT", &path, put(&good, &version)).await.expect(409);
    assert_eq!(stale.code(), "changed");
    let version = done["version"].clone();
    let moved = other.replace(ID, "55555555-5555-4555-8555-555555555555");
    let refused = analyst.json("PUT", &path, put(&moved, &version)).await.expect(422).json();
    assert_eq!(refused["fields"][0]["code"], "id_changed");
    let refused = analyst.json("PUT", &path, put(&both, &version)).await.expect(422);
    assert_eq!(refused.json()["fields"][0]["field"], "text");
    // One without an id keeps the address that was made for it.
    let nameless = good.replace(&format!("id: {ID}\n"), "").replace("Good", "Nameless");
    let made =
        add(&mut analyst, &nameless.replace("name: good", "name: less")).await.expect(201).json();
    let id = made["items"][0]["id"].as_str().unwrap().to_owned();
    let changed = nameless.replace("name: good", "name: less").replace("level: high", "level: low");
    let asked = put(&changed, &made["items"][0]["version"]);
    let done = analyst.json("PUT", &format!("{PATH}/{id}"), asked).await.expect(200).json();
    assert_eq!(done["severity"], "low");

    // Removed, as it was looked at: the correlation that stands on it is left out, and says why.
    let refused = analyst.delete(&path).await.expect(422).json();
    assert_eq!(refused["fields"], json!([{ "field": "version", "code": "missing" }]));
    analyst.delete(&format!("{path}?version=1")).await.expect(409);
    let seen = format!("{path}?version={version}");
    analyst.delete(&seen).await.expect(204);
    analyst.delete(&seen).await.expect(404);
    let left = show(&mut analyst, "33333333-3333-4333-8333-333333333333").await;
    assert_eq!(left["rule"]["state"], "left_out");
    assert_eq!(left["rule"]["left_out"]["code"], "missing-reference", "{left:#}");
    assert!(left["rule"]["left_out"]["detail"].as_str().unwrap().contains("good"));
    // Whoever comes later finds all of it in the audit log, and in the rule's history when it comes again.
    let entries = admin.get("/api/v1/audit?q=rule.&limit=200").await.expect(200).json();
    let actions: Vec<&str> = entries["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["action"].as_str().unwrap())
        .collect();
    for action in ["rule.added", "rule.replaced", "rule.removed"] {
        assert!(actions.contains(&action), "{actions:?}");
    }
    add(&mut analyst, &good).await.expect(201);
    let history = show(&mut analyst, ID).await["history"].clone();
    let acts: Vec<&str> =
        history.as_array().unwrap().iter().map(|one| one["act"].as_str().unwrap()).collect();
    assert_eq!(acts, ["added", "removed", "replaced", "added"]);
    // All of it outlives the process.
    let (folder, clock) = world.stop().await;
    let world = World::start_in(folder, clock, |_| {}).await;
    let mut admin = signed_in(&world).await;
    assert_eq!(show(&mut admin, ID).await["rule"]["state"], "on");
    assert_eq!(show(&mut admin, &id).await["rule"]["title"], "Nameless");
    world.stop().await;
}

#[tokio::test]
async fn of_two_who_change_a_rule_one_is_told() {
    let world = World::start().await;
    let mut admin = world.admin().await;
    add(&mut admin, &rule(ID, "Good", "good")).await.expect(201);
    let path = format!("{PATH}/{ID}");
    let off = json!({ "on": false, "reason": "noise", "version": 1 });
    let mut clients: Vec<Client> = (0..8).map(|_| admin.clone()).collect();
    let asked = clients.iter_mut().map(|client| client.json("PATCH", &path, off.clone()));
    let statuses: Vec<u16> =
        futures::future::join_all(asked).await.iter().map(|a| a.status.as_u16()).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 7, "{statuses:?}");
    // Those who add at the same time do not take each other's names.
    let texts: Vec<String> = (0..6)
        .map(|n| rule("66666666-6666-4666-8666-666666666666", &format!("Rule {n}"), "six"))
        .collect();
    let asked = clients
        .iter_mut()
        .zip(&texts)
        .map(|(client, text)| client.json("POST", PATH, json!({ "text": text })));
    let statuses: Vec<u16> =
        futures::future::join_all(asked).await.iter().map(|a| a.status.as_u16()).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [201, 409, 422].contains(status)), "{statuses:?}");
    world.stop().await;
}
