//! What findings do to cases that have their alert already.

use std::sync::Arc;

use khien_wire::{
    Actor, ActorKind, AlertKind, AlertSubject, CaseChange, CaseDetail, CaseNew, CaseResolution,
    CaseState, CaseTimesChange, Severity,
};
use serde_json::json;

use super::super::audit::By;
use super::super::{Sighted, StateFolder, Store};
use crate::clock::SetClock;

const NOW: i64 = 1_790_000_000_000;

fn departure(hosts: &[&str], first: i64) -> Sighted {
    let sightings: Vec<_> = hosts.iter().map(|host| json!({ "host": host })).collect();
    Sighted {
        mark: "departure\u{1f}x".to_owned(),
        kind: AlertKind::Departure,
        rule: "x".to_owned(),
        title: "softphone 18: cdn.example".to_owned(),
        severity: Severity::High,
        hosts: hosts.iter().map(|host| (*host).to_owned()).collect(),
        host_count: hosts.len() as u64,
        first,
        last: NOW,
        count: hosts.len() as u64,
        is_withdrawn: false,
        subject: Some(AlertSubject {
            publisher: "vendor".to_owned(),
            product: "softphone".to_owned(),
            version: "18".to_owned(),
            trait_kind: "runtime.contacts.domain".to_owned(),
            value: "cdn.example".to_owned(),
        }),
        evidence: json!({ "evidence": { "sightings": sightings } }),
    }
}

fn somebody() -> By {
    let actor = Actor { kind: ActorKind::Account, id: "1".to_owned(), name: "an".to_owned() };
    By { actor, source: String::new() }
}

async fn open(store: &Store, alert: &str) -> CaseDetail {
    let new = CaseNew {
        title: None,
        summary: None,
        severity: None,
        alerts: vec![alert.to_owned()],
        origin: None,
        aware: None,
        owner: Some(String::new()),
    };
    store.open_case(&somebody(), &new).await.unwrap().0
}

#[tokio::test]
async fn hosts_that_an_alert_names_later_come_into_open_cases() {
    let folder = tempfile::tempdir().unwrap();
    let folder = StateFolder::serve(&folder.path().join("state")).unwrap();
    let store = Store::open(&folder, Arc::new(SetClock::at(NOW))).await.unwrap();
    let alert =
        store.sight(&[departure(&["PC-1"], NOW - 1000)], None).await.unwrap().alerts.remove(0);
    let (one, two) = (open(&store, &alert).await, open(&store, &alert).await);
    let close = CaseChange {
        version: two.case.version,
        title: None,
        summary: None,
        severity: None,
        state: Some(CaseState::Closed),
        resolution: Some(CaseResolution::Duplicate),
        owner: None,
        times: CaseTimesChange::default(),
        reason: None,
    };
    store.change_case(&somebody(), &two.case.id, &close).await.unwrap();
    // The same again is nothing new.
    let same = store.sight(&[departure(&["pc-1"], NOW - 1000)], None).await.unwrap();
    assert!(same.cases.is_empty());
    let more = store.sight(&[departure(&["PC-1", "PC-2"], NOW - 5000)], None).await.unwrap();
    assert!(more.cases.iter().eq([&one.case.id]), "{more:?}");
    let after = store.case(&one.case.id).await.unwrap();
    let hosts: Vec<&str> = after.hosts.iter().map(|host| host.host.as_str()).collect();
    assert_eq!(hosts, ["PC-1", "PC-2"]);
    assert_eq!(after.times.occurred.unwrap().at.as_ms(), NOW - 5000);
    assert_eq!(after.case.version, one.case.version, "nobody's change is refused for it");
    let told = after.entries.iter().find(|entry| entry.what == "hosts_found").unwrap();
    assert_eq!((told.detail["hosts"].as_str(), told.by.kind), ("PC-2", ActorKind::System));
    assert_eq!(
        store.case(&two.case.id).await.unwrap().hosts.len(),
        1,
        "a closed case stays as it is"
    );
}
