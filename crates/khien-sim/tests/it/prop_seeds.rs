//! What holds for every seed.

use std::collections::BTreeSet;

use khien_sim::{FleetScenario, Incident, SoftphoneScenario, Step, Variant};
use proptest::prelude::{ProptestConfig, any, prop_assert, prop_assert_eq, proptest};

/// Every step that the chosen host goes through.
const STEPS: [Step; 9] = [
    Step::AlteredUpdate,
    Step::AlteredRun,
    Step::SideLoad,
    Step::TimerFile,
    Step::DeadDrop,
    Step::Beacon,
    Step::HistoryCopy,
    Step::Upload,
    Step::ShellChild,
];

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 4,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn every_seed_plants_every_step_in_a_scenario_of_ordinary_size(seed in any::<u64>()) {
        let scenario = SoftphoneScenario { seed, variant: Variant::Incident };
        let mut bytes = 0;
        let mut records = 0;
        let mut previous = None;
        for record in scenario.records() {
            prop_assert!(previous.is_none_or(|previous| previous <= record.time));
            prop_assert!(!record.line.contains('\n') && !record.line.contains("%U%"));
            prop_assert!(!record.line.contains("%SID%"));
            previous = Some(record.time);
            bytes += record.line.len();
            records += 1;
        }
        prop_assert!((6_000..13_000).contains(&records), "{records} records");
        prop_assert!(bytes < 15 << 20, "{bytes} bytes");
        let manifest = scenario.manifest();
        prop_assert_eq!(manifest.files.iter().map(|file| file.records).sum::<u64>(), records);
        for host in ["HCM-ACC-07", "HCM-ACC-08"] {
            let planted = manifest.ground_truth.iter().filter(|record| record.host == host);
            let steps: BTreeSet<Step> = planted.map(|record| record.step).collect();
            let expected = if host == "HCM-ACC-07" { &STEPS[..] } else { &STEPS[..6] };
            prop_assert_eq!(steps, expected.iter().copied().collect());
        }
        prop_assert!(manifest.ground_truth.iter().all(|record| record.host != "HCM-SAL-03"));
    }

    #[test]
    fn every_small_fleet_is_in_order_and_whole(
        seed in any::<u64>(),
        hosts in 1_u32..14,
        days in 1_u32..16,
    ) {
        let fleet = FleetScenario::new(seed, hosts, days).with_incidents(&Incident::ALL);
        let truth = fleet.truth();
        let affected = truth.incidents.iter().flat_map(|incident| &incident.hosts);
        let affected: BTreeSet<&str> = affected.map(|host| host.host.as_str()).collect();
        let mut previous = None;
        let mut wrong = Vec::new();
        fleet.records(|record| {
            let is_late = previous.is_some_and(|previous| previous > record.time);
            let is_raw = ["%U%", "%N%", "%SID%", "\n"].iter().any(|raw| record.line.contains(raw));
            let is_stray = record.planted.is_some() && !affected.contains(record.host);
            if is_late || is_raw || is_stray || record.line.is_empty() {
                wrong.push(record.line.to_owned());
            }
            previous = Some(record.time);
        });
        prop_assert_eq!(wrong, Vec::<String>::new());
        for incident in &truth.incidents {
            for host in &incident.hosts {
                prop_assert!(host.first_act.is_none_or(|at| at > host.installed));
            }
        }
    }

    #[test]
    fn every_seed_of_the_benign_variant_is_clean(seed in any::<u64>()) {
        let scenario = SoftphoneScenario { seed, variant: Variant::Benign };
        prop_assert!(scenario.manifest().ground_truth.is_empty());
        for record in scenario.records() {
            prop_assert!(!record.line.contains("203.0.113."), "{}", record.line);
            prop_assert!(!record.line.contains("198.51.100."), "{}", record.line);
        }
    }
}
