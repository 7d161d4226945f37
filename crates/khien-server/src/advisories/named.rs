//! The advisories that were named when the server was started.
//!
//! Their files are read once: one that is changed, broken or removed later changes nothing before the next start.

use khien_detect::indicator::Advisory;
use khien_ops::scan::knowledge::{InputError, read_advisories};

/// What was named, and what was read there.
#[derive(Debug, Default)]
pub(crate) struct NamedAdvisories(Vec<(String, Advisory)>);

impl NamedAdvisories {
    /// Reads advisories by name or file. It blocks.
    ///
    /// # Errors
    ///
    /// The caller's: one of them is neither built in nor a file, or cannot be read as one.
    pub(crate) fn read(names: Vec<String>) -> Result<Self, InputError> {
        let advisories = read_advisories(&names)?;
        Ok(Self(names.into_iter().zip(advisories).collect()))
    }

    /// Name or file of each, and what was read.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, &Advisory)> {
        self.0.iter().map(|(name, advisory)| (name.as_str(), advisory))
    }
}
