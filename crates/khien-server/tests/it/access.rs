//! Who may do what: every route with everybody, held against expectations that are written by hand.

use std::collections::{BTreeMap, BTreeSet};

use khien_wire::OPERATIONS;

use crate::client::Client;
use crate::world::World;

/// Statuses that were written down by hand, and not made from the table of operations.
const EXPECTED: &str = include_str!("access.tsv");

const NOBODY: &str = "00000000-0000-7000-8000-000000000000";

fn rows() -> (Vec<&'static str>, Vec<Vec<&'static str>>) {
    let mut lines = EXPECTED.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let cells = |line: &'static str| line.split_whitespace().collect::<Vec<_>>();
    let who = cells(lines.next().unwrap()).split_off(2);
    (who, lines.map(cells).collect())
}

/// Sends a request of the right form, with ids of things that are not there, and gives the status.
async fn status(client: &mut Client, method: &str, path: &str) -> u16 {
    let parts = ["{id}", "{task}", "{evidence}"];
    let real = parts.into_iter().fold(path.to_owned(), |path, part| path.replace(part, NOBODY));
    let real = real.replace("{token}", "nothing").replace("{duty}", "nothing");
    let real = real.replace("{index}", "logs").replace("{name}", "filebeat");
    let form = matches!(path, "/login" | "/logout" | "/setup/{token}");
    let media = if form { "application/x-www-form-urlencoded" } else { "application/json" };
    let body = if form { "" } else { "{\"unknown\":1}" };
    let (headers, body) = match method {
        "GET" | "DELETE" => (vec![], ""),
        _ => (vec![("content-type", media)], body),
    };
    client.begin(method, &real, &headers, body.into()).await.status().as_u16()
}

#[test]
fn every_operation_has_a_row_and_every_row_an_operation() {
    let (who, rows) = rows();
    let written: BTreeSet<(&str, &str)> = rows.iter().map(|row| (row[0], row[1])).collect();
    let table = OPERATIONS.iter().map(|row| (row.method.word(), row.path)).collect();
    assert_eq!(written, table);
    assert!(rows.iter().all(|row| row.len() == who.len() + 2));
}

#[tokio::test]
async fn everybody_may_what_is_written_and_nothing_else() {
    let world = World::start().await;
    let mut admin = world.admin().await;
    let (who, rows) = rows();
    let mut clients = BTreeMap::new();
    for name in &who {
        let client = match *name {
            "nobody" => world.browser(),
            "badtoken" => Client::machine(
                world.started.address,
                &format!("khn_{}_{}", NOBODY.replace('-', ""), "a".repeat(52)),
            ),
            scope if scope.contains(':') => world.machine(&mut admin, &[scope]).await.0,
            role => world.person(&mut admin, &format!("the.{role}"), role).await.0,
        };
        clients.insert(*name, client);
    }
    let mut wrong = Vec::new();
    for row in &rows {
        // There are more rows than one address may ask at once.
        world.clock.advance(1000);
        for (name, expected) in who.iter().zip(&row[2..]) {
            let client = clients.get_mut(name).unwrap();
            if row[1] == "/login" {
                // So many from one address would be guessing.
                world.clock.advance(60_000);
            }
            let status = status(client, row[0], row[1]).await;
            if status.to_string() != *expected {
                wrong.push(format!("{} {} by {name}: {status}, not {expected}", row[0], row[1]));
            }
        }
        // All of them ask from one address, which may do so only so often a second.
        world.clock.advance(1000);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn what_is_no_route_tells_nothing() {
    let world = World::start().await;
    let mut browser = world.browser();
    assert_eq!(browser.get("/api/v1/nothing").await.expect(404).code(), "not_found");
    assert_eq!(browser.get("/api").await.expect(404).code(), "not_found");
    let put = browser.send("PUT", "/api/v1/accounts", &[], "".into()).await.expect(405);
    assert_eq!(put.code(), "method_not_allowed");
    let options =
        browser.send("OPTIONS", "/api/v1/session", &[("origin", "https://evil.test")], "".into());
    let options = options.await.expect(405);
    assert!(options.headers.keys().all(|name| !name.as_str().starts_with("access-control")));
    browser.send("TRACE", "/", &[], "".into()).await.expect(405);
    // HEAD is GET, also for who may.
    browser.send("HEAD", "/api/v1/accounts", &[], "".into()).await.expect(401);
}

#[tokio::test]
async fn a_cookie_beside_a_token_does_not_count() {
    let world = World::start().await;
    let mut admin = world.admin().await;
    let (machine, _) = world.machine(&mut admin, &["jobs:read"]).await;
    let mut both = admin.clone();
    both.headers.extend(machine.headers.clone());
    both.get("/api/v1/jobs").await.expect(200);
    both.get("/api/v1/accounts").await.expect(403);
    // A scheme that we do not have is nobody, whatever the cookie.
    let basic = [("authorization", "Basic YWRtaW46YWRtaW4=")];
    admin.send("GET", "/api/v1/session", &basic, "".into()).await.expect(401);
}
