//! The whole report for programs: one document (`khien.vet/1`).
//!
//! Compat: what is added raises the number behind the schema's name. Words of enums are English in
//! every language, and text from outside is whole.

use std::io::{self, Write};

use khien_model::Untrusted;
use khien_vet::report::Report;
use serde::Serialize;

use crate::output::escaped_json::write_pretty;
use khien_ops::vet::capability::CapabilityChange;
use khien_ops::vet::outcome::Outcome;

/// Schema of the document.
pub const VET_SCHEMA: &str = "khien.vet/1";

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    version: &'a str,
    command_line: &'a [String],
    exit_code: u8,
    same_bytes: bool,
    unconfined: Vec<Unconfined<'a>>,
    #[serde(flatten)]
    report: &'a Report,
    capabilities: &'a [CapabilityChange],
}

#[derive(Serialize)]
struct Unconfined<'a> {
    release: &'a Untrusted,
    why: &'a Untrusted,
}

/// Writes the document.
pub(super) fn render(outcome: &Outcome, out: &mut dyn Write) -> io::Result<()> {
    let unconfined = |(release, why)| Unconfined { release, why };
    let document = Document {
        schema: VET_SCHEMA,
        version: outcome.version,
        command_line: &outcome.command_line,
        exit_code: outcome.exit().code(),
        same_bytes: outcome.same_bytes,
        unconfined: outcome
            .unconfined
            .iter()
            .map(|(release, why)| unconfined((release, why)))
            .collect(),
        report: &outcome.report,
        capabilities: &outcome.capabilities,
    };
    write_pretty(out, &document)
}
