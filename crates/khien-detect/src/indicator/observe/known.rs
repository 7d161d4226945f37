//! Texts that were read before, and what they showed: logs say the same things again and again.

use std::collections::HashMap;
use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use indexmap::{Equivalent, IndexSet};

use super::ObservableKind;
use crate::indicator::set::token::HexRuns;

/// Reading a text is read.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Reading {
    /// Tokens of all kinds.
    Text,
    /// As [`Reading::Text`], of a field that holds a version, in which dotted numbers are no address.
    Version,
    /// The whole is a path.
    Path,
    /// The whole is the name or address of a host.
    HostName,
    /// The whole is a hash.
    Hash,
    /// The whole is the name of a signer.
    Signer,
    /// The whole is an HTTP user agent.
    UserAgent,
}

const READINGS: usize = 7;

impl Reading {
    /// Whether it is clear at a glance that a text shows nothing. Most texts of a record are times,
    /// ids and plain words, each another: looking them up would cost more than reading them.
    pub(super) fn cannot_show(self, text: &str) -> bool {
        let bytes = text.as_bytes();
        match self {
            Self::Text | Self::Version => {
                let has_mark = bytes.iter().fold(false, |any, byte| any | is_mark(*byte));
                if has_mark { is_time(bytes) } else { HexRuns::of(text).next().is_none() }
            }
            _ => bytes.is_empty(),
        }
    }
}

/// One of these is in every name, address, URL and path.
const fn is_mark(byte: u8) -> bool {
    matches!(byte, b'.' | b':' | b'/' | b'\\' | b'%' | b'~')
}

/// Whether a text is a date and a time of day: `2023-03-29 07:12:03.138`, `2023-03-29T07:12:03Z`.
fn is_time(bytes: &[u8]) -> bool {
    const SHAPE: &[u8; 19] = b"0000-00-00 00:00:00";
    let Some((begin, rest)) = bytes.split_at_checked(SHAPE.len()) else { return false };
    let is_shaped = begin.iter().zip(SHAPE).all(|(byte, shape)| match shape {
        b'0' => byte.is_ascii_digit(),
        b' ' => matches!(byte, b' ' | b'T'),
        mark => byte == mark,
    });
    let rest = rest.strip_suffix(b"Z").unwrap_or(rest);
    let fraction = rest.strip_prefix(b".").unwrap_or(rest);
    let is_fraction = rest.is_empty() || fraction.len() < rest.len();
    is_shaped && is_fraction && fraction.iter().all(u8::is_ascii_digit)
}

#[derive(Debug, Eq, Hash, PartialEq)]
struct Entry {
    kind: ObservableKind,
    value: Box<str>,
}

#[derive(Hash)]
struct Wanted<'a> {
    kind: ObservableKind,
    value: &'a str,
}

impl Equivalent<Entry> for Wanted<'_> {
    fn equivalent(&self, entry: &Entry) -> bool {
        self.kind == entry.kind && *self.value == *entry.value
    }
}

/// Observables by number, and texts that were read before with the numbers of what they showed.
#[derive(Debug, Default)]
pub(super) struct Known {
    observables: IndexSet<Entry, RandomState>,
    texts: [HashMap<Box<str>, Box<[u32]>, RandomState>; READINGS],
    /// Marks of texts that were read once: most of those are never met again (times, ids), and
    /// only what comes a second time is worth remembering.
    once: Vec<u32>,
    hasher: RandomState,
    bytes: usize,
}

/// A text longer than this, in bytes, is read anew each time.
const TEXT_BYTES_MAX: usize = 1024;

/// Marks kept of texts that were read once; a power of two.
const ONCE: usize = 1 << 14;

/// Bound: roughly the bytes after which all is forgotten.
const BYTES_MAX: usize = 8 << 20;

impl Known {
    /// The number of an observable.
    pub(super) fn number(&mut self, kind: ObservableKind, value: &str) -> u32 {
        let at = self.observables.get_index_of(&Wanted { kind, value }).unwrap_or_else(|| {
            self.bytes = self.bytes.saturating_add(value.len().saturating_add(48));
            self.observables.insert_full(Entry { kind, value: value.into() }).0
        });
        u32::try_from(at).unwrap_or(u32::MAX)
    }

    /// The observable of a number.
    pub(super) fn get(&self, number: u32) -> Option<(ObservableKind, &str)> {
        let entry = self.observables.get_index(usize::try_from(number).ok()?)?;
        Some((entry.kind, &entry.value))
    }

    /// What a text showed when it was read before.
    pub(super) fn shown(&self, reading: Reading, text: &str) -> Option<&[u32]> {
        self.texts.get(reading as usize)?.get(text).map(AsRef::as_ref)
    }

    /// Keeps what a text showed, when it is met for the second time.
    pub(super) fn remember(&mut self, reading: Reading, text: &str, numbers: &[u32]) {
        if text.len() > TEXT_BYTES_MAX {
            return;
        }
        self.once.resize(ONCE, 0);
        let hash = self.hasher.hash_one((reading as usize, text));
        #[expect(clippy::cast_possible_truncation, reason = "a mark is a part of the hash")]
        let (slot, mark) = (hash as usize & (ONCE - 1), (hash >> 32) as u32);
        match self.once.get_mut(slot) {
            Some(known) if *known == mark => {}
            Some(known) => {
                *known = mark;
                return;
            }
            None => return,
        }
        let kept = text.len().saturating_add(numbers.len().saturating_mul(4));
        self.bytes = self.bytes.saturating_add(kept.saturating_add(48));
        if let Some(texts) = self.texts.get_mut(reading as usize) {
            texts.insert(text.into(), numbers.into());
        }
    }

    /// Whether it is time to forget.
    pub(super) const fn is_full(&self) -> bool {
        self.bytes > BYTES_MAX
    }

    /// Forgets all; numbers begin anew.
    pub(super) fn forget(&mut self) {
        self.observables.clear();
        self.texts.iter_mut().for_each(HashMap::clear);
        self.bytes = 0;
    }
}
