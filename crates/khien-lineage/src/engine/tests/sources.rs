//! Releases and acts from every kind of source.

use std::sync::Arc;

use khien_model::{Event, EventClass, LogSource, Scalar, Timestamp};

use super::fleet::*;
use crate::engine::LineageView;
use crate::{Basis, Engine};

fn told(events: &[Event]) -> Engine {
    let mut engine = engine();
    for event in events {
        engine.observe(event, "bank", "sensor", Timestamp::from_nanos(0));
    }
    engine.advance(at(6, 0.0));
    engine
}

fn lineage(engine: &Engine, product: &str) -> LineageView {
    let lineages = engine.lineages();
    let found = lineages.iter().find(|lineage| lineage.name.product.as_raw() == product);
    found.unwrap_or_else(|| panic!("{product} in {lineages:#?}")).clone()
}

fn values(lineage: &LineageView) -> Vec<String> {
    lineage.traits.iter().map(|t| format!("{}={}", t.of.kind, t.of.value.as_raw())).collect()
}

fn from(product: &str, service: &str, category: &[&str], mut event: Event) -> Event {
    event.source = Arc::new(LogSource::new(Some(product), Some(service), category));
    event
}

/// osquery's inventory says when a release came; the program runs later.
#[test]
fn an_inventory_dates_the_release() {
    let inventory = |day, version, action| {
        let fields = [
            ("Product", "Softphone"),
            ("FileVersion", version),
            ("Company", "Vendor Ltd"),
            ("action", action),
        ];
        from(
            "windows",
            "osquery",
            &[],
            event(at(day, 1.0), "pc1", EventClass::Software, "", &fields),
        )
    };
    let mut story = Story::default();
    story.start(5, 9.0, 1, phone("18.12.416.0"));
    let mut run = story.events.remove(0);
    run.set_host("pc1");
    let engine = told(&[inventory(0, OLD, "snapshot"), inventory(3, NEW, "added"), run]);
    let found = lineage(&engine, "softphone");
    let versions: Vec<_> = found.releases.iter().map(|r| r.version.as_raw()).collect();
    assert_eq!(versions, [OLD, NEW]);
    let on = &found.releases[1].hosts[0];
    assert_eq!(on.since, at(3, 1.0));
    assert_eq!(on.age_hours, Some(56));
    assert!(found.releases[0].hosts.is_empty());
}

/// Windows Installer names product, version and maker; a host seen first with a release has no age.
#[test]
fn an_installer_dates_the_release_and_first_sight_does_not() {
    let fields = [("Product", "Softphone"), ("FileVersion", NEW), ("Company", "Vendor Ltd")];
    let installed = event(at(2, 1.0), "pc1", EventClass::Software, "", &fields);
    let mut story = Story::default();
    story.start(4, 9.0, 2, phone(NEW));
    let engine = told(&[installed, story.events.remove(0)]);
    let found = lineage(&engine, "softphone");
    let ages: Vec<_> = found.releases[0].hosts.iter().map(|on| on.age_hours).collect();
    assert_eq!(ages, [None, Some(0)]);
}

/// A macOS program is its signing identity, in every event of its own.
#[test]
fn a_macos_program_is_its_signing_identity() {
    let own = [
        ("Image", "/Applications/Softphone.app/Contents/MacOS/Softphone"),
        ("signing_id", "com.vendor.softphone"),
        ("team_id", "TEAM123456"),
        ("ProcessId", "77"),
    ];
    let exec = event(at(0, 1.0), "mac1", EventClass::Process, "process_creation", &own);
    let write =
        [&own[..], &[("TargetFilename", "/Users/an/Library/LaunchAgents/x.plist")]].concat();
    let write = event(at(0, 2.0), "mac1", EventClass::File, "file_event", &write);
    let found = lineage(&told(&[exec, write]), "com.vendor.softphone");
    assert_eq!(found.name.publisher.as_raw(), "team123456");
    assert_eq!(found.basis, Basis::Named);
    assert_eq!(found.releases[0].version.as_raw(), "");
    assert!(values(&found).contains(&"runtime.files.startup=launch-agent".to_owned()));
}

/// ECS carries product and version in each event, and words for what happened in a value.
#[test]
fn ecs_events_say_who_they_are() {
    let fields = [
        ("process.executable", "/opt/agent/bin/agent"),
        ("process.entity_id", "abc"),
        ("process.code_signature.subject_name", "Vendor Ltd"),
        ("process.pe.product", "Agent"),
        ("process.pe.file_version", "2.1.0"),
        ("event.action", "exec"),
    ];
    let start =
        from("linux", "endpoint", &[], event(at(0, 1.0), "srv", EventClass::Process, "", &fields));
    let mut ended = fields;
    ended[5].1 = "end";
    let end =
        from("linux", "endpoint", &[], event(at(0, 2.0), "srv", EventClass::Process, "", &ended));
    let contact = [
        ("process.entity_id", "abc"),
        ("destination.domain", "api.vendor.example"),
        ("destination.ip", "192.0.2.1"),
        ("network.transport", "tcp"),
        ("destination.port", "443"),
    ];
    let contact =
        |hour| event(at(0, hour), "srv", EventClass::Network, "network_connection", &contact);
    let engine = told(&[start, contact(1.5), end, contact(2.5)]);
    let found = lineage(&engine, "agent");
    assert_eq!(found.releases[0].version.as_raw(), "2.1");
    let values = values(&found);
    assert!(values.contains(&"runtime.contacts.domain=vendor.example".to_owned()), "{values:?}");
    assert!(values.contains(&"runtime.contacts.port=tcp/443".to_owned()));
    // The process had ended when the second came.
    assert_eq!(engine.losses().unattributed, 1);
}

/// A sensor sees no process, but what the application calls itself.
#[test]
fn a_user_agent_is_an_identity_of_last_resort() {
    let web_of = |client: &str, agent: &str| {
        let fields = [
            ("host", "cdn.vendor.example"),
            ("id.resp_h", "192.0.2.1"),
            ("id.resp_p", "443"),
            ("user_agent", agent),
        ];
        from("zeek", "http", &["proxy"], event(at(0, 1.0), client, EventClass::Http, "", &fields))
    };
    let electron = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Softphone/18.12.416 Chrome/102.0 Electron/19.1 Safari/537.36";
    let plain = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/102.0 Safari/537.36";
    let web = |agent| web_of("10.0.0.5", agent);
    let scanner = web_of("203.0.113.9", "scanner/1.0");
    let engine = told(&[web(electron), web(plain), scanner]);
    let found = lineage(&engine, "Softphone");
    assert_eq!((found.basis, found.releases[0].version.as_raw()), (Basis::Agent, NEW));
    assert_eq!(engine.lineages().len(), 1);
}

/// Only the path is known: another host said whose program it is.
#[test]
fn a_program_without_a_start_is_known_from_elsewhere() {
    let mut story = Story::default();
    story.start(0, 9.0, 1, phone(NEW));
    let ask = [("Image", PHONE), ("QueryName", "updates.vendor.example")];
    let ask = event(at(0, 10.0), "pc9", EventClass::Dns, "dns_query", &ask);
    let stranger = [("Image", r"D:\tools\x.exe"), ("QueryName", "www.other.example")];
    let stranger = event(at(0, 10.0), "pc9", EventClass::Dns, "dns_query", &stranger);
    let engine = told(&[story.events.remove(0), ask, stranger]);
    let found = lineage(&engine, "softphone");
    assert!(values(&found).contains(&"runtime.contacts.domain=vendor.example".to_owned()));
    let unknown = lineage(&engine, "x.exe");
    assert_eq!((unknown.basis, unknown.name.publisher.as_raw()), (Basis::Path, ""));
}

/// Folders named after versions say the version, and writing a program there is its installation.
#[test]
fn an_updater_dates_a_release_by_its_folder() {
    let image = |v: &str| format!(r"C:\Users\an\AppData\Local\Softphone\app-{v}\Softphone.exe");
    let (old, new) = (image("1.2.3"), image("1.3.0"));
    let app = |image| App { company: "Vendor", product: "Softphone", version: "", image };
    let updater = App {
        company: "Vendor",
        product: "Softphone",
        version: "1.2.3",
        image: r"C:\Users\an\AppData\Local\Softphone\Update.exe",
    };
    let mut story = Story::default();
    story.start(0, 9.0, 1, app(&old));
    story.start(3, 9.0, 1, updater);
    story.write(3, 9.1, 1, updater, &new);
    story.start(5, 9.0, 1, app(&new));
    let found = lineage(&told(&story.events), "softphone");
    let versions: Vec<_> = found.releases.iter().map(|r| r.version.as_raw()).collect();
    assert_eq!(versions, ["1.2.3", "1.3"]);
    assert_eq!(found.releases[1].hosts[0].since, at(3, 9.1));
}

#[test]
fn a_snapshot_of_many_processes_is_no_act() {
    let mut many = event(
        at(0, 1.0),
        "pc1",
        EventClass::Process,
        "process_creation",
        &[("Image", "C:\\a.exe")],
    );
    many.push("Image", Scalar::Str("C:\\b.exe"));
    assert_eq!(told(&[many]).acts(), 0);
}
