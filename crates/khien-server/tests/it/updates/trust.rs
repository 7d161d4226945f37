//! What is decided rests on what was read, and what was read on what is trusted.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};

use super::arrive::noise;
use super::{
    PATH, allowed, case, decide, honest_of, id_of, names, read, send, vetted, with_reader,
};
use crate::client::Client;
use crate::process::program;
use crate::world::World;

/// Asks until an update is as wanted.
async fn until(
    who: &mut Client,
    world: &World,
    id: &str,
    wanted: impl Fn(&Value) -> bool,
) -> Value {
    let mut update = Value::Null;
    for _ in 0..600 {
        update = who.get(&format!("{PATH}/{id}")).await.expect(200).json()["update"].clone();
        if wanted(&update) {
            return update;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        world.clock.advance(50);
    }
    panic!("it is never so: {update:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_rested_on_a_release_that_is_blocked_later_is_read_again() {
    let world = World::start_with(with_reader).await;
    let mut admin = world.admin().await;
    let (mut analyst, _) = world.person(&mut admin, "linh", "analyst").await;
    let (mut approver, _) = world.person(&mut admin, "hai", "approver").await;
    let case = case("3cx-windows-nupkg");
    let old = id_of(&vetted(&world, &mut analyst, &case.old).await);
    decide(&mut approver, &old, json!({ "decision": "pass" })).await.expect(200);
    let honest = vetted(&world, &mut analyst, &honest_of(&case)).await;
    assert_eq!(honest["update"]["verdict"], "pass");
    let (id, sha256) = (id_of(&honest), honest["update"]["sha256"].as_str().unwrap());
    let passed = decide(&mut analyst, &id, json!({ "decision": "pass" })).await.expect(200).json();
    assert_eq!(passed["contested"], false);
    assert_eq!(names(&mut analyst, "standing=open").await, Vec::<String>::new());

    decide(&mut analyst, &old, json!({ "decision": "block" })).await.expect(200);
    let again = until(&mut analyst, &world, &id, |update| update["contested"] == true).await;
    // It stands as it was decided, and somebody has to look at it.
    assert_eq!((&again["standing"], &again["verdict"]), (&json!("passed"), &json!("unknown")));
    assert_eq!(names(&mut analyst, "standing=open").await, [again["name"].as_str().unwrap()]);
    assert_eq!(allowed(&mut analyst).await, [sha256]);
    decide(&mut analyst, &id, json!({ "decision": "pass" })).await.expect(403);
    let settled =
        decide(&mut approver, &id, json!({ "decision": "pass" })).await.expect(200).json();
    assert_eq!(settled["contested"], false);
    assert_eq!(names(&mut analyst, "standing=open").await, Vec::<String>::new());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_that_cannot_be_done_again_shows_and_vouches_for_nothing() {
    let world = World::start_with(with_reader).await;
    let mut admin = world.admin().await;
    let (mut analyst, _) = world.person(&mut admin, "linh", "analyst").await;
    let (mut approver, _) = world.person(&mut admin, "hai", "approver").await;
    let case = case("3cx-windows-nupkg");
    let old = id_of(&vetted(&world, &mut analyst, &case.old).await);
    decide(&mut approver, &old, json!({ "decision": "pass" })).await.expect(200);
    let honest = vetted(&world, &mut analyst, &honest_of(&case)).await;
    let id = id_of(&honest);
    let sha256 = honest["update"]["sha256"].as_str().unwrap();
    let bytes = world.folder.path().join("state/updates/files").join(sha256);
    let aside = world.folder.path().join("aside");
    fs::rename(&bytes, &aside).unwrap();
    world.clock.advance(1000);
    let vet = format!("{PATH}/{id}/vet");
    analyst.send("POST", &vet, &[], Bytes::new()).await.expect(202);
    let failed = until(&mut analyst, &world, &id, |update| update["failure"].is_string()).await;
    assert_eq!((&failed["state"], &failed["failure"]), (&json!("done"), &json!("gone")));
    assert_eq!(failed["verdict"], "pass", "as it was found before");
    decide(&mut analyst, &id, json!({ "decision": "pass" })).await.expect(403);
    fs::rename(&aside, &bytes).unwrap();
    world.clock.advance(1000);
    analyst.send("POST", &vet, &[], Bytes::new()).await.expect(202);
    until(&mut analyst, &world, &id, |update| update["failure"].is_null()).await;
    read(&world, &mut analyst, &id).await;
    decide(&mut analyst, &id, json!({ "decision": "pass" })).await.expect(200);
    world.stop().await;
}

/// A reader that begins when a file is there.
fn gated(place: &tempfile::TempDir) -> std::path::PathBuf {
    let (script, gate) = (place.path().join("reader"), place.path().join("gate"));
    let text = format!(
        "#!/bin/sh\nwhile [ ! -e '{}' ]; do sleep 0.05; done\nexec '{}' \"$@\"\n",
        gate.display(),
        program().display()
    );
    fs::write(&script, text).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    script
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_being_read_when_trust_ends_is_read_again() {
    let place = tempfile::tempdir().unwrap();
    let (reader, gate) = (gated(&place), place.path().join("gate"));
    fs::write(&gate, "").unwrap();
    let world = World::start_with(|config| config.program = Some(reader)).await;
    let mut admin = world.admin().await;
    let case = case("3cx-windows-nupkg");
    let old = id_of(&vetted(&world, &mut admin, &case.old).await);
    decide(&mut admin, &old, json!({ "decision": "pass" })).await.expect(200);
    fs::remove_file(&gate).unwrap();
    let new = honest_of(&case);
    let query = serde_urlencoded::to_string([("name", &new.file_name)]).unwrap();
    let sent = send(&mut admin, &query, new.bytes.clone()).await.expect(202).json();
    let id = sent["update"]["id"].as_str().unwrap().to_owned();
    until(&mut admin, &world, &id, |update| update["state"] == "reading").await;
    decide(&mut admin, &old, json!({ "decision": "block" })).await.expect(200);
    let waiting = until(&mut admin, &world, &id, |update| update["state"] == "queued").await;
    assert!(waiting["verdict"].is_null());
    fs::write(&gate, "").unwrap();
    // Nobody can pass it on what was compared with the release that counts no more.
    let detail = read(&world, &mut admin, &id).await;
    assert_eq!(
        (&detail["update"]["verdict"], &detail["dossier"]["first"]),
        (&json!("unknown"), &json!(true))
    );
    let vetted = "/api/v1/audit?action=update.vetted";
    assert_eq!(admin.get(vetted).await.expect(200).json()["total"], 3, "it was read twice");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_again_takes_an_approver() {
    let world = World::start_with(with_reader).await;
    let mut admin = world.admin().await;
    let (mut analyst, _) = world.person(&mut admin, "linh", "analyst").await;
    let case = case("3cx-windows-nupkg");
    let old = id_of(&vetted(&world, &mut admin, &case.old).await);
    decide(&mut admin, &old, json!({ "decision": "pass" })).await.expect(200);
    let honest = vetted(&world, &mut admin, &honest_of(&case)).await;
    let id = id_of(&honest);
    let sha256 = honest["update"]["sha256"].as_str().unwrap();
    fs::remove_file(world.folder.path().join("state/updates/files").join(sha256)).unwrap();
    let (folder, clock) = world.stop().await;
    let world = World::start_in(folder, clock, with_reader).await;
    admin = Client { cookies: admin.cookies, ..world.browser() };
    analyst = Client { cookies: analyst.cookies, ..world.browser() };
    let update = admin.get(&format!("{PATH}/{id}")).await.expect(200).json()["update"].clone();
    assert_eq!(
        (&update["verdict"], &update["kept"], &update["failure"]),
        (&json!("pass"), &json!(false), &Value::Null)
    );
    decide(&mut analyst, &id, json!({ "decision": "pass" })).await.expect(403);
    // What it was compared with counts no more; when its bytes come back, it is read again first.
    decide(&mut admin, &old, json!({ "decision": "block" })).await.expect(200);
    let query = serde_urlencoded::to_string([("name", &honest_of(&case).file_name)]).unwrap();
    let sent = send(&mut analyst, &query, honest_of(&case).bytes).await.expect(202).json();
    assert_eq!(sent["repeated"], true);
    assert_ne!(sent["update"]["state"], "done", "it waits or is being read");
    let again = read(&world, &mut analyst, &id).await;
    assert_eq!(again["update"]["verdict"], "unknown");
    decide(&mut analyst, &id, json!({ "decision": "pass" })).await.expect(403);
    decide(&mut admin, &id, json!({ "decision": "pass" })).await.expect(200);
    world.stop().await;
}

/// Trust is withdrawn also where the list cannot be written.
#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_cannot_be_written_keeps_nothing_trusted() {
    let world = World::start_with(with_reader).await;
    let mut admin = world.admin().await;
    let case = case("plain-update-zip");
    let old = id_of(&vetted(&world, &mut admin, &case.old).await);
    decide(&mut admin, &old, json!({ "decision": "pass" })).await.expect(200);
    let list = world.folder.path().join("state/updates/allow-list.json");
    fs::remove_file(&list).unwrap();
    fs::create_dir_all(list.join("in the way")).unwrap();
    decide(&mut admin, &old, json!({ "decision": "block" })).await.expect(200);
    let next = vetted(&world, &mut admin, &case.new).await;
    assert_eq!(next["dossier"]["first"], true, "{:#}", next["dossier"]);
    assert_eq!(allowed(&mut admin).await, Vec::<String>::new());
    world.stop().await;
}

/// A look may come upon a file again because its rights were changed: nobody asked for it.
#[tokio::test(flavor = "multi_thread")]
async fn what_made_way_does_not_come_back_from_the_watched_folder() {
    let inbox = tempfile::tempdir().unwrap();
    let folder = inbox.path().to_owned();
    let with_watch = |config: &mut khien_server::Config| {
        config.updates.bytes_max = 100 << 10;
        config.updates.watch = Some(folder);
        config.updates.watch_every = Duration::from_millis(50);
    };
    let world = World::start_with(with_watch).await;
    let mut admin = world.admin().await;
    let arrived = async |who: &mut Client, name: &str| {
        for _ in 0..200 {
            let page = who.get(&format!("{PATH}?q={name}")).await.expect(200).json();
            if page["total"] == 1 {
                return page["items"][0].clone();
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
            world.clock.advance(50);
        }
        panic!("{name} never comes");
    };
    let old = inbox.path().join("app-1.msi");
    fs::write(&old, noise(1, 60 << 10)).unwrap();
    let first = arrived(&mut admin, "app-1").await["id"].as_str().unwrap().to_owned();
    decide(&mut admin, &first, json!({ "decision": "block" })).await.expect(200);
    fs::write(inbox.path().join("app-2.msi"), noise(2, 60 << 10)).unwrap();
    let second = arrived(&mut admin, "app-2").await["id"].as_str().unwrap().to_owned();
    decide(&mut admin, &second, json!({ "decision": "block" })).await.expect(200);
    let kept = async |who: &mut Client, id: &str| {
        who.get(&format!("{PATH}/{id}")).await.expect(200).json()["update"]["kept"].clone()
    };
    assert_eq!(
        (kept(&mut admin, &first).await, kept(&mut admin, &second).await),
        (json!(false), json!(true))
    );
    fs::set_permissions(&old, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(inbox.path().join("app-3.msi"), noise(3, 1000)).unwrap();
    arrived(&mut admin, "app-3").await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(
        (kept(&mut admin, &first).await, kept(&mut admin, &second).await),
        (json!(false), json!(true))
    );
    // Who sends it by hand wants it.
    send(&mut admin, "name=app-1.msi", noise(1, 60 << 10)).await.expect(202);
    assert_eq!(
        (kept(&mut admin, &first).await, kept(&mut admin, &second).await),
        (json!(true), json!(false))
    );
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lost_its_bytes_comes_back_from_the_watched_folder() {
    let inbox = tempfile::tempdir().unwrap();
    let watched = |config: &mut khien_server::Config| {
        config.updates.watch = Some(inbox.path().to_owned());
        config.updates.watch_every = Duration::from_millis(50);
    };
    let world = World::start_with(watched).await;
    let mut admin = world.admin().await;
    let file = inbox.path().join("app-1.msi");
    fs::write(&file, noise(1, 1000)).unwrap();
    let kept = async |world: &World, who: &mut Client, wanted: bool| {
        for _ in 0..200 {
            let page = who.get(PATH).await.expect(200).json();
            if page["items"][0]["kept"] == wanted {
                return page["items"][0].clone();
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
            world.clock.advance(50);
        }
        panic!("it is never kept: {wanted}");
    };
    let update = kept(&world, &mut admin, true).await;
    let (folder, clock) = world.stop().await;
    let sha256 = update["sha256"].as_str().unwrap();
    fs::remove_file(folder.path().join("state/updates/files").join(sha256)).unwrap();
    let world = World::start_in(folder, clock, watched).await;
    admin = Client { cookies: admin.cookies, ..world.browser() };
    kept(&world, &mut admin, false).await;
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    kept(&world, &mut admin, true).await;
    world.stop().await;
}
