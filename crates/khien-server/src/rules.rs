//! Rules: which there are, which are off, and what people add.
//!
//! The files of rules are read once, when the server starts; what people add and which rules they turn off is in the
//! state. A [`Shelf`] is both at one moment, made again when somebody has changed something or a time is over.

pub(crate) mod intel;
pub(crate) mod reading;
pub(crate) mod test;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use khien_detect::sigma::{DocumentKind, RuleSet, RuleSource};
use khien_model::Untrusted;
use khien_ops::scan::catalogue::{Catalogue, Entry, OWN, RuleFrom, is_plain, made_id};
use khien_ops::scan::knowledge::{InputError, RuleInputs, RuleTexts, read_rules};
use khien_wire::{
    Rule, RuleFault, RuleKind, RuleOff, RuleOrigin, RuleRef, RuleState, Severity, Time,
};
use tokio::sync::Mutex;

use crate::state::{RuleChoices, RuleCount, RuleRow, StateError, Store};

/// Bound: characters of a title, of another word, and of what is wrong.
const TITLE_MAX: usize = 300;
const DETAIL_MAX: usize = 500;
/// Bound: techniques that are told of a rule.
const TECHNIQUES_MAX: usize = 50;

/// Why rules cannot be told.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RulesError {
    /// The state's.
    #[error(transparent)]
    State(#[from] StateError),
    /// A defect.
    #[error("rules could not be loaded: {0}")]
    Panic(String),
}

/// All rules that this server knows.
pub(crate) struct Rulebook {
    /// The files as they were at the start.
    files: RuleTexts,
    made: Mutex<Option<Arc<Shelf>>>,
}

/// Rules at one moment.
pub(crate) struct Shelf {
    pub(crate) revision: i64,
    pub(crate) catalogue: Catalogue,
    pub(crate) choices: RuleChoices,
    /// How each entry stands, by its number.
    pub(crate) states: Vec<RuleState>,
    /// When the first that is off is on again.
    expires: Option<i64>,
    /// What is loaded, for those who match.
    pub(crate) set: Arc<RuleSet>,
}

impl Rulebook {
    /// Reads the files. It blocks.
    ///
    /// # Errors
    ///
    /// The caller's: a file that cannot be read.
    pub(crate) fn open(inputs: &RuleInputs) -> Result<Self, InputError> {
        Ok(Self { files: read_rules(inputs)?, made: Mutex::default() })
    }

    /// Rules as they are now.
    ///
    /// # Errors
    ///
    /// The machine's.
    pub(crate) async fn now(&self, store: &Store) -> Result<Arc<Shelf>, RulesError> {
        let mut made = self.made.lock().await;
        let (now, revision) = (store.now(), store.rules_revision().await?);
        if let Some(shelf) = made.as_ref().filter(|shelf| shelf.is_of(revision, now)) {
            return Ok(Arc::clone(shelf));
        }
        let choices = store.rule_choices().await?;
        let texts = self.files.clone();
        let shelf = tokio::task::spawn_blocking(move || Shelf::make(texts, choices, now)).await;
        let shelf = Arc::new(shelf.map_err(|error| RulesError::Panic(error.to_string()))?);
        *made = Some(Arc::clone(&shelf));
        Ok(shelf)
    }
}

impl Shelf {
    fn is_of(&self, revision: i64, now: i64) -> bool {
        self.revision == revision && self.expires.is_none_or(|expires| now < expires)
    }

    fn make(mut texts: RuleTexts, choices: RuleChoices, now: i64) -> Self {
        texts.sources.extend(choices.own.iter().map(|rule| RuleSource {
            origin: Untrusted::new(format!("{OWN}{}", rule.id)),
            text: rule.text.clone(),
        }));
        let mut catalogue = Catalogue::load(texts);
        let is_off = |off: &RuleOff| off.until.is_none_or(|until| now < until.as_ms());
        let off: HashSet<usize> = catalogue
            .entries
            .iter()
            .enumerate()
            .filter(|(_, entry)| choices.off.get(&entry.id).is_some_and(is_off))
            .map(|(number, _)| number)
            .collect();
        let stopped = catalogue.turn_off(&off);
        let states = catalogue.entries.iter().enumerate().map(|(number, entry)| {
            if entry.left_out.is_some() {
                RuleState::LeftOut
            } else if off.contains(&number) {
                RuleState::Off
            } else if stopped.contains(&number) {
                RuleState::Stopped
            } else {
                RuleState::On
            }
        });
        let states = states.collect();
        let over = choices.off.values().filter(|off| is_off(off)).filter_map(|off| off.until);
        let expires = over.map(Time::as_ms).min();
        let set = Arc::new(std::mem::take(&mut catalogue.set));
        Self { revision: choices.revision, catalogue, choices, states, expires, set }
    }

    /// The number of the entry with this id.
    pub(crate) fn position(&self, id: &str) -> Option<usize> {
        self.catalogue.entries.iter().position(|entry| entry.id == id)
    }

    /// The entry of a number.
    pub(crate) fn entry(&self, number: usize) -> Option<&Entry> {
        self.catalogue.entries.get(number)
    }

    /// How an entry stands.
    pub(crate) fn state(&self, number: usize) -> RuleState {
        self.states.get(number).copied().unwrap_or(RuleState::LeftOut)
    }

    /// The row of one that somebody added.
    pub(crate) fn own(&self, entry: &Entry) -> Option<&RuleRow> {
        let id = entry.own()?;
        self.choices.own.iter().find(|row| row.id == id)
    }

    /// The id that a rule will have which is added with this row: as the catalogue gives it.
    pub(crate) fn id_of_new(&self, own_id: &str, row: &RuleRow) -> String {
        match is_plain(own_id) {
            true => own_id.to_owned(),
            false => made_id(&format!("{OWN}{}", row.id)),
        }
    }

    /// The version of a rule.
    pub(crate) fn version(&self, id: &str) -> u64 {
        self.choices.versions.get(id).copied().unwrap_or_default()
    }

    /// Another rule, as it is referred to.
    pub(crate) fn referred(&self, number: usize) -> Option<RuleRef> {
        let entry = self.entry(number)?;
        let title = cut(&entry.about.title, TITLE_MAX);
        Some(RuleRef { id: entry.id.clone(), title, state: self.state(number) })
    }

    /// A rule for the wire.
    pub(crate) fn rule(&self, number: usize, counts: &HashMap<String, RuleCount>) -> Option<Rule> {
        let entry = self.entry(number)?;
        let (about, own) = (&entry.about, self.own(entry));
        let count = counts.get(&entry.key).copied().unwrap_or_default();
        let state = self.state(number);
        let [product, category, service] =
            about.log_source.each_ref().map(|word| cut(word, TITLE_MAX));
        Some(Rule {
            id: entry.id.clone(),
            key: cut(&entry.key, TITLE_MAX),
            title: cut(&about.title, TITLE_MAX),
            kind: kind_of(about.kind),
            severity: entry.severity.and_then(|severity| Severity::from_word(severity.as_str())),
            status: cut(&about.status, TITLE_MAX),
            product,
            category,
            service,
            techniques: entry.techniques().take(TECHNIQUES_MAX).map(|t| t.to_string()).collect(),
            author: cut(&about.author, TITLE_MAX),
            license: cut(&about.license, TITLE_MAX),
            modified: day_of(&about.modified),
            origin: match entry.comes_from() {
                RuleFrom::BuiltIn => RuleOrigin::BuiltIn,
                RuleFrom::File => RuleOrigin::File,
                RuleFrom::Own => RuleOrigin::Own,
            },
            file: if own.is_some() { String::new() } else { cut(entry.file(), TITLE_MAX) },
            added: own.map(|row| Time::from_ms(row.added)),
            added_by: own.map(|row| row.added_by.clone()),
            state,
            left_out: entry.left_out.as_ref().map(|why| RuleFault {
                code: word_of(why.kind),
                line: why.line as u64,
                detail: cut(&why.detail, DETAIL_MAX),
            }),
            off: self.choices.off.get(&entry.id).filter(|_| state == RuleState::Off).cloned(),
            alerts: count.alerts,
            open_alerts: count.open,
            last: count.last,
            version: self.version(&entry.id),
        })
    }
}

/// The word of a problem.
pub(crate) fn word_of(kind: khien_detect::sigma::ProblemKind) -> String {
    let word = serde_json::to_value(kind).unwrap_or_default();
    word.as_str().unwrap_or("malformed").to_owned()
}

/// What a document is, on the wire. One of which nothing is known is listed as a rule that is left out.
pub(crate) const fn kind_of(kind: DocumentKind) -> RuleKind {
    match kind {
        DocumentKind::Correlation => RuleKind::Correlation,
        DocumentKind::Filter => RuleKind::Filter,
        DocumentKind::Other | DocumentKind::Rule => RuleKind::Rule,
    }
}

/// A day as rules write it: `2026-11-22`, or with slashes.
fn day_of(text: &str) -> Option<Time> {
    let day: jiff::civil::Date = text.replace('/', "-").parse().ok()?;
    let at = day.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(Time::from_ms(at.timestamp().as_millisecond()))
}

pub(crate) fn cut(text: &str, chars: usize) -> String {
    text.chars().take(chars).collect()
}
