//! What a Windows Installer database does besides copying files.

use std::collections::HashMap;

use super::registry::telling;
use super::tables::{Table, Tables};
use crate::names;

/// Rows of one table that are told, and characters of one value. One row more than a container may
/// tell: the one too many is a gap.
const ACTIONS_MAX: usize = 10_001;
const VALUE_CHARS_MAX: usize = 1024;

/// Tables whose every row is an action, and the columns that say what it is; no columns means all.
const TELLING_TABLES: [(&str, &[&str]); 26] = [
    (
        "ServiceInstall",
        &["Name", "ServiceType", "StartType", "StartName", "Arguments", "Component_"],
    ),
    ("ServiceControl", &["Name", "Event", "Arguments"]),
    ("MsiServiceConfig", &[]),
    ("MsiServiceConfigFailureActions", &[]),
    ("MsiEmbeddedChainer", &[]),
    ("MsiEmbeddedUI", &["FileName", "Attributes", "MessageFilter"]),
    ("SelfReg", &["File_"]),
    ("TypeLib", &["LibID", "Component_"]),
    ("Environment", &["Name", "Value"]),
    ("Shortcut", &["Directory_", "Name", "Target", "Arguments"]),
    ("Verb", &["Extension_", "Verb", "Command", "Argument"]),
    ("Class", &["CLSID", "Context", "Description"]),
    ("AppId", &["AppId", "LocalService", "DllSurrogate"]),
    ("IniFile", &["FileName", "DirProperty", "Section", "Key", "Value"]),
    ("LockPermissions", &[]),
    ("MsiLockPermissionsEx", &[]),
    ("ODBCDriver", &["Description", "File_"]),
    ("WixFirewallException", &[]),
    ("Wix4FirewallException", &[]),
    ("Wix5FirewallException", &[]),
    ("WixHttpUrlReservation", &[]),
    ("User", &[]),
    ("Wix4User", &[]),
    ("XmlConfig", &[]),
    ("XmlFile", &[]),
    ("ScheduledTask", &[]),
];

/// Tables that say when actions run.
const SEQUENCES: [&str; 5] = [
    "InstallExecuteSequence",
    "InstallUISequence",
    "AdminExecuteSequence",
    "AdminUISequence",
    "AdvtExecuteSequence",
];

/// One line for each action: custom actions first, then services, the registry, and the rest.
pub(super) fn actions(tables: &Tables) -> Vec<String> {
    let mut out = Vec::new();
    if let Some(table) = tables.by_name.get("CustomAction") {
        let when = sequences(tables);
        let rows = table.rows.iter().take(ACTIONS_MAX);
        out.extend(rows.map(|row| custom_action(&when, table, row)));
    }
    if let Some(table) = tables.by_name.get("Registry") {
        out.extend(table.rows.iter().filter_map(|row| registry(table, row)).take(ACTIONS_MAX));
    }
    for (name, columns) in TELLING_TABLES {
        let Some(table) = tables.by_name.get(name) else { continue };
        let rows = table.rows.iter().take(ACTIONS_MAX);
        out.extend(rows.map(|row| format!("{name}: {}", row_text(table, row, columns))));
    }
    out
}

fn row_text(table: &Table, row: &[super::tables::Value], columns: &[&str]) -> String {
    let named: Vec<(String, String)> = if columns.is_empty() {
        table.named(row)
    } else {
        columns.iter().map(|c| ((*c).to_owned(), table.text(row, c))).collect()
    };
    let parts: Vec<String> = named
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| {
            format!("{}={}", name.trim_end_matches('_'), shortened(long_name(&value)))
        })
        .collect();
    parts.join(", ")
}

/// `SHORT~1|Long name` is one name in two lengths.
fn long_name(value: &str) -> &str {
    match value.split_once('|') {
        Some((short, long)) if short.len() <= 12 && !long.is_empty() => long,
        _ => value,
    }
}

fn registry(table: &Table, row: &[super::tables::Value]) -> Option<String> {
    let (key, name) = (table.text(row, "Key"), table.text(row, "Name"));
    let what = telling(&key, &name)?;
    let root = match table.number(row, "Root") {
        Some(0) => "HKCR",
        Some(1) => "HKCU",
        Some(2) => "HKLM",
        Some(3) => "HKU",
        _ => "HKCU or HKLM",
    };
    let value = shortened(&table.text(row, "Value"));
    Some(format!("Registry ({what}): {root}\\{key}, name={name}, value={value}"))
}

fn custom_action(
    when: &HashMap<String, String>,
    table: &Table,
    row: &[super::tables::Value],
) -> String {
    let name = table.text(row, "Action");
    let kind = table.number(row, "Type").unwrap_or(0);
    let source = shortened(&table.text(row, "Source"));
    let target = shortened(&table.text(row, "Target"));
    let when = when.get(&name).cloned().unwrap_or_default();
    let mut out = format!("CustomAction {name}: type {kind} ({})", kind_text(kind));
    for (label, value) in [("source", source), ("target", target), ("runs in", when)] {
        if !value.is_empty() {
            out.push_str(&format!(", {label}={value}"));
        }
    }
    out
}

/// Custom action types, as "Summary List of All Custom Action Types" of the Windows SDK has them.
fn kind_text(kind: i32) -> String {
    let what = match kind & 0x3F {
        1 => "DLL in the Binary table",
        2 => "program in the Binary table",
        5 => "JScript in the Binary table",
        6 => "VBScript in the Binary table",
        7 => "nested package in the database",
        17 => "installed DLL",
        18 => "installed program",
        19 => "shows an error and ends",
        21 => "installed JScript",
        22 => "installed VBScript",
        23 => "nested package beside this one",
        34 => "command line in a folder",
        35 => "sets a folder",
        37 => "JScript in the row",
        38 => "VBScript in the row",
        39 => "installed product",
        50 => "program named by a property",
        51 => "sets a property",
        53 => "JScript in a property",
        54 => "VBScript in a property",
        _ => "unknown",
    };
    let mut out = what.to_owned();
    let place = match (kind & 0x400 != 0, kind & 0x300) {
        (true, 0x100) => ", on rollback",
        (true, 0x200) => ", on commit",
        (true, _) => ", deferred",
        (false, _) => "",
    };
    out.push_str(place);
    for (flag, text) in [
        (0x40, ", failure ignored"),
        (0x80, ", not waited for"),
        (0x800, ", as the system"),
        (0x1000, ", 64-bit script"),
        (0x2000, ", hidden from the log"),
    ] {
        if kind & flag != 0 {
            out.push_str(text);
        }
    }
    out
}

/// When each action runs, over all sequences.
fn sequences(tables: &Tables) -> HashMap<String, String> {
    let mut out: HashMap<String, String> = HashMap::new();
    for name in SEQUENCES {
        let Some(table) = tables.by_name.get(name) else { continue };
        for row in &table.rows {
            let condition = shortened(&table.text(row, "Condition"));
            let at = table.text(row, "Sequence");
            let condition =
                if condition.is_empty() { condition } else { format!(" if {condition}") };
            let when = out.entry(table.text(row, "Action")).or_default();
            if when.len() < VALUE_CHARS_MAX {
                let gap = if when.is_empty() { "" } else { "; " };
                when.push_str(&format!("{gap}{name} {at}{condition}"));
            }
        }
    }
    out
}

/// Values are outside text of any length; a fact needs its beginning, and changes with its rest.
fn shortened(value: &str) -> String {
    match value.char_indices().nth(VALUE_CHARS_MAX) {
        None => value.to_owned(),
        Some((cut, _)) => {
            let start = value.get(..cut).unwrap_or_default();
            format!("{start}…({} bytes, {})", value.len(), names::mark(value))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_behind_the_cut_is_seen() {
        let long = |end: &str| shortened(&format!("{}{end}", "x".repeat(VALUE_CHARS_MAX)));
        assert_ne!(long("one"), long("two"));
        assert!(long("one").len() < VALUE_CHARS_MAX + 64);
        assert_eq!(shortened("short"), "short");
    }
}
