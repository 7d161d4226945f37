//! The unread part of a stream, topped up as a reader asks for more.

use std::io::{self, Read};

/// How much is asked of the stream at once.
pub(super) const READ_BYTES: usize = 256 << 10;

/// Bytes read from a stream and not consumed yet.
///
/// Bound: none of its own; it grows by [`READ_BYTES`] a call of [`Buffer::fill`] while nothing is
/// consumed, so readers stop filling at their record limit.
#[derive(Debug)]
pub(super) struct Buffer<R> {
    stream: R,
    bytes: Vec<u8>,
    /// The unread part of `bytes`.
    start: usize,
    end: usize,
    /// Offset of `start` in the stream.
    offset: u64,
    ended: bool,
    failed: Option<io::Error>,
}

impl<R: Read> Buffer<R> {
    pub(super) const fn new(stream: R) -> Self {
        Self { stream, bytes: Vec::new(), start: 0, end: 0, offset: 0, ended: false, failed: None }
    }

    pub(super) fn unread(&self) -> &[u8] {
        self.bytes.get(self.start..self.end).unwrap_or_default()
    }

    /// Offset of the next unread byte in the stream.
    pub(super) const fn offset(&self) -> u64 {
        self.offset
    }

    /// Whether the stream has nothing behind the unread bytes.
    pub(super) const fn ended(&self) -> bool {
        self.ended
    }

    pub(super) fn consume(&mut self, count: usize) {
        self.take(count);
    }

    /// Consumes so many bytes and returns them.
    pub(super) fn take(&mut self, count: usize) -> &[u8] {
        let from = self.start;
        let count = count.min(self.end.saturating_sub(from));
        self.start = from.saturating_add(count);
        self.offset = self.offset.saturating_add(count as u64);
        self.bytes.get(from..self.start).unwrap_or_default()
    }

    /// What ended the stream, to be asked once the whole records before the end are out.
    ///
    /// # Errors
    ///
    /// The stream's own error: the machine's or, from a decompressor, the file's.
    pub(super) fn end(&mut self) -> io::Result<()> {
        self.failed.take().map_or(Ok(()), Err)
    }

    /// Reads on once; what was unread stays so. An error ends the stream and waits in
    /// [`Buffer::end`], so that it costs no record that came before it.
    pub(super) fn fill(&mut self) {
        if self.start > 0 {
            self.bytes.copy_within(self.start..self.end, 0);
            self.end = self.end.saturating_sub(self.start);
            self.start = 0;
        }
        let wanted = self.end.saturating_add(READ_BYTES);
        if self.bytes.len() < wanted {
            self.bytes.resize(wanted, 0);
        }
        let space = self.bytes.get_mut(self.end..).unwrap_or_default();
        let read = loop {
            match self.stream.read(space) {
                Ok(read) => break read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.failed = Some(error);
                    break 0;
                }
            }
        };
        self.ended = read == 0;
        self.end = self.end.saturating_add(read);
    }

    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.bytes.len()
    }
}
