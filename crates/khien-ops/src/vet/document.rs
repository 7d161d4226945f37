//! The whole report for programs: one document (`khien.vet/1`).
//!
//! Compat: what is added raises the number behind the schema's name. Words of enums are English in
//! every language, and text from outside is whole.

use khien_model::Untrusted;
use khien_vet::report::Report;
use serde::Serialize;

use super::capability::CapabilityChange;
use super::outcome::Outcome;

/// Schema of the document.
pub const VET_SCHEMA: &str = "khien.vet/1";

/// An outcome as one document.
#[derive(Debug, Serialize)]
pub struct Document<'a> {
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

#[derive(Debug, Serialize)]
struct Unconfined<'a> {
    release: &'a Untrusted,
    why: &'a Untrusted,
}

impl<'a> Document<'a> {
    /// The document of an outcome.
    pub fn of(outcome: &'a Outcome) -> Self {
        let unconfined = outcome.unconfined.iter();
        Self {
            schema: VET_SCHEMA,
            version: outcome.version,
            command_line: &outcome.command_line,
            exit_code: outcome.exit().code(),
            same_bytes: outcome.same_bytes,
            unconfined: unconfined.map(|(release, why)| Unconfined { release, why }).collect(),
            report: &outcome.report,
            capabilities: &outcome.capabilities,
        }
    }
}
