//! Sigma rules over the events of a lake.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arrow::array::{ArrayRef, Int64Array, StringArray, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use khien_detect::correlate::{CorrelatorReport, HitMaker};
use khien_detect::sigma::{Coverage, Inert, Matcher, RuleSet};
use khien_ingest::{Mapping, Place, Sink};
use khien_lake::at;
use khien_lake::row::Row;
use khien_lake::{Answer, Lake, LakeError, QueryLimits, Selection, Walked};
use khien_model::{Event, LogSource, Timestamp, Untrusted};

use crate::ingest::run::IngestError;
use crate::scan::assemble;
use crate::scan::detection::Detection;
use crate::scan::knowledge::Advisories;
use crate::scan::run::correlate;
use crate::scan::spool::Spool;
use crate::scan::worker::{Knowledge, Worker};
use crate::stored::Restored;

/// What to look for, and where.
pub struct RuleHunt {
    /// The rules.
    pub rules: Arc<RuleSet>,
    /// Only what happened at or after this.
    pub since: Option<Timestamp>,
    /// Only what happened before this.
    pub until: Option<Timestamp>,
    /// Hosts; none: all.
    pub hosts: Vec<String>,
    /// Organisations; none: all.
    pub orgs: Vec<String>,
    /// Mapping files that events of no known producer were read through.
    pub mappings: Vec<Mapping>,
    /// Threads.
    pub threads: usize,
    /// Wall time.
    pub time: Duration,
    /// Rows given back.
    pub rows: usize,
}

/// What was found.
pub struct RuleAnswer {
    /// A row for each detection, by time.
    pub answer: Answer,
    /// Events looked at.
    pub events: u64,
    /// Detections in all, by host.
    pub by_host: HashMap<String, u64>,
    /// Bound: whether there were more hosts than [`HOSTS_MAX`], whose detections are not in `by_host`.
    pub more_hosts: u64,
    /// Rules that nothing stored could have met, by title, which is no all-clear.
    pub inert: Vec<(Untrusted, Inert)>,
    /// What bounds cost the correlator.
    pub correlator: CorrelatorReport,
}

/// Bound: hosts that are told apart in [`RuleAnswer::by_host`].
pub const HOSTS_MAX: usize = 100_000;

/// Columns of the answer.
const COLUMNS: [&str; 9] =
    ["time", "org", "host", "severity", "title", "rule", "fields", "source", "record"];

/// Runs the rules. `progress` is told how many events were looked at.
///
/// # Errors
///
/// The lake's: it took too long, or a file cannot be read. The machine's: the temporary folder.
pub fn run(
    lake: &Lake,
    hunt: &RuleHunt,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<RuleAnswer, IngestError> {
    let knowledge = Knowledge {
        hits: HitMaker::new(hunt.rules.correlations()),
        matcher: Matcher::new(Arc::clone(&hunt.rules)),
        indicators: khien_detect::indicator::IndicatorSet::default(),
        since: hunt.since,
        until: hunt.until,
    };
    let selection = Selection {
        sources: log_sources(&hunt.rules),
        since: hunt.since,
        until: hunt.until,
        hosts: hunt.hosts.clone(),
        orgs: hunt.orgs.clone(),
    };
    let mut threads: Vec<Thread<'_>> =
        (0..hunt.threads.max(1)).map(|_| Thread::new(&knowledge, hunt.mappings.clone())).collect();
    let (walked, told) = (Walked::default(), AtomicU64::new(0));
    let mut workers: Vec<_> = threads
        .iter_mut()
        .map(|thread| {
            let (walked, told) = (&walked, &told);
            move |row: &Row<'_>, event: &Event| {
                thread.row(row, event);
                let events = walked.events.load(Ordering::Relaxed);
                if events.saturating_sub(told.load(Ordering::Relaxed)) > 10_000 {
                    told.store(events, Ordering::Relaxed);
                    progress(events);
                }
            }
        })
        .collect();
    lake.each_event(&selection, &mut workers, Some(hunt.time), &walked)?;
    drop(workers);
    let (mut detections, mut hits) = (Spool::<Detection>::default(), Spool::default());
    let mut coverage = Coverage::default();
    for thread in threads {
        let found = thread.worker.found;
        found.failed.map_or(Ok(()), Err)?;
        detections.absorb(found.detections)?;
        hits.absorb(found.hits)?;
        coverage.merge(found.coverage);
    }
    let correlator = correlate(hits, &knowledge, &mut detections)?;
    let (answer, by_host, more_hosts) = answer(lake, detections, &knowledge, hunt.rows)?;
    let inert = coverage.inert(&hunt.rules).into_iter().filter_map(|inert| {
        let rule = hunt.rules.rule(inert.rule)?;
        Some((rule.title.clone(), inert))
    });
    let inert = inert.collect();
    let events = walked.events.into_inner();
    Ok(RuleAnswer { answer, events, by_host, more_hosts, inert, correlator })
}

/// The log sources that the rules are about; none where a rule is about every one.
fn log_sources(rules: &RuleSet) -> Vec<LogSource> {
    let mut sources: Vec<LogSource> = Vec::new();
    for rule in rules.rules() {
        let (product, service) = (rule.product.as_deref(), rule.service.as_deref());
        let categories: Vec<&str> = rule.category.as_deref().into_iter().collect();
        if product.is_none() && service.is_none() && categories.is_empty() {
            return Vec::new();
        }
        let source = LogSource::new(product, service, &categories);
        if !sources.iter().any(|known| known.key() == source.key()) {
            sources.push(source);
        }
    }
    sources
}

/// What one thread does with rows.
struct Thread<'k> {
    worker: Worker<'k>,
    restored: Restored,
}

impl<'k> Thread<'k> {
    fn new(knowledge: &'k Knowledge, mappings: Vec<Mapping>) -> Self {
        Self { worker: Worker::new(knowledge), restored: Restored::new(mappings) }
    }

    fn row(&mut self, row: &Row<'_>, event: &Event) {
        let event = self.restored.event(row, event);
        // A source's name is looked up at the end, for the few that something was found in.
        self.worker.enter(&Untrusted::new(place_of(row.text(at::ORG), row.text(at::SOURCE))));
        let record = row.number(at::RECORD).and_then(|number| u64::try_from(number).ok());
        self.worker.event(event, Place { record: record.unwrap_or(0), offset: 0 });
    }
}

/// Organisation and source as one word.
fn place_of(org: &str, source: &str) -> String {
    format!("{org}\u{1f}{source}")
}

/// The detections as rows, by time.
fn answer(
    lake: &Lake,
    detections: Spool<Detection>,
    knowledge: &Knowledge,
    rows: usize,
) -> Result<(Answer, HashMap<String, u64>, u64), IngestError> {
    let advisories = Advisories::default();
    let Kept { kept, cut, by_host, more_hosts } = keep(detections, rows)?;
    let names = source_names(lake, &kept)?;
    let mut findings = HashMap::new();
    for detection in &kept {
        findings
            .entry(detection.finding)
            .or_insert_with(|| assemble::finding(detection.finding, knowledge, &advisories));
    }
    let text = |of: &dyn Fn(&Detection) -> String| -> ArrayRef {
        let texts = kept.iter().map(|detection| Some(of(detection)).filter(|t| !t.is_empty()));
        Arc::new(texts.collect::<StringArray>())
    };
    let finding = |detection: &Detection| findings.get(&detection.finding).and_then(Option::as_ref);
    let place = |detection: &Detection| {
        let (org, source) = detection.file.split_once('\u{1f}').unwrap_or_default();
        (org.to_owned(), source.to_owned())
    };
    let times = kept.iter().map(|detection| detection.time().map(|time| time.as_nanos() / 1000));
    let times = times.collect::<TimestampMicrosecondArray>().with_timezone("UTC");
    let records = kept.iter().map(|detection| i64::try_from(detection.record).ok());
    let columns: Vec<ArrayRef> = vec![
        Arc::new(times),
        text(&|detection| place(detection).0),
        text(&|detection| detection.host.clone()),
        text(&|detection| finding(detection).map_or("", |f| f.severity.as_str()).to_owned()),
        text(&|d| finding(d).map(|f| f.title.as_raw().to_owned()).unwrap_or_default()),
        text(&|detection| finding(detection).map(|f| f.id.clone()).unwrap_or_default()),
        text(&|detection| fields(detection)),
        text(&|detection| {
            let (_, source) = place(detection);
            names.get(&source).cloned().unwrap_or(source)
        }),
        Arc::new(records.collect::<Int64Array>()),
    ];
    let schema = Arc::new(Schema::new(
        COLUMNS
            .iter()
            .map(|name| {
                let kind = match *name {
                    "time" => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
                    "record" => DataType::Int64,
                    _ => DataType::Utf8,
                };
                Field::new(*name, kind, true)
            })
            .collect::<Vec<_>>(),
    ));
    Ok((Answer::of(schema, columns, cut)?, by_host, more_hosts))
}

/// What becomes rows, and how much there is.
struct Kept {
    kept: Vec<Detection>,
    cut: bool,
    by_host: HashMap<String, u64>,
    more_hosts: u64,
}

/// Counts all detections and keeps the first, each once.
fn keep(detections: Spool<Detection>, rows: usize) -> Result<Kept, IngestError> {
    let mut all = Kept { kept: Vec::new(), cut: false, by_host: HashMap::new(), more_hosts: 0 };
    let mut last: Option<Detection> = None;
    for detection in detections.into_sorted()? {
        let detection = detection?;
        if last.as_ref().is_some_and(|last| last.same_as(&detection)) {
            continue;
        }
        let is_full = all.by_host.len() >= HOSTS_MAX;
        match all.by_host.get_mut(&detection.host) {
            Some(count) => *count = count.saturating_add(1),
            None if is_full => all.more_hosts = all.more_hosts.saturating_add(1),
            None => {
                all.by_host.insert(detection.host.clone(), 1);
            }
        }
        if all.kept.len() < rows {
            all.kept.push(detection.clone());
        } else {
            all.cut = true;
        }
        last = Some(detection);
    }
    Ok(all)
}

fn fields(detection: &Detection) -> String {
    if let Some(window) = &detection.window {
        return format!("count={} hosts={}", window.count, window.hosts.join(","));
    }
    let pairs: Vec<String> =
        detection.fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join(" ")
}

/// The names of the sources that something was found in, by id.
fn source_names(lake: &Lake, kept: &[Detection]) -> Result<HashMap<String, String>, LakeError> {
    if kept.is_empty() {
        return Ok(HashMap::new());
    }
    let limits = QueryLimits { rows: usize::MAX, ..QueryLimits::default() };
    let rows = lake.query("SELECT source, max(title) FROM sources GROUP BY source", &limits)?;
    let pairs = rows.texts()?.into_iter().filter_map(|row| {
        let mut cells = row.into_iter();
        Some((cells.next()??, cells.next()??))
    });
    Ok(pairs.collect())
}
