//! Which part of an installation, or of a runtime's start, runs a file: told by its name and place.

use super::{build, split};
use crate::traits::file::FileInput;
use crate::traits::script::Language;

/// Which part of an installation runs this file, from its name, as `deb:postinst`.
pub(super) fn role(input: &FileInput<'_>) -> Option<String> {
    let path = input.path.replace('\\', "/");
    let (folder, name) = split(&path);
    if let Some(role) = packager(folder, name).or_else(|| of_language(folder, name, input.bytes)) {
        return Some(format!("{role}:{name}"));
    }
    let holds = |word: &str| memchr::memmem::find(input.bytes, word.as_bytes()).is_some();
    let is_build = is_project(name);
    match () {
        () if is_build && build::has_commands(input.bytes) => Some("nuget-build:exec".to_owned()),
        // A task whose code stands in the project file itself.
        () if is_build && (holds("CodeTaskFactory") || holds("<Code ")) => {
            Some("nuget-build:code".to_owned())
        }
        () => None,
    }
}

/// A project file of MSBuild that a build takes in. Windows tells no case apart.
pub(super) fn is_project(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    [".targets", ".props", ".tasks"].iter().any(|ending| name.ends_with(ending))
}

/// The language of a file that a packager hands to its shell whatever its first line says.
pub(crate) fn language(input: &FileInput<'_>) -> Option<Language> {
    let path = input.path.replace('\\', "/");
    let (folder, name) = split(&path);
    packager(folder, name)?;
    let text = !input.bytes.contains(&0) && !name.ends_with(".lua");
    text.then_some(Language::Shell)
}

/// The part of a path inside the innermost container.
fn member(folder: &str) -> &str {
    if folder.ends_with('!') {
        return "";
    }
    let member = folder.rsplit("!/").next().unwrap_or(folder);
    member.trim_start_matches("./")
}

/// Packagers that run a file because of its name and place alone.
fn packager(folder: &str, name: &str) -> Option<&'static str> {
    let member = member(folder);
    let at_top = matches!(member, "" | ".");
    let below = |tail: &str| {
        member.strip_suffix(tail).is_some_and(|head| head.is_empty() || head.ends_with('/'))
    };
    let control = folder.contains("control.tar") || below("DEBIAN");
    Some(match name {
        "config" | "postinst" | "postrm" | "preinst" | "prerm" if control => "deb",
        "postinst" | "postrm" | "preinst" | "prerm" if at_top => "deb",
        "InstallationCheck" | "VolumeCheck" | "postflight" | "postinstall" | "postupgrade"
        | "preflight" | "preinstall" | "preupgrade"
            if folder.contains("Scripts") || folder.contains(".pkg") =>
        {
            "pkg"
        }
        ".INSTALL" if at_top => "arch",
        _ if below("scripts") && is_scriptlet(name) => "rpm",
        _ if at_top && is_alpine(name) => "alpine",
        _ if below("meta/hooks") || below("snap/hooks") => "snap",
        _ if is_conda_link(member, name) => "conda",
        _ if below("etc/conda/activate.d") || below("etc/conda/deactivate.d") => "conda",
        _ => return None,
    })
}

/// Scriptlets of RPM as its reader names them: `post.sh`, `triggerin-0.lua`.
fn is_scriptlet(name: &str) -> bool {
    const NAMES: [&str; 12] = [
        "post",
        "postin",
        "posttrans",
        "postun",
        "postuntrans",
        "pre",
        "prein",
        "pretrans",
        "preun",
        "preuntrans",
        "verify",
        "verifyscript",
    ];
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let stem = stem.trim_start_matches('%');
    let triggers = ["trigger", "filetrigger", "transfiletrigger"];
    NAMES.contains(&stem) || triggers.iter().any(|word| stem.starts_with(word))
}

/// Alpine's install scripts, members of the control stream.
fn is_alpine(name: &str) -> bool {
    [".pre-", ".post-"].iter().any(|head| {
        let rest = name.strip_prefix(head);
        rest.is_some_and(|rest| ["install", "upgrade", "deinstall"].contains(&rest))
    }) || name == ".trigger"
}

/// Conda's scripts around linking: `bin/.inert-post-link.sh`, `info/link.sh` of old packages.
fn is_conda_link(member: &str, name: &str) -> bool {
    let last = member.rsplit('/').next().unwrap_or(member);
    let Some((stem, "sh" | "bat")) = name.rsplit_once('.') else { return false };
    let linked = ["post-link", "pre-link", "pre-unlink"].iter().any(|word| stem.ends_with(word));
    match last {
        "bin" | "Scripts" => stem.starts_with('.') && linked,
        "info" => linked || stem.starts_with("link"),
        _ => false,
    }
}

/// Files that a language's package manager, build or interpreter runs.
fn of_language(folder: &str, name: &str, bytes: &[u8]) -> Option<&'static str> {
    Some(match name {
        "setup.py" => "python",
        "sitecustomize.py" | "usercustomize.py" if !is_told_about(folder) => "python-start",
        "conanfile.py" => "conan",
        "post_gen_project.py"
        | "post_gen_project.sh"
        | "pre_gen_project.py"
        | "pre_gen_project.sh"
        | "pre_prompt.py"
        | "pre_prompt.sh"
            if folder.ends_with("hooks") =>
        {
            "cookiecutter"
        }
        "extconf.rb" | "mkrf_conf.rb" => "ruby",
        "build.rs" => "rust",
        _ if folder.to_ascii_lowercase().contains("tools") && is_of_nuget(name) => "nuget",
        // Hooks of Python's start-up: lines that start with `import` are run.
        _ if name.ends_with(".pth") && runs_at_start(bytes) => "python-path",
        // Node's `node-gyp` expands these commands when it builds.
        "binding.gyp" if memchr::memmem::find(bytes, b"<!").is_some() => "npm",
        // Without commands of its own it builds what stands beside it, by rules that it names.
        "binding.gyp" if !is_told_about(folder) => "npm-build",
        _ => return None,
    })
}

/// Scripts of NuGet's and Chocolatey's packages, by names in which no case counts.
fn is_of_nuget(name: &str) -> bool {
    const NAMES: [&str; 6] = [
        "chocolateybeforemodify.ps1",
        "chocolateyinstall.ps1",
        "chocolateyuninstall.ps1",
        "init.ps1",
        "install.ps1",
        "uninstall.ps1",
    ];
    NAMES.contains(&name.to_ascii_lowercase().as_str())
}

/// Whether a folder tells about files, or tests with them, and holds none that a system reads.
pub(super) fn is_told_about(folder: &str) -> bool {
    const FOLDERS: [&str; 15] = [
        "__tests__",
        "doc",
        "docs",
        "documentation",
        "example",
        "examples",
        "fixture",
        "fixtures",
        "man",
        "samples",
        "spec",
        "test",
        "testdata",
        "tests",
        "testing",
    ];
    member(folder).split('/').any(|part| FOLDERS.contains(&part.to_ascii_lowercase().as_str()))
}

/// Whether a path is in such a folder.
pub(crate) fn is_documentation(path: &str) -> bool {
    let path = path.replace('\\', "/");
    is_told_about(split(&path).0)
}

/// Whether a line of a `.pth` starts with `import`: a line as Python's `splitlines` makes them, in
/// UTF-8 or in an encoding of one byte a letter, with or without a byte order mark.
fn runs_at_start(bytes: &[u8]) -> bool {
    const ENDS: [&[u8]; 11] = [
        b"\n",
        b"\r",
        b"\x0b",
        b"\x0c",
        b"\x1c",
        b"\x1d",
        b"\x1e",
        b"\x85",
        "\u{2028}".as_bytes(),
        "\u{2029}".as_bytes(),
        "\u{feff}".as_bytes(),
    ];
    memchr::memmem::find_iter(bytes, b"import").any(|at| {
        let (head, word) = bytes.split_at_checked(at).unwrap_or_default();
        let blank = word.strip_prefix(b"import").and_then(|rest| rest.first());
        matches!(blank, Some(b' ' | b'\t'))
            && (head.is_empty() || ENDS.iter().any(|end| head.ends_with(end)))
    })
}
