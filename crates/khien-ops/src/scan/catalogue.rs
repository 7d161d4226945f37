//! All rules that are known, for people: what each says of itself, whether it is loaded, and why not.
//!
//! What is loaded is said by [`RuleSet::load`] from whole files; documents of the same files lend their text and
//! what only people want to know. Nothing is decided here about what matches.

use std::collections::{HashMap, HashSet};

use khien_detect::sigma::document::{self, line_of};
use khien_detect::sigma::{About, DocumentKind, LoadOptions, ProblemKind, RuleSet, RuleSource};
use khien_model::{Severity, Technique, Untrusted};

use super::knowledge::{BUILT_IN, RuleTexts};
use crate::ingest::checkpoint::id_of;

/// What the origin of a rule begins with that somebody added at a server; its number follows.
pub const OWN: &str = "own:";

/// Ids that paths of the API use otherwise.
const RESERVED: [&str; 2] = ["preview", "test"];

/// Where a rule is from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RuleFrom {
    /// It ships with the program.
    BuiltIn,
    /// A file that was named at the start.
    File,
    /// Somebody added it.
    Own,
}

/// Where a rule stands among those that are loaded.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Place {
    /// A correlation, by position.
    Correlation(u32),
    /// A rule, by position.
    Rule(u32),
}

/// Why a rule is left out.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LeftOut {
    /// Whose doing it is.
    pub kind: ProblemKind,
    /// What is wrong, in English.
    pub detail: String,
    /// The line within [`Entry::text`], the first being 1.
    pub line: usize,
}

/// A rule that is known.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Tells it from all others, and can stand in an address: its own id where that is unique and plain.
    pub id: String,
    /// What findings call it: its own id, or its title.
    pub key: String,
    /// What it says of itself.
    pub about: About,
    /// How severe; `None` for what raises nothing.
    pub severity: Option<Severity>,
    /// Where it was loaded from, as [`RuleSource`] has it.
    pub origin: Untrusted,
    /// Its text; of a file whose documents depend on each other the whole file.
    pub text: String,
    /// Where it stands among what is loaded.
    pub place: Option<Place>,
    /// Why it is not.
    pub left_out: Option<LeftOut>,
    /// What it stands on, by number of entry.
    pub stands_on: Vec<usize>,
}

impl Entry {
    /// Where it is from.
    pub fn comes_from(&self) -> RuleFrom {
        match self.origin.as_raw() {
            origin if origin.starts_with(BUILT_IN) => RuleFrom::BuiltIn,
            origin if origin.starts_with(OWN) => RuleFrom::Own,
            _ => RuleFrom::File,
        }
    }

    /// The number of one that somebody added.
    pub fn own(&self) -> Option<&str> {
        self.origin.as_raw().strip_prefix(OWN)
    }

    /// The file, without what says where it is from.
    pub fn file(&self) -> &str {
        let origin = self.origin.as_raw();
        origin.strip_prefix(BUILT_IN).unwrap_or(origin)
    }

    /// The ATT&CK techniques among its tags.
    pub fn techniques(&self) -> impl Iterator<Item = Technique> {
        self.about.tags.iter().filter_map(|tag| Technique::from_tag(tag))
    }
}

/// All rules that are known.
#[derive(Debug, Default)]
pub struct Catalogue {
    /// What is loaded.
    pub set: RuleSet,
    /// All of them, in the order of their files.
    pub entries: Vec<Entry>,
    /// Filters of all files, which narrow whatever rule they name.
    filters: Vec<String>,
    placeholders: HashMap<String, Vec<String>>,
}

impl Catalogue {
    /// Loads the rules and lists them.
    pub fn load(texts: RuleTexts) -> Self {
        let RuleTexts { sources, placeholders } = texts;
        let options = LoadOptions { placeholders: placeholders.clone() };
        let set = RuleSet::load(sources.iter().cloned(), &options);
        let mut entries = Loaded::of(&set).entries(&sources);
        name(&mut entries);
        link(&mut entries, &set);
        let filters = entries.iter().filter(|entry| entry.about.kind == DocumentKind::Filter);
        let filters = filters.map(|entry| entry.text.clone()).collect();
        Self { set, entries, filters, placeholders }
    }

    /// The entry of this id.
    pub fn find(&self, id: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.id == id)
    }

    /// Turns entries off; says which are stopped because they stand on one of them.
    pub fn turn_off(&mut self, off: &HashSet<usize>) -> HashSet<usize> {
        let (mut rules, mut correlations) = (Vec::new(), Vec::new());
        for (number, entry) in self.entries.iter().enumerate() {
            match entry.place.filter(|_| off.contains(&number)) {
                Some(Place::Rule(at)) => rules.push(at),
                Some(Place::Correlation(at)) => correlations.push(at),
                None => {}
            }
        }
        self.set.turn_off(&rules, &correlations);
        let numbered = self.entries.iter().enumerate();
        let stopped = numbered.filter(|(number, entry)| {
            !off.contains(number) && entry.place.is_some_and(|place| !self.is_on(place))
        });
        stopped.map(|(number, _)| number).collect()
    }

    fn is_on(&self, place: Place) -> bool {
        match place {
            Place::Rule(at) => self.set.rule(at).is_some_and(|rule| rule.is_on),
            Place::Correlation(at) => {
                let at = usize::try_from(at).unwrap_or(usize::MAX);
                self.set.correlations().get(at).is_some_and(|correlation| correlation.is_on)
            }
        }
    }

    /// What has to be loaded for an entry to be tried alone: it, what it stands on, and filters.
    pub fn alone(&self, entry: &Entry) -> RuleTexts {
        let own = self.entries.iter().position(|one| one.id == entry.id);
        self.texts(own.into_iter().collect(), Vec::new())
    }

    /// What has to be loaded for new documents to be tried, with those known rules that they stand on.
    pub fn beside(&self, documents: &[(String, About)]) -> RuleTexts {
        let said: HashSet<&str> = documents
            .iter()
            .flat_map(|(_, about)| [about.id.as_str(), about.name.as_str()])
            .filter(|word| !word.is_empty())
            .collect();
        let wanted = documents.iter().flat_map(|(_, about)| &about.refers_to);
        let wanted: HashSet<&str> =
            wanted.map(String::as_str).filter(|word| !said.contains(word)).collect();
        let known = self.entries.iter().enumerate().filter(|(_, entry)| {
            let of = &entry.about;
            wanted.contains(of.id.as_str()) || wanted.contains(of.name.as_str())
        });
        let new = documents.iter().enumerate().map(|(number, (text, _))| RuleSource {
            origin: Untrusted::new(format!("{OWN}{number}")),
            text: text.clone(),
        });
        self.texts(known.map(|(number, _)| number).collect(), new.collect())
    }

    fn texts(&self, mut wanted: Vec<usize>, new: Vec<RuleSource>) -> RuleTexts {
        let (mut seen, mut sources) = (HashSet::new(), Vec::new());
        let mut texts = HashSet::new();
        while let Some(number) = wanted.pop() {
            let Some(entry) = self.entries.get(number).filter(|_| seen.insert(number)) else {
                continue;
            };
            wanted.extend(&entry.stands_on);
            // Several documents of one file whose documents depend on each other have the same text.
            if texts.insert(entry.text.as_str()) {
                sources.push(RuleSource { origin: entry.origin.clone(), text: entry.text.clone() });
            }
        }
        let filters = self.filters.iter().filter(|text| texts.insert(text));
        sources.extend(
            filters
                .map(|text| RuleSource { origin: Untrusted::from("filter"), text: text.clone() }),
        );
        sources.extend(new);
        RuleTexts { sources, placeholders: self.placeholders.clone() }
    }
}

/// What is loaded, and what is not, by the file that it is from.
struct Loaded<'s> {
    set: &'s RuleSet,
    places: HashMap<&'s str, Vec<(Place, &'s str, &'s str)>>,
    problems: HashMap<&'s str, Vec<&'s khien_detect::sigma::Problem>>,
}

impl<'s> Loaded<'s> {
    fn of(set: &'s RuleSet) -> Self {
        let mut places: HashMap<&str, Vec<_>> = HashMap::new();
        for (at, rule) in (0_u32..).zip(set.rules()) {
            let one = (Place::Rule(at), rule.id.as_str(), rule.title.as_raw());
            places.entry(rule.origin.as_raw()).or_default().push(one);
        }
        for (at, rule) in (0_u32..).zip(set.correlations()) {
            let one = (Place::Correlation(at), rule.id.as_str(), rule.title.as_raw());
            places.entry(rule.origin.as_raw()).or_default().push(one);
        }
        let mut problems: HashMap<&str, Vec<_>> = HashMap::new();
        for problem in set.problems() {
            problems.entry(problem.origin.as_raw()).or_default().push(problem);
        }
        Self { set, places, problems }
    }

    /// The entries of all files.
    fn entries(mut self, sources: &[RuleSource]) -> Vec<Entry> {
        sources.iter().flat_map(|source| self.of_file(source)).collect()
    }

    fn of_file(&mut self, source: &RuleSource) -> Vec<Entry> {
        let origin = source.origin.as_raw();
        let mut places = self.places.remove(origin).unwrap_or_default();
        let mut problems = self.problems.remove(origin).unwrap_or_default();
        let mut entries = Vec::new();
        for document in document::documents(&source.text) {
            let Ok(about) = document::about(document.text) else { continue };
            let is = |id: &str, title: &str| id.trim() == about.id && title.trim() == about.title;
            let place = places.iter().position(|&(_, id, title)| is(id, title));
            let place = place.map(|at| places.remove(at).0);
            let problem = match place {
                Some(_) => None,
                None => {
                    let of =
                        problems.iter().position(|one| one.title.as_raw().trim() == about.title);
                    of.map(|at| problems.remove(at))
                }
            };
            if place.is_none() && problem.is_none() && about.kind != DocumentKind::Filter {
                continue;
            }
            entries.push(self.entry(source, about, document.text, place, problem));
        }
        // What was made of several documents, or is no document at all, is told with the whole file.
        for (place, id, title) in places {
            let about = About { id: id.to_owned(), title: title.to_owned(), ..About::default() };
            entries.push(self.entry(source, about, &source.text, Some(place), None));
        }
        for problem in problems {
            let title = problem.title.as_raw();
            let title = if title.is_empty() { origin } else { title };
            let about = About { title: title.to_owned(), ..About::default() };
            entries.push(self.entry(source, about, &source.text, None, Some(problem)));
        }
        entries
    }

    fn entry(
        &self,
        source: &RuleSource,
        mut about: About,
        text: &str,
        place: Option<Place>,
        problem: Option<&khien_detect::sigma::Problem>,
    ) -> Entry {
        let severity = match place {
            Some(Place::Rule(at)) => {
                let rule = self.set.rule(at);
                if let Some(rule) = rule.filter(|_| about.kind == DocumentKind::Other) {
                    about.kind = DocumentKind::Rule;
                    about.tags.clone_from(&rule.tags);
                    about.log_source = [&rule.product, &rule.category, &rule.service]
                        .map(|word| word.clone().unwrap_or_default());
                }
                rule.map(|rule| rule.severity)
            }
            Some(Place::Correlation(at)) => {
                about.kind = DocumentKind::Correlation;
                let at = usize::try_from(at).unwrap_or(usize::MAX);
                self.set.correlations().get(at).map(|rule| rule.severity)
            }
            None if about.kind == DocumentKind::Filter => None,
            None => Some(Severity::parse(&about.level).unwrap_or(Severity::Medium)),
        };
        let left_out = problem.map(|problem| LeftOut {
            kind: problem.kind,
            detail: problem.detail.as_raw().to_owned(),
            line: line_of(text, problem.detail.as_raw()),
        });
        let key = if about.id.is_empty() { &about.title } else { &about.id };
        Entry {
            id: String::new(),
            key: key.clone(),
            severity,
            origin: source.origin.clone(),
            text: text.to_owned(),
            place,
            left_out,
            stands_on: Vec::new(),
            about,
        }
    }
}

/// Gives each entry an id: its own where that can be, so that alerts lead to it.
fn name(entries: &mut [Entry]) {
    let mut taken: HashSet<String> = HashSet::new();
    for entry in entries.iter_mut() {
        let own = entry.about.id.clone();
        entry.id = match is_plain(&own) && taken.insert(own.clone()) {
            true => own,
            false => {
                // One that somebody added is alone in its text, and keeps its id when that changes.
                let origin = entry.origin.as_raw();
                let first = entry.own().map(|_| made_id(origin));
                let made = (0_u32..).map(|n| {
                    // One that stands twice in a file is one and the other.
                    let parts = [origin, &entry.key, &entry.text].map(str::as_bytes);
                    let [origin, key, text] = parts;
                    format!("x-{}", id_of(&[origin, key, text, &n.to_le_bytes()]))
                });
                let mut made = first.into_iter().chain(made);
                made.find(|id| taken.insert(id.clone())).unwrap_or_default()
            }
        };
    }
}

/// The id of a rule that somebody added and that has none of its own, by where it is from.
pub fn made_id(origin: &str) -> String {
    format!("x-{}", id_of(&[origin.as_bytes()]))
}

/// Whether an id can stand in an address as it is.
pub fn is_plain(id: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=64).contains(&id.len()) && id.bytes().all(plain) && !RESERVED.contains(&id)
}

/// Which entries stand on which.
fn link(entries: &mut [Entry], set: &RuleSet) {
    let by_place: HashMap<(bool, u32), usize> = entries
        .iter()
        .enumerate()
        .filter_map(|(number, entry)| match entry.place? {
            Place::Rule(at) => Some(((false, at), number)),
            Place::Correlation(at) => Some(((true, at), number)),
        })
        .collect();
    for entry in entries {
        let Some(Place::Correlation(at)) = entry.place else { continue };
        let at = usize::try_from(at).unwrap_or(usize::MAX);
        let Some(correlation) = set.correlations().get(at) else { continue };
        let rules = correlation.base_rules().map(|rule| (false, rule));
        let inner = correlation.base_correlations().map(|inner| (true, inner));
        let on = rules.chain(inner).filter_map(|place| by_place.get(&place).copied());
        entry.stands_on = on.collect();
    }
}

#[cfg(test)]
mod tests;
