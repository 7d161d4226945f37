//! Stands between a stream and its reader: hashes what passes, and finds out whether the beginning
//! is known.

use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use khien_ingest::Tap;

use super::checkpoint::{Entry, HEAD_BYTES};
use super::chunks::CHUNK_BYTES;
use super::content::ContentHasher;
use super::follow::Watch;

/// What is done with a stream.
#[derive(Clone, Debug)]
pub enum Plan {
    /// It is read; what this entry covers is stored already.
    Read(Option<Arc<Entry>>),
    /// Its beginning is held against checkpoints, shortest first; the reader sees nothing of it
    /// before it is known how it goes on.
    Probe {
        /// The checkpoints.
        targets: Vec<Arc<Entry>>,
    },
    /// It is passed over.
    Skip,
}

/// What is known of a stream that has to be read once more, from its beginning.
#[derive(Clone, Debug)]
pub struct Again(pub Option<Arc<Entry>>);

/// Bound: bytes held back for the reader when the known part was passed over.
const HELD_BYTES_MAX: usize = 64 << 20;
const SCRATCH_BYTES: usize = 256 << 10;

/// The tap of one stream.
#[derive(Debug)]
pub struct StreamTap {
    inner: Mutex<Inner>,
    ended: AtomicBool,
    stop: Arc<AtomicBool>,
    watch: Arc<Watch>,
}

#[derive(Debug)]
struct Inner {
    hasher: ContentHasher,
    length: u64,
    head: Vec<u8>,
    plan: Plan,
    fast: bool,
    /// The next checkpoint, and the longest that fitted.
    next: usize,
    best: Option<Arc<Entry>>,
    again: Option<Again>,
    /// What the reader gets first.
    held: Vec<u8>,
    held_read: usize,
    passed_over: bool,
    last_visible: u8,
    /// The last bytes of a Windows event log.
    window: Option<Vec<u8>>,
}

/// How far the stream was read.
#[derive(Clone, Debug)]
pub struct Mark {
    /// Bytes.
    pub length: u64,
    /// BLAKE3 of them.
    pub blake3: String,
    /// SHA-256 of the first of them.
    pub head: String,
}

/// Where the sink stands towards what is known.
#[derive(Clone, Debug)]
pub enum Standing {
    /// This is known, and the reader was spared it or not.
    Decided {
        /// What is known.
        entry: Option<Arc<Entry>>,
        /// Whether the reader began at the last settled record.
        passed_over: bool,
    },
    /// What is read now does not count.
    Void,
}

impl StreamTap {
    /// A tap with a plan; `fast` when a reader may begin in the middle, `window` when chunks will be
    /// asked for.
    pub fn new(
        plan: Plan,
        fast: bool,
        window: bool,
        stop: Arc<AtomicBool>,
        watch: Arc<Watch>,
    ) -> Self {
        watch.probing.store(matches!(plan, Plan::Probe { .. }), Ordering::Release);
        watch.begun.store(true, Ordering::Release);
        let hasher = match &plan {
            Plan::Probe { targets } => ContentHasher::for_targets(targets),
            Plan::Read(_) | Plan::Skip => ContentHasher::default(),
        };
        Self {
            watch,
            inner: Mutex::new(Inner {
                hasher,
                length: 0,
                head: Vec::new(),
                plan,
                fast,
                next: 0,
                best: None,
                again: None,
                held: Vec::new(),
                held_read: 0,
                passed_over: false,
                last_visible: 0,
                window: window.then(Vec::new),
            }),
            ended: AtomicBool::new(false),
            stop,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the reader has been told that the stream is over.
    pub fn ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }

    /// How far the stream was read.
    pub fn mark(&self) -> Mark {
        let inner = self.lock();
        Mark {
            length: inner.length,
            blake3: inner.hasher.content().blake3,
            head: super::checkpoint::sha256(&inner.head),
        }
    }

    /// Where the sink stands.
    pub fn standing(&self) -> Standing {
        let inner = self.lock();
        if inner.again.is_some() {
            return Standing::Void;
        }
        match &inner.plan {
            Plan::Read(entry) => {
                Standing::Decided { entry: entry.clone(), passed_over: inner.passed_over }
            }
            Plan::Probe { .. } | Plan::Skip => Standing::Void,
        }
    }

    /// How to read it the next time, when this time was in vain.
    pub fn again(&self) -> Option<Again> {
        self.lock().again.clone()
    }

    /// The stream has ended, whether or not the reader saw it.
    pub fn end(&self) {
        self.lock().end_of_probe();
        self.ended.store(true, Ordering::Release);
    }

    /// The chunk of an event log that begins at this offset, when it was the last to pass.
    pub fn chunk(&self, offset: u64) -> Option<Vec<u8>> {
        let inner = self.lock();
        let window = inner.window.as_ref()?;
        let start = inner.length.checked_sub(u64::try_from(window.len()).ok()?)?;
        let at = usize::try_from(offset.checked_sub(start)?).ok()?;
        let end = at.checked_add(CHUNK_BYTES)?.min(window.len());
        window.get(at..end).map(<[u8]>::to_vec)
    }
}

fn in_vain() -> io::Error {
    io::Error::other("read once more")
}

impl Tap for StreamTap {
    fn read(&self, stream: &mut dyn Read, out: &mut [u8]) -> io::Result<usize> {
        let mut scratch = Vec::new();
        loop {
            if self.stop.load(Ordering::Relaxed) {
                return Err(io::Error::other("stopped"));
            }
            let (limit, sparing) = {
                let mut inner = self.lock();
                if inner.again.is_some() {
                    return Err(in_vain());
                }
                if matches!(inner.plan, Plan::Skip) {
                    self.ended.store(true, Ordering::Release);
                    return Ok(0);
                }
                let given = inner.give_held(out);
                if given > 0 {
                    return Ok(given);
                }
                inner.limits(out.len())
            };
            if sparing && scratch.is_empty() {
                scratch.resize(SCRATCH_BYTES, 0);
            }
            let space = if sparing { scratch.as_mut_slice() } else { &mut *out };
            let limit = limit.min(space.len());
            let Some(space) = space.get_mut(..limit) else { return Ok(0) };
            let read = match stream.read(space) {
                Ok(read) => read,
                Err(error) => {
                    if error.kind() != io::ErrorKind::Interrupted {
                        self.end();
                    }
                    return Err(error);
                }
            };
            let mut inner = self.lock();
            inner.pass(space.get(..read).unwrap_or_default(), sparing);
            if sparing && matches!(inner.plan, Plan::Read(_)) {
                self.watch.probing.store(false, Ordering::Release);
            }
            if read == 0 && limit > 0 {
                inner.end_of_probe();
                if inner.again.is_none() && inner.held_read < inner.held.len() {
                    continue;
                }
                self.ended.store(true, Ordering::Release);
            }
            if inner.again.is_some() {
                return Err(in_vain());
            }
            if !sparing || read == 0 {
                return Ok(read);
            }
        }
    }
}

impl Inner {
    fn give_held(&mut self, out: &mut [u8]) -> usize {
        let rest = self.held.get(self.held_read..).unwrap_or_default();
        if matches!(self.plan, Plan::Probe { .. }) || rest.is_empty() {
            return 0;
        }
        let count = rest.len().min(out.len());
        if let (Some(to), Some(from)) = (out.get_mut(..count), rest.get(..count)) {
            to.copy_from_slice(from);
        }
        self.held_read = self.held_read.saturating_add(count);
        if self.held_read == self.held.len() {
            (self.held, self.held_read) = (Vec::new(), 0);
        }
        count
    }

    /// How much may be read at once, and whether the reader is spared it.
    fn limits(&self, wanted: usize) -> (usize, bool) {
        let Plan::Probe { targets } = &self.plan else { return (wanted, false) };
        let left = targets
            .get(self.next)
            .map_or(0, |target| target.checkpoint.length.saturating_sub(self.length));
        (usize::try_from(left).unwrap_or(usize::MAX), true)
    }

    fn pass(&mut self, bytes: &[u8], sparing: bool) {
        self.hasher.update(bytes);
        let space = HEAD_BYTES.saturating_sub(self.head.len()).min(bytes.len());
        self.head.extend(bytes.get(..space).unwrap_or_default());
        if let Some(window) = &mut self.window {
            window.extend(bytes);
            let excess = window.len().saturating_sub(4 * CHUNK_BYTES);
            if excess > 2 * CHUNK_BYTES {
                window.drain(..excess);
            }
        }
        if sparing {
            self.hold(bytes);
        }
        self.length = self.length.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        self.compare();
    }

    /// Keeps what the reader will want when all before it turns out to be known.
    fn hold(&mut self, bytes: &[u8]) {
        let Plan::Probe { targets } = &self.plan else { return };
        if !self.fast {
            return;
        }
        let from = targets.last().map_or(0, |entry| entry.checkpoint.from.0);
        let before = usize::try_from(from.saturating_sub(self.length))
            .unwrap_or(usize::MAX)
            .min(bytes.len());
        let (before, held) = bytes.split_at_checked(before).unwrap_or((bytes, &[]));
        if let Some(byte) = before.iter().rev().find(|byte| !byte.is_ascii_whitespace()) {
            self.last_visible = *byte;
        }
        self.held.extend(held);
        if self.held.len() > HELD_BYTES_MAX {
            self.held = Vec::new();
            self.fast = false;
        }
    }

    /// At a checkpoint's length: does it fit?
    fn compare(&mut self) {
        let Plan::Probe { targets } = &self.plan else { return };
        let mut content = None;
        while let Some(target) =
            targets.get(self.next).filter(|target| target.checkpoint.length <= self.length)
        {
            let content = content.get_or_insert_with(|| self.hasher.content());
            if content.is_of(&target.checkpoint) {
                self.best = Some(Arc::clone(target));
            }
            self.next += 1;
        }
        if self.next < targets.len() {
            return;
        }
        let last = targets.last();
        let fits = last.is_some() && self.best.as_ref() == last;
        // Inside a wrapper or a list the reader must know what came before.
        let begins_anew = last.is_some_and(|last| last.checkpoint.from.0 == 0)
            || !matches!(self.last_visible, b',' | b'[');
        if fits && self.fast && begins_anew {
            self.passed_over = true;
            self.plan = Plan::Read(self.best.clone());
            self.hasher.compared();
        } else {
            self.again = Some(Again(self.best.clone()));
        }
    }

    /// The stream is shorter than what was looked for.
    fn end_of_probe(&mut self) {
        if matches!(self.plan, Plan::Probe { .. }) && self.again.is_none() {
            self.again = Some(Again(self.best.clone()));
        }
    }
}

#[cfg(test)]
mod tests;
