//! Signing in and out, and how sessions end.

use data_encoding::BASE32_NOPAD;
use serde_json::json;

use crate::client::Client;
use crate::world::{HOUR_MS, PASSWORD, World, set_password};

const COOKIE: &str = "khien_session";

async fn alive(client: &Client) -> bool {
    match client.clone().get("/api/v1/session").await.status.as_u16() {
        200 => true,
        401 => false,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_session_of_before_does_not_survive_signing_in() {
    let world = World::start().await;
    let admin = world.admin().await;
    let mut victim = world.browser();
    // Somebody planted a cookie of their choice; then one of a session that counts.
    victim.cookies.insert(COOKIE.to_owned(), "a".repeat(52));
    victim.sign_in("admin", PASSWORD, "").await.expect(303);
    assert_ne!(victim.cookies[COOKIE], "a".repeat(52));
    let mut planted = world.browser();
    planted.cookies.insert(COOKIE.to_owned(), admin.cookies[COOKIE].clone());
    planted.sign_in("admin", PASSWORD, "").await.expect(303);
    assert_ne!(planted.cookies[COOKIE], admin.cookies[COOKIE]);
    assert!(!alive(&admin).await, "the planted session ended");
    assert!(alive(&planted).await && alive(&victim).await);
}

#[tokio::test]
async fn cookies_are_out_of_reach_of_scripts_and_other_sites() {
    let world = World::start().await;
    world.admin().await;
    let answer = world.browser().sign_in("admin", PASSWORD, "").await.expect(303);
    let cookies: Vec<&str> =
        answer.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect();
    assert_eq!(cookies.len(), 2);
    for cookie in cookies {
        for part in ["HttpOnly", "SameSite=Strict", "Path=/"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        assert!(!cookie.contains("Domain"), "{cookie}");
    }
    assert_eq!(answer.header("location"), "/");
}

#[tokio::test]
async fn sessions_end_by_idleness_by_age_and_by_signing_out() {
    let world = World::start().await;
    let idle = world.admin().await;
    assert!(alive(&idle).await);
    world.clock.advance(11 * HOUR_MS);
    assert!(alive(&idle).await, "it was used, so it begins to be idle anew");
    world.clock.advance(11 * HOUR_MS);
    assert!(alive(&idle).await);
    world.clock.advance(12 * HOUR_MS);
    assert!(!alive(&idle).await);
    let mut busy = world.browser();
    busy.sign_in("admin", PASSWORD, "").await.expect(303);
    for _ in 0..16 {
        world.clock.advance(10 * HOUR_MS);
        assert!(alive(&busy).await);
    }
    world.clock.advance(8 * HOUR_MS);
    assert!(!alive(&busy).await, "seven days are enough");
    let mut out = world.browser();
    out.sign_in("admin", PASSWORD, "").await.expect(303);
    let copy = out.clone();
    assert_eq!(out.form("/logout", &[]).await.expect(303).header("location"), "/login");
    assert!(!out.cookies.contains_key(COOKIE));
    assert!(!alive(&copy).await, "the copy of the cookie does not count either");
}

#[tokio::test]
async fn who_is_closed_or_changed_is_so_at_once() {
    let world = World::start().await;
    let mut admin = world.admin().await;
    let (mut person, id) = world.person(&mut admin, "chi", "admin").await;
    let path = format!("/api/v1/accounts/{id}");
    person.get("/api/v1/accounts").await.expect(200);
    admin.json("PATCH", &path, json!({ "role": "viewer" })).await.expect(200);
    person.get("/api/v1/accounts").await.expect(403);
    admin.json("PATCH", &path, json!({ "disabled": true })).await.expect(200);
    assert!(!alive(&person).await);
    person.sign_in("chi", PASSWORD, "").await.expect(403);
    admin.json("PATCH", &path, json!({ "disabled": false })).await.expect(200);
    assert!(!alive(&person).await, "sessions do not come back");
    person.sign_in("chi", PASSWORD, "").await.expect(303);
    // Setting a password by a link ends what there was, too.
    let other = person.clone();
    set_password(&mut admin, &mut world.browser(), &id, "mot cau khac han 2").await;
    assert!(!alive(&other).await);
    person.sign_in("chi", PASSWORD, "").await.expect(403);
    person.sign_in("chi", "mot cau khac han 2", "").await.expect(303);
    admin.delete(&path).await.expect(204);
    assert!(!alive(&person).await);
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions() {
    let world = World::start().await;
    let mut here = world.admin().await;
    let mut there = world.browser();
    there.sign_in("admin", PASSWORD, "").await.expect(303);
    let change =
        |current: &str, new: &str| json!({ "password": { "current": current, "new": new } });
    let path = "/api/v1/session";
    let wrong = here.json("PATCH", path, change("wrong", "mot cau khac han 2")).await.expect(403);
    assert_eq!(wrong.code(), "wrong_password");
    let short = here.json("PATCH", path, change(PASSWORD, "ngan")).await.expect(422).json();
    assert_eq!(short["fields"][0]["field"], "password.new");
    here.json("PATCH", path, change(PASSWORD, "mot cau khac han 2")).await.expect(200);
    assert!(alive(&here).await && !alive(&there).await);
    there.sign_in("admin", PASSWORD, "").await.expect(403);
    there.sign_in("admin", "mot cau khac han 2", "").await.expect(303);
}

/// The code of an authenticator with this secret, as other programs work it out.
fn code(secret: &str, now_ms: i64) -> String {
    use hmac::Mac;
    let secret = BASE32_NOPAD.decode(secret.as_bytes()).unwrap();
    let mut mac = hmac::Hmac::<sha1::Sha1>::new_from_slice(&secret).unwrap();
    mac.update(&(now_ms / 30_000).to_be_bytes());
    let hash = mac.finalize().into_bytes();
    let at = usize::from(hash[19] & 15);
    let four = u32::from_be_bytes(hash[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", four % 1_000_000)
}

#[tokio::test]
async fn an_authenticator_is_set_up_asked_for_and_taken_away() {
    use khien_server::Clock;
    let world = World::start().await;
    let mut admin = world.admin().await;
    let path = "/api/v1/session";
    let totp = |value| json!({ "totp": value });
    let begin = |password: &str| totp(json!({ "action": "begin", "password": password }));
    let confirm = |code: &str| totp(json!({ "action": "confirm", "code": code }));
    assert_eq!(admin.json("PATCH", path, confirm("123456")).await.expect(422).code(), "invalid");
    assert_eq!(
        admin.json("PATCH", path, begin("wrong")).await.expect(403).code(),
        "wrong_password"
    );
    let begun = admin.json("PATCH", path, begin(PASSWORD)).await.expect(200).json();
    let secret = begun["totp_enrolment"]["secret"].as_str().unwrap().to_owned();
    assert_eq!(begun["session"]["account"]["totp"], false, "not before it is confirmed");
    let now = || world.clock.now_ms();
    assert_eq!(admin.json("PATCH", path, confirm("000000")).await.expect(403).code(), "wrong_code");
    let first = code(&secret, now());
    let done = admin.json("PATCH", path, confirm(&first)).await.expect(200).json();
    assert_eq!(done["session"]["account"]["totp"], true);
    let mut browser = world.browser();
    browser.sign_in("admin", PASSWORD, "").await.expect(403);
    browser.sign_in("admin", PASSWORD, &first).await.expect(403);
    world.clock.advance(30_000);
    let second = code(&secret, now());
    browser.sign_in("admin", "wrong", &second).await.expect(403);
    browser.sign_in("admin", PASSWORD, &second).await.expect(303);
    world.browser().sign_in("admin", PASSWORD, &second).await.expect(403);
    let remove = |password: &str| totp(json!({ "action": "remove", "password": password }));
    admin.json("PATCH", path, remove("wrong")).await.expect(403);
    admin.json("PATCH", path, remove(PASSWORD)).await.expect(200);
    world.browser().sign_in("admin", PASSWORD, "").await.expect(303);
}

/// Two requests with one code at the same time: one of them signs in.
#[tokio::test]
async fn one_code_signs_in_once_even_at_the_same_time() {
    use khien_server::Clock;
    let world = World::start().await;
    let mut admin = world.admin().await;
    let begin = json!({ "totp": { "action": "begin", "password": PASSWORD } });
    let begun = admin.json("PATCH", "/api/v1/session", begin).await.expect(200).json();
    let secret = begun["totp_enrolment"]["secret"].as_str().unwrap();
    let confirm =
        json!({ "totp": { "action": "confirm", "code": code(secret, world.clock.now_ms()) } });
    admin.json("PATCH", "/api/v1/session", confirm).await.expect(200);
    world.clock.advance(30_000);
    let code = code(secret, world.clock.now_ms());
    let tries = (0..8).map(|_| {
        let (mut browser, code) = (world.browser(), code.clone());
        async move { browser.sign_in("admin", PASSWORD, &code).await.status.as_u16() }
    });
    let statuses = futures::future::join_all(tries).await;
    assert_eq!(statuses.iter().filter(|status| **status == 303).count(), 1, "{statuses:?}");
}

#[tokio::test]
async fn a_setup_link_works_once_and_for_a_day() {
    let world = World::start().await;
    let first = world.setup_path().to_owned();
    let mut browser = world.browser();
    browser.get(&first).await.expect(200);
    browser.get(&first).await.expect(200);
    let mut admin = world.admin().await;
    browser.get(&first).await.expect(404);
    let fields =
        [("name", "other"), ("display_name", "o"), ("password", PASSWORD), ("again", PASSWORD)];
    browser.form(&first, &fields).await.expect(404);
    let new = json!({ "name": "chi", "display_name": "Chi", "role": "viewer" });
    let made = admin.json("POST", "/api/v1/accounts", new).await.expect(201).json();
    assert_eq!(made["state"], "invited");
    let link = format!("/api/v1/accounts/{}/setup-link", made["id"].as_str().unwrap());
    let old = admin.json("POST", &link, json!({})).await.expect(201).json();
    let new = admin.json("POST", &link, json!({})).await.expect(201).json();
    let path = |link: &serde_json::Value| link["path"].as_str().unwrap().to_owned();
    browser.get(&path(&old)).await.expect(404);
    let page = browser.form(&path(&new), &[("password", PASSWORD), ("again", "else")]).await;
    assert!(page.expect(422).text().contains("differ"));
    world.clock.advance(24 * HOUR_MS);
    browser.get(&path(&new)).await.expect(404);
}

/// Unknown names, closed accounts and those without a password get the same answer, after the same work.
#[tokio::test]
async fn unknown_names_answer_alike_after_the_same_work() {
    let world = World::start().await;
    let mut admin = world.admin().await;
    let (_, id) = world.person(&mut admin, "closed", "viewer").await;
    let closed = json!({ "disabled": true });
    admin.json("PATCH", &format!("/api/v1/accounts/{id}"), closed).await.expect(200);
    let invited = json!({ "name": "invited", "display_name": "I", "role": "viewer" });
    admin.json("POST", "/api/v1/accounts", invited).await.expect(201);
    let mut hashes = async || {
        let metrics = admin.get("/metrics").await.expect(200).text();
        let line =
            metrics.lines().find_map(|line| line.strip_prefix("khien_password_hashes_total "));
        line.unwrap().parse::<u64>().unwrap()
    };
    let mut pages = std::collections::BTreeSet::new();
    let long = "x".repeat(5000);
    for (name, password) in [
        ("admin", "wrong password"),
        ("nobody", "wrong password"),
        ("closed", PASSWORD),
        ("invited", ""),
        ("admin", long.as_str()),
        ("nobody", ""),
    ] {
        let before = hashes().await;
        pages.insert(world.browser().sign_in(name, password, "").await.expect(403).text());
        assert_eq!(hashes().await, before + 1, "{name}");
    }
    assert_eq!(pages.len(), 1);
}
