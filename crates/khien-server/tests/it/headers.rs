//! Headers on every answer, static files, and health.

use std::borrow::Cow;
use std::sync::Arc;

use khien_server::{StaticFile, StaticFiles};

use crate::client::Answer;
use crate::world::World;

/// Source: the policy that the console is built for, written out once more.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types svelte-trusted-html";

fn check(path: &str, answer: &Answer) {
    let expected = [
        ("content-security-policy", POLICY),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("x-frame-options", "DENY"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ];
    for (name, value) in expected {
        assert_eq!(answer.header(name), value, "{path}: {name}");
        assert_eq!(answer.headers.get_all(name).iter().count(), 1, "{path}: {name}");
    }
    assert!(!answer.headers.contains_key("server"), "{path}");
    assert!(!answer.headers.contains_key("access-control-allow-origin"), "{path}");
    assert!(answer.headers.contains_key("cache-control"), "{path}");
}

struct Files;

impl StaticFiles for Files {
    fn file(&self, path: &str, accept_encoding: &str) -> Option<StaticFile> {
        let (bytes, media, immutable): (&'static [u8], _, _) = match path {
            "index.html" => (b"<!doctype html>console", "text/html; charset=utf-8", false),
            "assets/app-1234.js" => (b"console", "text/javascript", true),
            _ => return None,
        };
        Some(StaticFile {
            bytes: Cow::Borrowed(bytes),
            content_type: Cow::Borrowed(media),
            hash: Cow::Borrowed("abc"),
            encoding: accept_encoding.contains("br").then_some("br"),
            immutable,
        })
    }
}

#[tokio::test]
async fn every_answer_has_them() {
    let world = World::start_with(|config| config.files = Arc::new(Files)).await;
    let mut admin = world.admin().await;
    for (path, status) in [
        ("/", 200),
        ("/assets/app-1234.js", 200),
        ("/assets/none.js", 404),
        ("/alerts/x", 200),
        ("/login", 200),
        ("/login/more", 200),
        ("/pages.css", 200),
        ("/setup/none", 404),
        ("/setup/", 404),
        ("/healthz", 200),
        ("/metrics", 200),
        ("/api/v1/session", 200),
        ("/api/v1/none", 404),
        ("/api/v1/accounts?limit=x", 422),
        ("/%ff%00", 200),
        ("//evil.test/", 200),
    ] {
        let answer = admin.get(path).await;
        assert_eq!(answer.status.as_u16(), status, "{path}");
        check(path, &answer);
        if path.starts_with("/api") || path == "/login" || path == "/metrics" {
            assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        }
        assert!(!answer.headers.contains_key("strict-transport-security"), "only with TLS");
    }
    let misdirected = admin.send("GET", "/", &[("host", "evil.test")], "".into()).await;
    check("misdirected", &misdirected.expect(421));
    check("401", &world.browser().get("/api/v1/session").await.expect(401));
    check("405", &admin.send("PUT", "/api/v1/session", &[], "".into()).await.expect(405));
}

#[tokio::test]
async fn files_are_kept_by_their_hash_and_paths_of_the_console_give_its_page() {
    let world = World::start_with(|config| config.files = Arc::new(Files)).await;
    let mut browser = world.browser();
    let page = browser.get("/cases/1?sort=-time").await.expect(200);
    assert_eq!(page.text(), "<!doctype html>console");
    assert_eq!(page.header("cache-control"), "no-cache");
    let script = browser.get("/assets/app-1234.js").await.expect(200);
    assert_eq!(script.header("content-type"), "text/javascript");
    assert_eq!(script.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(script.header("etag"), "\"abc\"");
    assert_eq!(script.header("vary"), "Accept-Encoding");
    assert!(!script.headers.contains_key("content-encoding"));
    let headers = [("accept-encoding", "gzip, br"), ("if-none-match", "W/\"abc\"")];
    let known = browser.send("GET", "/assets/app-1234.js", &headers, "".into()).await.expect(304);
    assert_eq!((known.text().as_str(), known.header("etag")), ("", "\"abc\""));
    let head = browser.send("HEAD", "/", &[], "".into()).await.expect(200);
    assert_eq!(head.text(), "");
    browser.send("POST", "/cases", &[], "".into()).await.expect(405);
}

#[tokio::test]
async fn without_a_console_a_page_says_so_in_both_languages() {
    let world = World::start().await;
    let mut browser = world.browser();
    assert!(browser.get("/").await.expect(200).text().contains("The console is not built in"));
    let vietnamese = [("accept-language", "vi-VN,vi;q=0.9,en;q=0.8")];
    let page = browser.send("GET", "/", &vietnamese, "".into()).await.text();
    assert!(page.contains("Giao diện web chưa được dựng kèm"), "{page}");
}

#[tokio::test]
async fn health_says_what_is_known() {
    let world = World::start().await;
    let mut admin = world.admin().await;
    let mut last = serde_json::Value::Null;
    // The first verification of the audit log is a job, and takes its time.
    for _ in 0..200 {
        last = admin.get("/api/v1/health").await.expect(200).json();
        if last["state"] == "ok" {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
        world.clock.advance(25);
    }
    assert_eq!(last["state"], "ok", "{last:#}");
    let parts: Vec<&str> =
        last["parts"].as_array().unwrap().iter().map(|part| part["id"].as_str().unwrap()).collect();
    assert_eq!(parts, ["state", "audit", "disk", "jobs"]);
    for part in last["parts"].as_array().unwrap() {
        let what = part["what"].as_str().unwrap();
        assert!(!what.starts_with("server.") && !what.contains('{'), "{what}");
    }
    admin.json("PATCH", "/api/v1/session", serde_json::json!({ "locale": "vi" })).await.expect(200);
    let vietnamese = admin.get("/api/v1/health").await.json();
    assert!(vietnamese["parts"][1]["what"].as_str().unwrap().contains("nguyên vẹn"));
    let metrics = admin.get("/metrics").await.expect(200).text();
    assert!(
        metrics.contains("khien_http_requests_total{operation=\"Health\",status=\"200\"}"),
        "{metrics}"
    );
    assert!(metrics.contains("khien_logins_total{outcome=\"begun\"} 1"), "{metrics}");
}
