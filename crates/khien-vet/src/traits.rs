//! The static traits of one file: what it can do, what it names, what it hides.
//!
//! Everything here is *absolute*: it says what one file is, never what changed. A departure is the
//! difference between these traits and those of the earlier releases, and is made elsewhere. Nothing
//! is executed, decrypted beyond a one-byte key, or fetched.
//!
//! [`of_file`] makes one pass for words, names and headers (`scan`), one for hidden words
//! (`hidden`), one for noise (`noise`) and one for rules (`rules`); structure comes from
//! [`khien_binary::Image`], and scripts are read without their comments (`script`).

mod bytecode;
mod collect;
mod embedded;
pub mod file;
mod hidden;
mod image;
mod install;
mod lasting;
mod matchers;
pub mod names;
mod noise;
mod picture;
mod rules;
mod runs;
mod scan;
mod script;
mod tables;
mod text;

pub(crate) use bytecode::BYTECODE;
pub use file::{
    FileInput, FileTraits, ScriptSummary, installation_script, of_facts, of_file, of_link,
    of_signature, of_special,
};
pub(crate) use install::starts::candidates as started_files;
pub use matchers::{Matchers, MatchersError};
pub use names::Names;

/// The hosts of the URLs in a text.
pub(crate) fn hosts_of(text: &str) -> std::collections::BTreeSet<String> {
    let mut out = std::collections::BTreeSet::new();
    lasting::hosts(text, &mut out);
    out
}
