//! What to do with each field of an event: worked out once for all events with the same names in
//! the same order.

use std::collections::HashMap;
use std::sync::Arc;

use khien_detect::indicator::Observables;
use khien_model::event::Origin;
use khien_model::{Event, EventClass, Role, Scalar};

use crate::columns::{COLUMNS, ColumnKind};
use crate::program::BYTES;
use crate::words::Words;

/// The places of an event's fields that may hold something, best first.
pub(crate) type Places = Box<[u16]>;

/// What to look at in events of one class with the same names in the same order.
#[derive(Debug)]
pub(crate) struct Layout {
    class: EventClass,
    /// All names one after the other, with where each ends and where its field comes from.
    names: String,
    fields: Box<[(u32, Origin)]>,
    json: Box<[Piece]>,
    json_end: &'static str,
    /// Columns that are simply a role, with its fields.
    pub(crate) columns: Vec<(usize, ColumnKind, Places)>,
    pub(crate) domain: Places,
    pub(crate) hashes: Places,
    pub(crate) product: Places,
    pub(crate) version: Places,
    pub(crate) signer: Places,
    /// The path of the program that the event is about.
    pub(crate) program: Places,
    /// Bytes sent and received.
    bytes: Vec<[Option<u16>; 2]>,
    /// Fields that the record itself has, with whether each holds a version.
    pub(crate) texts: Box<[(u16, bool)]>,
    /// Whether some fields show something only together.
    pub(crate) has_joint: bool,
}

/// What stands around the value of one field in JSON text.
#[derive(Debug)]
struct Piece {
    before: Box<[u8]>,
    place: u16,
    after: &'static str,
}

/// The layouts met so far.
#[derive(Debug, Default)]
pub(crate) struct Layouts {
    known: HashMap<(u64, EventClass), Arc<Layout>, foldhash::fast::RandomState>,
    bytes: usize,
}

/// Bound: bytes of the layouts kept; beyond it they are made anew.
const BYTES_KEPT: usize = 16 << 20;

/// Bound: a layout larger than this is made for its event and not kept. Names that are many or long are
/// hardly those of a log, whose records have them in common.
const LAYOUT_KEPT: usize = 256 << 10;

impl Layouts {
    pub(crate) fn of(&mut self, event: &Event) -> Arc<Layout> {
        let key = (event.layout(), event.class);
        if let Some(layout) = self.known.get(&key).filter(|layout| layout.is_of(event)) {
            return Arc::clone(layout);
        }
        let layout = Arc::new(Layout::new(event));
        let bytes = layout.memory_bytes();
        if bytes > LAYOUT_KEPT {
            return layout;
        }
        self.bytes = self.bytes.saturating_add(bytes);
        if self.bytes > BYTES_KEPT {
            self.known.clear();
            self.bytes = bytes;
        }
        self.known.insert(key, Arc::clone(&layout));
        layout
    }

    /// Roughly the memory that they take, in bytes.
    pub(crate) const fn memory_bytes(&self) -> usize {
        self.bytes
    }
}

impl Layout {
    pub(crate) fn new(event: &Event) -> Self {
        let class = event.class;
        let (mut names, mut fields) = (String::new(), Vec::with_capacity(event.len()));
        let mut first: HashMap<&str, u16> = HashMap::new();
        let mut texts = Vec::new();
        for (place, (name, _, origin)) in (0_u16..).zip(event.fields()) {
            names.push_str(name);
            // Names lie in the event's arena, which ends before 4 GiB.
            fields.push((u32::try_from(names.len()).unwrap_or(u32::MAX), origin));
            first.entry(name).or_insert(place);
            if origin == Origin::Read {
                texts.push((place, name.ends_with("ersion")));
            }
        }
        let places_of = |names: &[&str]| -> Places {
            names.iter().filter_map(|name| first.get(name).copied()).collect()
        };
        let places = |role: Role| places_of(role.names(class));
        let simple = COLUMNS.iter().enumerate().filter_map(|(place, column)| {
            let role = column.role.filter(|_| column.is_of(class))?;
            Some((place, column.kind, places(role))).filter(|(.., places)| !places.is_empty())
        });
        let (json, json_end) = pieces(event);
        Self {
            class,
            names,
            fields: fields.into(),
            json,
            json_end,
            columns: simple.collect(),
            domain: match class {
                EventClass::Dns => places(Role::DnsQuery),
                EventClass::Network | EventClass::Http => places(Role::DestinationName),
                _ => Places::default(),
            },
            hashes: places(Role::Hashes),
            product: places(Role::Product),
            version: places(Role::FileVersion),
            signer: places(Role::Signer),
            program: match class {
                EventClass::Process => places(Role::ProcessImage),
                // A module's version resource is the module's, not the program's.
                EventClass::Module | EventClass::Driver => Places::default(),
                _ => places(Role::ActorImage),
            },
            bytes: BYTES
                .into_iter()
                .map(|(sent, received)| [sent, received].map(|name| first.get(name).copied()))
                .filter(|pair| pair.iter().any(Option::is_some))
                .collect(),
            texts: texts.into(),
            has_joint: Observables::has_joint(event),
        }
    }

    /// Roughly the memory that it takes, in bytes.
    fn memory_bytes(&self) -> usize {
        let pieces: usize =
            self.json.iter().map(|piece| piece.before.len().saturating_add(48)).sum();
        let fields = self.fields.len().saturating_mul(16);
        let texts = self.texts.len().saturating_mul(4);
        self.names
            .len()
            .saturating_add(pieces)
            .saturating_add(fields)
            .saturating_add(texts)
            .saturating_add(512)
    }

    /// Whether it was made for events like this one.
    fn is_of(&self, event: &Event) -> bool {
        let mut from = 0;
        let names = self.fields.iter().map(|(end, origin)| {
            let end = *end as usize;
            let name = self.names.get(from..end).unwrap_or_default();
            from = end;
            (name, *origin)
        });
        self.class == event.class && event.has_layout(names)
    }

    /// Appends the fields as read, as a flat JSON object: what [`Event::to_json`] says, names in the
    /// order read.
    pub(crate) fn write_json(&self, read: &Read<'_>, words: &mut Words, out: &mut Vec<u8>) {
        for piece in &self.json {
            out.extend_from_slice(&piece.before);
            match read.taken.of(piece.place) {
                Some((column, key)) => words.write_json(column, key, out),
                None => {
                    let value = read.event.value_at(usize::from(piece.place));
                    value.unwrap_or(Scalar::Null).write_json(out);
                }
            }
            out.extend_from_slice(piece.after.as_bytes());
        }
        out.extend_from_slice(self.json_end.as_bytes());
    }

    /// Bytes both ways.
    pub(crate) fn bytes(&self, event: &Event) -> Option<i64> {
        self.bytes.iter().find_map(|pair| {
            let [sent, received] =
                pair.map(|place| event.value_at(usize::from(place?)).and_then(Scalar::as_i64));
            match (sent, received) {
                (None, None) => None,
                (sent, received) => Some(sent.unwrap_or(0).saturating_add(received.unwrap_or(0))),
            }
        })
    }
}

/// Fields of one name stand together as a list, where the first of them stood.
fn pieces(event: &Event) -> (Box<[Piece]>, &'static str) {
    let mut order: Vec<&str> = Vec::new();
    let mut places: HashMap<&str, Vec<u16>> = HashMap::new();
    for (place, (name, _, origin)) in (0_u16..).zip(event.fields()) {
        if origin == Origin::Read {
            let of_name = places.entry(name).or_default();
            if of_name.is_empty() {
                order.push(name);
            }
            of_name.push(place);
        }
    }
    let mut pieces = Vec::new();
    for name in order {
        let of_name = places.get(name).map_or(&[][..], Vec::as_slice);
        let is_list = of_name.len() > 1;
        for (number, place) in of_name.iter().enumerate() {
            let mut before = Vec::new();
            before.push(if pieces.is_empty() { b'{' } else { b',' });
            if number == 0 {
                Scalar::Str(name).write_json(&mut before);
                before.extend_from_slice(if is_list { b":[" } else { b":" });
            }
            let is_last = number.saturating_add(1) == of_name.len();
            let after = if is_list && is_last { "]" } else { "" };
            pieces.push(Piece { before: before.into(), place: *place, after });
        }
    }
    let end = if pieces.is_empty() { "{}" } else { "}" };
    (pieces.into(), end)
}

/// An event with its layout.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Read<'a> {
    pub(crate) event: &'a Event,
    pub(crate) layout: &'a Layout,
    pub(crate) taken: &'a Taken,
}

/// Which fields of the event at hand fill which columns of words, and with which word.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    fields: Vec<(u8, u32)>,
}

impl Taken {
    /// Begins an event of so many fields.
    pub(crate) fn begin(&mut self, fields: usize) {
        self.fields.clear();
        self.fields.resize(fields, (0, 0));
    }

    /// A field fills a column.
    pub(crate) fn take(&mut self, field: u16, column: usize, key: u32) {
        if let (Some(slot), Ok(column)) =
            (self.fields.get_mut(usize::from(field)), u8::try_from(column))
        {
            *slot = (column, key);
        }
    }

    /// The column that a field fills, and its word there.
    pub(crate) fn of(&self, field: u16) -> Option<(usize, u32)> {
        let (column, key) = self.fields.get(usize::from(field))?;
        (*key != 0).then_some((usize::from(*column), *key))
    }
}

/// The first text at these places, with its place.
pub(crate) fn text<'e>(event: &'e Event, places: &[u16]) -> Option<(u16, &'e str)> {
    let value = |place: &u16| Some((*place, event.value_at(usize::from(*place))?.as_str()?));
    places.iter().filter_map(value).find(|(_, text)| !text.is_empty())
}

/// The texts at these places that are not empty.
pub(crate) fn texts<'e>(event: &'e Event, places: &[u16]) -> impl Iterator<Item = &'e str> {
    let value = |place: &u16| event.value_at(usize::from(*place))?.as_str();
    places.iter().filter_map(value).filter(|text| !text.is_empty())
}

/// The first number at these places.
pub(crate) fn number(event: &Event, places: &[u16]) -> Option<i64> {
    places.iter().find_map(|place| event.value_at(usize::from(*place))?.as_i64())
}

#[cfg(test)]
mod tests;
