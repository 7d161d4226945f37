//! Fleets: the same twice, in order, of the size that was asked for, and true to their truth.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use jiff::Timestamp;
use khien_sim::{
    Change, FileKind, FleetScenario, FleetTruth, Incident, LookAlike, Sources, Volume,
};
use serde_json::Value;

use crate::formats::SYSMON_FIELDS;

/// One number for everything that a fleet writes.
fn fingerprint(fleet: &FleetScenario) -> (u64, u64) {
    let mut hasher = DefaultHasher::new();
    let mut count = 0;
    fleet.records(|record| {
        (record.path, record.line, record.time).hash(&mut hasher);
        count += 1;
    });
    (hasher.finish(), count)
}

#[test]
fn same_values_give_the_same_records_and_another_seed_others() {
    let fleet = FleetScenario::new(7, 30, 9).with_incidents(&Incident::ALL);
    assert_eq!(fingerprint(&fleet), fingerprint(&fleet.clone()));
    assert_ne!(fingerprint(&fleet).0, fingerprint(&FleetScenario { seed: 8, ..fleet }).0);
}

/// Recorded once: a change here changes every recorded answer of an evaluation.
#[test]
fn the_stream_is_the_recorded_one() {
    let fleet = FleetScenario { sources: Sources::ALL, ..FleetScenario::new(1, 20, 14) };
    let all = fleet.clone().with_incidents(&Incident::ALL);
    assert_eq!(sum_of(&all), RECORDED);
    // The incidents that came later leave a fleet of the first twelve as it was.
    let fleet = fleet.with_incidents(&Incident::ALL[..12]);
    assert_eq!(sum_of(&fleet), RECORDED_OF_TWELVE);
    // What newcomers do is theirs alone: without them the stream is as it was before there were any.
    let mut without = fleet;
    without.look_alikes.retain(|kind| *kind != LookAlike::Newcomer);
    assert_eq!(sum_of(&without), RECORDED_WITHOUT_NEWCOMERS);
}

fn sum_of(fleet: &FleetScenario) -> String {
    let mut sum = 0xcbf2_9ce4_8422_2325_u64;
    fleet.records(|record| {
        sum = record
            .line
            .bytes()
            .fold(sum, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    });
    format!("{sum:016x}")
}

const RECORDED: &str = "cf266d40f4804c2a";
const RECORDED_OF_TWELVE: &str = "97d94896356cea28";
const RECORDED_WITHOUT_NEWCOMERS: &str = "73942375735bacea";

#[test]
fn records_are_in_time_order_and_say_their_time() {
    let sources = Sources::ALL;
    let fleet = FleetScenario { sources, ..FleetScenario::new(9, 50, 10) };
    let fleet = fleet.with_incidents(&Incident::ALL);
    let mut previous = Timestamp::MIN;
    let mut kinds: BTreeMap<FileKind, u64> = BTreeMap::new();
    fleet.records(|record| {
        assert!(previous <= record.time, "{}", record.line);
        previous = record.time;
        assert!(!record.line.contains('\n') && !record.line.contains("%U%"), "{}", record.line);
        assert!(!record.line.contains("%SID%") && !record.line.contains("%N%"));
        let count = kinds.entry(record.kind).or_default();
        *count += 1;
        if *count % 50 == 1 {
            let said = said_time(record.kind, record.line);
            let lost = record.time.as_microsecond() - said.as_microsecond();
            assert!((0..1_000_000).contains(&lost), "{}", record.line);
        }
    });
    assert_eq!(kinds.len(), 9, "{kinds:?}");
}

fn said_time(kind: FileKind, line: &str) -> Timestamp {
    let json = || serde_json::from_str::<Value>(line).unwrap();
    let at = |pointer: &str| json().pointer(pointer).unwrap().as_str().unwrap().parse().unwrap();
    match kind {
        FileKind::SysmonEvtxJson | FileKind::InstallerEvtxJson => {
            at("/Event/System/TimeCreated/#attributes/SystemTime")
        }
        FileKind::SuricataEve => at("/timestamp"),
        FileKind::Eslogger => at("/time"),
        FileKind::OsqueryResults => {
            Timestamp::from_second(json()["unixTime"].as_i64().unwrap()).unwrap()
        }
        _ => {
            let (whole, part) = line.split('\t').next().unwrap().split_once('.').unwrap();
            let micros = whole.parse::<i64>().unwrap() * 1_000_000 + part.parse::<i64>().unwrap();
            Timestamp::from_microsecond(micros).unwrap()
        }
    }
}

#[test]
fn a_sparse_host_gives_a_few_hundred_records_a_day_and_loses_what_it_should() {
    let fleet = FleetScenario::new(10, 50, 10);
    let host_days = 50 * 10;
    let count = |fleet: &FleetScenario| fingerprint(fleet).1;
    let sparse = count(&fleet);
    assert!((100..400).contains(&(sparse / host_days)), "{}", sparse / host_days);
    let full = count(&FleetScenario { volume: Volume::Full, ..fleet.clone() });
    assert!(full > sparse * 2, "{full} of {sparse}");
    let endpoint = FleetScenario { sources: Sources::ENDPOINT, ..fleet.clone() };
    let whole = count(&FleetScenario { lost_per_mille: 0, ..endpoint.clone() });
    let holed = count(&FleetScenario { lost_per_mille: 50, ..endpoint.clone() });
    let lost = (whole - holed) * 1_000 / whole;
    assert!((30..70).contains(&lost), "{lost} of 1,000");
    let sensor = count(&FleetScenario { sources: Sources::SENSOR, ..fleet.clone() });
    assert_eq!(count(&endpoint) + sensor, sparse);
}

#[test]
fn a_fleet_has_the_hosts_that_were_asked_for() {
    let mut hosts = BTreeSet::new();
    let fleet = FleetScenario::new(11, 50, 3);
    fleet.records(|record| {
        hosts.insert(record.host.to_owned());
    });
    assert_eq!(hosts.len(), 50);
    assert_eq!(fleet.truth().hosts, 50);
}

/// Name contacted, process image in lower case: what Sysmon says of a query.
fn queries(fleet: &FleetScenario) -> Vec<(Timestamp, String, String)> {
    let mut queries = Vec::new();
    let fleet = FleetScenario { sources: Sources::ENDPOINT, proxied_percent: 0, ..fleet.clone() };
    fleet.records(|record| {
        if record.kind == FileKind::SysmonEvtxJson && record.line.contains("\"EventID\":22,") {
            let value: Value = serde_json::from_str(record.line).unwrap();
            let data = &value["Event"]["EventData"];
            let text = |name: &str| data[name].as_str().unwrap().to_ascii_lowercase();
            queries.push((record.time, text("QueryName"), text("Image")));
        }
    });
    queries
}

#[test]
fn changes_of_benign_releases_are_seen_after_them_and_never_before() {
    let fleet = FleetScenario::new(12, 50, 40);
    let truth = fleet.truth();
    let queries = queries(&fleet);
    let names: BTreeMap<&str, &str> = [
        ("Plover Chat", "ploverchat"),
        ("Otter Notes", "otter notes"),
        ("Lumen PDF", "\\lumen.exe"),
        ("Marble Meet", "marblemeet"),
        ("Meadow Browser", "meadow.exe"),
        ("Junco Music", "junco.exe"),
    ]
    .into();
    let (mut seen, mut changed) = (0, 0);
    for release in truth.releases.iter().filter(|release| release.is_benign_arrival()) {
        let Some(image) = names.get(release.product.as_str()) else { continue };
        if release.platform != khien_sim::Platform::Windows {
            continue;
        }
        for change in &release.changes {
            let Change::NewContact { host } = change else { continue };
            changed += 1;
            let first = queries.iter().find(|(_, name, by)| name == host && by.contains(image));
            if let Some((at, ..)) = first {
                // A pre-release may have brought it to the beta ring.
                let same = truth.releases.iter().filter(|other| {
                    other.product == release.product && other.changes.contains(change)
                });
                let installed = same.filter_map(|other| other.first_installed).min().unwrap();
                // Clocks of hosts differ by up to two minutes.
                assert!(at.as_second() > installed.as_second() - 120, "{release:?} {at}");
                seen += 1;
            }
        }
    }
    assert!(changed >= 3 && seen * 10 >= changed * 7, "{seen} of {changed}");
}

#[test]
fn benign_releases_are_many_and_most_change_little() {
    let truth = FleetScenario::new(13, 100, 60).truth();
    let arrivals: Vec<_> = truth.releases.iter().filter(|r| r.is_benign_arrival()).collect();
    assert!(arrivals.len() > 80, "{}", arrivals.len());
    let quiet = arrivals.iter().filter(|release| release.changes.is_empty()).count();
    assert!((40..85).contains(&(quiet * 100 / arrivals.len())), "{quiet} of {}", arrivals.len());
    assert!(truth.incidents.is_empty());
    assert!(truth.releases.iter().all(|release| release.altered_by.is_none()));
}

#[test]
fn look_alikes_are_there_when_asked_for_and_absent_otherwise() {
    let with = FleetScenario::new(14, 100, 60);
    let without = FleetScenario { look_alikes: Vec::new(), ..with.clone() };
    let shown = |truth: &FleetTruth| -> BTreeSet<LookAlike> {
        truth.releases.iter().filter_map(|release| release.look_alike).collect()
    };
    let truth = with.truth();
    let expected = LookAlike::ALL.into_iter().filter(|kind| *kind != LookAlike::CdnMove);
    assert_eq!(shown(&truth), expected.collect());
    assert_eq!(truth.server_moves.len(), 1);
    let none = without.truth();
    assert!(shown(&none).is_empty() && none.server_moves.is_empty());
    let signer = truth.releases.iter().flat_map(|release| &release.changes);
    let signer = signer.filter(|change| matches!(change, Change::NewSigner { .. }));
    assert_eq!(signer.count(), 1);
}

/// No host has a trace of a newcomer before its first release is published, and then an installer puts it
/// there.
#[test]
fn newcomers_come_by_an_installer_and_were_never_there_before() {
    let fleet = FleetScenario::new(21, 100, 40);
    let truth = fleet.truth();
    let newcomers: BTreeMap<String, Timestamp> = truth
        .releases
        .iter()
        .filter(|release| release.look_alike == Some(LookAlike::Newcomer))
        .filter(|release| release.is_benign_arrival())
        .map(|release| (release.product.clone(), release.published))
        .collect();
    assert_eq!(newcomers.len(), 8, "{newcomers:?}");
    let mut installed = BTreeSet::new();
    fleet.records(|record| {
        for (product, published) in &newcomers {
            if record.line.contains(product.as_str()) {
                assert!(record.time >= *published, "{}", record.line);
                let is_setup = record.line.contains("-setup.exe") || record.line.contains(".msi");
                installed.extend((is_setup).then(|| product.clone()));
            }
        }
    });
    assert!(installed.len() >= 2, "{installed:?}");
}

#[test]
fn a_cdn_move_is_the_same_hour_for_old_and_new_releases() {
    let fleet = FleetScenario::new(15, 50, 20);
    let moved = fleet.truth().server_moves[0].clone();
    let queries = queries(&fleet);
    let by_name = |wanted: &str| -> Vec<i64> {
        let of_name = queries.iter().filter(|(_, name, _)| name == wanted);
        of_name.map(|(at, ..)| at.as_second() - moved.time.as_second()).collect()
    };
    let (old, new) = (by_name(&moved.from), by_name(&moved.to));
    assert!(old.len() > 50 && new.len() > 50);
    assert!(old.iter().all(|since| *since < 3_900) && new.iter().all(|since| *since > -120));
}

#[test]
fn proxied_hosts_ask_the_proxy() {
    let fleet = FleetScenario { proxied_percent: 100, ..FleetScenario::new(16, 20, 4) };
    let mut connects = 0;
    fleet.records(|record| match record.kind {
        FileKind::ZeekHttp => {
            assert!(record.line.contains("\t10.20.10.80\t3128\t"), "{}", record.line);
            connects += u64::from(record.line.contains("CONNECT"));
        }
        FileKind::SysmonEvtxJson if record.line.contains("\"EventID\":22,") => {
            assert!(record.line.contains("lamson.example"), "{}", record.line);
        }
        _ => {}
    });
    assert!(connects > 100);
}

#[test]
fn bounds_hold() {
    let fleet = FleetScenario::new(1, u32::MAX, u32::MAX);
    assert_eq!((fleet.hosts, fleet.days), (FleetScenario::HOSTS_MAX, FleetScenario::DAYS_MAX));
    let nobody = FleetScenario::new(1, 0, 5).with_incidents(&Incident::ALL);
    assert_eq!(fingerprint(&nobody).1, 0);
    assert!(nobody.truth().incidents.is_empty());
    let never = FleetScenario::new(1, 5, 0);
    assert_eq!(fingerprint(&never).1, 0);
}

#[test]
fn sysmon_events_have_the_fields_that_sysmon_gives_them() {
    let mut seen = BTreeSet::new();
    let fleet = FleetScenario { sources: Sources::ENDPOINT, ..FleetScenario::new(17, 20, 8) };
    fleet.records(|record| {
        if record.kind != FileKind::SysmonEvtxJson {
            return;
        }
        let event: Value = serde_json::from_str(record.line).unwrap();
        let id = event["Event"]["System"]["EventID"].as_u64().unwrap();
        assert_eq!(event["Event"]["System"]["Computer"], record.host);
        let data = event["Event"]["EventData"].as_object().unwrap();
        let (_, names) = SYSMON_FIELDS.iter().find(|(known, _)| *known == id).unwrap();
        assert!(names.iter().all(|name| data.contains_key(*name)), "{}", record.line);
        assert_eq!(data.len(), names.len(), "{}", record.line);
        seen.insert(id);
    });
    assert_eq!(seen.len(), SYSMON_FIELDS.len(), "{seen:?}");
}

#[test]
fn a_process_that_acts_was_started_before_and_keeps_its_identity() {
    let fleet = FleetScenario { lost_per_mille: 0, ..FleetScenario::new(18, 20, 8) };
    let fleet = FleetScenario { sources: Sources::ENDPOINT, ..fleet };
    let fleet = fleet.with_incidents(&[Incident::SignSight, Incident::NotepadPlusPlus]);
    let mut images: BTreeMap<String, (String, u64)> = BTreeMap::new();
    let mut started = BTreeSet::new();
    let (mut known, mut unknown) = (0, 0);
    fleet.records(|record| {
        if record.kind != FileKind::SysmonEvtxJson {
            return;
        }
        let event: Value = serde_json::from_str(record.line).unwrap();
        let data = &event["Event"]["EventData"];
        let guid = data["ProcessGuid"].as_str().unwrap().to_owned();
        let who = (data["Image"].as_str().unwrap().to_owned(), data["ProcessId"].as_u64().unwrap());
        assert_eq!(*images.entry(guid.clone()).or_insert_with(|| who.clone()), who);
        if event["Event"]["System"]["EventID"] == 1 {
            assert!(started.insert(guid), "started twice: {}", record.line);
        } else if started.contains(&guid) {
            known += 1;
        } else {
            unknown += 1;
        }
    });
    // Hosts that are never switched off have processes from before the first Monday's restart.
    assert!(unknown * 50 < known, "{unknown} of {known}");
    assert!(started.len() > 1_000);
}

#[test]
fn honest_programs_call_by_the_clock_too() {
    let fleet = FleetScenario { sources: Sources::SENSOR, ..FleetScenario::new(19, 100, 8) };
    let fleet = FleetScenario { lost_per_mille: 0, proxied_percent: 0, ..fleet };
    let mut times: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    fleet.records(|record| {
        if record.kind == FileKind::ZeekSsl && record.line.contains("hub.castorbackup.example") {
            let host = record.host.contains("-SRV-").then(|| record.host.to_owned());
            times.entry(host.unwrap_or_default()).or_default().push(record.time.as_second());
        }
    });
    times.remove("");
    let servers: Vec<Vec<i64>> = times.into_values().collect();
    assert!(!servers.is_empty());
    for times in servers {
        let gaps: Vec<i64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let hourly = gaps.iter().filter(|gap| (3_400..3_800).contains(*gap)).count();
        assert!(hourly * 10 > gaps.len() * 9 && gaps.len() > 100, "{gaps:?}");
    }
}

#[test]
fn the_first_inventory_names_every_release_that_is_there() {
    let fleet = FleetScenario { lost_per_mille: 0, ..FleetScenario::new(20, 50, 4) };
    let truth = fleet.truth();
    let mut stock: BTreeMap<(String, String), u32> = BTreeMap::new();
    fleet.records(|record| {
        if record.kind == FileKind::OsqueryResults && record.line.contains("\"action\":\"added\"") {
            let row: Value = serde_json::from_str(record.line).unwrap();
            let columns = &row["columns"];
            let name = columns.get("bundle_name").or(columns.get("name"));
            let version = columns.get("bundle_short_version").or(columns.get("version"));
            if let (Some(name), Some(version)) = (name, version) {
                let key = (name.as_str().unwrap().to_owned(), version.as_str().unwrap().to_owned());
                *stock.entry(key).or_default() += 1;
            }
        }
    });
    let initial = truth.releases.iter().filter(|release| release.initial && release.hosts > 0);
    let mut listed = 0;
    for release in initial {
        let count = stock.get(&(release.product.clone(), release.version.clone()));
        assert!(count.is_some(), "{release:?}");
        listed += 1;
    }
    assert!(listed > 30);
}
