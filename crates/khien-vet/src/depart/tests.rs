use khien_lineage::weigh::{Decision, Weighed};
use khien_lineage::{BaseRates, TraitKind};

use super::*;
use crate::made::{
    library, naming, opaque, program, release, script, signed, text, versioned, with,
};
use crate::report::Report;
use crate::{judge, judge_within};

mod alarms;
mod bounds;
mod signers;

fn rates() -> BaseRates {
    BaseRates::built_in().unwrap()
}

/// One release after another, the last of which is judged.
fn after(releases: &[Vec<FileProfile>]) -> Report {
    let numbered = releases.iter().enumerate();
    let mut all: Vec<_> =
        numbered.map(|(i, files)| release(&format!("1.0.{i}"), files.clone())).collect();
    let new = all.pop().unwrap();
    judge(&all, &new, &rates())
}

fn vet(old: Vec<FileProfile>, new: Vec<FileProfile>) -> Report {
    after(&[old, new])
}

fn reason(report: &Report, kind: TraitKind) -> Option<&Weighed> {
    report.reasons.iter().find(|reason| reason.departure.of.kind == kind)
}

fn decides(report: &Report, kind: TraitKind) -> Option<Decision> {
    reason(report, kind).map(|reason| reason.decides)
}

fn app(new: bool) -> FileProfile {
    program("app.exe", if new { "new app" } else { "app" }, if new { "1.0.1" } else { "1.0.0" })
}

// ------------------------------------------------------------------ old bytes under a new name

#[test]
fn an_old_helper_under_a_systems_name_is_blocked() {
    let helper = |path| library(path, "helper", 500..600);
    let old = vec![app(false), helper("tools/helper.dll")];
    let moved = vet(old.clone(), vec![app(true), helper("version.dll")]);
    assert_eq!(decides(&moved, TraitKind::ShadowsSystem), Some(Decision::Block));
    let copied = vec![app(true), helper("tools/helper.dll"), helper("version.dll")];
    assert_eq!(decides(&vet(old.clone(), copied), TraitKind::ShadowsSystem), Some(Decision::Block));
    // The same under a name of its own, and by who may bring it.
    let renamed = vet(old, vec![app(true), helper("tools/assistant.dll")]);
    assert_eq!(reason(&renamed, TraitKind::ShadowsSystem), None);
    let microsoft = |path| signed(helper(path), "Microsoft Corporation");
    let report = vet(
        vec![app(false), microsoft("tools/helper.dll")],
        vec![app(true), microsoft("dbghelp.dll")],
    );
    assert_eq!(reason(&report, TraitKind::ShadowsSystem), None);
}

#[test]
fn a_library_of_a_systems_name_that_moves_beside_the_program_is_blocked() {
    let at = |path, content| library(path, content, 500..600);
    let beside = |old, new| {
        let report = vec![app(false), at(old, "a")];
        let report = vet(report, vec![app(true), at(new, "b")]);
        decides(&report, TraitKind::ShadowsSystem)
    };
    assert_eq!(beside("redist/dbghelp.dll", "dbghelp.dll"), Some(Decision::Block));
    assert_eq!(beside("dbghelp.dll", "dbghelp.dll"), None);
    assert_eq!(beside("redist/dbghelp.dll", "redist/x64/dbghelp.dll"), None);
}

#[test]
fn an_old_file_in_a_place_where_it_is_started_is_held() {
    let job = |path: &str| text(path, "job");
    let started = with(job("etc/cron.d/x"), TraitKind::InstallAction, "cron:x", 1);
    let report = vet(vec![job("doc/cron.example")], vec![started.clone()]);
    assert_eq!(decides(&report, TraitKind::InstallAction), Some(Decision::Hold));
    assert_eq!(vet(vec![started.clone()], vec![started]).decision, Decision::Pass);
}

// ------------------------------------------------------------------ rolled back

#[test]
fn a_component_of_an_earlier_version_is_held() {
    let lib = |version: &str| versioned(library("lib.dll", version, 0..100), version);
    let (first, second) = (lib("1.0.1.0"), lib("1.0.2.0"));
    let back = after(&[vec![first.clone()], vec![second.clone()], vec![first.clone()]]);
    assert_eq!(decides(&back, TraitKind::VersionBackwards), Some(Decision::Hold));
    // Also when that version was never seen.
    let unseen = vet(vec![second.clone()], vec![lib("1.0.0.9")]);
    assert_eq!(decides(&unseen, TraitKind::VersionBackwards), Some(Decision::Hold));
    // An older line, with code of its own; and the same line from before, which is no other.
    let line = |version: &str| versioned(library("lib.dll", version, 900..999), version);
    let other = vet(vec![second.clone()], vec![line("0.9.0.0")]);
    assert_eq!(decides(&other, TraitKind::VersionBackwards), Some(Decision::Pass));
    let old_line = [vec![line("0.9.0.0")], vec![second.clone()], vec![line("0.9.0.0")]];
    assert_eq!(decides(&after(&old_line), TraitKind::VersionBackwards), Some(Decision::Hold));
    let on = after(&[vec![first], vec![second.clone()], vec![second]]);
    assert_eq!(on.decision, Decision::Pass);
    assert!(on.reasons.is_empty());
}

#[test]
fn a_reverted_file_without_a_version_is_told_and_passes() {
    let js = |content: &str| script("main.js", content);
    let report = after(&[vec![js("a")], vec![js("b")], vec![js("a")]]);
    assert_eq!(decides(&report, TraitKind::VersionBackwards), Some(Decision::Pass));
    assert_eq!(report.decision, Decision::Pass);
    let readme = |content: &str| text("README.md", content);
    let report = after(&[vec![readme("a")], vec![readme("b")], vec![readme("a")]]);
    assert!(report.reasons.is_empty());
}

#[test]
fn what_was_put_right_and_comes_back_is_compared_with_what_was_right() {
    let clean = || library("lib.dll", "clean", 0..100);
    let bad = || with(library("lib.dll", "bad", 0..101), TraitKind::GainsInject, "api", 1);
    let report = after(&[vec![bad()], vec![clean()], vec![bad()]]);
    assert_eq!(decides(&report, TraitKind::GainsInject), Some(Decision::Hold));
    let unsigned = || library("lib.dll", "a", 0..100);
    let better = || signed(library("lib.dll", "b", 0..100), "Vet");
    let report = after(&[vec![unsigned()], vec![better()], vec![unsigned()]]);
    assert_eq!(decides(&report, TraitKind::SignatureLost), Some(Decision::Hold));
    let post =
        |content: &str| with(script("postinst", content), TraitKind::InstallScript, content, 1);
    let report = after(&[vec![post("a")], vec![script("postinst", "b")], vec![post("a")]]);
    assert_eq!(decides(&report, TraitKind::InstallScript), Some(Decision::Hold));
}

#[test]
fn a_file_that_was_left_out_of_one_release_and_comes_back_is_unchanged() {
    let lib = || library("lib.dll", "a", 0..100);
    let report = after(&[vec![app(false), lib()], vec![app(false)], vec![app(false), lib()]]);
    assert_eq!(report.decision, Decision::Pass);
    assert!(report.reasons.is_empty());
}

// ------------------------------------------------------------------ counting for less

#[test]
fn a_new_program_that_gets_into_others_is_held() {
    for kind in [TraitKind::GainsInject, TraitKind::GainsCredentials, TraitKind::GainsPersistence] {
        let report = vet(
            vec![app(false)],
            vec![app(true), with(library("x.dll", "x", 900..950), kind, "api", 1)],
        );
        assert_eq!(decides(&report, kind), Some(Decision::Hold), "{kind}");
    }
    for kind in [TraitKind::GainsNetwork, TraitKind::GainsExec, TraitKind::GainsDiscovery] {
        let report = vet(
            vec![app(false)],
            vec![app(true), with(library("x.dll", "x", 900..950), kind, "api", 1)],
        );
        assert_eq!(report.decision, Decision::Pass, "{kind}");
    }
}

#[test]
fn only_a_file_of_the_same_sort_soothes() {
    let hidden = |file| with(file, TraitKind::HiddenText, "base64:https://", 1);
    let judged = |beside: FileProfile| {
        vet(vec![app(false), beside.clone()], vec![hidden(app(true)), beside]).decision
    };
    assert_eq!(judged(text("README.md", "r")), Decision::Hold);
    assert_eq!(judged(hidden(text("README.md", "r"))), Decision::Hold);
    assert_eq!(judged(hidden(script("ui/a.js", "r"))), Decision::Hold);
    assert_eq!(judged(hidden(library("lib.dll", "r", 0..9))), Decision::Pass);
    let js = |content| script("main.js", content);
    let told =
        |beside| vet(vec![js("a"), hidden(beside)], vec![hidden(js("b")), text("x", "x")]).decision;
    assert_eq!(told(script("other.js", "c")), Decision::Pass);
    assert_eq!(told(text("a.js.map", "c")), Decision::Hold);
}

#[test]
fn new_entry_code_is_told_whatever_the_linker_calls_itself() {
    let entry = |file, hash, linker: &str| {
        let mut file = with(file, TraitKind::EntryCode, hash, 1);
        file.images[0].toolchain.linker = Some(linker.to_owned());
        file
    };
    let same = vet(vec![entry(app(false), "a", "14.0")], vec![entry(app(true), "b", "14.0")]);
    assert_eq!(decides(&same, TraitKind::EntryCode), Some(Decision::Hold));
    let other = vet(vec![entry(app(false), "a", "14.0")], vec![entry(app(true), "b", "14.1")]);
    assert_eq!(decides(&other, TraitKind::EntryCode), Some(Decision::Pass));
    let none = vet(vec![entry(app(false), "a", "14.0")], vec![entry(app(true), "a", "14.1")]);
    assert_eq!(reason(&none, TraitKind::EntryCode), None);
}

#[test]
fn documents_that_name_many_hosts_hide_no_script_that_fetches_and_starts() {
    let mut document = text("a.txt", "d");
    document.names.hosts = (0..20).map(|i| format!("docs{i}.example.test")).collect();
    document.names.hosts.push("new.example.test".to_owned());
    let fetches = |file| with(file, TraitKind::GainsNetwork, "script-network", 1);
    let mut run = with(fetches(script("run.sh", "r")), TraitKind::GainsExec, "script-exec", 1);
    run.names.hosts = vec!["new.example.test".to_owned()];
    let mut other = fetches(script("b.sh", "o"));
    other.names.hosts = run.names.hosts.clone();
    let new = vec![document, other.clone(), run];
    let report = vet(vec![text("v", "1")], new.clone());
    assert_eq!(decides(&report, TraitKind::LoaderStory), Some(Decision::Hold));
    assert!(
        report.reasons.iter().filter(|r| r.departure.of.kind == TraitKind::NamesHost).count() <= 13
    );
    // Without the one that also starts programs.
    let report = vet(vec![text("v", "1")], new[..2].to_vec());
    assert_eq!(reason(&report, TraitKind::LoaderStory), None);
}

#[test]
fn an_author_is_no_company_and_a_component_of_another_company_stays_one() {
    let of = |mut file: FileProfile, company: &str| {
        file.images[0].identity.company = Some(company.to_owned());
        file.images[0].signature.content_digest = Some(file.sha256.clone());
        versioned(file, "1.0.0.0")
    };
    let lib = |content, more: u64, company| of(library("lib.dll", content, 0..100 + more), company);
    let own = |content| of(library("own.dll", content, 200..400), "Vet Fixtures Inc");
    let judged = |files: [Vec<FileProfile>; 2], author: &str| {
        let [old, new] = files;
        let (old, mut new) = (release("1.0", old), release("1.1", new));
        new.identity.publisher = Some(author.to_owned());
        decides(&judge(&[old], &new, &rates()), TraitKind::ThirdPartyChanged)
    };
    let only = |company| [vec![lib("a", 0, company)], vec![lib("b", 2, company)]];
    assert_eq!(judged(only("Vet Fixtures Inc"), "Jane Doe"), None);
    let beside = || {
        let (old, new) = (lib("a", 0, "Graphics Works"), lib("b", 2, "Graphics Works"));
        let more = || of(library("more.dll", "m", 500..600), "Vet Fixtures Inc");
        [vec![own("o"), more(), old], vec![own("o"), more(), new]]
    };
    assert_eq!(judged(beside(), "Jane Doe"), Some(Decision::Hold));
    assert_eq!(judged(beside(), "Vet Fixtures"), Some(Decision::Hold));
}

#[test]
fn one_version_with_other_bytes_is_told_of_one_product_and_not_of_two() {
    let one = |product: Option<&str>, new| {
        let mut release = release("1.0.0", vec![app(new)]);
        release.identity.product = product.map(str::to_owned);
        release.sha256 = format!("{:064x}", u8::from(new));
        release
    };
    for (old, new, told) in [
        (Some("Inert"), Some("inert"), true),
        (Some("Inert"), None, true),
        (Some("Inert"), Some("Other"), false),
    ] {
        let report = judge(&[one(old, false)], &one(new, true), &rates());
        let kind = TraitKind::SameVersionOtherBytes;
        assert_eq!(decides(&report, kind).is_some(), told, "{old:?} {new:?}");
    }
}
