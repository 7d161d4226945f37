//! What one thread does with the records it is given: is it stored already; if not, what is found in
//! it, and into the batch.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use khien_ingest::sniff::Kind;
use khien_ingest::{DeadLetter, Place, Sink, Stream, Tap};
use khien_lake::row::Origin;
use khien_model::{Event, RecordFormat, Untrusted};

use super::batch::{Batch, Chunk, Current, Shared};
use super::checkpoint::{Entry, id_of, short_hash};
use super::chunks::{ChunkState, first_record};
use super::follow::Watch;
use super::known::Known;
use super::tap::{Again, Plan, Standing, StreamTap};
use crate::held::lock;
use crate::scan::worker::Worker;

/// Takes the records of one thread's files.
pub struct Intake<'s, 'k> {
    shared: &'s Shared<'k>,
    batch: &'s Mutex<Batch>,
    holder: usize,
    /// Rules and indicators.
    pub worker: Worker<'s>,
    /// The stream's number in its file.
    ordinal: usize,
    /// How streams of this file are to be read this time, by number; others are passed over.
    second: Option<HashMap<usize, Again>>,
    /// Which are to be read once more, and how.
    pub again: HashMap<usize, Again>,
    /// What the stream is told.
    watch: Arc<Watch>,
    /// Words of formats.
    words: HashMap<RecordFormat, String>,
}

/// What to do with a record.
enum Fate {
    /// It is stored already.
    Known {
        /// Correlations may still want it.
        replay: bool,
    },
    /// It does not count.
    Ignored,
    New,
}

impl<'s, 'k> Intake<'s, 'k> {
    /// An intake of a thread.
    pub fn new(shared: &'s Shared<'k>, batch: &'s Mutex<Batch>, holder: usize) -> Self {
        Self {
            shared,
            batch,
            holder,
            worker: Worker::new(shared.knowledge),
            ordinal: 0,
            second: None,
            again: HashMap::new(),
            watch: Arc::default(),
            words: HashMap::new(),
        }
    }

    /// The next records come from this file. `second` says which streams are read once more.
    pub fn enter(&mut self, name: &Untrusted, second: Option<HashMap<usize, Again>>) {
        self.worker.enter(name);
        self.ordinal = 0;
        self.second = second;
        self.again.clear();
    }

    /// A stream wants to know how its reader gets on.
    pub fn listen(&mut self, watch: Arc<Watch>) {
        self.watch = watch;
    }

    /// What ends the run.
    pub fn stop(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.shared.stop)
    }

    /// A reader broke down in the middle of a stream.
    pub fn abandon(&mut self) {
        lock(self.batch).abandon_current(self.shared);
    }

    /// Waits until no other thread reads what may be the same stream.
    fn reserve(&self, stream: &Stream<'_>) {
        let mut waiting = false;
        loop {
            let taken = lock(&self.shared.known).reserve(self.holder, stream);
            match taken {
                Ok(()) => break,
                Err(_) if self.shared.stop.load(Ordering::Relaxed) => break,
                Err(holder) => {
                    // Others may wait for what this thread has not stored yet.
                    lock(self.batch).store(self.shared);
                    if holder != self.holder {
                        if !waiting {
                            self.shared.waiting.fetch_add(1, Ordering::Relaxed);
                            waiting = true;
                        }
                        let known = lock(&self.shared.known);
                        drop(self.shared.freed.wait_timeout(known, Duration::from_millis(50)));
                    }
                }
            }
        }
        if waiting {
            self.shared.waiting.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// How to read a stream, and whether its reader may begin in the middle.
    fn plan(&self, stream: &Stream<'_>) -> (Plan, bool) {
        match self.second.as_ref().map(|second| second.get(&self.ordinal)) {
            Some(None) => return (Plan::Skip, false),
            Some(Some(Again(entry))) => return (Plan::Read(entry.clone()), false),
            None => {}
        }
        let targets = lock(&self.shared.known).candidates(stream);
        let by_lines = matches!(stream.kind, Kind::Json | Kind::Syslog);
        let fast = by_lines && targets.iter().all(|entry| entry.run_closed);
        (if targets.is_empty() { Plan::Read(None) } else { Plan::Probe { targets } }, fast)
    }

    fn word(&mut self, format: RecordFormat) -> &str {
        self.words.entry(format).or_insert_with(|| {
            let word = serde_json::to_value(format).ok();
            word.and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
        })
    }

    /// Runs rules and indicators for the correlations only: the event and its findings are stored.
    fn replay(&mut self, event: &Event, place: Place) {
        self.worker.event(event, place);
        self.worker.found.detections.drain();
    }

    /// A dead letter about a file, or a part of it that is no log stream.
    fn dead_file(&self, letter: &DeadLetter) {
        let id = id_of(&[
            self.shared.org.as_bytes(),
            letter.file.as_raw().as_bytes(),
            &letter.offset.to_le_bytes(),
            letter.reason.as_str().as_bytes(),
            letter.detail.as_raw().as_bytes(),
        ]);
        let is_new = lock(&self.shared.known).take(id.clone());
        let mut batch = lock(self.batch);
        if !is_new {
            batch.waiting.known += u64::from(self.second.is_none());
            return;
        }
        let origin = Origin {
            org: self.shared.org.clone(),
            host: self.shared.host.clone(),
            source: id,
            format: String::new(),
        };
        let fields = letter_fields(letter, letter.offset);
        batch.buffer.dead(&origin, letter.reason.as_str(), &fields, 1);
        batch.waiting.dead += 1;
        *batch.waiting.reasons.entry(letter.reason).or_default() += 1;
        batch.store_if_due(self.shared);
    }
}

fn letter_fields(letter: &DeadLetter, offset: u64) -> String {
    serde_json::json!({
        "file": letter.file.as_raw(),
        "offset": offset,
        "reason": letter.reason.as_str(),
        "detail": letter.detail.as_raw(),
    })
    .to_string()
}

fn content_of(event: &Event) -> u64 {
    short_hash(&[event.id().to_string().as_bytes()])
}

/// What is known of the stream decides about a record of a stream that only grows.
fn fate(
    current: &mut Current,
    shared: &Shared<'_>,
    offset: u64,
    content: impl FnOnce() -> u64,
) -> Fate {
    if current.known.is_none() {
        match current.tap.standing() {
            Standing::Void => return Fate::Ignored,
            Standing::Decided { entry, passed_over } => current.decide(entry, passed_over, shared),
        }
    }
    let offset = offset.saturating_add(current.offset_base);
    let Some(Some(entry)) = current.known.clone() else {
        current.passed(offset, content);
        return Fate::New;
    };
    let checkpoint = &entry.checkpoint;
    let replay = !entry.run_closed;
    if current.number < checkpoint.settled {
        current.passed(offset, content);
        return Fate::Known { replay };
    }
    if checkpoint.loose.is_empty() && !current.tap.ended() {
        current.passed(offset, || 0);
        return Fate::New;
    }
    let content = content();
    current.passed(offset, || content);
    if checkpoint.loose.contains(&(offset, content)) { Fate::Known { replay } } else { Fate::New }
}

impl Current {
    fn decide(&mut self, entry: Option<Arc<Entry>>, passed_over: bool, shared: &Shared<'_>) {
        let mut known = lock(&shared.known);
        if let Some(entry) = &entry {
            lock(&shared.touched).insert(entry.source.clone());
            if passed_over {
                self.met_known = true;
                self.offset_base = entry.checkpoint.from.0;
                self.number = entry.checkpoint.from.1;
                self.from = entry.checkpoint.from;
            }
            if known.is_newest(entry) {
                self.origin.source.clone_from(&entry.source);
                self.stored = entry.stored;
            }
        }
        self.name_source(&mut known);
        self.known = Some(entry);
    }

    /// A source that is new needs an id, made of how its stream begins.
    fn name_source(&mut self, known: &mut Known) {
        if self.origin.source.is_empty() {
            self.origin.source = known.new_id(&self.origin.org, &self.head);
        }
    }
}

impl Sink for Intake<'_, '_> {
    fn stream(&mut self, stream: &Stream<'_>) -> Option<Arc<dyn Tap>> {
        self.reserve(stream);
        let (plan, fast) = self.plan(stream);
        let is_log = stream.kind == Kind::Evtx;
        let tap =
            Arc::new(StreamTap::new(plan, fast, is_log, self.stop(), Arc::clone(&self.watch)));
        let origin = Origin {
            org: self.shared.org.clone(),
            host: self.shared.host.clone(),
            source: String::new(),
            format: String::new(),
        };
        lock(self.batch).current = Some(Current::new(origin, stream, Arc::clone(&tap)));
        Some(tap)
    }

    fn stream_ended(&mut self) {
        let mut batch = lock(self.batch);
        let Some(current) = &mut batch.current else { return };
        current.tap.end();
        let ordinal = self.ordinal;
        self.ordinal += 1;
        if self.shared.stop.load(Ordering::Relaxed) {
            // What the end pushed out may be half a record: it was not taken.
            return batch.abandon_current(self.shared);
        }
        if let Some(again) = current.tap.again() {
            self.again.insert(ordinal, again);
            return batch.abandon_current(self.shared);
        }
        let passed_over = match current.tap.standing() {
            Standing::Void => return batch.abandon_current(self.shared),
            Standing::Decided { entry, passed_over } => {
                if current.known.is_none() && entry.is_some() {
                    current.decide(entry.clone(), passed_over, self.shared);
                }
                entry.filter(|_| passed_over).map_or(0, |entry| entry.checkpoint.from.1)
            }
        };
        let (known, added) = (current.met_known, current.added);
        batch.waiting.known += passed_over;
        batch.waiting.streams += 1;
        match (known, added > 0) {
            (true, true) => batch.waiting.streams_continued += 1,
            (true, false) => batch.waiting.streams_known += 1,
            (false, _) => batch.waiting.streams_new += 1,
        }
        batch.finish_current(self.shared);
    }

    fn event(&mut self, event: &Event, place: Place) {
        self.record(event, RecordFormat::default(), place);
    }

    fn record(&mut self, event: &Event, format: RecordFormat, place: Place) {
        let (shared, batch) = (self.shared, self.batch);
        let mut batch = lock(batch);
        let Some(current) = &mut batch.current else { return };
        if shared.stop.load(Ordering::Relaxed) {
            return;
        }
        let fate = match current.kind {
            "evtx" => chunk_fate(current, shared, place.offset),
            _ => fate(current, shared, place.offset, || content_of(event)),
        };
        match fate {
            Fate::Ignored => {}
            Fate::Known { replay } => {
                current.met_known = true;
                batch.waiting.known += 1;
                drop(batch);
                if replay {
                    self.replay(event, place);
                }
            }
            Fate::New => {
                if current.format != Some(format) {
                    current.format = Some(format);
                    self.word(format).clone_into(&mut current.origin.format);
                }
                let number = if current.kind == "evtx" { place.record } else { current.number };
                current.added += 1;
                current.stored += 1;
                current.changed = true;
                let Batch { buffer, current, .. } = &mut *batch;
                if let Some(current) = current {
                    buffer.event(event, &current.origin, number);
                }
                batch.waiting.events += 1;
                self.worker.event(event, place);
                batch.found(shared, self.worker.found.detections.drain(), number);
                batch.store_if_due(shared);
            }
        }
    }

    fn dead(&mut self, letter: DeadLetter) {
        let (shared, batch) = (self.shared, self.batch);
        if shared.stop.load(Ordering::Relaxed) {
            return;
        }
        let mut batch = lock(batch);
        let Some(current) = &mut batch.current else {
            drop(batch);
            return self.dead_file(&letter);
        };
        let content =
            short_hash(&[letter.reason.as_str().as_bytes(), letter.detail.as_raw().as_bytes()]);
        let fate = match current.kind {
            "evtx" => chunk_letter_fate(current, shared, letter.offset, content),
            _ => fate(current, shared, letter.offset, || content),
        };
        match fate {
            Fate::Ignored => {}
            Fate::Known { .. } => {
                current.met_known = true;
                batch.waiting.known += 1;
            }
            Fate::New => {
                let fields =
                    letter_fields(&letter, letter.offset.saturating_add(current.offset_base));
                let number = current.number.max(1);
                current.added += 1;
                current.stored += 1;
                current.changed = true;
                let Batch { buffer, current, .. } = &mut *batch;
                if let Some(current) = current {
                    buffer.dead(&current.origin, letter.reason.as_str(), &fields, number);
                }
                batch.waiting.dead += 1;
                *batch.waiting.reasons.entry(letter.reason).or_default() += 1;
                batch.store_if_due(shared);
            }
        }
    }
}

/// A record of a Windows event log: it is stored when so many of its chunk are.
fn chunk_fate(current: &mut Current, shared: &Shared<'_>, offset: u64) -> Fate {
    let mut known = lock(&shared.known);
    enter_chunk(current, shared, &known, offset);
    current.number = current.number.saturating_add(1);
    current.name_source(&mut known);
    let Some(chunk) = &mut current.chunk else { return Fate::New };
    chunk.state.events = chunk.state.events.saturating_add(1);
    if chunk.state.events > chunk.known {
        return Fate::New;
    }
    Fate::Known { replay: known.has_open_runs() }
}

fn enter_chunk(current: &mut Current, shared: &Shared<'_>, known: &Known, offset: u64) {
    if current.chunk.is_some_and(|chunk| chunk.offset == offset) {
        return;
    }
    if let Some(chunk) = current.chunk.take().filter(|chunk| chunk.state.events > chunk.known) {
        current.chunks.push(chunk.state);
    }
    let Some(bytes) = current.tap.chunk(offset) else { return };
    let Some(state) = ChunkState::of(&bytes) else { return };
    let stored = known.chunk_events(&state, &bytes);
    let events = stored.as_ref().map_or(0, |(events, _)| *events);
    if let Some((_, source)) = stored {
        lock(&shared.touched).insert(source.to_string());
    }
    current.chunk = Some(Chunk { offset, state, known: events });
}

/// A dead letter of a Windows event log: told by its words and by the chunk it is about.
fn chunk_letter_fate(
    current: &mut Current,
    shared: &Shared<'_>,
    offset: u64,
    content: u64,
) -> Fate {
    let mut known = lock(&shared.known);
    let bytes = current.tap.chunk(offset);
    let about = bytes.as_deref().and_then(ChunkState::of).map_or(0, |state| state.key ^ state.hash);
    let first = first_record(&current.head).unwrap_or(&current.head);
    let parts = [&content.to_le_bytes()[..], &offset.to_le_bytes(), &about.to_le_bytes(), first];
    let letter = short_hash(&parts);
    current.name_source(&mut known);
    if known.has_chunk_letter(letter) {
        return Fate::Known { replay: false };
    }
    current.letters.push(letter);
    current.number = current.number.saturating_add(1);
    Fate::New
}
