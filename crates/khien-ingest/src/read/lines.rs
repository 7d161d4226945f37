//! Lines of a stream, of bounded length, with their offsets.

use std::io::{self, Read};

use super::buffer::Buffer;

/// One line, without its line feed (and without a carriage return before it).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Line<'a> {
    /// The whole line.
    Whole(&'a [u8]),
    /// The line was longer than allowed and was skipped; its length in bytes.
    TooLong(u64),
}

/// Cuts a stream into lines.
///
/// Bound: memory is at most `line_bytes_max` plus one read of 256 KiB.
#[derive(Debug)]
pub struct Lines<R> {
    buffer: Buffer<R>,
    line_bytes_max: usize,
    last_unterminated: bool,
}

impl<R: Read> Lines<R> {
    /// Reads lines of at most `line_bytes_max` bytes.
    pub const fn new(stream: R, line_bytes_max: usize) -> Self {
        Self { buffer: Buffer::new(stream), line_bytes_max, last_unterminated: false }
    }

    /// The next line with its offset; `None` at the end of the stream.
    ///
    /// # Errors
    ///
    /// The stream's own error: the machine's or, from a decompressor, the file's.
    pub fn next_line(&mut self) -> io::Result<Option<(u64, Line<'_>)>> {
        let mut searched = 0;
        loop {
            let unread = self.buffer.unread();
            if let Some(at) = memchr::memchr(b'\n', unread.get(searched..).unwrap_or_default()) {
                let len = searched.saturating_add(at);
                return Ok(Some(self.take(len, 1)));
            }
            searched = unread.len();
            if self.buffer.ended() {
                self.buffer.end()?;
                self.last_unterminated = searched > 0;
                return Ok((searched > 0).then(|| self.take(searched, 0)));
            }
            if searched > self.line_bytes_max {
                return Ok(Some(self.skip_long()));
            }
            self.buffer.fill();
        }
    }

    /// Whether the last line returned ended with the stream instead of a line feed.
    pub const fn last_was_unterminated(&self) -> bool {
        self.last_unterminated
    }

    /// Offset of the next unread byte.
    pub const fn offset(&self) -> u64 {
        self.buffer.offset()
    }

    fn take(&mut self, len: usize, terminator: usize) -> (u64, Line<'_>) {
        let at = self.buffer.offset();
        let line = self.buffer.take(len.saturating_add(terminator));
        if len > self.line_bytes_max {
            return (at, Line::TooLong(len as u64));
        }
        let line = line.get(..len).unwrap_or_default();
        (at, Line::Whole(line.strip_suffix(b"\r").unwrap_or(line)))
    }

    fn skip_long(&mut self) -> (u64, Line<'_>) {
        let at = self.buffer.offset();
        loop {
            let unread = self.buffer.unread();
            let stop = memchr::memchr(b'\n', unread);
            let len = stop.unwrap_or(unread.len());
            self.buffer.consume(len);
            if stop.is_some() || self.buffer.ended() {
                let len = self.buffer.offset().saturating_sub(at);
                self.buffer.consume(usize::from(stop.is_some()));
                return (at, Line::TooLong(len));
            }
            self.buffer.fill();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Hands out at most `step` bytes a call, to cross every buffer edge.
    struct Trickle<'a>(&'a [u8], usize);
    impl Read for Trickle<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let n = self.1.min(out.len()).min(self.0.len());
            out[..n].copy_from_slice(&self.0[..n]);
            self.0 = &self.0[n..];
            Ok(n)
        }
    }

    proptest! {
        #[test]
        fn agrees_with_split(text in "[a\r\n]{0,80}", step in 1_usize..9, max in 0_usize..12) {
            let mut lines = Lines::new(Trickle(text.as_bytes(), step), max);
            let mut expected_at = 0_u64;
            let mut parts: Vec<&str> = text.split('\n').collect();
            if parts.last() == Some(&"") {
                parts.pop();
            }
            for part in parts {
                let (at, line) = lines.next_line().unwrap().unwrap();
                prop_assert_eq!(at, expected_at);
                expected_at += part.len() as u64 + 1;
                if part.len() > max {
                    prop_assert_eq!(line, Line::TooLong(part.len() as u64));
                } else {
                    prop_assert_eq!(line, Line::Whole(part.strip_suffix('\r').unwrap_or(part).as_bytes()));
                }
            }
            prop_assert!(lines.next_line().unwrap().is_none());
        }
    }

    #[test]
    fn a_very_long_line_is_skipped_in_bounded_memory() {
        let text = [vec![b'x'; 3 << 20], b"\nshort\n".to_vec()].concat();
        let mut lines = Lines::new(&text[..], 1 << 20);
        assert_eq!(lines.next_line().unwrap(), Some((0, Line::TooLong(3 << 20))));
        assert_eq!(lines.next_line().unwrap(), Some(((3 << 20) + 1, Line::Whole(b"short"))));
        assert!(lines.buffer.capacity() < 2 << 20);
    }
}
