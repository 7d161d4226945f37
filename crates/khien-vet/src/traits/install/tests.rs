use khien_model::Untrusted;
use khien_unpack::{Fact, Format};

use super::*;
use crate::traits::{Matchers, installation_script, of_facts, of_file};

fn observed(path: &str, bytes: &str, facts: &[Fact]) -> Vec<String> {
    let matchers = Matchers::built_in().expect("built in");
    let input = FileInput { path, format: Format::Script, bytes: bytes.as_bytes(), images: &[] };
    let shown = |o: &khien_lineage::Observed| format!("{} {}", o.of.kind, o.of.value);
    let mut traits = of_file(&input, &matchers).observed;
    traits.extend(of_facts(facts, &matchers).observed);
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
    let both = ["action deb:postinst", "script deb:postinst eval+exec+network"];
    check("a.deb!/control.tar.xz!/./postinst", fetches, &both);
    check("usr/share/doc/postinst", fetches, &[]);
    check("a.pkg!/Scripts!/preinstall", "#!/bin/sh\n", &["action pkg:preinstall"]);
    check("x.whl!/a.pth", "import os\n", &["action python-path:a.pth"]);
    check("x.whl!/a.pth", "lib/inert\n", &[]);
    check("setup.py", "from setuptools import setup\n", &["action python:setup.py"]);
}

#[test]
fn lines_of_pth_are_those_of_python() {
    let told = ["action python-path:a.pth"];
    let many = "x\r\n".repeat(2000);
    for head in ["\n", "\r\n", "\u{feff}", "x\x0c", "# x\u{2028}", "x\u{85}", many.as_str()] {
        check("x.whl!/a.pth", &format!("{head}import os\n"), &told);
        check("x.whl!/a.pth", &format!("{head} import os\nimports\nreimport x"), &[]);
    }
    let matchers = Matchers::built_in().expect("built in");
    let bytes = b"# x\x0cimport subprocess\n";
    let input = FileInput { path: "a.pth", format: Format::Text, bytes, images: &[] };
    assert_eq!(of_file(&input, &matchers).script.expect("a script").classes, ["exec"]);
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
        "script npm:preinstall eval+exec+network",
    ];
    check("package/package.json", fetches, &expected);
    check("package/package.json", "{\"scripts\": 3", &[]);
}

#[test]
fn a_manifest_that_cannot_be_read_is_a_problem() {
    let matchers = Matchers::built_in().expect("built in");
    let problems = |path: &str, bytes: &[u8]| {
        of_file(&FileInput { path, format: Format::Json, bytes, images: &[] }, &matchers).problems
    };
    for path in ["package/package.json", "vendor/composer.json"] {
        assert!(problems(path, b"{\"scripts\": 3").first().is_some_and(|p| p.contains("no JSON")));
        assert!(problems(path, b"\xef\xbb\xbf{\"x\": 1e999}").is_empty());
        assert!(problems(path, b" \n").is_empty());
        let long = format!("{{\"x\": \"{}\"}}", "x".repeat(5 << 20));
        assert!(problems(path, long.as_bytes()).first().is_some_and(|p| p.contains("longer")));
    }
    assert!(problems("package/test/fixtures/package.json", b"{").is_empty());
    check(
        "package/package.json",
        "\u{feff}{\"scripts\": {\"install\": \"echo 1\"}}",
        &["action npm:install echo 0"],
    );
}

#[test]
fn names_of_windows_have_no_case() {
    for name in ["ChocolateyInstall.ps1", "Init.ps1", "chocolateyBeforeModify.ps1"] {
        check(&format!("a.nupkg!/tools/{name}"), "", &[&format!("action nuget:{name}")]);
        check(&format!("a.nupkg!/other/{name}"), "", &[]);
    }
    let task = "<Project><Exec\n Command=\"curl https://inert.test/x\"/></Project>";
    let told = ["action nuget-build:exec", "script nuget-build network"];
    check("a.nupkg!/build/a.Targets", task, &told);
    for task in [
        "<Exec Name=\"a > 'b' Command=\" Command = \"curl https://inert.test/x\" />",
        "<exec\n\tcommand\n=\n'curl https://inert.test/x'></exec>",
        "<Exec Command=\"&#99;&#x75;rl https://inert.test/x\" />",
    ] {
        check("a.nupkg!/build/a.targets", task, &told);
    }
    let told = ["action nuget-build:exec"];
    check("a.nupkg!/build/a.targets", "<Exec Name=\"Command='curl'\" Command=\"x\"/>", &told);
    check("a.nupkg!/build/a.Targets", "<Project><Executes/></Project>", &[]);
}

#[test]
fn what_builds_beside_a_package_is_told() {
    check("package/binding.gyp", "{'targets': []}", &["action npm-build:binding.gyp"]);
    check("package/binding.gyp", "{'x': '<!(echo 1)'}", &["action npm:binding.gyp"]);
    check("package/test/binding.gyp", "{'targets': []}", &[]);
    let built = "[build-system]\nrequires = [\"setuptools\", \"h @ https://a.inert.test/h.whl\"]\n";
    check("x/pyproject.toml", built, &["action python:requires h @ https://a.inert.test/h.whl"]);
    check("x/pyproject.toml", "[build-system]\nrequires = [\"setuptools>=61\"]\n", &[]);
}

#[test]
fn tasks_of_a_build_are_told_by_their_file() {
    let task = |file| format!("<UsingTask TaskName=\"A\" AssemblyFile = \"{file}\" />");
    let told = ["action nuget-build:task $(here)..\\tools\\a.dll"];
    check("a.nupkg!/build/a.targets", &task("$(here)..\\tools\\a.dll"), &told);
    check("a.nupkg!/build/a.targets", "<UsingTask TaskName=\"A\" AssemblyName=\"b\" />", &[]);
    check("a.nupkg!/build/a.xml", &task("a.dll"), &[]);
}

#[test]
fn project_files_are_read_in_any_encoding_and_never_left_out() {
    let matchers = Matchers::built_in().expect("built in");
    let read = |path: &str, bytes: &[u8]| {
        let input = FileInput { path, format: Format::Xml, bytes, images: &[] };
        let found = of_file(&input, &matchers);
        let fetches = found.observed.iter().any(|o| o.of.kind == TraitKind::InstallScript);
        (fetches, !found.problems.is_empty())
    };
    let task = b"<Exec Command=\"curl https://inert.test/\"/>";
    assert_eq!(read("a.targets", &[b"<!-- \xe9 -->", &task[..]].concat()), (true, false));
    let wide: Vec<u8> = task.iter().flat_map(|b| [*b, 0]).collect();
    assert_eq!(read("a.targets", &[&b"\xff\xfe"[..], &wide].concat()), (true, false));
    let long = |len| [" ".repeat(len).as_bytes(), &task[..]].concat();
    assert_eq!(read("a.targets", &long(2 << 20)), (true, false));
    assert_eq!(read("a.targets", &long(9 << 20)), (false, true));
}

#[test]
fn build_manifests_that_cannot_be_read_are_problems() {
    let matchers = Matchers::built_in().expect("built in");
    let problems = |path: &str, bytes: &[u8]| {
        of_file(&FileInput { path, format: Format::Text, bytes, images: &[] }, &matchers).problems
    };
    let long = format!("x = \"{}\"", "x".repeat(2 << 20));
    for name in ["pyproject.toml", "Cargo.toml"] {
        for bytes in [b"x = ".as_slice(), b"x = '\xff'", long.as_bytes()] {
            assert_eq!(problems(&format!("x/{name}"), bytes).len(), 1, "{name}");
            assert!(problems(&format!("x/tests/{name}"), bytes).is_empty(), "{name}");
        }
        assert!(problems(&format!("x/{name}"), b" \n").is_empty(), "{name}");
        assert!(problems(&format!("x/{name}"), b"x = 1").is_empty(), "{name}");
    }
    assert_eq!(problems("x/setup.cfg", long.as_bytes()).len(), 1);
}

#[test]
fn backends_and_requirements_of_python_are_told() {
    let backend = |file: &str| format!("action python:backend {file}");
    let with = |rest: &str| format!("[build-system]\nrequires = []\n{rest}\n");
    let path = with("backend-path = [\"a\", \"b/\"]\nbuild-backend = \"own.x:y\"");
    check("x/pyproject.toml", &path, &[&backend("a/own/x.py"), &backend("b/own/x.py")]);
    // Without a name it is that of setuptools, which then lies there.
    let path = with("backend-path = [\".\"]");
    check("x/pyproject.toml", &path, &[&backend("./setuptools/build_meta.py")]);
    check("x/pyproject.toml", &with("build-backend = \"own\""), &[]);

    let told = ["action python:requires a @ https://a.inert.test/a.zip"];
    for setup in [
        "[options]\nsetup_requires = a @ https://a.inert.test/a.zip\n",
        "[options]\nSetup-Requires:\n  b\n\ta @ https://a.inert.test/a.zip\n",
    ] {
        check("x/setup.cfg", setup, &told);
    }
    check("x/setup.cfg", "[options]\n# setup_requires = a @ https://a.inert.test/\n", &[]);
    check("x/setup.cfg", "[metadata]\nurl = https://a@a.inert.test/\n", &[]);
}

#[test]
fn a_script_that_a_manifest_starts_is_told_afterwards() {
    let matchers = Matchers::built_in().expect("built in");
    let read = |path, format, bytes: &str| {
        let bytes = bytes.as_bytes();
        of_file(&FileInput { path, format, bytes, images: &[] }, &matchers)
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

/// Only what is told of a file's place, without its content.
fn action(path: &str) -> Vec<String> {
    let shown = |s: String| s.trim_start_matches("installation.action ").to_owned();
    observed(path, "inert\n", &[]).into_iter().map(shown).collect()
}

#[test]
fn packagers_run_files_of_certain_names() {
    for (path, role) in [
        ("x.rpm!/scripts/post.sh", "rpm:post.sh"),
        ("scripts/preun.lua", "rpm:preun.lua"),
        ("scripts/triggerin-0.sh", "rpm:triggerin-0.sh"),
        (".INSTALL", "arch:.INSTALL"),
        ("x.apk!/.post-install", "alpine:.post-install"),
        (".trigger", "alpine:.trigger"),
        ("meta/hooks/install", "snap:install"),
        ("bin/.inert-post-link.sh", "conda:.inert-post-link.sh"),
        ("Scripts/.inert-pre-unlink.bat", "conda:.inert-pre-unlink.bat"),
        ("info/post-link.sh", "conda:post-link.sh"),
        ("DEBIAN/postinst", "deb:postinst"),
        ("postinst", "deb:postinst"),
        ("lib/python3/sitecustomize.py", "python-start:sitecustomize.py"),
        ("lib/python3/usercustomize.py", "python-start:usercustomize.py"),
        ("conanfile.py", "conan:conanfile.py"),
        ("x/hooks/post_gen_project.py", "cookiecutter:post_gen_project.py"),
        ("ext/mkrf_conf.rb", "ruby:mkrf_conf.rb"),
        ("x.nupkg!/tools/init.ps1", "nuget:init.ps1"),
    ] {
        assert_eq!(action(path), [role], "{path}");
    }
    for path in [
        "package/scripts/build.sh",
        "package/scripts/postgres.sh",
        "src/.INSTALL",
        "docs/.post-install",
        "my-meta/hooks/install",
        "bin/inert-post-link.sh",
        "tests/sitecustomize.py",
        "src/post_gen_project.py",
        "src/postinst",
        "docs/init.ps1",
    ] {
        assert!(action(path).is_empty(), "{path}");
    }
}

#[test]
fn places_from_which_systems_start_things() {
    for path in [
        "etc/systemd/system/ssh.service.d/x.conf",
        "lib/systemd/system/x.timer",
        "usr/lib/systemd/system-generators/x",
        "etc/apt/apt.conf.d/99x",
        "etc/pam.d/x",
        "etc/ld.so.preload",
        "etc/ld.so.conf.d/x.conf",
        "etc/update-motd.d/99-x",
        "etc/rc.local",
        "etc/NetworkManager/dispatcher.d/99x",
        "usr/share/polkit-1/rules.d/x.rules",
        "usr/share/dbus-1/system-services/x.service",
        "usr/lib/udev/rules.d/60-x.rules",
        "etc/modules-load.d/x.conf",
        "etc/profile.d/x.sh",
        "etc/xdg/autostart/x.desktop",
        "etc/sudoers.d/x",
        "etc/cron.daily/x",
        "root/.ssh/authorized_keys",
        "etc/skel/.bashrc",
        "Library/LaunchDaemons/x.plist",
        "Library/PrivilegedHelperTools/x",
        "etc/periodic/daily/500.x",
        "ProgramData/Microsoft/Windows/Start Menu/Programs/StartUp/x.bat",
    ] {
        let found = action(&format!("x.deb!/data.tar.xz!/./{path}"));
        assert_eq!(found.len(), 1, "{path}: {found:?}");
        let told_about = action(&format!("x.deb!/data.tar.xz!/./usr/share/doc/x/examples/{path}"));
        assert!(told_about.is_empty(), "{path}: {told_about:?}");
        assert!(action(&format!("package/tests/data/{path}")).is_empty(), "{path}");
    }
    for path in ["etc/x.conf", "usr/share/pam.d.txt", "src/cron.rs", "lib/systemd/system/x.txt"] {
        assert!(action(path).is_empty(), "{path}");
    }
}

#[test]
fn a_rotation_of_logs_starts_what_it_runs() {
    let plain = "/var/log/x {\n weekly\n}\n";
    check("etc/logrotate.d/x", plain, &[]);
    let runs = "/var/log/x {\n postrotate\n /usr/bin/inert reload\n endscript\n}\n";
    let expected = ["action logrotate:x", "action logrotate:x /usr/bin/inert"];
    check("etc/logrotate.d/x", runs, &expected);
}

#[test]
fn a_link_in_such_a_place_is_a_trait_of_its_own() {
    let told = |path| -> Vec<String> {
        link(path, "../x").iter().map(|o| o.of.value.as_raw().to_owned()).collect()
    };
    let wants = "data.tar!/./etc/systemd/system/multi-user.target.wants/x.service";
    assert_eq!(told(wants), ["systemd:multi-user.target.wants/x.service (link)"]);
    assert!(told("usr/lib/libx.so").is_empty());
    assert!(told("usr/share/doc/x/etc/systemd/system/a.target.wants/x.service").is_empty());
}

#[test]
fn manifests_of_other_builders() {
    let composer = r#"{"type": "composer-plugin", "extra": {"class": "Inert"},
        "scripts": {"post-install-cmd": ["@php x.php"], "test": "phpunit"}}"#;
    let expected =
        ["action composer:plugin \"inert\"", "action composer:post-install-cmd @php x.php"];
    check("composer.json", composer, &expected);
    check("composer.json", r#"{"type": "library", "scripts": {"test": "x"}}"#, &[]);
    let backend = "[build-system]\nbuild-backend = \"inert.build\"\nbackend-path = [\"_own\"]\n";
    check("pyproject.toml", backend, &["action python:backend _own/inert/build.py"]);
    check("pyproject.toml", "[build-system]\nbuild-backend = \"hatchling.build\"\n", &[]);
    let cargo = "[package]\nname = \"x\"\nbuild = \"own.rs\"\n";
    check("Cargo.toml", cargo, &["action rust:build own.rs"]);
    check("Cargo.toml", "[package]\nbuild = \"build.rs\"\n", &[]);
    let targets = "<Project><Target><Exec Command=\"curl http://inert.test\"/></Target></Project>";
    let expected = ["action nuget-build:exec", "script nuget-build network"];
    check("build/x.targets", targets, &expected);
    check("build/x.targets", "<Project><ItemGroup/></Project>", &[]);
    let appx = "<uap:Extension Category=\"windows.startupTask\"/><x Category='windows.fileSave'/>";
    check("AppxManifest.xml", appx, &["action appx:windows.startupTask"]);
    let task = "<Task xmlns=\"http://schemas.microsoft.com/windows/2004/02/mit/task\"><Exec>\
        <Command>inert.exe</Command><Arguments>-f</Arguments></Exec></Task>";
    check("data/job.xml", task, &["action task:inert.exe -f"]);
    check("data/job.xml", "<Task><Exec><Command>inert.exe</Command></Exec></Task>", &[]);
}

#[test]
fn an_address_in_an_installation_script_counts_with_its_numbers() {
    let told = |url: &str, version: &str| {
        let code = format!("#!/bin/sh\nURL={url}\ncurl -s \"$URL/x-{version}.tar\" -o x\n");
        observed("DEBIAN/postinst", &code, &[])
    };
    let first = told("http://192.0.2.10/a", "1.0");
    assert_eq!(first, told("http://192.0.2.10/a", "1.1"));
    assert_ne!(first, told("http://198.51.100.77/a", "1.0"));
    assert_ne!(first, told("http://inert.test/a", "1.0"));
    // Without a word that fetches, the host itself is told.
    let other = |url: &str| {
        let code = format!("#!/bin/sh\nURL={url}\neval \"$GET $URL\"\n");
        observed("DEBIAN/postinst", &code, &[])
    };
    assert_ne!(other("https://a.inert.test/1"), other("https://b.inert.test/1"));
    assert_eq!(other("https://a.inert.test/1"), other("https://a.inert.test/2"));
}

#[test]
fn scripts_that_lifecycle_scripts_call_are_read_too() {
    let matchers = Matchers::built_in().expect("built in");
    let starts = |manifest: &str| {
        let bytes = manifest.as_bytes();
        let (path, format) = ("package.json", Format::Json);
        of_file(&FileInput { path, format, bytes, images: &[] }, &matchers).starts
    };
    let called = r#"{"scripts": {"postinstall": "npm run setup", "setup": "node setup"}}"#;
    assert_eq!(starts(called), ["setup"]);
    let round = r#"{"scripts": {"postinstall": "npm run a", "a": "npm run b", "b": "npm run a"}}"#;
    assert!(starts(round).is_empty());
    assert!(starts(r#"{"scripts": {"test": "node test.js"}}"#).is_empty());
}
