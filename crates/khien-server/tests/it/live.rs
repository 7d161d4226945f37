//! The live stream: who is told what, coming back, and its end.

use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::Incoming;
use khien_wire::ChangeKind;
use serde_json::{Value, json};

use crate::client::Client;
use crate::world::World;

/// Reads events off a stream.
struct Events {
    body: Incoming,
    text: String,
}

impl Events {
    async fn open(client: &mut Client, last: Option<&str>) -> Self {
        let header = last.map(|last| ("last-event-id", last));
        let headers: Vec<_> = header.into_iter().collect();
        let answer = client.begin("GET", "/api/v1/live", &headers, "".into()).await;
        assert_eq!(answer.status().as_u16(), 200);
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        assert_eq!(answer.headers()["cache-control"], "no-store");
        Self { body: answer.into_body(), text: String::new() }
    }

    /// The next event as (id, event, data); none where the stream ended.
    async fn next(&mut self) -> Option<(String, String, Value)> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let block = block.to_owned();
                self.text = rest.to_owned();
                let field = |name: &str| {
                    block
                        .lines()
                        .find_map(|line| line.strip_prefix(name))
                        .unwrap_or_default()
                        .to_owned()
                };
                if block.contains("event: ") {
                    let data = serde_json::from_str(&field("data: ")).unwrap();
                    return Some((field("id: "), field("event: "), data));
                }
                continue;
            }
            let frame = tokio::time::timeout(Duration::from_secs(20), self.body.frame()).await;
            let bytes =
                frame.expect("an event or the end").and_then(Result::ok)?.into_data().unwrap();
            self.text.push_str(std::str::from_utf8(&bytes).unwrap());
        }
    }

    async fn ids(&mut self, count: usize) -> Vec<String> {
        let mut ids = Vec::new();
        while ids.len() < count {
            let (_, event, data) = self.next().await.unwrap();
            assert_eq!(event, "change");
            ids.extend(
                data["ids"].as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()),
            );
        }
        ids
    }
}

#[tokio::test]
async fn who_comes_back_gets_what_was_missed() {
    let world = World::start().await;
    let admin = world.admin().await;
    // The first verification of the audit log is a job that is told of, too.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let mut stream = Events::open(&mut admin.clone(), None).await;
    world.bus.publish(ChangeKind::Alert, ["a".to_owned(), "b".to_owned()]);
    let (id, event, data) = stream.next().await.unwrap();
    assert_eq!((event.as_str(), &data), ("change", &json!({ "kind": "alert", "ids": ["a", "b"] })));
    drop(stream);
    for n in 0..50 {
        world.bus.publish(ChangeKind::Case, [format!("case {n}")]);
    }
    let mut stream = Events::open(&mut admin.clone(), Some(&id)).await;
    let expected: Vec<String> = (0..50).map(|n| format!("case {n}")).collect();
    assert_eq!(stream.ids(50).await, expected);
    for n in 0..2000 {
        world.bus.publish(ChangeKind::Case, [format!("more {n}")]);
    }
    for gone in [id.as_str(), "0", "9999999999999999", "no number"] {
        let mut stream = Events::open(&mut admin.clone(), Some(gone)).await;
        let (newest, event, _) = stream.next().await.unwrap();
        assert_eq!(event, "reset", "{gone}");
        world.bus.publish(ChangeKind::Host, ["after".to_owned()]);
        assert_eq!(stream.ids(1).await, ["after"]);
        assert!(newest.parse::<u64>().unwrap() > id.parse::<u64>().unwrap());
    }
}

#[tokio::test]
async fn a_number_of_before_a_restart_begins_anew() {
    let world = World::start().await;
    let mut admin = world.admin().await;
    let mut stream = Events::open(&mut admin, None).await;
    world.bus.publish(ChangeKind::Alert, ["a".to_owned()]);
    let (id, ..) = stream.next().await.unwrap();
    let (folder, clock) = world.stop().await;
    assert!(stream.next().await.is_none(), "the stream ends when the server stops");
    clock.advance(1000);
    let world = World::start_in(folder, clock, |_| {}).await;
    admin.address = world.started.address;
    let mut stream = Events::open(&mut admin, Some(&id)).await;
    assert_eq!(stream.next().await.unwrap().1, "reset");
}

#[tokio::test]
async fn accounts_are_told_to_admins_only() {
    let world = World::start().await;
    let mut admin = world.admin().await;
    let (mut chi, id) = world.person(&mut admin, "chi", "approver").await;
    let (mut machine, _) = world.machine(&mut admin, &["live:read"]).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let mut of_admin = Events::open(&mut admin.clone(), None).await;
    let mut of_chi = Events::open(&mut chi, None).await;
    let mut of_machine = Events::open(&mut machine, None).await;
    let path = format!("/api/v1/accounts/{id}");
    admin.json("PATCH", &path, json!({ "display_name": "Chi 2" })).await.expect(200);
    world.bus.publish(ChangeKind::Host, ["host".to_owned()]);
    assert_eq!(of_admin.ids(2).await, [id.as_str(), "host"]);
    assert_eq!(of_chi.ids(1).await, ["host"]);
    assert_eq!(of_machine.ids(1).await, ["host"]);
    // Whose account is closed, their stream ends at once.
    admin.json("PATCH", &path, json!({ "disabled": true })).await.expect(200);
    assert!(of_chi.next().await.is_none());
}

/// A session that ends otherwise is noticed at the next heartbeat.
#[tokio::test]
async fn a_stream_does_not_outlive_its_session_for_long() {
    let world = World::start().await;
    let mut admin = world.admin().await;
    let mut stream = Events::open(&mut admin.clone(), None).await;
    admin.form("/logout", &[]).await.expect(303);
    let began = tokio::time::Instant::now();
    while stream.next().await.is_some() {}
    assert!(began.elapsed() < Duration::from_secs(17));
}
