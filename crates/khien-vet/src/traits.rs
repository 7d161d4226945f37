//! The static traits of one file: what it can do, what it names, what it hides.
//!
//! Everything here is *absolute*: it says what one file is, never what changed. A departure is the
//! difference between these traits and those of the earlier releases, and is made elsewhere. Nothing
//! is executed, decrypted beyond a one-byte key, or fetched.
//!
//! [`of_file`] makes one pass for words, names and headers (`scan`), one for hidden words
//! (`hidden`), one for noise (`noise`) and one for rules (`rules`); structure comes from
//! [`khien_binary::Image`], and scripts are read without their comments (`script`).

mod collect;
mod embedded;
pub mod file;
mod hidden;
mod image;
mod install;
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

pub use file::{
    FileInput, FileTraits, ScriptSummary, installation_script, of_facts, of_file, of_signature,
};
pub use matchers::{Matchers, MatchersError};
pub use names::Names;
