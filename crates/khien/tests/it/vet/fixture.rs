//! Releases of the test kit, judged in this process with a table of base rates that never changes.

use std::time::Duration;

use bytes::Bytes;
use khien::output::vet::{VetFormat, VetOptions, render};
use khien_lineage::BaseRates;
use khien_model::Untrusted;
use khien_ops::vet::outcome::Outcome;
use khien_ops::vet::run::Reading;
use khien_testkit::release::{Artefact, Case, benign_cases, cases};
use khien_text::Lang;
use khien_unpack::Limits;
use khien_vet::profile::profile;
use khien_vet::traits::Matchers;

const RATES: &str = r#"
[about]
counted = "2023-03-22"
corpus = "releases of a test"
corpus_hash = "00"
pairs = 76
files = 1186
signed_files = 550
incidents = 24

[[rate]]
kind = "signature.unsigned-bytes"
incidents = 3

[[rate]]
kind = "story.names-carrier"
incidents = 2

[[rate]]
kind = "reference.sibling"
pairs = 3
files = 5
incidents = 4

[[rate]]
kind = "signature.same-digest-other-bytes"
incidents = 2

[[rate]]
kind = "capability.memory"
pairs = 2
files = 4
incidents = 6
"#;

pub(super) fn case(name: &str) -> Case {
    let all = cases().into_iter().chain(benign_cases());
    all.into_iter().find(|case| case.name == name).unwrap()
}

fn reading(artefact: &Artefact) -> Reading {
    let matchers = Matchers::built_in().unwrap();
    let bytes = Bytes::from(artefact.bytes.clone());
    let profile =
        profile(&artefact.file_name, bytes, &Limits::default(), &matchers, &mut |_, _| {});
    Reading { profile, cut_off: false, unconfined: None }
}

/// The outcome of a case, without what changes from version to version of the program.
pub(super) fn outcome(name: &str) -> Outcome {
    let case = case(name);
    let rates = BaseRates::parse(RATES).unwrap();
    let words = ["khien", "vet", &case.old.file_name, &case.new.file_name].map(str::to_owned);
    let (old, new) = (reading(&case.old), reading(&case.new));
    let mut outcome =
        Outcome::of(Vec::new(), vec![old], new, &rates, Duration::from_secs(300), words.to_vec());
    outcome.version = "0.0.0-test";
    outcome.report.knowledge = "0.0.0-test".to_owned();
    outcome
}

/// The same with names that want to be obeyed.
pub(super) fn hostile() -> Outcome {
    let mut outcome = outcome("3cx-windows-nupkg");
    let evil = || {
        Untrusted::new(
            "a\x1b[2J\u{202e}<script>alert(1)</script>\u{9b}[x](http://evil.example){0}.dll",
        )
    };
    let report = &mut outcome.report;
    report.new.name = evil();
    report.new.identity.product = Some(evil().as_raw().to_owned());
    report.new.identity.signers = vec![evil().as_raw().to_owned()];
    for reason in &mut report.reasons {
        reason.departure.path = evil();
        reason.departure.of.value = evil();
        for evidence in &mut reason.departure.evidence {
            evidence.excerpt = evil();
        }
    }
    for file in &mut report.files {
        file.path = evil();
    }
    report.problems.push(khien_vet::report::Problem { path: evil(), detail: evil() });
    outcome.command_line.push(evil().as_raw().to_owned());
    for change in &mut outcome.capabilities {
        change.path = evil();
    }
    outcome.unconfined.push((evil(), evil()));
    outcome
}

pub(super) fn options(lang: Lang, width: usize) -> VetOptions {
    VetOptions { lang, colour: false, width }
}

pub(super) fn rendered(format: VetFormat, outcome: &Outcome, options: &VetOptions) -> String {
    let mut out = Vec::new();
    render(format, outcome, options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// A text without its hashes, which change with every detail of a fixture.
pub(super) fn settled(text: &str) -> String {
    let mut settled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_hexdigit()) {
        let (before, run) = rest.split_at(start);
        settled.push_str(before);
        let end = run.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(run.len());
        let (run, after) = run.split_at(end);
        settled.push_str(&if run.len() == 64 { "0".repeat(64) } else { run.to_owned() });
        rest = after;
    }
    settled.push_str(rest);
    settled
}
