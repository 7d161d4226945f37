//! The queue on disk between whoever sends records and the lake.
//!
//! A segment is two files. `N.log` has the records as they came, whole parcels one behind the other:
//! what the pipeline reads. `N.parcels` has a first line that names the form, and a line for each
//! parcel: where it ends, how many records it has, and the key under which its sender would send it
//! again. The log is made durable before the line is written, and the line before anybody is told; what
//! a log has beyond its last line was never acknowledged, and is cut off when the spool is opened.
//!
//! Lines of parcels outlive their records by [`KEY_HOURS`] hours, so that a sender who heard no answer
//! and sends again is not stored twice.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use khien_model::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::segment::{Bell, Extent, SegmentReader, Waiter};

/// The form of the lists of parcels. Compat: a change that older programs would misread counts it up.
const SCHEMA: &str = "khien.spool/1";
/// How long a key is remembered.
pub const KEY_HOURS: i64 = 24;
/// Bound: keys remembered; beyond it those given longest ago are forgotten.
const KEYS_MAX: usize = 1_000_000;
/// How often and how long another process is waited for.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(50);
/// Bound: bytes of a line of a list; longer ones are nothing that was written here.
const LINE_BYTES_MAX: u64 = 4096;
const HOUR_NANOS: i64 = 3_600_000_000_000;

/// What records are written in. A segment has one form, so that its beginning tells it.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// A JSON object a line.
    Json,
    /// Syslog (RFC 3164 and RFC 5424), a message a line.
    Syslog,
}

/// Bounds of a spool.
#[derive(Clone, Copy, Debug)]
pub struct SpoolLimits {
    /// A segment of so many bytes is closed, and another begun.
    pub segment_bytes: u64,
    /// A segment that was begun so long ago is closed at the next parcel.
    pub segment_age: Duration,
    /// Bytes of records that wait for the lake; beyond it nothing is taken.
    pub bytes_max: u64,
}

impl Default for SpoolLimits {
    fn default() -> Self {
        Self { segment_bytes: 64 << 20, segment_age: Duration::from_secs(600), bytes_max: 8 << 30 }
    }
}

/// Records of one request: taken whole or not at all.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Parcel {
    /// What they are written in.
    pub form: Form,
    /// Who sends and under which key, where the sender gives one: the same again is not taken again.
    pub key: Option<ParcelKey>,
    /// How many records there are, as the sender is told.
    pub records: u32,
    /// The records; a line end is added where the last one has none.
    pub bytes: Vec<u8>,
}

/// A sender and its name for a parcel, as a hash.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize, Deserialize)]
pub struct ParcelKey([u64; 2]);

impl ParcelKey {
    /// The key that a sender gives, which other senders may give too.
    pub fn new(sender: &str, key: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(u64::try_from(sender.len()).unwrap_or(u64::MAX).to_le_bytes());
        hash.update(sender);
        hash.update(key);
        let sum = hash.finalize();
        let part = |at: usize| {
            let bytes = sum.get(at..at + 8).and_then(|bytes| bytes.try_into().ok());
            u64::from_le_bytes(bytes.unwrap_or_default())
        };
        Self([part(0), part(8)])
    }
}

/// What became of a parcel.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Taken {
    /// It is durable.
    New,
    /// It was taken before, with so many records.
    Before(u32),
}

/// Why nothing is taken.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    /// The lake does not keep up, or is stopped.
    #[error("{0} bytes of records wait for the lake already")]
    Full(u64),
    /// The file system's.
    #[error("{}: {error}", .path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// What.
        error: io::Error,
    },
    /// A file of the folder is none of a spool's, or of another version.
    #[error("{}: {detail}", .path.display())]
    Form {
        /// Where.
        path: PathBuf,
        /// What it is instead.
        detail: String,
    },
}

#[derive(Debug)]
struct Segment {
    form: Form,
    extent: Arc<Extent>,
    begun: Timestamp,
    /// Open files of a segment that is still written to.
    files: Option<(File, File)>,
    /// Whether the reader was given it.
    is_read: bool,
}

/// The queue. One process has it open; one thread writes.
#[derive(Debug)]
pub struct Spool {
    folder: PathBuf,
    limits: SpoolLimits,
    segments: BTreeMap<u64, Segment>,
    next: u64,
    keys: HashMap<ParcelKey, (u32, Timestamp)>,
    bell: Arc<Bell>,
    /// Held while the folder is open.
    _lock: File,
}

#[derive(Serialize, Deserialize)]
struct Head {
    schema: String,
    form: Form,
    begun: Timestamp,
}

/// A parcel that was taken.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    /// Bytes of the log up to its end.
    end: u64,
    records: u32,
    at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<ParcelKey>,
}

fn log_path(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("{number:012}.log"))
}

fn list_path(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("{number:012}.parcels"))
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> SpoolError + use<> {
    let path = path.to_owned();
    move |error| SpoolError::Io { path, error }
}

impl Spool {
    /// Opens a folder, and takes up what it has.
    ///
    /// # Errors
    ///
    /// [`SpoolError`]: it cannot be read or written, another process has it, or a file is no spool's.
    pub fn open(folder: &Path, limits: SpoolLimits, now: Timestamp) -> Result<Self, SpoolError> {
        fs::create_dir_all(folder).map_err(failed(folder))?;
        let lock_at = folder.join("lock");
        let lock = File::options().create(true).truncate(false).write(true).open(&lock_at);
        let lock = lock.map_err(failed(&lock_at))?;
        // A process that was forked a moment ago has the lock too, until it becomes another program.
        let tried = (0..TRIES).find_map(|_| match lock.try_lock() {
            Ok(()) => Some(()),
            Err(_) => {
                std::thread::sleep(PAUSE);
                None
            }
        });
        if tried.is_none() {
            let detail = "another process has this spool".to_owned();
            return Err(SpoolError::Form { path: folder.to_owned(), detail });
        }
        let mut spool = Self {
            folder: folder.to_owned(),
            limits,
            segments: BTreeMap::new(),
            next: 1,
            keys: HashMap::new(),
            bell: Arc::default(),
            _lock: lock,
        };
        let mut numbers = Vec::new();
        for entry in fs::read_dir(folder).map_err(failed(folder))? {
            let name = entry.map_err(failed(folder))?.file_name();
            let number = name.to_str().and_then(|name| name.strip_suffix(".parcels"));
            numbers.extend(number.and_then(|number| number.parse::<u64>().ok()));
        }
        numbers.sort_unstable();
        for number in numbers {
            spool.take_up(number, now)?;
            spool.next = number.saturating_add(1).max(spool.next);
        }
        Ok(spool)
    }

    /// Reads the list of a segment that an earlier process wrote; the segment is closed.
    fn take_up(&mut self, number: u64, now: Timestamp) -> Result<(), SpoolError> {
        let (log, list) = (log_path(&self.folder, number), list_path(&self.folder, number));
        let mut lines = BufReader::new(File::open(&list).map_err(failed(&list))?);
        let mut read = 0;
        let Some(head) = next_line::<Head>(&mut lines, &list, &mut read)? else {
            // Its first line was not whole when the process ended: nothing of it was acknowledged.
            for path in [&log, &list] {
                remove(path)?;
            }
            return Ok(());
        };
        if head.schema != SCHEMA {
            let detail =
                format!("has the form {:?}, and this program knows {SCHEMA:?}", head.schema);
            return Err(SpoolError::Form { path: list, detail });
        }
        let (mut end, mut latest) = (0, head.begun);
        while let Some(line) = next_line::<Line>(&mut lines, &list, &mut read)? {
            end = line.end;
            latest = line.at;
            if let Some(key) = line.key {
                self.keys.insert(key, (line.records, line.at));
            }
        }
        let file = match File::options().write(true).open(&log) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                // All of it is in the lake; only its keys are still wanted.
                if now.nanos_since(latest) > KEY_HOURS * HOUR_NANOS {
                    remove(&list)?;
                }
                return Ok(());
            }
            Err(error) => return Err(failed(&log)(error)),
        };
        let length = file.metadata().map_err(failed(&log))?.len();
        if length < end {
            let detail = format!("has {length} bytes, and {end} were acknowledged");
            return Err(SpoolError::Form { path: log, detail });
        }
        file.set_len(end).and_then(|()| file.sync_all()).map_err(failed(&log))?;
        if end == 0 {
            remove(&log)?;
            return remove(&list);
        }
        let extent = Extent { durable: AtomicU64::new(end), closed: AtomicBool::new(true) };
        let segment = Segment {
            form: head.form,
            extent: Arc::new(extent),
            begun: head.begun,
            files: None,
            is_read: false,
        };
        self.segments.insert(number, segment);
        Ok(())
    }

    /// Bytes of records that wait for the lake, those being read included.
    pub fn waiting_bytes(&self) -> u64 {
        let bytes = |segment: &Segment| segment.extent.durable.load(Ordering::Relaxed);
        self.segments.values().map(bytes).sum()
    }

    /// Takes parcels: when it returns, all that are told as taken are durable.
    ///
    /// # Errors
    ///
    /// [`SpoolError`]: nothing was taken.
    pub fn append(&mut self, parcels: &[Parcel], now: Timestamp) -> Result<Vec<Taken>, SpoolError> {
        let waiting = self.waiting_bytes();
        if waiting >= self.limits.bytes_max {
            return Err(SpoolError::Full(waiting));
        }
        self.forget_keys(now);
        let mut taken = Vec::with_capacity(parcels.len());
        let mut given: HashMap<ParcelKey, u32> = HashMap::new();
        let mut fresh: BTreeMap<Form, Vec<&Parcel>> = BTreeMap::new();
        for parcel in parcels {
            let is_kept = |at: Timestamp| now.nanos_since(at) < KEY_HOURS * HOUR_NANOS;
            let earlier = |key| self.keys.get(&key).filter(|(_, at)| is_kept(*at));
            let before = parcel.key.and_then(|key| {
                given.get(&key).copied().or_else(|| earlier(key).map(|(records, _)| *records))
            });
            if let Some(records) = before {
                taken.push(Taken::Before(records));
                continue;
            }
            if let Some(key) = parcel.key {
                given.insert(key, parcel.records);
            }
            fresh.entry(parcel.form).or_default().push(parcel);
            taken.push(Taken::New);
        }
        // Of several forms one may be written and the next fail: then nobody is told, and what was
        // written stays under its keys.
        for (form, parcels) in fresh {
            self.write(form, &parcels, now)?;
        }
        Ok(taken)
    }

    fn write(&mut self, form: Form, parcels: &[&Parcel], now: Timestamp) -> Result<(), SpoolError> {
        let number = self.open_segment(form, now)?;
        let done = self.write_to(number, parcels, now);
        match done {
            Ok(()) => self.bell.ring(),
            // How far the files got nobody knows: no more is written to them.
            Err(_) => self.close(number),
        }
        done
    }

    fn write_to(
        &mut self,
        number: u64,
        parcels: &[&Parcel],
        now: Timestamp,
    ) -> Result<(), SpoolError> {
        let (log_at, list_at) = (log_path(&self.folder, number), list_path(&self.folder, number));
        let Some(segment) = self.segments.get_mut(&number) else { return Ok(()) };
        let Some((log, list)) = &mut segment.files else { return Ok(()) };
        let mut end = segment.extent.durable.load(Ordering::Relaxed);
        let (mut records, mut lines) = (Vec::new(), Vec::new());
        for parcel in parcels {
            records.extend_from_slice(&parcel.bytes);
            end += parcel.bytes.len() as u64;
            if !parcel.bytes.ends_with(b"\n") {
                records.push(b'\n');
                end += 1;
            }
            let line = Line { end, records: parcel.records, at: now, key: parcel.key };
            serde_json::to_writer(&mut lines, &line)
                .map_err(|error| failed(&list_at)(error.into()))?;
            lines.push(b'\n');
        }
        log.write_all(&records).and_then(|()| log.sync_data()).map_err(failed(&log_at))?;
        list.write_all(&lines).and_then(|()| list.sync_data()).map_err(failed(&list_at))?;
        segment.extent.durable.store(end, Ordering::Release);
        let keyed = parcels.iter().filter_map(|parcel| Some((parcel.key?, (parcel.records, now))));
        self.keys.extend(keyed);
        Ok(())
    }

    /// The segment of a form that is written to; one that is full or old is closed before.
    fn open_segment(&mut self, form: Form, now: Timestamp) -> Result<u64, SpoolError> {
        let open = self.segments.iter().find(|(_, s)| s.form == form && s.files.is_some());
        if let Some((number, segment)) = open {
            let number = *number;
            let age = Duration::from_nanos(now.nanos_since(segment.begun).max(0).unsigned_abs());
            let bytes = segment.extent.durable.load(Ordering::Relaxed);
            if age < self.limits.segment_age && bytes < self.limits.segment_bytes {
                return Ok(number);
            }
            self.close(number);
        }
        let number = self.next;
        self.next += 1;
        let (log_at, list_at) = (log_path(&self.folder, number), list_path(&self.folder, number));
        let create = |path: &Path| {
            File::options().create_new(true).append(true).open(path).map_err(failed(path))
        };
        let (mut list, log) = (create(&list_at)?, create(&log_at)?);
        let head = Head { schema: SCHEMA.to_owned(), form, begun: now };
        let mut line = serde_json::to_vec(&head).map_err(|error| failed(&list_at)(error.into()))?;
        line.push(b'\n');
        list.write_all(&line).map_err(failed(&list_at))?;
        // The names of both files are durable before anything in them is acknowledged.
        let folder = File::open(&self.folder).and_then(|folder| folder.sync_all());
        folder.map_err(failed(&self.folder))?;
        let segment = Segment {
            form,
            extent: Arc::default(),
            begun: now,
            files: Some((log, list)),
            is_read: false,
        };
        self.segments.insert(number, segment);
        Ok(number)
    }

    fn close(&mut self, number: u64) {
        if let Some(segment) = self.segments.get_mut(&number) {
            segment.files = None;
            segment.extent.closed.store(true, Ordering::Release);
        }
        self.bell.ring();
    }

    /// Closes what is written to: readers come to the end. The next parcel begins another segment.
    pub fn close_all(&mut self) {
        let open: Vec<u64> =
            self.segments.iter().filter(|(_, s)| s.files.is_some()).map(|(n, _)| *n).collect();
        open.into_iter().for_each(|number| self.close(number));
    }

    /// Closes segments that were begun long ago, so that what they hold can go.
    pub fn close_old(&mut self, now: Timestamp) {
        let is_old = |segment: &Segment| {
            let age = Duration::from_nanos(now.nanos_since(segment.begun).max(0).unsigned_abs());
            segment.files.is_some()
                && segment.extent.durable.load(Ordering::Relaxed) > 0
                && age >= self.limits.segment_age
        };
        let old: Vec<u64> =
            self.segments.iter().filter(|(_, s)| is_old(s)).map(|(n, _)| *n).collect();
        old.into_iter().for_each(|number| self.close(number));
    }

    /// The oldest segment of a form that nobody reads yet and that has something.
    ///
    /// # Errors
    ///
    /// [`SpoolError::Io`]: its file cannot be opened.
    pub fn next_segment(&mut self, form: Form) -> Result<Option<SegmentReader>, SpoolError> {
        let is_next = |segment: &Segment| {
            segment.form == form
                && !segment.is_read
                && segment.extent.durable.load(Ordering::Relaxed) > 0
        };
        let next = self.segments.iter_mut().find(|(_, segment)| is_next(segment));
        let Some((number, segment)) = next else { return Ok(None) };
        let path = log_path(&self.folder, *number);
        let file = File::open(&path).map_err(failed(&path))?;
        segment.is_read = true;
        Ok(Some(SegmentReader {
            number: *number,
            file,
            position: 0,
            extent: Arc::clone(&segment.extent),
            bell: Arc::clone(&self.bell),
        }))
    }

    /// Whoever read has ended: segments that are not finished are given out again.
    pub fn give_out_again(&mut self) {
        self.segments.values_mut().for_each(|segment| segment.is_read = false);
    }

    /// A segment breaks its reader: it is moved out of the way, with the ending `.failed`, for somebody
    /// to look at.
    ///
    /// # Errors
    ///
    /// [`SpoolError::Io`]: it cannot be renamed.
    pub fn set_aside(&mut self, number: u64) -> Result<PathBuf, SpoolError> {
        self.close(number);
        let path = log_path(&self.folder, number);
        let aside = path.with_extension("failed");
        fs::rename(&path, &aside).map_err(failed(&path))?;
        self.segments.remove(&number);
        Ok(aside)
    }

    /// All of a segment is in the lake: its records go, and its keys stay for a day.
    ///
    /// # Errors
    ///
    /// [`SpoolError::Io`]: its file cannot be removed.
    pub fn finished(&mut self, number: u64) -> Result<(), SpoolError> {
        let is_closed = |segment: &Segment| segment.extent.closed.load(Ordering::Acquire);
        if self.segments.get(&number).is_some_and(is_closed) {
            remove(&log_path(&self.folder, number))?;
            self.segments.remove(&number);
        }
        Ok(())
    }

    /// Something to wait with for more to read, without holding the spool.
    pub fn waiter(&self) -> Waiter {
        Waiter { bell: Arc::clone(&self.bell), seen: self.bell.count() }
    }

    fn forget_keys(&mut self, now: Timestamp) {
        if self.keys.len() < KEYS_MAX {
            return;
        }
        self.keys.retain(|_, (_, at)| now.nanos_since(*at) < KEY_HOURS * HOUR_NANOS);
        if self.keys.len() >= KEYS_MAX {
            let mut times: Vec<Timestamp> = self.keys.values().map(|(_, at)| *at).collect();
            let middle = times.len() / 2;
            let (_, cut, _) = times.select_nth_unstable(middle);
            let cut = *cut;
            self.keys.retain(|_, (_, at)| *at > cut);
        }
    }

    /// Removes lists whose keys nobody needs any more.
    ///
    /// # Errors
    ///
    /// [`SpoolError::Io`].
    pub fn sweep(&mut self, now: Timestamp) -> Result<(), SpoolError> {
        self.keys.retain(|_, (_, at)| now.nanos_since(*at) < KEY_HOURS * HOUR_NANOS);
        for entry in fs::read_dir(&self.folder).map_err(failed(&self.folder))? {
            let path = entry.map_err(failed(&self.folder))?.path();
            let number = path.file_name().and_then(|name| name.to_str());
            let number = number.and_then(|name| name.strip_suffix(".parcels"));
            let Some(number) = number.and_then(|number| number.parse::<u64>().ok()) else {
                continue;
            };
            let changed = fs::metadata(&path).and_then(|metadata| metadata.modified());
            let changed = changed.map_err(failed(&path))?;
            let since = changed.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
            let at = i64::try_from(since.as_nanos()).map_or(now, Timestamp::from_nanos);
            let is_old = now.nanos_since(at) >= KEY_HOURS * HOUR_NANOS;
            if is_old && !self.segments.contains_key(&number) {
                remove(&path)?;
            }
        }
        Ok(())
    }
}

fn remove(path: &Path) -> Result<(), SpoolError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(path)(error)),
        _ => Ok(()),
    }
}

/// The next whole line. What a process that was killed left half written ends the list; anything else
/// that cannot be read does not, because what was acknowledged may stand behind it.
fn next_line<T: serde::de::DeserializeOwned>(
    lines: &mut impl BufRead,
    path: &Path,
    read: &mut u64,
) -> Result<Option<T>, SpoolError> {
    let mut line = Vec::new();
    let got = lines.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line);
    *read += 1;
    if got.map_err(failed(path))? < usize::try_from(LINE_BYTES_MAX).unwrap_or(usize::MAX)
        && !line.ends_with(b"\n")
    {
        return Ok(None);
    }
    serde_json::from_slice(&line).map(Some).map_err(|error| SpoolError::Form {
        path: path.to_owned(),
        detail: format!(
            "line {read} is none of a spool ({error}): move the segment away to go on without it"
        ),
    })
}

#[cfg(test)]
mod tests;
