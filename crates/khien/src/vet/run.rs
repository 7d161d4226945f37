//! Starts the children, talks to them, and makes a gap of every one that does not come back.
//!
//! Hostile: a child that reads a hostile file may be anybody's. It can lie about what it saw, which
//! nothing here can know; it cannot lie about which bytes it was given, because the parent hashes
//! them on the way; and it cannot make the parent wait, because a watchdog ends it in time.

use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use khien_model::Untrusted;
use khien_unpack::{Gap, GapReason, Opened};
use khien_vet::profile::{PROFILE_FORMAT, ReleaseProfile};
use sha2::{Digest, Sha256};

use super::source::Source;
use super::wire::{Message, Request, answer};

/// The hidden command that makes this program a reading child.
pub const CHILD_COMMAND: &str = "vet-reader";
/// Bound: bytes kept of what a child says on standard error.
const COMPLAINT_BYTES_MAX: u64 = 64 << 10;

/// What reading may cost.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Memory of one child, in bytes.
    pub memory_max: u64,
    /// Time for one release.
    pub time_max: Duration,
    /// Bytes unpacked from one release.
    pub bytes_out_max: u64,
    /// Children at a time.
    pub children_max: usize,
}

/// One release as it came out.
#[derive(Debug)]
pub struct Reading {
    /// The profile; with a gap and without files where the child did not come back.
    pub profile: ReleaseProfile,
    /// Whether the child did not come back.
    pub cut_off: bool,
    /// Why the child ran without confinement, where it did.
    pub unconfined: Option<String>,
}

/// Called with the name of a release, the file that is looked at, and its size.
pub type Progress<'a> = &'a (dyn Fn(&str, &Untrusted, u64) + Sync);

/// Reads releases, several at a time; the results are in the order of the paths.
///
/// # Errors
///
/// When a path cannot be opened or a child cannot be started; a child that fails later is a gap.
pub fn read_all(
    program: &Path,
    paths: &[PathBuf],
    bounds: &Bounds,
    progress: Progress<'_>,
) -> io::Result<Vec<Reading>> {
    let sources = paths
        .iter()
        .map(|path| Source::find(path).map_err(|error| named(path, &error)))
        .collect::<io::Result<Vec<_>>>()?;
    let results: Mutex<Vec<Option<io::Result<Reading>>>> =
        Mutex::new(sources.iter().map(|_| None).collect());
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..bounds.children_max.clamp(1, sources.len().max(1)) {
            scope.spawn(|| {
                loop {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    let (Some(source), Some(path)) = (sources.get(i), paths.get(i)) else { return };
                    let result = read_one(program, source, bounds, progress)
                        .map_err(|error| named(path, &error));
                    if let Some(place) = locked(&results).get_mut(i) {
                        *place = Some(result);
                    }
                }
            });
        }
    });
    let results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    let ended_early = || Err(io::Error::other("a reader thread ended early"));
    results.into_iter().map(|result| result.unwrap_or_else(ended_early)).collect()
}

fn named(path: &Path, error: &io::Error) -> io::Error {
    let path = Untrusted::new(path.to_string_lossy());
    io::Error::new(error.kind(), format!("{path}: {error}"))
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What was heard of a child.
#[derive(Default)]
struct Heard {
    /// The file that it looked at last.
    at: String,
    unconfined: Option<String>,
    profile: Option<Vec<u8>>,
    /// SHA-256 of the artefact, made while it was handed over.
    sha256: Option<String>,
}

fn read_one(
    program: &Path,
    source: &Source,
    bounds: &Bounds,
    progress: Progress<'_>,
) -> io::Result<Reading> {
    let mut child = spawn(program)?;
    let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (Some(stdin), Some(stdout), Some(stderr)) = pipes else {
        return Err(io::Error::other("a child without pipes"));
    };
    let child = Mutex::new(child);
    let mut heard = Heard::default();
    let timed_out = AtomicBool::new(false);
    let (ended, complaint) = std::thread::scope(|scope| {
        let (send, messages) = channel();
        scope.spawn(move || {
            let mut stdout = BufReader::new(stdout);
            while let Ok(Some(message)) = Message::read(&mut stdout) {
                if send.send(message).is_err() {
                    return;
                }
            }
        });
        let complaint = scope.spawn(move || last_line(stderr));
        let (done, is_done) = channel::<()>();
        let (watched, flag) = (&child, &timed_out);
        scope.spawn(move || watch(watched, &is_done, bounds.time_max, flag));
        converse(source, bounds, BufWriter::new(stdin), &messages, &mut heard, progress);
        drop(done);
        // Whatever it still does, nobody listens any more.
        let ended = {
            let mut child = locked(&child);
            let _ = child.kill();
            child.wait()
        };
        (ended, complaint.join().unwrap_or_default())
    });
    let why = match (&heard.profile, timed_out.load(Ordering::Relaxed)) {
        (Some(bytes), _) => match accepted(bytes, source, &heard) {
            Ok(profile) => {
                return Ok(Reading { profile, cut_off: false, unconfined: heard.unconfined });
            }
            Err(why) => why,
        },
        (None, true) => format!("it took longer than {} s", bounds.time_max.as_secs()),
        (None, false) => how_it_ended(ended?, &complaint),
    };
    let profile = without_reading(source, &heard.at, &why)?;
    Ok(Reading { profile, cut_off: true, unconfined: heard.unconfined })
}

#[expect(clippy::disallowed_methods, reason = "this program again, as a confined reader")]
fn spawn(program: &Path) -> io::Result<Child> {
    Command::new(program)
        .arg(CHILD_COMMAND)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
}

/// Ends the child when its time is up, also while the parent is stuck in writing to it.
fn watch(child: &Mutex<Child>, is_done: &Receiver<()>, time_max: Duration, timed_out: &AtomicBool) {
    if is_done.recv_timeout(time_max) == Err(RecvTimeoutError::Timeout) {
        timed_out.store(true, Ordering::Relaxed);
        let _ = locked(child).kill();
    }
}

/// Serves the child until it is done or gone.
fn converse(
    source: &Source,
    bounds: &Bounds,
    mut stdin: impl Write,
    messages: &Receiver<Message>,
    heard: &mut Heard,
    progress: Progress<'_>,
) {
    if send_request(source, bounds, &mut stdin).is_err() {
        return;
    }
    while let Ok(message) = messages.recv() {
        match message {
            Message::Want(name) => {
                let hasher = Mutex::new(Sha256::new());
                let file = source.open(&name).map(|(len, file)| {
                    let file: Box<dyn Read + '_> = Box::new(Hashing { file, hasher: &hasher });
                    (len, file)
                });
                if answer(&mut stdin, file).is_err() {
                    return;
                }
                if source.folder.is_none() {
                    let digest = hasher.into_inner().unwrap_or_else(PoisonError::into_inner);
                    heard.sha256 = Some(format!("{:x}", digest.finalize()));
                }
            }
            Message::At(path, size) => {
                heard.at = path;
                progress(&source.name, &Untrusted::new(heard.at.as_str()), size);
            }
            Message::Unconfined(why) => heard.unconfined = Some(why),
            Message::Done(profile) => {
                heard.profile = Some(profile);
                return;
            }
        }
    }
}

/// A file whose bytes are hashed as they are read.
struct Hashing<'a> {
    file: Box<dyn Read>,
    hasher: &'a Mutex<Sha256>,
}

impl Read for Hashing<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        locked(self.hasher).update(buffer.get(..read).unwrap_or_default());
        Ok(read)
    }
}

/// The child's profile, if it is one and about the bytes that were handed over.
fn accepted(bytes: &[u8], source: &Source, heard: &Heard) -> Result<ReleaseProfile, String> {
    let profile = khien_vet::baseline::decode(bytes).map_err(|error| error.to_string())?;
    if source.folder.is_none() && heard.sha256.as_deref() != Some(profile.sha256.as_str()) {
        return Err("the file changed while it was read, or the reader answered for another".into());
    }
    Ok(profile)
}

/// What the child complained about last; the rest is only kept from filling the pipe.
fn last_line(stderr: impl Read) -> String {
    let mut text = Vec::new();
    let mut stderr = stderr.take(1 << 20);
    let _ = (&mut stderr).take(COMPLAINT_BYTES_MAX).read_to_end(&mut text);
    let _ = io::copy(&mut stderr, &mut io::sink());
    let text = String::from_utf8_lossy(&text);
    let line = text.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
    line.trim_start_matches("khien: ").chars().take(300).collect()
}

fn send_request(source: &Source, bounds: &Bounds, stdin: &mut dyn Write) -> io::Result<()> {
    let request = Request {
        name: source.name.clone(),
        folder: source.folder.as_ref().map(|entries| {
            entries
                .iter()
                .map(|e| super::wire::Entry {
                    name: e.name.clone(),
                    link: e.link.clone(),
                    mode: e.mode,
                })
                .collect()
        }),
        bytes_out_max: bounds.bytes_out_max,
        memory_max: bounds.memory_max,
        cpu_seconds_max: bounds.time_max.as_secs().max(1),
    };
    serde_json::to_writer(&mut *stdin, &request)?;
    stdin.write_all(b"\n")?;
    stdin.flush()
}

fn how_it_ended(status: ExitStatus, complaint: &str) -> String {
    use std::os::unix::process::ExitStatusExt;
    let how = match (status.signal(), status.code()) {
        (Some(6), _) => {
            "the reader was ended, most likely because it needed more memory than allowed"
                .to_owned()
        }
        (Some(9 | 24), _) => {
            "the reader was ended by the system: it needed more time or memory than allowed"
                .to_owned()
        }
        (Some(signal), _) => format!("the reader was ended by signal {signal}"),
        (None, Some(code)) => format!("the reader ended with code {code} and without a result"),
        (None, None) => "the reader ended without a result".to_owned(),
    };
    if complaint.is_empty() { how } else { format!("{how} ({complaint})") }
}

/// A release that could not be read: known by its hash, with one gap that names the file.
fn without_reading(source: &Source, at: &str, why: &str) -> io::Result<ReleaseProfile> {
    let gap = Gap {
        path: Untrusted::new(at),
        reason: GapReason::Damaged,
        detail: Untrusted::new(why),
        bytes: Some(source.size),
    };
    Ok(ReleaseProfile {
        format: PROFILE_FORMAT,
        name: Untrusted::new(source.name.as_str()),
        sha256: hash(source)?,
        size: source.size,
        identity: khien_vet::identity::ReleaseIdentity::default(),
        files: Vec::new(),
        opened: Opened { gaps: vec![gap], ..Opened::default() },
        knowledge: env!("CARGO_PKG_VERSION").to_owned(),
    })
}

/// SHA-256 of a file; empty for a folder, whose content nobody has seen.
fn hash(source: &Source) -> io::Result<String> {
    if source.folder.is_some() {
        return Ok(String::new());
    }
    let (_, mut file) = source.open("").map_err(io::Error::other)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(format!("{:x}", hasher.finalize()));
        }
        hasher.update(buffer.get(..read).unwrap_or_default());
    }
}
