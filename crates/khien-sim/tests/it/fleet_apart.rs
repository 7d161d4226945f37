//! The incidents that are kept apart: only in fleets that ask for them, and true to their accounts.
//!
//! Who writes or tunes a detector does not read this file.

use std::collections::BTreeSet;

use khien_sim::{AffectedHost, FleetScenario, Incident, IncidentTruth, Planted, Sources, Step};

const APART: [Incident; 3] = [Incident::ShadowHammer, Incident::JumpCloud, Incident::Codecov];
const PRODUCTS: [&str; 3] = ["ASUS Live Update", "JumpCloud", "codecov-bash"];
const DAY_S: i64 = 86_400;

fn only(fleet: &FleetScenario) -> IncidentTruth {
    let mut incidents = fleet.truth().incidents;
    assert_eq!(incidents.len(), 1);
    incidents.remove(0)
}

fn since_installed(host: &AffectedHost, step: Step) -> Option<i64> {
    let seen = host.steps.iter().find(|seen| seen.step == step)?;
    Some(seen.time.as_second() - host.installed.as_second())
}

/// What each host's planted records say, in time order, each once.
fn told(fleet: &FleetScenario, host: &str) -> Vec<Planted> {
    let mut told: Vec<Planted> = Vec::new();
    fleet.records(|record| {
        let planted = record.planted.filter(|_| record.host == host);
        told.extend(planted.filter(|planted| !told.contains(planted)));
    });
    told
}

#[test]
fn their_products_are_only_where_they_are_asked_for() {
    let plain = FleetScenario::new(31, 50, 20);
    let (others, apart) = Incident::ALL.split_at(Incident::ALL.len() - APART.len());
    assert_eq!(apart, APART);
    let products = |fleet: &FleetScenario| -> BTreeSet<String> {
        fleet.truth().releases.into_iter().map(|release| release.product).collect()
    };
    let of_others = plain.clone().with_incidents(others);
    assert_eq!(products(&of_others), products(&plain));
    of_others.records(|record| {
        let named = ["asus.com", "ASUS", "jumpcloud", "codecov"];
        assert!(named.iter().all(|name| !record.line.contains(name)), "{}", record.line);
    });
    for (incident, product) in APART.into_iter().zip(PRODUCTS) {
        let fleet = plain.clone().with_incidents(&[incident]);
        let mut expected = products(&plain);
        expected.insert(product.to_owned());
        assert_eq!(products(&fleet), expected);
        // So that a fleet and its twin differ in what was planted alone.
        assert_eq!(products(&fleet.benign_twin()), expected);
        assert_eq!(fleet.benign_twin(), fleet.benign_twin().benign_twin());
    }
}

#[test]
fn hosts_that_do_not_get_the_product_do_what_they_did() {
    let plain = FleetScenario { sources: Sources::SENSOR, ..FleetScenario::new(32, 50, 12) };
    for (incident, role) in [(Incident::JumpCloud, "-MAC-"), (Incident::Codecov, "-BLD-")] {
        let lines = |fleet: &FleetScenario| -> (Vec<String>, usize) {
            let (mut others, mut own) = (Vec::new(), 0);
            fleet.records(|record| match record.host.contains(role) {
                true => own += 1,
                false => others.push(record.line.to_owned()),
            });
            (others, own)
        };
        let (before, after) = (lines(&plain), lines(&plain.clone().with_incidents(&[incident])));
        assert!(before.0 == after.0, "{incident:?}");
        assert!(before.1 < after.1, "{incident:?}");
    }
}

#[test]
fn the_updater_of_few_hosts_calls_and_that_of_all_others_only_waits() {
    for hosts in [60, 400] {
        let fleet = FleetScenario::new(33, hosts, 40).with_incidents(&[APART[0]]);
        let truth = only(&fleet);
        assert!(truth.held_out && truth.hosts.len() * 10 > usize::try_from(hosts).unwrap());
        let acting: Vec<_> = truth.hosts.iter().filter(|host| host.first_act.is_some()).collect();
        assert_eq!(acting.len(), 1);
        assert!((0..DAY_S).contains(&since_installed(acting[0], Step::Beacon).unwrap()));
        let waiting = truth.hosts.iter().filter(|host| host.first_act.is_none());
        assert!(waiting.flat_map(|host| &host.steps).all(|seen| seen.step == Step::TimerFile));
    }
}

#[test]
fn the_agent_of_two_hosts_starts_what_stays_and_removes_what_came_first() {
    let fleet = FleetScenario::new(34, 50, 45).with_incidents(&[APART[1]]);
    let fleet = FleetScenario { lost_per_mille: 0, ..fleet };
    let truth = only(&fleet);
    assert!(truth.held_out && truth.hosts.len() == 2, "{truth:?}");
    let order = [
        "script interpreter started by the management agent",
        "program written by the script under another product's name",
        "ad hoc signed program started by the script",
        "the script deletes its own file",
        "second program written under another product's name",
        "property list that starts it with the system",
        "the second program started by launchd",
        "the first program deletes its own file",
        "contact of the second program to a command host",
    ];
    for host in &truth.hosts {
        assert!(since_installed(host, Step::Execution).unwrap() >= DAY_S);
        let told: Vec<&str> = told(&fleet, &host.host).iter().map(|planted| planted.what).collect();
        let places = order.map(|what| told.iter().position(|said| *said == what).unwrap());
        assert!(places.is_sorted(), "{told:?}");
    }
}

#[test]
fn the_uploader_of_every_build_host_sends_at_each_run_and_leaves_nothing() {
    let fleet = FleetScenario::new(35, 100, 45).with_incidents(&[APART[2]]);
    let fleet = FleetScenario { lost_per_mille: 0, ..fleet };
    let truth = only(&fleet);
    assert!(truth.held_out && truth.hosts.len() >= 4, "{truth:?}");
    let (mut started, mut sent) = (0, 0);
    fleet.records(|record| {
        let Some(planted) = record.planted.filter(|planted| planted.acts) else { return };
        assert!(matches!(planted.step, Step::Execution | Step::Upload), "{planted:?}");
        let is_start = planted.step == Step::Execution;
        started += u32::from(is_start);
        sent += u32::from(record.path == "zeek/http.log");
    });
    // Each start is followed by its own upload.
    assert_eq!(started, sent);
    assert!(started > 60, "{started}");
}
