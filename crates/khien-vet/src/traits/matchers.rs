//! Everything that is prepared once and used for every file.

use khien_detect::yara::{Rules, ScanLimits};

use super::bytecode::BytecodeWords;
use super::hidden::HiddenWords;
use super::rules;
use super::scan::Searcher;
use super::script::ScriptWords;
use super::tables::{self, Imports, Means};

/// Tables, automata and rules. Building them takes a fraction of a second; use one for all files.
#[derive(Debug)]
pub struct Matchers {
    pub(crate) imports: Imports,
    pub(crate) managed: Vec<(String, Means)>,
    pub(crate) searcher: Searcher,
    pub(crate) hidden: HiddenWords,
    pub(crate) scripts: ScriptWords,
    pub(crate) bytecode: BytecodeWords,
    pub(crate) rules: Rules,
    pub(crate) limits: ScanLimits,
}

/// The shipped tables or rules are wrong: a mistake of ours, found by the tests.
#[derive(Debug, thiserror::Error)]
pub enum MatchersError {
    /// Rules do not compile.
    #[error("rules: {0:?}")]
    Rules(Vec<khien_detect::yara::Problem>),
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
        Ok(Self {
            imports: tables::imports()?,
            managed: tables::managed()?,
            searcher: Searcher::new(tables::words()?)?,
            hidden: HiddenWords::new()?,
            scripts: ScriptWords::new(tables::script_words()?)?,
            bytecode: BytecodeWords::new(tables::bytecode_words()?)?,
            rules: rules::built_in()?,
            limits: ScanLimits::default(),
        })
    }
}
