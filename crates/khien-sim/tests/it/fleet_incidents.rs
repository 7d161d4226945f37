//! Incidents in a fleet: what is planted, in which order, and what an honest fleet shows instead.

use std::collections::{BTreeMap, BTreeSet};

use khien_sim::{
    AffectedHost, FileKind, FleetScenario, Incident, IncidentTruth, Manifest, Planted,
    PlantedRecord, Sources, Step,
};

use crate::written::lines;

fn fleet(incident: Incident) -> FleetScenario {
    FleetScenario::new(21, 50, 45).with_incidents(&[incident])
}

fn only(fleet: &FleetScenario) -> IncidentTruth {
    let mut incidents = fleet.truth().incidents;
    assert_eq!(incidents.len(), 1);
    incidents.remove(0)
}

fn first(host: &AffectedHost, step: Step) -> Option<i64> {
    host.steps.iter().find(|seen| seen.step == step).map(|seen| seen.time.as_second())
}

/// Every planted record: host, what, line.
fn planted(fleet: &FleetScenario) -> Vec<(String, Planted, String)> {
    let mut planted = Vec::new();
    fleet.records(|record| {
        if let Some(what) = record.planted {
            planted.push((record.host.to_owned(), what, record.line.to_owned()));
        }
    });
    planted
}

#[test]
fn every_incident_acts_and_its_twin_holds_nothing() {
    let all = FleetScenario::new(21, 50, 45).with_incidents(&Incident::ALL);
    let records = planted(&all);
    let twin = all.benign_twin();
    assert!(planted(&twin).is_empty());
    assert!(twin.truth().incidents.is_empty());
    let honest = twin.truth().releases;
    for truth in all.truth().incidents {
        let incident = truth.incident;
        let act = truth.first_act.unwrap();
        assert!(truth.hosts.iter().all(|host| host.first_act.is_none_or(|at| at >= act)));
        assert!(truth.hosts.iter().all(|host| host.first_act.is_none_or(|at| at > host.installed)));
        let affected: BTreeSet<&str> = truth.hosts.iter().map(|host| host.host.as_str()).collect();
        let mut own = records.iter().filter(|(_, what, _)| what.incident == incident).peekable();
        assert!(own.peek().is_some(), "{incident:?}");
        assert!(own.all(|(host, ..)| affected.contains(host.as_str())), "{incident:?}");
        // The same release came to the twin, and is honest there.
        let same = honest.iter().find(|release| {
            release.product == truth.product && release.version == truth.releases[0]
        });
        assert!(same.is_some_and(|release| release.hosts > 0 && release.is_benign_arrival()));
    }
    assert_eq!(all.truth().incidents.len(), Incident::ALL.len());
}

/// Incidents share hosts, not acts: one alone is what it is among all.
#[test]
fn an_incident_is_the_same_alone_and_among_others() {
    let all = FleetScenario::new(26, 50, 30).with_incidents(&Incident::ALL).truth();
    let apart = Incident::ALL.into_iter().filter(|incident| incident.held_out());
    for incident in apart.chain([Incident::SignSight]) {
        let alone = only(&FleetScenario::new(26, 50, 30).with_incidents(&[incident]));
        assert!(all.incidents.contains(&alone), "{incident:?}");
    }
}

#[test]
fn a_twin_differs_in_planted_lines_alone() {
    let apart = Incident::ALL.into_iter().filter(|incident| incident.held_out());
    let tuned = [Incident::ThreeCxWindows, Incident::CCleaner, Incident::ThreeCxMacos];
    for incident in apart.chain(tuned) {
        let fleet = FleetScenario { lost_per_mille: 10, ..fleet(incident) };
        let fleet = FleetScenario { sources: Sources::ALL, hosts: 30, days: 25, ..fleet };
        let mut honest: BTreeMap<String, i64> = BTreeMap::new();
        fleet.benign_twin().records(|record| {
            *honest.entry(without_numbers(record.kind, record.line)).or_default() += 1;
        });
        let mut planted = 0;
        fleet.records(|record| {
            if record.planted.is_some() {
                planted += 1;
                return;
            }
            let line = without_numbers(record.kind, record.line);
            let left = honest.get_mut(&line);
            assert!(left.as_ref().is_some_and(|left| **left > 0), "{incident:?}: {line}");
            *left.unwrap() -= 1;
        });
        // What is left are honest starts and loads in place of altered ones.
        let left: i64 = honest.values().sum();
        assert!(left < planted, "{incident:?}: {left} of {planted}");
    }
}

/// A line without the number that its tool counted.
fn without_numbers(kind: FileKind, line: &str) -> String {
    let names: &[&str] = match kind {
        FileKind::SysmonEvtxJson | FileKind::InstallerEvtxJson => {
            &["\"EventRecordID\":", "Installer"]
        }
        FileKind::Eslogger => &["\"global_seq_num\":", "\"seq_num\":"],
        _ => &[],
    };
    let mut line = line.to_owned();
    for name in names {
        if let Some(at) = line.find(name) {
            let from = at + name.len();
            let rest = line[from..].find([',', '.']).map_or(line.len(), |end| from + end);
            line.replace_range(from..rest, "");
        }
    }
    line
}

#[test]
fn the_softphone_waits_a_week_then_asks_a_code_host_then_calls_home() {
    let fleet = fleet(Incident::ThreeCxWindows);
    let truth = only(&fleet);
    assert!(truth.hosts.len() >= 10, "{}", truth.hosts.len());
    assert_eq!(truth.releases, ["18.12.407", "18.12.416"]);
    let mut called = 0;
    for host in &truth.hosts {
        let timer = first(host, Step::TimerFile).unwrap();
        assert!((0..4 * 86_400).contains(&(timer - host.installed.as_second())), "{host:?}");
        let Some(drop) = first(host, Step::DeadDrop) else { continue };
        assert_eq!(host.first_act.unwrap().as_second(), drop);
        assert!(drop - host.installed.as_second() >= 7 * 86_400, "{host:?}");
        if let Some(beacon) = first(host, Step::Beacon) {
            assert!(beacon - drop >= 600, "{host:?}");
            called += 1;
        }
    }
    assert!(called >= 8, "{called}");
    // When it began there were hosts that had kept an earlier release.
    let took = u32::try_from(truth.hosts.len()).unwrap();
    let had = fleet.truth().releases.into_iter().find(|release| release.version == "18.10.461");
    assert!(had.unwrap().hosts > took);
    assert!(truth.hosts.iter().all(|host| {
        host.release_at_act.as_ref().is_none_or(|release| truth.releases.contains(release))
    }));
    let acts = planted(&fleet);
    let first_command = acts.iter().position(|(.., line)| line.contains("203.0.113."));
    let first_drop = acts.iter().position(|(.., line)| line.contains("raw.githubusercontent.com"));
    assert!(first_drop.unwrap() < first_command.unwrap());
    let shells = acts.iter().filter(|(_, what, _)| what.step == Step::ShellChild).count();
    assert!((1..10).contains(&shells), "{shells}");
}

#[test]
fn no_record_acts_before_the_first_act_that_the_truth_names() {
    let fleet = FleetScenario::new(28, 50, 40).with_incidents(&Incident::ALL);
    let fleet = FleetScenario { lost_per_mille: 0, ..fleet };
    let mut firsts: BTreeMap<(Incident, String), i64> = BTreeMap::new();
    let mut delivered = 0;
    fleet.records(|record| match record.planted {
        Some(planted) if planted.acts => {
            let key = (planted.incident, record.host.to_owned());
            firsts.entry(key).or_insert(record.time.as_second());
        }
        Some(_) => delivered += 1,
        None => {}
    });
    assert!(delivered > 100);
    for incident in fleet.truth().incidents {
        for host in &incident.hosts {
            let seen = firsts.remove(&(incident.incident, host.host.clone()));
            let told = host.first_act.map(|at| at.as_second());
            // Clocks of hosts differ by up to two minutes; half of a laptop's sockets are not seen.
            let late_s = if incident.incident == Incident::ThreeCxMacos { i64::MAX } else { 120 };
            match (seen, told) {
                (Some(seen), Some(told)) => {
                    assert!(told - 120 <= seen && seen - told <= late_s, "{host:?}");
                }
                (seen, told) => assert_eq!(seen, told, "{host:?}"),
            }
        }
    }
    assert!(firsts.is_empty());
}

#[test]
fn command_hosts_appear_in_planted_lines_alone() {
    let names = [
        "msstorageazure.com",
        "avsvmcloud.com",
        "daemontools.cc",
        "homeunix.org",
        "blogdns.com",
        "sbmsa.wiki",
        "curvefinances.com",
        "example.net",
        "example.org",
        "History.old",
        "eToken.exe",
        "wlbsctrl",
        "TSMSISrv",
        "perfc.dat",
        "UpdateAgent",
        "trufflehog",
    ];
    let mut seen = BTreeSet::new();
    let fleet = FleetScenario::new(22, 50, 40).with_incidents(&Incident::ALL);
    fleet.records(|record| {
        for name in names.iter().filter(|name| record.line.contains(**name)) {
            assert!(record.planted.is_some(), "{}", record.line);
            seen.insert(*name);
        }
    });
    assert_eq!(seen.len(), names.len() - 1, "{seen:?}");
}

#[test]
fn some_families_are_held_out_and_say_so() {
    let held: Vec<Incident> = Incident::ALL.into_iter().filter(|i| i.held_out()).collect();
    let expected = [Incident::ShadowHammer, Incident::JumpCloud, Incident::Codecov];
    assert_eq!(held, expected);
    assert!(only(&fleet(Incident::Codecov)).held_out);
    assert!(!only(&fleet(Incident::MeDoc)).held_out);
    let ids: BTreeSet<&str> = Incident::ALL.iter().map(|incident| incident.id()).collect();
    assert_eq!(ids.len(), Incident::ALL.len());
    for incident in Incident::ALL {
        assert_eq!(serde_json::to_value(incident).unwrap(), incident.id());
    }
}

#[test]
fn the_manifest_and_the_planted_file_point_at_the_lines_they_name() {
    let folder = tempfile::tempdir().unwrap();
    let fleet = FleetScenario {
        sources: Sources::ALL,
        ..FleetScenario::new(23, 50, 20).with_incidents(&Incident::ALL)
    };
    let manifest = fleet.write_to(folder.path()).unwrap();
    assert_eq!(manifest, Manifest::read_from(folder.path()).unwrap());
    assert!(manifest.notice.contains("SYNTHETIC"));
    assert_eq!(manifest.fleet.as_ref(), Some(&fleet.truth()));
    let files: BTreeMap<&str, Vec<String>> = manifest
        .files
        .iter()
        .map(|file| (file.path.as_str(), lines(&folder.path().join(&file.path))))
        .collect();
    for file in &manifest.files {
        let lines = &files[file.path.as_str()];
        assert_eq!(lines.len() as u64, file.lines, "{}", file.path);
        let records = lines.iter().filter(|line| !line.starts_with('#')).count();
        assert_eq!(records as u64, file.records, "{}", file.path);
    }
    let name = manifest.planted_file.clone().unwrap();
    let all: Vec<PlantedRecord> = lines(&folder.path().join(name))
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let mut expected = planted(&fleet).into_iter();
    for record in &all {
        let (host, what, line) = expected.next().unwrap();
        let at = usize::try_from(record.line).unwrap() - 1;
        assert_eq!(files[record.file.as_str()][at], line);
        assert_eq!((&record.host, record.step), (&host, what.step));
    }
    assert!(expected.next().is_none() && all.len() > 100);
    assert!(manifest.ground_truth.iter().all(|record| all.contains(record)));
    assert!(manifest.ground_truth.len() < all.len());
}

#[test]
fn writing_again_gives_the_same_bytes_over_an_earlier_run() {
    let folder = tempfile::tempdir().unwrap();
    let fleet = FleetScenario::new(24, 10, 5);
    let all = |manifest: &Manifest| -> Vec<Vec<String>> {
        manifest.files.iter().map(|file| lines(&folder.path().join(&file.path))).collect()
    };
    let first = all(&fleet.write_to(folder.path()).unwrap());
    FleetScenario::new(25, 10, 5).write_to(folder.path()).unwrap();
    assert_eq!(first, all(&fleet.write_to(folder.path()).unwrap()));
}

#[test]
fn a_smaller_fleet_leaves_no_files_of_a_larger_one_and_nothing_else_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let foreign = folder.path().join("notes.txt");
    let larger = FleetScenario::new(27, 10, 5).write_to(folder.path()).unwrap();
    let mac = larger.files.iter().find(|file| file.kind == FileKind::Eslogger).unwrap();
    // A manifest that names somebody else's file, as a reader of one must expect.
    let mut named = larger.clone();
    named.files[0].path = "notes.txt".to_owned();
    named.files.push(mac.clone());
    std::fs::write(&foreign, b"mine\n").unwrap();
    let json = serde_json::to_vec(&named).unwrap();
    std::fs::write(folder.path().join(Manifest::FILE_NAME), json).unwrap();
    assert!(folder.path().join(&mac.path).exists());
    let smaller = FleetScenario::new(27, 2, 5).write_to(folder.path()).unwrap();
    assert!(smaller.files.iter().all(|file| file.kind != FileKind::Eslogger));
    assert!(!folder.path().join(&mac.path).exists());
    assert!(foreign.exists());
}
