//! Every inert update pair against what it has to be called: the structures of known incidents must
//! not pass, their honest twins must.

#![expect(clippy::unwrap_used, reason = "tests stop at the first thing that is wrong")]

use std::collections::BTreeMap;
use std::fmt::Write;

use bytes::Bytes;
use khien_lineage::BaseRates;
use khien_lineage::weigh::Decision;
use khien_testkit::release::{Artefact, Case, Expect, benign_cases, cases};
use khien_unpack::Limits;
use khien_vet::profile::{ReleaseProfile, profile};
use khien_vet::traits::Matchers;
use khien_vet::{Report, judge};

fn read(artefact: &Artefact, matchers: &Matchers) -> ReleaseProfile {
    // Small limits, so that bombs end early.
    let limits = Limits { bytes_out_max: 256 << 20, ..Limits::default() };
    profile(
        &artefact.file_name,
        Bytes::from(artefact.bytes.clone()),
        &limits,
        matchers,
        &mut |_, _| {},
    )
}

fn vet(case: &Case, matchers: &Matchers, rates: &BaseRates) -> Report {
    judge(&[read(&case.old, matchers)], &read(&case.new, matchers), rates)
}

fn told(report: &Report) -> String {
    let mut out = String::new();
    for reason in report.reasons.iter().take(6) {
        let d = &reason.departure;
        let _ = write!(
            out,
            "\n      {:<34} {:?} {:.1} bits {} {} {:?}",
            d.of.kind.id(),
            reason.decides,
            reason.bits,
            d.path,
            d.of.value,
            d.softened
        );
    }
    for gap in report.gaps.iter().take(3) {
        let _ = write!(out, "\n      gap {:?} {} {}", gap.reason, gap.path, gap.detail);
    }
    for problem in report.problems.iter().take(3) {
        let _ = write!(out, "\n      problem {}: {}", problem.path, problem.detail);
    }
    out
}

/// What the case was called, and what is wrong with that; empty when nothing is.
fn complaint(case: &Case, report: &Report) -> Option<String> {
    let least = match case.expect {
        Expect::Block => Decision::Block,
        Expect::Hold => Decision::Hold,
        Expect::Pass => Decision::Pass,
    };
    let first = report.reasons.first().map(|r| r.departure.of.kind.id());
    let named = case.first_cause.is_empty()
        || first.is_some_and(|id| case.first_cause.split('|').any(|c| c == id));
    let decided = if case.expect == Expect::Pass {
        report.decision == Decision::Pass
    } else {
        report.decision >= least
    };
    (!decided || !named).then(|| {
        format!(
            "\n{}: {:?}, expected {:?} because of {} ({}){}",
            case.name,
            report.decision,
            case.expect,
            case.first_cause,
            case.about,
            told(report)
        )
    })
}

fn run(cases: &[Case]) -> (Vec<String>, BTreeMap<Decision, usize>) {
    let matchers = Matchers::built_in().unwrap();
    let rates = BaseRates::built_in().unwrap();
    let mut complaints = Vec::new();
    let mut counts = BTreeMap::new();
    for case in cases {
        let report = vet(case, &matchers, &rates);
        *counts.entry(report.decision).or_default() += 1;
        complaints.extend(complaint(case, &report));
    }
    (complaints, counts)
}

#[test]
fn known_structures_do_not_pass_and_name_their_cause_first() {
    let cases = cases();
    assert!(cases.len() >= 40, "{} cases", cases.len());
    let (complaints, _) = run(&cases);
    assert!(
        complaints.is_empty(),
        "{} of {}:{}",
        complaints.len(),
        cases.len(),
        complaints.concat()
    );
}

#[test]
fn hard_structures_are_blocked() {
    let (hard, _): (Vec<Case>, Vec<Case>) = cases().into_iter().partition(|case| case.hard);
    let (_, counts) = run(&hard);
    let blocked = counts.get(&Decision::Block).copied().unwrap_or(0);
    assert!(
        blocked * 100 >= hard.len() * 95,
        "{blocked} of {} hard structures are blocked",
        hard.len()
    );
}

#[test]
fn honest_twins_pass() {
    let cases = benign_cases();
    let (complaints, _) = run(&cases);
    assert!(
        complaints.is_empty(),
        "{} of {}:{}",
        complaints.len(),
        cases.len(),
        complaints.concat()
    );
}

#[test]
fn a_release_beside_itself_passes() {
    let matchers = Matchers::built_in().unwrap();
    let rates = BaseRates::built_in().unwrap();
    for case in benign_cases().iter().take(4) {
        let same = Case { new: case.old.clone(), ..case.clone() };
        let report = vet(&same, &matchers, &rates);
        assert_eq!(report.decision, Decision::Pass, "{}{}", case.name, told(&report));
        assert!(report.reasons.is_empty(), "{}{}", case.name, told(&report));
    }
}

/// A judgement recomputes from the profiles as they are kept, and does not depend on the run.
#[test]
fn judgements_recompute_from_stored_profiles() {
    let matchers = Matchers::built_in().unwrap();
    let rates = BaseRates::built_in().unwrap();
    for case in cases().iter().take(6) {
        let (old, new) = (read(&case.old, &matchers), read(&case.new, &matchers));
        let report = judge(std::slice::from_ref(&old), &new, &rates);
        let stored = |p: &ReleaseProfile| {
            khien_vet::baseline::decode(&khien_vet::baseline::encode(p).unwrap()).unwrap()
        };
        assert_eq!(judge(&[stored(&old)], &stored(&new), &rates), report, "{}", case.name);
    }
}
