//! SARIF 2.1.0, for code scanning, issue trackers and other gates that read it.
//!
//! A rule is a kind of trait, a result is one reason, placed at its evidence. Gaps are tool
//! notifications, so that a gate can tell "nothing found" from "not looked at". Texts are English.
//!
//! Source: OASIS "Static Analysis Results Interchange Format (SARIF) Version 2.1.0".
//! Bound: [`RESULTS_MAX`] results, the most that GitHub takes.

use std::collections::BTreeSet;
use std::io::{self, Write};

use khien_lineage::{Decision, Strength, TraitKind, Weighed};
use serde_json::{Value, json};

use super::dossier::Dossier;
use crate::output::escaped_json::write_pretty;
use crate::output::sarif::{RESULTS_MAX, literal, uri};
use crate::output::shell;
use crate::output::words::Words;
use khien_ops::vet::outcome::Outcome;

/// Writes the outcome as SARIF.
pub(super) fn render(outcome: &Outcome, out: &mut dyn Write) -> io::Result<()> {
    let words = Words::english();
    let dossier = Dossier { outcome, words: &words };
    let report = &outcome.report;
    let used: BTreeSet<TraitKind> = report.reasons.iter().map(|r| r.departure.of.kind).collect();
    let used: Vec<TraitKind> = used.into_iter().collect();
    let results: Vec<Value> = report
        .reasons
        .iter()
        .take(RESULTS_MAX)
        .map(|reason| result(reason, &used, &dossier))
        .collect();
    let notifications: Vec<Value> = dossier
        .gaps()
        .into_iter()
        .map(|(what, step)| {
            json!({
                "level": "warning",
                "descriptor": { "id": "gap" },
                "message": { "text": literal(&format!("{what}. {step}")) },
            })
        })
        .collect();
    let run = json!({
        "tool": { "driver": {
            "name": "Khiên",
            "version": outcome.version,
            "rules": used.iter().map(|kind| rule(*kind, &dossier)).collect::<Vec<_>>(),
            "notifications": [{
                "id": "gap",
                "shortDescription": { "text": "Something could not be looked at." },
            }],
        } },
        "invocations": [{
            "executionSuccessful": true,
            "exitCode": outcome.exit().code(),
            "exitCodeDescription": dossier.meaning(),
            "commandLine": shell::command_line(&outcome.command_line),
            "toolExecutionNotifications": notifications,
        }],
        "artifacts": [artefact(outcome)],
        "language": "en",
        "columnKind": "unicodeCodePoints",
        "results": results,
        "properties": {
            "decision": report.decision,
            "complete": report.complete,
            "score": report.score,
            "resultsLeftOut": report.reasons.len().saturating_sub(RESULTS_MAX),
        },
    });
    write_pretty(
        out,
        &json!({
            "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
            "version": "2.1.0",
            "runs": [run],
        }),
    )
}

/// The release in question.
fn artefact(outcome: &Outcome) -> Value {
    let release = &outcome.report.new;
    let mut artefact = json!({
        "location": { "uri": uri::of_path(release.name.as_raw()) },
        "length": release.size,
    });
    // A folder has no bytes of its own to be hashed.
    if let (true, Some(artefact)) = (outcome.is_one_file(), artefact.as_object_mut()) {
        artefact.insert("hashes".into(), json!({ "sha-256": release.sha256 }));
    }
    artefact
}

fn rule(kind: TraitKind, dossier: &Dossier<'_>) -> Value {
    let text = |what: &str| literal(&dossier.text(&format!("vet.kind.{}.{what}", kind.id())));
    let (level, severity) = match kind.strength() {
        Strength::Block => ("error", "9.0"),
        Strength::Hold => ("warning", "6.0"),
        Strength::Evidence => ("note", "2.0"),
    };
    let mut tags = vec!["security", "supply-chain"];
    tags.extend(kind.techniques());
    json!({
        "id": kind.id(),
        "shortDescription": { "text": text("title") },
        "fullDescription": { "text": text("why") },
        "help": { "text": format!("{}\n\nBenign if {}", text("why"), text("benign")) },
        "defaultConfiguration": { "level": level },
        "properties": { "security-severity": severity, "tags": tags },
    })
}

fn result(reason: &Weighed, used: &[TraitKind], dossier: &Dossier<'_>) -> Value {
    let departure = &reason.departure;
    let view = dossier.reason(reason);
    let mut parts = vec![view.title, view.what, view.path, view.rate, view.softened];
    parts.retain(|part| !part.is_empty());
    let artefact = json!({ "uri": uri::of_path(&dossier.place(&departure.path)) });
    let mut locations: Vec<Value> = departure
        .evidence
        .iter()
        .filter_map(|evidence| {
            let offset = evidence.offset?;
            let mut region = json!({ "byteOffset": offset });
            if let (Some(len), Some(region)) = (evidence.len, region.as_object_mut()) {
                region.insert("byteLength".into(), len.into());
            }
            Some(json!({
                "physicalLocation": { "artifactLocation": artefact, "region": region },
            }))
        })
        .collect();
    if locations.is_empty() {
        locations.push(json!({ "physicalLocation": { "artifactLocation": artefact } }));
    }
    let related = locations.split_off(1);
    let level = match reason.decides {
        Decision::Block => "error",
        Decision::Hold => "warning",
        Decision::Pass => "note",
    };
    let fingerprint = [view.id, departure.path.as_raw(), departure.of.value.as_raw()].join("|");
    json!({
        "ruleId": view.id,
        "ruleIndex": used.iter().position(|kind| *kind == departure.of.kind),
        "level": level,
        "message": { "text": literal(&parts.join(". ")) },
        "locations": locations,
        "relatedLocations": related,
        "partialFingerprints": { "khienTraitAndPath/v1": fingerprint },
        "properties": {
            "decides": reason.decides,
            "bits": reason.bits,
            "adds": reason.adds,
            "rate": reason.rate,
            "amount": departure.amount,
            "before": departure.before,
            "softened": departure.softened,
        },
    })
}
