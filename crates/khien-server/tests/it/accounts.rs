//! Accounts and tokens: what is refused, pages of lists, and several admins at once.

use std::collections::BTreeSet;

use serde_json::json;

use crate::world::{HOUR_MS, PASSWORD, World};

#[tokio::test]
async fn bad_names_are_refused_field_by_field() {
    let world = World::start().await;
    let mut admin = world.admin().await;
    let bad = [
        ("", "Chi", "name", "empty"),
        ("Chi", "Chi", "name", "characters"),
        ("-chi", "Chi", "name", "characters"),
        ("chị", "Chi", "name", "characters"),
        ("chi", " ", "display_name", "empty"),
        ("chi", "Chi\u{202e}nimda", "display_name", "characters"),
        ("chi", "a\nb", "display_name", "characters"),
    ];
    for (name, display_name, field, code) in bad {
        let new = json!({ "name": name, "display_name": display_name, "role": "viewer" });
        let problem = admin.json("POST", "/api/v1/accounts", new).await.expect(422).json();
        assert_eq!(problem["fields"], json!([{ "field": field, "code": code }]), "{name}");
    }
    let long = json!({ "name": "c".repeat(65), "display_name": "d".repeat(101), "role": "viewer" });
    let problem = admin.json("POST", "/api/v1/accounts", long).await.expect(422).json();
    assert_eq!(problem["fields"].as_array().unwrap().len(), 2);
    let taken = json!({ "name": "admin", "display_name": "x", "role": "viewer" });
    let answer = admin.json("POST", "/api/v1/accounts", taken).await.expect(409);
    assert_eq!(answer.code(), "name_taken");
}

#[tokio::test]
async fn pages_neither_repeat_nor_hide() {
    let world = World::start().await;
    let mut admin = world.admin().await;
    for n in 0..11 {
        let new =
            json!({ "name": format!("p{n:02}"), "display_name": "Một %_ người", "role": "viewer" });
        admin.json("POST", "/api/v1/accounts", new).await.expect(201);
        world.clock.advance(if n % 3 == 0 { 0 } else { 1 });
    }
    for sort in ["name", "-name", "created", "-created"] {
        let (mut seen, mut after) = (Vec::new(), String::new());
        loop {
            let path = format!("/api/v1/accounts?limit=5&sort={sort}{after}");
            let page = admin.get(&path).await.expect(200).json();
            assert_eq!(page["total"], 12);
            let items = page["items"].as_array().unwrap();
            seen.extend(items.iter().map(|item| item["name"].as_str().unwrap().to_owned()));
            match page["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => break,
            }
        }
        assert_eq!(seen.len(), 12, "{sort}: {seen:?}");
        assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 12);
        if sort.ends_with("name") {
            let mut sorted = seen.clone();
            sorted.sort();
            if sort.starts_with('-') {
                sorted.reverse();
            }
            assert_eq!(seen, sorted);
        }
    }
    let mut total = async |query: &str| {
        admin.get(&format!("/api/v1/accounts?{query}")).await.expect(200).json()["total"].clone()
    };
    assert_eq!(total("q=P0").await, 10);
    assert_eq!(total("q=%25_").await, 11, "a percent sign is a percent sign");
    assert_eq!(total("q=%25x").await, 0);
    assert_eq!(total("role=admin").await, 1);
    assert_eq!(total("state=invited").await, 11);
    assert_eq!(total("state=active&q=admin").await, 1);
}

/// Two admins who take each other's role away at the same time: one stays.
#[tokio::test]
async fn two_admins_at_once_never_leave_none() {
    let world = World::start().await;
    let mut one = world.admin().await;
    let own = one.get("/api/v1/session").await.json()["account"]["id"].as_str().unwrap().to_owned();
    let (mut other, other_id) = world.person(&mut one, "chi", "admin").await;
    let change = |id: &str| format!("/api/v1/accounts/{id}");
    let viewer = json!({ "role": "viewer" });
    let (path_other, path_own) = (change(&other_id), change(&own));
    let (a, b) = tokio::join!(
        one.json("PATCH", &path_other, viewer.clone()),
        other.json("PATCH", &path_own, json!({ "disabled": true })),
    );
    let statuses = [a.status.as_u16(), b.status.as_u16()];
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    let mut left = if a.status == 200 { one } else { other };
    let id = if a.status == 200 { own } else { other_id };
    for answer in [
        left.json("PATCH", &change(&id), viewer).await,
        left.json("PATCH", &change(&id), json!({ "disabled": true })).await,
        left.delete(&change(&id)).await,
    ] {
        assert_eq!(answer.expect(409).code(), "last_admin");
    }
    let verified = left.get("/api/v1/audit/verify").await.expect(200).json();
    assert_eq!(verified["ok"], true);
}

/// Two admins who make accounts at once: each name once, and every one is in the audit log.
#[tokio::test]
async fn two_admins_at_once_make_each_name_once() {
    let world = World::start().await;
    let mut admin = world.admin().await;
    let (other, _) = world.person(&mut admin, "chi", "admin").await;
    let tries = (0..40).map(|n| {
        let mut client = if n % 2 == 0 { admin.clone() } else { other.clone() };
        let new = json!({ "name": format!("p{}", n / 2), "display_name": "P", "role": "viewer" });
        async move { client.json("POST", "/api/v1/accounts", new).await.status.as_u16() }
    });
    let statuses = futures::future::join_all(tries).await;
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 20, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 20, "{statuses:?}");
    let made = admin.get("/api/v1/audit?action=account.created").await.json();
    assert_eq!(made["total"], 21);
    assert_eq!(admin.get("/api/v1/audit/verify").await.json()["ok"], true);
}

#[tokio::test]
async fn tokens_count_until_they_are_revoked_or_end() {
    let world = World::start().await;
    let mut admin = world.admin().await;
    let (mut machine, id) = world.machine(&mut admin, &["jobs:read", "jobs:read"]).await;
    machine.get("/api/v1/jobs").await.expect(200);
    let listed = admin.get("/api/v1/tokens").await.json();
    assert_eq!(listed["items"][0]["scopes"], json!(["jobs:read"]));
    assert_eq!(listed["items"][0]["created_by"], "admin");
    assert!(listed["items"][0]["last_used"].is_string());
    let secret = machine.headers[0].1.clone();
    let secret = secret.rsplit('_').next().unwrap();
    assert!(!listed.to_string().contains(secret));
    admin.delete(&format!("/api/v1/tokens/{id}")).await.expect(204);
    let refused = machine.get("/api/v1/jobs").await.expect(401);
    assert_eq!(refused.header("www-authenticate"), "Bearer");
    let short = json!({ "name": "for a day", "scopes": ["jobs:read"], "days": 1 });
    let made = admin.json("POST", "/api/v1/tokens", short).await.expect(201).json();
    let token = made["secret"].as_str().unwrap();
    let mut machine = crate::client::Client::machine(world.started.address, token);
    machine.get("/api/v1/jobs").await.expect(200);
    world.clock.advance(24 * HOUR_MS);
    machine.get("/api/v1/jobs").await.expect(401);
    let mut admin = world.browser();
    admin.sign_in("admin", PASSWORD, "").await.expect(303);
    for bad in [
        json!({ "name": "x", "scopes": [] }),
        json!({ "name": "x", "scopes": ["accounts:write"] }),
        json!({ "name": "x", "scopes": ["jobs:read"], "days": 0 }),
        json!({ "name": "", "scopes": ["jobs:read"] }),
    ] {
        admin.json("POST", "/api/v1/tokens", bad).await.expect(422);
    }
}

/// Nothing that opens a door lies in the state as it is typed.
#[tokio::test]
async fn secrets_are_not_in_the_file() {
    let world = World::start().await;
    let mut admin = world.admin().await;
    let (machine, _) = world.machine(&mut admin, &["jobs:read"]).await;
    let secrets = [
        admin.cookies["khien_session"].clone(),
        machine.headers[0].1.rsplit('_').next().unwrap().to_owned(),
        world.setup_path().rsplit('/').next().unwrap().to_owned(),
        PASSWORD.to_owned(),
    ];
    let (folder, _) = world.stop().await;
    let mut bytes = Vec::new();
    for entry in std::fs::read_dir(folder.path().join("state")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            // What updates are; nobody's secrets go there.
            continue;
        }
        let mut file = std::fs::File::open(path).unwrap();
        std::io::Read::read_to_end(&mut file, &mut bytes).unwrap();
    }
    for secret in secrets {
        let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!found, "{secret}");
    }
}
