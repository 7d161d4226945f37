//! One file in, its traits out.

use khien_binary::Image;
use khien_lineage::Observed;
use khien_unpack::{Fact, Format};
use serde::{Deserialize, Serialize};

use super::Names;

/// One file of a release.
#[derive(Clone, Copy, Debug)]
pub struct FileInput<'a> {
    /// Where it stands in the release, containers joined by `!/` (as in `khien_unpack::Node`).
    pub path: &'a str,
    /// What it is, by content.
    pub format: Format,
    /// All of it.
    pub bytes: &'a [u8],
    /// The executables in it; empty where it is none.
    pub images: &'a [Image],
    /// What its container's reader noticed about this very file (or, for a container, about
    /// itself); installation actions among them become traits.
    pub facts: &'a [Fact],
    /// Known from elsewhere to run at installation, such as a file that `package.json` starts.
    pub runs_at_installation: bool,
}

/// What one file is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FileTraits {
    /// Its traits, sorted by kind and value, each once.
    pub observed: Vec<Observed>,
    /// What it names.
    pub names: Names,
    /// What could not be looked at, in words: the answer is incomplete then.
    pub problems: Vec<String>,
}

/// Everything that is prepared once and used for every file: tables, automata, rules.
#[derive(Debug)]
pub struct Matchers {}

/// The shipped tables or rules are wrong: a mistake of ours, found by the tests.
#[derive(Debug, thiserror::Error)]
pub enum MatchersError {
    /// A table does not parse or contradicts itself.
    #[error("table {table}: {why}")]
    Table {
        /// Which.
        table: &'static str,
        /// Why.
        why: String,
    },
}

impl Matchers {
    /// Prepares the tables and rules that are built in.
    ///
    /// # Errors
    /// Ours: a built-in table or rule is wrong.
    pub fn built_in() -> Result<Self, MatchersError> {
        Ok(Self {})
    }
}

/// The traits of one file. Never fails: what cannot be read is no trait, and a bound that was met is
/// a problem.
pub fn of_file(_input: &FileInput<'_>, _matchers: &Matchers) -> FileTraits {
    FileTraits::default()
}
