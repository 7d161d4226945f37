//! What honest releases do, and beside each what only looks like it.

use khien_unpack::{Fact, FactKind, Gap, GapReason};

use super::*;
use crate::made::folder;

#[test]
fn a_new_data_file_that_a_program_names_is_held_and_an_old_one_that_newly_carries_is_blocked() {
    let names = |new| if new { naming(app(true), "icudtl.dat") } else { app(false) };
    let new_data = vet(vec![names(false)], vec![names(true), opaque("icudtl.dat", "d")]);
    assert_eq!(decides(&new_data, TraitKind::NamesCarrier), Some(Decision::Hold));
    assert_eq!(new_data.decision, Decision::Hold);
    let old_data = vet(
        vec![names(false), text("icudtl.dat", "c")],
        vec![names(true), opaque("icudtl.dat", "d")],
    );
    assert_eq!(decides(&old_data, TraitKind::NamesCarrier), Some(Decision::Block));
}

#[test]
fn a_new_plugin_passes_and_an_old_library_that_is_newly_named_does_not() {
    let names = || naming(app(true), "plugin.dll");
    let plugin = |content| library("plugin.dll", content, 700..800);
    let new = vet(vec![app(false)], vec![names(), plugin("p")]);
    assert_eq!(new.decision, Decision::Pass);
    let old = vet(vec![app(false), plugin("o")], vec![names(), plugin("p")]);
    assert_eq!(decides(&old, TraitKind::NamesSibling), Some(Decision::Hold));
    let carries = with(plugin("p"), TraitKind::UnsignedBytes, "slack", 9000);
    let new = vet(vec![app(false)], vec![names(), carries]);
    assert_eq!(new.decision, Decision::Block);
    let injects = with(plugin("p"), TraitKind::GainsInject, "api", 1);
    assert_eq!(vet(vec![app(false)], vec![names(), injects]).decision, Decision::Hold);
}

#[test]
fn one_more_tool_of_a_suite_is_no_twin_and_a_second_program_beside_the_only_one_is() {
    let tool = |name: &str, version: &str| {
        let mut file = program(name, &format!("{name} {version}"), version);
        let salt = name.bytes().map(u64::from).sum::<u64>() * 1000;
        file.images[0].functions.all.iter_mut().for_each(|f| f.hash += salt);
        file
    };
    let suite = || vec![tool("app.exe", "1.0"), tool("cli.exe", "1.0")];
    let more = || vec![tool("app.exe", "1.1"), tool("cli.exe", "1.1"), tool("diag.exe", "1.1")];
    let report = vet(suite(), more());
    assert_eq!(decides(&report, TraitKind::TwinProgram), Some(Decision::Pass));
    assert_eq!(report.decision, Decision::Pass);
    let second = vec![tool("app.exe", "1.1"), tool("etoken.exe", "1.1")];
    let report = vet(vec![tool("app.exe", "1.0")], second);
    assert_eq!(decides(&report, TraitKind::TwinProgram), Some(Decision::Hold));
    // Nobody answers for the new one, though somebody does for the others.
    let by = |files: Vec<FileProfile>| -> Vec<_> {
        files.into_iter().map(|f| signed(f, "Vet")).collect()
    };
    let mut unsigned = by(more());
    unsigned[2] = tool("diag.exe", "1.1");
    let report = vet(by(suite()), unsigned);
    assert_eq!(decides(&report, TraitKind::TwinProgram), Some(Decision::Hold));
    assert_eq!(vet(by(suite()), by(more())).decision, Decision::Pass);
}

fn fact(kind: FactKind, path: &str, detail: &str) -> Fact {
    Fact { path: Untrusted::new(path), kind, offset: None, detail: Untrusted::new(detail) }
}

#[test]
fn a_member_that_is_there_twice_and_the_same_passes_and_two_of_one_name_do_not() {
    let judged = |second: FileProfile| {
        let old = release("1.0", vec![text("META-INF/LICENSE", "l"), text("v", "1")]);
        let mut new = release("1.1", vec![text("META-INF/LICENSE", "l"), second, text("v", "2")]);
        new.opened.facts =
            vec![fact(FactKind::DuplicateName, "META-INF/LICENSE", "META-INF/LICENSE")];
        judge(&[old], &new, &rates()).decision
    };
    assert_eq!(judged(text("META-INF/LICENSE", "l")), Decision::Pass);
    assert_eq!(judged(text("META-INF/LICENSE", "other")), Decision::Block);
    assert_eq!(judged(text("meta-inf/LICENSE", "l")), Decision::Block);
    let mut linked = text("META-INF/LICENSE", "l");
    linked.link = Some("/etc/passwd".into());
    assert_eq!(judged(linked), Decision::Block);
}

#[test]
fn an_enciphered_member_of_an_unchanged_container_passes_and_of_a_changed_one_does_not() {
    let with_gap = |version: &str, container: &str| {
        let mut release = release(version, vec![text("x.zip", container), text("v", version)]);
        release.opened.gaps = vec![Gap {
            path: Untrusted::new("x.zip!/in.zip!/b.bin"),
            reason: GapReason::Encrypted,
            detail: Untrusted::new("needs a key"),
            bytes: None,
        }];
        release
    };
    let old = with_gap("1.0", "c");
    let same = judge(std::slice::from_ref(&old), &with_gap("1.1", "c"), &rates());
    assert_eq!((same.decision, same.complete), (Decision::Pass, true));
    let changed = judge(std::slice::from_ref(&old), &with_gap("1.1", "d"), &rates());
    assert_eq!((changed.decision, changed.complete), (Decision::Hold, false));
}

#[test]
fn what_the_last_release_kept_shut_vouches_for_nothing_new() {
    let release_of = |version: &str, files: &[&str], shut: &[&str]| {
        let mut files: Vec<_> = files.iter().map(|path| text(path, path)).collect();
        files.push(text("v", version));
        let mut release = release(version, files);
        let gap = |path: &&str| Gap {
            path: Untrusted::new(*path),
            reason: GapReason::Encrypted,
            detail: Untrusted::new("needs a key"),
            bytes: None,
        };
        release.opened.gaps = shut.iter().map(gap).collect();
        release
    };
    let judged = |shut: &[&str], new: &[&str]| {
        let old = release_of("1.0", &["a.txt", "x.zip"], shut);
        let report = judge(std::slice::from_ref(&old), &release_of("1.1", new, &[]), &rates());
        let places = report.gaps.iter().map(|gap| gap.path.as_raw().to_owned());
        (report.decision, places.collect::<Vec<_>>())
    };
    let unknown = |path: &str| {
        let name = release_of("1.0", &[], &[]).name;
        (Decision::Hold, vec![format!("{}{path}", name.as_raw())])
    };
    let (inside, beside) = (["a.txt", "x.zip", "x.zip!/b.js"], ["a.txt", "x.zip", "y.zip!/b.js"]);
    assert_eq!(judged(&["x.zip"], &inside), unknown("!/x.zip"));
    assert_eq!(judged(&["x.zip!/b.js"], &inside), unknown("!/x.zip!/b.js"));
    assert_eq!(judged(&[""], &beside), unknown(""));
    for (shut, new) in [
        (&["x.zip"][..], &beside[..]),
        (&["x.zip!/c.js"], &inside),
        (&["x"], &inside),
        (&[], &inside),
        (&["", "x.zip"], &["a.txt", "x.zip"]),
    ] {
        assert_eq!(judged(shut, new), (Decision::Pass, Vec::new()), "{shut:?} {new:?}");
    }
}

#[test]
fn a_version_in_a_place_for_libraries_is_no_news_and_another_place_is() {
    let path = |content, place: &str| {
        vec![with(library("l.so", content, 0..100), TraitKind::LibraryPath, place, 1)]
    };
    let judged =
        |new: &str| vet(path("a", "/opt/vet/app-1.0.1/lib:$ORIGIN"), path("b", new)).decision;
    assert_eq!(judged("/opt/vet/app-1.0.2/lib:$ORIGIN"), Decision::Pass);
    assert_eq!(judged("/tmp/vet/app-1.0.2/lib:$ORIGIN"), Decision::Hold);
    assert_eq!(judged("/opt/vet/app-1.0.2/lib:/tmp:$ORIGIN"), Decision::Hold);
    assert_eq!(judged("/opt/vet/app-1.0.2/lib/../../..:$ORIGIN"), Decision::Hold);
}

#[test]
fn an_absolute_link_of_an_installed_folder_is_held_and_one_of_an_archive_is_blocked() {
    let link = |path: &str, target: &str| FileProfile {
        link: Some(Untrusted::new(target)),
        ..text(path, "link")
    };
    let made = |version: &str, links: &[(&str, &str)]| {
        let mut release = release(version, links.iter().map(|(path, to)| link(path, to)).collect());
        release.opened.facts =
            links.iter().map(|(path, to)| fact(FactKind::EscapingLink, path, to)).collect();
        release
    };
    let (old, new) = (made("1.0", &[("a", "/x")]), made("1.1", &[("a", "/x"), ("b", "/etc/y")]));
    let archive = judge(std::slice::from_ref(&old), &new, &rates());
    assert_eq!(decides(&archive, TraitKind::ArchiveEscapes), Some(Decision::Block));
    let installed = judge(&[folder(old.clone())], &folder(new), &rates());
    assert_eq!(decides(&installed, TraitKind::SpecialFile), Some(Decision::Hold));
    assert_eq!(installed.decision, Decision::Hold);
    // The old one points elsewhere: told once.
    let elsewhere = judge(&[folder(old.clone())], &folder(made("1.1", &[("a", "/z")])), &rates());
    assert_eq!(elsewhere.reasons.len(), 1);
    assert_eq!(elsewhere.decision, Decision::Hold);
    let same = judge(&[folder(old)], &folder(made("1.1", &[("a", "/x")])), &rates());
    assert_eq!(same.decision, Decision::Pass);
    // A link inside an archive inside the folder stays what it is.
    let inner =
        judge(&[folder(made("1.0", &[]))], &folder(made("1.1", &[("a.tar!/b", "/y")])), &rates());
    assert_eq!(decides(&inner, TraitKind::ArchiveEscapes), Some(Decision::Block));
}

#[test]
fn what_a_release_before_the_last_had_around_its_archives_is_held_when_it_comes_back() {
    let made = |version: &str, lies: bool| {
        let mut release = release(version, vec![text("v", version)]);
        let lie = fact(FactKind::ForeignBytes, "a.zip", "bytes in front of the archive");
        release.opened.facts = if lies { vec![lie] } else { Vec::new() };
        release
    };
    let judged = |olds: [bool; 2]| {
        let olds = [made("1.0", olds[0]), made("1.1", olds[1])];
        judge(&olds, &made("1.2", true), &rates()).decision
    };
    assert_eq!(judged([true, false]), Decision::Hold);
    assert_eq!(judged([false, false]), Decision::Hold);
    assert_eq!(judged([false, true]), Decision::Pass);
}
