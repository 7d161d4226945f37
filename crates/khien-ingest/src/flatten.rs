//! JSON text to a flat event: one pass, no tree in between.
//!
//! A nested name is joined with dots (`process.parent.pid`). A list becomes the same name several
//! times. The object that Windows event renderers write (`{"Event": {"System": …, "EventData": …}}`)
//! is recognised and its fields get the names that Sigma rules use: those of `EventData` and
//! `UserData` as they are (without spaces), those of `System` as they are, attributes as
//! `Element_Attribute` (`Provider_Name`).

use std::fmt;

use khien_model::{Event, Scalar};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

/// Why a text is not a record.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FlattenError {
    /// The JSON text is wrong: the record's fault. The column is in bytes from the record's start.
    #[error("not valid JSON at column {column}: {detail}")]
    Malformed {
        /// Byte position within the record, from 1.
        column: usize,
        /// The parser's words.
        detail: String,
    },
    /// A value that is not an object: nothing to make an event of.
    #[error("a JSON {0} stands where an object is expected")]
    NotAnObject(&'static str),
    /// Nested deeper than allowed.
    #[error("nested deeper than {0} levels")]
    TooDeep(usize),
}

/// Reads one JSON object into `event`, which must be empty.
///
/// Invalid UTF-8 inside strings is replaced by U+FFFD rather than refused.
///
/// # Errors
///
/// [`FlattenError`]: always the record's fault. The event then holds a part of the record.
pub fn flatten_json(
    record: &[u8],
    event: &mut Event,
    nesting_max: usize,
) -> Result<(), FlattenError> {
    match std::str::from_utf8(record) {
        Ok(text) => flatten_str(text, event, nesting_max),
        Err(_) => flatten_str(&String::from_utf8_lossy(record), event, nesting_max),
    }
}

fn flatten_str(text: &str, event: &mut Event, nesting_max: usize) -> Result<(), FlattenError> {
    match text.trim_start().bytes().next() {
        Some(b'{') => {}
        Some(b'[') => return Err(FlattenError::NotAnObject("array")),
        _ => return Err(FlattenError::NotAnObject("scalar")),
    }
    let mut walker =
        Walker { event, name: String::with_capacity(64), depth: 0, nesting_max, too_deep: false };
    let mut reader = serde_json::Deserializer::from_str(text);
    let result = Node { walker: &mut walker, level: Level::Root, base: 0 }
        .deserialize(&mut reader)
        .and_then(|()| reader.end());
    match result {
        Ok(()) => Ok(()),
        Err(_) if walker.too_deep => Err(FlattenError::TooDeep(nesting_max)),
        Err(error) => Err(FlattenError::Malformed {
            column: column_of(text, &error),
            detail: reason_of(&error),
        }),
    }
}

/// Line and column of the parser, as one position within the record.
fn column_of(text: &str, error: &serde_json::Error) -> usize {
    let before: usize =
        text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    before.saturating_add(error.column())
}

fn reason_of(error: &serde_json::Error) -> String {
    let whole = error.to_string();
    whole.rsplit_once(" at line ").map_or(whole.clone(), |(reason, _)| reason.to_owned())
}

struct Walker<'e> {
    event: &'e mut Event,
    /// The name of the node being read.
    name: String,
    depth: usize,
    nesting_max: usize,
    too_deep: bool,
}

/// Where in the record a node stands, which decides how its children are named.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Level {
    Root,
    Plain,
    /// The value of the top-level key `Event`.
    WindowsEvent,
    /// `System`, or an element of it.
    WindowsSystem,
    WindowsElement,
    /// `EventData` or `UserData`: children are leaves, however deep.
    WindowsData,
    /// Attributes of the element whose name is in the buffer.
    WindowsAttributes,
    /// Attributes that say nothing (name spaces).
    Skip,
}

struct Node<'w, 'e> {
    walker: &'w mut Walker<'e>,
    level: Level,
    /// Where the node's own name starts in the buffer: children of event data are named by their
    /// last part alone.
    base: usize,
}

impl<'de> DeserializeSeed<'de> for Node<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Node<'_, '_> {
    fn push(self, value: Scalar<'_>) {
        if self.level != Level::Skip {
            let name = self.walker.name.get(self.base..).unwrap_or_default();
            self.walker.event.push(name, value);
        }
    }
}

impl<'de> Visitor<'de> for Node<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.push(Scalar::Bool(value));
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.push(Scalar::Int(value));
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        match i64::try_from(value) {
            Ok(value) => self.push(Scalar::Int(value)),
            // Text keeps every digit; a float would not.
            Err(_) => self.push(Scalar::Str(&value.to_string())),
        }
        Ok(())
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        self.push(Scalar::Float(value));
        Ok(())
    }

    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        self.push(Scalar::Str(value));
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        // An element of a Windows event without content is not a field with no value.
        if !matches!(self.level, Level::WindowsEvent) {
            self.push(Scalar::Null);
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        self.walker.enter::<A::Error>()?;
        let mut empty = true;
        while list
            .next_element_seed(Node {
                walker: &mut *self.walker,
                level: self.level,
                base: self.base,
            })?
            .is_some()
        {
            empty = false;
        }
        self.walker.depth = self.walker.depth.saturating_sub(1);
        if empty {
            self.push(Scalar::Null);
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Node { walker, level, base } = self;
        walker.enter::<A::Error>()?;
        let length = walker.name.len();
        let mut empty = true;
        loop {
            if level == Level::Plain {
                walker.name.push('.');
            }
            let key_at = walker.name.len();
            if map.next_key_seed(Key { name: &mut walker.name })?.is_none() {
                break;
            }
            empty = false;
            let child = walker.name_child(level, base, length, key_at);
            let base = if child == Level::WindowsData && walker.name.len() > length {
                key_at
            } else {
                base
            };
            map.next_value_seed(Node { walker: &mut *walker, level: child, base })?;
            walker.name.truncate(length);
        }
        walker.name.truncate(length);
        walker.depth = walker.depth.saturating_sub(1);
        if empty && level == Level::Plain {
            Node { walker, level, base }.push(Scalar::Null);
        }
        Ok(())
    }
}

impl Walker<'_> {
    fn enter<E: serde::de::Error>(&mut self) -> Result<(), E> {
        self.depth = self.depth.saturating_add(1);
        if self.depth > self.nesting_max {
            self.too_deep = true;
            return Err(E::custom("too deep"));
        }
        Ok(())
    }

    /// Decides the level of a child and turns the buffer, which holds the parent's name up to
    /// `length` and the key from `key_at`, into the child's name.
    fn name_child(&mut self, level: Level, base: usize, length: usize, key_at: usize) -> Level {
        let key = self.name.get(key_at..).unwrap_or_default();
        match level {
            Level::Root if key == "Event" => {
                self.name.truncate(length);
                Level::WindowsEvent
            }
            Level::Root | Level::Plain => Level::Plain,
            Level::WindowsEvent => match key {
                "System" => {
                    self.name.truncate(length);
                    Level::WindowsSystem
                }
                "EventData" | "UserData" | "ProcessingErrorData" | "DebugData" => {
                    self.name.truncate(length);
                    Level::WindowsData
                }
                "#attributes" | "Event_attributes" => Level::Skip,
                _ if key.starts_with('@') => Level::Skip,
                _ if key.ends_with("_attributes") => {
                    self.keep_key(length, key_at, "_attributes");
                    Level::WindowsAttributes
                }
                _ => Level::Plain,
            },
            Level::WindowsSystem if key.ends_with("_attributes") => {
                self.keep_key(length, key_at, "_attributes");
                Level::WindowsAttributes
            }
            Level::WindowsSystem => Level::WindowsElement,
            Level::WindowsElement => match key {
                "#text" => {
                    self.name.truncate(length);
                    Level::WindowsElement
                }
                "#attributes" => {
                    self.name.truncate(length);
                    Level::WindowsAttributes
                }
                // `{"TimeCreated": {"SystemTime": …}}`: attributes without the mark.
                _ => {
                    self.join_attribute(base, length);
                    Level::WindowsElement
                }
            },
            Level::WindowsData => match key {
                "#text" => {
                    self.name.truncate(length);
                    Level::WindowsData
                }
                "#attributes" => {
                    self.name.truncate(length);
                    Level::WindowsAttributes
                }
                _ if key.ends_with("_attributes") => {
                    self.keep_key(length, key_at, "_attributes");
                    Level::WindowsAttributes
                }
                _ => {
                    self.leaf(key_at);
                    Level::WindowsData
                }
            },
            Level::WindowsAttributes if key.starts_with("xmlns") => Level::Skip,
            Level::WindowsAttributes => {
                self.join_attribute(base, length);
                Level::WindowsElement
            }
            Level::Skip => Level::Skip,
        }
    }

    /// The buffer becomes just the key, without `suffix`.
    fn keep_key(&mut self, length: usize, key_at: usize, suffix: &str) {
        let end = self.name.len().saturating_sub(suffix.len());
        self.name.truncate(end);
        self.name.replace_range(length..key_at, "");
    }

    /// `TimeCreated` + `SystemTime` becomes `TimeCreated_SystemTime`.
    fn join_attribute(&mut self, base: usize, length: usize) {
        if length > base {
            self.name.insert(length, '_');
        } else {
            // `<EventData Name="…">`
            self.name.insert_str(base, "EventData_");
        }
    }

    /// Takes the spaces out of a name of event data: Defender writes `Threat Name`, and rules say
    /// `ThreatName`.
    fn leaf(&mut self, key_at: usize) {
        if self.name.get(key_at..).is_some_and(|key| key.contains(' ')) {
            let key: String = self.name.drain(key_at..).filter(|c| *c != ' ').collect();
            self.name.push_str(&key);
        }
    }
}

struct Key<'n> {
    name: &'n mut String,
}

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: serde::de::Error>(self, key: &str) -> Result<(), E> {
        // Bound: a name is never longer than this, so nesting cannot multiply text.
        if self.name.len().saturating_add(key.len()) > NAME_BYTES_MAX {
            return Err(E::custom("a field name of more than 4096 bytes"));
        }
        self.name.push_str(key);
        Ok(())
    }
}

const NAME_BYTES_MAX: usize = 4096;

#[cfg(test)]
mod tests;
