//! Decoders, within the budget.

use std::io::Read;

use bytes::Bytes;

use super::{Context, Refusal, Unpacked};
use crate::budget::RATIO_FREE_BYTES;
use crate::field::len_u64;
use crate::node::{Attributes, GapReason, NodeKind};

const CHUNK: usize = 64 << 10;

impl Context<'_, '_> {
    /// Reads a decoder to its end and hands the bytes on as a file.
    ///
    /// # Errors
    ///
    /// A limit was reached. A member that is too large is a gap, not an error.
    pub(crate) fn inflate(
        &mut self,
        name: &str,
        attributes: Attributes,
        decoder: &mut dyn Read,
        expected: Option<u64>,
    ) -> Result<(), Refusal> {
        match self.unpack(name, decoder, expected)? {
            Some(unpacked) => self.member(name, NodeKind::File, attributes, None, unpacked.bytes),
            None => Ok(()),
        }
    }

    /// Reads a decoder to its end within the budget. `None`: larger than a member may be; the gap
    /// is noted and the decoder stands somewhere inside the member. A decoder's error, and a length
    /// other than `expected`, are noted as a gap; what came out before it is returned.
    ///
    /// # Errors
    ///
    /// A limit was reached.
    pub(crate) fn unpack(
        &mut self,
        name: &str,
        decoder: &mut dyn Read,
        expected: Option<u64>,
    ) -> Result<Option<Unpacked>, Refusal> {
        let member_max = self.walk.budget.limits().member_bytes_max;
        if let Some(expected) = expected.filter(|expected| *expected > member_max) {
            let detail = format!("{expected} bytes, more than the {member_max} of a member");
            self.member_gap(name, GapReason::TooManyBytes, detail, Some(expected));
            return Ok(None);
        }
        let mut bytes = Vec::with_capacity(self.first_capacity(expected));
        let mut chunk = vec![0; CHUNK];
        let problem = loop {
            let read = match decoder.read(&mut chunk) {
                Ok(0) => break None,
                Ok(read) => read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                // A dictionary larger than a decoder may have is a limit, not damage.
                Err(error) if error.kind() == std::io::ErrorKind::OutOfMemory => {
                    let detail = format!("needs too much memory: {error}");
                    self.member_gap(name, GapReason::TooManyBytes, detail, None);
                    return Ok(None);
                }
                Err(error) => break Some(error.to_string()),
            };
            if len_u64(bytes.len()) + len_u64(read) > member_max {
                let detail = format!("more than {member_max} bytes in one member");
                self.member_gap(name, GapReason::TooManyBytes, detail, None);
                return Ok(None);
            }
            self.pay(len_u64(read))?;
            bytes.extend_from_slice(chunk.get(..read).unwrap_or_default());
        };
        let complete = self.check_end(name, &bytes, problem, expected);
        Ok(Some(Unpacked { bytes: Bytes::from(bytes), complete }))
    }

    fn check_end(
        &mut self,
        name: &str,
        bytes: &[u8],
        problem: Option<String>,
        expected: Option<u64>,
    ) -> bool {
        let len = len_u64(bytes.len());
        let detail = match (problem, expected) {
            (Some(problem), _) => format!("after {len} bytes: {problem}"),
            (None, Some(expected)) if expected != len => {
                format!("{len} bytes came out, {expected} were announced")
            }
            _ => return true,
        };
        self.member_gap(name, GapReason::Damaged, detail, None);
        false
    }

    /// Reads a decoder within the budget and drops the bytes: for solid blocks, where the next
    /// member comes after this one.
    ///
    /// # Errors
    ///
    /// A limit was reached, or the decoder failed.
    pub(crate) fn skip(&mut self, decoder: &mut dyn Read, mut left: u64) -> Result<(), Refusal> {
        let mut chunk = vec![0; CHUNK];
        while left > 0 {
            let want = usize::try_from(left).unwrap_or(CHUNK).min(CHUNK);
            let read = decoder
                .read(chunk.get_mut(..want).unwrap_or_default())
                .map_err(|error| Refusal::damaged(error.to_string()))?;
            if read == 0 {
                return Ok(());
            }
            self.pay(len_u64(read))?;
            left -= len_u64(read);
        }
        Ok(())
    }

    /// Reads a packed table of the container (not a member) of at most `max` bytes.
    ///
    /// # Errors
    ///
    /// A limit was reached, the decoder failed, or the table is longer.
    pub(crate) fn unpack_structure(
        &mut self,
        decoder: &mut dyn Read,
        max: u64,
    ) -> Result<Bytes, Refusal> {
        let mut bytes = Vec::new();
        let mut chunk = vec![0; CHUNK];
        loop {
            let read = decoder
                .read(&mut chunk)
                .map_err(|error| Refusal::damaged(format!("packed table: {error}")))?;
            if read == 0 {
                return Ok(Bytes::from(bytes));
            }
            if len_u64(bytes.len()) + len_u64(read) > max {
                let detail = format!("a packed table of more than {max} bytes");
                return Err(Refusal::new(GapReason::TooManyBytes, detail));
            }
            self.pay(len_u64(read))?;
            bytes.extend_from_slice(chunk.get(..read).unwrap_or_default());
        }
    }

    fn pay(&mut self, bytes: u64) -> Result<(), Refusal> {
        self.tick()?;
        self.charge(bytes)
    }

    pub(super) fn charge(&mut self, bytes: u64) -> Result<(), Refusal> {
        let container_len = self.len();
        self.walk
            .budget
            .charge_bytes(bytes, &mut self.bytes_out, container_len)
            .map_err(Refusal::limit)
    }

    /// Bound: memory asked for ahead of the bytes is never more than the input allows.
    fn first_capacity(&self, expected: Option<u64>) -> usize {
        let trusted = self.len().saturating_mul(8).min(RATIO_FREE_BYTES);
        usize::try_from(expected.unwrap_or(0).min(trusted)).unwrap_or(0)
    }
}
