//! How updates arrive: within bounds, under hostile names, twice, and from a folder.

use std::fs;
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};

use super::{BYTES, PATH, decide, names, send};
use crate::client::Client;
use crate::world::World;

/// Bytes that are no release of anything.
pub(super) fn noise(seed: u8, bytes: usize) -> Vec<u8> {
    let mut state = u32::from(seed) + 1;
    let next = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    (0..bytes).map(next).collect()
}

/// Waits until nothing is queued or being read.
async fn settled(world: &World, who: &mut Client) {
    for _ in 0..300 {
        let page = who.get(PATH).await.expect(200).json();
        let at_work =
            |one: &Value| ["queued", "reading"].iter().any(|state| one["state"] == *state);
        if !page["items"].as_array().unwrap().iter().any(at_work) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        world.clock.advance(50);
    }
    panic!("something is still being read");
}

fn stored(world: &World) -> usize {
    let folder = world.folder.path().join("state/updates");
    assert_eq!(
        fs::read_dir(folder.join("incoming")).unwrap().count(),
        0,
        "nothing half done stays"
    );
    fs::read_dir(folder.join("files")).unwrap().count()
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_no_paths_and_what_is_wrong_leaves_nothing() {
    let world = World::start_with(|config| config.updates.file_bytes_max = 1 << 20).await;
    let mut admin = world.admin().await;
    let (mut analyst, _) = world.person(&mut admin, "linh", "analyst").await;
    let long = "a".repeat(10_000);
    for (query, field, code) in [
        (String::new(), "name", "missing"),
        ("name=".to_owned(), "name", "empty"),
        ("name=..".to_owned(), "name", "empty"),
        ("name=a%00b".to_owned(), "name", "characters"),
        (format!("name={long}"), "name", "too_long"),
        (format!("name={}", "a".repeat(256)), "name", "too_long"),
        (format!("name=a&product={}", "a".repeat(201)), "product", "too_long"),
        ("name=a&product=a%1b%5b2J".to_owned(), "product", "characters"),
    ] {
        let refused = send(&mut analyst, &query, "x").await.expect(422).json();
        assert_eq!(refused["fields"], json!([{ "field": field, "code": code }]), "{query:.60}");
    }
    let refused = send(&mut analyst, "name=a", "").await.expect(422).json();
    assert_eq!(refused["fields"], json!([{ "field": "body", "code": "empty" }]));
    let text = [("content-type", "text/plain")];
    analyst.send("POST", &format!("{PATH}?name=a"), &text, "x".into()).await.expect(415);
    let large = send(&mut analyst, "name=a", noise(0, (1 << 20) + 1)).await.expect(413);
    assert_eq!(large.code(), "too_large");
    assert_eq!((stored(&world), names(&mut analyst, "").await.len()), (0, 0));

    let hostile =
        [("..%2F..%2Fetc%2Fpasswd", "passwd"), ("C:%5CTemp%5Cgpj.%E2%80%AEexe", "gpj.\u{202e}exe")];
    for (seed, (given, kept)) in (1..).zip(hostile) {
        let sent = send(&mut analyst, &format!("name={given}"), noise(seed, 100)).await;
        assert_eq!(sent.expect(202).json()["update"]["name"], kept);
    }
    assert_eq!(stored(&world), 2);
    // Without a program that reads, nothing is said of it, and it cannot be passed.
    settled(&world, &mut analyst).await;
    let page = analyst.get(&format!("{PATH}?state=failed&sort=name")).await.expect(200).json();
    let first = &page["items"][0];
    assert_eq!((&page["total"], &first["failure"]), (&json!(2), &json!("no_reader")));
    assert!(first["verdict"].is_null());
    let id = first["id"].as_str().unwrap().to_owned();
    let pass = json!({ "decision": "pass" });
    let refused = decide(&mut admin, &id, pass).await.expect(422).json();
    assert_eq!(refused["fields"], json!([{ "field": "decision", "code": "not_read" }]));
    // A viewer sees and sends nothing; a machine does what its scopes say.
    let (mut viewer, _) = world.person(&mut admin, "xem", "viewer").await;
    viewer.get(PATH).await.expect(200);
    send(&mut viewer, "name=a", "x").await.expect(403);
    let (mut machine, _) = world.machine(&mut admin, &["updates:write"]).await;
    send(&mut machine, "name=a", noise(9, 10)).await.expect(202);
    machine.get(PATH).await.expect(403);
    let path = format!("{PATH}/{id}/decision");
    machine.json("POST", &path, json!({})).await.expect(403);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_bytes_are_one_update_and_room_is_made_by_what_was_decided() {
    let world = World::start_with(|config| {
        config.updates.file_bytes_max = 1 << 20;
        config.updates.bytes_max = 1 << 20;
    })
    .await;
    let mut admin = world.admin().await;
    let first =
        send(&mut admin, "name=one.bin&product=App", noise(1, 600_000)).await.expect(202).json();
    assert_eq!((&first["repeated"], &first["update"]["product"]), (&json!(false), &json!("App")));
    let again = send(&mut admin, "name=other.bin", noise(1, 600_000)).await.expect(202).json();
    assert_eq!(
        (&again["repeated"], &again["update"]["id"]),
        (&json!(true), &first["update"]["id"])
    );
    assert_eq!((&again["update"]["name"], stored(&world)), (&json!("one.bin"), 1));
    settled(&world, &mut admin).await;

    // What nobody decided gives up nothing.
    let refused = send(&mut admin, "name=two.bin", noise(2, 600_000)).await.expect(507);
    assert_eq!((refused.code().as_str(), stored(&world)), ("no_room", 1));
    let id = first["update"]["id"].as_str().unwrap();
    decide(&mut admin, id, json!({ "decision": "block" })).await.expect(200);
    send(&mut admin, "name=two.bin", noise(2, 600_000)).await.expect(202);
    assert_eq!(stored(&world), 1);
    let gone = admin.get(&format!("{PATH}/{id}")).await.expect(200).json();
    assert_eq!(
        (&gone["update"]["kept"], &gone["update"]["standing"]),
        (&json!(false), &json!("blocked"))
    );
    let refused =
        admin.send("POST", &format!("{PATH}/{id}/vet"), &[], Bytes::new()).await.expect(422);
    assert_eq!(refused.json()["fields"], json!([{ "field": "id", "code": "not_kept" }]));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_the_watched_folder_are_taken_once_and_left_there() {
    let inbox = tempfile::tempdir().unwrap();
    let folder = inbox.path().to_owned();
    let with_watch = |config: &mut khien_server::Config| {
        config.updates.file_bytes_max = 1 << 20;
        config.updates.watch = Some(folder.clone());
        config.updates.watch_every = Duration::from_millis(50);
    };
    let world = World::start_with(with_watch).await;
    let mut admin = world.admin().await;
    let secret = world.folder.path().join("secret");
    fs::write(&secret, "not an update").unwrap();
    std::os::unix::fs::symlink(&secret, inbox.path().join("link.bin")).unwrap();
    for name in [".hidden", "half.msi.part"] {
        fs::write(inbox.path().join(name), noise(3, 50)).unwrap();
    }
    fs::write(inbox.path().join("app-1.0.msi"), noise(4, 50)).unwrap();
    fs::write(inbox.path().join("large.msi"), noise(5, (1 << 20) + 1)).unwrap();
    let health = async |admin: &mut Client, wanted: &str| {
        for _ in 0..100 {
            let parts = admin.get("/api/v1/health").await.expect(200).json();
            let part =
                parts["parts"].as_array().unwrap().iter().find(|part| part["id"] == "updates");
            let part = part.unwrap().clone();
            if part["code"] == wanted {
                return part;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
            world.clock.advance(50);
        }
        panic!("the part updates is never {wanted}");
    };
    let part = health(&mut admin, "left_out").await;
    assert_eq!(part["state"], "degraded");
    assert!(part["what"].as_str().unwrap().contains("large.msi"), "{part}");
    settled(&world, &mut admin).await;
    assert_eq!(names(&mut admin, "").await, ["app-1.0.msi"]);
    let page = admin.get(PATH).await.expect(200).json();
    assert_eq!(page["items"][0]["origin"], "watch");
    assert_eq!(page["items"][0]["by"]["kind"], "system");
    assert!(inbox.path().join("app-1.0.msi").exists());
    fs::remove_file(inbox.path().join("large.msi")).unwrap();
    health(&mut admin, "works").await;
    fs::remove_dir_all(inbox.path()).unwrap();
    assert_eq!(health(&mut admin, "unreadable").await["state"], "failed");
    world.stop().await;
}

#[tokio::test]
async fn a_body_that_ends_early_is_no_update() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let world = World::start().await;
    let mut admin = world.admin().await;
    let (machine, _) = world.machine(&mut admin, &["updates:write"]).await;
    let (_, token) = &machine.headers[0];
    let mut stream = tokio::net::TcpStream::connect(world.started.address).await.unwrap();
    let head = format!(
        "POST {PATH}?name=a.bin HTTP/1.1\r\nhost: localhost\r\nauthorization: {token}\r\n{}: {}\r\ncontent-length: 1000\r\n\r\n",
        BYTES.0, BYTES.1
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&noise(1, 500)).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    for _ in 0..50 {
        let incoming = world.folder.path().join("state/updates/incoming");
        if fs::read_dir(incoming).unwrap().count() == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!((stored(&world), names(&mut admin, "").await.len()), (0, 0));
    world.stop().await;
}
