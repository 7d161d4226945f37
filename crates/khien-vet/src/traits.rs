//! The static traits of one file: what it can do, what it names, what it hides.
//!
//! Everything here is *absolute*: it says what one file is, never what changed. A departure is the
//! difference between these traits and those of the earlier releases, and is made elsewhere. Nothing
//! is executed, decrypted beyond a one-byte key, or fetched.

pub mod file;
pub mod names;

pub use file::{FileInput, FileTraits, Matchers, MatchersError, of_file};
pub use names::Names;
