//! Rows on their way into the lake, with how far their sources are then read: one commit each.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use khien_ingest::{Reason, Stream};
use khien_lake::row::{Origin, RowBuffer};
use khien_lake::{Lake, LakeError, Progress};
use khien_model::{RecordFormat, Timestamp};

use super::checkpoint::{Checkpoint, Entry, LOOSE_MAX, kind_word};
use super::chunks::ChunkState;
use super::found::{FoundNames, add_finding};
use super::known::Known;
use super::tap::StreamTap;
use crate::held::lock;
use crate::scan::detection::Detection;
use crate::scan::knowledge::Advisories;
use crate::scan::worker::Knowledge;

/// When a batch is stored.
#[derive(Clone, Copy, Debug)]
pub struct BatchLimits {
    /// At so many rows.
    pub rows: usize,
    /// At so many bytes of memory.
    pub bytes: usize,
    /// After so long.
    pub time: Duration,
}

/// Bound: memory of all batches together.
const BATCHES_BYTES: usize = 256 << 20;

impl BatchLimits {
    /// The usual ones, shared out among threads.
    pub fn of_threads(threads: usize) -> Self {
        let bytes = BATCHES_BYTES.checked_div(threads.max(1)).unwrap_or(BATCHES_BYTES);
        Self { rows: 200_000, bytes: bytes.clamp(4 << 20, 128 << 20), time: Duration::from_secs(5) }
    }
}

/// What all threads of a run share.
pub struct Shared<'s> {
    /// The lake.
    pub lake: Mutex<&'s mut Lake>,
    /// What it has.
    pub known: Mutex<Known>,
    /// Told when something reserved was given back.
    pub freed: Condvar,
    /// Threads that wait for that.
    pub waiting: AtomicUsize,
    /// What ended the run.
    pub failed: Mutex<Option<LakeError>>,
    /// Set to end the run.
    pub stop: Arc<AtomicBool>,
    /// Rules and indicators.
    pub knowledge: &'s Knowledge,
    /// Where indicators are from.
    pub advisories: &'s Advisories,
    /// What findings are called, by number.
    pub found: FoundNames,
    /// The clock.
    pub clock: fn() -> (Timestamp, Instant),
    /// The organisation.
    pub org: String,
    /// The host of records that name none.
    pub host: String,
    /// This run's id.
    pub run: String,
    /// When batches are stored.
    pub limits: BatchLimits,
    /// Sources met, known ones included.
    pub touched: Mutex<HashSet<String>>,
}

impl Shared<'_> {
    /// Keeps the first error, and ends the run.
    pub fn fail(&self, error: LakeError) {
        lock(&self.failed).get_or_insert(error);
        self.stop.store(true, Ordering::Relaxed);
        self.freed.notify_all();
    }

    /// Whether the run was ended by an error.
    pub fn has_failed(&self) -> bool {
        lock(&self.failed).is_some()
    }
}

/// What was counted.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// Events stored.
    pub events: u64,
    /// Dead letters stored.
    pub dead: u64,
    /// Records, dead letters included, that were stored before.
    pub known: u64,
    /// Findings stored.
    pub findings: u64,
    /// Dead letters stored, by reason.
    pub reasons: BTreeMap<Reason, u64>,
    /// Log streams read.
    pub streams: u64,
    /// Of these: nothing of them was known.
    pub streams_new: u64,
    /// Of these: a part was known, and more came.
    pub streams_continued: u64,
    /// Of these: all was known.
    pub streams_known: u64,
    /// Batches stored.
    pub batches: u64,
    /// Bytes written for them.
    pub bytes_written: u64,
}

impl Counts {
    /// Adds another's.
    pub fn add(&mut self, other: &Self) {
        self.events += other.events;
        self.dead += other.dead;
        self.known += other.known;
        self.findings += other.findings;
        self.streams += other.streams;
        self.streams_new += other.streams_new;
        self.streams_continued += other.streams_continued;
        self.streams_known += other.streams_known;
        self.batches += other.batches;
        self.bytes_written += other.bytes_written;
        for (reason, count) in &other.reasons {
            *self.reasons.entry(*reason).or_default() += count;
        }
    }
}

/// The stream being read.
pub struct Current {
    /// Where its rows come from.
    pub origin: Origin,
    /// Its name for people.
    pub name: String,
    /// What it holds.
    pub kind: &'static str,
    /// Its tap.
    pub tap: Arc<StreamTap>,
    /// What is known of it, once that is decided.
    pub known: Option<Option<Arc<Entry>>>,
    /// Records so far, known ones included.
    pub number: u64,
    /// See [`Checkpoint`].
    pub settled: u64,
    /// See [`Checkpoint`].
    pub from: (u64, u64),
    /// See [`Checkpoint`].
    pub loose: VecDeque<(u64, u64)>,
    /// What is added to offsets, where the reader began in the middle.
    pub offset_base: u64,
    /// Rows stored of the source, those of this batch included.
    pub stored: u64,
    /// Rows of this stream, since it began.
    pub added: u64,
    /// Whether there is more than the last row said.
    pub changed: bool,
    /// Of a Windows event log: the chunk being read, and those since the last row.
    pub chunk: Option<Chunk>,
    /// See [`Checkpoint`].
    pub chunks: Vec<ChunkState>,
    /// See [`Checkpoint`].
    pub letters: Vec<u64>,
    /// How it begins.
    pub head: Vec<u8>,
    /// The format of the last record.
    pub format: Option<RecordFormat>,
    /// Whether a record of it was known.
    pub met_known: bool,
}

/// The chunk of a Windows event log that is being read.
#[derive(Clone, Copy, Debug)]
pub struct Chunk {
    /// Where it begins.
    pub offset: u64,
    /// What it is; its events count those read.
    pub state: ChunkState,
    /// How many of them were stored before.
    pub known: u64,
}

impl Chunk {
    /// What is stored of it when the batch is.
    pub fn stored(&self) -> ChunkState {
        ChunkState { events: self.state.events.max(self.known), ..self.state }
    }
}

impl Current {
    /// A stream that begins.
    pub fn new(origin: Origin, stream: &Stream<'_>, tap: Arc<StreamTap>) -> Self {
        Self {
            origin,
            name: stream.name.as_raw().to_owned(),
            kind: kind_word(stream.kind),
            tap,
            known: None,
            number: 0,
            settled: 0,
            from: (0, 0),
            loose: VecDeque::new(),
            offset_base: 0,
            stored: 0,
            added: 0,
            changed: false,
            chunk: None,
            chunks: Vec::new(),
            letters: Vec::new(),
            head: stream.head.to_vec(),
            format: None,
            met_known: false,
        }
    }

    /// Takes note of where a record stands that was read just now.
    pub fn passed(&mut self, offset: u64, content: impl FnOnce() -> u64) {
        let place = (offset, self.number);
        self.number = self.number.saturating_add(1);
        if self.tap.ended() {
            self.loose.push_back((offset, content()));
            if self.loose.len() <= LOOSE_MAX {
                return;
            }
            // So far from the end, growth changes nothing: a list on one line, say, which comes out
            // only when all of it was read.
            let first = self.loose.pop_front().map_or(0, |(offset, _)| offset);
            self.settle((first, self.settled));
        } else {
            self.settle(place);
        }
    }

    fn settle(&mut self, place: (u64, u64)) {
        // Records that come late, out of order, do not move the mark back.
        self.from = (place.0.max(self.from.0), place.1);
        self.settled = place.1.saturating_add(1);
    }

    fn entry(&self, run: &str, complete: bool) -> Entry {
        let mark = self.tap.mark();
        Entry {
            source: self.origin.source.clone(),
            stored: self.stored,
            checkpoint: Checkpoint {
                length: mark.length,
                blake3: mark.blake3,
                sha256: String::new(),
                head: mark.head,
                kind: self.kind.to_owned(),
                settled: self.settled,
                from: self.from,
                loose: self.loose.iter().copied().collect(),
                complete,
                run: run.to_owned(),
                chunks: self.chunks.clone(),
                letters: self.letters.clone(),
                closed: Vec::new(),
            },
            run_closed: true,
        }
    }
}

/// Rows of one thread that wait to be stored.
pub struct Batch {
    holder: usize,
    /// The rows.
    pub buffer: RowBuffer,
    /// Which streams end in it, with the names of their rows.
    done: Vec<(Entry, Origin, String)>,
    since: Option<Instant>,
    /// Counts of what is stored, and of what waits.
    pub stored: Counts,
    /// Counts of what waits.
    pub waiting: Counts,
    /// The stream being read.
    pub current: Option<Current>,
    records: u32,
}

impl Batch {
    /// An empty one of a thread.
    pub fn new(holder: usize) -> Self {
        Self {
            holder,
            buffer: RowBuffer::new(),
            done: Vec::new(),
            since: None,
            stored: Counts::default(),
            waiting: Counts::default(),
            current: None,
            records: 0,
        }
    }

    /// Whether something of a stream that has ended waits.
    pub fn has_done(&self) -> bool {
        !self.done.is_empty()
    }

    /// Adds findings of a record.
    pub fn found(
        &mut self,
        shared: &Shared<'_>,
        detections: impl Iterator<Item = Detection>,
        record: u64,
    ) {
        let Some(current) = &self.current else { return };
        for detection in detections {
            let name = shared.found.of(detection.finding, shared.knowledge, shared.advisories);
            let Some(name) = name else { continue };
            add_finding(&mut self.buffer, &name, &detection, &current.origin, record);
            self.waiting.findings += 1;
        }
    }

    /// Stores the batch when it is full or old. To be called once a record; asks the clock rarely.
    pub fn store_if_due(&mut self, shared: &Shared<'_>) {
        self.records = self.records.wrapping_add(1);
        if self.buffer.rows() >= shared.limits.rows {
            return self.store(shared);
        }
        if self.records.is_multiple_of(256) && self.buffer.memory_bytes() >= shared.limits.bytes {
            return self.store(shared);
        }
        if self.records % 1024 == 1 {
            self.store_if_old(shared);
        }
    }

    /// Stores the batch when it is old.
    pub fn store_if_old(&mut self, shared: &Shared<'_>) {
        if self.buffer.rows() == 0 && self.done.is_empty() {
            self.since = None;
            return;
        }
        let (_, now) = (shared.clock)();
        let since = *self.since.get_or_insert(now);
        if now.duration_since(since) >= shared.limits.time {
            self.store(shared);
        }
    }

    /// The current stream has ended; its last row waits.
    pub fn finish_current(&mut self, shared: &Shared<'_>) {
        let Some(mut current) = self.current.take() else { return };
        if current.added > 0 || current.changed {
            current.changed = true;
            if let Some(chunk) = current.chunk.take() {
                current.chunks.push(chunk.stored());
            }
            let entry = current.entry(&shared.run, true);
            self.done.push((entry, current.origin, current.name));
        } else {
            lock(&shared.known).release_last(self.holder);
            shared.freed.notify_all();
        }
        if shared.waiting.load(Ordering::Relaxed) > 0 || self.done.len() >= DONE_MAX {
            self.store(shared);
        }
    }

    /// Forgets the current stream; what was stored of it stays.
    pub fn abandon_current(&mut self, shared: &Shared<'_>) {
        // A batch that waits may have rows of it: they go with a mark of how far it was read.
        self.store(shared);
        if self.current.take().is_some() {
            lock(&shared.known).release_last(self.holder);
            shared.freed.notify_all();
        }
    }

    /// Stores everything that waits, in one step.
    pub fn store(&mut self, shared: &Shared<'_>) {
        if shared.has_failed() {
            return;
        }
        let mut entries = std::mem::take(&mut self.done);
        if let Some(current) = self.current.as_mut().filter(|current| current.changed) {
            if let Some(chunk) = &current.chunk {
                current.chunks.push(chunk.stored());
            }
            entries.push((
                current.entry(&shared.run, false),
                current.origin.clone(),
                current.name.clone(),
            ));
            current.changed = false;
            current.chunks.clear();
            current.letters.clear();
        }
        self.since = None;
        if entries.is_empty() && self.buffer.rows() == 0 {
            self.stored.add(&std::mem::take(&mut self.waiting));
            return;
        }
        let (now, _) = (shared.clock)();
        let mut progress = Progress::new();
        for (entry, origin, name) in &entries {
            // Only numbers and texts: it cannot fail.
            let fields = serde_json::to_string(&entry.checkpoint).unwrap_or_default();
            self.buffer.source(
                &source_origin(origin, &entry.checkpoint),
                now,
                name,
                &fields,
                entry.stored,
            );
            progress.insert(entry.source.clone(), entry.stored);
        }
        let stored = lock(&shared.lake).store(&mut self.buffer, &progress);
        match stored {
            Ok(receipt) => {
                self.waiting.batches += 1;
                self.waiting.bytes_written += receipt.bytes;
                self.stored.add(&std::mem::take(&mut self.waiting));
                let mut known = lock(&shared.known);
                let mut touched = lock(&shared.touched);
                for (entry, ..) in entries {
                    touched.insert(entry.source.clone());
                    known.add(entry);
                }
                known.release(self.holder, usize::from(self.current.is_some()));
                drop(known);
                shared.freed.notify_all();
            }
            Err(error) => shared.fail(error),
        }
    }
}

/// Bound: streams whose rows wait for one commit.
const DONE_MAX: usize = 10_000;

fn source_origin(origin: &Origin, checkpoint: &Checkpoint) -> Origin {
    Origin { format: checkpoint.kind.clone(), ..origin.clone() }
}
