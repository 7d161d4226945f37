//! Where a Windows Installer database puts its files.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::tables::Tables;

/// Folders inside folders that are followed.
const DEPTH_MAX: usize = 40;

/// Files of a database: key in the File table and in the cabinet, and the path it is installed to.
#[derive(Debug, Default)]
pub(super) struct Files {
    pub(super) path_of: HashMap<String, String>,
    /// Files that lie beside the database and not in a cabinet: key and path.
    pub(super) loose: Vec<String>,
    /// Names of cabinets inside the database.
    pub(super) embedded: HashSet<String>,
    /// Names of cabinets beside it.
    pub(super) external: Vec<String>,
}

/// Reads File, Component, Directory and Media.
pub(super) fn read(tables: &Tables) -> Files {
    let mut files = Files::default();
    let folders = folders(tables);
    let components = components(tables, &folders);
    let media = media(tables, &mut files);
    let Some(table) = tables.by_name.get("File") else { return files };
    let mut taken = HashSet::new();
    for row in &table.rows {
        let key = table.text(row, "File");
        let folder = components.get(&table.text(row, "Component_"));
        let name = long(&table.text(row, "FileName")).to_owned();
        let mut path = match folder {
            Some(folder) if !folder.is_empty() => format!("{folder}/{name}"),
            _ => name,
        };
        if !taken.insert(path.clone()) {
            // Two components may put different files in one place, under other conditions.
            path = format!("{path}#{key}");
        }
        let sequence = table.number(row, "Sequence").unwrap_or(0);
        let attributes = table.number(row, "Attributes").unwrap_or(0);
        let cabinet = media.range(sequence..).next().map_or("", |(_, cabinet)| cabinet.as_str());
        // msidbFileAttributesNoncompressed, or a disk without a cabinet.
        if attributes & 0x2000 != 0 || cabinet.is_empty() {
            files.loose.push(path.clone());
        }
        files.path_of.insert(key, path);
    }
    files
}

/// Last sequence number of each disk and its cabinet.
fn media(tables: &Tables, files: &mut Files) -> BTreeMap<i32, String> {
    let mut media = BTreeMap::new();
    let Some(table) = tables.by_name.get("Media") else { return media };
    for row in &table.rows {
        let cabinet = table.text(row, "Cabinet");
        if let Some(inside) = cabinet.strip_prefix('#') {
            files.embedded.insert(inside.to_owned());
        } else if !cabinet.is_empty() {
            files.external.push(cabinet.clone());
        }
        media.insert(table.number(row, "LastSequence").unwrap_or(0), cabinet);
    }
    media
}

fn components(tables: &Tables, folders: &HashMap<String, String>) -> HashMap<String, String> {
    let Some(table) = tables.by_name.get("Component") else { return HashMap::new() };
    let path = |row: &[_]| {
        let folder = table.text(row, "Directory_");
        folders.get(&folder).cloned().unwrap_or_else(|| format!("[{folder}]"))
    };
    table.rows.iter().map(|row| (table.text(row, "Component"), path(row))).collect()
}

fn folders(tables: &Tables) -> HashMap<String, String> {
    let Some(table) = tables.by_name.get("Directory") else { return HashMap::new() };
    let rows: HashMap<String, (String, String)> = table
        .rows
        .iter()
        .map(|row| {
            let own = table.text(row, "DefaultDir");
            // `target:source`; only the target matters here.
            let target = long(own.split(':').next().unwrap_or_default()).to_owned();
            (table.text(row, "Directory"), (table.text(row, "Directory_Parent"), target))
        })
        .collect();
    rows.keys().map(|key| (key.clone(), folder(&rows, key))).collect()
}

fn folder(rows: &HashMap<String, (String, String)>, key: &str) -> String {
    let mut parts = Vec::new();
    let mut key = key;
    for _ in 0..DEPTH_MAX {
        if is_known(key) {
            parts.push(format!("[{key}]"));
            break;
        }
        let Some((parent, name)) = rows.get(key) else { break };
        if parent.is_empty() || parent == key {
            break;
        }
        if name != "." {
            parts.push(name.clone());
        }
        key = parent;
    }
    parts.reverse();
    parts.join("/")
}

/// Folders of the system, whose place the installer looks up: `ProgramFiles64Folder` and its like.
fn is_known(key: &str) -> bool {
    key.ends_with("Folder")
        && key.chars().next().is_some_and(char::is_uppercase)
        && key.chars().all(|c| c.is_ascii_alphanumeric())
}

fn long(name: &str) -> &str {
    name.split_once('|').map_or(name, |(_, long)| long)
}
