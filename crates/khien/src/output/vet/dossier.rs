//! The sentences of a dossier, for the table and the page.

use khien_lineage::weigh::{BLOCK_BITS, HOLD_BITS, Softening};
use khien_lineage::{BaseRate, Decision, Evidence, Strength, Trait, TraitKind, Weighed};
use khien_model::Untrusted;
use khien_unpack::{Gap, GapReason, SpanKind};
use khien_vet::report::ReleaseSummary;

use super::decision_sign;
use crate::args::{
    MEMORY_MIB, MEMORY_MIB_MAX, TIMEOUT_SECONDS, TIMEOUT_SECONDS_MAX, UNPACKED_GIB,
    UNPACKED_GIB_MAX,
};
use crate::output::defang::Defang;
use crate::output::shell;
use crate::output::summary::NextStep;
use crate::output::words::{Words, clipped, stable_word};
use khien_ops::vet::capability::CapabilityChange;
use khien_ops::vet::outcome::Outcome;

/// Bound: pieces of evidence shown for one reason.
const EVIDENCE_MAX: usize = 3;
/// Bound: characters of an excerpt, and of a value.
const EXCERPT_CHARS_MAX: usize = 160;
const VALUE_CHARS_MAX: usize = 200;
/// Bound: earlier releases named.
const EARLIER_MAX: usize = 6;
/// Bound: signers named of one release.
const SIGNERS_MAX: usize = 3;

/// An outcome, and how to speak about it.
#[derive(Clone, Copy)]
pub(super) struct Dossier<'a> {
    pub(super) outcome: &'a Outcome,
    pub(super) words: &'a Words,
}

/// One reason, ready to be read.
pub(super) struct ReasonView {
    /// What it decides alone: `pass`, `hold`, `block`.
    pub(super) class: &'static str,
    pub(super) sign: &'static str,
    pub(super) decides: String,
    pub(super) title: String,
    /// What it adds to the score, with its unit.
    pub(super) bits: String,
    /// The file, or the release.
    pub(super) path: String,
    /// Which one of its kind, and how much of it.
    pub(super) what: String,
    pub(super) why: String,
    pub(super) benign: String,
    pub(super) rate: String,
    pub(super) softened: String,
    pub(super) evidence: Vec<String>,
    pub(super) techniques: Vec<&'static str>,
    /// The stable identifier.
    pub(super) id: &'static str,
}

/// What one program gained and lost.
pub(super) struct CapabilityView {
    pub(super) path: String,
    /// The earlier file where it has another path; or that there was none.
    pub(super) note: String,
    pub(super) kept: Vec<String>,
    pub(super) gained: Vec<String>,
    pub(super) lost: Vec<String>,
}

impl Dossier<'_> {
    pub(super) fn text(&self, key: &str) -> String {
        self.words.text(key, &[])
    }

    /// The word for the decision.
    pub(super) fn decision(&self) -> String {
        self.decision_word(self.outcome.report.decision)
    }

    fn decision_word(&self, decision: Decision) -> String {
        self.text(&format!("vet.decision.{}", decision.as_str()))
    }

    /// What the decision means here, in one sentence.
    pub(super) fn meaning(&self) -> String {
        if self.outcome.same_bytes {
            return self.text("vet.same-bytes");
        }
        let report = &self.outcome.report;
        if report.only_incomplete() {
            return self.text("vet.incomplete");
        }
        let meaning = self.text(&format!("vet.decision.{}.about", report.decision.as_str()));
        let enough = match report.decision {
            Decision::Pass => return meaning,
            Decision::Hold => HOLD_BITS,
            Decision::Block => BLOCK_BITS,
        };
        match report.score < enough {
            true => format!("{meaning} {}", self.text("vet.alone")),
            false => meaning,
        }
    }

    /// `Product 1.0 → 1.1`.
    pub(super) fn title(&self) -> String {
        let (old, new) = (self.outcome.report.earlier.last(), &self.outcome.report.new);
        let product = new.identity.product.as_deref().map_or_else(
            || clipped(new.name.as_raw(), VALUE_CHARS_MAX),
            |product| clipped(product, VALUE_CHARS_MAX),
        );
        let version = |release: &ReleaseSummary| match &release.identity.version {
            Some(version) => clipped(version, VALUE_CHARS_MAX),
            None => self.text("vet.version.none"),
        };
        match old {
            Some(old) => format!("{product} {} → {}", version(old), version(new)),
            None => format!("{product} {}", version(new)),
        }
    }

    /// Label and text of each line of the head.
    pub(super) fn rows(&self) -> Vec<(String, String)> {
        let report = &self.outcome.report;
        let rows = [
            ("vet.label.release", self.release(&report.new)),
            ("vet.label.publisher", self.publisher()),
            ("vet.label.signer", self.signer()),
            ("vet.label.earlier", self.earlier()),
            ("vet.label.score", self.score()),
            ("vet.label.changes", self.changes()),
            ("vet.label.code", self.code()),
            ("vet.label.families", self.families()),
        ];
        rows.into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(label, value)| (self.text(label), value))
            .collect()
    }

    fn release(&self, release: &ReleaseSummary) -> String {
        let counts = self.words.text(
            "vet.release",
            &[
                ("name", &clipped(release.name.as_raw(), VALUE_CHARS_MAX)),
                ("size", &self.words.bytes(release.size)),
                ("files", &self.words.number(release.files as u64)),
                ("programs", &self.words.number(release.programs as u64)),
            ],
        );
        match release.sha256.as_str() {
            "" => counts,
            sha256 => format!("{counts}, SHA-256 {}", clipped(sha256, 64)),
        }
    }

    fn publisher(&self) -> String {
        let publisher = self.outcome.report.new.identity.publisher.as_deref().unwrap_or_default();
        clipped(publisher, VALUE_CHARS_MAX)
    }

    /// Whether the same organisation signed as before.
    fn signer(&self) -> String {
        let report = &self.outcome.report;
        let names = |release: &ReleaseSummary| -> Vec<String> {
            let signers = release.identity.signers.iter().take(SIGNERS_MAX);
            signers.map(|signer| clipped(signer, VALUE_CHARS_MAX)).collect()
        };
        let Some(last) = report.earlier.last() else { return names(&report.new).join(", ") };
        let (old, new) = (names(last), names(&report.new));
        let (before, signer) = (old.join(", "), new.join(", "));
        match (old.is_empty(), new.is_empty()) {
            (true, true) => self.text("vet.signer.none"),
            (true, false) => self.words.text("vet.signer.gained", &[("signer", &signer)]),
            (false, true) => self.words.text("vet.signer.lost", &[("before", &before)]),
            (false, false) if old.first() == new.first() => {
                self.words.text("vet.signer.same", &[("signer", &signer)])
            }
            (false, false) => {
                let arguments: [(&str, &dyn std::fmt::Display); 2] =
                    [("signer", &signer), ("before", &before)];
                self.words.text("vet.signer.changed", &arguments)
            }
        }
    }

    fn earlier(&self) -> String {
        let earlier = &self.outcome.report.earlier;
        let name = |release: &ReleaseSummary| match &release.identity.version {
            Some(version) => clipped(version, VALUE_CHARS_MAX),
            None => clipped(release.name.as_raw(), VALUE_CHARS_MAX),
        };
        let skipped = earlier.len().saturating_sub(EARLIER_MAX);
        let mut names: Vec<String> = earlier.iter().skip(skipped).map(name).collect();
        if skipped > 0 {
            names.insert(0, "…".to_owned());
        }
        let count = self.words.counted("vet.earlier", earlier.len() as u64);
        format!("{count}: {}", names.join(", "))
    }

    pub(super) fn score(&self) -> String {
        let bits = |bits: f64| self.bits(bits);
        self.words.text(
            "vet.score",
            &[
                ("bits", &bits(self.outcome.report.score)),
                ("hold", &bits(HOLD_BITS)),
                ("block", &bits(BLOCK_BITS)),
            ],
        )
    }

    /// A number of bits, with one decimal.
    pub(super) fn bits(&self, bits: f64) -> String {
        self.words.tenths(tenths_of(bits))
    }

    pub(super) fn changes(&self) -> String {
        let changes = self.outcome.report.changes;
        let number = |count: usize| self.words.number(count as u64);
        self.words.text(
            "vet.changes",
            &[
                ("same", &number(changes.same)),
                ("changed", &number(changes.changed)),
                ("added", &number(changes.added)),
                ("removed", &number(changes.removed)),
            ],
        )
    }

    /// How far the comparison of code can be trusted.
    pub(super) fn code(&self) -> String {
        let report = &self.outcome.report;
        let arguments: [(&str, &dyn std::fmt::Display); 2] = [
            ("new", &self.words.number(report.code.new_functions as u64)),
            ("all", &self.words.number(report.code.functions as u64)),
        ];
        self.words.text(&format!("vet.confidence.{}", stable_word(&report.confidence)), &arguments)
    }

    /// Which families speak against it, most weight first.
    fn families(&self) -> String {
        let families = self.outcome.report.families();
        let told = families.into_iter().filter(|(_, bits)| *bits >= 0.05);
        told.map(|(family, bits)| {
            let word = self.text(&format!("vet.family.{}", stable_word(&family)));
            format!("{word} {}", self.bits(bits))
        })
        .collect::<Vec<_>>()
        .join(", ")
    }

    /// The leading reasons, at most so many, and how many are left out.
    pub(super) fn reasons(&self, most: usize) -> (Vec<ReasonView>, usize) {
        let report = &self.outcome.report;
        let shown: Vec<ReasonView> = report.leading(most).map(|r| self.reason(r)).collect();
        let left_out = report.reasons.len().saturating_sub(shown.len());
        (shown, left_out)
    }

    pub(super) fn reason(&self, reason: &Weighed) -> ReasonView {
        let (departure, kind) = (&reason.departure, reason.departure.of.kind);
        let of_kind = |what: &str| self.text(&format!("vet.kind.{}.{what}", kind.id()));
        let benign = of_kind("benign");
        ReasonView {
            class: reason.decides.as_str(),
            sign: reason_sign(reason.decides),
            decides: match reason.decides {
                Decision::Pass => self.text("vet.decides.evidence"),
                decides => self.decision_word(decides),
            },
            title: of_kind("title"),
            bits: self.words.text("vet.bits", &[("bits", &self.bits(reason.adds))]),
            path: self.place(&departure.path),
            what: self.what(&departure.of, departure.amount, departure.before),
            why: of_kind("why"),
            benign: self.words.text("vet.benign", &[("benign", &benign)]),
            rate: self.rate(reason.rate),
            softened: departure.softened.map_or_else(String::new, |why| self.softened(kind, why)),
            evidence: departure
                .evidence
                .iter()
                .take(EVIDENCE_MAX)
                .map(|evidence| self.evidence(evidence))
                .filter(|line| !line.is_empty())
                .collect(),
            techniques: kind.techniques().to_vec(),
            id: kind.id(),
        }
    }

    /// A path inside the release; the release's own name where it is meant as a whole.
    pub(super) fn place(&self, path: &Untrusted) -> String {
        match path.as_raw() {
            "" => self.outcome.report.new.name.to_string(),
            _ => path.to_string(),
        }
    }

    /// Which one of its kind, and how much of it, where that says something.
    fn what(&self, of: &Trait, amount: u64, before: Option<u64>) -> String {
        let mut parts = Vec::new();
        let value = self.value(of);
        if !value.is_empty() {
            parts.push(value);
        }
        let number = |amount| match is_in_bytes(of.kind) {
            true => self.words.bytes(amount),
            false => self.words.number(amount),
        };
        if let Some(before) = before {
            parts.push(self.words.text(
                "vet.amount.before",
                &[("amount", &number(amount)), ("before", &number(before))],
            ));
        } else if amount > 1 {
            parts.push(self.words.text("vet.amount", &[("amount", &number(amount))]));
        }
        parts.join(" · ")
    }

    /// A trait's value: hosts cannot be followed by a click.
    fn value(&self, of: &Trait) -> String {
        let value = clipped(of.value.as_raw(), VALUE_CHARS_MAX);
        let defang = match of.kind {
            TraitKind::NamesHost | TraitKind::UpdateChannel => Defang::Addresses,
            _ => Defang::Urls,
        };
        defang.apply(&value).into_owned()
    }

    /// How often benign releases and known attacks do the same.
    fn rate(&self, rate: BaseRate) -> String {
        let number = |count: u32| self.words.number(u64::from(count));
        let benign = self.words.text(
            "vet.rate.benign",
            &[
                ("count", &number(rate.pairs)),
                ("of", &number(rate.pairs_of)),
                ("percent", &self.words.tenths(tenths_of(rate.at_most() * 100.0))),
            ],
        );
        let attacks = self.words.text(
            "vet.rate.attacks",
            &[("count", &number(rate.incidents)), ("of", &number(rate.incidents_of))],
        );
        format!("{benign}; {attacks}")
    }

    fn softened(&self, kind: TraitKind, why: Softening) -> String {
        let why = self.text(&format!("vet.softened.{}", stable_word(&why)));
        match kind.strength() {
            Strength::Evidence => self.words.text("vet.softened.less", &[("why", &why)]),
            Strength::Hold | Strength::Block => {
                self.words.text("vet.softened.not-alone", &[("why", &why)])
            }
        }
    }

    fn evidence(&self, evidence: &Evidence) -> String {
        let excerpt = clipped(evidence.excerpt.as_raw(), EXCERPT_CHARS_MAX);
        let excerpt = Defang::Urls.apply(&excerpt).into_owned();
        let place = match (evidence.offset, evidence.len.filter(|len| *len > 0)) {
            (None, _) => String::new(),
            (Some(offset), None) => {
                self.words.text("vet.evidence.at", &[("offset", &self.words.number(offset))])
            }
            (Some(offset), Some(len)) => self.words.text(
                "vet.evidence.stretch",
                &[("offset", &self.words.number(offset)), ("len", &self.words.bytes(len))],
            ),
        };
        match (place.is_empty(), excerpt.is_empty()) {
            (false, false) => format!("{place}: {excerpt}"),
            (false, true) => place,
            (true, _) => excerpt,
        }
    }

    /// What programs gained and lost, at most so many, and how many are left out.
    pub(super) fn capabilities(&self, most: usize) -> (Vec<CapabilityView>, usize) {
        let all = &self.outcome.capabilities;
        let shown: Vec<_> = all.iter().take(most).map(|change| self.capability(change)).collect();
        let left_out = all.len() - shown.len();
        (shown, left_out)
    }

    fn capability(&self, change: &CapabilityChange) -> CapabilityView {
        let list = |traits: &[Trait]| traits.iter().map(|of| self.trait_words(of)).collect();
        CapabilityView {
            path: self.place(&change.path),
            note: match &change.before {
                None => self.text("vet.change.added"),
                Some(before) if *before == change.path => String::new(),
                Some(before) => self.words.text("vet.continues", &[("path", &self.place(before))]),
            },
            kept: list(&change.kept),
            gained: list(&change.gained),
            lost: list(&change.lost),
        }
    }

    /// A trait in a few words.
    fn trait_words(&self, of: &Trait) -> String {
        let id = of.kind.id();
        let word = id.split_once('.').map_or(id, |(_, word)| word);
        match self.value(of) {
            value if value.is_empty() => word.to_owned(),
            value => format!("{word}: {value}"),
        }
    }

    /// What could not be looked at, and the step that would close the gap.
    pub(super) fn gaps(&self) -> Vec<(String, String)> {
        let report = &self.outcome.report;
        let gaps = report.gaps.iter().map(|gap| self.gap(gap));
        let problems = report.problems.iter().map(|problem| {
            let detail = clipped(problem.detail.as_raw(), VALUE_CHARS_MAX);
            let path = self.place(&problem.path);
            let what = self.words.text("vet.problem.what", &[("path", &path), ("detail", &detail)]);
            (what, self.text("vet.problem.step"))
        });
        let unconfined = self.outcome.unconfined.iter().map(|(release, why)| {
            let arguments: [(&str, &dyn std::fmt::Display); 2] =
                [("release", release), ("why", why)];
            (self.words.text("vet.unconfined.what", &arguments), self.text("vet.unconfined.step"))
        });
        gaps.chain(problems).chain(unconfined).collect()
    }

    fn gap(&self, gap: &Gap) -> (String, String) {
        let reason = stable_word(&gap.reason);
        let mut what =
            format!("{}: {}", self.place(&gap.path), self.text(&format!("vet.gap.{reason}.what")));
        let detail = clipped(gap.detail.as_raw(), VALUE_CHARS_MAX);
        if !detail.is_empty() {
            what = format!("{what} ({detail})");
        }
        if let Some(bytes) = gap.bytes.filter(|bytes| *bytes > 0) {
            what = format!("{what}, {}", self.words.bytes(bytes));
        }
        (what, self.text(&format!("vet.gap.{reason}.step")))
    }

    /// What to do next; who holds the page already needs no page.
    pub(super) fn next(&self, holds_page: bool) -> Vec<NextStep> {
        let outcome = self.outcome;
        let words = || shell::without_output(&outcome.command_line);
        let with = |options: &[(&str, &str)]| shell::with_options(words(), options);
        let page = NextStep {
            text: self.text("vet.next.page"),
            command: with(&[("--format", "html"), ("-o", "dossier.html")]),
        };
        let has_lineage =
            outcome.command_line.iter().any(|w| w.starts_with("--baseline") || w.starts_with("-b"));
        let mut steps = Vec::new();
        match outcome.report.decision {
            Decision::Pass if has_lineage => {
                steps.push(NextStep { text: self.text("vet.next.roll-out"), command: Vec::new() });
            }
            Decision::Pass => steps.push(NextStep {
                text: self.text("vet.next.keep"),
                command: with(&[("--baseline", "lineage")]),
            }),
            Decision::Hold | Decision::Block => {
                steps.push(NextStep { text: self.text("vet.next.ask"), command: Vec::new() });
                let larger = self.larger_bounds();
                if !larger.is_empty() {
                    let larger: Vec<(&str, &str)> =
                        larger.iter().map(|(option, value)| (*option, value.as_str())).collect();
                    steps.push(NextStep {
                        text: self.text("vet.next.more"),
                        command: with(&larger),
                    });
                }
                if !holds_page {
                    steps.push(page);
                }
                let is_accepted = outcome.command_line.iter().any(|w| w.starts_with("--accept"));
                if has_lineage && !is_accepted {
                    steps.push(NextStep {
                        text: self.text("vet.next.accept"),
                        command: with(&[("--accept", "…")]),
                    });
                }
            }
        }
        steps
    }

    /// The bounds that were too small, each four times as large as it was.
    fn larger_bounds(&self) -> Vec<(&'static str, String)> {
        const TIMES: u64 = 4;
        let larger = |bound: &Bound| {
            let given = shell::value_of(&self.outcome.command_line, bound.option);
            let was = given.and_then(|value| value.parse().ok()).unwrap_or(bound.default);
            let now = was.saturating_mul(TIMES).min(bound.most);
            (now > was).then(|| (bound.option, now.to_string()))
        };
        let gaps = &self.outcome.report.gaps;
        let too_small = |bound: &&Bound| gaps.iter().any(|gap| gap.reason == bound.gap);
        BOUNDS.iter().filter(too_small).filter_map(larger).collect()
    }

    /// What the bytes of a release's containers are.
    pub(super) fn ledger_word(&self, kind: SpanKind) -> String {
        self.text(&format!("vet.ledger.{}", stable_word(&kind)))
    }

    /// Where the base rates and the traits come from.
    pub(super) fn method(&self) -> Vec<(String, String)> {
        let report = &self.outcome.report;
        let rates = self.words.text(
            "vet.rates",
            &[
                ("pairs", &self.words.number(u64::from(report.base_rates.pairs))),
                ("attacks", &self.words.number(u64::from(report.base_rates.incidents))),
                ("corpus", &clipped(&report.base_rates.corpus, VALUE_CHARS_MAX)),
                ("counted", &clipped(&report.base_rates.counted, VALUE_CHARS_MAX)),
            ],
        );
        let command = shell::command_line(&self.outcome.command_line);
        vec![
            (self.text("vet.label.program"), format!("khien {}", self.outcome.version)),
            (self.text("vet.label.knowledge"), clipped(&report.knowledge, VALUE_CHARS_MAX)),
            (self.text("vet.label.rates"), rates),
            (self.text("vet.label.command"), command),
        ]
    }

    /// Sign, class and word of the decision.
    pub(super) fn badge(&self) -> (&'static str, &'static str, String) {
        let decision = self.outcome.report.decision;
        (decision_sign(decision), decision.as_str(), self.decision())
    }
}

/// The sign beside a reason: the more it decides, the more ink.
const fn reason_sign(decides: Decision) -> &'static str {
    match decides {
        Decision::Block => "■",
        Decision::Hold => "△",
        Decision::Pass => "·",
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

/// A bound that the user may raise, and the gap that this may close. Default and most are those of the
/// command line.
struct Bound {
    gap: GapReason,
    option: &'static str,
    default: u64,
    most: u64,
}

const BOUNDS: [Bound; 3] = [
    Bound {
        gap: GapReason::TooMuchMemory,
        option: "--memory-mib",
        default: MEMORY_MIB,
        most: MEMORY_MIB_MAX,
    },
    Bound {
        gap: GapReason::TooMuchTime,
        option: "--timeout",
        default: TIMEOUT_SECONDS,
        most: TIMEOUT_SECONDS_MAX,
    },
    Bound {
        gap: GapReason::TooManyBytes,
        option: "--unpacked-max-gib",
        default: UNPACKED_GIB,
        most: UNPACKED_GIB_MAX,
    },
];

/// A number in tenths, rounded; zero for what is below.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to a range that fits"
)]
fn tenths_of(number: f64) -> u64 {
    (number * 10.0).round().clamp(0.0, 1e12) as u64
}
