//! The second step of a hunt for temporary paths: the index has only their templates, which say on
//! which hosts and when such a path may have been; the events of those say which it was.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;

use khien_detect::indicator::{LookUp, ObservableKind, covers, look_up};
use khien_model::Indicator;
use khien_model::observable::canonical_path;

use crate::ask::{Did, Host};
use crate::at;
use crate::columns::{HAPPENED, month_of};
use crate::derive::Shown;
use crate::error::LakeError;
use crate::lake::{EVENTS, Lake};
use crate::retain::instant;
use crate::retro::Seen;
use crate::row::Row;
use crate::sql::quoted;
use crate::template::template;

/// Bound: words that rows are looked through for before they are read; beyond it all are read.
const WORDS_MAX: usize = 64;

/// Bound: hosts that are named in the question; beyond it all hosts are asked.
const HOSTS_MAX: usize = 5000;

/// A word shorter than this is in every row.
const WORD_BYTES_MIN: usize = 3;

/// Where temporary paths that are asked for may have been seen.
#[derive(Debug, Default)]
pub(crate) struct Suspects {
    hosts: BTreeSet<String>,
    /// From the first time of any to the last; rows without a time count always.
    span: Option<(i64, i64)>,
    indicators: BTreeSet<usize>,
}

impl Suspects {
    /// A template that an indicator's path may have was seen on a host.
    pub(crate) fn add(&mut self, indicator: usize, host: &str, span: [Option<i64>; 2]) {
        self.indicators.insert(indicator);
        if !self.hosts.contains(host) {
            self.hosts.insert(host.to_owned());
        }
        if let [Some(first), Some(last)] = span {
            let known = self.span.unwrap_or((first, last));
            self.span = Some((known.0.min(first), known.1.max(last)));
        }
    }

    fn sql(&self, words: Option<&BTreeSet<String>>) -> String {
        let mut text = format!(
            "SELECT time, org, host, class, rule, app, app_version, image, process, module, file, registry, fields FROM {EVENTS} WHERE {HAPPENED}"
        );
        if self.hosts.len() <= HOSTS_MAX {
            let hosts: Vec<String> = self.hosts.iter().map(|host| quoted(host)).collect();
            let _ = write!(text, " AND coalesce(host, '') IN ({})", hosts.join(", "));
        }
        match self.span {
            Some((first, last)) => {
                let (first, last) = (instant(first), instant(last));
                let _ = write!(text, " AND (time IS NULL OR time BETWEEN {first} AND {last})");
            }
            None => text.push_str(" AND time IS NULL"),
        }
        if let Some(words) = words {
            let columns = ["fields", "image", "process", "module", "file", "registry"];
            let holds = words.iter().flat_map(|word| {
                columns.map(|column| format!("strpos(lower({column}), {}) > 0", quoted(word)))
            });
            let _ = write!(text, " AND ({})", holds.collect::<Vec<_>>().join(" OR "));
        }
        text
    }

    /// Whether a month's file may have rows of the span.
    fn covers_month(&self, month: &str) -> bool {
        let (first, last) = match self.span {
            _ if month.is_empty() => return true,
            Some((first, last)) => (month_of(Some(first)), month_of(Some(last))),
            None => return false,
        };
        (first.as_str()..=last.as_str()).contains(&month)
    }
}

/// The indicators, by what is looked for in a path.
struct Wanted<'i> {
    /// By the last component.
    names: HashMap<String, Vec<usize>>,
    /// Patterns that are tried on every temporary path.
    every: Vec<usize>,
    indicators: &'i [Indicator],
}

impl<'i> Wanted<'i> {
    fn new(suspects: &Suspects, indicators: &'i [Indicator]) -> Self {
        let mut wanted = Self { names: HashMap::new(), every: Vec::new(), indicators };
        for at in &suspects.indicators {
            let Some(indicator) = indicators.get(*at) else { continue };
            match look_up(&indicator.kind, &indicator.kind.value()) {
                LookUp::PathName(name) => {
                    wanted.names.entry(name.to_owned()).or_default().push(*at)
                }
                _ => wanted.every.push(*at),
            }
        }
        wanted
    }

    /// A word for each indicator that every row with its path has; `None` where one has no such word,
    /// or where there are too many.
    fn words(&self) -> Option<BTreeSet<String>> {
        let patterns = self.every.iter().filter_map(|at| self.indicators.get(*at));
        let patterns = patterns.map(|indicator| indicator.kind.value());
        let words = self.names.keys().cloned().chain(patterns).map(|text| word_of(&text));
        let words = words.collect::<Option<BTreeSet<String>>>()?;
        (words.len() <= WORDS_MAX).then_some(words)
    }

    /// The indicators that cover a path.
    fn covering<'w>(&'w self, path: &'w str) -> impl Iterator<Item = usize> + 'w {
        let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        let named = self.names.get(name).into_iter().flatten();
        let covering = |at: &usize| {
            let indicator = self.indicators.get(*at);
            indicator.is_some_and(|i| covers(&i.kind, ObservableKind::Path.word(), path))
        };
        named.chain(&self.every).copied().filter(covering)
    }
}

/// The longest run of letters and digits, which no JSON text writes in another way.
fn word_of(pattern: &str) -> Option<String> {
    let runs = pattern.split(|c: char| !c.is_ascii_alphanumeric());
    let longest = runs.max_by_key(|run| run.len())?;
    (longest.len() >= WORD_BYTES_MIN).then(|| longest.to_owned())
}

type Key = (usize, String, String, String);

impl Lake {
    /// Looks temporary paths up in the events.
    pub(crate) fn confirm_temporary(
        &self,
        suspects: &Suspects,
        indicators: &[Indicator],
        did: &mut BTreeSet<Did>,
    ) -> Result<Vec<Seen>, LakeError> {
        if suspects.indicators.is_empty() {
            return Ok(Vec::new());
        }
        let wanted = Wanted::new(suspects, indicators);
        let sql = suspects.sql(wanted.words().as_ref());
        let mut files = self.events.files()?;
        files.retain(|file| suspects.covers_month(&file.month));
        let mut found: BTreeMap<Key, Seen> = BTreeMap::new();
        let mut shown = Shown::default();
        self.each_row_of(files, &sql, |row, event| {
            shown.read(row, event);
            let [org, host] = Shown::place(row);
            for path in shown.paths().filter(|path| template(path).is_some()) {
                for at in wanted.covering(path) {
                    did.extend(by_release(row, path));
                    let seen = one(at, path, [org, host], row.time);
                    let key = (at, path.to_owned(), org.to_owned(), host.to_owned());
                    found.entry(key).and_modify(|known| known.merge(&seen)).or_insert(seen);
                }
            }
        })?;
        Ok(found.into_values().collect())
    }
}

/// The release that a row lays a path to: it ran, loaded or wrote it.
fn by_release(row: &Row<'_>, path: &str) -> Option<Did> {
    let app = row.text(at::APP);
    let acts = [at::PROCESS, at::MODULE, at::FILE].map(|place| row.text(place));
    let is_act = |text: &&str| !text.is_empty() && canonical_path(text) == path;
    if app.is_empty() || !acts.iter().any(is_act) {
        return None;
    }
    let [org, name] = Shown::place(row).map(str::to_owned);
    let version = row.text(at::APP_VERSION).to_owned();
    Some(Did { app: app.to_owned(), version, host: Host { org, name } })
}

fn one(indicator: usize, path: &str, [org, host]: [&str; 2], time: Option<i64>) -> Seen {
    Seen {
        indicator,
        kind: ObservableKind::Path.word().to_owned(),
        value: path.to_owned(),
        org: org.to_owned(),
        host: host.to_owned(),
        first: time,
        last: time,
        exact: true,
        count: 1,
    }
}
