//! How fast a fleet is written, and how much of it there is; measured by hand:
//! `cargo test -p khien-sim --test it fleet_speed -- --ignored --nocapture`.

#![expect(clippy::print_stdout, clippy::disallowed_methods, reason = "it measures and says so")]

use std::collections::BTreeMap;
use std::time::Instant;

use khien_sim::{FleetScenario, Incident};

#[test]
#[ignore = "a measurement of a few seconds"]
fn the_truth_of_a_thousand_hosts_over_a_year() {
    let begun = Instant::now();
    let truth = FleetScenario::new(1, 1_000, 400).with_incidents(&Incident::ALL).truth();
    let (releases, seconds) = (truth.releases.len(), begun.elapsed().as_secs_f64());
    println!("{releases} releases, {} incidents, {seconds:.1} s", truth.incidents.len());
}

#[test]
#[ignore = "a measurement of half a minute"]
fn five_hundred_hosts_for_sixty_days() {
    let fleet = FleetScenario::new(1, 500, 60).with_incidents(&Incident::ALL);
    let begun = Instant::now();
    let mut kinds: BTreeMap<_, (u64, u64)> = BTreeMap::new();
    let mut planted = 0_u64;
    fleet.records(|record| {
        let (count, bytes) = kinds.entry(record.kind).or_default();
        *count += 1;
        *bytes += record.line.len() as u64;
        planted += u64::from(record.planted.is_some());
    });
    let seconds = begun.elapsed().as_secs_f64();
    let total: u64 = kinds.values().map(|(count, _)| count).sum();
    for (kind, (count, bytes)) in &kinds {
        println!("{kind:?}: {count} records, {} bytes each", bytes / count);
    }
    println!("{total} records, {planted} planted, {seconds:.1} s");
    println!("{:.0} records/s, {} per host and day", total as f64 / seconds, total / (500 * 60));
    for incident in fleet.truth().incidents {
        let acts = incident.hosts.iter().filter(|host| host.first_act.is_some()).count();
        println!(
            "{}: {} hosts, {acts} act, first {:?}",
            incident.incident.id(),
            incident.hosts.len(),
            incident.first_act
        );
    }
}
