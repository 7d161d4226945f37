//! The queue on disk between whoever sends records and the lake.
//!
//! Parcels stand one behind the other in segments ([`super::segment`]). A segment's log is made durable
//! before the line that names a parcel, and the line before anybody is told; what a log has beyond its
//! last line was never acknowledged, and is cut off when the spool is opened.
//!
//! Every parcel has a number that is given once. Who reads stores rows and the number of the last parcel
//! in one commit, so that each parcel becomes part of the lake once, whatever is killed when.
//!
//! Lines of parcels outlive their records by [`KEY_HOURS`] hours, so that a sender who heard no answer
//! and sends again is not stored twice.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use khien_model::Timestamp;
use khien_model::limits::read_small_file;
use serde::{Deserialize, Serialize};

use super::parcel::{Parcel, ParcelKey, Taken};
use super::segment::{Bell, Extent, Head, Line, Lines, Place, Reader, SCHEMA, list_path, log_path};

/// How long a key is remembered.
pub const KEY_HOURS: i64 = 24;
/// Bound: keys remembered; beyond it those given longest ago are forgotten.
const KEYS_MAX: usize = 1_000_000;
/// Bound: characters of a parcel's host, as of a name in the DNS.
const HOST_CHARS_MAX: usize = 255;
/// How often and how long another process is waited for.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(50);
/// Bound: bytes of the file that names the spool.
const NAME_BYTES_MAX: u64 = 1024;
const HOUR_NANOS: i64 = 3_600_000_000_000;

/// Bounds of a spool.
#[derive(Clone, Copy, Debug)]
pub struct SpoolLimits {
    /// A segment of so many bytes is closed, and another begun.
    pub segment_bytes: u64,
    /// A segment that was begun so long ago is closed.
    pub segment_age: Duration,
    /// Bytes of records that wait for the lake; beyond it nothing is taken.
    pub bytes_max: u64,
}

impl Default for SpoolLimits {
    fn default() -> Self {
        Self { segment_bytes: 64 << 20, segment_age: Duration::from_secs(600), bytes_max: 8 << 30 }
    }
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
    extent: Arc<Extent>,
    begun: Timestamp,
    /// The number of its last acknowledged parcel.
    last: u64,
    /// Bytes of its log that are in the lake.
    stored: u64,
    /// Open files of a segment that is still written to.
    files: Option<Files>,
}

#[derive(Debug)]
struct Files {
    log: File,
    list: File,
    /// Bytes of the list that are whole lines of acknowledged parcels.
    list_end: u64,
}

impl Segment {
    fn durable(&self) -> u64 {
        self.extent.durable.load(Ordering::Relaxed)
    }

    fn age(&self, now: Timestamp) -> Duration {
        Duration::from_nanos(now.nanos_since(self.begun).max(0).unsigned_abs())
    }

    fn is_closed(&self) -> bool {
        self.extent.closed.load(Ordering::Acquire)
    }
}

/// The queue. One process has it open; one thread writes.
#[derive(Debug)]
pub struct Spool {
    folder: PathBuf,
    limits: SpoolLimits,
    name: String,
    segments: BTreeMap<u64, Segment>,
    next_segment: u64,
    next_parcel: u64,
    keys: HashMap<ParcelKey, (u32, Timestamp)>,
    bell: Arc<Bell>,
    /// Held while the folder is open.
    _lock: File,
}

/// Which spool a folder is.
#[derive(Serialize, Deserialize)]
struct Name {
    schema: String,
    id: String,
}

pub(super) fn failed(path: &Path) -> impl FnOnce(io::Error) -> SpoolError + use<> {
    let path = path.to_owned();
    move |error| SpoolError::Io { path, error }
}

fn sync_folder(folder: &Path) -> Result<(), SpoolError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed(folder))
}

/// 128 bits of the operating system's randomness, which hash maps are seeded with.
fn random_id() -> String {
    let part = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", part(), part())
}

/// Takes the folder for this process.
fn take_lock(folder: &Path) -> Result<File, SpoolError> {
    let path = folder.join("lock");
    let file = File::options().create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(failed(&path))?;
    // A process that was forked a moment ago has the lock too, until it becomes another program.
    for _ in 0..TRIES {
        if file.try_lock().is_ok() {
            return Ok(file);
        }
        std::thread::sleep(PAUSE);
    }
    let detail = "another process has this spool".to_owned();
    Err(SpoolError::Form { path: folder.to_owned(), detail })
}

/// The spool's own name, made at the first opening: a folder that was emptied is another spool.
fn name_of(folder: &Path) -> Result<String, SpoolError> {
    let path = folder.join("spool.json");
    let wrong = |detail: String| SpoolError::Form { path: path.clone(), detail };
    match read_small_file(&path, NAME_BYTES_MAX) {
        Ok(text) => {
            let name: Name =
                serde_json::from_str(&text).map_err(|error| wrong(format!("{error}")))?;
            if name.schema != SCHEMA {
                return Err(wrong(format!(
                    "has the form {:?}, and this program knows {SCHEMA:?}",
                    name.schema
                )));
            }
            Ok(name.id)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let name = Name { schema: SCHEMA.to_owned(), id: random_id() };
            let text = serde_json::to_vec(&name).map_err(|error| failed(&path)(error.into()))?;
            let half = path.with_extension("new");
            let mut file = File::create(&half).map_err(failed(&half))?;
            file.write_all(&text).and_then(|()| file.sync_all()).map_err(failed(&half))?;
            fs::rename(&half, &path).map_err(failed(&path))?;
            sync_folder(folder)?;
            Ok(name.id)
        }
        Err(error) => Err(failed(&path)(error)),
    }
}

impl Spool {
    /// Opens a folder, and takes up what it has.
    ///
    /// # Errors
    ///
    /// [`SpoolError`]: it cannot be read or written, another process has it, or a file is no spool's.
    pub fn open(folder: &Path, limits: SpoolLimits, now: Timestamp) -> Result<Self, SpoolError> {
        fs::create_dir_all(folder).map_err(failed(folder))?;
        let lock = take_lock(folder)?;
        let mut spool = Self {
            folder: folder.to_owned(),
            limits,
            name: name_of(folder)?,
            segments: BTreeMap::new(),
            next_segment: 1,
            next_parcel: 1,
            keys: HashMap::new(),
            bell: Arc::default(),
            _lock: lock,
        };
        let mut lists = Vec::new();
        for entry in fs::read_dir(folder).map_err(failed(folder))? {
            let path = entry.map_err(failed(folder))?.path();
            let number = path.file_stem().and_then(|stem| stem.to_str()?.parse::<u64>().ok());
            let Some(number) = number else { continue };
            // A log whose list is gone is in nobody's way.
            spool.next_segment = number.saturating_add(1).max(spool.next_segment);
            if path.extension().is_some_and(|extension| extension == "parcels") {
                lists.push(number);
            }
        }
        lists.sort_unstable();
        // The newest list stays: it knows the number that the next parcel gets.
        let newest = lists.last().copied();
        for number in lists {
            spool.take_up(number, Some(number) == newest, now)?;
            spool.forget_keys(now);
        }
        Ok(spool)
    }

    /// Reads the list of a segment that an earlier process wrote; the segment is closed.
    fn take_up(&mut self, number: u64, is_newest: bool, now: Timestamp) -> Result<(), SpoolError> {
        let (log, list) = (log_path(&self.folder, number), list_path(&self.folder, number));
        let mut lines = Lines::open(list.clone())?;
        let Some(head) = lines.next::<Head>()? else {
            // Its first line was not whole when the process ended: nothing of it was acknowledged.
            remove(&log)?;
            return remove(&list);
        };
        if head.schema != SCHEMA {
            let detail =
                format!("has the form {:?}, and this program knows {SCHEMA:?}", head.schema);
            return Err(SpoolError::Form { path: list, detail });
        }
        let (mut end, mut latest, mut last) = (0, head.begun, 0);
        while let Some(line) = lines.next::<Line>()? {
            (end, latest, last) = (line.end, line.at, line.number);
            self.next_parcel = line.number.saturating_add(1).max(self.next_parcel);
            if let Some(key) = line.key {
                self.keys.insert(key, (line.records, line.at));
            }
        }
        let file = match File::options().write(true).open(&log) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                // All of it is in the lake; only its keys are still wanted.
                if !is_newest && now.nanos_since(latest) > KEY_HOURS * HOUR_NANOS {
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
        let extent = Arc::new(extent);
        let segment = Segment { extent, begun: head.begun, last, stored: 0, files: None };
        self.segments.insert(number, segment);
        Ok(())
    }

    /// What the lake knows the spool as.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Bytes of records that wait for the lake, those being read included.
    pub fn waiting_bytes(&self) -> u64 {
        let bytes = |segment: &Segment| segment.durable().saturating_sub(segment.stored);
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
        let mut fresh: Vec<&Parcel> = Vec::new();
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
            fresh.push(parcel);
            taken.push(Taken::New);
        }
        if !fresh.is_empty() {
            self.write(&fresh, now)?;
        }
        Ok(taken)
    }

    fn write(&mut self, parcels: &[&Parcel], now: Timestamp) -> Result<(), SpoolError> {
        let segment = self.open_segment(now)?;
        let first = self.next_parcel;
        // Given once, also where the write fails: half of it may be found when the spool is opened again.
        self.next_parcel = first.saturating_add(parcels.len() as u64);
        let done = self.write_to(segment, first, parcels, now);
        match done {
            Ok(()) => self.bell.ring(),
            Err(_) => self.take_back(segment),
        }
        done
    }

    fn write_to(
        &mut self,
        number: u64,
        first: u64,
        parcels: &[&Parcel],
        now: Timestamp,
    ) -> Result<(), SpoolError> {
        let (log_at, list_at) = (log_path(&self.folder, number), list_path(&self.folder, number));
        let Some(segment) = self.segments.get_mut(&number) else { return Ok(()) };
        let mut end = segment.durable();
        let Some(files) = &mut segment.files else { return Ok(()) };
        let (mut records, mut lines) = (Vec::new(), Vec::new());
        for (number, parcel) in (first..).zip(parcels) {
            records.extend_from_slice(&parcel.bytes);
            end += parcel.bytes.len() as u64;
            if !parcel.bytes.ends_with(b"\n") {
                records.push(b'\n');
                end += 1;
            }
            let line = Line {
                number,
                end,
                records: parcel.records,
                form: parcel.form,
                at: now,
                host: parcel.host.chars().take(HOST_CHARS_MAX).collect(),
                key: parcel.key,
            };
            serde_json::to_writer(&mut lines, &line)
                .map_err(|error| failed(&list_at)(error.into()))?;
            lines.push(b'\n');
        }
        let Files { log, list, list_end } = files;
        log.write_all(&records).and_then(|()| log.sync_data()).map_err(failed(&log_at))?;
        list.write_all(&lines).and_then(|()| list.sync_data()).map_err(failed(&list_at))?;
        *list_end += lines.len() as u64;
        segment.last = first.saturating_add(parcels.len() as u64).saturating_sub(1);
        segment.extent.durable.store(end, Ordering::Release);
        let keyed = parcels.iter().filter_map(|parcel| Some((parcel.key?, (parcel.records, now))));
        self.keys.extend(keyed);
        Ok(())
    }

    /// A write failed: what was not acknowledged goes, and no more is written to this segment. What
    /// cannot be cut off now is when the spool is opened again.
    fn take_back(&mut self, number: u64) {
        let Some(segment) = self.segments.get_mut(&number) else { return };
        let durable = segment.durable();
        if let Some(files) = segment.files.take() {
            // The list first: one that names what its log has not is a spool that nobody can open.
            let _ = files.list.set_len(files.list_end).and_then(|()| files.list.sync_all());
            let _ = files.log.set_len(durable);
        }
        if durable == 0 {
            self.segments.remove(&number);
            self.discard(number);
        } else {
            self.close(number);
        }
    }

    /// Removes the files of a segment of which nothing was acknowledged; the next opening does where
    /// that fails.
    fn discard(&self, number: u64) {
        // The list first: without its log it would say that all of it is in the lake.
        if remove(&list_path(&self.folder, number)).is_ok() {
            let _ = remove(&log_path(&self.folder, number));
        }
    }

    /// The segment that is written to; one that is full or old is closed before.
    fn open_segment(&mut self, now: Timestamp) -> Result<u64, SpoolError> {
        let open = self.segments.iter().find(|(_, segment)| segment.files.is_some());
        if let Some((number, segment)) = open {
            let number = *number;
            if segment.age(now) < self.limits.segment_age
                && segment.durable() < self.limits.segment_bytes
            {
                return Ok(number);
            }
            self.close(number);
        }
        let number = self.next_segment;
        self.next_segment = number.saturating_add(1);
        let files = self.create(number, now);
        let files = files.inspect_err(|_| self.discard(number))?;
        let segment =
            Segment { extent: Arc::default(), begun: now, last: 0, stored: 0, files: Some(files) };
        self.segments.insert(number, segment);
        Ok(number)
    }

    fn create(&self, number: u64, now: Timestamp) -> Result<Files, SpoolError> {
        let (log_at, list_at) = (log_path(&self.folder, number), list_path(&self.folder, number));
        let create = |path: &Path| {
            File::options().create_new(true).append(true).open(path).map_err(failed(path))
        };
        let (mut list, log) = (create(&list_at)?, create(&log_at)?);
        let head = Head { schema: SCHEMA.to_owned(), begun: now };
        let mut line = serde_json::to_vec(&head).map_err(|error| failed(&list_at)(error.into()))?;
        line.push(b'\n');
        list.write_all(&line).map_err(failed(&list_at))?;
        // The names of both files are durable before anything in them is acknowledged.
        sync_folder(&self.folder)?;
        Ok(Files { log, list, list_end: line.len() as u64 })
    }

    fn close(&mut self, number: u64) {
        if let Some(segment) = self.segments.get_mut(&number) {
            segment.files = None;
            segment.extent.closed.store(true, Ordering::Release);
        }
        self.bell.ring();
    }

    /// Closes what is written to: the next parcel begins another segment.
    pub fn close_all(&mut self) {
        let open: Vec<u64> =
            self.segments.iter().filter(|(_, s)| s.files.is_some()).map(|(n, _)| *n).collect();
        open.into_iter().for_each(|number| self.close(number));
    }

    /// Closes segments that were begun long ago, and removes those of which all is in the lake.
    ///
    /// # Errors
    ///
    /// [`SpoolError::Io`]: one cannot be removed; it is tried again the next time.
    pub fn close_old(&mut self, now: Timestamp) -> Result<(), SpoolError> {
        let is_old = |segment: &Segment| {
            segment.files.is_some()
                && segment.durable() > 0
                && segment.age(now) >= self.limits.segment_age
        };
        let old: Vec<u64> =
            self.segments.iter().filter(|(_, s)| is_old(s)).map(|(n, _)| *n).collect();
        old.into_iter().for_each(|number| self.close(number));
        self.remove_stored()
    }

    /// The next parcels get numbers above this one.
    pub const fn number_after(&mut self, parcel: u64) {
        let next = parcel.saturating_add(1);
        if self.next_parcel < next {
            self.next_parcel = next;
        }
    }

    /// Reads what is not in the lake: parcels behind the number that it has. Numbers from there on are
    /// new, also in a folder that knows of none.
    ///
    /// # Errors
    ///
    /// [`SpoolError::Io`]: segments of which all is in the lake cannot be removed.
    pub fn read_after(&mut self, parcel: u64) -> Result<Reader, SpoolError> {
        self.number_after(parcel);
        for segment in self.segments.values_mut() {
            if segment.last <= parcel {
                segment.stored = segment.durable();
            }
        }
        self.remove_stored()?;
        Ok(Reader::new(&self.folder, &self.bell, parcel))
    }

    /// The first segment from this number on that has something.
    pub(super) fn segment_from(&self, number: u64) -> Option<(u64, Arc<Extent>)> {
        let mut later = self.segments.range(number..).filter(|(_, segment)| segment.durable() > 0);
        later.next().map(|(number, segment)| (*number, Arc::clone(&segment.extent)))
    }

    /// All up to this place is in the lake: records go, and keys stay for a day.
    ///
    /// # Errors
    ///
    /// [`SpoolError::Io`]: a file cannot be removed; it is tried again the next time.
    pub fn stored(&mut self, place: Place) -> Result<(), SpoolError> {
        for (number, segment) in self.segments.range_mut(..=place.segment) {
            let end = if *number == place.segment { place.end } else { segment.durable() };
            segment.stored = segment.stored.max(end);
        }
        self.remove_stored()
    }

    fn remove_stored(&mut self) -> Result<(), SpoolError> {
        let is_done = |segment: &Segment| {
            segment.is_closed() && segment.durable() > 0 && segment.stored >= segment.durable()
        };
        let done: Vec<u64> =
            self.segments.iter().filter(|(_, s)| is_done(s)).map(|(n, _)| *n).collect();
        for number in done {
            remove(&log_path(&self.folder, number))?;
            self.segments.remove(&number);
        }
        Ok(())
    }

    /// A parcel broke its reader: it is kept beside the spool, with the ending `.failed`, for somebody to
    /// look at.
    ///
    /// # Errors
    ///
    /// [`SpoolError::Io`]: it cannot be written.
    pub fn set_aside(&self, number: u64, bytes: &[u8]) -> Result<PathBuf, SpoolError> {
        let path = self.folder.join(format!("parcel-{number}.failed"));
        let mut file = File::create(&path).map_err(failed(&path))?;
        file.write_all(bytes).and_then(|()| file.sync_all()).map_err(failed(&path))?;
        Ok(path)
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
        let mut lists = Vec::new();
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
            lists.push((number, path, is_old && !self.segments.contains_key(&number)));
        }
        // The newest stays: it knows the number that the next parcel gets.
        lists.sort_unstable();
        lists.pop();
        lists.iter().filter(|(_, _, goes)| *goes).try_for_each(|(_, path, _)| remove(path))
    }
}

fn remove(path: &Path) -> Result<(), SpoolError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(path)(error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
