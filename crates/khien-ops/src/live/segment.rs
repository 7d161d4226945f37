//! A segment of the spool: how it lies on disk, and how it is read while it is written to.
//!
//! `N.log` has the records as they came, whole parcels one behind the other. `N.parcels` has a first
//! line, `Head`, and a `Line` for each parcel.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use khien_model::Timestamp;
use serde::{Deserialize, Serialize};

use super::parcel::{Form, ParcelKey};
use super::spool::{Spool, SpoolError, failed};
use crate::held::lock;

/// The form of the lists of parcels. Compat: a change that older programs would misread counts it up.
pub(super) const SCHEMA: &str = "khien.spool/2";
/// Bound: bytes of a line of a list; longer ones are nothing that was written here.
const LINE_BYTES_MAX: u64 = 4096;

/// The first line of a list.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Head {
    pub(super) schema: String,
    pub(super) begun: Timestamp,
}

/// A parcel that was taken.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Line {
    /// The parcel's number, over all segments; no number is given twice.
    pub(super) number: u64,
    /// Bytes of the log up to its end.
    pub(super) end: u64,
    pub(super) records: u32,
    pub(super) form: Form,
    pub(super) at: Timestamp,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) host: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) key: Option<ParcelKey>,
}

pub(super) fn log_path(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("{number:012}.log"))
}

pub(super) fn list_path(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("{number:012}.parcels"))
}

/// The lines of a list.
pub(super) struct Lines {
    path: PathBuf,
    file: BufReader<File>,
    /// Lines read.
    read: u64,
}

impl Lines {
    pub(super) fn open(path: PathBuf) -> Result<Self, SpoolError> {
        let file = File::open(&path).map_err(failed(&path))?;
        Ok(Self { path, file: BufReader::new(file), read: 0 })
    }

    /// The next whole line. What a process that was killed left half written ends the list; anything
    /// else that cannot be read does not, because what was acknowledged may stand behind it.
    pub(super) fn next<T: serde::de::DeserializeOwned>(&mut self) -> Result<Option<T>, SpoolError> {
        let mut line = Vec::new();
        let got = self.file.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line);
        self.read += 1;
        if got.map_err(failed(&self.path))? < usize::try_from(LINE_BYTES_MAX).unwrap_or(usize::MAX)
            && !line.ends_with(b"\n")
        {
            return Ok(None);
        }
        let read = serde_json::from_slice(&line);
        read.map(Some).map_err(|error| self.wrong(&error.to_string()))
    }

    /// Nothing that was written here.
    pub(super) fn wrong(&self, why: &str) -> SpoolError {
        SpoolError::Form {
            path: self.path.clone(),
            detail: format!(
                "line {} is none of a spool ({why}): move the segment away to go on without it",
                self.read
            ),
        }
    }
}

/// What a reader of a segment may know of it.
#[derive(Debug, Default)]
pub(super) struct Extent {
    /// Bytes that are acknowledged.
    pub(super) durable: AtomicU64,
    /// Whether no more will come.
    pub(super) closed: AtomicBool,
}

/// Tells readers that there is more.
#[derive(Debug, Default)]
pub(super) struct Bell {
    rung: Mutex<u64>,
    told: Condvar,
}

impl Bell {
    pub(super) fn ring(&self) {
        *lock(&self.rung) += 1;
        self.told.notify_all();
    }

    /// Waits for a ring after the `seen`th.
    fn wait(&self, seen: u64, wait: Duration) {
        let waited = self.told.wait_timeout_while(lock(&self.rung), wait, |rung| *rung == seen);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }

    fn count(&self) -> u64 {
        *lock(&self.rung)
    }
}

/// A parcel as it comes out.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Incoming {
    /// Its number: higher than those of all that came out before.
    pub number: u64,
    /// What it is written in.
    pub form: Form,
    /// The host of records that name none.
    pub host: String,
    /// The records, with a line end behind the last.
    pub bytes: Vec<u8>,
    /// How far the spool is read with it.
    pub place: Place,
}

/// How far a spool is read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Place {
    /// The number of the last parcel.
    pub(super) parcel: u64,
    /// Its segment.
    pub(super) segment: u64,
    /// Where in the segment it ends.
    pub(super) end: u64,
}

impl Place {
    /// The number of the last parcel.
    pub fn parcel(&self) -> u64 {
        self.parcel
    }
}

/// Reads a spool while it is written to: only what is acknowledged, in the order in which it was.
pub struct Reader {
    folder: PathBuf,
    bell: Arc<Bell>,
    /// Parcels up to this number were read, or are not wanted.
    after: u64,
    /// Segments before this one were read.
    next: u64,
    open: Option<Open>,
}

struct Open {
    number: u64,
    extent: Arc<Extent>,
    log: File,
    list: Lines,
    position: u64,
}

impl Reader {
    pub(super) fn new(folder: &Path, bell: &Arc<Bell>, after: u64) -> Self {
        Self { folder: folder.to_owned(), bell: Arc::clone(bell), after, next: 0, open: None }
    }

    /// The next parcel; `None` when none came within `wait`.
    ///
    /// # Errors
    ///
    /// [`SpoolError`]: files cannot be read, or are not what was written. A reader that failed is not
    /// used again: another begins behind what is stored.
    pub fn next(
        &mut self,
        spool: &Mutex<Spool>,
        wait: Duration,
    ) -> Result<Option<Incoming>, SpoolError> {
        let mut has_waited = false;
        loop {
            let seen = self.bell.count();
            if let Some(open) = &mut self.open {
                // Closed is looked at first: what was taken before it was closed is seen below.
                let is_closed = open.extent.closed.load(Ordering::Acquire);
                if let Some(incoming) = open.next(&self.folder, self.after)? {
                    self.after = incoming.number;
                    return Ok(Some(incoming));
                }
                if is_closed {
                    self.next = open.number.saturating_add(1);
                    self.open = None;
                    continue;
                }
            } else {
                let next = lock(spool).segment_from(self.next);
                if let Some((number, extent)) = next {
                    self.open = Some(Open::new(&self.folder, number, extent)?);
                    continue;
                }
            }
            if has_waited {
                return Ok(None);
            }
            self.bell.wait(seen, wait);
            has_waited = true;
        }
    }
}

impl Open {
    fn new(folder: &Path, number: u64, extent: Arc<Extent>) -> Result<Self, SpoolError> {
        let path = log_path(folder, number);
        let log = File::open(&path).map_err(failed(&path))?;
        let mut list = Lines::open(list_path(folder, number))?;
        if list.next::<Head>()?.is_none() {
            return Err(list.wrong("it is cut short"));
        }
        Ok(Self { number, extent, log, list, position: 0 })
    }

    fn next(&mut self, folder: &Path, after: u64) -> Result<Option<Incoming>, SpoolError> {
        let durable = self.extent.durable.load(Ordering::Acquire);
        while self.position < durable {
            let line: Option<Line> = self.list.next()?;
            let line = line.ok_or_else(|| self.list.wrong("it is cut short"))?;
            let from = std::mem::replace(&mut self.position, line.end);
            let length = line.end.checked_sub(from).filter(|_| line.end <= durable);
            let length = length.and_then(|length| usize::try_from(length).ok());
            let length = length.ok_or_else(|| self.list.wrong("its end is not in order"))?;
            if line.number <= after {
                continue;
            }
            let mut bytes = vec![0; length];
            let read = self.log.seek(SeekFrom::Start(from));
            read.and_then(|_| self.log.read_exact(&mut bytes)).map_err(|error| {
                let path = log_path(folder, self.number);
                match error.kind() {
                    io::ErrorKind::UnexpectedEof => SpoolError::Form {
                        path,
                        detail: format!("is shorter than the {durable} bytes acknowledged"),
                    },
                    _ => SpoolError::Io { path, error },
                }
            })?;
            let place = Place { parcel: line.number, segment: self.number, end: line.end };
            let (number, form, host) = (line.number, line.form, line.host);
            return Ok(Some(Incoming { number, form, host, bytes, place }));
        }
        Ok(None)
    }
}
