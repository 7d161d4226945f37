//! An in-toto statement about the new release, to be signed by whoever answers for it.
//!
//! Source: in-toto attestation framework, Statement v1. The statement is not signed here: it goes
//! into a DSSE envelope made with the organisation's own key.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::output::escaped_json::write_pretty;
use khien_ops::vet::outcome::Outcome;

/// What the statement claims: layout 1 of the predicate, described in `docs/vetting.md`. A name and no
/// address, since the project has no domain of its own; another layout gets another one.
pub const PREDICATE_TYPE: &str = "urn:uuid:22a4310a-327a-4fb2-941f-1737dd372db8";

/// Writes the statement.
pub(super) fn render(outcome: &Outcome, out: &mut dyn Write) -> io::Result<()> {
    let report = &outcome.report;
    let reasons: Vec<Value> = report
        .reasons
        .iter()
        .map(|reason| {
            json!({
                "kind": reason.departure.of.kind,
                "value": reason.departure.of.value,
                "path": reason.departure.path,
                "decides": reason.decides,
                "bits": reason.bits,
                "adds": reason.adds,
            })
        })
        .collect();
    let earlier: Vec<Value> = report
        .earlier
        .iter()
        .map(|release| {
            json!({
                "name": release.name,
                "version": release.identity.version,
                "digest": digest(&release.sha256, true),
            })
        })
        .collect();
    if report.new.sha256.is_empty() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "the folder could not be read, so there is no digest that a statement could be about; --format json says why",
        ));
    }
    // The hash of a folder is that of its list of files, and no file's.
    let whole = outcome.is_one_file();
    write_pretty(
        out,
        &json!({
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [{ "name": report.new.name, "digest": digest(&report.new.sha256, whole) }],
            "predicateType": PREDICATE_TYPE,
            "predicate": {
                "decision": report.decision,
                "complete": report.complete,
                "sameBytes": outcome.same_bytes,
                "score": report.score,
                "product": report.new.identity.product,
                "version": report.new.identity.version,
                "reasons": reasons,
                "gaps": report.gaps,
                "problems": report.problems,
                "unconfined": outcome.unconfined.iter().map(|(release, _)| release).collect::<Vec<_>>(),
                "earlier": earlier,
                "tool": { "name": "khien", "version": outcome.version },
                "knowledge": report.knowledge,
                "baseRates": report.base_rates,
            },
        }),
    )
}

fn digest(sha256: &str, whole: bool) -> Value {
    if whole { json!({ "sha256": sha256 }) } else { json!({ "khienFileListSha256": sha256 }) }
}
