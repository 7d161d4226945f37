//! What was acknowledged is read, whatever happens to the process.

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use serde_json::{Value, json};

use super::{PATH, case, decide, id_of, read, send, vetted, with_reader};
use crate::backup::{back_up, restore_in};
use crate::client::Client;
use crate::process::{Process, set_up};
use crate::world::{PASSWORD, World};

/// A reader that never says anything, and notes that it began.
fn silent(place: &tempfile::TempDir) -> std::path::PathBuf {
    let silent = place.path().join("silent");
    let begun = place.path().join("begun");
    let script = format!("#!/bin/sh\necho begun >> '{}'\nexec sleep 60\n", begun.display());
    std::fs::write(&silent, script).unwrap();
    std::fs::set_permissions(&silent, std::fs::Permissions::from_mode(0o755)).unwrap();
    silent
}

/// Waits until so many readers began.
async fn readers(place: &tempfile::TempDir, wanted: usize) {
    let begun = place.path().join("begun");
    for _ in 0..200 {
        let text =
            std::fs::File::open(&begun).and_then(std::io::read_to_string).unwrap_or_default();
        if text.lines().count() == wanted {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("there are never {wanted} readers");
}

/// Waits until an update is in a state.
async fn wait(world: &World, who: &mut Client, id: &str, state: &str) -> Value {
    let mut detail = Value::Null;
    for _ in 0..200 {
        detail = who.get(&format!("{PATH}/{id}")).await.expect(200).json();
        if detail["update"]["state"] == state {
            return detail;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        world.clock.advance(50);
    }
    panic!("it is never {state}: {detail}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_that_the_server_stopped_under_begins_anew() {
    let place = tempfile::tempdir().unwrap();
    let silent = silent(&place);
    let world = World::start_with(|config| config.program = Some(silent)).await;
    let mut admin = world.admin().await;
    let release = case("plain-update-zip").old;
    let sent = send(&mut admin, "name=app-1.0.zip", release.bytes).await.expect(202).json();
    let id = sent["update"]["id"].as_str().unwrap().to_owned();
    wait(&world, &mut admin, &id, "reading").await;
    let (folder, clock) = world.stop().await;

    let world = World::start_in(folder, clock, with_reader).await;
    let mut admin = world.browser();
    admin.sign_in("admin", PASSWORD, "").await.expect(303);
    let detail = read(&world, &mut admin, &id).await;
    assert_eq!(detail["update"]["verdict"], "unknown");
    assert_eq!(detail["job"]["state"], "done");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_that_somebody_stops_makes_way_for_the_next() {
    let place = tempfile::tempdir().unwrap();
    let silent = silent(&place);
    let world = World::start_with(|config| config.program = Some(silent)).await;
    let mut admin = world.admin().await;
    let mut ids = Vec::new();
    for name in ["one", "two"] {
        let sent = send(&mut admin, &format!("name={name}"), name).await.expect(202).json();
        ids.push(sent["update"]["id"].as_str().unwrap().to_owned());
        // Of two that come in the same millisecond either may be first.
        world.clock.advance(1000);
    }
    for (number, id) in (1..).zip(&ids) {
        let detail = wait(&world, &mut admin, id, "reading").await;
        // Only one is read at a time, so the reader of the one before is gone.
        readers(&place, number).await;
        let job = detail["job"]["id"].as_str().unwrap().to_owned();
        admin.json("POST", &format!("/api/v1/jobs/{job}/cancel"), json!({})).await.expect(200);
        let failed = wait(&world, &mut admin, id, "failed").await;
        assert_eq!(failed["update"]["failure"], "cancelled");
    }
    // The same bytes again are read again.
    let again = send(&mut admin, "name=one", "one").await.expect(202).json();
    assert_eq!((&again["repeated"], &again["update"]["id"]), (&json!(true), &json!(ids[0])));
    wait(&world, &mut admin, &ids[0], "reading").await;
    readers(&place, 3).await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_is_read_after_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let mut process = Process::start(&state);
    let mut admin = set_up(&process).await;
    let release = case("plain-update-msi").old;
    let sent = send(&mut admin, "name=app-1.0.msi", release.bytes).await.expect(202).json();
    process.child.kill().unwrap();
    process.child.wait().unwrap();
    let process = Process::start(&state);
    let mut admin = Client { cookies: admin.cookies.clone(), ..process.browser() };
    let path = format!("{PATH}/{}", sent["update"]["id"].as_str().unwrap());
    for _ in 0..600 {
        let update = admin.get(&path).await.expect(200).json()["update"].clone();
        if update["state"] == "done" {
            assert_eq!(update["verdict"], "unknown");
            return;
        }
        assert_ne!(update["state"], "failed", "{update}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("it was not read within a minute");
}

/// The state of a backup has no bytes: what was decided and found stays, and nothing pretends to be there.
#[tokio::test(flavor = "multi_thread")]
async fn without_its_bytes_an_update_keeps_its_dossier() {
    let world = World::start_with(with_reader).await;
    let mut admin = world.admin().await;
    let release = case("plain-update-zip").old;
    let id = id_of(&vetted(&world, &mut admin, &release).await);
    decide(&mut admin, &id, json!({ "decision": "pass" })).await.expect(200);
    let (folder, clock) = world.stop().await;
    std::fs::remove_dir_all(folder.path().join("state/updates")).unwrap();
    let world = World::start_in(folder, clock, with_reader).await;
    let mut admin = world.browser();
    admin.sign_in("admin", PASSWORD, "").await.expect(303);
    let detail = admin.get(&format!("{PATH}/{id}")).await.expect(200).json();
    assert_eq!(
        (&detail["update"]["kept"], &detail["update"]["standing"]),
        (&json!(false), &json!("passed"))
    );
    assert!(detail["dossier"]["meaning"].is_string());
    assert_eq!(super::allowed(&mut admin).await.len(), 1);
    let whole = admin.get(&format!("{PATH}/{id}/dossier")).await.expect(404);
    assert_eq!(whole.code(), "not_found");
    // Sent again it is the same update, and can be read again.
    let again = send(&mut admin, "name=app.zip", release.bytes).await.expect(202).json();
    assert_eq!((&again["repeated"], &again["update"]["kept"]), (&json!(true), &json!(true)));
    world.stop().await;
}

/// Trust that the state knows nothing of is none, whatever lies in its folder.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_passed_after_the_backup_is_not_trusted_after_restoring() {
    let world = World::start_with(with_reader).await;
    let mut admin = world.admin().await;
    let case = case("plain-update-zip");
    let id = id_of(&vetted(&world, &mut admin, &case.old).await);
    let backup = back_up(&world.folder, "one.db").await;
    decide(&mut admin, &id, json!({ "decision": "pass" })).await.expect(200);
    let profiles = |folder: &std::path::Path| {
        let lineages = std::fs::read_dir(folder.join("state/updates/lineages")).unwrap();
        let files = lineages.flat_map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap());
        let name = |file: std::io::Result<std::fs::DirEntry>| file.unwrap().path();
        files.map(name).filter(|path| path.extension().is_some_and(|e| e == "profile")).count()
    };
    assert_eq!(profiles(world.folder.path()), 1);
    let (folder, clock) = world.stop().await;
    restore_in(folder.path(), &backup).await.unwrap();
    let world = World::start_in(folder, clock, with_reader).await;
    assert_eq!(profiles(world.folder.path()), 0);
    let mut admin = world.browser();
    admin.sign_in("admin", PASSWORD, "").await.expect(303);
    assert_eq!(super::allowed(&mut admin).await, Vec::<String>::new());
    let detail = admin.get(&format!("{PATH}/{id}")).await.expect(200).json();
    assert_eq!(
        (&detail["update"]["standing"], &detail["update"]["kept"]),
        (&json!("undecided"), &json!(true))
    );
    let next = vetted(&world, &mut admin, &case.new).await;
    assert_eq!(
        (&next["update"]["verdict"], &next["dossier"]["first"]),
        (&json!("unknown"), &json!(true))
    );
    world.stop().await;
}
