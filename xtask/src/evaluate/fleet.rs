//! Fleets: recall, time to detection, and false alerts per host-day and per benign release.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, ensure};
use khien_ingest::file::read_stream;
use khien_ingest::{DeadLetter, Normalizer, Place, Sink};
use khien_lineage::{Config, Engine, Finding, RuntimeRates, Status, TraitKind};
use khien_model::{Event, Limits, Timestamp, Untrusted};
use khien_sim::{FileKind, FleetRecord, FleetScenario, FleetTruth, Incident, IncidentTruth, Step};

use super::{Sources, Wanted};
use crate::say;

/// Records of all sources are handed on by the hour, so this late one may come.
const LATENESS_S: u32 = 2 * 3600;
const HOUR: i64 = 3_600_000_000_000;
/// What a record says of its time, and what a finding says of the same act, may differ by this.
const SAME_NANOS: i64 = 2_000_000_000;

/// What was planted: by host in lower case.
type Planted = BTreeMap<String, Vec<Act>>;

/// A planted record.
struct Act {
    time: i64,
    incident: Incident,
    step: Step,
    /// Whether it is a malicious act, and not delivery or waiting.
    acts: bool,
    /// The record, in lower case.
    line: String,
}

/// One fleet, played.
struct Played {
    seed: u64,
    truth: FleetTruth,
    planted: Planted,
    findings: Vec<Finding>,
    records: u64,
    dead: u64,
}

pub(super) fn run(wanted: &Wanted) -> Result<()> {
    let mut sums = Sums::default();
    for seed in &wanted.seeds {
        let incidents: Vec<Incident> = Incident::ALL
            .into_iter()
            .filter(|incident| wanted.held || !incident.held_out())
            .collect();
        let fleet = FleetScenario::new(*seed, wanted.hosts, wanted.days).with_incidents(&incidents);
        let played = play(&fleet, wanted.sources)?;
        say(&format!(
            "SYNTHETIC fleet of seed {seed}: {} hosts, {} days, {} records, {} not read",
            fleet.hosts, fleet.days, played.records, played.dead
        ));
        tell(&played, &mut sums);
    }
    sums.tell();
    Ok(())
}

/// Feeds the records of a fleet to the readers and the engine, by the hour.
fn play(fleet: &FleetScenario, sources: Sources) -> Result<Played> {
    let mut feed = Feed {
        engine: Engine::new(
            Config { lateness_s: LATENESS_S, ..Config::default() },
            RuntimeRates::built_in()?,
        ),
        normalizer: Normalizer::default(),
        waiting: BTreeMap::new(),
        hour: i64::MIN,
        host: String::new(),
        dead: 0,
    };
    let (mut planted, mut records) = (Planted::new(), 0_u64);
    fleet.records(|record| {
        records += 1;
        if let Some(step) = record.planted {
            let nanos = i64::try_from(record.time.as_nanosecond()).unwrap_or(i64::MAX);
            let (incident, acts) = (step.incident, step.acts);
            let line = record.line.to_lowercase();
            // Sensors know hosts by their addresses.
            let address = source_of(&line).filter(|_| is_sensors(record.kind));
            for host in [Some(record.host.to_lowercase()), address].into_iter().flatten() {
                let act = Act { time: nanos, incident, step: step.step, acts, line: line.clone() };
                planted.entry(host).or_default().push(act);
            }
        }
        if is_told(record.kind, sources) {
            feed.take(record);
        }
    });
    feed.flush();
    let end = feed.hour.saturating_add(2).saturating_mul(HOUR);
    feed.engine.advance(Timestamp::from_nanos(end));
    ensure!(feed.engine.acts() > 0, "no record of the fleet was an act");
    let findings = feed.engine.findings();
    for finding in &findings {
        ensure!(*finding == finding.recompute(), "a finding that its evidence does not give");
    }
    Ok(Played {
        seed: fleet.seed,
        truth: fleet.truth(),
        planted,
        findings,
        records,
        dead: feed.dead,
    })
}

/// The first inside address of a record: who asked.
fn source_of(line: &str) -> Option<String> {
    let mut parts = line.split(|c: char| !c.is_ascii_digit() && c != '.');
    let inside =
        |part: &&str| part.starts_with("10.") && part.parse::<std::net::Ipv4Addr>().is_ok();
    parts.find(inside).map(str::to_owned)
}

const fn is_sensors(kind: FileKind) -> bool {
    use FileKind::{SuricataEve, ZeekConn, ZeekDns, ZeekHttp, ZeekSsl};
    matches!(kind, SuricataEve | ZeekConn | ZeekDns | ZeekHttp | ZeekSsl)
}

/// Whether a record comes from those who are asked.
const fn is_told(kind: FileKind, sources: Sources) -> bool {
    match sources {
        Sources::Both => true,
        Sources::Endpoints => !is_sensors(kind),
        Sources::Sensors => is_sensors(kind),
    }
}

struct Feed {
    engine: Engine,
    normalizer: Normalizer,
    /// By file: the host it is of, and its lines.
    waiting: BTreeMap<String, (String, String)>,
    hour: i64,
    host: String,
    dead: u64,
}

impl Feed {
    fn take(&mut self, record: &FleetRecord<'_>) {
        let hour = record.time.as_second().div_euclid(3600);
        if hour != self.hour {
            self.flush();
            self.hour = hour;
        }
        let (_, text) = self.waiting.entry(record.path.to_owned()).or_insert_with(|| {
            let mut text = String::new();
            for line in record.header() {
                text.push_str(&line);
                text.push('\n');
            }
            (record.host.to_owned(), text)
        });
        text.push_str(record.line);
        text.push('\n');
    }

    fn flush(&mut self) {
        for (path, (host, text)) in std::mem::take(&mut self.waiting) {
            self.host = host;
            let mut normalizer = std::mem::take(&mut self.normalizer);
            let name = Untrusted::from(path.as_str());
            let mut bytes = text.as_bytes();
            read_stream(&name, &mut bytes, &mut normalizer, &Limits::default(), self);
            self.normalizer = normalizer;
        }
    }
}

impl Sink for Feed {
    fn event(&mut self, event: &Event, _: Place) {
        // Received when it happened: a fleet that is replayed has no other clock.
        let received = event.time.unwrap_or(Timestamp::from_nanos(0));
        self.engine.observe(event, "", &self.host, received);
    }

    fn dead(&mut self, _: DeadLetter) {
        self.dead += 1;
    }
}

/// The incidents that a finding is about, each with the step and the time from which it was: one of
/// its sightings is a planted record. Hosts do many things in two seconds, so the finding must be about
/// the incident's own product, or about something that stands in the record; a record of delivery or
/// waiting counts only for the product.
fn incidents_of(played: &Played, finding: &Finding) -> Vec<(Incident, Step, i64)> {
    let mut found: Vec<(Incident, Step, i64)> = Vec::new();
    for seen in &finding.evidence.sightings {
        let Some(planted) = played.planted.get(&seen.host.as_raw().to_lowercase()) else {
            continue;
        };
        let at = seen.first.as_nanos();
        let near = planted.iter().filter(|act| {
            act.time.abs_diff(at) <= SAME_NANOS.unsigned_abs()
                && (is_of_product(played, finding, act.incident)
                    || act.acts && is_about(finding, &act.line))
        });
        // The act itself before what was planted beside it, then the nearest.
        let Some(act) = near.min_by_key(|act| (!act.acts, act.time.abs_diff(at))) else { continue };
        if found.iter().all(|(known, ..)| *known != act.incident) {
            found.push((act.incident, act.step, finding.raised.as_nanos().max(at)));
        }
    }
    found
}

/// Whether a record has what a finding is about, or the program that did it.
fn is_about(finding: &Finding, line: &str) -> bool {
    let value = finding.evidence.of.value.as_raw().to_lowercase();
    // A port or a kind of user stands in any record.
    let name = names_something(finding.evidence.of.kind)
        .then(|| value.rsplit('/').next().unwrap_or_default());
    let product = finding.lineage.product.as_raw();
    name.into_iter().chain([product]).any(|text| is_named(line, text))
}

/// Whether values of a kind are names of what was done, and not of its class.
const fn names_something(kind: TraitKind) -> bool {
    use TraitKind as K;
    matches!(
        kind,
        K::ContactsDomain
            | K::ContactsShared
            | K::ContactsAddress
            | K::ContactsLookAlike
            | K::ContactsBorrowedName
            | K::DnsAlgorithmic
            | K::StartsProgram
            | K::StartsInterpreter
            | K::StartsNameless
            | K::StartsRelocated
            | K::StartedBy
            | K::LoadsModule
            | K::LoadsUnsigned
            | K::LoadsDriver
            | K::WritesOwn
            | K::InjectsInto
    )
}

/// Whether a record has a name, and not only as a part of a word.
fn is_named(line: &str, name: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    name.len() > 2
        && line.match_indices(name).any(|(at, _)| {
            let (before, after) = (line.get(..at), line.get(at + name.len()..));
            !before.unwrap_or_default().ends_with(is_part)
                && !after.unwrap_or_default().starts_with(is_part)
        })
}

fn is_of_product(played: &Played, finding: &Finding, incident: Incident) -> bool {
    let mut told = played.truth.incidents.iter().filter(|told| told.incident == incident);
    told.any(|told| told.product.eq_ignore_ascii_case(finding.lineage.product.as_raw()))
}

fn tell(played: &Played, sums: &mut Sums) {
    let mut first: BTreeMap<&str, (&Finding, Step, i64)> = BTreeMap::new();
    let mut wrong = Vec::new();
    for finding in &played.findings {
        let incidents = incidents_of(played, finding);
        if incidents.is_empty() {
            wrong.push(finding);
        }
        for (incident, step, since) in incidents {
            // What was taken back tells nobody anything.
            if matches!(finding.status, Status::Withdrawn { .. }) {
                continue;
            }
            let detector = detector_of(finding.evidence.of.kind);
            sums.by_detector.entry(detector).or_default().see(played, incident, since);
            let entry = first.entry(incident.id()).or_insert((finding, step, since));
            if since < entry.2 {
                *entry = (finding, step, since);
            }
        }
    }
    for incident in &played.truth.incidents {
        let found = first.get(incident.incident.id()).copied();
        tell_incident(incident, found, sums);
    }
    tell_wrong(played, &wrong, sums);
}

fn tell_incident(incident: &IncidentTruth, found: Option<(&Finding, Step, i64)>, sums: &mut Sums) {
    let id = incident.incident.id();
    let apart = if incident.held_out { " (held out)" } else { "" };
    let Some(first_act) = incident.first_act else {
        say(&format!("  {id}{apart}: no act before the days ended"));
        return;
    };
    let of = if incident.held_out { &mut sums.held } else { &mut sums.tuned };
    of.1 += 1;
    let Some((finding, step, since)) = found else {
        sums.missed.push(id.to_owned());
        say(&format!("  {id}{apart}: MISSED, {} hosts", incident.hosts.len()));
        return;
    };
    let act = i64::try_from(first_act.as_nanosecond()).unwrap_or(i64::MAX);
    let hours = hours_between(act, since);
    of.0 += u64::from(hours <= 24.0);
    say(&format!(
        "  {id}{apart}: {hours:+.1} h after the first act ({step:?}), {} the first command host: {}",
        against_command(incident, since),
        line(finding)
    ));
}

/// Whether a time is before, at or after the first contact with a command host.
fn against_command(incident: &IncidentTruth, since: i64) -> &'static str {
    let contacts = incident.hosts.iter().flat_map(|host| &host.steps);
    let command = contacts.filter(|seen| seen.step == Step::Beacon).map(|seen| seen.time).min();
    let Some(command) = command.and_then(|time| i64::try_from(time.as_nanosecond()).ok()) else {
        return "without";
    };
    // Findings are in whole seconds, and records of one act come from several sensors.
    match command.saturating_sub(since) {
        ahead if ahead > SAME_NANOS => "before",
        ahead if ahead >= -SAME_NANOS => "at",
        _ => "after",
    }
}

/// Which detector a kind of departure belongs to.
fn detector_of(kind: TraitKind) -> &'static str {
    let mut parts = kind.id().split('.').skip(1);
    match parts.next() {
        Some("contacts") => "contacts",
        Some("dns") => "DNS",
        Some("volume" | "network") => "traffic",
        Some("starts" | "started-by" | "runs-as" | "injects") => "processes",
        Some("loads") => "modules",
        Some("files" | "registry") => "files and registry",
        _ => "other",
    }
}

/// What one detector found by itself.
#[derive(Default)]
struct Detector {
    /// By incident, and the number of the fleet: whether within a day of the first act.
    incidents: BTreeMap<(u64, &'static str), bool>,
    wrong: u64,
}

impl Detector {
    fn see(&mut self, played: &Played, incident: Incident, since: i64) {
        let mut told = played.truth.incidents.iter().filter(|told| told.incident == incident);
        let first = told.find_map(|told| told.first_act);
        let first = first.and_then(|time| i64::try_from(time.as_nanosecond()).ok());
        let is_soon = first.is_some_and(|first| hours_between(first, since) <= 24.0);
        *self.incidents.entry((played.seed, incident.id())).or_default() |= is_soon;
    }
}

#[expect(clippy::cast_precision_loss, reason = "hours, for people")]
fn hours_between(from: i64, to: i64) -> f64 {
    to.saturating_sub(from) as f64 / HOUR as f64
}

/// One line about a finding.
pub(super) fn line(finding: &Finding) -> String {
    let contrast = finding.evidence.contrast;
    let age = finding.evidence.sightings.first().and_then(|seen| seen.age_hours);
    format!(
        "{} {} {} `{}`: {} of {} hosts, none of {} on earlier ones, age {}, {:.1} bits{}",
        finding.lineage.product,
        finding.version,
        finding.evidence.of.kind.id(),
        finding.evidence.of.value,
        contrast.showing,
        contrast.on_release,
        contrast.on_earlier,
        age.map_or("unknown".to_owned(), |hours| format!("{hours} h")),
        finding.score.bits,
        match finding.status {
            Status::Withdrawn { .. } => ", taken back",
            _ => "",
        }
    )
}

fn tell_wrong(played: &Played, wrong: &[&Finding], sums: &mut Sums) {
    let arrivals = played.truth.releases.iter().filter(|release| release.is_benign_arrival());
    let releases = u64::try_from(arrivals.count()).unwrap_or(u64::MAX);
    let host_days = u64::from(played.truth.hosts) * u64::from(played.truth.days);
    let of: BTreeSet<(&str, &str)> = wrong
        .iter()
        .map(|finding| (finding.lineage.product.as_raw(), finding.version.as_raw()))
        .collect();
    let alerts = u64::try_from(wrong.len()).unwrap_or(u64::MAX);
    let releases_told = u64::try_from(of.len()).unwrap_or(u64::MAX);
    say(&format!(
        "  false: {alerts} alerts about {releases_told} of {releases} benign releases, {host_days} host-days"
    ));
    for finding in wrong {
        say(&format!("    {}", line(finding)));
        let detector = detector_of(finding.evidence.of.kind);
        sums.by_detector.entry(detector).or_default().wrong += 1;
    }
    sums.alerts += alerts;
    sums.releases_told += releases_told;
    sums.releases += releases;
    sums.host_days += host_days;
}

/// All fleets together.
#[derive(Default)]
struct Sums {
    /// Found within a day, and all.
    tuned: (u64, u64),
    held: (u64, u64),
    missed: Vec<String>,
    alerts: u64,
    releases_told: u64,
    releases: u64,
    host_days: u64,
    by_detector: BTreeMap<&'static str, Detector>,
}

impl Sums {
    #[expect(clippy::cast_precision_loss, reason = "ratios, for people")]
    fn tell(&self) {
        let per = |count: u64, of: u64| count as f64 / of.max(1) as f64;
        say(
            "each detector (incidents it raised something about, within 24 hours of the first act; false alerts):",
        );
        for (name, of) in &self.by_detector {
            let soon = of.incidents.values().filter(|soon| **soon).count();
            say(&format!("  {name:<20} {:>3}, {soon:>3}; {:>3}", of.incidents.len(), of.wrong));
        }
        say(&format!(
            "departures: {} of {} incidents within 24 hours of their first act{}",
            self.tuned.0,
            self.tuned.1,
            if self.missed.is_empty() {
                String::new()
            } else {
                format!("; missed: {}", self.missed.join(", "))
            }
        ));
        if self.held.1 > 0 {
            say(&format!("held out: {} of {} within 24 hours", self.held.0, self.held.1));
        }
        say(&format!(
            "false: {:.5} alerts per host-day (aim 0.1), {:.4} per benign release (aim 0.05): {} alerts about {} of {} releases",
            per(self.alerts, self.host_days),
            per(self.alerts, self.releases),
            self.alerts,
            self.releases_told,
            self.releases
        ));
    }
}
