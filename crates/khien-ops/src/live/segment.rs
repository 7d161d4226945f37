//! A segment as its reader sees it, while it may still be written to.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

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
        *self.rung.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.told.notify_all();
    }

    /// Waits for a ring after the `seen`th; says how often it has rung.
    fn wait(&self, seen: u64, wait: Duration) -> u64 {
        let rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.told.wait_timeout_while(rung, wait, |rung| *rung == seen);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }

    pub(super) fn count(&self) -> u64 {
        *self.rung.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits for a spool without holding it.
#[derive(Debug)]
pub struct Waiter {
    pub(super) bell: Arc<Bell>,
    pub(super) seen: u64,
}

impl Waiter {
    /// Waits until something was taken or closed since this was made, at most so long.
    pub fn wait(&self, wait: Duration) {
        self.bell.wait(self.seen, wait);
    }
}

/// Reads a segment while it is written to: only what is acknowledged.
#[derive(Debug)]
pub struct SegmentReader {
    pub(super) number: u64,
    pub(super) file: File,
    pub(super) position: u64,
    pub(super) extent: Arc<Extent>,
    pub(super) bell: Arc<Bell>,
}

impl SegmentReader {
    /// The segment's number, for [`Spool::finished`](super::spool::Spool::finished).
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Reads what there is, waiting at most so long for the first byte: `Some(0)` at the end, `None`
    /// when nothing came.
    ///
    /// # Errors
    ///
    /// The file system's own.
    pub fn read_within(&mut self, out: &mut [u8], wait: Duration) -> io::Result<Option<usize>> {
        for is_last in [false, true] {
            let seen = self.bell.count();
            // Closed is looked at first: what was taken before it was closed is seen below.
            let closed = self.extent.closed.load(Ordering::Acquire);
            let ready = self.extent.durable.load(Ordering::Acquire) - self.position;
            if ready > 0 {
                let room = usize::try_from(ready).unwrap_or(usize::MAX).min(out.len());
                let read = self.file.read(out.get_mut(..room).unwrap_or_default())?;
                if read == 0 {
                    return Err(io::Error::new(
                        io::ErrorKind::UnexpectedEof,
                        "the segment is shorter than what was acknowledged",
                    ));
                }
                self.position += read as u64;
                return Ok(Some(read));
            }
            if closed {
                return Ok(Some(0));
            }
            if !is_last {
                self.bell.wait(seen, wait);
            }
        }
        Ok(None)
    }

    /// Goes back to the beginning.
    ///
    /// # Errors
    ///
    /// The file system's own.
    pub fn rewind(&mut self) -> io::Result<()> {
        self.position = 0;
        self.file.seek(SeekFrom::Start(0)).map(drop)
    }
}
