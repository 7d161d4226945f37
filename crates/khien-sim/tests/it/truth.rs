//! The ground truth says where every planted record is, and nothing else is planted.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use khien_sim::{PlantedRecord, Step, Variant};

use crate::written::{Written, time_of};

const ADDRESSES: &[(&str, &str)] =
    &[("HCM-ACC-07", "10.20.30.107"), ("HCM-ACC-08", "10.20.30.108")];

fn line<'a>(written: &'a Written, planted: &PlantedRecord) -> &'a str {
    &written.files[&planted.file][usize::try_from(planted.line).unwrap() - 1]
}

#[test]
fn planted_lines_have_the_time_and_host_that_the_manifest_says() {
    let written = Written::new(21, Variant::Incident);
    let kinds: BTreeMap<_, _> =
        written.manifest.files.iter().map(|file| (file.path.as_str(), file.kind)).collect();
    assert!(written.manifest.ground_truth.len() > 500);
    for planted in &written.manifest.ground_truth {
        let line = line(&written, planted);
        let said = time_of(kinds[planted.file.as_str()], line).unwrap();
        let lost = planted.time.as_microsecond() - said.as_microsecond();
        assert!((0..1_000).contains(&lost), "{planted:?}: {line}");
        let (_, address) = ADDRESSES.iter().find(|(host, _)| *host == planted.host).unwrap();
        assert!(line.contains(&planted.host) || line.contains(address), "{planted:?}: {line}");
    }
    assert!(written.manifest.ground_truth.is_sorted_by_key(|planted| planted.time));
}

#[test]
fn planted_lines_show_their_step() {
    let written = Written::new(22, Variant::Incident);
    for planted in &written.manifest.ground_truth {
        let line = line(&written, planted);
        let endpoint = planted.file.starts_with("HCM-");
        let shows: &[&str] = match planted.step {
            Step::AlteredRun => &["3CXDesktopApp.exe\\\""],
            Step::SideLoad => &["ffmpeg.dll", "d3dcompiler_47.dll"],
            Step::TimerFile => &["\\\\app\\\\manifest"],
            Step::HistoryCopy => &["\\\\Default\\\\History.old"],
            Step::ShellChild => &["cmd.exe", "whoami.exe", "conhost.exe"],
            Step::DeadDrop | Step::Beacon | Step::Upload if endpoint => &["3CXDesktopApp.exe"],
            _ => continue,
        };
        assert!(shows.iter().any(|word| line.contains(word)), "{planted:?}: {line}");
    }
}

#[test]
fn every_line_that_names_a_command_host_is_in_the_ground_truth() {
    let written = Written::new(23, Variant::IncidentWithUnknownIndicators);
    let planted: BTreeSet<(&str, u64)> = written
        .manifest
        .ground_truth
        .iter()
        .map(|record| (record.file.as_str(), record.line))
        .collect();
    let words = [
        "azureonlinestorage-cdn.example",
        "officeaddons-update.test",
        "msedgepackages.example",
        "203.0.113.24",
        "203.0.113.87",
        "198.51.100.41",
        "History.old",
        "whoami",
    ];
    for (path, lines) in &written.files {
        for (number, line) in (1..).zip(lines) {
            if words.iter().any(|word| line.contains(word)) {
                assert!(planted.contains(&(path.as_str(), number)), "{path}:{number}: {line}");
            }
        }
    }
}

#[test]
fn the_sleep_is_seven_days_from_the_update_on_each_host() {
    let written = Written::new(24, Variant::Incident);
    let first = |host: &str, step| -> Timestamp {
        let mut planted = written.manifest.ground_truth.iter();
        planted.find(|record| record.host == host && record.step == step).unwrap().time
    };
    for (host, _) in ADDRESSES {
        let asleep = first(host, Step::AlteredUpdate).duration_until(first(host, Step::DeadDrop));
        let hours = asleep.as_secs() / 3600;
        assert_eq!(hours, 7 * 24, "{host}");
        assert!(first(host, Step::DeadDrop) < first(host, Step::Beacon));
    }
    let update = |host| first(host, Step::AlteredUpdate);
    assert!(update("HCM-ACC-07").duration_until(update("HCM-ACC-08")).as_hours() > 12);
}

#[test]
fn contacts_to_command_hosts_are_about_an_hour_apart() {
    let written = Written::new(25, Variant::Incident);
    let times: Vec<i64> = written
        .manifest
        .ground_truth
        .iter()
        .filter(|record| record.host == "HCM-ACC-07" && record.step == Step::Beacon)
        .filter(|record| record.file == "zeek/ssl.log")
        .map(|record| record.time.as_second())
        .collect();
    let gaps: Vec<i64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(gaps.len() > 120, "{}", gaps.len());
    let hourly = gaps.iter().filter(|gap| (2_900..4_300).contains(*gap)).count();
    assert!(hourly * 100 >= gaps.len() * 95, "{gaps:?}");
}
