//! Counts what comes out of a stream, and stops a decompression bomb at its limit.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::io::{self, Read};
use std::rc::Rc;

use khien_model::Limits;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{FrameDecoder, StreamingDecoder};

/// Bytes that came out so far.
#[derive(Debug, Default)]
pub(super) struct Tally(Cell<u64>);

/// A limit was passed; travels inside an [`io::Error`].
#[derive(Debug)]
pub(super) struct LimitExceeded(String);

impl LimitExceeded {
    /// Whether an error is (or wraps) a passed limit.
    pub(super) fn caused(error: &io::Error) -> bool {
        let mut cause = error.get_ref().map(|inner| inner as &(dyn std::error::Error + 'static));
        while let Some(inner) = cause {
            if inner.is::<Self>() {
                return true;
            }
            cause = match inner.downcast_ref::<io::Error>() {
                Some(error) => error.get_ref().map(|inner| inner as _),
                None => inner.source(),
            };
        }
        false
    }
}

impl fmt::Display for LimitExceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for LimitExceeded {}

/// A stream that counts, and (when it comes out of a decompressor) is limited.
pub(super) struct Metered<R> {
    inner: R,
    /// For a plain stream: bytes read so far. For a decompressor: bytes that went in so far.
    position: Rc<Cell<u64>>,
    limit: Option<Limit>,
}

struct Limit {
    out: u64,
    expanded: Rc<Tally>,
    ratio_max: u64,
    expanded_max: u64,
}

/// Below this many bytes out, the ratio says nothing: a long run of equal lines packs very well.
const RATIO_FREE_BYTES: u64 = 64 << 20;

impl<R: Read> Metered<R> {
    /// Counts only.
    pub(super) const fn counting(inner: R, position: Rc<Cell<u64>>) -> Self {
        Self { inner, position, limit: None }
    }

    /// Counts output against the input count in `position` and stops at the limits.
    pub(super) const fn limited(
        inner: R,
        position: Rc<Cell<u64>>,
        expanded: Rc<Tally>,
        limits: &Limits,
    ) -> Self {
        let limit = Limit {
            out: 0,
            expanded,
            ratio_max: limits.expansion_ratio_max,
            expanded_max: limits.expanded_bytes_max,
        };
        Self { inner, position, limit: Some(limit) }
    }
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(out)?;
        let count = u64::try_from(read).unwrap_or(u64::MAX);
        match &mut self.limit {
            None => self.position.set(self.position.get().saturating_add(count)),
            Some(limit) => {
                limit.out = limit.out.saturating_add(count);
                limit.expanded.0.set(limit.expanded.0.get().saturating_add(count));
                limit.check(self.position.get())?;
            }
        }
        Ok(read)
    }
}

impl Limit {
    fn check(&self, packed: u64) -> io::Result<()> {
        let allowed = packed.saturating_mul(self.ratio_max).max(RATIO_FREE_BYTES);
        if self.out > allowed {
            let text = format!(
                "unpacks to more than {} times its size ({} bytes out of {packed})",
                self.ratio_max, self.out
            );
            return Err(io::Error::other(LimitExceeded(text)));
        }
        if self.expanded.0.get() > self.expanded_max {
            let text = format!("unpacks to more than {} bytes", self.expanded_max);
            return Err(io::Error::other(LimitExceeded(text)));
        }
        Ok(())
    }
}

/// A stream that may be read up to a place only, which moves on.
pub(super) struct Fenced<R> {
    pub(super) inner: R,
    /// Bytes read so far.
    pub(super) at: u64,
    pub(super) until: Rc<Cell<u64>>,
}

impl<R: Read> Read for Fenced<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(out)?;
        self.at = self.at.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
        if self.at > self.until.get() {
            let text = "more headers before one member than are read".to_owned();
            return Err(io::Error::other(LimitExceeded(text)));
        }
        Ok(read)
    }
}

/// Decodes zstd frames one after another, skippable ones included.
///
/// Source: RFC 8878 §3.1, "Zstandard Frames" and "Skippable Frames".
pub struct ZstdFrames<R: Read> {
    source: Shared<R>,
    frame: Option<StreamingDecoder<Shared<R>, FrameDecoder>>,
}

/// Bound: the window a frame may ask for, as the zstd command's own default.
const WINDOW_BYTES_MAX: u64 = 128 << 20;

impl<R: Read> ZstdFrames<R> {
    /// Frames that begin where the source stands.
    pub fn new(source: R) -> Self {
        Self {
            source: Shared(Rc::new(RefCell::new(Ahead { inner: source, next: None }))),
            frame: None,
        }
    }

    /// Starts the next frame; `false` at the end of the stream.
    fn next_frame(&mut self) -> io::Result<bool> {
        loop {
            if self.source.at_end()? {
                return Ok(false);
            }
            match StreamingDecoder::new_with_max_window_size(self.source.clone(), WINDOW_BYTES_MAX)
            {
                Ok(frame) => {
                    self.frame = Some(frame);
                    return Ok(true);
                }
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    io::copy(&mut self.source.clone().take(u64::from(length)), &mut io::sink())?;
                }
                Err(error) => {
                    return Err(io::Error::new(io::ErrorKind::InvalidData, error.to_string()));
                }
            }
        }
    }
}

impl<R: Read> Read for ZstdFrames<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(frame) = &mut self.frame {
                let read = frame.read(out)?;
                if read > 0 || out.is_empty() {
                    return Ok(read);
                }
                self.frame = None;
            }
            if !self.next_frame()? {
                return Ok(0);
            }
        }
    }
}

/// The packed stream, shared between the frame being decoded and the search for the next.
struct Shared<R>(Rc<RefCell<Ahead<R>>>);

impl<R> Clone for Shared<R> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<R: Read> Shared<R> {
    fn at_end(&self) -> io::Result<bool> {
        let mut ahead = self.0.borrow_mut();
        if ahead.next.is_none() {
            let mut byte = [0];
            if ahead.inner.read(&mut byte)? == 0 {
                return Ok(true);
            }
            ahead.next = Some(byte[0]);
        }
        Ok(false)
    }
}

impl<R: Read> Read for Shared<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut ahead = self.0.borrow_mut();
        match (out.first_mut(), ahead.next.take()) {
            (Some(first), Some(byte)) => {
                *first = byte;
                Ok(1)
            }
            (_, next) => {
                ahead.next = next;
                ahead.inner.read(out)
            }
        }
    }
}

/// A stream with one byte of look-ahead.
struct Ahead<R> {
    inner: R,
    next: Option<u8>,
}
