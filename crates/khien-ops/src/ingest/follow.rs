//! Streams that are read once, as they come: standard input, and a file that grows.

use std::fs::File;
use std::io::{self, Chain, Cursor, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

use khien_ingest::sniff::{Kind, sniff};
use khien_model::Untrusted;

/// What a stream is told of how far its reader has got.
#[derive(Debug)]
pub struct Watch {
    /// The format is told: what comes is read.
    pub begun: AtomicBool,
    /// The beginning is being held against what is known, and may have to be read once more.
    pub probing: AtomicBool,
}

impl Default for Watch {
    fn default() -> Self {
        Self { begun: AtomicBool::new(false), probing: AtomicBool::new(true) }
    }
}

impl Watch {
    fn has_begun(&self) -> bool {
        self.begun.load(Ordering::Acquire)
    }

    fn is_probing(&self) -> bool {
        self.probing.load(Ordering::Acquire)
    }
}

/// How long input may pause before the format is told from what there is.
const PAUSE: Duration = Duration::from_millis(200);
/// Bound: pieces of input that wait for the reader.
const PIECES_MAX: usize = 16;
const PIECE_BYTES: usize = 64 << 10;
/// So many bytes tell a container from a log.
const MAGIC_BYTES: usize = 8;

/// Where a stream comes from.
pub enum Source {
    /// A stream that is there already, under this name.
    Input(Option<Box<dyn Read + Send>>, Untrusted),
    /// A file that grows; whatever takes its place under this path is read after it.
    Follow {
        /// The path.
        path: PathBuf,
        /// How long to wait before looking again.
        pause: Duration,
        /// The file that was read last, and how far.
        last: Option<((u64, u64), Arc<AtomicU64>)>,
    },
}

/// A stream, and what it is told.
pub struct Live {
    inner: Inner,
    watch: Arc<Watch>,
    stop: Arc<AtomicBool>,
    /// The first bytes, until the format is told.
    head: Vec<u8>,
}

enum Inner {
    Input { pieces: Receiver<io::Result<Vec<u8>>>, piece: Cursor<Vec<u8>> },
    Follow { file: File, path: PathBuf, read: Arc<AtomicU64>, pause: Duration },
}

impl Source {
    /// Its name for people.
    pub fn name(&self) -> Untrusted {
        match self {
            Self::Input(_, name) => name.clone(),
            Self::Follow { path, .. } => Untrusted::new(path.to_string_lossy()),
        }
    }

    /// The next stream; `None` when there is none any more.
    pub fn next_stream(&mut self, stop: &Arc<AtomicBool>) -> Option<io::Result<Live>> {
        let live =
            |inner| Live { inner, watch: Arc::default(), stop: Arc::clone(stop), head: Vec::new() };
        match self {
            Self::Input(input, _) => {
                let input = input.take()?;
                Some(Ok(live(Inner::Input { pieces: pump(input), piece: Cursor::default() })))
            }
            Self::Follow { path, pause, last } => loop {
                if stop.load(Ordering::Relaxed) {
                    return None;
                }
                let opened = File::open(&*path).and_then(|file| Ok((file.metadata()?, file)));
                match opened {
                    Ok((metadata, file)) => {
                        let id = identity(&metadata);
                        let same = |(last, read): &((u64, u64), Arc<AtomicU64>)| {
                            *last == id && metadata.len() >= read.load(Ordering::Relaxed)
                        };
                        if last.as_ref().is_some_and(same) {
                            // It ended before its time: a container, or a disk that fails.
                            std::thread::sleep(*pause);
                            continue;
                        }
                        let read = Arc::default();
                        *last = Some((id, Arc::clone(&read)));
                        return Some(Ok(live(Inner::Follow {
                            file,
                            path: path.clone(),
                            read,
                            pause: *pause,
                        })));
                    }
                    // A file that was renamed is soon followed by a new one.
                    Err(error) if error.kind() == io::ErrorKind::NotFound && last.is_some() => {
                        std::thread::sleep(*pause);
                    }
                    Err(error) => return Some(Err(error)),
                }
            },
        }
    }
}

fn identity(metadata: &std::fs::Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

/// Reads in a thread of its own, so that a pause can be noticed. The thread ends with its input, or
/// with the process.
fn pump(mut input: Box<dyn Read + Send>) -> Receiver<io::Result<Vec<u8>>> {
    let (sender, receiver) = sync_channel(PIECES_MAX);
    std::thread::spawn(move || {
        loop {
            let mut piece = vec![0; PIECE_BYTES];
            let read = match input.read(&mut piece) {
                Ok(0) => return,
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    let _ = sender.send(Err(error));
                    return;
                }
            };
            piece.truncate(read);
            // Nobody listens any more: the run has ended.
            if sender.send(Ok(piece)).is_err() {
                return;
            }
        }
    });
    receiver
}

fn stopped() -> io::Error {
    io::Error::other("stopped")
}

fn is_container(head: &[u8]) -> bool {
    matches!(sniff(head, ""), Kind::Gzip | Kind::Zstd | Kind::Tar | Kind::Zip)
}

impl Read for Live {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        loop {
            if self.stop.load(Ordering::Relaxed) {
                return Err(stopped());
            }
            // While the format is being told, what is there must do, or a slow log would wait for
            // its first 8 KiB. A container has an end of its own.
            let told = self.watch.has_begun();
            let enough = !told && self.head.len() >= MAGIC_BYTES && !is_container(&self.head);
            let read = match &mut self.inner {
                Inner::Input { pieces, piece } => {
                    let read = piece.read(out)?;
                    if read > 0 {
                        Some(read)
                    } else {
                        match pieces.recv_timeout(PAUSE) {
                            Ok(next) => {
                                *piece = Cursor::new(next?);
                                continue;
                            }
                            Err(RecvTimeoutError::Disconnected) => return Ok(0),
                            Err(RecvTimeoutError::Timeout) => None,
                        }
                    }
                }
                Inner::Follow { file, path, read, pause } => {
                    let mut count = file.read(out)?;
                    if count == 0 && is_replaced(file, path, read.load(Ordering::Relaxed))? {
                        // What was written between the last two looks.
                        count = file.read(out)?;
                        if count == 0 {
                            return Ok(0);
                        }
                    }
                    read.fetch_add(u64::try_from(count).unwrap_or(u64::MAX), Ordering::Relaxed);
                    if count > 0 {
                        Some(count)
                    } else if (told && self.watch.is_probing()) || is_container(&self.head) {
                        return Ok(0);
                    } else if enough {
                        None
                    } else {
                        std::thread::sleep(*pause);
                        continue;
                    }
                }
            };
            match read {
                Some(read) => {
                    if !told && self.head.len() < khien_ingest::sniff::SNIFF_BYTES {
                        self.head.extend(out.get(..read).unwrap_or_default());
                    }
                    return Ok(read);
                }
                None if enough => return Ok(0),
                None => {}
            }
        }
    }
}

/// Whether nothing more will come: another file has the path, or the file was cut.
fn is_replaced(file: &File, path: &Path, read: u64) -> io::Result<bool> {
    let metadata = file.metadata()?;
    if metadata.len() < read {
        return Ok(true);
    }
    // While there is none under the path, who writes may still hold this one.
    Ok(std::fs::metadata(path).is_ok_and(|now| identity(&now) != identity(&metadata)))
}

/// A stream whose beginning is kept until it is sure that it is not needed again.
///
/// Bound: the kept part lies on disk beyond 1 MiB; of a container, it is all of it.
pub struct Recorded<'p> {
    live: Live,
    kept: Option<tempfile::SpooledTempFile>,
    progress: &'p dyn Fn(u64),
}

const KEPT_BYTES: usize = 1 << 20;

impl<'p> Recorded<'p> {
    /// A stream, recorded from its beginning; `progress` is told of bytes read.
    pub fn new(live: Live, progress: &'p dyn Fn(u64)) -> Self {
        Self { live, kept: Some(tempfile::SpooledTempFile::new(KEPT_BYTES)), progress }
    }

    /// What must be told of how the reader gets on.
    pub fn watch(&self) -> Arc<Watch> {
        Arc::clone(&self.live.watch)
    }

    /// The stream from its beginning.
    ///
    /// # Errors
    ///
    /// The machine's own: the temporary folder cannot be read.
    pub fn rewind(self) -> io::Result<Chain<tempfile::SpooledTempFile, Live>> {
        let Some(mut kept) = self.kept else {
            return Err(io::Error::other("the stream cannot be read a second time"));
        };
        kept.seek(SeekFrom::Start(0))?;
        self.live.watch.begun.store(true, Ordering::Release);
        self.live.watch.probing.store(false, Ordering::Release);
        Ok(kept.chain(self.live))
    }
}

impl Read for Recorded<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.live.read(out)?;
        (self.progress)(u64::try_from(read).unwrap_or(u64::MAX));
        let decided = self.live.watch.has_begun() && !self.live.watch.is_probing();
        if decided && !is_container(&self.live.head) {
            self.kept = None;
        } else if let Some(kept) = &mut self.kept {
            kept.write_all(out.get(..read).unwrap_or_default())?;
        }
        Ok(read)
    }
}
