//! Stored events through the engine of releases and departures.

use std::cmp::Reverse;
use std::sync::atomic::Ordering;

use khien_ingest::Mapping;
use khien_lake::{Lake, LakeError, QueryLimits, Selection, Walked, at};
use khien_lineage::engine::LineageView;
use khien_lineage::runtime_rate::RuntimeRatesError;
use khien_lineage::{Config, Engine, Finding, Losses, RuntimeRates, Status};
use khien_model::{Timestamp, Untrusted, Verdict};
use serde::Serialize;

use crate::exceptions::{Record, Standing};
use crate::stored::Restored;
use crate::vet::decided::Decided;

/// What people have said of releases before anybody asked.
#[derive(Debug, Default)]
pub struct Said {
    /// Exceptions, whatever became of them.
    pub exceptions: Vec<Record>,
    /// What vetting decided.
    pub vetted: Vec<Decided>,
    /// What of it could not be read.
    pub unread: Vec<Unread>,
}

/// Something beside the events that could not be read, without which the report is made all the same.
#[derive(Clone, Debug, Serialize)]
pub struct Unread {
    /// What it was to be.
    pub of: Of,
    /// Where it is.
    pub path: Untrusted,
    /// Why it cannot be read.
    pub detail: Untrusted,
}

/// What could not be read.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Of {
    /// Exceptions: what they are about is told again.
    Exceptions,
    /// Decisions of vetting: what it found in files keeps no company then.
    Vetting,
}

/// What is known of releases, and what they newly do.
pub struct Report {
    /// Lineages, by name.
    pub lineages: Vec<LineageView>,
    /// Departures, strongest first.
    pub findings: Vec<Finding>,
    /// What did not fit.
    pub losses: Losses,
    /// Events looked at.
    pub events: u64,
    /// Open departures that are not shown because others were asked for.
    pub hidden: usize,
    /// Stored events that say no time, and so were left out.
    pub untimed: u64,
    /// Time of the first and the last of them.
    pub span: Option<(Timestamp, Timestamp)>,
    /// What people said of releases.
    pub said: Said,
    /// When the question was asked.
    pub now: Timestamp,
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum LineageError {
    /// The lake's.
    #[error(transparent)]
    Lake(#[from] LakeError),
    /// The table of base rates that is built in cannot be read: a defect.
    #[error("base rates of what programs do: {0}")]
    Rates(#[from] RuntimeRatesError),
}

/// Replays what is stored. Exceptions hold as of `now`, whenever the events happened. `progress` is told
/// how many events were looked at.
///
/// # Errors
///
/// [`LineageError`]: it took too long, or a file cannot be read.
pub fn replay(
    lake: &Lake,
    selection: &Selection,
    mappings: Vec<Mapping>,
    limits: &QueryLimits,
    (mut said, now): (Said, Timestamp),
    progress: &dyn Fn(u64),
) -> Result<Report, LineageError> {
    // History comes in order, and as a whole; but what happens in one moment comes in several rows, and
    // is looked at in the same order as when it came live.
    let config = Config { lateness_s: 1, ..Config::default() };
    let mut engine = Engine::new(config, RuntimeRates::built_in()?);
    for record in said.exceptions.iter().filter(|record| record.standing(now) == Standing::Holds) {
        // What the engine would refuse was not read from the file.
        let _ = engine.except(record.exception.clone());
    }
    let all = said.vetted.iter().flat_map(Decided::vetted);
    let refused = all.filter(|vetted| !engine.vetted(vetted)).count();
    if refused > 0 {
        let detail = format!("{refused} names of vetted releases are none, or found no room");
        let (path, detail) = (Untrusted::default(), Untrusted::new(detail));
        said.unread.push(Unread { of: Of::Vetting, path, detail });
    }
    let walked = Walked::default();
    let span = learn(&mut engine, lake, selection, mappings, limits, &walked, progress)?;
    if let Some((_, last)) = span {
        engine.advance(last);
    }
    let findings = engine.findings_at(now);
    let mut lineages = engine.lineages();
    // What asks for somebody comes first, then what has a history.
    lineages.sort_by_key(|lineage| {
        let departures = findings.iter().filter(|finding| {
            finding.status == Status::Open
                && finding.org == lineage.org
                && finding.lineage == lineage.name
        });
        Reverse((departures.count(), lineage.releases.len()))
    });
    Ok(Report {
        lineages,
        findings,
        losses: engine.losses(),
        hidden: 0,
        untimed: walked.untimed.into_inner(),
        events: walked.events.into_inner(),
        span,
        said,
        now,
    })
}

/// Feeds an engine with what is stored; says from when to when. `progress` is told how many events were
/// looked at.
///
/// # Errors
///
/// The lake's: it took too long, or a file cannot be read.
pub fn learn(
    engine: &mut Engine,
    lake: &Lake,
    selection: &Selection,
    mappings: Vec<Mapping>,
    limits: &QueryLimits,
    walked: &Walked,
    progress: &dyn Fn(u64),
) -> Result<Option<(Timestamp, Timestamp)>, LakeError> {
    let mut restored = Restored::new(mappings);
    let mut span: Option<(Timestamp, Timestamp)> = None;
    lake.replay(selection, limits, walked, |row, event| {
        let Some(time) = event.time else { return };
        span = Some((span.map_or(time, |(first, _)| first), time));
        let (org, host) = (row.text(at::ORG), row.text(at::HOST));
        engine.observe(restored.event(row, event), org, host, time);
        let events = walked.events.load(Ordering::Relaxed);
        if events.is_multiple_of(10_000) {
            progress(events);
        }
    })?;
    Ok(span)
}

impl Report {
    /// Leaves only lineages whose product or publisher holds this text, and their departures.
    pub fn narrow(&mut self, text: &str) {
        let text = text.to_lowercase();
        let holds = |name: &khien_lineage::finding::LineageName| {
            [&name.product, &name.publisher].iter().any(|part| part.as_raw().contains(&text))
        };
        self.lineages.retain(|lineage| holds(&lineage.name));
        self.findings.retain(|finding| holds(&finding.lineage));
    }

    /// Leaves only lineages that one of these hosts has, and departures that were seen there. All hosts
    /// were learnt from.
    pub fn narrow_to_hosts(&mut self, hosts: &[String]) {
        let is_one = |host: &Untrusted| {
            hosts.iter().any(|wanted| wanted.to_lowercase() == host.as_raw().to_lowercase())
        };
        self.lineages.retain(|lineage| {
            lineage.releases.iter().flat_map(|release| &release.hosts).any(|on| is_one(&on.host))
        });
        let lineages = &self.lineages;
        self.findings.retain(|finding| {
            let evidence = &finding.evidence;
            // The first hosts are named in evidence; whether it is one of the others nobody knows here.
            let is_cut = u64::from(evidence.contrast.showing) > evidence.sightings.len() as u64;
            let may_be = || lineages.iter().any(|lineage| lineage.name == finding.lineage);
            evidence.sightings.iter().any(|seen| is_one(&seen.host)) || is_cut && may_be()
        });
    }

    /// Leaves only departures that were raised at or after this time.
    pub fn narrow_to_days(&mut self, since: Timestamp) {
        let open = self.open().count();
        self.findings.retain(|finding| finding.raised >= since);
        self.hidden += open.saturating_sub(self.open().count());
    }

    /// Departures that ask for somebody.
    pub fn open(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.status == Status::Open)
    }

    /// Departures that somebody answers for, with the end of that.
    pub fn excepted(&self) -> impl Iterator<Item = (&Finding, Timestamp)> {
        self.findings.iter().filter_map(|finding| match finding.status {
            Status::Excepted { until, .. } => Some((finding, until)),
            _ => None,
        })
    }

    /// The last exception for a departure that is open again: it has ended, or was taken back.
    pub fn lapsed(&self, finding: &Finding) -> Option<&Record> {
        let is_over = |standing| matches!(standing, Standing::Ended | Standing::TakenBack);
        let about = |record: &&Record| {
            is_over(record.standing(self.now)) && record.exception.is_about(finding)
        };
        let lapsed = self.said.exceptions.iter().filter(about);
        lapsed.max_by_key(|record| record.over()).filter(|_| finding.status == Status::Open)
    }

    /// Lineages whose releases could be compared.
    pub fn compared(&self) -> usize {
        self.lineages.iter().filter(|lineage| lineage.is_compared).count()
    }

    /// Things that found no room or came out of order, so that departures may be missing.
    pub const fn lost(&self) -> u64 {
        let Losses { lineages, hosts, traits, departures, releases, too_old, traffic, .. } =
            self.losses;
        lineages
            .saturating_add(hosts)
            .saturating_add(traits)
            .saturating_add(departures)
            .saturating_add(releases)
            .saturating_add(too_old)
            .saturating_add(traffic)
    }

    /// What is to be made of it. Where nothing was compared, or something was lost, nobody is clear.
    pub fn verdict(&self) -> Verdict {
        if self.open().next().is_some() {
            Verdict::Hit
        } else if self.compared() > 0 && self.lost() == 0 && self.hidden == 0 {
            Verdict::Clear
        } else {
            Verdict::Unknown
        }
    }
}
