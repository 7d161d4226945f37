//! Opens hostile artefacts in memory and accounts for every byte of every container.
//!
//! [`open()`] takes the bytes of one artefact and walks it: what a format's reader finds inside is
//! handed to a [`Visitor`] as a [`Node`], and opened in its turn. Nothing is written to disk and no
//! name inside an archive is ever used as a path. Each container leaves a [`Ledger`] that says
//! which of its bytes are structure, content, padding, or *unexplained*; what could not be opened
//! is a [`Gap`], and a release with gaps is never complete.
//!
//! What this crate does not do: it reads no file, checks no signature (it says that one is there),
//! and says nothing about what a program does.

#![forbid(unsafe_code)]

mod archive;
mod budget;
mod dense;
mod disk;
mod field;
mod installer;
mod ledger;
mod names;
mod node;
mod open;
mod reader;
mod recognise;
mod wide;

pub use budget::Limits;
pub use dense::{DENSE_MAGICS, Dense};
pub use ledger::{Ledger, Span, SpanKind};
pub use node::{
    Attributes, Fact, FactKind, Format, Gap, GapReason, Node, NodeKind, Opened, Visitor,
};
pub use open::{FolderEntry, open, open_folder, open_until};
pub use wide::decode_utf16;
