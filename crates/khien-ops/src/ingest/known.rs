//! What the lake has already, and which streams are being read right now.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Int64Type};
use khien_ingest::Stream;
use khien_ingest::sniff::Kind;
use khien_lake::{Lake, LakeError, QueryLimits};

use super::checkpoint::{Checkpoint, Entry, HEAD_BYTES, id_of, kind_word, sha256};
use super::chunks::{ChunkState, first_record};

/// The word in the row that ends a run.
pub const RUN_KIND: &str = "run";
/// What the ids of findings made by correlations begin with.
pub const CORRELATION_PREFIX: &str = "c-";

/// What is stored of one organisation, by content.
#[derive(Debug, Default)]
pub struct Known {
    /// By length and hash of the head, where the whole is shorter than a head.
    short: BTreeMap<u64, HashMap<String, Arc<Entry>>>,
    /// By the hash of the head.
    long: HashMap<String, Vec<Arc<Entry>>>,
    chunks: HashMap<u64, Vec<(ChunkState, Arc<str>)>>,
    /// Rows stored of each source.
    newest: HashMap<String, u64>,
    chunk_letters: HashSet<u64>,
    /// All ids: of sources, of dead letters outside of streams, of correlations' findings.
    ids: HashSet<String>,
    open_runs: BTreeMap<String, BTreeSet<String>>,
    reserved: Vec<Reserved>,
}

/// A stream that is being read, or is read and not stored yet.
#[derive(Debug)]
struct Reserved {
    holder: usize,
    head: Vec<u8>,
    /// The first record of an event log.
    record: Option<Vec<u8>>,
}

impl Reserved {
    fn of(holder: usize, stream: &Stream<'_>) -> Self {
        let head = stream.head.get(..HEAD_BYTES).unwrap_or(stream.head).to_vec();
        let record = (stream.kind == Kind::Evtx).then(|| first_record(stream.head)).flatten();
        Self { holder, head, record: record.map(<[u8]>::to_vec) }
    }

    /// Whether one may be the other's beginning.
    fn meets(&self, other: &Self) -> bool {
        let same_log = self.record.is_some() && self.record == other.record;
        same_log || self.head.starts_with(&other.head) || other.head.starts_with(&self.head)
    }
}

/// Bound: rows of one query; more would not fit in memory, and are an error and no silence.
const ROWS_MAX: usize = 50_000_000;

fn limits() -> QueryLimits {
    QueryLimits { time: Duration::from_secs(3600), memory_bytes: 512 << 20, rows: ROWS_MAX }
}

/// Text as a literal of SQL.
pub fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The condition that rows of a table (`s.`, say, or nothing) are of an organisation.
pub fn is_org(table: &str, org: &str) -> String {
    // No organisation is no text in the lake, and nothing equals that.
    match org {
        "" => format!("coalesce({table}org, '') = ''"),
        org => format!("{table}org = {}", quoted(org)),
    }
}

/// A column as texts, whatever form the engine chose.
///
/// # Errors
///
/// [`LakeError::Internal`]: there is no such column, or it is no text.
pub fn texts(batch: &RecordBatch, column: usize) -> Result<Vec<String>, LakeError> {
    let internal = |what: String| LakeError::Internal(what);
    let column =
        batch.columns().get(column).ok_or_else(|| internal("a column is missing".to_owned()))?;
    let column = arrow::compute::cast(column, &DataType::Utf8)
        .map_err(|error| internal(error.to_string()))?;
    let column = column.as_string::<i32>();
    Ok((0..column.len())
        .map(|row| if column.is_null(row) { String::new() } else { column.value(row).to_owned() })
        .collect())
}

/// A column as numbers; what is none, or below zero, is 0.
pub fn numbers(batch: &RecordBatch, column: usize) -> Vec<u64> {
    let column =
        batch.columns().get(column).and_then(|column| column.as_primitive_opt::<Int64Type>());
    column.map_or_else(Vec::new, |column| {
        column.iter().map(|n| n.and_then(|n| u64::try_from(n).ok()).unwrap_or(0)).collect()
    })
}

impl Known {
    /// Reads what the lake has of an organisation.
    ///
    /// Bound: a few hundred bytes of memory a source, and 32 a chunk of a Windows event log.
    ///
    /// # Errors
    ///
    /// [`LakeError`]: the lake cannot be read.
    pub fn load(lake: &Lake, org: &str) -> Result<Self, LakeError> {
        let mut known = Self::default();
        let (of_all, of_one) = (is_org("", org), is_org("s.", org));
        let newest = format!(
            "SELECT s.source, s.record, s.fields FROM sources s JOIN (SELECT source, max(record) AS newest \
             FROM sources WHERE {of_all} GROUP BY source) m ON s.source = m.source WHERE {of_one} AND \
             (s.record = m.newest OR s.format = 'evtx' OR s.fields LIKE '%\"complete\":true%')"
        );
        let mut entries = Vec::new();
        for batch in lake.query(&newest, &limits())?.batches {
            let (sources, stored, fields) =
                (texts(&batch, 0)?, numbers(&batch, 1), texts(&batch, 2)?);
            for ((source, stored), fields) in sources.into_iter().zip(stored).zip(fields) {
                // A row of a later version that cannot be read is a source that is not known.
                let Ok(checkpoint) = serde_json::from_str::<Checkpoint>(&fields) else { continue };
                entries.push(Entry { source, stored, checkpoint, run_closed: false });
            }
        }
        let closed: HashSet<String> =
            entries.iter().flat_map(|entry| entry.checkpoint.closed.clone()).collect();
        for mut entry in entries.into_iter().filter(|entry| entry.checkpoint.kind != RUN_KIND) {
            entry.run_closed = closed.contains(&entry.checkpoint.run);
            known.add(entry);
        }
        let others = format!(
            "SELECT DISTINCT source FROM dead_letters WHERE {of_all} UNION ALL \
             SELECT DISTINCT source FROM finding WHERE {of_all} AND source LIKE '{CORRELATION_PREFIX}%'"
        );
        for batch in lake.query(&others, &limits())?.batches {
            known.ids.extend(texts(&batch, 0)?);
        }
        Ok(known)
    }

    /// Takes note of a stored checkpoint.
    pub fn add(&mut self, entry: Entry) {
        self.ids.insert(entry.source.clone());
        if !entry.run_closed {
            let sources = self.open_runs.entry(entry.checkpoint.run.clone()).or_default();
            sources.insert(entry.source.clone());
        }
        let newest = self.newest.entry(entry.source.clone()).or_default();
        *newest = entry.stored.max(*newest);
        self.chunk_letters.extend(&entry.checkpoint.letters);
        let source: Arc<str> = entry.source.as_str().into();
        for chunk in &entry.checkpoint.chunks {
            let states = self.chunks.entry(chunk.key).or_default();
            match states
                .iter_mut()
                .find(|(state, _)| (state.used, state.hash) == (chunk.used, chunk.hash))
            {
                Some((state, _)) => state.events = state.events.max(chunk.events),
                None => states.push((*chunk, Arc::clone(&source))),
            }
        }
        if entry.checkpoint.kind == kind_word(Kind::Evtx) {
            return;
        }
        let entry = Arc::new(entry);
        let checkpoint = &entry.checkpoint;
        if checkpoint.length < HEAD_BYTES as u64 {
            let same_length = self.short.entry(checkpoint.length).or_default();
            // Of so short a stream the head is all.
            same_length.insert(checkpoint.head.clone(), Arc::clone(&entry));
        } else {
            let same_head = self.long.entry(checkpoint.head.clone()).or_default();
            // Of a source that is read on, only the newest mark and those of whole streams count.
            same_head.retain(|old| {
                old.checkpoint.complete
                    || old.source != entry.source
                    || old.checkpoint.length > checkpoint.length
            });
            same_head.push(entry);
        }
    }

    /// Reserves a stream for one who reads it.
    ///
    /// # Errors
    ///
    /// Who has one that may be the same: it has to be waited for.
    pub fn reserve(&mut self, holder: usize, stream: &Stream<'_>) -> Result<(), usize> {
        let wanted = Reserved::of(holder, stream);
        if let Some(other) = self.reserved.iter().find(|other| other.meets(&wanted)) {
            return Err(other.holder);
        }
        self.reserved.push(wanted);
        Ok(())
    }

    /// Gives back what one had reserved, the newest `but` of it excepted.
    pub fn release(&mut self, holder: usize, but: usize) {
        let mut left =
            self.reserved.iter().filter(|other| other.holder == holder).count().saturating_sub(but);
        self.reserved.retain(|other| {
            let goes = other.holder == holder && left > 0;
            left -= usize::from(goes);
            !goes
        });
    }

    /// Gives back what one reserved last.
    pub fn release_last(&mut self, holder: usize) {
        if let Some(at) = self.reserved.iter().rposition(|other| other.holder == holder) {
            self.reserved.remove(at);
        }
    }

    /// Which checkpoints a stream may have reached, shortest first.
    pub fn candidates(&self, stream: &Stream<'_>) -> Vec<Arc<Entry>> {
        let kind = kind_word(stream.kind);
        if stream.kind == Kind::Evtx {
            return Vec::new();
        }
        let mut found = Vec::new();
        for (length, entries) in &self.short {
            let Some(head) =
                usize::try_from(*length).ok().and_then(|length| stream.head.get(..length))
            else {
                break;
            };
            found.extend(entries.get(&sha256(head)).cloned());
        }
        if let Some(head) = stream.head.get(..HEAD_BYTES) {
            found.extend(self.long.get(&sha256(head)).into_iter().flatten().cloned());
        }
        found.retain(|entry| entry.checkpoint.kind == kind);
        found.sort_by_key(|entry| {
            (entry.checkpoint.length, entry.checkpoint.complete, entry.stored)
        });
        found
    }

    /// How many events of a chunk are stored, and of which source they are.
    pub fn chunk_events(&self, now: &ChunkState, chunk: &[u8]) -> Option<(u64, Arc<str>)> {
        let states = self.chunks.get(&now.key).map(Vec::as_slice).unwrap_or_default();
        let fitting =
            states.iter().filter(|(state, _)| state.used <= now.used && state.is_start_of(chunk));
        fitting
            .max_by_key(|(state, _)| state.events)
            .map(|(state, source)| (state.events, Arc::clone(source)))
    }

    /// Whether nothing more was stored of an entry's source.
    pub fn is_newest(&self, entry: &Entry) -> bool {
        self.newest.get(&entry.source).is_none_or(|stored| *stored <= entry.stored)
    }

    /// Whether a dead letter of an event log is stored.
    pub fn has_chunk_letter(&self, letter: u64) -> bool {
        self.chunk_letters.contains(&letter)
    }

    /// Whether something of this id is stored.
    pub fn has(&self, id: &str) -> bool {
        self.ids.contains(id)
    }

    /// Takes an id; `false` when it is taken.
    pub fn take(&mut self, id: String) -> bool {
        self.ids.insert(id)
    }

    /// An id for a new source.
    pub fn new_id(&mut self, org: &str, head: &[u8]) -> String {
        let mut number = 0_u64;
        loop {
            let id = id_of(&[org.as_bytes(), head, &number.to_le_bytes()]);
            if self.take(id.clone()) {
                return id;
            }
            number = number.saturating_add(1);
        }
    }

    /// Whether there are runs that did not end well.
    pub fn has_open_runs(&self) -> bool {
        !self.open_runs.is_empty()
    }

    /// Runs of which all sources were read again.
    pub fn runs_made_good(&self, touched: &HashSet<String>) -> Vec<String> {
        let all = self
            .open_runs
            .iter()
            .filter(|(_, sources)| sources.iter().all(|source| touched.contains(source)));
        all.map(|(run, _)| run.clone()).collect()
    }
}
