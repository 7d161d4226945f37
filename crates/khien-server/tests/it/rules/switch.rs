//! A rule that is off raises no alert, and one that is on again does.

use super::*;

const MARKER: &str = "99999999-9999-4999-8999-999999999999";
const TWICE: &str = "88888888-8888-4888-8888-888888888888";

async fn start() -> (World, Client, Client, Client) {
    let world = World::start_with(with_desk).await;
    let mut admin = world.admin().await;
    let (machine, _) = world.machine(&mut admin, &["events:write"]).await;
    let (mut analyst, _) = world.person(&mut admin, "linh", "analyst").await;
    let text = format!("{}---\n{}", rule(MARKER, "Marker", "marker"), rule(ID, "Bad name", "bad"));
    add(&mut analyst, &text).await.expect(201);
    settle().await;
    (world, admin, analyst, machine)
}

#[tokio::test(flavor = "multi_thread")]
async fn off_it_raises_no_alert_and_on_again_it_does() {
    let (world, _, mut analyst, mut machine) = start().await;
    send(&mut machine, &[JSON], asks("PC-1", "bad", 1)).await.expect(202);
    marked(&mut analyst, &mut machine, MARKER, "M-1").await;
    assert_eq!(hosts(&mut analyst, ID).await, ["PC-1"], "an own rule raises alerts");
    switch(&mut analyst, ID, false).await;
    send(&mut machine, &[JSON], asks("PC-2", "bad", 2)).await.expect(202);
    marked(&mut analyst, &mut machine, MARKER, "M-2").await;
    assert_eq!(hosts(&mut analyst, ID).await, ["PC-1"], "it is off");
    // Off stays off over a restart.
    let (folder, clock) = world.stop().await;
    let world = World::start_in(folder, clock, with_desk).await;
    let mut again = signed_in(&world).await;
    machine.address = world.started.address;
    send(&mut machine, &[JSON], asks("PC-3", "bad", 3)).await.expect(202);
    marked(&mut again, &mut machine, MARKER, "M-3").await;
    assert_eq!(hosts(&mut again, ID).await, ["PC-1"], "it is off after a restart");
    switch(&mut again, ID, true).await;
    send(&mut machine, &[JSON], asks("PC-4", "bad", 4)).await.expect(202);
    marked(&mut again, &mut machine, MARKER, "M-4").await;
    assert_eq!(hosts(&mut again, ID).await, ["PC-1", "PC-4"], "it is on again");
    // What it found, by day and host, is in the lake, and its alerts are counted.
    let hits = again.get(&format!("{PATH}/{ID}/hits")).await.expect(200).json();
    assert_eq!((&hits["hits"], &hits["host_count"]), (&json!(2), &json!(2)), "{hits:#}");
    assert_eq!(hits["days"], json!([{ "day": "2026-09-21", "hits": 2, "hosts": 2 }]));
    assert_eq!(hits["hosts"][0]["first"], "2026-09-21T12:00:01.000Z");
    let of = show(&mut again, ID).await["rule"].clone();
    assert_eq!((&of["alerts"], &of["open_alerts"]), (&json!(2), &json!(2)));
    assert_eq!(of["last"], "2026-09-21T12:00:04.000Z");
    let acts: Vec<Value> = show(&mut again, ID).await["history"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c["act"].clone())
        .collect();
    assert_eq!(acts, ["turned_on", "turned_off", "added"]);
    let entries = again.get("/api/v1/audit?action=rule.turned_off").await.expect(200).json();
    assert_eq!(entries["items"][0]["detail"]["reason"], "ticket 4711");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_that_is_over_turns_it_on_without_anybody() {
    let (world, _, mut analyst, mut machine) = start().await;
    let path = format!("{PATH}/{ID}");
    let off = |until: &str| json!({ "on": false, "reason": "r", "version": 1, "until": until });
    let refused =
        analyst.json("PATCH", &path, off("2020-01-01T00:00:00Z")).await.expect(422).json();
    assert_eq!(refused["fields"], json!([{ "field": "until", "code": "not_future" }]));
    for (reason, code) in
        [(" ", "empty"), ("a\u{7}", "characters"), (&"x".repeat(1001), "too_long")]
    {
        let asked = json!({ "on": false, "reason": reason, "version": 1 });
        let refused = analyst.json("PATCH", &path, asked).await.expect(422).json();
        assert_eq!(refused["fields"], json!([{ "field": "reason", "code": code }]));
    }
    // Half an hour from now.
    let done = analyst.json("PATCH", &path, off("2026-09-21T14:43:20Z")).await.expect(200).json();
    assert_eq!((&done["state"], &done["off"]["by"]), (&json!("off"), &json!("linh")));
    settle().await;
    send(&mut machine, &[JSON], asks("PC-1", "bad", 1)).await.expect(202);
    marked(&mut analyst, &mut machine, MARKER, "M-1").await;
    assert!(hosts(&mut analyst, ID).await.is_empty());
    world.clock.advance(30 * 60 * 1000);
    assert_eq!(show(&mut analyst, ID).await["rule"]["state"], "on");
    settle().await;
    send(&mut machine, &[JSON], asks("PC-2", "bad", 2)).await.expect(202);
    marked(&mut analyst, &mut machine, MARKER, "M-2").await;
    assert_eq!(hosts(&mut analyst, ID).await, ["PC-2"]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correlation_stops_with_what_it_stands_on_and_its_parts_stay_silent_without_it() {
    let (world, _, mut analyst, mut machine) = start().await;
    add(&mut analyst, &twice(TWICE, "bad")).await.expect(201);
    settle().await;
    // What only feeds a correlation raises nothing of its own.
    send(&mut machine, &[JSON], asks("PC-1", "bad", 1)).await.expect(202);
    marked(&mut analyst, &mut machine, MARKER, "M-1").await;
    assert!(hosts(&mut analyst, ID).await.is_empty());
    switch(&mut analyst, TWICE, false).await;
    send(&mut machine, &[JSON], asks("PC-2", "bad", 2)).await.expect(202);
    marked(&mut analyst, &mut machine, MARKER, "M-2").await;
    assert!(hosts(&mut analyst, ID).await.is_empty(), "off, it does not set its parts free");
    switch(&mut analyst, TWICE, true).await;
    switch(&mut analyst, ID, false).await;
    let stopped = show(&mut analyst, TWICE).await;
    assert_eq!(stopped["rule"]["state"], "stopped");
    assert_eq!(
        (&stopped["stands_on"][0]["id"], &stopped["stands_on"][0]["state"]),
        (&json!(ID), &json!("off"))
    );
    let page = analyst.get(&format!("{PATH}?state=stopped")).await.expect(200).json();
    assert_eq!((&page["total"], &page["items"][0]["id"]), (&json!(1), &json!(TWICE)));
    world.stop().await;
}
