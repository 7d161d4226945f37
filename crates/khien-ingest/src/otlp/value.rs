//! Values of attributes and bodies, whichever way they were written.

use std::borrow::Cow;

use data_encoding::BASE64;
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::Bad;

/// Bound: levels of lists and maps in a value.
pub(super) const NESTING_MAX: usize = 32;
/// Bound: names and values of a record, or of a resource.
pub(super) const VALUES_MAX: u32 = 20_000;

/// A value and its name.
pub(super) type Member<'a> = (Cow<'a, str>, Value<'a>);

/// A value of an attribute, or a body.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Value<'a> {
    Bool(bool),
    Bytes(Cow<'a, [u8]>),
    Float(f64),
    Int(i64),
    List(Vec<Self>),
    Map(Vec<Member<'a>>),
    #[default]
    Nothing,
    Text(Cow<'a, str>),
}

impl<'a> Value<'a> {
    /// The text, where it is one.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The members, where it is a map.
    pub(super) fn into_members(self) -> Vec<Member<'a>> {
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

/// How many values may still come, and how deep.
#[derive(Debug)]
pub(super) struct Budget {
    values: u32,
    depth: usize,
}

impl Budget {
    /// What a record may have.
    pub(super) const fn of_record() -> Self {
        Self { values: VALUES_MAX, depth: NESTING_MAX }
    }

    /// What a document of JSON may have.
    pub(super) const fn new(values: u32, depth: usize) -> Self {
        Self { values, depth }
    }

    /// Counts a value.
    pub(super) fn value(&mut self) -> Result<(), Bad> {
        self.values = self.values.checked_sub(1).ok_or(Bad::Excess("too many values"))?;
        Ok(())
    }

    /// Goes a level down.
    pub(super) fn enter(&mut self) -> Result<(), Bad> {
        self.depth = self.depth.checked_sub(1).ok_or(Bad::Excess("nested too deep"))?;
        Ok(())
    }

    /// And up again.
    pub(super) const fn leave(&mut self) {
        self.depth = self.depth.saturating_add(1);
    }
}

/// Takes the first member of this name out.
pub(super) fn take<'a>(members: &mut Vec<Member<'a>>, name: &str) -> Option<Value<'a>> {
    let at = members.iter().position(|(known, _)| known == name)?;
    Some(members.remove(at).1)
}
