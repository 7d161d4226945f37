//! Cuts JSON values out of a stream by counting braces, without parsing them.

use std::io::{self, Read};

use crate::read::buffer::Buffer;

/// What stands next in the stream.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Frame<'a> {
    /// A balanced object.
    Value(&'a [u8]),
    /// An object that was cut; the next record begins after it.
    Cut,
    /// A line of something else.
    Text,
    /// An object that the stream's end cut.
    End,
    /// An object over the limit; at least so many bytes were skipped.
    TooLarge(u64),
}

/// The framing state over a stream.
pub(super) struct Frames<'s> {
    buffer: Buffer<&'s mut dyn Read>,
    record_bytes_max: usize,
    /// Open wrapper objects, such as CloudTrail's `{"Records": [`.
    wrappers: u32,
    line: usize,
    first: bool,
}

/// Keys under which producers wrap a list of records.
const WRAPPER_KEYS: [&[u8]; 5] = [b"Records", b"records", b"value", b"events", b"Events"];

/// Where the scan over one value stands, so that it goes on after more bytes were read.
#[derive(Clone, Copy, Default)]
struct Scan {
    at: usize,
    depth: u32,
    in_string: bool,
    escaped: bool,
}

enum Step {
    Closed(usize),
    Cut(usize),
    More,
}

impl<'s> Frames<'s> {
    pub(super) fn new(stream: &'s mut dyn Read, record_bytes_max: usize) -> Self {
        Self { buffer: Buffer::new(stream), record_bytes_max, wrappers: 0, line: 0, first: true }
    }

    /// The next line, when it looks like one whole object: the usual case, worth trying to parse at
    /// once. Nothing is consumed until [`Frames::consume_line`].
    pub(super) fn whole_line(&mut self) -> Option<(u64, &[u8])> {
        self.skip_between();
        if self.wrapper_length().is_some() {
            return None;
        }
        let mut searched = 0;
        let length = loop {
            let unread = self.buffer.unread();
            if unread.first() != Some(&b'{') {
                return None;
            }
            if let Some(at) = memchr::memchr(b'\n', unread.get(searched..).unwrap_or_default()) {
                break searched.saturating_add(at);
            }
            searched = unread.len();
            if self.buffer.ended() {
                break searched;
            }
            if searched > self.record_bytes_max {
                return None;
            }
            self.buffer.fill();
        };
        let line = self.buffer.unread().get(..length).unwrap_or_default().trim_ascii_end();
        if length > self.record_bytes_max || line.last() != Some(&b'}') {
            return None;
        }
        self.line = length;
        Some((self.buffer.offset(), line))
    }

    /// Consumes the line that [`Frames::whole_line`] returned.
    pub(super) fn consume_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        self.buffer.consume(line);
    }

    /// The next frame with its offset; `None` at the end of the stream.
    pub(super) fn next_frame(&mut self) -> io::Result<Option<(u64, Frame<'_>)>> {
        loop {
            self.skip_between();
            let Some(first) = self.buffer.unread().first().copied() else {
                self.buffer.end()?;
                return Ok(None);
            };
            if let Some(length) = self.wrapper_length() {
                self.wrappers = self.wrappers.saturating_add(1);
                self.buffer.consume(length);
                continue;
            }
            if first == b'{' {
                return self.frame_value().map(Some);
            }
            if first == b']' {
                self.buffer.consume(1);
                if self.wrappers > 0 {
                    self.leave_wrapper();
                }
                continue;
            }
            let offset = self.buffer.offset();
            self.skip_line();
            return Ok(Some((offset, Frame::Text)));
        }
    }

    fn frame_value(&mut self) -> io::Result<(u64, Frame<'_>)> {
        let offset = self.buffer.offset();
        let mut scan = Scan::default();
        loop {
            match self.scan(&mut scan) {
                Step::Closed(length) => {
                    let value = self.buffer.take(length);
                    if length > self.record_bytes_max {
                        return Ok((offset, Frame::TooLarge(length as u64)));
                    }
                    return Ok((offset, Frame::Value(value)));
                }
                Step::Cut(length) => {
                    self.buffer.consume(length);
                    return Ok((offset, Frame::Cut));
                }
                Step::More if self.buffer.ended() => {
                    self.buffer.consume(usize::MAX);
                    self.buffer.end()?;
                    return Ok((offset, Frame::End));
                }
                Step::More if scan.at > self.record_bytes_max => {
                    let skipped = self.skip_to_record_line();
                    return Ok((offset, Frame::TooLarge(skipped)));
                }
                Step::More => self.buffer.fill(),
            }
        }
    }

    /// Goes on scanning one object from where `scan` stands.
    fn scan(&self, scan: &mut Scan) -> Step {
        let bytes = self.buffer.unread();
        while let Some(byte) = bytes.get(scan.at).copied() {
            if scan.in_string {
                if scan.escaped {
                    scan.escaped = false;
                } else {
                    let rest = bytes.get(scan.at..).unwrap_or_default();
                    let Some(skip) = memchr::memchr3(b'"', b'\\', b'\n', rest) else {
                        scan.at = bytes.len();
                        return Step::More;
                    };
                    scan.at = scan.at.saturating_add(skip);
                    match bytes.get(scan.at) {
                        Some(b'"') => scan.in_string = false,
                        Some(b'\\') => scan.escaped = true,
                        // JSON has no raw line feed in a string: the record was cut here.
                        _ => return Step::Cut(scan.at),
                    }
                }
                scan.at = scan.at.saturating_add(1);
                continue;
            }
            match byte {
                b'"' => scan.in_string = true,
                b'{' | b'[' => scan.depth = scan.depth.saturating_add(1),
                b'}' | b']' => {
                    scan.depth = scan.depth.saturating_sub(1);
                    if scan.depth == 0 {
                        return Step::Closed(scan.at.saturating_add(1));
                    }
                }
                b'\n' => match bytes.get(scan.at.saturating_add(1)) {
                    None if !self.buffer.ended() => return Step::More,
                    // A record that begins at the start of a line while one is open.
                    Some(b'{') => return Step::Cut(scan.at),
                    _ => {}
                },
                _ => {}
            }
            scan.at = scan.at.saturating_add(1);
        }
        Step::More
    }

    /// Skips what may stand between records: white space, commas, list openings, record
    /// separators (RFC 7464) and a byte order mark.
    fn skip_between(&mut self) {
        loop {
            if self.first && self.buffer.unread().len() < 3 && !self.buffer.ended() {
                self.buffer.fill();
                continue;
            }
            if std::mem::take(&mut self.first) && self.buffer.unread().starts_with(b"\xef\xbb\xbf")
            {
                self.buffer.consume(3);
            }
            let skip = self
                .buffer
                .unread()
                .iter()
                .take_while(|b| b.is_ascii_whitespace() || matches!(b, b',' | b'[' | 0x1e))
                .count();
            self.buffer.consume(skip);
            // A wrapper's opening must be seen whole to be told from a record; a line that ends an object
            // is told at once, because nothing may follow it for a long time.
            let unread = self.buffer.unread();
            if self.buffer.ended() || unread.len() >= 64 {
                return;
            }
            let line = memchr::memchr(b'\n', unread).and_then(|end| unread.get(..end));
            if line.is_some_and(|line| line.trim_ascii_end().ends_with(b"}")) {
                return;
            }
            let before = self.buffer.unread().len();
            self.buffer.fill();
            if self.buffer.unread().len() == before && self.buffer.ended() {
                return;
            }
        }
    }

    /// The length of `{"Records":[`, when that is what stands next.
    fn wrapper_length(&self) -> Option<usize> {
        let whole = self.buffer.unread();
        let rest = whole.strip_prefix(b"{")?.trim_ascii_start().strip_prefix(b"\"")?;
        let key = WRAPPER_KEYS
            .iter()
            .find(|key| rest.strip_prefix(**key).is_some_and(|after| after.starts_with(b"\"")))?;
        let rest = rest.get(key.len().saturating_add(1)..)?.trim_ascii_start();
        let rest = rest.strip_prefix(b":")?.trim_ascii_start().strip_prefix(b"[")?;
        // A list of something else than objects is an ordinary field.
        let inner = rest.trim_ascii_start();
        (inner.starts_with(b"{") || inner.starts_with(b"]"))
            .then(|| whole.len().saturating_sub(rest.len()))
    }

    /// Skips the rest of a wrapper object after its list.
    fn leave_wrapper(&mut self) {
        self.wrappers = self.wrappers.saturating_sub(1);
        let mut scan = Scan { depth: 1, ..Scan::default() };
        loop {
            match self.scan(&mut scan) {
                Step::Closed(length) | Step::Cut(length) => {
                    self.buffer.consume(length);
                    return;
                }
                Step::More if self.buffer.ended() || scan.at > self.record_bytes_max => {
                    self.buffer.consume(scan.at);
                    return;
                }
                Step::More => self.buffer.fill(),
            }
        }
    }

    fn skip_line(&mut self) -> u64 {
        let mut skipped = 0_u64;
        loop {
            let unread = self.buffer.unread();
            if let Some(at) = memchr::memchr(b'\n', unread) {
                self.buffer.consume(at.saturating_add(1));
                return skipped.saturating_add(at as u64);
            }
            let length = unread.len();
            skipped = skipped.saturating_add(length as u64);
            self.buffer.consume(length);
            if self.buffer.ended() {
                return skipped;
            }
            self.buffer.fill();
        }
    }

    /// After a record over the limit: on to the next line that begins a record.
    fn skip_to_record_line(&mut self) -> u64 {
        let mut skipped = 0_u64;
        loop {
            skipped = skipped.saturating_add(self.skip_line()).saturating_add(1);
            if self.buffer.unread().is_empty() && !self.buffer.ended() {
                self.buffer.fill();
            }
            if self.buffer.unread().first().is_none_or(|byte| *byte == b'{') {
                return skipped;
            }
        }
    }
}

#[cfg(test)]
mod tests;
