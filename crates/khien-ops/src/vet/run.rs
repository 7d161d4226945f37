//! Starts the children, talks to them, and makes a gap of every one that does not come back.
//!
//! Hostile: a child that reads a hostile file may be anybody's. It can lie about what it saw, which
//! nothing here can know. It cannot lie about which bytes it was given: the parent hashes every file
//! on the way and compares (`accepted`), a folder's file by file; what is inside an image layout is
//! looked up by the child alone. Its name and size are the parent's own. It cannot make the parent
//! wait, because a watchdog ends it in time.
//!
//! Bounds: `MESSAGES_MAX` messages lie waiting, and their lengths are bounded in `wire`; so is what
//! is kept of a child's complaints.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, channel, sync_channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use khien_model::Untrusted;
use khien_unpack::{Gap, GapReason, Opened};
use khien_vet::profile::{PROFILE_FORMAT, ReleaseProfile};

use super::source::{Source, sha256};
use super::wire::{Entry, Message, Request, answer};

/// The hidden command that makes this program a reading child.
pub const CHILD_COMMAND: &str = "vet-reader";
/// Bound: bytes kept of what a child says on standard error.
const COMPLAINT_BYTES_MAX: u64 = 64 << 10;
/// Bound: messages of a child that were heard and not yet answered. An honest child waits after each
/// `Want`; one that talks on has to wait too.
const MESSAGES_MAX: usize = 64;
/// How long a child that has said its last may take to end by itself, so that its own end is told and
/// not ours.
const LAST_BREATH: Duration = Duration::from_millis(500);

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

/// Asked from time to time whether nobody waits for the answer any more.
pub type Stop<'a> = &'a (dyn Fn() -> bool + Sync);

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
        .collect::<io::Result<Vec<Source>>>()?;
    let results: Mutex<Vec<Option<io::Result<Reading>>>> =
        Mutex::new(sources.iter().map(|_| None).collect());
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..bounds.children_max.clamp(1, sources.len().max(1)) {
            scope.spawn(|| {
                loop {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    let (Some(source), Some(path)) = (sources.get(i), paths.get(i)) else { return };
                    let result = read_one(program, source, bounds, progress, &|| false)
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

/// Reads one release that lies under another name than its own: a name says what some scripts are, and
/// which releases belong together. Where `stop` says so the child is ended, and what comes out is of no use.
///
/// # Errors
///
/// As [`read_all`].
pub fn read_as(
    program: &Path,
    path: &Path,
    name: &str,
    bounds: &Bounds,
    progress: Progress<'_>,
    stop: Stop<'_>,
) -> io::Result<Reading> {
    let mut source = Source::find(path).map_err(|error| named(path, &error))?;
    name.clone_into(&mut source.name);
    read_one(program, &source, bounds, progress, stop).map_err(|error| named(path, &error))
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
    /// SHA-256 of each file that was handed over, made on the way; the artefact's own name is empty.
    given: BTreeMap<String, String>,
    /// It said what is no message.
    nonsense: Option<String>,
}

fn read_one(
    program: &Path,
    source: &Source,
    bounds: &Bounds,
    progress: Progress<'_>,
    stop: Stop<'_>,
) -> io::Result<Reading> {
    let mut child = spawn(program)?;
    let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (Some(stdin), Some(stdout), Some(stderr)) = pipes else {
        return Err(io::Error::other("a child without pipes"));
    };
    let child = Mutex::new(child);
    let mut heard = Heard::default();
    let timed_out = AtomicBool::new(false);
    let (send, messages) = sync_channel(MESSAGES_MAX);
    let (complain, complaint) = channel();
    // Not waited for: something that the child started could hold its pipes open.
    let at_the_end = send.clone();
    std::thread::spawn(move || listen(BufReader::new(stdout), &send));
    std::thread::spawn(move || complain.send(complaint_in(stderr)));
    let ended = std::thread::scope(|scope| {
        let (done, is_done) = channel::<()>();
        let (watched, flag) = (&child, &timed_out);
        scope.spawn(move || {
            if watch(watched, &is_done, bounds.time_max, stop) {
                flag.store(true, Ordering::Relaxed);
                let _ = at_the_end.send(Err(io::ErrorKind::TimedOut.into()));
            }
        });
        converse(source, bounds, BufWriter::new(stdin), messages, &mut heard, progress);
        drop(done);
        end(&child, heard.profile.is_none() && heard.nonsense.is_none())
    });
    let why = match (&heard.profile, &heard.nonsense) {
        (Some(bytes), _) => match accepted(bytes, source, &heard) {
            Ok(profile) => {
                return Ok(Reading { profile, cut_off: false, unconfined: heard.unconfined });
            }
            Err(why) => (GapReason::Damaged, why),
        },
        _ if timed_out.load(Ordering::Relaxed) => {
            let why = format!("it took longer than {} s", bounds.time_max.as_secs());
            (GapReason::TooMuchTime, why)
        }
        (None, Some(why)) => {
            (GapReason::Damaged, format!("the reader said what cannot be understood: {why}"))
        }
        (None, None) => {
            how_it_ended(ended?, &complaint.recv_timeout(LAST_BREATH).unwrap_or_default())
        }
    };
    let (reason, why) = why;
    let profile = without_reading(source, &heard.at, reason, &why)?;
    Ok(Reading { profile, cut_off: true, unconfined: heard.unconfined })
}

/// Ends the child: whatever it still does, nobody listens any more. One that is about to end by
/// itself is let, and then its own end is returned.
fn end(child: &Mutex<Child>, by_itself: bool) -> io::Result<Option<ExitStatus>> {
    const STEP: Duration = Duration::from_millis(5);
    let mut waited = Duration::ZERO;
    while by_itself && waited < LAST_BREATH {
        if let Some(status) = locked(child).try_wait()? {
            return Ok(Some(status));
        }
        std::thread::sleep(STEP);
        waited += STEP;
    }
    let mut child = locked(child);
    let _ = child.kill();
    child.wait().map(|_| None)
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

/// Ends the child when its time is up or nobody waits for it, also while the parent is stuck in writing
/// to it; says whether it came to that.
fn watch(child: &Mutex<Child>, is_done: &Receiver<()>, time_max: Duration, stop: Stop<'_>) -> bool {
    const STEP: Duration = Duration::from_millis(200);
    let mut left = time_max;
    loop {
        let step = left.min(STEP);
        if is_done.recv_timeout(step) != Err(RecvTimeoutError::Timeout) {
            return false;
        }
        left = left.saturating_sub(step);
        if left.is_zero() || stop() {
            let _ = locked(child).kill();
            return true;
        }
    }
}

/// Hands on what the child says until it is done, gone (an unexpected end), or talks nonsense.
fn listen(mut stdout: impl Read, send: &SyncSender<io::Result<Message>>) {
    loop {
        let message = Message::read(&mut stdout)
            .and_then(|message| message.ok_or(io::ErrorKind::UnexpectedEof.into()));
        let last =
            !matches!(message, Ok(Message::Want(_) | Message::At(..) | Message::Unconfined(_)));
        if send.send(message).is_err() || last {
            return;
        }
    }
}

/// Serves the child until it is done or gone. When this returns nobody waits for messages any more,
/// which is what ends [`listen`].
fn converse(
    source: &Source,
    bounds: &Bounds,
    mut stdin: impl Write,
    messages: Receiver<io::Result<Message>>,
    heard: &mut Heard,
    progress: Progress<'_>,
) {
    // One that does not listen may have said why on its way out.
    let _ = send_request(source, bounds, &mut stdin);
    for message in messages {
        match message {
            Ok(Message::Want(name)) => match answer(&mut stdin, source.open(&name)) {
                Ok(Some(hash)) => drop(heard.given.insert(name, hash)),
                Ok(None) => {}
                Err(_) => return,
            },
            Ok(Message::At(path, size)) => {
                heard.at = path;
                progress(&source.name, &Untrusted::new(heard.at.as_str()), size);
            }
            Ok(Message::Unconfined(why)) => heard.unconfined = Some(why),
            Ok(Message::Done(profile)) => {
                heard.profile = Some(profile);
                return;
            }
            // Half a message is that of a child which was ended in the middle.
            Err(error) if is_an_end(error.kind()) => return,
            Err(error) => {
                heard.nonsense = Some(error.to_string());
                return;
            }
        }
    }
}

const fn is_an_end(kind: io::ErrorKind) -> bool {
    matches!(kind, io::ErrorKind::UnexpectedEof | io::ErrorKind::TimedOut)
}

/// The child's profile, if it is one and about the bytes that were handed over. What the parent knows
/// by itself is not the child's to say.
fn accepted(bytes: &[u8], source: &Source, heard: &Heard) -> Result<ReleaseProfile, String> {
    let mut profile = about_these_bytes(bytes, source, heard)?;
    if !is_sha256(&profile.sha256) {
        return Err("the reader gave a hash that is none".to_owned());
    }
    profile.name = Untrusted::new(source.name.as_str());
    profile.size = source.size;
    Ok(profile)
}

fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

fn about_these_bytes(
    bytes: &[u8],
    source: &Source,
    heard: &Heard,
) -> Result<ReleaseProfile, String> {
    let profile = khien_vet::baseline::decode(bytes).map_err(|error| error.to_string())?;
    let Some(folder) = &source.folder else {
        return match heard.given.get("") == Some(&profile.sha256) {
            true => Ok(profile),
            false => Err("the reader answered for another file".to_owned()),
        };
    };
    // Files of the folder itself have their names; what is inside of them has a longer path.
    let mut named: BTreeSet<&str> = BTreeSet::new();
    for file in profile.files.iter().filter(|file| file.link.is_none()) {
        let path = file.path.as_raw();
        let listed = folder.entries.binary_search_by(|entry| entry.name.as_str().cmp(path));
        let is_plain = |i: usize| folder.entries.get(i).is_some_and(Entry::is_plain);
        if listed.is_ok_and(is_plain) && heard.given.get(path) != Some(&file.sha256) {
            return Err(format!("the reader answered for another file than {path}"));
        }
        named.insert(path);
    }
    // An image layout is read through its index, and what could not be read is held anyway.
    if heard.given.contains_key("oci-layout") || !profile.opened.gaps.is_empty() {
        return Ok(profile);
    }
    let plain = folder.entries.iter().filter(|entry| entry.is_plain());
    match plain.map(|entry| entry.name.as_str()).find(|name| !named.contains(name)) {
        Some(name) => Err(format!("the reader said nothing about {name}")),
        None => Ok(profile),
    }
}

/// What the child complained about; what is too long is only kept from filling the pipe.
fn complaint_in(mut stderr: impl Read) -> String {
    let mut text = Vec::new();
    let _ = stderr.by_ref().take(COMPLAINT_BYTES_MAX).read_to_end(&mut text);
    let _ = io::copy(&mut stderr, &mut io::sink());
    let text = String::from_utf8_lossy(&text);
    complaint(&text).chars().take(300).collect()
}

/// The line that says why. A panic tells its place, in the next line its reason, and then how to see
/// more, which is of no use here.
fn complaint(text: &str) -> String {
    let mut lines = text.lines().skip_while(|line| !line.contains(PANICKED));
    if let Some((_, place)) = lines.next().and_then(|line| line.split_once(PANICKED)) {
        let reason = lines.next().unwrap_or_default();
        let told = !reason.is_empty() && !reason.starts_with("note: ");
        return format!(
            "{PANICKED}{place}{}",
            if told { format!(" {reason}") } else { String::new() }
        );
    }
    let says_something = |line: &&str| !line.trim().is_empty() && !line.starts_with("note: ");
    let line = text.lines().rfind(says_something).unwrap_or_default();
    line.trim_start_matches("khien: ").to_owned()
}

/// How Rust says that a program gave up, before the place.
const PANICKED: &str = "panicked at ";

fn send_request(source: &Source, bounds: &Bounds, stdin: &mut dyn Write) -> io::Result<()> {
    let request = Request {
        name: source.name.clone(),
        folder: source.folder.as_ref().map(|folder| folder.entries.clone()),
        bytes_out_max: bounds.bytes_out_max,
        memory_max: bounds.memory_max,
        cpu_seconds_max: bounds.time_max.as_secs().max(1),
    };
    serde_json::to_writer(&mut *stdin, &request)?;
    stdin.write_all(b"\n")?;
    stdin.flush()
}

fn how_it_ended(status: Option<ExitStatus>, complaint: &str) -> (GapReason, String) {
    use std::os::unix::process::ExitStatusExt;
    let Some(status) = status else {
        let how = "the reader stopped talking before it was done, and was ended";
        return (GapReason::Damaged, how.to_owned());
    };
    let panicked = complaint.contains(PANICKED);
    let (reason, how) = match (status.signal(), status.code()) {
        (_, _) if panicked => (GapReason::Damaged, "the reader gave up on it".to_owned()),
        (Some(6), _) => (
            GapReason::TooMuchMemory,
            "the reader was ended, most likely because it needed more memory than allowed".into(),
        ),
        // Its computing time is as long as the time that the watchdog gives it, so that this is the
        // system's own lack of memory.
        (Some(9), _) => (
            GapReason::TooMuchMemory,
            "the reader was ended by the system: it needed more time or memory than allowed".into(),
        ),
        (Some(24), _) => (
            GapReason::TooMuchTime,
            "the reader was ended by the system: it needed more time than allowed".into(),
        ),
        (Some(signal), _) => {
            (GapReason::Damaged, format!("the reader was ended by signal {signal}"))
        }
        (None, Some(code)) => {
            let lacked = complaint.contains(super::wire::NO_MEMORY);
            let reason = if lacked { GapReason::TooMuchMemory } else { GapReason::Damaged };
            (reason, format!("the reader ended with code {code} and without a result"))
        }
        (None, None) => (GapReason::Damaged, "the reader ended without a result".to_owned()),
    };
    (reason, if complaint.is_empty() { how } else { format!("{how} ({complaint})") })
}

/// A release that could not be read: known by its hash, with one gap that names the file.
fn without_reading(
    source: &Source,
    at: &str,
    reason: GapReason,
    why: &str,
) -> io::Result<ReleaseProfile> {
    let gap = Gap {
        path: Untrusted::new(at),
        reason,
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
        knowledge: khien_vet::profile::KNOWLEDGE.to_owned(),
    })
}

/// SHA-256 of a file; empty for a folder, whose content nobody has seen.
fn hash(source: &Source) -> io::Result<String> {
    if source.folder.is_some() {
        return Ok(String::new());
    }
    sha256(source.open("").map_err(io::Error::other)?.1)
}

#[cfg(test)]
mod tests;
