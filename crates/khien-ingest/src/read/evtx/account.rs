//! Whether what was read from an event log is all that its headers name.
//!
//! Record ids run on without a hole through a chunk and from chunk to chunk; where a log is a ring
//! they fall back once. The chunk's header names its first and last record, the file's header how many
//! chunks there are and which record comes next. All that is compared here.
//!
//! It does not find records that somebody took out while rewriting every header and checksum to fit.

use evtx::EvtxChunkData;

const RECORD_MAGIC: &[u8] = b"**\0\0";
/// Where the records of a chunk begin, and the least that one takes.
const RECORDS_START: usize = 512;
const RECORD_BYTES_MIN: usize = 28;

/// The records of one chunk: named by its header, and read.
#[derive(Clone, Copy, Debug)]
pub(super) struct ChunkAccount {
    first: u64,
    last: u64,
    read: u64,
    /// The ids read so far are the first ones named, in order.
    in_order: bool,
    end: End,
}

/// What stands where the named records end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum End {
    /// The record with the next id.
    AnotherRecord,
    /// There are no records, and nothing else either.
    Nothing,
    /// Free space, which may hold older records.
    Space,
}

impl ChunkAccount {
    pub(super) fn of(chunk: &EvtxChunkData) -> Self {
        let header = &chunk.header;
        let (first, last) = (header.first_event_record_id, header.last_event_record_id);
        let end = end_of_records(&chunk.data, last);
        Self { first, last, read: 0, in_order: true, end }
    }

    /// Notes a record that was read.
    pub(super) fn note(&mut self, id: u64) {
        self.in_order &= self.first.checked_add(self.read) == Some(id);
        self.read = self.read.saturating_add(1);
    }

    /// What is missing, in words; `None` when all that the header names was read.
    pub(super) fn shortfall(&self) -> Option<String> {
        let Self { first, last, read, .. } = self;
        let named = last.checked_sub(*first).and_then(|more| more.checked_add(1));
        if *read == 0 && self.end == End::Nothing {
            return None;
        }
        if named != Some(*read) || !self.in_order {
            return Some(format!(
                "the chunk's header names records {first} to {last}; {read} were read"
            ));
        }
        (self.end == End::AnotherRecord)
            .then(|| format!("more records stand behind {last}, the last that the chunk names"))
    }
}

fn end_of_records(chunk: &[u8], last: u64) -> End {
    let mut at = RECORDS_START;
    let mut before = None;
    while let Some((id, size)) = record_at(chunk, at) {
        if before == Some(last) {
            let goes_on = last.checked_add(1) == Some(id);
            return if goes_on { End::AnotherRecord } else { End::Space };
        }
        before = Some(id);
        at = at.saturating_add(size);
    }
    let blank = chunk.get(RECORDS_START..).is_none_or(|rest| rest.iter().all(|byte| *byte == 0));
    if before.is_none() && blank { End::Nothing } else { End::Space }
}

/// Id and size of the record that begins here.
fn record_at(chunk: &[u8], at: usize) -> Option<(u64, usize)> {
    let rest = chunk.get(at..)?.strip_prefix(RECORD_MAGIC)?;
    let (size, rest) = rest.split_first_chunk::<4>()?;
    let (id, _) = rest.split_first_chunk::<8>()?;
    let size = usize::try_from(u32::from_le_bytes(*size)).ok()?;
    (size >= RECORD_BYTES_MIN).then(|| (u64::from_le_bytes(*id), size))
}

/// The chunks of one file: named by its header, and seen.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct FileAccount {
    /// From the file's header: how many chunks, and the id of the record to come.
    named: Option<(u64, u64)>,
    seen: u64,
    /// The last record of the chunk before, when that is known.
    before: Option<u64>,
    highest: Option<u64>,
}

impl FileAccount {
    /// Takes a whole file header.
    pub(super) fn header(&mut self, header: &[u8]) {
        let next = header.get(24..).and_then(<[u8]>::first_chunk).copied().map(u64::from_le_bytes);
        let count = header.get(42..).and_then(<[u8]>::first_chunk).copied().map(u16::from_le_bytes);
        self.named = count.map(u64::from).zip(next);
    }

    /// Notes a chunk; tells which records are missing before it.
    pub(super) fn chunk(&mut self, chunk: Option<&ChunkAccount>) -> Option<String> {
        self.seen = self.seen.saturating_add(1);
        let before = self.before.take();
        let chunk = chunk.filter(|chunk| chunk.read > 0)?;
        self.before = Some(chunk.last);
        self.highest = self.highest.max(self.before);
        let next = before?.checked_add(1)?;
        (chunk.first > next).then(|| {
            let last = chunk.first.saturating_sub(1);
            format!("records {next} to {last} are missing before this chunk")
        })
    }

    /// Notes a stretch that is no chunk and was reported.
    pub(super) const fn damage(&mut self) {
        self.before = None;
    }

    /// What is missing at the end of the file, in words.
    pub(super) fn shortfall(&self) -> Option<String> {
        let (count, next) = self.named?;
        if self.seen < count {
            return Some(format!(
                "the file's header names {count} chunks; {} are there",
                self.seen
            ));
        }
        // A log that was not closed names a record that it has already; that is no gap.
        let highest = self.highest?;
        (next > highest.saturating_add(1)).then(|| {
            format!("the last record is {highest}, but the file's header puts {next} next")
        })
    }

    /// Whether there was a header and no chunk behind it.
    pub(super) const fn is_empty(&self) -> bool {
        self.named.is_some() && self.seen == 0
    }
}
