//! Plays a fleet with every incident and says how much of it there is and how fast it was:
//! `cargo run --release -p khien-sim --example fleet_figures -- SEED HOSTS DAYS`.

#![expect(clippy::print_stdout, clippy::disallowed_methods, reason = "it measures and says so")]

use std::collections::BTreeMap;
use std::time::Instant;

use khien_sim::{FleetScenario, Incident};

fn main() {
    let numbers: Vec<u32> =
        std::env::args().skip(1).filter_map(|number| number.parse().ok()).collect();
    let [seed, hosts, days] = numbers[..] else {
        println!("three numbers are needed: seed, hosts, days");
        return;
    };
    let fleet = FleetScenario::new(seed.into(), hosts, days).with_incidents(&Incident::ALL);
    let begun = Instant::now();
    let mut kinds: BTreeMap<_, (u64, u64)> = BTreeMap::new();
    let mut planted = 0_u64;
    fleet.records(|record| {
        let (count, bytes) = kinds.entry(record.kind).or_default();
        *count += 1;
        *bytes += record.line.len() as u64;
        planted += u64::from(record.planted.is_some());
    });
    let millis = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX).max(1);
    let total: u64 = kinds.values().map(|(count, _)| count).sum();
    for (kind, (count, bytes)) in &kinds {
        println!("{kind:?}: {count} records of {} bytes", bytes / count);
    }
    let host_days = (u64::from(hosts) * u64::from(days)).max(1);
    println!("{total} records, {planted} planted, {} per host and day", total / host_days);
    println!("{millis} ms, {} records/s", total * 1_000 / millis);
    let truth = fleet.truth();
    let arrivals = truth.releases.iter().filter(|release| release.is_benign_arrival()).count();
    println!("{arrivals} benign releases arrived");
    for incident in truth.incidents {
        let acts = incident.hosts.iter().filter(|host| host.first_act.is_some()).count();
        println!(
            "{}: {} hosts, {acts} act, first {:?}{}",
            incident.incident.id(),
            incident.hosts.len(),
            incident.first_act,
            if incident.held_out { ", held out" } else { "" }
        );
    }
}
