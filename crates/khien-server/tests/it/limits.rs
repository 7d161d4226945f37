//! Limits: on guessing, on requests, on streams.

use serde_json::json;

use crate::events::with_desk;
use crate::world::{PASSWORD, World};

#[tokio::test]
async fn guessing_is_slow_and_locks_out_who_guesses_only() {
    let world = World::start().await;
    let admin = world.admin().await;
    let mut guesser = world.browser();
    let mut statuses = Vec::new();
    for n in 0..25 {
        statuses
            .push(guesser.sign_in("admin", &format!("guess number {n}"), "").await.status.as_u16());
    }
    assert_eq!(statuses.iter().filter(|status| **status == 403).count(), 20, "{statuses:?}");
    let limited = guesser.sign_in("admin", PASSWORD, "").await.expect(429);
    let wait: i64 = limited.header("retry-after").parse().unwrap();
    assert!((1..=600).contains(&wait), "{wait}");
    // The browser in which the admin signed in before still can, from the same address.
    let mut known = admin.clone();
    known.cookies.remove("khien_session");
    known.sign_in("admin", PASSWORD, "").await.expect(303);
    // That cookie is good for its own account only.
    known.sign_in("chi", "some password", "").await.expect(429);
    world.clock.advance(wait * 1000);
    guesser.sign_in("admin", PASSWORD, "").await.expect(303);
}

#[tokio::test]
async fn a_stolen_session_does_not_help_to_guess_the_password() {
    let world = World::start().await;
    let mut admin = world.admin().await;
    let mut codes = Vec::new();
    for n in 0..12 {
        let change =
            json!({ "password": { "current": format!("guess {n}"), "new": "mot cau khac han 2" } });
        codes.push(admin.json("PATCH", "/api/v1/session", change).await.code());
    }
    assert_eq!(codes.iter().filter(|code| *code == "wrong_password").count(), 10, "{codes:?}");
    assert_eq!(codes.last().map(String::as_str), Some("rate_limited"));
}

#[tokio::test]
async fn too_many_requests_wait() {
    let world = World::start().await;
    let mut browser = world.browser();
    let mut limited = None;
    for n in 0..700 {
        let answer = browser.get("/healthz").await;
        if answer.status.as_u16() == 429 {
            limited = Some((n, answer));
            break;
        }
    }
    let (after, answer) = limited.expect("700 requests at once are too many");
    assert_eq!(after, 600);
    assert_eq!(answer.code(), "rate_limited");
    assert_eq!(answer.header("retry-after"), "1");
    world.clock.advance(1000);
    browser.get("/healthz").await.expect(200);
}

#[tokio::test]
async fn streams_are_counted_and_given_back() {
    let world = World::start().await;
    let mut admin = world.admin().await;
    let mut open = Vec::new();
    for _ in 0..16 {
        let answer = admin.begin("GET", "/api/v1/live", &[], "".into()).await;
        assert_eq!(answer.status().as_u16(), 200);
        open.push(answer);
    }
    assert_eq!(admin.get("/api/v1/live").await.expect(429).code(), "too_many_streams");
    let (mut other, _) = world.person(&mut admin, "chi", "viewer").await;
    assert_eq!(other.begin("GET", "/api/v1/live", &[], "".into()).await.status().as_u16(), 200);
    open.clear();
    for _ in 0..100 {
        if admin.begin("GET", "/api/v1/live", &[], "".into()).await.status().as_u16() == 200 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("streams that ended still count");
}

/// Somebody who sends the head of a request and then nothing is not waited for by others.
#[tokio::test]
async fn silent_connections_are_in_nobodys_way() {
    use tokio::io::AsyncWriteExt;
    let world = World::start().await;
    let mut silent = Vec::new();
    for _ in 0..200 {
        let mut stream = tokio::net::TcpStream::connect(world.started.address).await.unwrap();
        stream.write_all(b"POST /login HTTP/1.1\r\nhost: localhost\r\n").await.unwrap();
        silent.push(stream);
    }
    world.browser().get("/healthz").await.expect(200);
    // Beyond 256 from one address a connection is closed.
    for _ in 0..60 {
        silent.push(tokio::net::TcpStream::connect(world.started.address).await.unwrap());
    }
    let mut one_more = tokio::net::TcpStream::connect(world.started.address).await.unwrap();
    let _ = one_more.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    let mut answer = Vec::new();
    let read = tokio::io::AsyncReadExt::read_to_end(&mut one_more, &mut answer);
    let _ = tokio::time::timeout(std::time::Duration::from_secs(5), read).await.unwrap();
    assert!(answer.is_empty());
    drop(silent);
}

/// Who says that much will come, and sends nothing, has no room for that: others enrol meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn strangers_hold_room_for_what_they_send_only() {
    use tokio::io::AsyncWriteExt;
    let world = World::start_with(with_desk).await;
    let mut held = Vec::new();
    for _ in 0..16 {
        let mut stream = tokio::net::TcpStream::connect(world.started.address).await.unwrap();
        let head = format!(
            "POST /osquery/log HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{{",
            khien_wire::RECORDS_BYTES_MAX
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        held.push(stream);
    }
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    let mut host = world.browser();
    let config = host.json("POST", "/osquery/config", json!({ "node_key": "none" }));
    let answer = tokio::time::timeout(std::time::Duration::from_secs(10), config).await.unwrap();
    assert_eq!(answer.expect(200).json()["node_invalid"], true);
    world.stop().await;
}
