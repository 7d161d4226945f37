//! Sets of indicators that are looked for: one of each advisory, with what became of it.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex};

use khien_detect::indicator::{Advisory, IndicatorSet, NoisePolicy};
use khien_ops::content;
use khien_ops::held::lock;
use khien_ops::ingest::checkpoint::id_of;
use khien_wire::{Intel, IntelCount, IntelOrigin, Time};

use super::{RulesError, cut};
use crate::advisories::built_in::BuiltIn;
use crate::advisories::parsed;
use crate::app::App;
use crate::state::{RuleCount, Store};
use khien_text::Lang;

/// Bound: indicators of one set whose alerts are counted.
const KEYS_MAX: usize = 200_000;
const TITLE_MAX: usize = 300;

/// What was read in one set, which does not change with time.
#[derive(Debug, Default)]
struct Read {
    indicators: u64,
    left_out: u64,
    kinds: Vec<IntelCount>,
    /// Until when its indicators mean something, in milliseconds since 1970, sorted.
    ends: Vec<i64>,
    /// Whether one of them has no end.
    is_endless: bool,
    /// What alerts call its indicators, as hashes, sorted.
    keys: Vec<u64>,
}

/// What was read in advisories, by id: none of them ever changes.
#[derive(Debug, Default)]
pub(crate) struct IntelCache(Mutex<HashMap<String, Arc<Read>>>);

fn key_of(rule: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    rule.hash(&mut hasher);
    hasher.finish()
}

fn read(advisory: &Advisory) -> Read {
    let all = &advisory.indicators;
    let (set, left_out) = IndicatorSet::build(all.clone(), &NoisePolicy::default());
    let mut read =
        Read { indicators: all.len() as u64, left_out: left_out.len() as u64, ..Read::default() };
    let mut kinds: HashMap<&'static str, u64> = HashMap::new();
    let count = u32::try_from(set.len()).unwrap_or(u32::MAX);
    for one in (0..count).filter_map(|number| set.get(number)) {
        let kind = kinds.entry(one.kind.word()).or_default();
        *kind = kind.saturating_add(1);
        match one.valid_until {
            Some(end) => read.ends.push(end.as_nanos().div_euclid(1_000_000)),
            None => read.is_endless = true,
        }
        if read.keys.len() < KEYS_MAX {
            // As findings are called: by the advisory's own id, else by what they are.
            let named = format!("{} {}", one.kind.word(), one.kind.text());
            read.keys.push(key_of(if one.id.is_empty() { &named } else { &one.id }));
        }
    }
    read.kinds = kinds
        .into_iter()
        .map(|(kind, count)| IntelCount { kind: kind.to_owned(), count })
        .collect();
    read.kinds.sort_by(|a, b| (b.count, &a.kind).cmp(&(a.count, &b.kind)));
    read.ends.sort_unstable();
    read.keys.sort_unstable();
    read.keys.dedup();
    read
}

impl Read {
    /// Fills in what was read and what came of it.
    fn tell(&self, intel: &mut Intel, now: i64, counts: &HashMap<u64, RuleCount>) {
        (intel.indicators, intel.left_out) = (self.indicators, self.left_out);
        intel.kinds.clone_from(&self.kinds);
        intel.expired = self.ends.partition_point(|end| *end < now) as u64;
        intel.valid_until =
            self.ends.last().filter(|_| !self.is_endless).map(|end| Time::from_ms(*end));
        for count in self.keys.iter().filter_map(|key| counts.get(key)) {
            intel.alerts = intel.alerts.saturating_add(count.alerts);
            intel.open_alerts = intel.open_alerts.saturating_add(count.open);
            intel.last = intel.last.max(count.last);
        }
    }
}

fn blank(id: &str, title: &str, source: &str, origin: IntelOrigin) -> Intel {
    Intel {
        id: id.to_owned(),
        title: cut(title, TITLE_MAX),
        source: cut(source, TITLE_MAX),
        origin,
        tlp: None,
        published: None,
        added: None,
        added_by: None,
        watched: false,
        indicators: 0,
        left_out: 0,
        kinds: Vec::new(),
        valid_until: None,
        expired: 0,
        checked: None,
        alerts: 0,
        open_alerts: 0,
        last: None,
    }
}

/// All sets, in no order.
///
/// # Errors
///
/// The machine's.
pub(crate) async fn all(app: &Arc<App>, lang: Lang) -> Result<Vec<Intel>, RulesError> {
    let now = app.store.now();
    let counts = app.store.rule_counts(&["indicator"]).await?;
    let counts: HashMap<u64, RuleCount> =
        counts.into_iter().map(|(rule, count)| (key_of(&rule), count)).collect();
    let mut checks = app.store.checks().await?;
    let mut sets = built_in(app, lang).await?;
    sets.extend(files(app).await?);
    for advisory in app.store.advisories().await? {
        let mut intel = blank(&advisory.id, &advisory.title, &advisory.source, IntelOrigin::Own);
        (intel.tlp, intel.published) = (advisory.tlp, advisory.published);
        (intel.added, intel.added_by) = (advisory.added, advisory.added_by);
        intel.watched = app.lookout.is_some();
        let read = added(app, &app.store, &advisory.id).await?;
        sets.push((intel, read));
    }
    Ok(sets
        .into_iter()
        .map(|(mut intel, read)| {
            intel.checked = checks.remove(&intel.id);
            read.tell(&mut intel, now, &counts);
            intel
        })
        .collect())
}

type Told = (Intel, Arc<Read>);

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, RulesError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| RulesError::Panic(error.to_string()))
}

/// Those that ship with the program. Which of them are looked for was said at the start.
async fn built_in(app: &Arc<App>, lang: Lang) -> Result<Vec<Told>, RulesError> {
    let held = Arc::clone(app);
    blocking(move || {
        let app = held;
        let named = app.named.all().filter_map(|(name, _)| content::advisory(name));
        let watched: Vec<String> = named.map(|(entry, _)| entry.name).collect();
        let told = BuiltIn::all().iter().map(|one| {
            let advisory = one.advisory(lang);
            let origin = IntelOrigin::BuiltIn;
            let mut intel = blank(&advisory.id, &advisory.title, &advisory.source, origin);
            (intel.tlp, intel.published) = (advisory.tlp, advisory.published);
            intel.watched = watched.contains(&advisory.id);
            let read = app.intel.of(&advisory.id, || parsed(one.text, &advisory.id).ok());
            (intel, read)
        });
        told.collect()
    })
    .await
}

/// Those in files that were named at the start, as they were then.
async fn files(app: &Arc<App>) -> Result<Vec<Told>, RulesError> {
    let held = Arc::clone(app);
    blocking(move || {
        let app = held;
        let files = app.named.all().filter(|(name, _)| content::advisory(name).is_none());
        let told = files.map(|(name, advisory)| {
            let id = format!("f-{}", id_of(&[name.as_bytes()]));
            let mut intel = blank(&id, &advisory.title, name, IntelOrigin::File);
            intel.tlp = advisory.tlp.as_deref().and_then(|t| serde_json::from_value(t.into()).ok());
            let published = advisory.published;
            intel.published =
                published.map(|at| Time::from_ms(at.as_nanos().div_euclid(1_000_000)));
            intel.watched = app.lookout.is_some();
            let read = app.intel.of(&id, || Some(advisory.clone()));
            (intel, read)
        });
        told.collect()
    })
    .await
}

/// One that somebody added.
async fn added(app: &Arc<App>, store: &Store, id: &str) -> Result<Arc<Read>, RulesError> {
    if let Some(read) = lock(&app.intel.0).get(id) {
        return Ok(Arc::clone(read));
    }
    let (row, held, id) = (store.advisory(id).await?, Arc::clone(app), id.to_owned());
    blocking(move || held.intel.of(&id, || parsed(&row.text, &row.advisory.title).ok())).await
}

impl IntelCache {
    /// What was read in one, or is read now. One that cannot be read any more has nothing in it.
    fn of(&self, id: &str, parse: impl FnOnce() -> Option<Advisory>) -> Arc<Read> {
        if let Some(read) = lock(&self.0).get(id) {
            return Arc::clone(read);
        }
        let read = Arc::new(parse().as_ref().map(read).unwrap_or_default());
        lock(&self.0).insert(id.to_owned(), Arc::clone(&read));
        read
    }

    /// Forgets one that was removed.
    pub(crate) fn forget(&self, id: &str) {
        lock(&self.0).remove(id);
    }
}
