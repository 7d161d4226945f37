//! Sparse tar members in the form that GNU tar writes for PAX archives: a map of the pieces stands
//! before them.
//!
//! Older forms (0.0 and 0.1, with the map in the header) are not expanded here.
//! Source: the GNU tar manual, "PAX Format, Version 1.0".

use std::collections::VecDeque;
use std::io::{self, Read};

/// The map and the pieces begin at multiples of this.
const BLOCK_BYTES: u64 = 512;

/// Bound: pieces of one member.
const PIECES_MAX: u64 = 1 << 16;

/// A sparse member as the file that it was, with zeros between the pieces.
pub(super) struct Sparse<R> {
    stored: R,
    pieces: VecDeque<Piece>,
    at: u64,
    real: u64,
}

struct Piece {
    start: u64,
    end: u64,
}

impl<R: Read> Sparse<R> {
    /// Reads the map.
    ///
    /// # Errors
    ///
    /// `InvalidData` when the map makes no sense, or the stream's own error.
    pub(super) fn new(mut stored: R, real: u64) -> io::Result<Self> {
        let mut taken = 0;
        let count = number(&mut stored, &mut taken)?;
        if count > PIECES_MAX {
            return Err(bad("a sparse member in too many pieces"));
        }
        let mut pieces = VecDeque::new();
        let (mut before, mut stored_bytes) = (0, 0_u64);
        for _ in 0..count {
            let start = number(&mut stored, &mut taken)?;
            let length = number(&mut stored, &mut taken)?;
            let end = start.checked_add(length).filter(|end| start >= before && *end <= real);
            let end = end.ok_or_else(|| bad("pieces of a sparse member overlap"))?;
            if length > 0 {
                // Only the last piece may: readers differ in whether they skip to the block's end.
                if !stored_bytes.is_multiple_of(BLOCK_BYTES) {
                    return Err(bad("a piece of a sparse member ends inside a block"));
                }
                stored_bytes = stored_bytes.saturating_add(length);
                pieces.push_back(Piece { start, end });
            }
            before = end;
        }
        let rest = taken.next_multiple_of(BLOCK_BYTES).saturating_sub(taken);
        if io::copy(&mut (&mut stored).take(rest), &mut io::sink())? < rest {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(Self { stored, pieces, at: 0, real })
    }

    /// Bytes up to the next edge, and whether they are stored or a hole.
    fn stretch(&mut self) -> (u64, bool) {
        while self.pieces.front().is_some_and(|piece| piece.end <= self.at) {
            self.pieces.pop_front();
        }
        match self.pieces.front() {
            Some(piece) if piece.start <= self.at => (piece.end.saturating_sub(self.at), true),
            Some(piece) => (piece.start.saturating_sub(self.at), false),
            None => (self.real.saturating_sub(self.at), false),
        }
    }
}

impl<R: Read> Read for Sparse<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let (left, is_stored) = self.stretch();
        let wanted = usize::try_from(left).unwrap_or(usize::MAX).min(out.len());
        let space = out.get_mut(..wanted).unwrap_or_default();
        let read = if is_stored { self.stored.read(space)? } else { wanted };
        if !is_stored {
            space.fill(0);
        } else if read == 0 && wanted > 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        // Hostile: what the map does not name would be hidden behind it.
        if left == 0 && !out.is_empty() && self.stored.read(&mut [0])? > 0 {
            return Err(bad("a sparse member holds more than its map names"));
        }
        self.at = self.at.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
        Ok(read)
    }
}

/// A decimal number and the line feed behind it.
fn number(stream: &mut impl Read, taken: &mut u64) -> io::Result<u64> {
    let mut value = 0_u64;
    // One more than the digits of the largest number.
    for place in 0..21 {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        *taken = taken.saturating_add(1);
        let digit = match byte[0] {
            b'\n' if place > 0 => return Ok(value),
            digit @ b'0'..=b'9' => u64::from(digit.saturating_sub(b'0')),
            _ => break,
        };
        let next = value.checked_mul(10).and_then(|value| value.checked_add(digit));
        value = next.ok_or_else(|| bad("the map of a sparse member is damaged"))?;
    }
    Err(bad("the map of a sparse member is damaged"))
}

fn bad(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
