//! Programs without a maker, names that nobody chose, imitations, and what addresses are called.

use khien_model::{EventClass, Timestamp};

use super::fleet::*;
use crate::{Finding, TraitKind};

const NOBODY: &[(&str, &str)] = &[];

/// A program as Sysmon writes one whose file says nothing.
fn nameless(image: &str) -> App<'_> {
    App { company: "-", product: "-", version: "-", image }
}

fn started_once(child: App<'_>) -> Vec<Finding> {
    let mut story = Story::rollout(UPDATE + 6);
    story.child(UPDATE + 2, 10.0, 1, phone(NEW), child);
    story.findings()
}

#[test]
fn one_start_of_a_program_without_a_maker_is_enough() {
    let found = started_once(nameless(r"C:\Users\an\AppData\Local\Temp\update.exe"));
    let expected = [(TraitKind::StartsNameless.id(), "temporary/update.exe")];
    assert_eq!(open(&found), expected);
    assert_eq!(found[0].version.as_raw(), NEW);
    assert_eq!(found[0].recompute(), found[0]);
    // The same program, which says whose it is.
    let named = App {
        company: "Vendor Ltd.",
        product: "Softphone Setup",
        version: NEW,
        ..nameless(r"C:\Users\an\AppData\Local\Temp\update.exe")
    };
    assert_eq!(open(&started_once(named)), NOBODY);
}

#[test]
fn a_program_without_a_maker_that_always_was_there_is_none() {
    let tool = nameless(r"C:\Program Files\Softphone\ring.exe");
    let mut story = Story::rollout(UPDATE + 6);
    story.child(3, 10.0, 30, phone(OLD), tool);
    story.child(UPDATE + 2, 10.0, 1, phone(NEW), tool);
    assert_eq!(open(&story.findings()), NOBODY);
}

/// Somebody else starts it, in the product's folder: it is the product's.
#[test]
fn a_program_without_a_maker_belongs_to_its_folder() {
    let by = |image: &'static str| {
        let mut story = Story::rollout(UPDATE + 6);
        story.start(UPDATE + 2, 10.0, 1, nameless(image));
        story.findings()
    };
    let found = by(r"C:\Program Files\Softphone\token.exe");
    assert_eq!(open(&found), [(TraitKind::StartsNameless.id(), "programs/token.exe")]);
    assert_eq!(found[0].lineage.product.as_raw(), "softphone");
    assert_eq!(open(&by(r"C:\Program Files\Elsewhere\token.exe")), NOBODY);
}

#[test]
fn names_that_nobody_chose_are_told_from_the_second_on() {
    let asked = |names: &[&str]| {
        let mut story = Story::rollout(UPDATE + 16);
        for (hour, name) in (9_u32..).zip(names) {
            story.ask(UPDATE + 13, f64::from(hour), 0, phone(NEW), name);
        }
        story.findings().iter().any(|f| f.evidence.of.kind == TraitKind::DnsAlgorithmic)
    };
    let (one, two) =
        ("6a57jk2ba1d9keg15cbg.svc.signal.test", "7sbvaemscs0mc925tb99.svc.signal.test");
    assert!(asked(&[one, two]));
    assert!(!asked(&[one, one]));
    assert!(!asked(&["status.svc.signal.test", "configuration.svc.signal.test"]));
}

#[test]
fn a_domain_a_hair_away_from_its_own_is_told_at_once() {
    let asked = |name: &str| {
        let mut story = Story::rollout(UPDATE + 6);
        for day in [3, UPDATE + 1] {
            story.ask(day, 9.0, 1, phone(if day == 3 { OLD } else { NEW }), "x.soft-phone.test");
        }
        story.ask(UPDATE + 1, 11.0, 1, phone(NEW), name);
        story.findings()
    };
    let found = asked("check.softphone.test");
    assert_eq!(open(&found), [(TraitKind::ContactsLookAlike.id(), "softphone.test")]);
    assert_eq!(open(&asked("check.soft-phones-community.test")), NOBODY);
}

fn connect(story: &mut Story, day: u32, hour: f64, on: u32, address: &str) {
    let fields = [("DestinationIp", address), ("DestinationPort", "443"), ("Initiated", "true")];
    story.act(day, hour, on, phone(NEW), EventClass::Network, "network_connection", &fields);
}

/// An answer that the process never asked for on this day: what another host asked names the address.
#[test]
fn an_address_that_anybody_has_named_lately_is_not_one_without_a_name() {
    let contacted = |answer: Option<(u32, &str)>| {
        let mut story = Story::rollout(UPDATE + 6);
        if let Some((day, address)) = answer {
            let fields = [("QueryName", "www.elsewhere.test"), ("QueryResults", address)];
            story.act(day, 8.9, 40, phone(OLD), EventClass::Dns, "dns_query", &fields);
        }
        connect(&mut story, UPDATE + 3, 12.0, 1, "198.51.100.7");
        story.findings()
    };
    let unnamed = [(TraitKind::ContactsAddress.id(), "198.51.100.7")];
    assert_eq!(open(&contacted(None)), unnamed);
    assert_eq!(open(&contacted(Some((UPDATE, "198.51.100.7")))), NOBODY);
    // Another address, and too long ago.
    assert_eq!(open(&contacted(Some((UPDATE, "198.51.100.8")))), unnamed);
    assert_eq!(open(&contacted(Some((2, "198.51.100.7")))), unnamed);
}

/// A sensor saw the name, and knows the host by its address only.
#[test]
fn what_a_sensor_saw_a_host_ask_names_the_connections_of_its_processes() {
    let told = |asker: &str| {
        let mut story = Story::rollout(UPDATE + 10);
        let sockets =
            [("DestinationIp", "10.9.9.9"), ("DestinationPort", "5001"), ("SourceIp", "10.1.1.1")];
        story.act(
            UPDATE + 7,
            11.0,
            0,
            phone(NEW),
            EventClass::Network,
            "network_connection",
            &sockets,
        );
        let asked = [("query", "raw.githubusercontent.com"), ("answers", "198.51.100.9")];
        let time: Timestamp = at(UPDATE + 7, 11.5);
        story.events.push(event(time, asker, EventClass::Dns, "dns", &asked));
        connect(&mut story, UPDATE + 7, 11.6, 0, "198.51.100.9");
        story.findings()
    };
    let fetched = [(TraitKind::ContactsShared.id(), "raw.githubusercontent.com")];
    assert_eq!(open(&told("10.1.1.1")), fetched);
    assert_eq!(open(&told("10.1.1.2")), NOBODY);
}
