//! What was concluded.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The four answers to "are we hit?". Unknown is never drawn green and never exits 0.
#[must_use]
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// There is evidence.
    Hit,
    /// Everything asked for was checked, and nothing was found.
    Clear,
    /// Something asked for could not be checked.
    Unknown,
    /// The question does not apply.
    NotApplicable,
}

impl Verdict {
    /// The stable word used in machine formats.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Clear => "clear",
            Self::Unknown => "unknown",
            Self::NotApplicable => "not_applicable",
        }
    }

    /// The verdict of an inspection: evidence beats gaps, gaps beat silence.
    pub const fn of(evidence: bool, gaps: bool) -> Self {
        match (evidence, gaps) {
            (true, _) => Self::Hit,
            (false, true) => Self::Unknown,
            (false, false) => Self::Clear,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_never_read_as_clear() {
        assert_eq!(Verdict::of(true, true), Verdict::Hit);
        assert_eq!(Verdict::of(true, false), Verdict::Hit);
        assert_eq!(Verdict::of(false, true), Verdict::Unknown);
        assert_eq!(Verdict::of(false, false), Verdict::Clear);
    }
}
