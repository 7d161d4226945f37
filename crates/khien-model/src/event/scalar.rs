//! Values of fields.

use std::fmt;

/// A field value, borrowed from its event.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scalar<'a> {
    /// Text.
    Str(&'a str),
    /// A whole number.
    Int(i64),
    /// A number with a fraction, or a whole one beyond 64 bits.
    Float(f64),
    /// True or false.
    Bool(bool),
    /// Present without a value.
    Null,
}

impl<'a> Scalar<'a> {
    /// The text, when the value is text.
    pub const fn as_str(self) -> Option<&'a str> {
        match self {
            Self::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The value as a whole number; text is read as decimal or `0x` hexadecimal.
    pub fn as_i64(self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(number),
            Self::Str(text) => match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
                Some(hex) => i64::from_str_radix(hex, 16).ok(),
                None => text.parse().ok(),
            },
            _ => None,
        }
    }

    /// Appends the value as JSON text, as [`Scalar::to_json`] has it.
    pub fn write_json(self, out: &mut Vec<u8>) {
        super::json::write_scalar(self, out);
    }

    /// The value as JSON.
    pub fn to_json(self) -> serde_json::Value {
        match self {
            Self::Str(text) => serde_json::Value::from(text),
            Self::Int(number) => serde_json::Value::from(number),
            Self::Float(number) => serde_json::Value::from(number),
            Self::Bool(flag) => serde_json::Value::from(flag),
            Self::Null => serde_json::Value::Null,
        }
    }
}

impl fmt::Display for Scalar<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Str(text) => f.write_str(text),
            Self::Int(number) => number.fmt(f),
            Self::Float(number) => number.fmt(f),
            Self::Bool(flag) => flag.fmt(f),
            Self::Null => Ok(()),
        }
    }
}
