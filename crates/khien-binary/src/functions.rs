//! Functions as hashes of their instructions with addresses left out.
//!
//! A rebuilt program moves almost every function and changes almost none. [`hash`] therefore skips
//! what depends on place (branch targets, RIP-relative and absolute addresses, `ADRP` pages) and
//! keeps what the author wrote: operations, registers, constants, offsets in structures. Equal
//! hashes mean equal code up to place; they are comparable only between runs of the same version of
//! this program, and nothing else is promised about their value.
//!
//! It does not find functions: the readers of each format know where unwind tables and symbols are.

use std::ops::Range;

mod arm64;
mod flow;
mod mix;
mod x86;

use crate::image::Function;

/// Processors whose instructions are read here.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Machine {
    /// 64-bit ARM, little-endian.
    Aarch64,
    /// 32-bit x86.
    X86,
    /// 64-bit x86.
    X86_64,
}

/// A run of code as it lies in the file and in memory.
#[derive(Clone, Debug)]
pub struct Code<'a> {
    /// The bytes.
    pub bytes: &'a [u8],
    /// Address of the first byte when loaded, in the same terms as [`Extent`].
    pub address: u64,
    /// Place of the first byte in the file.
    pub offset: u64,
    /// Addresses that the whole image takes when loaded: constants in this range are taken for
    /// addresses and left out. Empty where the image starts at 0 (then small constants would all be
    /// taken for addresses).
    pub image: Range<u64>,
}

/// Where a function is.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Extent {
    /// Address of its first byte.
    pub start: u64,
    /// Address after its last byte; `None` where the table gives starts only: then it ends at the
    /// next start, padding left out.
    pub end: Option<u64>,
}

/// Hashes the functions of one run of code; the result is in order of place.
///
/// `extents` may come in any order and may lie: those outside `code` are passed over, and each ends
/// at the next start at the latest, so that the work is linear in the code.
pub fn hash(code: &Code<'_>, machine: Machine, extents: &[Extent]) -> Vec<Function> {
    let mut extents = extents.to_vec();
    extents.sort_unstable();
    extents.dedup_by_key(|extent| extent.start);
    let mut hasher = Hasher::new(code, machine);
    let mut all = Vec::with_capacity(extents.len());
    for (index, extent) in extents.iter().enumerate() {
        let next = extents.get(index + 1).map_or(u64::MAX, |next| next.start);
        let end = extent.end.map_or(next, |end| end.min(next));
        let Some(span) = span(code, extent.start..end) else { continue };
        let start = span.start;
        let (hash, len) = hasher.hash(span);
        // A function longer than 4 GiB is no function.
        let (Ok(len), Ok(start)) = (u32::try_from(len), u64::try_from(start)) else { continue };
        if len > 0 {
            all.push(Function { hash, offset: code.offset.saturating_add(start), len });
        }
    }
    all
}

/// Hash of the code at an entry point: its function, and the one it jumps to at its end, because
/// start-up code is often a stub. Follows branches, so it needs no tables. `None` where there is no
/// code.
pub fn entry(code: &Code<'_>, machine: Machine, address: u64) -> Option<u64> {
    let mut mix = mix::Mix::new();
    let mut hasher = Hasher::new(code, machine);
    let mut next = Some(address);
    // Two functions: the stub and the real one.
    for _ in 0..2 {
        let Some(start) = next else { break };
        let Some(followed) = flow::follow(code, machine, start) else { break };
        let Some(span) = span(code, start..followed.end) else { break };
        mix.word(hasher.hash(span).0);
        next = followed.tail;
    }
    (next != Some(address)).then(|| mix.finish())
}

/// Functions reached by direct calls from some addresses, those included, in the order in which they
/// were found. For code without tables; linear in the code.
pub fn discover(code: &Code<'_>, machine: Machine, seeds: &[u64]) -> Vec<Extent> {
    flow::discover(code, machine, seeds)
}

/// Pairs of addresses, ascending, that the code at `start` and what it calls pass as the first two
/// arguments of calls (x86 only): how a C runtime is told its list of initialisers.
pub fn pairs_passed(code: &Code<'_>, machine: Machine, start: u64) -> Vec<(u64, u64)> {
    flow::pairs_passed(code, machine, start)
}

/// The part of the code that an extent covers, as a range of its bytes; `None` when empty.
fn span(code: &Code<'_>, extent: Range<u64>) -> Option<Range<usize>> {
    let start = usize::try_from(extent.start.checked_sub(code.address)?).ok()?;
    let end = usize::try_from(extent.end.saturating_sub(code.address)).unwrap_or(usize::MAX);
    let end = end.min(code.bytes.len());
    (start < end).then_some(start..end)
}

/// One decoder for all functions of a run: making one costs more than a short function.
enum Hasher<'a> {
    Arm64(arm64::Hasher<'a>),
    X86(Box<x86::Hasher<'a>>),
}

impl<'a> Hasher<'a> {
    fn new(code: &Code<'a>, machine: Machine) -> Self {
        match machine {
            Machine::Aarch64 => Self::Arm64(arm64::Hasher::new(code)),
            Machine::X86 => Self::X86(Box::new(x86::Hasher::new(code, 32))),
            Machine::X86_64 => Self::X86(Box::new(x86::Hasher::new(code, 64))),
        }
    }

    /// Hash and length of a span, trailing padding left out of both.
    fn hash(&mut self, span: Range<usize>) -> (u64, usize) {
        match self {
            Self::Arm64(hasher) => hasher.hash(span),
            Self::X86(hasher) => hasher.hash(span),
        }
    }
}

#[cfg(test)]
mod tests;
