//! What is looked for: one set of indicators of each advisory, wherever it is from.

use super::*;

/// A desk that was started with a list of indicators in a file beside the state.
fn with_list(config: &mut Config, indicators: &str) {
    with_desk(config);
    let list = config.state.parent().unwrap().join("list.txt");
    std::fs::write(&list, indicators).unwrap();
    config.desk.as_mut().unwrap().advisories.push(list.display().to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_set_is_told_with_what_became_of_it() {
    let world =
        World::start_with(|config| with_list(config, "bad.named-in-a-file.example\n8.8.8.8\n"))
            .await;
    let mut admin = world.admin().await;
    let (mut machine, _) = world.machine(&mut admin, &["events:write"]).await;
    let new = json!({ "title": "Ours", "source": "VNCERT", "text": "a.bad.example\n8.8.8.8\n", "tlp": "amber" });
    let added = admin.json("POST", "/api/v1/advisories", new).await.expect(201).json();
    let id = added["id"].as_str().unwrap();
    settle().await;
    send(&mut machine, &[JSON], asks("PC-1", "bad", 1)).await.expect(202);
    crate::events::alerts(&mut admin, "?kind=indicator", 1).await;
    let all = admin.get("/api/v1/intel?limit=200").await.expect(200).json();
    let items = all["items"].as_array().unwrap();
    let of = |id: &str| items.iter().find(|one| one["id"] == id).unwrap();
    let ours = of(id);
    assert_eq!(
        (&ours["origin"], &ours["watched"], &ours["tlp"]),
        (&json!("own"), &json!(true), &json!("amber"))
    );
    assert_eq!((&ours["indicators"], &ours["left_out"]), (&json!(2), &json!(1)));
    assert_eq!(ours["kinds"], json!([{ "kind": "domain", "count": 1 }]));
    assert_eq!((&ours["alerts"], &ours["open_alerts"]), (&json!(1), &json!(1)), "{ours:#}");
    assert_eq!(ours["last"], "2026-09-21T12:00:01.000Z");
    // Of those that ship, the ones that were named are looked for.
    assert_eq!((&of("3cx")["watched"], &of("3cx")["alerts"]), (&json!(true), &json!(0)));
    assert!(of("3cx")["kinds"][0]["count"].as_u64().unwrap() > 0);
    assert_eq!(of("x-trader")["watched"], false);
    let file = items.iter().find(|one| one["origin"] == "file").unwrap();
    assert_eq!((&file["watched"], &file["left_out"]), (&json!(true), &json!(1)));
    let total = |page: Value| page["total"].as_u64().unwrap();
    let watched = total(admin.get("/api/v1/intel?watched=yes").await.expect(200).json());
    let rest = total(admin.get("/api/v1/intel?watched=no").await.expect(200).json());
    assert_eq!((watched, watched + rest), (3, all["total"].as_u64().unwrap()));
    assert_eq!(total(admin.get("/api/v1/intel?q=vncert").await.expect(200).json()), 1);
    admin.delete(&format!("/api/v1/advisories/{id}")).await.expect(204);
    let after = admin.get("/api/v1/intel?origin=own").await.expect(200).json();
    assert_eq!(after["total"], 0);
    world.stop().await;
}

/// A file that is broken or removed while the server is at work keeps no change from being followed.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_the_start_that_goes_away_changes_nothing() {
    let world = World::start_with(|config| with_list(config, "a.worse.example\n")).await;
    let mut admin = world.admin().await;
    let (mut machine, _) = world.machine(&mut admin, &["events:write"]).await;
    std::fs::remove_file(world.folder.path().join("list.txt")).unwrap();
    add(&mut admin, &rule(ID, "Bad name", "bad")).await.expect(201);
    settle().await;
    send(&mut machine, &[JSON], asks("PC-1", "bad", 1)).await.expect(202);
    crate::events::alerts(&mut admin, "?kind=rule", 1).await;
    let health = admin.get("/api/v1/health").await.expect(200).json();
    let intake = health["parts"].as_array().unwrap().iter().find(|part| part["id"] == "intake");
    assert_eq!(intake.unwrap()["state"], "ok", "{health:#}");
    let files = admin.get("/api/v1/intel?origin=file").await.expect(200).json();
    assert_eq!(
        (&files["total"], &files["items"][0]["indicators"], &files["items"][0]["watched"]),
        (&json!(1), &json!(1), &json!(true))
    );
    send(&mut machine, &[JSON], asks("PC-2", "worse", 2)).await.expect(202);
    crate::events::alerts(&mut admin, "?kind=indicator", 1).await;
    world.stop().await;
}
