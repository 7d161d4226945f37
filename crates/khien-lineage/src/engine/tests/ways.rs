//! Rules about names, learning, inventories and company: each with a hit and a near miss.

use std::sync::Arc;

use khien_model::{Event, EventClass, LogSource, Timestamp};

use super::fleet::*;
use crate::TraitKind;
use crate::engine::{Engine, LineageView};

const NOBODY: &[(&str, &str)] = &[];

fn told(events: &[Event], days: u32) -> Engine {
    let mut engine = engine();
    for event in events {
        engine.observe(event, "bank", "", Timestamp::from_nanos(0));
    }
    engine.advance(at(days, 0.0));
    engine
}

fn products(engine: &Engine, product: &str) -> Vec<LineageView> {
    let mut lineages = engine.lineages();
    lineages.retain(|lineage| lineage.name.product.as_raw() == product);
    lineages
}

/// Several hosts agree in install age about a domain: it weighs less where it bears the product's name.
#[test]
fn a_domain_that_bears_the_products_name_weighs_less() {
    let bits = |domain: &str| {
        let mut story = Story::rollout(UPDATE + 26);
        for on in 0..5 {
            story.ask(updated_on(on) + 13, 12.0 + f64::from(on) * 0.2, on, phone(NEW), domain);
        }
        story.findings().first().map_or(0.0, |finding| finding.score.bits)
    };
    let strange = bits("avsvmcloud.example");
    assert!(strange >= crate::departure::RAISE_BITS);
    assert!(bits("my-softphone.example") <= strange - 1.9);
    // A part of the name, or a word that is everybody's, is no name.
    assert_eq!(bits("softserver.example"), strange);
}

/// What a lineage without an earlier release does in its first week is learnt, and not what it does after.
#[test]
fn the_first_week_is_learnt() {
    let with = |day: u32| {
        let mut story = Story::office(40, |_, _| OLD);
        let path = r"C:\Users\an\AppData\Local\Google\Chrome\User Data\Default\History";
        let reads = [("ObjectName", path)];
        story.act(day, 12.0, 0, phone(OLD), EventClass::File, "file_access", &reads);
        story.child(day, 12.1, 0, phone(OLD), SHELL);
        let findings = story.findings();
        open(&findings).iter().map(|(kind, _)| *kind).collect::<Vec<_>>()
    };
    assert!(with(6).is_empty());
    assert_eq!(with(38), ["runtime.starts.interpreter", "runtime.files.secrets"]);
}

fn inventory(day: u32, hour: f64, on: &str, more: &[(&str, &str)]) -> Event {
    let own = [("Product", "Softphone"), ("Company", "Vendor Ltd"), ("action", "added")];
    let fields = [&own[..], more].concat();
    let mut event = event(at(day, hour), on, EventClass::Software, "", &fields);
    event.source = Arc::new(LogSource::new(Some("windows"), Some("osquery"), &[]));
    event
}

/// The first inventory says what is there; the next one what has come.
#[test]
fn the_first_inventory_of_a_host_dates_nothing() {
    let age = |listed: u32| {
        let mut story = Story::default();
        let other =
            App { image: r"C:\Program Files\Other\other.exe", product: "Other", ..phone(OLD) };
        story.start(0, 0.9, 1, other);
        story.start(5, 9.0, 1, phone(NEW));
        let run = story.events.pop().unwrap();
        story.events.push(inventory(listed, 1.0, &host(1), &[("FileVersion", NEW)]));
        story.events.push(run);
        let found = products(&told(&story.events, 6), "softphone");
        let release = found[0].releases.iter().find(|r| r.version.as_raw() == NEW).unwrap();
        release.hosts[0].age_hours
    };
    assert_eq!(age(0), None);
    assert_eq!(age(3), Some(56));
}

/// A Mac's program runs under its bundle identifier, and the inventory knows the version.
#[test]
fn a_bundles_identifier_joins_program_and_inventory() {
    let joined = |identifier: &str| {
        let own = [
            ("Image", "/Applications/Softphone.app/Contents/MacOS/Softphone"),
            ("signing_id", "com.vendor.softphone"),
            ("team_id", "TEAM123456"),
            ("ProcessId", "77"),
        ];
        let exec = event(at(3, 2.0), "mac1", EventClass::Process, "process_creation", &own);
        let named = [("FileVersion", NEW), ("bundle_identifier", identifier)];
        let engine = told(&[inventory(2, 1.0, "mac1", &named), exec], 6);
        let lineages = engine.lineages();
        let running = lineages.iter().find(|l| !l.traits.is_empty() || l.releases.len() == 1);
        (lineages.len(), running.map(|l| l.releases[0].version.as_raw().to_owned()))
    };
    assert_eq!(joined("com.vendor.softphone"), (1, Some(NEW.to_owned())));
    assert_eq!(joined("com.vendor.other").0, 2);
}

/// An act that says no version is of the release that came last to the host.
#[test]
fn the_release_that_was_installed_last_is_the_one_that_runs() {
    let by = |installed: u32| {
        let mut story = Story::default();
        story.start(1, 9.0, 1, phone(OLD));
        let before = story.events.pop().unwrap();
        story.start(4, 9.0, 1, phone(""));
        story.ask(4, 9.1, 1, phone(""), "sip.telco.example");
        let act = story.events.pop().unwrap();
        let again = story.events.pop().unwrap();
        let mut events =
            [before, again, inventory(installed, 8.0, &host(1), &[("FileVersion", NEW)]), act];
        events.sort_by_key(|event| event.time);
        let found = products(&told(&events, 8), "softphone");
        let shown = found[0].traits.iter().find(|shown| shown.of.kind == TraitKind::ContactsDomain);
        shown.unwrap().releases[0].0.as_raw().to_owned()
    };
    assert_eq!(by(3), NEW);
    assert_eq!(by(5), OLD);
}

/// One start is told twice, as a program and as one without a maker: that is no company. Another act is.
#[test]
fn one_act_keeps_itself_no_company() {
    let nobody = App {
        company: "",
        product: "",
        version: "",
        image: r"C:\Users\an\AppData\Local\Temp\x.exe",
    };
    let company = |more: bool| {
        let mut story = Story::rollout(UPDATE + 9);
        story.child(UPDATE + 7, 12.0, 0, phone(NEW), nobody);
        if more {
            story.child(UPDATE + 7, 12.1, 0, phone(NEW), SHELL);
        }
        let findings = story.findings();
        let found = findings.iter().find(|f| f.evidence.of.kind == TraitKind::StartsNameless);
        let company = found.unwrap().evidence.companion.as_ref();
        company.map(|company| company.of.kind)
    };
    assert_eq!(company(false), None);
    assert_eq!(company(true), Some(TraitKind::StartsInterpreter));
    assert_eq!(open(&Story::rollout(UPDATE + 9).findings()), NOBODY);
}
