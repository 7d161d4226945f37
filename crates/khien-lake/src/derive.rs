//! What rows say about observables, releases and coverage: the roll-ups of a batch.
//!
//! The same code fills them when events come in and when they are made again from stored events.

use std::collections::HashMap;

use khien_detect::indicator::{ObservableKind, Observables, Reading};
use khien_model::observable::canonical_path;
use khien_model::{Event, EventClass, Scalar};

use crate::at;
use crate::columns::class_word;
use crate::error::LakeError;
use crate::layout::{Layouts, Read, Taken};
use crate::memo::{Memo, Memos};
use crate::rollup::{BEHAVIOUR, COVERAGE, REACH, Rollup, RollupRows, SIGHTINGS, Tally};
use crate::row::Row;
use crate::seen::{Seen, What};
use crate::template::template;
use crate::times::hour_of;
use crate::words::{Keys, Words};

/// The roll-ups that grow with each row.
#[derive(Debug)]
pub(crate) struct Derived {
    /// The words of `sightings`; its rows are `seen`.
    sightings: Rollup,
    seen: Seen,
    behaviour: Rollup,
    coverage: Rollup,
    reach: Rollup,
    shown: Shown,
    counted: Counted,
    known: KnownWords,
    /// Rows by organisation, host and what they show ([`Shown::reach`]).
    reached: HashMap<([u32; 2], Reach), Tally, foldhash::fast::RandomState>,
    /// Words and layouts of rows that come without ([`Derived::row`]).
    words: Words,
    layouts: Layouts,
    /// Observables left out of records with too many.
    pub(crate) left_out: u64,
}

/// The observables of one row at a time.
#[derive(Debug, Default)]
pub(crate) struct Shown {
    observables: Observables,
    memos: Memos,
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
    what: What,
    is_template: bool,
}

/// By the word of a column: the word of a roll-up for it, so that it is looked up once for each.
#[derive(Debug, Default)]
struct KnownWords {
    sightings: [Memo; 2],
    reach: [Memo; 2],
    coverage: [Memo; COVERED.len()],
    release: [Memo; RELEASE.len()],
    acts: [Memo; ACTS.len()],
    kinds: [u32; ACTS.len()],
}

/// The columns of `coverage`.
const COVERED: [usize; 6] =
    [at::ORG, at::HOST, at::CLASS, at::LOG_PRODUCT, at::LOG_SERVICE, at::FORMAT];

/// The columns of `behaviour` that are columns of events, with their places in its key.
const RELEASE: [(usize, usize); 5] =
    [(0, at::APP), (1, at::APP_VERSION), (2, at::SIGNER), (5, at::ORG), (6, at::HOST)];

/// What a release does, and the column that says so.
const ACTS: [(&str, usize); 7] = [
    ("domain", at::DOMAIN),
    ("ip", at::DST_IP),
    // That this release was started there; who started it is in the events.
    ("run", at::PROCESS),
    ("module", at::MODULE),
    ("file", at::FILE),
    ("registry", at::REGISTRY),
    // Inventories name what is there whether or not it ever ran.
    ("installed", at::APP),
];

impl Derived {
    pub(crate) fn new() -> Self {
        Self {
            sightings: Rollup::new(&SIGHTINGS),
            seen: Seen::default(),
            behaviour: Rollup::new(&BEHAVIOUR),
            coverage: Rollup::new(&COVERAGE),
            reach: Rollup::new(&REACH),
            shown: Shown::default(),
            counted: Counted::default(),
            known: KnownWords::default(),
            reached: HashMap::default(),
            words: Words::default(),
            layouts: Layouts::default(),
            left_out: 0,
        }
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        let rollups = [&self.sightings, &self.behaviour, &self.coverage, &self.reach];
        let reached = self.reached.capacity().saturating_mul(48);
        let rollups = rollups.into_iter().map(Rollup::memory_bytes).sum::<usize>();
        let counted = reached.saturating_add(self.seen.memory_bytes());
        rollups.saturating_add(counted).saturating_add(self.words.bytes())
    }

    /// Counts a row, and the event behind it where there is one.
    pub(crate) fn row(&mut self, row: &Row<'_>, event: Option<&Event>) {
        let mut words = std::mem::take(&mut self.words);
        if words.bytes() > WORDS_BYTES_MAX {
            words = Words::default();
            self.known = KnownWords::default();
            self.shown.memos = Memos::default();
        }
        let keys = words.keys(row);
        let layout = event.map(|event| (event, self.layouts.of(event)));
        // Columns of stored rows were not taken from the event at hand.
        let taken = Taken::default();
        let read = layout.as_ref().map(|(event, layout)| Read { event, layout, taken: &taken });
        self.keyed(row, &keys, &words, read.as_ref());
        self.words = words;
    }

    /// As [`Derived::row`], with the numbers of the row's words: always those of the same words, up to
    /// the next [`Derived::take`].
    pub(crate) fn keyed(
        &mut self,
        row: &Row<'_>,
        keys: &Keys,
        words: &Words,
        read: Option<&Read<'_>>,
    ) {
        self.shown.keyed(keys, words, read);
        let observables = &self.shown.observables;
        let place = self.seen.place(self.known.place(keys, words, &mut self.sightings));
        let hour = row.time.map(hour_of);
        self.counted.begin(observables);
        for number in observables.numbers() {
            let counted = (&mut self.sightings, &mut self.seen);
            if let Some(word) = self.counted.word(*number, observables, counted) {
                self.seen.count(word.what, place, hour);
            }
        }
        let place = self.known.reach_place(keys, words, &mut self.reach);
        let shown = self.shown.reach(row);
        self.reached.entry((place, shown)).or_default().count(row.time);
        self.left_out = self.left_out.saturating_add(self.shown.observables.left_out());
        self.known.cover(row, keys, &mut self.coverage);
        if keys.at(at::APP) != 0 {
            self.known.release(row, keys, &mut self.behaviour);
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
        self.known = KnownWords::default();
        self.shown.memos = Memos::default();
        self.words = Words::default();
        let mut taken = Vec::with_capacity(4);
        if !self.seen.is_empty() {
            let rows = self.seen.take();
            taken.push((SIGHTINGS.table, self.sightings.take_rows(rows.into_iter())?));
        }
        for rollup in [&mut self.behaviour, &mut self.coverage, &mut self.reach] {
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
        (sightings, seen): (&mut Rollup, &mut Seen),
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
                let kind = sightings.word(kind.word());
                let value = sightings.word(template.as_deref().unwrap_or(value));
                *slot.insert(Word { what: seen.what(kind, value), is_template: template.is_some() })
            }
        };
        if word.is_template {
            if self.templates.contains(&word.what.value) {
                return None;
            }
            self.templates.push(word.what.value);
        }
        Some(word)
    }
}

impl KnownWords {
    /// Organisation and host, as words of `sightings`.
    fn place(&mut self, keys: &Keys, words: &Words, sightings: &mut Rollup) -> [u32; 2] {
        place(&mut self.sightings, keys, words, sightings)
    }

    /// The same, as words of `reach`.
    fn reach_place(&mut self, keys: &Keys, words: &Words, reach: &mut Rollup) -> [u32; 2] {
        place(&mut self.reach, keys, words, reach)
    }

    /// That there was a row.
    fn cover(&mut self, row: &Row<'_>, keys: &Keys, coverage: &mut Rollup) {
        let mut key = [0; COVERED.len()];
        for ((word, place), memo) in key.iter_mut().zip(COVERED).zip(&mut self.coverage) {
            *word = memo.of(keys.at(place), || coverage.word(row.text(place)));
        }
        coverage.add(&key, row.time, row.time, 1);
    }

    /// What a row says of its release.
    fn release(&mut self, row: &Row<'_>, keys: &Keys, behaviour: &mut Rollup) {
        let mut key = [0; 7];
        for ((number, place), memo) in RELEASE.into_iter().zip(&mut self.release) {
            if let Some(slot) = key.get_mut(number) {
                *slot = memo.of(keys.at(place), || behaviour.word(row.text(place)));
            }
        }
        for (((kind, place), memo), word) in ACTS.iter().zip(&mut self.acts).zip(&mut self.kinds) {
            let of = keys.at(*place);
            if of == 0 || (*kind == "installed" && row.text(at::CLASS) != SOFTWARE) {
                continue;
            }
            if *word == 0 {
                *word = behaviour.word(kind).saturating_add(1);
            }
            let [_, _, _, kind_word, value, _, _] = &mut key;
            *kind_word = word.saturating_sub(1);
            *value = memo.of(of, || behaviour.word(&done(kind, row.text(*place))));
            behaviour.add(&key, row.time, row.time, 1);
        }
    }
}

fn place(memos: &mut [Memo; 2], keys: &Keys, words: &Words, rollup: &mut Rollup) -> [u32; 2] {
    let [org, host] = memos;
    let mut word = |memo: &mut Memo, place| {
        memo.of(keys.at(place), || rollup.word(words.text(place, keys.at(place))))
    };
    [word(org, at::ORG), word(host, at::HOST)]
}

/// What was done in canonical words: a name in lower case, or the template of a path.
fn done(kind: &str, value: &str) -> String {
    if matches!(kind, "domain" | "ip" | "installed") {
        return value.to_lowercase();
    }
    let path = canonical_path(value);
    template(&path).unwrap_or(path)
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
        let shown = [
            has(at::DOMAIN) && (connects || class == "dns"),
            has(at::DST_IP) && connects,
            has(at::MD5) && about_files,
            has(at::SHA1) && about_files,
            has(at::SHA256) && about_files,
            about_files && (has(at::PROCESS) || has(at::MODULE) || has(at::FILE)),
            has(at::REGISTRY),
            has(at::SIGNER),
            self.observables.shows_serial(),
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
        for (place, reading) in TYPED {
            self.observables.read(reading, row.text(place));
        }
        self.observables.settle();
    }

    /// As [`Shown::read`], with the numbers of the row's words: what a word shows is remembered.
    fn keyed(&mut self, keys: &Keys, words: &Words, read: Option<&Read<'_>>) {
        let found = &mut self.observables;
        found.clear();
        self.memos.begin(found.age());
        if let Some(Read { event, layout, taken }) = read {
            for (field, is_version) in &layout.texts {
                let Some(Scalar::Str(text)) = event.value_at(usize::from(*field)) else { continue };
                let reading = if *is_version { Reading::Version } else { Reading::Text };
                match taken.of(*field) {
                    Some((place, key)) => self.memos.mark(place, reading, key, text, found),
                    None => found.read(reading, text),
                }
            }
            if layout.has_joint {
                found.joint(event);
            }
            found.settle();
        }
        for (place, reading) in TYPED {
            let key = keys.at(place);
            if key != 0 {
                self.memos.mark(place, reading, key, words.text(place, key), found);
            }
        }
        found.settle();
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
}

/// What the typed columns are known to hold.
const TYPED: [(usize, Reading); 12] = [
    (at::SHA256, Reading::Hash),
    (at::SHA1, Reading::Hash),
    (at::MD5, Reading::Hash),
    (at::DOMAIN, Reading::HostName),
    (at::DST_IP, Reading::HostName),
    (at::IMAGE, Reading::Path),
    (at::PROCESS, Reading::Path),
    (at::MODULE, Reading::Path),
    (at::FILE, Reading::Path),
    (at::REGISTRY, Reading::Path),
    (at::SIGNER, Reading::Signer),
    (at::USER_AGENT, Reading::UserAgent),
];

/// Bound: roughly the bytes of the words of rows that come without ([`Derived::row`]); beyond it they
/// are numbered anew.
const WORDS_BYTES_MAX: usize = 16 << 20;
