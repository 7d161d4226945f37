//! Rules about crates and what they stand on.

use std::collections::{BTreeMap, BTreeSet};

use super::tree::Tree;

/// Which crates of ours a crate may import. Every arrow runs downwards; a new crate gets a line here.
const IMPORTS: [(&str, &[&str]); 17] = [
    (
        "khien",
        &[
            "khien-binary",
            "khien-console",
            "khien-detect",
            "khien-ingest",
            "khien-lake",
            "khien-lineage",
            "khien-model",
            "khien-ops",
            "khien-server",
            "khien-sim",
            "khien-text",
            "khien-unpack",
            "khien-vet",
        ],
    ),
    ("khien-binary", &[]),
    ("khien-console", &[]),
    ("khien-detect", &["khien-model"]),
    ("khien-ingest", &["khien-model"]),
    ("khien-lake", &["khien-detect", "khien-model"]),
    ("khien-lineage", &["khien-model"]),
    ("khien-model", &[]),
    (
        "khien-ops",
        &[
            "khien-detect",
            "khien-ingest",
            "khien-lake",
            "khien-lineage",
            "khien-model",
            "khien-text",
            "khien-unpack",
            "khien-vet",
        ],
    ),
    (
        "khien-server",
        &[
            "khien-detect",
            "khien-ingest",
            "khien-lake",
            "khien-lineage",
            "khien-model",
            "khien-ops",
            "khien-text",
            "khien-vet",
            "khien-wire",
        ],
    ),
    ("khien-sim", &["khien-model"]),
    ("khien-sys", &[]),
    ("khien-testkit", &[]),
    ("khien-text", &[]),
    ("khien-unpack", &["khien-model"]),
    (
        "khien-vet",
        &["khien-binary", "khien-detect", "khien-lineage", "khien-model", "khien-unpack"],
    ),
    ("khien-wire", &[]),
];

/// What tests may import besides.
const FOR_TESTS: [&str; 2] = ["khien-sim", "khien-testkit"];

/// Crates on the floors where files, sockets and clocks live.
const PROCESSES: [&str; 4] = ["khien", "khien-agent", "khien-ops", "khien-server"];

/// Async runtimes, and what brings one along.
const ASYNC: [&str; 10] = [
    "async-std",
    "axum",
    "futures",
    "futures-executor",
    "hyper",
    "reqwest",
    "smol",
    "sqlx",
    "tokio",
    "tower",
];

/// Who may have async crates below: the table format's and the query engine's libraries are
/// asynchronous. They run on a runtime inside the crate, whose own calls block.
const ASYNC_INSIDE: [(&str, &[&str]); 1] = [("khien-lake", &["futures", "tokio"])];

/// A manifest of ours, as far as the rules look at it.
struct Manifest<'t> {
    path: &'t str,
    name: String,
    normal: BTreeSet<String>,
    tests: BTreeSet<String>,
    inherits_lints: bool,
}

fn manifests(tree: &Tree) -> Vec<Manifest<'_>> {
    tree.ending("Cargo.toml").filter_map(|(path, text)| manifest(path, text)).collect()
}

fn manifest<'t>(path: &'t str, text: &str) -> Option<Manifest<'t>> {
    let table: toml::Table = text.parse().ok()?;
    let name = table.get("package")?.get("name")?.as_str()?.to_owned();
    let lints = table.get("lints").and_then(|lints| lints.get("workspace"));
    let mut found = Manifest {
        path,
        name,
        normal: BTreeSet::new(),
        tests: BTreeSet::new(),
        inherits_lints: lints.and_then(toml::Value::as_bool) == Some(true),
    };
    take_dependencies(&table, &mut found);
    // Dependencies of one platform are dependencies.
    let targets = table.get("target").and_then(toml::Value::as_table);
    for target in targets.into_iter().flat_map(toml::Table::values) {
        if let Some(table) = target.as_table() {
            take_dependencies(table, &mut found);
        }
    }
    Some(found)
}

fn take_dependencies(table: &toml::Table, manifest: &mut Manifest<'_>) {
    let names = |key: &str| {
        let table = table.get(key).and_then(toml::Value::as_table);
        table.into_iter().flatten().map(|(name, value)| {
            // `name = { package = "real-name" }` is the real name.
            value.get("package").and_then(toml::Value::as_str).unwrap_or(name).to_owned()
        })
    };
    manifest.normal.extend(names("dependencies"));
    manifest.normal.extend(names("build-dependencies"));
    manifest.tests.extend(names("dev-dependencies"));
}

fn is_ours(name: &str) -> bool {
    name == "khien" || name.starts_with("khien-")
}

pub(super) fn imports_run_downwards(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    for manifest in manifests(tree).iter().filter(|m| m.path.starts_with("crates/")) {
        let folder = format!("crates/{}/Cargo.toml", manifest.name);
        if manifest.path != folder {
            complaints.push(format!("{}: call the folder as the crate", manifest.path));
        }
        let Some((_, allowed)) = IMPORTS.iter().find(|(name, _)| *name == manifest.name) else {
            let what = "say in xtask/src/tidy/manifests.rs what this crate may import";
            complaints.push(format!("{}: {what}", manifest.path));
            continue;
        };
        for import in manifest.normal.iter().filter(|name| is_ours(name)) {
            if !allowed.contains(&import.as_str()) {
                let what = "an import that does not run downwards; move the shared part down";
                complaints.push(format!("{}: `{import}`: {what}", manifest.path));
            }
        }
        for import in manifest.tests.iter().filter(|name| is_ours(name)) {
            let import = import.as_str();
            if !allowed.contains(&import) && !FOR_TESTS.contains(&import) {
                let what = "tests import what their crate may, khien-testkit and khien-sim";
                complaints.push(format!("{}: `{import}`: {what}", manifest.path));
            }
        }
    }
    complaints
}

pub(super) fn async_only_above(tree: &Tree) -> Vec<String> {
    let below = manifests(tree);
    let below = below
        .iter()
        .filter(|m| m.path.starts_with("crates/") && !PROCESSES.contains(&m.name.as_str()));
    below
        .flat_map(|manifest| {
            let all = manifest.normal.union(&manifest.tests);
            let inside = ASYNC_INSIDE.iter().find(|(name, _)| *name == manifest.name);
            let inside = inside.map_or(&[][..], |(_, allowed)| *allowed);
            let unwanted = |name: &str| ASYNC.contains(&name) && !inside.contains(&name);
            all.filter(move |name| unwanted(name)).map(|name| {
                let what = "engines take bytes and a time and return values; keep it above them";
                format!("{}: `{name}`: {what}", manifest.path)
            })
        })
        .collect()
}

pub(super) fn dependencies_have_reasons(tree: &Tree) -> Vec<String> {
    let reasons = tree.text("deps.toml").unwrap_or_default().parse::<toml::Table>();
    let reasons: toml::Table = match reasons {
        Ok(table) => match table.get("dependencies").and_then(toml::Value::as_table) {
            Some(reasons) => reasons.clone(),
            None => return vec!["deps.toml: the table [dependencies] is missing".to_owned()],
        },
        Err(error) => return vec![format!("deps.toml: {}", error.message())],
    };
    let mut used: BTreeMap<String, &str> = BTreeMap::new();
    for manifest in manifests(tree) {
        for name in manifest.normal.into_iter().chain(manifest.tests) {
            used.entry(name).or_insert(manifest.path);
        }
    }
    let mut complaints = Vec::new();
    for (name, path) in used.iter().filter(|(name, _)| !is_ours(name)) {
        let reason = reasons.get(name).and_then(toml::Value::as_str).unwrap_or_default();
        if reason.trim().len() < 10 {
            complaints.push(format!("{path}: say in deps.toml why `{name}` is here"));
        }
    }
    for name in reasons.keys().filter(|name| !used.contains_key(*name)) {
        complaints.push(format!("deps.toml: `{name}` is used nowhere; take its line out"));
    }
    complaints
}

/// The root manifest lists what members inherit, and nothing else.
pub(super) fn workspace_dependencies_are_used(tree: &Tree) -> Vec<String> {
    let Ok(root) = tree.text("Cargo.toml").unwrap_or_default().parse::<toml::Table>() else {
        return vec!["Cargo.toml: not TOML".to_owned()];
    };
    let listed = root.get("workspace").and_then(|workspace| workspace.get("dependencies"));
    let mut inherited = BTreeSet::new();
    for (_, text) in tree.ending("Cargo.toml") {
        let Ok(table) = text.parse::<toml::Table>() else { continue };
        let targets = table.get("target").and_then(toml::Value::as_table);
        let targets = targets.into_iter().flat_map(toml::Table::values);
        for table in targets.filter_map(toml::Value::as_table).chain([&table]) {
            for key in ["dependencies", "build-dependencies", "dev-dependencies"] {
                let names = table.get(key).and_then(toml::Value::as_table).into_iter().flatten();
                let from_root =
                    |value: &toml::Value| value.get("workspace").and_then(toml::Value::as_bool);
                inherited.extend(
                    names.filter(|(_, v)| from_root(v) == Some(true)).map(|(n, _)| n.clone()),
                );
            }
        }
    }
    let listed = listed.and_then(toml::Value::as_table).into_iter().flat_map(toml::Table::keys);
    listed
        .filter(|name| !inherited.contains(*name))
        .map(|name| format!("Cargo.toml: no member inherits `{name}`; take its line out"))
        .collect()
}

pub(super) fn packages_are_from_the_registry(tree: &Tree) -> Vec<String> {
    const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";
    let ours: BTreeSet<String> = manifests(tree).into_iter().map(|m| m.name).collect();
    let mut complaints = Vec::new();
    for (path, text) in tree.ending("Cargo.lock") {
        let Ok(lock) = text.parse::<toml::Table>() else {
            complaints.push(format!("{path}: not TOML; let cargo write it anew"));
            continue;
        };
        let packages = lock.get("package").and_then(toml::Value::as_array);
        for package in packages.into_iter().flatten() {
            let word = |key| package.get(key).and_then(toml::Value::as_str);
            let name = word("name").unwrap_or_default();
            let fine = match word("source") {
                Some(source) => source == REGISTRY && word("checksum").is_some(),
                None => ours.contains(name),
            };
            if !fine {
                let what = "a package that is neither ours nor from crates.io with a checksum";
                complaints.push(format!("{path}: `{name}`: {what}"));
            }
        }
    }
    complaints
}

pub(super) fn lints_are_inherited(tree: &Tree) -> Vec<String> {
    // The fuzz targets are a workspace of their own.
    let ours = manifests(tree).into_iter().filter(|m| !m.path.starts_with("fuzz/"));
    ours.filter(|m| !m.inherits_lints)
        .map(|m| format!("{}: write `[lints]` with `workspace = true`", m.path))
        .collect()
}
