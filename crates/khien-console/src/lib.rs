//! The web console, built by `cargo xtask ui` and embedded: a path to the bytes and headers of an answer.
//!
//! Nothing here opens a socket or is asynchronous; a server asks and sends. Files whose names hold a
//! hash of their content may be kept by browsers for good; all others are asked for again, and have a
//! tag so that the answer can be short. Texts are stored compressed beside the plain file, by the
//! build.
//!
//! Release builds hold the files; debug builds read them from disk, so that work on the console needs
//! no build of the program. A debug build from a clone without Node shows a page that says what to run.

#![forbid(unsafe_code)]

mod answer;
mod encoding;
mod file;

pub use answer::{Answer, Status, answer};
pub use encoding::Encoding;
pub use file::{File, file, index};

/// A digest of the console's files; nothing where it is not built in.
pub const STAMP: Option<&str> = option_env!("KHIEN_CONSOLE_STAMP");
