//! Rules tried on what is stored, in a process of its own whose memory and time the system limits: what
//! somebody wrote decides how much it takes.

use std::collections::{HashMap, HashSet};
use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use khien_detect::sigma::{LoadOptions, RuleSet, RuleSource};
use khien_lake::Lake;
use khien_model::{Timestamp, Untrusted};
use serde::{Deserialize, Serialize};

use super::reader::{Bounds, INDEX_PATIENCE, Looked, Rows, Unanswered, ask_child, confine};
use super::rules::{self, RuleHunt};
use crate::exit::Exit;
use crate::ingest::run::IngestError;

/// The command by which this program is started to try rules.
pub const COMMAND: &str = "rule-reader";

/// Bound: hosts that are named, those with most first.
const HOSTS_MAX: usize = 100;
/// Bound: characters of one value.
const CELL_CHARS: usize = 1000;
/// Bound: rules that nothing could have met, which are named.
const INERT_MAX: usize = 20;

/// What is tried, on what.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Trial {
    /// The lake's folder.
    pub lake: PathBuf,
    /// Rules: where each is from, and its text.
    pub rules: Vec<(String, String)>,
    /// Values of placeholders.
    pub placeholders: HashMap<String, Vec<String>>,
    /// Ids or titles of those whose detections are wanted.
    pub wanted: Vec<String>,
    /// Only what happened at or after this, in milliseconds since 1970.
    pub since_ms: i64,
    /// Only what happened before this.
    pub until_ms: i64,
    /// Seconds.
    pub seconds: u64,
    /// Bytes that the system gives beyond the program itself.
    pub memory_bytes: usize,
    /// Rows given back.
    pub rows: usize,
    /// Threads.
    pub threads: usize,
}

/// What a trial came to.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Tried {
    /// Detections.
    pub count: u64,
    /// Hosts on which there were any.
    pub host_count: u64,
    /// The hosts with most of them, and how many.
    pub hosts: Vec<(String, u64)>,
    /// The first rows.
    pub rows: Rows,
    /// Events looked at.
    pub events: u64,
    /// Rules that nothing stored could have met: title, why, and the fields that were never seen. It is no all-clear.
    pub inert: Vec<(String, String, Vec<String>)>,
    /// Rules that were not loaded, and why.
    pub problems: Vec<(String, String)>,
}

/// Tries in a process of its own: `program` is this one. It blocks. `looked` is told how many events were looked at.
///
/// # Errors
///
/// As [`Unanswered`] says.
pub fn ask(
    program: &Path,
    trial: &Trial,
    stop: &AtomicBool,
    looked: &(dyn Fn(u64) + Sync),
) -> Result<Tried, Unanswered> {
    let bounds = Bounds { seconds: trial.seconds, memory_bytes: trial.memory_bytes };
    ask_child(program, COMMAND, trial, bounds, stop, looked)
}

/// Tries in this process.
///
/// # Errors
///
/// As [`Unanswered`] says.
pub fn answer(
    lake: &Lake,
    trial: &Trial,
    looked: &(dyn Fn(u64) + Sync),
) -> Result<Tried, Unanswered> {
    let sources = trial.rules.iter().map(|(origin, text)| RuleSource {
        origin: Untrusted::from(origin.as_str()),
        text: text.clone(),
    });
    let options = LoadOptions { placeholders: trial.placeholders.clone() };
    let mut set = RuleSet::load(sources, &options);
    let problems = set.problems().iter().take(INERT_MAX);
    let problems = problems.map(|p| (short(p.title.as_raw()), short(p.detail.as_raw()))).collect();
    only(&mut set, &trial.wanted);
    let time = |ms: i64| Some(Timestamp::from_nanos(ms.saturating_mul(1_000_000)));
    let hunt = RuleHunt {
        rules: Arc::new(set),
        since: time(trial.since_ms),
        until: time(trial.until_ms),
        hosts: Vec::new(),
        orgs: Vec::new(),
        mappings: Vec::new(),
        threads: trial.threads,
        time: Duration::from_secs(trial.seconds),
        rows: trial.rows,
    };
    let found = rules::run(lake, &hunt, looked).map_err(|error| match error {
        IngestError::Lake(error) => Unanswered::from(error),
        IngestError::Machine(error) => Unanswered::Failed(error.to_string()),
    })?;
    let mut hosts: Vec<(String, u64)> = found.by_host.into_iter().collect();
    hosts.sort_by(|a, b| (b.1, &a.0).cmp(&(a.1, &b.0)));
    let count = hosts.iter().fold(found.more_hosts, |sum, (_, count)| sum.saturating_add(*count));
    let host_count = u64::try_from(hosts.len()).unwrap_or(u64::MAX);
    hosts.truncate(HOSTS_MAX);
    let fields = found.answer.schema.fields().iter();
    let columns = fields.map(|field| (field.name().clone(), field.data_type().is_numeric()));
    let columns = columns.collect();
    let rows = found.answer.texts()?.into_iter();
    let rows = rows.map(|row| row.into_iter().map(|cell| cell.map(|text| short(&text))).collect());
    let rows = Rows { columns, rows: rows.collect(), cut: found.answer.cut };
    let inert = found.inert.iter().take(INERT_MAX).map(|(title, inert)| {
        let why = serde_json::to_value(inert.reason).unwrap_or_default();
        let why = why.as_str().unwrap_or_default().to_owned();
        (short(title.as_raw()), why, inert.missing.clone())
    });
    let inert = inert.collect();
    Ok(Tried { count, host_count, hosts, rows, events: found.events, inert, problems })
}

/// Lets only those report that are wanted; what they stand on stays silent.
fn only(set: &mut RuleSet, wanted: &[String]) {
    let wanted: HashSet<&str> = wanted.iter().map(String::as_str).collect();
    let is_wanted = |id: &str, title: &str| wanted.contains(if id.is_empty() { title } else { id });
    set.report_only(is_wanted);
}

fn short(text: &str) -> String {
    text.chars().take(CELL_CHARS).collect()
}

/// The reader: a trial from standard input, on standard output how far it is and then the answer. Started by
/// [`ask`], never by people.
pub fn main() -> Exit {
    let mut line = String::new();
    let read = io::BufReader::new(io::stdin().lock()).read_line(&mut line);
    let trial = read.ok().and_then(|_| serde_json::from_str::<Trial>(&line).ok());
    let Some(trial) = trial else { return Exit::Usage };
    let looked = |looked: u64| {
        let mut out = io::stdout().lock();
        // Whoever asked may have gone; then this process ends, too.
        let _ = serde_json::to_writer(&mut out, &Looked { looked });
        let _ = out.write_all(b"\n").and_then(|()| out.flush());
    };
    let bounds = Bounds { seconds: trial.seconds, memory_bytes: trial.memory_bytes };
    let answer =
        confine(bounds).map_err(|error| Unanswered::Failed(error.to_string())).and_then(|()| {
            let mut lake = Lake::open(&trial.lake)?;
            lake.wait_for_index(INDEX_PATIENCE)?;
            answer(&lake, &trial, &looked)
        });
    let mut out = io::stdout().lock();
    let written = serde_json::to_writer(&mut out, &answer).map_err(io::Error::from);
    let written = written.and_then(|()| out.write_all(b"\n")).and_then(|()| out.flush());
    if written.is_ok() { Exit::Clear } else { Exit::Internal }
}
