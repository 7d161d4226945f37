//! Documents as trees, within a budget of values and levels: for requests that hold records, and are none.
//!
//! Records themselves are flattened without a tree (`flatten.rs`).

use std::borrow::Cow;
use std::fmt;

use data_encoding::BASE64;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

/// A value and its name.
pub type Member<'a> = (Cow<'a, str>, Value<'a>);

/// A value; texts are borrowed from the document where they can be.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value<'a> {
    /// True or false.
    Bool(bool),
    /// Bytes, which JSON has as base64.
    Bytes(Cow<'a, [u8]>),
    /// A number with a fraction.
    Float(f64),
    /// A whole number of 64 bits; larger ones are text.
    Int(i64),
    /// A list.
    List(Vec<Self>),
    /// Members in their order; a name may come twice.
    Map(Vec<Member<'a>>),
    /// Null, or nothing at all.
    #[default]
    Nothing,
    /// A text.
    Text(Cow<'a, str>),
}

impl<'a> Value<'a> {
    /// The text, where it is one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The members, where it is a map.
    pub fn into_members(self) -> Vec<Member<'a>> {
        match self {
            Self::Map(members) => members,
            _ => Vec::new(),
        }
    }
}

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Bytes(bytes) => serializer.serialize_str(&BASE64.encode(bytes)),
            // JSON has no word for infinity.
            Self::Float(value) if !value.is_finite() => serializer.collect_str(value),
            Self::Float(value) => serializer.serialize_f64(*value),
            Self::Int(value) => serializer.serialize_i64(*value),
            Self::List(values) => serializer.collect_seq(values),
            Self::Map(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (name, value) in members {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
            Self::Nothing => serializer.serialize_unit(),
            Self::Text(text) => serializer.serialize_str(text),
        }
    }
}

/// Why a document is not read.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TreeError {
    /// The sender's: it is not valid.
    #[error("{0}")]
    Malformed(String),
    /// The sender's: it holds more values than are read at once.
    #[error("too many values")]
    TooMany,
}

/// How many values may still come, and how deep.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    values: u32,
    depth: usize,
}

impl Budget {
    /// So many values, and so many levels of lists and maps.
    pub const fn new(values: u32, depth: usize) -> Self {
        Self { values, depth }
    }

    /// Counts a value; says whether there was room.
    pub(crate) fn value(&mut self) -> bool {
        let left = self.values.checked_sub(1);
        self.values = left.unwrap_or_default();
        left.is_some()
    }

    /// Goes a level down; says whether there was room.
    pub(crate) fn enter(&mut self) -> bool {
        let left = self.depth.checked_sub(1);
        self.depth = left.unwrap_or_default();
        left.is_some()
    }

    /// And up again.
    pub(crate) const fn leave(&mut self) {
        self.depth = self.depth.saturating_add(1);
    }
}

/// Writes as far as there is room, and fails where there is none.
pub(crate) struct Within<'b> {
    pub(crate) bytes: &'b mut Vec<u8>,
    pub(crate) room: usize,
}

impl std::io::Write for Within<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let left = self.room.checked_sub(bytes.len());
        self.room = left.ok_or_else(|| std::io::Error::other("it is too long"))?;
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Takes the first member of this name out.
pub fn take<'a>(members: &mut Vec<Member<'a>>, name: &str) -> Option<Value<'a>> {
    let at = members.iter().position(|(known, _)| known == name)?;
    Some(members.remove(at).1)
}

/// Reads one JSON value.
///
/// # Errors
///
/// The sender's: it is not valid JSON, or holds more than the budget.
pub fn parse(bytes: &[u8], mut budget: Budget) -> Result<Value<'_>, TreeError> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = Node { budget: &mut budget }.deserialize(&mut reader);
    let value = value.and_then(|value| reader.end().map(|()| value));
    value.map_err(|error| match error.to_string() {
        why if why.contains(TOO_MANY) => TreeError::TooMany,
        why => TreeError::Malformed(why),
    })
}

/// What the bound on values says; no sender can put it there, because keys and texts are not told.
const TOO_MANY: &str = "more values than are read at once";

/// Reads one value of a document, within a budget.
struct Node<'b> {
    budget: &'b mut Budget,
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value<'de>, D::Error> {
        match self.budget.value() {
            true => deserializer.deserialize_any(self),
            false => Err(D::Error::custom(TOO_MANY)),
        }
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value<'de>, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value<'de>, E> {
        Ok(Value::Int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value<'de>, E> {
        // Text keeps every digit; a float would not.
        let as_text = || Value::Text(Cow::Owned(value.to_string()));
        Ok(i64::try_from(value).map_or_else(|_| as_text(), Value::Int))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value<'de>, E> {
        Ok(Value::Float(value))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Borrowed(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_unit<E>(self) -> Result<Value<'de>, E> {
        Ok(Value::Nothing)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value<'de>, A::Error> {
        if !self.budget.enter() {
            return Err(A::Error::custom("nested too deep"));
        }
        let mut values = Vec::new();
        while let Some(value) = seq.next_element_seed(Node { budget: &mut *self.budget })? {
            values.push(value);
        }
        self.budget.leave();
        Ok(Value::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value<'de>, A::Error> {
        if !self.budget.enter() {
            return Err(A::Error::custom("nested too deep"));
        }
        let mut members = Vec::new();
        while let Some(name) = map.next_key_seed(Name)? {
            members.push((name, map.next_value_seed(Node { budget: &mut *self.budget })?));
        }
        self.budget.leave();
        Ok(Value::Map(members))
    }
}

/// Reads a name without copying it.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Cow<'de, str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_str<E>(self, name: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(name.to_owned()))
    }
}
