//! Files that a system starts by itself because of where they are: units, jobs, agents.

use khien_lineage::{Observed, TraitKind};

use super::role::is_told_about;
use super::{command, split};
use crate::traits::collect::Collector;
use crate::traits::file::FileInput;
use crate::traits::image::without_numbers;
use crate::traits::names::NameSet;
use crate::traits::script::ScriptWords;

/// Bound: bytes of such a file that are read.
const UNIT_MAX: usize = 256 << 10;

/// Adds the traits of a unit.
pub(super) fn traits(
    input: &FileInput<'_>,
    words: &ScriptWords,
    names: &mut NameSet,
    out: &mut Collector,
) {
    let path = input.path.replace('\\', "/");
    let Some(Place { what, shown, key }) = place(&path) else { return };
    let head = input.bytes.get(..UNIT_MAX).unwrap_or(input.bytes);
    let content = String::from_utf8_lossy(head);
    let commands = commands(&content, key);
    if key == Key::Rotate && commands.is_empty() {
        return;
    }
    let shown = without_numbers(&shown);
    out.add_text(TraitKind::InstallAction, &format!("{what}:{shown}"), &path);
    for line in commands {
        let program = line.split_ascii_whitespace().next().unwrap_or_default();
        let value = format!("{what}:{shown} {}", without_numbers(program));
        out.add_text(TraitKind::InstallAction, &value, &line);
        command(what, &line, words, names, out);
    }
}

/// The trait of a link or a device in a place from which a system starts things: a link there enables
/// what it points to.
pub(crate) fn link(path: &str, target: &str) -> Vec<Observed> {
    let path = path.replace('\\', "/");
    let mut out = Collector::default();
    if let Some(Place { what, shown, .. }) = place(&path) {
        // Apart from the file's own trait, which an earlier release may have had without the link.
        let value = format!("{what}:{} (link)", without_numbers(&shown));
        out.add_text(TraitKind::InstallAction, &value, target);
    }
    out.finish().0
}

/// How such a file writes the commands it runs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Key {
    /// Lines `ExecStart=…` or `Exec=…`.
    Exec,
    /// Five fields or a word, a user, a command.
    Cron,
    /// `<string>` elements of an XML property list.
    Plist,
    /// Lines between `postrotate` and `endscript`; without them the file starts nothing.
    Rotate,
    /// Not read further: a script of its own, or no commands.
    None,
}

/// A place from which something is started without a user.
struct Place {
    what: &'static str,
    /// What is there, from that place on.
    shown: String,
    key: Key,
}

/// Folders, what they mean, and the endings that files need there.
const FOLDERS: &[(&str, &str, &[&str], Key)] = &[
    ("/etc/cron.d/", "cron", &[], Key::Cron),
    ("/spool/cron/", "cron", &[], Key::Cron),
    ("/etc/cron.", "cron", &[], Key::None),
    ("/etc/periodic/", "cron", &[], Key::None),
    ("/LaunchAgents/", "launchd", &[".plist"], Key::Plist),
    ("/LaunchDaemons/", "launchd", &[".plist"], Key::Plist),
    ("/Library/PrivilegedHelperTools/", "launchd", &[], Key::None),
    ("/Library/LaunchServices/", "launchd", &[], Key::None),
    ("/Library/LoginItems/", "login-item", &[], Key::None),
    ("/Library/StartupItems/", "login-item", &[], Key::None),
    ("/etc/emond.d/", "launchd", &[], Key::None),
    ("/autostart/", "autostart", &[".desktop"], Key::Exec),
    ("/systemd/system-generators/", "systemd", &[], Key::None),
    ("/systemd/user-generators/", "systemd", &[], Key::None),
    ("/systemd/system-environment-generators/", "systemd", &[], Key::None),
    ("/systemd/system-sleep/", "systemd", &[], Key::None),
    ("/systemd/system-shutdown/", "systemd", &[], Key::None),
    ("/dbus-1/system-services/", "dbus", &[".service"], Key::Exec),
    ("/dbus-1/services/", "dbus", &[".service"], Key::Exec),
    ("/polkit-1/rules.d/", "polkit", &[], Key::None),
    ("/polkit-1/actions/", "polkit", &[], Key::None),
    ("/polkit-1/localauthority", "polkit", &[], Key::None),
    ("/udev/rules.d/", "udev", &[], Key::None),
    ("/modules-load.d/", "kernel-module", &[], Key::None),
    ("/modprobe.d/", "kernel-module", &[], Key::None),
    ("/etc/kernel/", "kernel-hook", &[], Key::None),
    ("/kernel/install.d/", "kernel-hook", &[], Key::None),
    ("/initramfs-tools/hooks/", "kernel-hook", &[], Key::None),
    ("/initramfs-tools/scripts/", "kernel-hook", &[], Key::None),
    ("/etc/profile.d/", "profile", &[], Key::None),
    ("/etc/environment.d/", "profile", &[], Key::None),
    ("/environment.d/", "profile", &[".conf"], Key::None),
    ("/etc/bash_completion.d/", "profile", &[], Key::None),
    ("/etc/X11/Xsession.d/", "profile", &[], Key::None),
    ("/etc/X11/xinit/xinitrc.d/", "profile", &[], Key::None),
    ("/etc/ld.so.conf.d/", "preload", &[], Key::None),
    ("/etc/pam.d/", "pam", &[], Key::None),
    ("/etc/sudoers.d/", "sudoers", &[], Key::None),
    ("/etc/ssh/sshd_config.d/", "ssh", &[], Key::None),
    ("/etc/apt/apt.conf.d/", "package-manager", &[], Key::None),
    ("/etc/dpkg/dpkg.cfg.d/", "package-manager", &[], Key::None),
    ("/etc/yum/pluginconf.d/", "package-manager", &[], Key::None),
    ("/libalpm/hooks/", "package-manager", &[], Key::Exec),
    ("/etc/update-motd.d/", "login", &[], Key::None),
    ("/NetworkManager/dispatcher.d/", "network-hook", &[], Key::None),
    ("/networkd-dispatcher/", "network-hook", &[], Key::None),
    ("/etc/network/if-", "network-hook", &[], Key::None),
    ("/etc/dhcp/dhclient-", "network-hook", &[], Key::None),
    ("/etc/ppp/ip-", "network-hook", &[], Key::None),
    ("/etc/logrotate.d/", "logrotate", &[], Key::Rotate),
    ("/init.d/", "init", &[], Key::None),
    ("/etc/rc.d/", "init", &[], Key::None),
    ("/etc/openrc/", "init", &[], Key::None),
    ("/Start Menu/Programs/Startup/", "startup-folder", &[], Key::None),
    ("/Start Menu/Programs/StartUp/", "startup-folder", &[], Key::None),
    ("/System32/Tasks/", "task", &[], Key::None),
    ("/System32/GroupPolicy/", "task", &[".bat", ".cmd", ".ini", ".ps1"], Key::None),
];

/// Files of one name, and the end of the folder they are in.
const FILES: &[(&str, &str, &str, Key)] = &[
    ("/etc/", "crontab", "cron", Key::Cron),
    ("/etc/", "ld.so.preload", "preload", Key::None),
    ("/etc/", "ld.so.conf", "preload", Key::None),
    ("/etc/", "rc.local", "init", Key::None),
    ("/etc/", "inittab", "init", Key::None),
    ("/etc/", "environment", "profile", Key::None),
    ("/etc/", "profile", "profile", Key::None),
    ("/etc/", "bash.bashrc", "profile", Key::None),
    ("/etc/zsh/", "zshenv", "profile", Key::None),
    ("/etc/", "sudoers", "sudoers", Key::None),
    ("/etc/security/", "pam_env.conf", "pam", Key::None),
    ("/etc/", "modules", "kernel-module", Key::None),
    ("/.ssh/", "authorized_keys", "ssh", Key::None),
    ("/.ssh/", "authorized_keys2", "ssh", Key::None),
    ("/.ssh/", "rc", "ssh", Key::None),
];

/// Files in a home folder that a shell reads by itself.
const SHELL_FILES: &[&str] = &[
    ".bash_login",
    ".bash_logout",
    ".bash_profile",
    ".bashrc",
    ".profile",
    ".xprofile",
    ".xsession",
    ".zlogin",
    ".zprofile",
    ".zshenv",
    ".zshrc",
];

/// Units of systemd.
const UNITS: &[&str] = &[".mount", ".path", ".service", ".socket", ".timer"];

fn place(path: &str) -> Option<Place> {
    let member = path.rsplit("!/").next().unwrap_or(path);
    let member = format!("/{}", member.trim_start_matches("./").trim_start_matches('/'));
    let (folder, name) = split(&member);
    let folder = format!("{folder}/");
    let found = |at: usize, what, from: usize, key| {
        // The same words in documentation or tests start nothing.
        let told_about = is_told_about(member.get(..at).unwrap_or_default());
        let shown = member.get(from..).unwrap_or(name).to_owned();
        (!told_about).then_some(Place { what, shown, key })
    };
    let whole = |at: usize, what, key| found(at, what, folder.len(), key);
    if let Some(at) = folder.find("/systemd/") {
        let in_unit = folder.ends_with(".d/") && name.ends_with(".conf");
        if UNITS.iter().any(|ending| name.ends_with(ending)) || in_unit {
            // `ssh.service.d/x.conf` and `multi-user.target.wants/x.service` say more than `x`.
            let parent =
                folder.trim_end_matches('/').rfind('/').map_or(0, |at| at.saturating_add(1));
            let special = [".d/", ".wants/", ".requires/"].iter().any(|end| folder.ends_with(end));
            let unit_folder = UNITS.iter().chain(&[".target"]).any(|unit| folder.contains(unit));
            if special && unit_folder {
                return found(at, "systemd", parent, Key::Exec);
            }
            if !in_unit {
                return whole(at, "systemd", Key::Exec);
            }
        }
    }
    if let Some((at, mark, what, key)) = FOLDERS.iter().find_map(|(mark, what, endings, key)| {
        let fits = endings.is_empty() || endings.iter().any(|ending| name.ends_with(ending));
        Some((folder.find(mark).filter(|_| fits)?, *mark, *what, *key))
    }) {
        let from = at.saturating_add(mark.len());
        // One name for a folder of many files, such as an application that starts at login.
        let mut place =
            found(at, what, if mark.ends_with('/') { from } else { folder.len() }, key)?;
        let first = place.shown.find('/').unwrap_or(place.shown.len());
        if what == "login-item" {
            place.shown.truncate(first);
        }
        return Some(place);
    }
    let of_home = || {
        let home = ["etc/skel", "root"].contains(&folder.trim_matches('/'))
            || folder.starts_with("/home/");
        (home && SHELL_FILES.contains(&name)).then_some("profile")
    };
    let named = FILES.iter().find(|(tail, file, ..)| folder.ends_with(tail) && name == *file);
    match named {
        Some((tail, _, what, key)) => whole(folder.len().saturating_sub(tail.len()), what, *key),
        None => whole(0, of_home()?, Key::None),
    }
}

/// Bound: commands of one unit.
const COMMANDS_MAX: usize = 64;

fn commands(content: &str, key: Key) -> Vec<String> {
    let lines = content.lines().map(str::trim).filter(|line| !line.starts_with(['#', ';']));
    let found: Vec<String> = match key {
        Key::Exec => lines
            .filter(|line| line.starts_with("Exec"))
            .filter_map(|line| line.split_once('='))
            .map(|(_, value)| value.trim_start_matches(['-', '@', '+', '!', ':', ' ']).to_owned())
            .take(COMMANDS_MAX)
            .collect(),
        Key::Cron => lines
            .filter(|line| line.starts_with(|c: char| c.is_ascii_digit() || "*@".contains(c)))
            .map(|line| {
                let fields = if line.starts_with('@') { 2 } else { 6 };
                line.split_ascii_whitespace().skip(fields).collect::<Vec<_>>().join(" ")
            })
            .take(COMMANDS_MAX)
            .collect(),
        Key::Rotate => {
            let mut inside = false;
            let scripts = ["postrotate", "prerotate", "firstaction", "lastaction"];
            lines
                .filter(|line| {
                    let was = inside;
                    inside = *line != "endscript" && (inside || scripts.contains(line));
                    was && inside
                })
                .map(str::to_owned)
                .take(COMMANDS_MAX)
                .collect()
        }
        Key::Plist => {
            let after = content.split_once("<key>Program").map_or("", |(_, after)| after);
            let end = after.find("</array>").or_else(|| after.find("</string>"));
            let part = after.get(..end.unwrap_or(after.len())).unwrap_or_default();
            let words = part.split("<string>").skip(1);
            let words: Vec<_> =
                words.filter_map(|word| word.split("</string>").next()).take(64).collect();
            vec![words.join(" ")]
        }
        Key::None => Vec::new(),
    };
    found.into_iter().filter(|line| !line.is_empty()).collect()
}
