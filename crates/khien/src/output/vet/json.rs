//! The whole report for programs, as the document that a server keeps, too.

use std::io::{self, Write};

use crate::output::escaped_json::write_pretty;
use khien_ops::vet::document::Document;
use khien_ops::vet::outcome::Outcome;

pub use khien_ops::vet::document::VET_SCHEMA;

/// Writes the document.
pub(super) fn render(outcome: &Outcome, out: &mut dyn Write) -> io::Result<()> {
    write_pretty(out, &Document::of(outcome))
}
