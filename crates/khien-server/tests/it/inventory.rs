//! Hosts and what ran on them, over HTTP.

use serde_json::{Value, json};

use crate::estate;

fn names(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|host| host["name"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn hosts_and_releases_are_told_with_the_way_between_them() {
    let (world, mut admin) = estate::start().await;
    let (mut viewer, _) = world.person(&mut admin, "xem", "viewer").await;
    let page = viewer.get("/api/v1/hosts").await.expect(200).json();
    assert_eq!(names(&page), ["GD-0077", "HUE-POS-3", "KT-0412", "LX-BUILD"]);
    let host = &page["items"][0];
    assert_eq!((&host["org"], &host["releases"]), (&json!("bank"), &json!(1)), "{host:#}");
    assert_eq!(host["first"], "2026-03-22T21:47:00.000Z");
    let page = viewer.get("/api/v1/hosts?sort=-last&limit=1").await.expect(200).json();
    assert_eq!(names(&page), ["GD-0077"]);
    let found = viewer.get("/api/v1/hosts?q=hue").await.expect(200).json();
    assert_eq!(names(&found), ["HUE-POS-3"]);
    let silent = viewer.get("/api/v1/hosts?silent=week").await.expect(200).json();
    assert_eq!(silent["total"], 4, "all are older than the clock of this test");

    let page = viewer.get("/api/v1/exposure").await.expect(200).json();
    let told: Vec<_> = page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (&one["product"], &one["version"], &one["hosts"], &one["of"]))
        .collect();
    let soft = json!("Softphone");
    let (old, bad) = (json!("18.12.402"), json!("18.12.416"));
    let (one, two) = (json!(1), json!(2));
    assert_eq!(told, [(&soft, &old, &one, &two), (&soft, &bad, &one, &two)]);
    let of = "/api/v1/hosts?product=Softphone&version=18.12.416";
    assert_eq!(names(&viewer.get(of).await.expect(200).json()), ["GD-0077"]);
    let none = viewer.get("/api/v1/hosts?product=Nothing").await.expect(200).json();
    assert_eq!(none["total"], 0);

    let detail = viewer.get("/api/v1/hosts/gd-0077").await.expect(200).json();
    assert_eq!(detail["host"]["name"], "GD-0077");
    assert_eq!(detail["releases"][0]["version"], "18.12.416");
    let kinds: Vec<_> = detail["kinds"].as_array().unwrap().iter().map(|k| &k["of"]).collect();
    assert!(kinds.contains(&&json!("sha256")) && kinds.contains(&&json!("registry")), "{kinds:?}");
    viewer.get("/api/v1/hosts/NOBODY").await.expect(404);
    viewer.get("/api/v1/hosts/GD-0077?org=other").await.expect(404);
    world.stop().await;
}
