//! Forms and changes from elsewhere, and input that is not as it should be.

use serde_json::json;

use crate::world::{PASSWORD, World};

/// What a browser says of a request that another site made it send, in its several ways.
#[tokio::test]
async fn requests_from_other_sites_are_refused() {
    let world = World::start().await;
    let mut admin = world.admin().await;
    let port = world.started.address.port();
    let own = format!("http://localhost:{port}");
    let other_port = format!("http://localhost:{}", port ^ 1);
    let check: Vec<(u16, Vec<(&str, &str)>)> = vec![
        (200, vec![("sec-fetch-site", "same-origin")]),
        (200, vec![("sec-fetch-site", "same-origin"), ("origin", &own)]),
        // What Chromium sends with a form of a page without referrer.
        (200, vec![("sec-fetch-site", "same-origin"), ("origin", "null")]),
        (403, vec![("sec-fetch-site", "cross-site"), ("origin", "null")]),
        (200, vec![("sec-fetch-site", ""), ("origin", &own)]),
        (403, vec![("sec-fetch-site", "cross-site")]),
        (403, vec![("sec-fetch-site", "same-site")]),
        (403, vec![("sec-fetch-site", "none")]),
        (403, vec![("sec-fetch-site", "same-origin"), ("origin", "https://evil.test")]),
        (403, vec![("sec-fetch-site", ""), ("origin", "https://evil.test")]),
        (403, vec![("sec-fetch-site", ""), ("origin", "null")]),
        (403, vec![("sec-fetch-site", ""), ("origin", &other_port)]),
        (403, vec![("sec-fetch-site", "")]),
    ];
    for (status, mut headers) in check {
        headers.push(("content-type", "application/json"));
        let body = json!({ "theme": "dark" }).to_string();
        let answer = admin.send("PATCH", "/api/v1/session", &headers, body.into()).await;
        assert_eq!(answer.status.as_u16(), status, "{headers:?}");
        if status == 403 {
            assert_eq!(answer.code(), "cross_site");
        }
    }
    // Signing somebody in as somebody else, or out, is a change as well.
    let cross =
        [("sec-fetch-site", "cross-site"), ("content-type", "application/x-www-form-urlencoded")];
    for path in ["/login", "/logout"] {
        let refused = admin.send("POST", path, &cross, "".into()).await.expect(403);
        assert!(refused.header("content-type").starts_with("text/html"));
    }
    admin.get("/api/v1/session").await.expect(200);
}

#[tokio::test]
async fn another_name_for_this_machine_is_not_answered_to() {
    let world = World::start().await;
    let mut browser = world.browser();
    for host in ["evil.test", "evil.test:80", "192.0.2.1", "localhost.evil.test"] {
        let answer = browser.send("GET", "/login", &[("host", host)], "".into()).await;
        assert_eq!(answer.status.as_u16(), 421, "{host}");
    }
    for host in ["localhost", "LOCALHOST:1", "127.0.0.1:8443", "127.8.8.8", "[::1]:1", "[::1]"] {
        browser.send("GET", "/login", &[("host", host)], "".into()).await.expect(200);
    }
}

#[tokio::test]
async fn bodies_are_read_within_limits_and_only_of_who_may() {
    let world = World::start().await;
    let mut admin = world.admin().await;
    let large = format!("{{\"theme\":\"{}\"}}", "x".repeat(300 * 1024));
    let media = [("content-type", "application/json")];
    let answer = admin.send("PATCH", "/api/v1/session", &media, large.clone().into()).await;
    assert_eq!(answer.expect(413).code(), "too_large");
    // Who may not is told so, and not that the body is too large.
    let answer = world.browser().send("PATCH", "/api/v1/session", &media, large.into()).await;
    assert_eq!(answer.expect(401).code(), "unauthenticated");
    let bad: [(&str, &str, u16, &str); 8] = [
        ("application/json", "{", 400, "bad_request"),
        ("application/json", "\u{feff}{}", 400, "bad_request"),
        ("application/json", "[\"dark\"]", 422, "invalid"),
        ("application/json", "null", 422, "invalid"),
        ("application/json", "{\"theme\":\"pink\"}", 422, "invalid"),
        ("application/json", "{\"role\":\"admin\"}", 422, "invalid"),
        ("text/plain", "{\"theme\":\"dark\"}", 415, "unsupported_media_type"),
        ("", "{\"theme\":\"dark\"}", 415, "unsupported_media_type"),
    ];
    for (media, body, status, code) in bad {
        let headers = [("content-type", media)];
        let answer = admin.send("PATCH", "/api/v1/session", &headers, body.to_owned().into()).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (status, code), "{body}");
    }
}

#[tokio::test]
async fn queries_are_held_against_the_table() {
    let world = World::start().await;
    let mut admin = world.admin().await;
    let bad = [
        ("limit=0", "limit", "out_of_range"),
        ("limit=1001", "limit", "out_of_range"),
        ("limit=many", "limit", "not_a_number"),
        ("sort=password", "sort", "unknown_word"),
        ("role=root", "role", "unknown_word"),
        ("rol=admin", "query", "unknown_word"),
        ("limit=1&limit=2", "limit", "twice"),
        ("after=nonsense", "after", "not_a_cursor"),
    ];
    for (query, field, code) in bad {
        let answer = admin.get(&format!("/api/v1/accounts?{query}")).await.expect(422);
        let problem = &answer.json()["fields"][0];
        assert_eq!(
            (problem["field"].as_str(), problem["code"].as_str()),
            (Some(field), Some(code))
        );
    }
    for (query, field) in [("since=yesterday", "since"), ("head=1", "query")] {
        let answer = admin.get(&format!("/api/v1/audit?{query}")).await.expect(422).json();
        assert_eq!(answer["fields"][0]["field"], field);
    }
    let head = admin.get("/api/v1/audit/verify?head=12").await.expect(422).json();
    assert_eq!(head["fields"][0]["field"], "head");
    // A page is shown all the same, whatever was hung onto its address.
    world.browser().get("/login?utm_source=mail&lang=xx").await.expect(200);
}

#[tokio::test]
async fn pages_show_what_was_typed_as_text() {
    let world = World::start().await;
    let mut browser = world.browser();
    let next = "/%3Cscript%3E%22";
    let page = browser.get("/login?next=/a%22%3E%3Cscript%3E").await.expect(200);
    assert!(!page.text().contains("<script"), "{}", page.text());
    assert!(!browser.get(&format!("/login?next={next}")).await.text().contains("<script"));
    let fields = [
        ("name", "\"><script>"),
        ("display_name", "<b>"),
        ("password", PASSWORD),
        ("again", PASSWORD),
    ];
    let page = browser.form(world.setup_path(), &fields).await.expect(422).text();
    assert!(!page.contains("<script>") && !page.contains("<b>"), "{page}");
    assert!(page.contains("small letters"), "{page}");
    let vietnamese = browser.get(&format!("{}?lang=vi", world.setup_path())).await.expect(200);
    assert!(vietnamese.text().contains("Tạo tài khoản đầu tiên"));
    assert!(browser.get("/login").await.text().contains("lang=\"vi\""), "the cookie remembers");
}
