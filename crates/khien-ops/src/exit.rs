//! Exit codes: a stable contract, printed by `khien help exit-codes`.

use khien_model::Verdict;

/// How the process ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Exit {
    /// Everything asked for was checked, and nothing was found.
    Clear = 0,
    /// Findings.
    Findings = 1,
    /// Wrong usage or configuration.
    Usage = 2,
    /// Something could not be checked, and nothing was found.
    Unknown = 3,
    /// Internal or I/O failure.
    Internal = 4,
    /// A proof does not hold: the audit log is broken.
    ProofInvalid = 6,
}

impl Exit {
    /// The code for the operating system.
    pub const fn code(self) -> u8 {
        self as u8
    }
}

impl From<Verdict> for Exit {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Hit => Self::Findings,
            Verdict::Unknown => Self::Unknown,
            Verdict::Clear | Verdict::NotApplicable => Self::Clear,
        }
    }
}
