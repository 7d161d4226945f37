use khien_wire::{Alert, AlertKind, AlertState, AlertSubject, Severity, StoryNode, Time};
use serde_json::json;

use super::*;

fn alert(id: &str, kind: AlertKind, title: &str, hosts: &[&str]) -> Alert {
    let at = Time::from_ms(1_790_000_000_000);
    Alert {
        id: id.to_owned(),
        kind,
        rule: "rule".to_owned(),
        title: title.to_owned(),
        severity: Severity::High,
        hosts: hosts.iter().map(|host| (*host).to_owned()).collect(),
        host_count: hosts.len() as u64,
        first: at,
        last: at,
        count: 1,
        state: AlertState::Open,
        resolution: None,
        owner: None,
        note: None,
        subject: None,
        created: at,
        updated: at,
    }
}

fn departure(id: &str, hosts: usize) -> AlertDetail {
    let mut alert = alert(id, AlertKind::Departure, "softphone 18: cdn.example", &["PC-0"]);
    alert.subject = Some(AlertSubject {
        publisher: "vendor".to_owned(),
        product: "softphone".to_owned(),
        version: "18".to_owned(),
        trait_kind: "runtime.contacts.domain".to_owned(),
        value: "cdn.example".to_owned(),
    });
    let sightings: Vec<_> = (0..hosts).map(|n| json!({ "host": format!("PC-{n}") })).collect();
    AlertDetail { alert, evidence: json!({ "evidence": { "sightings": sightings } }) }
}

fn indicator() -> AlertDetail {
    let alert = alert("b", AlertKind::Indicator, "Advisory 31: a domain", &["pc-0"]);
    let evidence = json!({ "fields": [
        { "name": "QueryName", "value": "CDN.example" },
        { "name": "Image", "value": "C:\\Program Files\\Softphone\\softphone.exe" },
        { "name": "ProcessId", "value": "7" },
    ] });
    AlertDetail { alert, evidence }
}

fn manual() -> CaseOrigin {
    CaseOrigin { kind: CaseOriginKind::Manual, id: String::new(), title: String::new() }
}

fn node<'s>(story: &'s Story, label: &str) -> &'s StoryNode {
    story.nodes.iter().find(|node| node.label == label).unwrap()
}

/// Steps by label, `~` where inferred.
fn steps(story: &Story) -> Vec<String> {
    let label = |id: &str| {
        let node = story.nodes.iter().find(|node| node.id == id).unwrap();
        if node.folded > 0 { format!("+{}", node.folded) } else { node.label.clone() }
    };
    let sign = |inferred| if inferred { '~' } else { '>' };
    story
        .edges
        .iter()
        .map(|edge| format!("{} {} {}", label(&edge.from), sign(edge.inferred), label(&edge.to)))
        .collect()
}

#[test]
fn a_departure_and_an_indicator_meet_in_what_they_share() {
    let story = tell(&manual(), &[departure("a", 2), indicator()], None);
    let kinds: Vec<StoryKind> = story.columns.iter().map(|column| column.kind).collect();
    use StoryKind::{Host, Intel, Network, Process, Signer, Version};
    assert_eq!(kinds, [Intel, Signer, Version, Host, Process, Network]);
    let shared = node(&story, "CDN.example");
    assert!(shared.marked && shared.outside);
    assert_eq!(shared.alerts, ["a", "b"], "one thing, whatever the case of its letters");
    let process = "C:\\Program Files\\Softphone\\softphone.exe";
    assert!(!node(&story, "PC-0").outside);
    let steps = steps(&story);
    for expected in [
        "vendor > softphone 18".to_owned(),
        "softphone 18 > PC-0".to_owned(),
        "PC-1 > CDN.example".to_owned(),
        "Advisory 31: a domain ~ PC-0".to_owned(),
        format!("PC-0 > {process}"),
        format!("{process} > CDN.example"),
    ] {
        assert!(steps.contains(&expected), "{expected}: {steps:?}");
    }
}

#[test]
fn word_from_outside_leads_to_what_follows() {
    let origin = CaseOrigin {
        kind: CaseOriginKind::Advisory,
        id: "vn-31".to_owned(),
        title: "VN-2026-031".to_owned(),
    };
    let story = tell(&origin, &[departure("a", 1)], None);
    assert!(steps(&story).contains(&"VN-2026-031 ~ vendor".to_owned()));
    // Without alerts there is still what it was opened from.
    assert_eq!(tell(&origin, &[], None).nodes.len(), 1);
    let empty = tell(&manual(), &[], None);
    assert!(empty.nodes.is_empty() && empty.columns.is_empty());
}

#[test]
fn what_does_not_fit_is_folded_and_counted() {
    let story = tell(&manual(), &[departure("a", 23)], None);
    let folded = story.nodes.iter().find(|node| node.folded > 0).unwrap();
    assert_eq!((folded.kind, folded.folded), (StoryKind::Host, 12));
    let hosts = story.nodes.iter().filter(|node| node.kind == StoryKind::Host).count();
    assert_eq!(hosts, COLUMN_MAX);
    let column = story.columns.iter().find(|column| column.kind == StoryKind::Host).unwrap();
    assert_eq!(column.count, 23);
    assert_eq!(
        story.nodes.iter().rfind(|node| node.kind == StoryKind::Host).unwrap().id,
        folded.id
    );
    assert!(steps(&story).contains(&"softphone 18 > +12".to_owned()));
    let all = tell(&manual(), &[departure("a", 23)], Some(StoryKind::Host));
    assert!(all.nodes.iter().all(|node| node.folded == 0));
    assert_eq!(all.nodes.iter().filter(|node| node.kind == StoryKind::Host).count(), 23);
}

#[test]
fn there_are_never_more_than_fit_at_first() {
    let many: Vec<AlertDetail> = (0..200)
        .map(|n| {
            let mut one = departure(&format!("a{n}"), 40);
            let subject = one.alert.subject.as_mut().unwrap();
            subject.publisher = format!("vendor {n}");
            subject.product = format!("product {n}");
            subject.value = format!("d{n}.example");
            if n % 2 == 0 {
                subject.trait_kind = "runtime.loads.module".to_owned();
            }
            one
        })
        .chain((0..50).map(|n| {
            let mut one = indicator();
            one.alert.id = format!("b{n}");
            one.alert.title = format!("rule {n}");
            one.evidence = json!({ "fields": [{ "name": "Image", "value": format!("{n}.exe") }] });
            one
        }))
        .collect();
    let story = tell(&manual(), &many, None);
    assert!(story.nodes.len() <= SHOWN_MAX, "{}", story.nodes.len());
    assert_eq!(story.columns.len(), 7);
    let told: u32 = story.columns.iter().map(|column| column.count).sum();
    assert_eq!(told, 50 + 200 + 200 + 100 + 40 + 50 + 100);
    for node in &story.nodes {
        assert!(
            node.x + story.node_width <= story.width && node.y + story.node_height <= story.height
        );
    }
    // Nothing lies on anything else, and every step leads from one thing to another, to the right.
    for (at, one) in story.nodes.iter().enumerate() {
        for other in &story.nodes[at + 1..] {
            assert!(one.x != other.x || one.y.abs_diff(other.y) >= story.node_height);
        }
    }
    for edge in &story.edges {
        let x = |id: &str| story.nodes.iter().find(|node| node.id == id).unwrap().x;
        assert!(x(&edge.from) < x(&edge.to));
    }
}

#[test]
fn the_same_alerts_give_the_same_picture_in_any_order() {
    let mut alerts = vec![departure("a", 30), indicator(), departure("c", 3)];
    let one = tell(&manual(), &alerts, None);
    alerts.reverse();
    assert_eq!(one, tell(&manual(), &alerts, None));
}

#[test]
fn strange_evidence_is_no_trouble() {
    for evidence in
        [json!(null), json!([1]), json!({ "fields": 7, "evidence": { "sightings": {} } })]
    {
        let alert = alert("a", AlertKind::Rule, "  two\n lines ", &[]);
        let story = tell(&manual(), &[AlertDetail { alert, evidence }], None);
        assert_eq!(story.nodes[0].label, "two lines");
    }
}
