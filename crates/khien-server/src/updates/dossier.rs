//! What vetting found, in the form of the wire: within bounds when it is kept, in words when it is read.

use khien_lineage::weigh::{BLOCK_BITS, Departure, HOLD_BITS};
use khien_lineage::{Decision, Strength, Trait, TraitKind, Weighed};
use khien_model::Untrusted;
use khien_ops::vet::capability::CapabilityChange;
use khien_ops::vet::outcome::Outcome;
use khien_text::Lang;
use khien_vet::report::{Change, FileChange, ReleaseSummary, Report};
use khien_wire::{
    UpdateCapability, UpdateChanges, UpdateChoice, UpdateDossier, UpdateEvidence, UpdateFile,
    UpdateFileChange, UpdateGap, UpdateReason, UpdateRelease, UpdateTrait, UpdateVerdict,
};
use serde::{Deserialize, Serialize};

use crate::advisories::reading::cut;

/// Bound: reasons, gaps and programs that are told.
const LINES_MAX: usize = 100;
/// Bound: files.
const FILES_MAX: usize = 500;
/// Bound: earlier releases, the last ones.
const EARLIER_MAX: usize = 20;
/// Bound: traits of a program of one sort.
const TRAITS_MAX: usize = 40;
/// Bound: pieces of evidence of a reason, and signers of a release.
const EVIDENCE_MAX: usize = 3;
const SIGNERS_MAX: usize = 8;
/// Bound: characters of a text from outside.
const TEXT_MAX: usize = 1000;

/// A dossier as it is kept: without words, which are those of whoever reads it.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Kept {
    confidence: String,
    new_functions: u64,
    functions: u64,
    dossier: UpdateDossier,
}

/// What vetting says. What could only not be looked at is unknown.
pub(crate) fn verdict_of(report: &Report) -> UpdateVerdict {
    match report.decision {
        Decision::Pass => UpdateVerdict::Pass,
        _ if report.only_incomplete() => UpdateVerdict::Unknown,
        Decision::Hold => UpdateVerdict::Hold,
        Decision::Block => UpdateVerdict::Block,
    }
}

fn count(all: usize) -> u64 {
    u64::try_from(all).unwrap_or(u64::MAX)
}

fn outside(text: &Untrusted) -> String {
    cut(text.as_raw(), TEXT_MAX)
}

fn of_choice(decision: Decision) -> UpdateChoice {
    match decision {
        Decision::Pass => UpdateChoice::Pass,
        Decision::Hold => UpdateChoice::Hold,
        Decision::Block => UpdateChoice::Block,
    }
}

/// The word that a value has in the whole report.
fn word(value: &impl Serialize) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}

impl Kept {
    /// The dossier of an outcome.
    pub(crate) fn of(outcome: &Outcome) -> Self {
        let report = &outcome.report;
        let left_out = report.earlier.len().saturating_sub(EARLIER_MAX);
        let gaps = gaps(outcome);
        let mut files: Vec<&FileChange> = report.files.iter().collect();
        files.sort_by_key(|file| !file.program);
        let changes = report.changes;
        let rates = &report.base_rates;
        let dossier = UpdateDossier {
            verdict: verdict_of(report),
            meaning: String::new(),
            score: report.score,
            hold_bits: HOLD_BITS,
            block_bits: BLOCK_BITS,
            complete: report.complete,
            same_bytes: outcome.same_bytes,
            first: outcome.is_first(),
            unconfined: !outcome.unconfined.is_empty(),
            release: release(&report.new),
            earlier: report.earlier.iter().skip(left_out).map(release).collect(),
            earlier_count: count(report.earlier.len()),
            reasons: report.leading(LINES_MAX).map(reason).collect(),
            reason_count: count(report.reasons.len()),
            gap_count: count(gaps.len()),
            gaps: gaps.into_iter().take(LINES_MAX).collect(),
            capabilities: outcome.capabilities.iter().take(LINES_MAX).map(capability).collect(),
            capability_count: count(outcome.capabilities.len()),
            files: files.into_iter().take(FILES_MAX).map(file).collect(),
            file_count: count(report.files.len()),
            changes: UpdateChanges {
                same: count(changes.same),
                changed: count(changes.changed),
                added: count(changes.added),
                removed: count(changes.removed),
            },
            code: String::new(),
            program: report.knowledge.clone(),
            base_rates: format!("{}, {}", rates.corpus, rates.counted),
        };
        Self {
            confidence: word(&report.confidence),
            new_functions: count(report.code.new_functions),
            functions: count(report.code.functions),
            dossier,
        }
    }

    /// The dossier without words.
    pub(crate) const fn bare(&self) -> &UpdateDossier {
        &self.dossier
    }

    /// The dossier in words.
    pub(crate) fn worded(self, lang: Lang) -> UpdateDossier {
        let mut dossier = self.dossier;
        dossier.meaning = meaning(&dossier, lang);
        let (new, all) = (grouped(self.new_functions, lang), grouped(self.functions, lang));
        let key = format!("vet.confidence.{}", self.confidence);
        dossier.code = lang.text(&key, &[("new", &new), ("all", &all)]);
        for reason in &mut dossier.reasons {
            let of_kind = |what: &str| lang.text(&format!("vet.kind.{}.{what}", reason.kind), &[]);
            reason.title = of_kind("title");
            reason.why = of_kind("why");
            reason.benign = of_kind("benign");
            reason.softened = reason.softened.take().map(|kept| softened(&kept, lang));
        }
        for gap in &mut dossier.gaps {
            (gap.what, gap.step) = gap_words(&gap.code, lang);
        }
        let programs = dossier.capabilities.iter_mut();
        for of in programs.flat_map(|p| [&mut p.kept, &mut p.gained, &mut p.lost]).flatten() {
            of.title = title(&of.kind, lang);
        }
        dossier
    }
}

/// Codes of gaps that the reader does not know: a program that could not be read as one, and no trusted release.
const PROBLEM: &str = "problem";
const NO_EARLIER: &str = "no_earlier";

/// What could not be looked at: as the reader says, for want of a release to compare with, and programs
/// that could not be read as such.
fn gaps(outcome: &Outcome) -> Vec<UpdateGap> {
    let report = &outcome.report;
    let gap = |code: String, path: String, detail: String, bytes| UpdateGap {
        path,
        code,
        what: String::new(),
        step: String::new(),
        detail,
        bytes,
    };
    let first =
        outcome.is_first().then(|| gap(NO_EARLIER.to_owned(), String::new(), String::new(), None));
    let of_reader = report
        .gaps
        .iter()
        .map(|one| gap(word(&one.reason), outside(&one.path), outside(&one.detail), one.bytes));
    let problems = report
        .problems
        .iter()
        .map(|one| gap(PROBLEM.to_owned(), outside(&one.path), outside(&one.detail), None));
    first.into_iter().chain(of_reader).chain(problems).collect()
}

/// What a kind is called.
pub(crate) fn title(kind: &str, lang: Lang) -> String {
    lang.text(&format!("vet.kind.{kind}.title"), &[])
}

fn gap_words(code: &str, lang: Lang) -> (String, String) {
    let text = |key: &str| lang.text(key, &[]);
    match code {
        PROBLEM => (text("server.update.problem"), text("vet.problem.step")),
        NO_EARLIER => (text("server.update.no_earlier"), text("server.update.no_earlier.step")),
        _ => (text(&format!("vet.gap.{code}.what")), text(&format!("vet.gap.{code}.step"))),
    }
}

fn meaning(dossier: &UpdateDossier, lang: Lang) -> String {
    let text = |key: &str| lang.text(key, &[]);
    if dossier.same_bytes {
        return text("vet.same-bytes");
    }
    let (key, enough) = match dossier.verdict {
        UpdateVerdict::Unknown if dossier.first => return text("server.update.first"),
        UpdateVerdict::Unknown => return text("vet.incomplete"),
        UpdateVerdict::Pass => return text("vet.decision.pass.about"),
        UpdateVerdict::Hold => ("vet.decision.hold.about", HOLD_BITS),
        UpdateVerdict::Block => ("vet.decision.block.about", BLOCK_BITS),
    };
    match dossier.score < enough {
        true => format!("{} {}", text(key), text("vet.alone")),
        false => text(key),
    }
}

/// Why something counts for less: whether it is less to the sum, or decides less; and the reason.
fn softening(departure: &Departure) -> Option<String> {
    let how = match departure.of.kind.strength() {
        Strength::Evidence => "less",
        Strength::Hold | Strength::Block => "not-alone",
    };
    departure.softened.map(|why| format!("{how}:{}", word(&why)))
}

fn softened(kept: &str, lang: Lang) -> String {
    let (how, why) = kept.split_once(':').unwrap_or(("less", kept));
    let why = lang.text(&format!("vet.softened.{why}"), &[]);
    lang.text(&format!("vet.softened.{how}"), &[("why", &why)])
}

/// A number with its thousands set apart.
fn grouped(number: u64, lang: Lang) -> String {
    let separator = match lang {
        Lang::En => ',',
        Lang::Vi => '.',
    };
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(separator);
        }
        text.push(digit);
    }
    text
}

fn release(of: &ReleaseSummary) -> UpdateRelease {
    let cut = |text: &Option<String>| text.as_deref().map(|text| cut(text, TEXT_MAX));
    let signers = of.identity.signers.iter().take(SIGNERS_MAX);
    UpdateRelease {
        name: outside(&of.name),
        sha256: of.sha256.clone(),
        size: of.size,
        product: cut(&of.identity.product),
        version: cut(&of.identity.version),
        publisher: cut(&of.identity.publisher),
        signers: signers.map(|signer| signer.chars().take(TEXT_MAX).collect()).collect(),
        files: count(of.files),
        programs: count(of.programs),
        signed: count(of.signed),
    }
}

fn reason(of: &Weighed) -> UpdateReason {
    let departure = &of.departure;
    let kind = departure.of.kind;
    let evidence = departure.evidence.iter().take(EVIDENCE_MAX);
    UpdateReason {
        kind: kind.id().to_owned(),
        title: String::new(),
        why: String::new(),
        benign: String::new(),
        decides: of_choice(of.decides),
        bits: of.bits,
        adds: of.adds,
        path: outside(&departure.path),
        value: outside(&departure.of.value),
        amount: departure.amount,
        in_bytes: is_in_bytes(kind),
        before: departure.before,
        softened: softening(departure),
        evidence: evidence
            .map(|one| UpdateEvidence {
                offset: one.offset,
                len: one.len,
                excerpt: outside(&one.excerpt),
            })
            .collect(),
        benign_pairs: of.rate.pairs,
        benign_pairs_of: of.rate.pairs_of,
        incidents: of.rate.incidents,
        incidents_of: of.rate.incidents_of,
        techniques: kind.techniques().iter().map(|one| (*one).to_owned()).collect(),
    }
}

/// Kinds whose amount counts bytes.
const fn is_in_bytes(kind: TraitKind) -> bool {
    use TraitKind as K;
    matches!(
        kind,
        K::UnsignedBytes
            | K::OpaqueBytes
            | K::Overlay
            | K::UnexplainedBytes
            | K::SameDigestOtherBytes
            | K::NamesCarrier
            | K::NotOpened
    )
}

fn capability(of: &CapabilityChange) -> UpdateCapability {
    let traits = |all: &[Trait]| {
        let told = all.iter().take(TRAITS_MAX).map(|one| UpdateTrait {
            kind: one.kind.id().to_owned(),
            title: String::new(),
            value: outside(&one.value),
        });
        told.collect()
    };
    UpdateCapability {
        path: outside(&of.path),
        before: of.before.as_ref().map(outside),
        kept: traits(&of.kept),
        gained: traits(&of.gained),
        lost: traits(&of.lost),
    }
}

fn file(of: &FileChange) -> UpdateFile {
    UpdateFile {
        path: outside(&of.path),
        change: match of.change {
            Change::Same => UpdateFileChange::Same,
            Change::Changed => UpdateFileChange::Changed,
            Change::Added => UpdateFileChange::Added,
            Change::Removed => UpdateFileChange::Removed,
        },
        sha256: of.sha256.clone(),
        size: of.size,
        program: of.program,
        before: of.continues.as_ref().map(|before| outside(&before.path)),
        before_size: of.continues.as_ref().map(|before| before.size),
    }
}

#[cfg(test)]
mod tests;
