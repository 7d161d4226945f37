//! The STIX 2.1 pattern language, as far as it can be written; what it means is `translate`'s.
//!
//! Grammar: OASIS STIX 2.1 §9 and its `STIXPattern.g4`. More is accepted than it allows where old
//! or sloppy patterns are common: keywords in any case, `==` and `<>`, the quoted times of STIX
//! 2.0, and a lone backslash in a string.

use std::fmt;

use khien_model::untrusted::shown;
use thiserror::Error;

mod lexer;
mod parser;

pub(super) use parser::parse;

/// The longest pattern, in bytes.
pub(super) const PATTERN_BYTES_MAX: usize = 64 << 10;

/// The deepest nesting of brackets.
///
/// Bound: the parser and everything that walks a pattern recurse this deep.
pub(super) const DEPTH_MAX: usize = 32;

/// Why a pattern cannot be read; the publisher's fault unless it says "limit".
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub(super) enum PatternError {
    /// The pattern is longer than [`PATTERN_BYTES_MAX`].
    #[error("{0} bytes are over the limit of {PATTERN_BYTES_MAX}")]
    TooLong(usize),
    /// Brackets are nested deeper than [`DEPTH_MAX`].
    #[error("nested over the limit of {DEPTH_MAX}")]
    TooDeep,
    /// Something else was expected.
    #[error("at byte {at}: expected {expected}, found {found}")]
    Unexpected {
        /// Where, in bytes from the start.
        at: usize,
        /// What the grammar wants there.
        expected: &'static str,
        /// What is there.
        found: Found,
    },
}

/// A piece of a pattern for a message: short, and safe to print.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Found(String);

impl Found {
    fn of(rest: &str) -> Self {
        Self(rest.chars().take(20).collect())
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            f.write_str("the end")
        } else {
            write!(f, "“{}”", shown(&self.0))
        }
    }
}

/// What must be observed.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Observation {
    /// All of several, in any order.
    And(Vec<Self>),
    /// Several, in this order.
    FollowedBy(Vec<Self>),
    /// One of several.
    Or(Vec<Self>),
    /// One, within bounds of time or number.
    Qualified(Box<Self>, Vec<Qualifier>),
    /// One object that a comparison holds for.
    Single(Comparison),
}

/// Bounds on an observation.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Qualifier {
    /// That many times.
    Repeats(u64),
    /// Between two times, as written.
    StartStop(String, String),
    /// All of it within that many seconds.
    Within(f64),
}

/// What must hold for one object.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Comparison {
    /// All of several.
    And(Vec<Self>),
    /// One of several.
    Or(Vec<Self>),
    /// One property against values.
    Test(Test),
}

/// One property against one value, or any of several.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Test {
    /// The type of object (`file`).
    pub(super) object: String,
    /// The way to the property (`hashes`, `SHA-256`).
    pub(super) steps: Vec<Step>,
    /// Whether the test must fail.
    pub(super) negated: bool,
    /// How to compare.
    pub(super) operator: Operator,
    /// With what; several for `IN`, none for `EXISTS`.
    pub(super) values: Vec<Literal>,
}

/// One step on the way to a property.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Step {
    /// An item of a list, as written between its brackets.
    Item(String),
    /// A property by name.
    Property(String),
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Operator {
    /// `=`
    Equal,
    /// `EXISTS`
    Exists,
    /// `IN`
    In,
    /// `ISSUBSET`
    IsSubset,
    /// `ISSUPERSET`
    IsSuperset,
    /// `LIKE`
    Like,
    /// `MATCHES`
    Matches,
    /// `!=`
    NotEqual,
    /// `<`, `<=`, `>` and `>=`
    Ordered,
}

/// A value in a pattern.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Literal {
    /// `true` or `false`.
    Bool(bool),
    /// Bytes, from hexadecimal (`h'…'`) or Base64 (`b'…'`), the latter as written.
    Bytes(Vec<u8>),
    /// A number.
    Number(f64),
    /// Text.
    Text(String),
    /// A time (`t'…'`), as written.
    Time(String),
}

#[cfg(test)]
mod tests;
