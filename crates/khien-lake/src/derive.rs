//! What rows say about observables, releases and coverage: the roll-ups of a batch.
//!
//! The same code fills them when events come in and when they are made again from stored events.

use std::collections::HashMap;

use khien_detect::indicator::{ObservableKind, Observables};
use khien_model::observable::canonical_path;
use khien_model::{Event, EventClass};

use crate::at;
use crate::columns::class_word;
use crate::error::LakeError;
use crate::rollup::{BEHAVIOUR, COVERAGE, REACH, Rollup, RollupRows, SIGHTINGS, Tally};
use crate::row::Row;
use crate::template::template;

/// The roll-ups that grow with each row.
#[derive(Debug)]
pub(crate) struct Derived {
    sightings: Rollup,
    behaviour: Rollup,
    coverage: Rollup,
    reach: Rollup,
    shown: Shown,
    counted: Counted,
    acts: Acts,
    /// Rows by organisation, host and what they show ([`Shown::reach`]).
    reached: HashMap<([u32; 2], Reach), Tally, foldhash::fast::RandomState>,
    /// Observables left out of records with too many.
    pub(crate) left_out: u64,
}

/// The observables of one row at a time.
#[derive(Debug, Default)]
pub(crate) struct Shown {
    observables: Observables,
}

const SOFTWARE: &str = class_word(EventClass::Software);

/// Which of [`REACH_KINDS`] a row shows, a bit each.
type Reach = u16;

/// What observables are counted as, so that it is worked out once for each.
#[derive(Debug, Default)]
struct Counted {
    /// By an observable's number: the words of its kind and value in `sightings`.
    words: Vec<Option<Word>>,
    /// The age of the numbers.
    age: u64,
    /// The templates of the row at hand: several paths may have one, which is seen once.
    templates: Vec<u32>,
}

#[derive(Clone, Copy, Debug)]
struct Word {
    kind: u32,
    value: u32,
    is_template: bool,
}

/// What programs did in canonical words, so that it is worked out once for each.
#[derive(Debug, Default)]
struct Acts {
    names: HashMap<Box<str>, u32, foldhash::fast::RandomState>,
    paths: HashMap<Box<str>, u32, foldhash::fast::RandomState>,
    bytes: usize,
}

/// Bound: roughly the bytes after which [`Acts`] begins anew.
const ACTS_BYTES_MAX: usize = 8 << 20;

impl Derived {
    pub(crate) fn new() -> Self {
        Self {
            sightings: Rollup::new(&SIGHTINGS),
            behaviour: Rollup::new(&BEHAVIOUR),
            coverage: Rollup::new(&COVERAGE),
            reach: Rollup::new(&REACH),
            shown: Shown::default(),
            counted: Counted::default(),
            acts: Acts::default(),
            reached: HashMap::default(),
            left_out: 0,
        }
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        let rollups = [&self.sightings, &self.behaviour, &self.coverage, &self.reach];
        let reached = self.reached.capacity().saturating_mul(48);
        rollups.into_iter().map(Rollup::memory_bytes).sum::<usize>().saturating_add(reached)
    }

    /// Counts a row, and the event behind it where there is one.
    pub(crate) fn row(&mut self, row: &Row<'_>, event: Option<&Event>) {
        self.shown.read(row, event);
        let observables = &self.shown.observables;
        let (org, host) = (row.text(at::ORG), row.text(at::HOST));
        let place = [self.sightings.word_at(2, org), self.sightings.word_at(3, host)];
        self.counted.begin(observables);
        for number in observables.numbers() {
            let Some(word) = self.counted.word(*number, observables, &mut self.sightings) else {
                continue;
            };
            let [org, host] = place;
            self.sightings.add(&[word.kind, word.value, org, host], row.time, row.time, 1);
        }
        let place = [self.reach.word_at(0, org), self.reach.word_at(1, host)];
        let shown = self.shown.reach(row);
        self.reached.entry((place, shown)).or_default().count(row.time);
        self.left_out = self.left_out.saturating_add(self.shown.observables.left_out());
        self.release(row);
    }

    /// What a row says of its release, and that there was a row.
    fn release(&mut self, row: &Row<'_>) {
        const COVERED: [usize; 6] =
            [at::ORG, at::HOST, at::CLASS, at::LOG_PRODUCT, at::LOG_SERVICE, at::FORMAT];
        let mut key = [0; COVERED.len()];
        for (number, (word, place)) in key.iter_mut().zip(COVERED).enumerate() {
            *word = self.coverage.word_at(number, row.text(place));
        }
        self.coverage.add(&key, row.time, row.time, 1);
        if row.text(at::APP).is_empty() {
            return;
        }
        let acts = [
            ("domain", row.text(at::DOMAIN)),
            ("ip", row.text(at::DST_IP)),
            // That this release was started there; who started it is in the events.
            ("run", row.text(at::PROCESS)),
            ("module", row.text(at::MODULE)),
            ("file", row.text(at::FILE)),
            ("registry", row.text(at::REGISTRY)),
            // Inventories name what is there whether or not it ever ran.
            ("installed", if row.text(at::CLASS) == SOFTWARE { row.text(at::APP) } else { "" }),
        ];
        for (kind, value) in acts.into_iter().filter(|(_, value)| !value.is_empty()) {
            let value = self.acts.word(kind, value, &mut self.behaviour);
            let known = [
                (0, row.text(at::APP)),
                (1, row.text(at::APP_VERSION)),
                (2, row.text(at::SIGNER)),
                (3, kind),
                (5, row.text(at::ORG)),
                (6, row.text(at::HOST)),
            ];
            let [a, b, c, d, f, g] = known.map(|(place, word)| self.behaviour.word_at(place, word));
            self.behaviour.add(&[a, b, c, d, value, f, g], row.time, row.time, 1);
        }
    }

    /// The rows of each table so far.
    pub(crate) fn take(&mut self) -> Result<RollupRows, LakeError> {
        for (([org, host], shown), tally) in self.reached.drain() {
            for (bit, kind) in REACH_KINDS.into_iter().enumerate() {
                if shown & (1 << bit) != 0 {
                    let kind = self.reach.word_at(2, kind);
                    self.reach.merge(&[org, host, kind], tally);
                }
            }
        }
        self.counted = Counted::default();
        self.acts = Acts::default();
        let mut taken = Vec::with_capacity(4);
        let rollups =
            [&mut self.sightings, &mut self.behaviour, &mut self.coverage, &mut self.reach];
        for rollup in rollups {
            if !rollup.is_empty() {
                taken.push((rollup.spec().table, rollup.take()?));
            }
        }
        Ok(taken)
    }
}

impl Default for Derived {
    fn default() -> Self {
        Self::new()
    }
}

impl Counted {
    fn begin(&mut self, observables: &Observables) {
        if self.age != observables.age() {
            self.words.clear();
            self.age = observables.age();
        }
        self.templates.clear();
    }

    /// What an observable of the row at hand counts as; `None` for a template that was counted.
    fn word(
        &mut self,
        number: u32,
        observables: &Observables,
        sightings: &mut Rollup,
    ) -> Option<Word> {
        let at = usize::try_from(number).ok()?;
        if self.words.len() <= at {
            self.words.resize(at.checked_add(1)?, None);
        }
        let slot = self.words.get_mut(at)?;
        let word = match *slot {
            Some(word) => word,
            None => {
                let (kind, value) = observables.get(number)?;
                let template = template_of(kind, value);
                *slot.insert(Word {
                    kind: sightings.word(kind.word()),
                    value: sightings.word(template.as_deref().unwrap_or(value)),
                    is_template: template.is_some(),
                })
            }
        };
        if word.is_template {
            if self.templates.contains(&word.value) {
                return None;
            }
            self.templates.push(word.value);
        }
        Some(word)
    }
}

impl Acts {
    /// The word of `behaviour` for what was done: a name in lower case, or the template of a path.
    fn word(&mut self, kind: &str, value: &str, behaviour: &mut Rollup) -> u32 {
        let is_name = matches!(kind, "domain" | "ip" | "installed");
        let known = if is_name { &mut self.names } else { &mut self.paths };
        if let Some(word) = known.get(value) {
            return *word;
        }
        let canonical = if is_name {
            value.to_lowercase()
        } else {
            let path = canonical_path(value);
            template(&path).unwrap_or(path)
        };
        let word = behaviour.word(&canonical);
        known.insert(value.into(), word);
        self.bytes = self.bytes.saturating_add(value.len().saturating_add(48));
        if self.bytes > ACTS_BYTES_MAX {
            *self = Self::default();
        }
        word
    }
}

/// Stands in `reach` for hosts with a record of which not every observable is in the index.
pub const REACH_OVERFLOW: &str = "overflow";

/// Every word that stands in `reach`.
pub const REACH_KINDS: [&str; 13] = [
    "domain",
    "ip",
    "md5",
    "sha1",
    "sha256",
    "path",
    "registry",
    "signer",
    "signer_serial",
    "url",
    "user_agent",
    "release",
    REACH_OVERFLOW,
];

fn template_of(kind: ObservableKind, value: &str) -> Option<String> {
    if kind == ObservableKind::Path { template(value) } else { None }
}

impl Shown {
    /// What a row says that its host can show: from columns whose meaning is known, never from a text
    /// that happens to look like a name or a hash. Nobody is clear for what was never logged.
    fn reach(&self, row: &Row<'_>) -> Reach {
        let has = |place: usize| !row.text(place).is_empty();
        let class = row.text(at::CLASS);
        let is = |classes: &[&str]| classes.contains(&class);
        let connects = is(&["network", "http"]);
        let about_files = is(&["process", "module", "driver", "file"]);
        let has_serial =
            self.observables.iter().any(|(kind, _)| kind == ObservableKind::SignerSerial);
        let shown = [
            has(at::DOMAIN) && (connects || class == "dns"),
            has(at::DST_IP) && connects,
            has(at::MD5) && about_files,
            has(at::SHA1) && about_files,
            has(at::SHA256) && about_files,
            about_files && (has(at::PROCESS) || has(at::MODULE) || has(at::FILE)),
            has(at::REGISTRY),
            has(at::SIGNER),
            has_serial,
            has(at::URL) && class == "http",
            has(at::USER_AGENT),
            has(at::APP) && has(at::APP_VERSION),
            self.observables.left_out() > 0,
        ];
        const { assert!(REACH_KINDS.len() <= Reach::BITS as usize) }
        shown.into_iter().rev().fold(0, |bits, shown| (bits << 1) | Reach::from(shown))
    }

    /// Reads a row, and the event behind it where there is one.
    ///
    /// Of the event only what the record itself said is read, so that stored fields say the same.
    pub(crate) fn read(&mut self, row: &Row<'_>, event: Option<&Event>) {
        self.observables.clear();
        if let Some(event) = event {
            self.observables.event(event);
        }
        self.typed(row);
    }

    /// All that the row shows, in no order.
    pub(crate) fn observables(&self) -> impl Iterator<Item = (ObservableKind, &str)> {
        self.observables.iter()
    }

    /// The paths of the row, in no order.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        let is_path = |(kind, _): &(ObservableKind, &str)| *kind == ObservableKind::Path;
        self.observables.iter().filter(is_path).map(|(_, value)| value)
    }

    /// Organisation and host of a row.
    pub(crate) fn place<'a>(row: &Row<'a>) -> [&'a str; 2] {
        [row.text(at::ORG), row.text(at::HOST)]
    }

    /// What the typed columns are known to hold.
    fn typed(&mut self, row: &Row<'_>) {
        let found = &mut self.observables;
        for place in [at::SHA256, at::SHA1, at::MD5] {
            found.hash(row.text(place));
        }
        for place in [at::DOMAIN, at::DST_IP] {
            found.host_name(row.text(place));
        }
        for place in [at::IMAGE, at::PROCESS, at::MODULE, at::FILE, at::REGISTRY] {
            found.path(row.text(place));
        }
        found.signer(row.text(at::SIGNER));
        found.user_agent(row.text(at::USER_AGENT));
    }
}
