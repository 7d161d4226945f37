//! Exceptions on disk: departures that somebody answers for, in one file of the lake's folder.
//!
//! The file is a first line that names its form and then one JSON object a line (docs/lineage.md). It is
//! written anew beside the old one and renamed, by one process at a time. A line that cannot be read
//! takes no other with it: the good ones hold, the bad one is told, and until somebody has put it right
//! nothing is written, so that nothing is lost.

use std::fs::{File, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use khien_lineage::Exception;
use khien_model::Timestamp;
use serde::{Deserialize, Serialize};

/// The form of the file. Compat: a change that older programs would misread counts it up.
const SCHEMA: &str = "khien.exceptions/1";
/// The file, in the lake's folder.
const FILE: &str = "exceptions.jsonl";
/// What is held while it is written. Not the lake's own lock, which reading logs may hold for weeks.
const LOCK: &str = "exceptions.lock";
/// Bound: bytes of the file, some ten thousand exceptions; a larger one is refused.
const FILE_BYTES_MAX: usize = 16 << 20;
/// How often and how long another writer is waited for.
const TRIES: u32 = 50;
const PAUSE: Duration = Duration::from_millis(100);
/// Digits of an identifier of a finding.
const ID_DIGITS: usize = 16;

/// One exception, with its trail.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// The finding that it was made for.
    pub id: String,
    /// When it was made.
    pub made: Timestamp,
    /// Who made it: user and machine as they call themselves.
    pub by: String,
    /// What it covers, who answers for it, and why.
    pub exception: Exception,
    /// Who took it back, where somebody did.
    pub taken_back: Option<TakenBack>,
}

/// The end that somebody made.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TakenBack {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
}

/// Where an exception stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It has not begun: its file is another machine's, or was written by hand.
    Ahead,
    /// It is over.
    Ended,
    /// It holds.
    Holds,
    /// Somebody took it back.
    TakenBack,
}

impl Record {
    /// When it is over: at its end, or when it was taken back before that.
    pub fn over(&self) -> Timestamp {
        let until = self.exception.until;
        self.taken_back.as_ref().map_or(until, |taken| taken.at.min(until))
    }

    /// Where it stands at a time.
    pub fn standing(&self, now: Timestamp) -> Standing {
        if self.taken_back.is_some() {
            Standing::TakenBack
        } else if now < self.exception.from {
            Standing::Ahead
        } else if now < self.exception.until {
            Standing::Holds
        } else {
            Standing::Ended
        }
    }
}

/// A line that cannot be read.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Damage {
    /// Its number, from one.
    pub line: usize,
    /// What is wrong with it.
    pub detail: String,
}

/// What the file holds.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Book {
    /// Exceptions, in the order in which they were made.
    pub records: Vec<Record>,
    /// Lines that cannot be read.
    pub damaged: Vec<Damage>,
}

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BookError {
    /// The file system's.
    #[error("{}: {error}", .path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// What.
        error: io::Error,
    },
    /// It is no list of exceptions, or one of another form.
    #[error("{}: {detail}", .path.display())]
    Form {
        /// Where.
        path: PathBuf,
        /// What it is instead.
        detail: String,
    },
    /// A line is damaged, and writing would lose it.
    #[error(
        "{}: line {} is no exception ({}), so nothing was written: put the line right or take it out; the other lines hold",
        .path.display(), .damage.line, .damage.detail
    )]
    Damaged {
        /// Where.
        path: PathBuf,
        /// The first such line.
        damage: Damage,
    },
    /// There is no room.
    #[error("{}: more than {FILE_BYTES_MAX} bytes of exceptions; move lines of ended ones into another file", .0.display())]
    TooLarge(PathBuf),
    /// Another process is at it.
    #[error("{}: another process is writing exceptions; try again when it has ended", .0.display())]
    Busy(PathBuf),
}

#[derive(Serialize, Deserialize)]
struct Head {
    schema: String,
}

/// Where the file is.
pub fn path(lake: &Path) -> PathBuf {
    lake.join(FILE)
}

/// Reads the exceptions of a lake; where there is no file, there are none.
///
/// # Errors
///
/// [`BookError`]: the file cannot be read at all, or has another form. A single line that cannot be read
/// is no error but in [`Book::damaged`].
pub fn load(lake: &Path) -> Result<Book, BookError> {
    let path = path(lake);
    let io = |error| BookError::Io { path: path.clone(), error };
    let file = match File::open(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Book::default()),
        other => other.map_err(io)?,
    };
    let mut bytes = Vec::new();
    file.take(FILE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes).map_err(io)?;
    if bytes.len() > FILE_BYTES_MAX {
        return Err(BookError::TooLarge(path));
    }
    decode(&bytes).map_err(|detail| BookError::Form { path, detail })
}

/// Whether exceptions can be written now, before anybody works for it.
///
/// # Errors
///
/// As [`change`].
pub fn check(lake: &Path) -> Result<(), BookError> {
    let _lock = lock(lake)?;
    sound(lake).map(drop)
}

/// Adds an exception.
///
/// # Errors
///
/// As [`change`].
pub fn add(lake: &Path, record: Record) -> Result<(), BookError> {
    let added = change(lake, |records| {
        records.push(record);
        Ok::<(), std::convert::Infallible>(())
    })?;
    let Ok(()) = added;
    Ok(())
}

/// Changes the exceptions of a lake, one process at a time. What `change` refuses is not written.
///
/// # Errors
///
/// [`BookError`]: another process writes, a line is damaged, or the file system's.
pub fn change<T, E>(
    lake: &Path,
    change: impl FnOnce(&mut Vec<Record>) -> Result<T, E>,
) -> Result<Result<T, E>, BookError> {
    let _lock = lock(lake)?;
    let mut records = sound(lake)?;
    let path = path(lake);
    let changed = match change(&mut records) {
        Ok(changed) => changed,
        refused => return Ok(refused),
    };
    let io = |error| BookError::Io { path: path.clone(), error };
    let bytes = encode(&records).map_err(|error| io(error.into()))?;
    if bytes.len() > FILE_BYTES_MAX {
        return Err(BookError::TooLarge(path));
    }
    let mut file = tempfile::Builder::new()
        .prefix(".khien-")
        .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))
        .tempfile_in(lake)
        .map_err(io)?;
    file.write_all(&bytes).map_err(io)?;
    file.as_file().sync_all().map_err(io)?;
    file.persist(&path).map_err(|error| io(error.error))?;
    File::open(lake).and_then(|folder| folder.sync_all()).map_err(io)?;
    Ok(Ok(changed))
}

/// The exceptions of a file in which every line can be read.
fn sound(lake: &Path) -> Result<Vec<Record>, BookError> {
    let Book { records, damaged } = load(lake)?;
    match damaged.into_iter().next() {
        Some(damage) => Err(BookError::Damaged { path: path(lake), damage }),
        None => Ok(records),
    }
}

/// One process writes at a time. The system gives the lock back when the process ends, however.
fn lock(lake: &Path) -> Result<File, BookError> {
    let path = lake.join(LOCK);
    let io = |error| BookError::Io { path: path.clone(), error };
    let open = File::options().create(true).truncate(false).write(true).open(&path);
    let file = open.map_err(io)?;
    for _ in 0..TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(error)) => return Err(io(error)),
            Err(TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
        }
    }
    Err(BookError::Busy(path))
}

fn encode(records: &[Record]) -> Result<Vec<u8>, serde_json::Error> {
    let mut bytes = serde_json::to_vec(&Head { schema: SCHEMA.to_owned() })?;
    bytes.push(b'\n');
    for record in records {
        serde_json::to_writer(&mut bytes, record)?;
        bytes.push(b'\n');
    }
    Ok(bytes)
}

/// Hostile: the file may have been cut, mixed or made by anybody. Lines are read each for itself.
fn decode(bytes: &[u8]) -> Result<Book, String> {
    let mut lines = (1_usize..).zip(bytes.split(|byte| *byte == b'\n'));
    let head = lines.next().and_then(|(_, line)| serde_json::from_slice::<Head>(line).ok());
    match head {
        Some(Head { schema }) if schema == SCHEMA => {}
        Some(Head { schema }) => {
            let found: String = schema.chars().take(40).collect();
            return Err(format!("has the form {found:?}, and this program knows {SCHEMA:?}"));
        }
        None => {
            return Err(format!("is no list of exceptions: its first line does not name {SCHEMA}"));
        }
    }
    let mut book = Book::default();
    for (line, text) in lines.filter(|(_, text)| !text.trim_ascii().is_empty()) {
        match record(text) {
            Ok(record) => book.records.push(record),
            Err(detail) => book.damaged.push(Damage { line, detail }),
        }
    }
    Ok(book)
}

/// An exception that is too wide or does not end is none, whoever wrote it into the file.
fn record(text: &[u8]) -> Result<Record, String> {
    let record: Record = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    record.exception.check().map_err(|error| error.to_string())?;
    if is_id(&record.id) { Ok(record) } else { Err(format!("{ID_DIGITS} digits make an id")) }
}

fn is_id(id: &str) -> bool {
    id.len() == ID_DIGITS && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests;
