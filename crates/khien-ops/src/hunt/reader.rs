//! One question in SQL, answered in a process of its own whose memory and time the system limits.
//!
//! The engine accounts for sorts, joins and groups, not for values that a function makes: `repeat` and a
//! chain of concatenations make gigabytes out of a line. Whoever is not at this machine asks here: the
//! process that answers may fail, and the one that serves goes on.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use khien_lake::{Lake, LakeError, QueryLimits};
use serde::{Deserialize, Serialize};

use crate::exit::Exit;

/// The command by which this program is started as a reader.
pub const COMMAND: &str = "hunt-reader";

/// What the engine of a reader may have beyond what it accounts for, in bytes: the program itself, the
/// pages of files that it reads, the values of a batch.
const BEYOND_BYTES: u64 = 768 << 20;
/// Bound: one file that sorts and joins put on disk, in bytes.
const SPILLED_BYTES: u64 = 512 << 20;
/// Bound: an answer on its way, in bytes; escapes may make six of one.
const WIRE_BYTES_MAX: u64 = 64 << 20;
/// How long a writer may take between events and their index.
pub(super) const INDEX_PATIENCE: Duration = Duration::from_secs(5);
/// What starting takes, beside the question's own time.
const START: Duration = Duration::from_secs(5);

/// A question, and what it may take.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The lake's folder.
    pub lake: PathBuf,
    /// One `SELECT`.
    pub sql: String,
    /// Seconds.
    pub seconds: u64,
    /// Bytes that the engine accounts for.
    pub memory_bytes: usize,
    /// Rows given back.
    pub rows: usize,
    /// Characters of one value; longer ones are cut.
    pub cell_chars: usize,
    /// Bytes of all values; rows beyond are left out.
    pub answer_bytes: usize,
}

/// Rows as texts.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Rows {
    /// Names of the columns, and whether their values are numbers.
    pub columns: Vec<(String, bool)>,
    /// A text for each column; times in UTC.
    pub rows: Vec<Vec<Option<String>>>,
    /// Whether there are more.
    pub cut: bool,
}

/// Why a question has no answer.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Unanswered {
    /// The machine's, or the lake's.
    #[error("{0}")]
    Failed(String),
    /// There is no lake.
    #[error("{0}")]
    NoLake(String),
    /// The writer's: it is no question, or changes something.
    #[error("{0}")]
    NotAQuery(String),
    /// Nobody wants the answer any more.
    #[error("it was stopped")]
    Stopped,
    /// The writer's: it takes more time or memory than it was given.
    #[error("{0}")]
    TooMuch(String),
}

impl From<LakeError> for Unanswered {
    fn from(error: LakeError) -> Self {
        let text = error.to_string();
        match error {
            LakeError::Missing(_) => Self::NoLake(text),
            LakeError::Query(_) => Self::NotAQuery(text),
            LakeError::Limit(_) => Self::TooMuch(text),
            _ => Self::Failed(text),
        }
    }
}

/// Answers in this process.
///
/// # Errors
///
/// As [`Unanswered`] says.
pub fn answer(lake: &Lake, question: &Question) -> Result<Rows, Unanswered> {
    let limits = QueryLimits {
        time: Duration::from_secs(question.seconds),
        memory_bytes: question.memory_bytes,
        rows: question.rows,
    };
    let answer = lake.query(&question.sql, &limits)?;
    let fields = answer.schema.fields().iter();
    let columns = fields.map(|field| (field.name().clone(), field.data_type().is_numeric()));
    let columns = columns.collect();
    let (mut rows, mut left, mut cut) = (Vec::new(), question.answer_bytes, answer.cut);
    let short = |mut text: String| {
        if let Some((end, _)) = text.char_indices().nth(question.cell_chars) {
            text.truncate(end);
        }
        text
    };
    for row in answer.texts()? {
        let row: Vec<Option<String>> = row.into_iter().map(|cell| cell.map(short)).collect();
        let size: usize = row.iter().flatten().map(String::len).sum();
        let Some(rest) = left.checked_sub(size) else {
            cut = true;
            break;
        };
        left = rest;
        rows.push(row);
    }
    Ok(Rows { columns, rows, cut })
}

/// Asks in a process of its own: `program` is this one. It blocks.
///
/// # Errors
///
/// As [`Unanswered`] says.
pub fn ask(program: &Path, question: &Question) -> Result<Rows, Unanswered> {
    let bounds = Bounds { seconds: question.seconds, memory_bytes: question.memory_bytes };
    let told = |_: u64| {};
    ask_child(program, COMMAND, question, bounds, &AtomicBool::new(false), &told)
}

/// What a process of its own may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// Seconds.
    pub(super) seconds: u64,
    /// Bytes that the engine accounts for.
    pub(super) memory_bytes: usize,
}

/// How far a child is, as it says on a line of its own before its answer.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Looked {
    /// Events looked at.
    pub(super) looked: u64,
}

/// Starts this program as a reader by a command, gives it a question as one line, and takes its answer, which is
/// its last line. It is ended when its time is up, and soon after `stop`.
pub(super) fn ask_child<Q: Serialize, A: serde::de::DeserializeOwned>(
    program: &Path,
    command: &str,
    question: &Q,
    bounds: Bounds,
    stop: &AtomicBool,
    looked: &(dyn Fn(u64) + Sync),
) -> Result<A, Unanswered> {
    let failed = |error: io::Error| Unanswered::Failed(error.to_string());
    // What sorts and joins put on disk goes with the process, however that ends.
    let spilled = tempfile::tempdir().map_err(failed)?;
    let mut child = spawn(program, command, spilled.path()).map_err(failed)?;
    let (Some(mut stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(Unanswered::Failed("a reader without pipes".to_owned()));
    };
    let time = Duration::from_secs(bounds.seconds).saturating_add(START);
    let child = Mutex::new(child);
    let (done, is_done) = channel::<()>();
    let (said, ended_by_us) = std::thread::scope(|scope| {
        let watched = &child;
        let watching = scope.spawn(move || watch(watched, &is_done, time, stop));
        let line = serde_json::to_string(question).unwrap_or_default();
        // One that has ended already says why by what it said, or by its end.
        let _ = writeln!(stdin, "{line}");
        drop(stdin);
        let said = last_line(stdout.take(WIRE_BYTES_MAX), looked);
        drop(done);
        (said, watching.join().unwrap_or(Some(Ended::Late)))
    });
    let mut child = child.into_inner().unwrap_or_else(PoisonError::into_inner);
    // Whatever it still does, nobody listens any more.
    let _ = child.kill();
    let ended = child.wait().map_err(failed)?;
    match ended_by_us {
        Some(Ended::Late) => {
            return Err(Unanswered::TooMuch(format!("it took more than {} s", bounds.seconds)));
        }
        Some(Ended::Stopped) => return Err(Unanswered::Stopped),
        None => {}
    }
    match serde_json::from_slice::<Result<A, Unanswered>>(&said.map_err(failed)?) {
        Ok(answer) => answer,
        // A process that the system gave no more memory ends in the middle of things.
        Err(_) => Err(Unanswered::TooMuch(format!(
            "it took more than {} MiB of memory, or its answer is too long ({ended})",
            bounds.memory_bytes >> 20
        ))),
    }
}

#[expect(clippy::disallowed_methods, reason = "this program again, as a limited reader")]
fn spawn(program: &Path, command: &str, spilled: &Path) -> io::Result<Child> {
    Command::new(program)
        .arg(command)
        .env_clear()
        .env("TMPDIR", spilled)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
}

/// The last line that a child says; those before it say how far it is.
fn last_line(said: impl Read, looked: &dyn Fn(u64)) -> io::Result<Vec<u8>> {
    let mut lines = BufReader::new(said);
    let mut last = Vec::new();
    loop {
        let mut line = Vec::new();
        if lines.read_until(b'\n', &mut line)? == 0 {
            return Ok(last);
        }
        if let Ok(told) = serde_json::from_slice::<Looked>(&line) {
            looked(told.looked);
        }
        last = line;
    }
}

/// Why a reader was ended.
enum Ended {
    Late,
    Stopped,
}

/// How often it is looked whether a reader has to stop.
const LOOK: Duration = Duration::from_millis(200);

/// Ends the reader when its time is up or nobody wants its answer any more; says whether it came to that.
fn watch(
    child: &Mutex<Child>,
    is_done: &Receiver<()>,
    time: Duration,
    stop: &AtomicBool,
) -> Option<Ended> {
    let mut left = time;
    loop {
        let wait = left.min(LOOK);
        if is_done.recv_timeout(wait) != Err(RecvTimeoutError::Timeout) {
            return None;
        }
        left = left.saturating_sub(wait);
        let ended = match stop.load(Ordering::Relaxed) {
            true => Ended::Stopped,
            false if left.is_zero() => Ended::Late,
            false => continue,
        };
        let _ = child.lock().unwrap_or_else(PoisonError::into_inner).kill();
        return Some(ended);
    }
}

/// The reader: a question from standard input, the answer on standard output. Started by [`ask`], never by
/// people.
pub fn main() -> Exit {
    let mut line = String::new();
    let read = BufReader::new(io::stdin().lock()).read_line(&mut line);
    let question = read.ok().and_then(|_| serde_json::from_str::<Question>(&line).ok());
    let Some(question) = question else { return Exit::Usage };
    let bounds = Bounds { seconds: question.seconds, memory_bytes: question.memory_bytes };
    let answer =
        confine(bounds).map_err(|error| Unanswered::Failed(error.to_string())).and_then(|()| {
            let mut lake = Lake::open(&question.lake)?;
            lake.wait_for_index(INDEX_PATIENCE)?;
            answer(&lake, &question)
        });
    let written = serde_json::to_writer(io::stdout().lock(), &answer);
    if written.is_ok() { Exit::Clear } else { Exit::Internal }
}

/// Gives up memory, computing time and room on disk before the first byte of the question is looked at
/// by the engine.
#[cfg(target_os = "linux")]
pub(super) fn confine(bounds: Bounds) -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
    let limit = |most: u64| Rlimit { current: Some(most), maximum: Some(most) };
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let cores = u64::try_from(cores).unwrap_or(1);
    let memory = u64::try_from(bounds.memory_bytes).unwrap_or(u64::MAX);
    setrlimit(Resource::Data, limit(memory.saturating_add(BEYOND_BYTES)))?;
    setrlimit(Resource::Cpu, limit(bounds.seconds.saturating_mul(cores).saturating_add(10)))?;
    setrlimit(Resource::Fsize, limit(SPILLED_BYTES))?;
    setrlimit(Resource::Core, limit(0))?;
    Ok(())
}

/// Other systems limit its time only.
#[cfg(not(target_os = "linux"))]
pub(super) fn confine(_bounds: Bounds) -> io::Result<()> {
    Ok(())
}
