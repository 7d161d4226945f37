//! One normalised thing that happened: an envelope, and the source fields as read.
//!
//! An [`Event`] is flat. Every name and every text value lives in one arena, so reading the next
//! record into the same event allocates nothing once the buffers have grown. Nested input becomes
//! dotted names (`winlog.event_data.Image`), a list becomes the same name several times.

use std::fmt;
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::log_source::LogSource;
use crate::time::Timestamp;

mod class;
mod json;
mod scalar;

pub use class::EventClass;
pub use scalar::Scalar;

/// The most fields one event keeps; more are counted in [`Event::fields_dropped`].
///
/// Bound: name lookup is linear in the worst (adversarial) case, so this also bounds its cost.
pub const FIELDS_MAX: usize = 4096;

/// A piece of the event's arena: start and length in bytes.
#[derive(Clone, Copy, Debug, Default)]
struct Span {
    start: u32,
    len: u32,
}

#[derive(Clone, Copy, Debug)]
enum Stored {
    Str(Span),
    Int(i64),
    Float(f64),
    Bool(bool),
    Null,
}

/// A field name with its hash, for readers that push the same names for every record.
#[derive(Clone, Debug)]
pub struct FieldName {
    text: Box<str>,
    hash: u64,
}

impl FieldName {
    /// Prepares a name.
    pub fn new(text: &str) -> Self {
        Self { text: text.into(), hash: hash_name(text) }
    }

    /// The name itself.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// Where the probe for a name ended.
#[derive(Clone, Copy)]
enum Spot {
    /// At the first field of that name.
    Taken(usize),
    /// At a free place in the table.
    Free(usize),
}

/// Where a field comes from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Origin {
    /// The record said so.
    Read,
    /// A normaliser offers the same value under a second name (4688's `NewProcessName` as `Image`).
    Derived,
}

#[derive(Clone, Copy, Debug)]
struct Field {
    name: Span,
    value: Stored,
    /// The low half of the name's hash.
    hash: u32,
    /// The next field of the same name, as index + 1; 0 ends the list.
    next: u16,
    /// The last field of the same name, as index + 1; kept on the first field only, 0 elsewhere.
    last: u16,
    origin: Origin,
}

/// A content-derived identity: sending the same record twice gives the same id.
///
/// The first 128 bits of BLAKE3 over host, time and all fields as read.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct EventId(u128);

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// One normalised record. See the module text for its shape.
#[derive(Clone, Debug)]
pub struct Event {
    arena: String,
    /// Names of this event's fields and of earlier ones.
    names: String,
    /// By place: the name of the last event that had a field there. Records of one log have the same
    /// names in the same order, so it is compared before it is hashed and kept.
    expected: Vec<Option<(Span, u64)>>,
    fields: Vec<Field>,
    /// Open addressing over field indices + 1; its length is a power of two.
    table: Vec<u16>,
    shape: u64,
    layout: u64,
    fields_dropped: u32,
    host: Span,
    /// When it happened, by the clock of the machine that saw it.
    pub time: Option<Timestamp>,
    /// What kind of thing happened.
    pub class: EventClass,
    /// The Sigma log sources that the event belongs to.
    pub source: Arc<LogSource>,
}

const TABLE_MIN: usize = 128;

/// Bound: bytes of names kept from event to event.
const NAMES_BYTES_MAX: usize = 64 << 10;

/// An odd number without a pattern: the golden ratio's fraction of 2⁶⁴.
const LAYOUT_FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

impl Default for Event {
    fn default() -> Self {
        Self {
            arena: String::new(),
            names: String::new(),
            expected: Vec::new(),
            fields: Vec::new(),
            table: vec![0; TABLE_MIN],
            shape: 0,
            layout: 0,
            fields_dropped: 0,
            host: Span::default(),
            time: None,
            class: EventClass::Other,
            source: LogSource::unknown(),
        }
    }
}

impl Event {
    /// Makes an empty event.
    pub fn new() -> Self {
        Self::default()
    }

    /// Empties the event and keeps its buffers, ready for the next record.
    pub fn clear(&mut self) {
        self.arena.clear();
        if self.names.len() > NAMES_BYTES_MAX {
            self.names.clear();
            self.expected.clear();
        }
        self.fields.clear();
        self.table.fill(0);
        self.shape = 0;
        self.layout = 0;
        self.fields_dropped = 0;
        self.host = Span::default();
        self.time = None;
        self.class = EventClass::Other;
    }

    /// Adds a field as read. A name that is there already becomes a list.
    pub fn push(&mut self, name: &str, value: Scalar<'_>) {
        self.push_with_origin(name, value, Origin::Read);
    }

    /// As [`Event::push`], under a name prepared before.
    pub fn push_named(&mut self, name: &FieldName, value: Scalar<'_>) {
        self.push_hashed(&name.text, Some(name.hash), value, Origin::Read);
    }

    /// Adds a field under a second name, unless the record itself has that name.
    pub fn push_derived(&mut self, name: &str, value: Scalar<'_>) {
        if !self.has(name) {
            self.push_with_origin(name, value, Origin::Derived);
        }
    }

    /// Offers field `from` (all its values) under the name `to` too, unless `to` exists.
    pub fn alias(&mut self, from: &str, to: &str) {
        if self.has(to) {
            return;
        }
        let mut at = self.find(from);
        let Some((name, hash)) = at.and_then(|_| self.name(to, None)) else { return };
        while let Some(index) = at {
            let Some(field) = self.fields.get(index) else { return };
            let (value, next) = (field.value, field.next);
            self.insert(name, hash, value, Origin::Derived);
            at = usize::from(next).checked_sub(1);
        }
    }

    /// Offers every field whose name starts with `prefix` under the rest of its name too, unless
    /// that name exists. Costs no copy of text.
    pub fn alias_prefix(&mut self, prefix: &str) {
        let read = self.fields.len();
        for index in 0..read {
            let Some(field) = self.fields.get(index).copied() else { return };
            let name = self.name_text(field.name);
            let Some(rest) = name.strip_prefix(prefix).filter(|rest| !rest.is_empty()) else {
                continue;
            };
            let hash = hash_name(rest);
            // A name that was there before this call stays as it was; one that this call made is
            // a list going on.
            if self.find_hashed(rest, hash).is_some_and(|first| first < read) {
                continue;
            }
            let skip = u32::try_from(prefix.len()).unwrap_or(u32::MAX);
            let span = Span {
                start: field.name.start.saturating_add(skip),
                len: field.name.len.saturating_sub(skip),
            };
            self.insert(span, hash, field.value, Origin::Derived);
        }
    }

    /// Says where the event was seen: the host's name.
    pub fn set_host(&mut self, host: &str) {
        if let Some(span) = self.store(host) {
            self.host = span;
        }
    }

    /// As [`Event::set_host`], from the first value of a field where that is text and not empty. Costs no
    /// copy of text; says whether it was.
    pub fn set_host_from(&mut self, name: &str) -> bool {
        let first = self.find(name).and_then(|place| self.fields.get(place));
        match first.map(|field| field.value) {
            Some(Stored::Str(span)) if span.len > 0 => {
                self.host = span;
                true
            }
            _ => false,
        }
    }

    /// The name of the host that the event was seen on, or an empty string.
    pub fn host(&self) -> &str {
        self.text(self.host)
    }

    /// Whether a field of this name exists (names are case-sensitive, as in Sigma).
    pub fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// The first value of a field.
    pub fn get(&self, name: &str) -> Option<Scalar<'_>> {
        let field = self.fields.get(self.find(name)?)?;
        Some(self.scalar(field.value))
    }

    /// The first value of a field, and whether it has more; one look-up for both.
    pub fn get_with_more(&self, name: &str) -> Option<(Scalar<'_>, bool)> {
        let field = self.fields.get(self.find(name)?)?;
        Some((self.scalar(field.value), field.next != 0))
    }

    /// The first value of a field, when it is text and not empty.
    pub fn text_of(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str().filter(|text| !text.is_empty())
    }

    /// As [`Event::text_of`], for what the record itself says under this name.
    pub fn text_read_of(&self, name: &str) -> Option<&str> {
        let first = self.fields.get(self.find(name)?)?;
        let read = self.chain(first).find(|field| field.origin == Origin::Read)?;
        self.scalar(read.value).as_str().filter(|text| !text.is_empty())
    }

    /// Every value of a field, in the order read.
    pub fn values<'e>(&'e self, name: &str) -> impl Iterator<Item = Scalar<'e>> + 'e {
        let mut at = self.find(name);
        std::iter::from_fn(move || {
            let field = self.fields.get(at?)?;
            at = usize::from(field.next).checked_sub(1);
            Some(self.scalar(field.value))
        })
    }

    /// Whether a field holds more than one value.
    pub fn is_list(&self, name: &str) -> bool {
        self.get_with_more(name).is_some_and(|(_, more)| more)
    }

    /// Every field with its origin, in the order read; a list appears as repeated names.
    pub fn fields(&self) -> impl Iterator<Item = (&str, Scalar<'_>, Origin)> {
        self.fields.iter().map(|f| (self.name_text(f.name), self.scalar(f.value), f.origin))
    }

    /// Every name once, in the order of first appearance.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().filter(|f| f.last != 0).map(|f| self.name_text(f.name))
    }

    /// How many fields the event has, derived ones included.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether the event has no field.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// How many fields did not fit ([`FIELDS_MAX`]) and were left out.
    pub const fn fields_dropped(&self) -> u32 {
        self.fields_dropped
    }

    /// A fingerprint of the set of field names, independent of their order and values.
    ///
    /// Two events with the same fingerprint have the same names (but for 64-bit chance), so what
    /// was learnt about one's names need not be looked up for the other.
    pub const fn shape(&self) -> u64 {
        self.shape
    }

    /// A fingerprint of the names of all fields in their order, with where each comes from.
    ///
    /// Hostile: names can be made so that two layouts have one fingerprint; who keeps something by
    /// it asks [`Event::has_layout`] too.
    pub const fn layout(&self) -> u64 {
        self.layout
    }

    /// Whether the fields are these, in this order.
    pub fn has_layout<'n>(
        &self,
        mut fields: impl ExactSizeIterator<Item = (&'n str, Origin)>,
    ) -> bool {
        fields.len() == self.fields.len()
            && self.fields.iter().all(|field| {
                fields.next().is_some_and(|(name, origin)| {
                    field.origin == origin && self.name_text(field.name) == name
                })
            })
    }

    /// The value of the field at a place, counted as [`Event::fields`] does.
    #[inline]
    pub fn value_at(&self, place: usize) -> Option<Scalar<'_>> {
        Some(self.scalar(self.fields.get(place)?.value))
    }

    /// The content-derived id (see [`EventId`]).
    pub fn id(&self) -> EventId {
        let mut hasher = blake3::Hasher::new();
        let mut part = |bytes: &[u8]| {
            hasher.update(&u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_le_bytes());
            hasher.update(bytes);
        };
        part(self.host().as_bytes());
        part(&self.time.map_or(i64::MIN, Timestamp::as_nanos).to_le_bytes());
        for (name, value, origin) in self.fields() {
            if origin == Origin::Read {
                part(name.as_bytes());
                match value {
                    Scalar::Str(text) => part(text.as_bytes()),
                    other => part(other.to_string().as_bytes()),
                }
            }
        }
        let mut first = [0_u8; 16];
        first.copy_from_slice(hasher.finalize().as_bytes().first_chunk::<16>().unwrap_or(&[0; 16]));
        EventId(u128::from_be_bytes(first))
    }

    /// The fields as read, as a flat JSON object; a list becomes a JSON array.
    pub fn to_json(&self) -> serde_json::Value {
        let mut map = serde_json::Map::new();
        for (name, value, origin) in self.fields() {
            if origin == Origin::Derived {
                continue;
            }
            match map.get_mut(name) {
                None => {
                    map.insert(name.to_owned(), value.to_json());
                }
                Some(serde_json::Value::Array(list)) => list.push(value.to_json()),
                Some(single) => {
                    let first = single.take();
                    *single = serde_json::Value::Array(vec![first, value.to_json()]);
                }
            }
        }
        serde_json::Value::Object(map)
    }

    /// A field and the later ones of its name.
    fn chain<'e>(&'e self, first: &'e Field) -> impl Iterator<Item = &'e Field> + 'e {
        std::iter::successors(Some(first), |field| {
            self.fields.get(usize::from(field.next).checked_sub(1)?)
        })
    }

    fn push_with_origin(&mut self, name: &str, value: Scalar<'_>, origin: Origin) {
        self.push_hashed(name, None, value, origin);
    }

    fn push_hashed(&mut self, name: &str, hash: Option<u64>, value: Scalar<'_>, origin: Origin) {
        if self.fields.len() >= FIELDS_MAX {
            self.fields_dropped = self.fields_dropped.saturating_add(1);
            return;
        }
        let value = match value {
            Scalar::Str(text) => self.store(text).map(Stored::Str),
            Scalar::Int(number) => Some(Stored::Int(number)),
            Scalar::Float(number) => Some(Stored::Float(number)),
            Scalar::Bool(flag) => Some(Stored::Bool(flag)),
            Scalar::Null => Some(Stored::Null),
        };
        match (self.name(name, hash), value) {
            (Some((span, hash)), Some(value)) => {
                let spot = self.probe(name, low_half(hash));
                self.insert_at(spot, span, hash, value, origin);
            }
            _ => self.fields_dropped = self.fields_dropped.saturating_add(1),
        }
    }

    /// Keeps the name of the next field; `None` when the names would pass 4 GiB.
    #[inline]
    fn name(&mut self, name: &str, hash: Option<u64>) -> Option<(Span, u64)> {
        let place = self.fields.len();
        if let Some((span, hash)) = self.expected.get(place).copied().flatten()
            && self.name_text(span) == name
        {
            return Some((span, hash));
        }
        let known = (store(&mut self.names, name)?, hash.unwrap_or_else(|| hash_name(name)));
        if self.expected.len() <= place {
            self.expected.resize(place.saturating_add(1), None);
        }
        if let Some(expected) = self.expected.get_mut(place) {
            *expected = Some(known);
        }
        Some(known)
    }

    #[inline]
    fn name_text(&self, span: Span) -> &str {
        cut(&self.names, span)
    }

    fn insert(&mut self, name: Span, hash: u64, value: Stored, origin: Origin) {
        if self.fields.len() >= FIELDS_MAX {
            self.fields_dropped = self.fields_dropped.saturating_add(1);
            return;
        }
        let spot = self.probe(self.name_text(name), low_half(hash));
        self.insert_at(spot, name, hash, value, origin);
    }

    // Inlined, so that the value is built in place: passing the enum on stalls on its tag.
    #[inline(always)]
    fn insert_at(&mut self, spot: Spot, name: Span, hash: u64, value: Stored, origin: Origin) {
        let low = low_half(hash);
        self.layout = (self.layout ^ hash ^ u64::from(origin == Origin::Derived))
            .wrapping_mul(LAYOUT_FACTOR)
            .rotate_left(29);
        let number = u16::try_from(self.fields.len() + 1).unwrap_or(u16::MAX);
        let last = if matches!(spot, Spot::Taken(_)) { 0 } else { number };
        self.fields.push(Field { name, value, hash: low, next: 0, last, origin });
        match spot {
            Spot::Taken(first) => {
                let tail = self.fields.get(first).map_or(0, |f| usize::from(f.last));
                if let Some(field) = self.fields.get_mut(tail.saturating_sub(1)) {
                    field.next = number;
                }
                if let Some(field) = self.fields.get_mut(first) {
                    field.last = number;
                }
            }
            Spot::Free(slot) => {
                self.shape = self.shape.wrapping_add(hash | 1);
                if self.fields.len() * 2 > self.table.len() {
                    self.grow();
                } else if let Some(free) = self.table.get_mut(slot) {
                    *free = number;
                }
            }
        }
    }

    fn grow(&mut self) {
        let size = (self.table.len() * 2).max(TABLE_MIN);
        self.table.clear();
        self.table.resize(size, 0);
        for index in 0..self.fields.len() {
            let Some(field) = self.fields.get(index).copied() else { break };
            // Only the first field of a name is in the table; later ones hang on its list.
            if self.find_hashed_u32(self.name_text(field.name), field.hash).is_none() {
                place(&mut self.table, field.hash, u16::try_from(index + 1).unwrap_or(u16::MAX));
            }
        }
    }

    fn find(&self, name: &str) -> Option<usize> {
        self.find_hashed(name, hash_name(name))
    }

    fn find_hashed(&self, name: &str, hash: u64) -> Option<usize> {
        self.find_hashed_u32(name, low_half(hash))
    }

    fn find_hashed_u32(&self, name: &str, hash: u32) -> Option<usize> {
        match self.probe(name, hash) {
            Spot::Taken(index) => Some(index),
            Spot::Free(_) => None,
        }
    }

    fn probe(&self, name: &str, hash: u32) -> Spot {
        let mask = self.table.len() - 1;
        let mut slot = hash as usize & mask;
        loop {
            let number = self.table.get(slot).map_or(0, |number| usize::from(*number));
            let Some(index) = number.checked_sub(1) else { return Spot::Free(slot) };
            let same = |f: &Field| f.hash == hash && self.name_text(f.name) == name;
            if self.fields.get(index).is_some_and(same) {
                return Spot::Taken(index);
            }
            slot = (slot + 1) & mask;
        }
    }

    fn store(&mut self, text: &str) -> Option<Span> {
        store(&mut self.arena, text)
    }

    #[inline]
    fn text(&self, span: Span) -> &str {
        cut(&self.arena, span)
    }

    #[inline]
    fn scalar(&self, value: Stored) -> Scalar<'_> {
        match value {
            Stored::Str(span) => Scalar::Str(self.text(span)),
            Stored::Int(number) => Scalar::Int(number),
            Stored::Float(number) => Scalar::Float(number),
            Stored::Bool(flag) => Scalar::Bool(flag),
            Stored::Null => Scalar::Null,
        }
    }
}

/// Copies text into an arena; `None` when the arena would pass 4 GiB.
fn store(arena: &mut String, text: &str) -> Option<Span> {
    let start = u32::try_from(arena.len()).ok()?;
    let len = u32::try_from(text.len()).ok()?;
    start.checked_add(len)?;
    arena.push_str(text);
    Some(Span { start, len })
}

#[inline]
fn cut(arena: &str, span: Span) -> &str {
    let start = span.start as usize;
    arena.get(start..start + span.len as usize).unwrap_or_default()
}

fn place(table: &mut [u16], hash: u32, number: u16) {
    let mask = table.len() - 1;
    let mut slot = hash as usize & mask;
    while table.get(slot).is_some_and(|taken| *taken != 0) {
        slot = (slot + 1) & mask;
    }
    if let Some(free) = table.get_mut(slot) {
        *free = number;
    }
}

/// The half of a hash that is kept.
#[expect(clippy::cast_possible_truncation, reason = "the low half is what is kept")]
const fn low_half(hash: u64) -> u32 {
    hash as u32
}

fn hash_name(name: &str) -> u64 {
    // A fixed seed keeps shapes equal across threads and runs. An attacker who makes names collide
    // gains at most a linear search over FIELDS_MAX fields.
    let mut hasher = foldhash::fast::FixedState::with_seed(0x6b68_6965_6e00).build_hasher();
    hasher.write(name.as_bytes());
    hasher.finish()
}

#[cfg(test)]
mod tests;
