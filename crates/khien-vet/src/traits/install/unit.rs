//! Files that a system starts by itself because of where they are: units, jobs, agents.

use khien_lineage::TraitKind;

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
    let (folder, name) = split(&path);
    let Some((what, key)) = what(folder, name) else { return };
    let shown = without_numbers(name);
    out.add_text(TraitKind::InstallAction, &format!("{what}:{shown}"), &path);
    let head = input.bytes.get(..UNIT_MAX).unwrap_or(input.bytes);
    let content = String::from_utf8_lossy(head);
    for line in commands(&content, key) {
        let program = line.split_ascii_whitespace().next().unwrap_or_default();
        let value = format!("{what}:{shown} {}", without_numbers(program));
        out.add_text(TraitKind::InstallAction, &value, &line);
        command(what, &line, words, names, out);
    }
}

/// How such a file writes the commands it runs.
#[derive(Clone, Copy)]
enum Key {
    /// Lines `ExecStart=…` or `Exec=…`.
    Exec,
    /// Five fields or a word, a user, a command.
    Cron,
    /// `<string>` elements of an XML property list.
    Plist,
    /// Not read further: a script of its own, or no commands.
    None,
}

fn what(folder: &str, name: &str) -> Option<(&'static str, Key)> {
    let folder = format!("/{folder}/");
    let has = |part: &str| folder.contains(part);
    let ends = |ending: &str| name.ends_with(ending);
    Some(
        if has("/systemd/") && [".service", ".timer", ".socket", ".path"].iter().any(|e| ends(e)) {
            ("systemd", Key::Exec)
        } else if has("/etc/cron.d/") || has("/etc/") && name == "crontab" || has("/spool/cron/") {
            ("cron", Key::Cron)
        } else if has("/etc/cron.") {
            ("cron", Key::None)
        } else if (has("/LaunchAgents/") || has("/LaunchDaemons/")) && ends(".plist") {
            ("launchd", Key::Plist)
        } else if has("/autostart/") && ends(".desktop") {
            ("autostart", Key::Exec)
        } else if has("/udev/rules.d/") {
            ("udev", Key::None)
        } else if has("/etc/profile.d/") {
            ("profile", Key::None)
        } else if has("/etc/") && name == "ld.so.preload" {
            ("preload", Key::None)
        } else if has("/sudoers.d/") {
            ("sudoers", Key::None)
        } else if has("/modules-load.d/") || has("/modprobe.d/") {
            ("kernel-module", Key::None)
        } else if has("/init.d/") {
            ("init", Key::None)
        } else {
            return None;
        },
    )
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
