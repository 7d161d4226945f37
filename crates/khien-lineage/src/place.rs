//! What a path, a registry key or a program's name is the place of.

use khien_model::observable::canonical_path;
use serde::{Deserialize, Serialize};

use crate::destination::without_numbers;

/// What a path says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Path {
    /// In lower case, with slashes, users as `*`, versions and numbers as `#`.
    pub(crate) template: String,
    /// The last part of the template.
    pub(crate) name: String,
    /// The folder of the product: the template without the name and without folders that only say a
    /// version; empty where a folder belongs to no product.
    pub(crate) root: String,
    /// A version that a folder is named after.
    pub(crate) version: String,
    /// What kind of place it is.
    pub(crate) place: Place,
    /// Whether the name is that of a program, library or script.
    pub(crate) is_program: bool,
}

/// Kinds of places.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Place {
    /// Another one's secrets; the word says whose.
    Secrets(&'static str),
    /// Where things start by themselves; the word says how.
    Startup(&'static str),
    /// Where it is of no account.
    Other(&'static str),
}

/// Kinds of systems, as paths tell them: what records say differs between them.
#[derive(
    Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize,
)]
pub(crate) enum Ground {
    /// No path was seen.
    #[default]
    Unknown,
    Windows,
    Macos,
    Unix,
}

/// The kind of system that a path, as [`Path::template`] has it, is of.
pub(crate) fn ground_of(template: &str) -> Ground {
    let has_drive = template.get(1..3) == Some(":/");
    let is_mac = ["/applications/", "/users/", "/library/", "/system/", "/private/"]
        .iter()
        .any(|start| template.starts_with(start));
    match template {
        "" => Ground::Unknown,
        _ if has_drive => Ground::Windows,
        _ if is_mac => Ground::Macos,
        _ => Ground::Unix,
    }
}

/// Parts of paths that hold secrets.
const SECRETS: &[(&str, &str)] = &[
    ("/google/chrome/user data/", "chrome"),
    ("/application support/google/chrome/", "chrome"),
    ("/.config/google-chrome/", "chrome"),
    ("/microsoft/edge/user data/", "edge"),
    ("/application support/microsoft edge/", "edge"),
    ("/bravesoftware/brave-browser/", "brave"),
    ("/opera software/", "opera"),
    ("/mozilla/firefox/profiles/", "firefox"),
    ("/application support/firefox/profiles/", "firefox"),
    ("/.mozilla/firefox/", "firefox"),
    ("/library/safari/", "safari"),
    ("/thunderbird/profiles/", "thunderbird"),
    ("/library/keychains/", "keychain"),
    ("/microsoft/credentials/", "credentials"),
    ("/microsoft/protect/", "dpapi"),
    ("/microsoft/vault/", "vault"),
    ("/system32/config/sam", "sam"),
    ("/ntds.dit", "ntds"),
    ("/etc/shadow", "shadow"),
    ("/.ssh/", "ssh"),
    ("/.gnupg/", "gnupg"),
    ("/.aws/", "cloud"),
    ("/.azure/", "cloud"),
    ("/.config/gcloud/", "cloud"),
    ("/.kube/config", "cloud"),
    ("/.docker/config.json", "cloud"),
    ("/.npmrc", "registry-token"),
    ("/.pypirc", "registry-token"),
    ("/.git-credentials", "git"),
    ("/electrum/wallets/", "wallet"),
    ("/exodus/exodus.wallet/", "wallet"),
];

/// Parts of paths where things start by themselves.
const STARTUP: &[(&str, &str)] = &[
    ("/start menu/programs/startup/", "startup-folder"),
    ("/windows/system32/tasks/", "task"),
    ("/library/launchagents/", "launch-agent"),
    ("/library/launchdaemons/", "launch-daemon"),
    ("/etc/cron", "cron"),
    ("/var/spool/cron/", "cron"),
    ("/etc/systemd/system/", "unit"),
    ("/.config/systemd/user/", "unit"),
    ("/lib/systemd/system/", "unit"),
    ("/.config/autostart/", "autostart"),
    ("/etc/init.d/", "init"),
    ("/etc/ld.so.preload", "preload"),
    ("/drivers/etc/hosts", "hosts"),
    ("/etc/hosts", "hosts"),
    ("/.bashrc", "shell-profile"),
    ("/.zshrc", "shell-profile"),
    ("/.profile", "shell-profile"),
];

/// Parts of registry paths that make something start by itself.
const REGISTRY: &[(&str, &str)] = &[
    ("/currentversion/run/", "run"),
    ("/currentversion/runonce", "run-once"),
    ("/policies/explorer/run", "run"),
    ("/currentversion/winlogon/", "winlogon"),
    ("/image file execution options/", "ifeo"),
    ("/silentprocessexit/", "ifeo"),
    ("/appinit_dlls", "appinit"),
    ("/session manager/appcertdlls", "appcert"),
    ("/active setup/installed components/", "active-setup"),
    ("/schedule/taskcache/tasks/", "task"),
    ("/control/lsa/", "lsa"),
    ("/control/print/monitors/", "print-monitor"),
    ("/explorer/shell folders/startup", "startup-folder"),
    ("/user shell folders/startup", "startup-folder"),
];

/// Names of shells, interpreters, and tools of the system that do the work of one.
const INTERPRETERS: &[&str] = &[
    "bash",
    "bitsadmin",
    "bun",
    "certutil",
    "cmd",
    "cscript",
    "csc",
    "curl",
    "cvtres",
    "dash",
    "installutil",
    "mshta",
    "msbuild",
    "net",
    "nltest",
    "osascript",
    "perl",
    "powershell",
    "pwsh",
    "python",
    "pythonw",
    "reg",
    "regsvr#",
    "ruby",
    "rundll#",
    "sc",
    "schtasks",
    "sh",
    "systeminfo",
    "tasklist",
    "vssadmin",
    "wget",
    "whoami",
    "wmic",
    "wscript",
    "zsh",
];

const PROGRAMS: &[&str] = &[
    ".bat", ".cmd", ".com", ".cpl", ".dll", ".dylib", ".elf", ".exe", ".hta", ".jar", ".js",
    ".jse", ".msi", ".node", ".ocx", ".ps#", ".py", ".pyd", ".scr", ".sh", ".so", ".sys", ".vbe",
    ".vbs", ".wsf",
];

impl Path {
    pub(crate) fn of(text: &str) -> Self {
        let path = canonical_path(text);
        let mut template = String::with_capacity(path.len());
        let mut version = "";
        let mut root_end = 0;
        let mut after_users = false;
        let count = path.split('/').count();
        for (number, part) in path.split('/').enumerate() {
            if number > 0 {
                template.push('/');
            }
            let is_last = number + 1 == count;
            let found = if is_last { None } else { version_in(part) };
            match found {
                _ if after_users && !is_last => template.push('*'),
                Some(v) => {
                    version = v;
                    template.push_str(&without_numbers(part.strip_suffix(v).unwrap_or("")));
                    template.push('#');
                }
                None => {
                    template.push_str(&part_template(part));
                    if !is_last && !GENERIC.contains(&part) {
                        root_end = template.len();
                    }
                }
            }
            after_users = matches!(part, "users" | "home");
        }
        let name_at = template.rfind('/').map_or(0, |at| at + 1);
        let name = template.get(name_at..).unwrap_or_default().to_owned();
        let root = template.get(..root_end).unwrap_or_default();
        let root = if is_of_product(root) { root.to_owned() } else { String::new() };
        let is_program = PROGRAMS.iter().any(|end| name.ends_with(end));
        let place = place_of(&path, is_program);
        let version = version.to_owned();
        Self { template, name, root, version, place, is_program }
    }
}

/// Folders inside a product that say nothing of it.
const GENERIC: [&str; 9] =
    ["app", "bin", "contents", "current", "macos", "program", "x64", "x86", "versions"];

/// Whether a folder belongs to one product, and not to the system or to everybody.
fn is_of_product(root: &str) -> bool {
    let parts = root.split('/').filter(|part| !part.is_empty()).count();
    let is_systems =
        ["c:/windows", "/usr", "/bin", "/sbin", "/system", "/tmp", "/var", "c:/users/public"]
            .iter()
            .any(|start| root.starts_with(start));
    let is_shared =
        ["/temp", "/downloads", "/desktop", "/documents", "/local", "/roaming", "/appdata"]
            .iter()
            .any(|end| root.ends_with(end));
    parts >= 2 && !is_systems && !is_shared
}

/// The version at the end of a folder's name: `app-18.12.416`, `v2.1`, `1.2.3`.
fn version_in(part: &str) -> Option<&str> {
    let at = part.find(|c: char| c.is_ascii_digit())?;
    let begins =
        at == 0 || part.get(..at).is_some_and(|before| before.ends_with(['-', '_', 'v', ' ']));
    let version = part.get(at..)?;
    let parts = version.split('.').filter(|p| p.starts_with(|c: char| c.is_ascii_digit())).count();
    (begins && parts >= 2 && version.len() <= 32).then_some(version)
}

/// A part with what differs from run to run taken out: identifiers and numbers.
fn part_template(part: &str) -> String {
    let (stem, end) = part.rsplit_once('.').map_or((part, ""), |(stem, end)| (stem, end));
    let digits = stem.chars().filter(char::is_ascii_digit).count();
    let is_hex = |c: char| c.is_ascii_hexdigit() || matches!(c, '-' | '{' | '}' | '_');
    let is_id = stem.len() >= 12 && stem.chars().all(is_hex) && digits >= 3
        || stem.len() >= 16 && digits >= 4 && !stem.contains([' ', '.']);
    match (is_id, end) {
        (true, "") => "#".to_owned(),
        (true, end) => format!("#.{end}"),
        (false, _) => without_numbers(part),
    }
}

fn place_of(path: &str, is_program: bool) -> Place {
    if let Some((_, whose)) = SECRETS.iter().find(|(part, _)| path.contains(part)) {
        return Place::Secrets(whose);
    }
    if let Some((_, how)) = STARTUP.iter().find(|(part, _)| path.contains(part)) {
        return Place::Startup(how);
    }
    let has = |part: &str| path.contains(part);
    Place::Other(if has("/temp/") || path.starts_with("/tmp/") || has("/caches/") {
        "temporary"
    } else if has("/windows/") || path.starts_with("/usr/") || path.starts_with("/system/") {
        "system"
    } else if has("/program files") || has("/applications/") || path.starts_with("/opt/") {
        "programs"
    } else if has("/programdata/") || path.starts_with("/var/") {
        "machine-data"
    } else if has("/appdata/") || has("/application support/") || has("/.config/") {
        "user-data"
    } else if is_program {
        "program-elsewhere"
    } else {
        "documents"
    })
}

/// What a registry path starts, if anything.
pub(crate) fn persistence_of(key: &str) -> Option<&'static str> {
    let key = canonical_path(key);
    if let Some((_, how)) = REGISTRY.iter().find(|(part, _)| key.contains(part)) {
        return Some(how);
    }
    let is_service = key.contains("/services/")
        && ["/imagepath", "/servicedll", "/start"].iter().any(|end| key.ends_with(end));
    is_service.then_some("service")
}

/// The interpreter's name, when a program's name is that of one.
pub(crate) fn interpreter_of(name: &str) -> Option<&'static str> {
    let stem = name.strip_suffix(".exe").unwrap_or(name);
    let stem = if stem.starts_with("python") { "python" } else { stem };
    INTERPRETERS.iter().find(|known| **known == stem).copied()
}

/// Whether a program's name is that of an installer or updater.
pub(crate) fn is_installer(name: &str) -> bool {
    ["setup", "install", "update", "upgrade", "msiexec", "squirrel", "dpkg", "rpm", "patch"]
        .iter()
        .any(|word| name.contains(word))
}

/// Whether a program is a browser: it contacts what its user likes.
pub(crate) fn is_browser(name: &str) -> bool {
    let stem = name.strip_suffix(".exe").unwrap_or(name);
    matches!(
        stem,
        "brave"
            | "chrome"
            | "chromium"
            | "coccoc"
            | "browser"
            | "firefox"
            | "google chrome"
            | "iexplore"
            | "msedge"
            | "msedgewebview#"
            | "opera"
            | "safari"
            | "vivaldi"
    )
}

#[cfg(test)]
mod tests;
