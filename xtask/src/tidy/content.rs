//! Rules about content: catalogues of texts, Sigma rules, known incidents, the changelog.

use std::collections::{BTreeMap, BTreeSet};

use super::tree::Tree;

type Catalogue = BTreeMap<String, String>;

pub(super) fn catalogues_agree(tree: &Tree) -> Vec<String> {
    let read = |path: &str| -> Result<Catalogue, String> {
        serde_json::from_str(tree.text(path).unwrap_or_default())
            .map_err(|error| format!("{path}: a flat object of texts is expected: {error}"))
    };
    let (english, vietnamese) = match (read("i18n/en.json"), read("i18n/vi.json")) {
        (Ok(english), Ok(vietnamese)) => (english, vietnamese),
        (english, vietnamese) => {
            return english.err().into_iter().chain(vietnamese.err()).collect();
        }
    };
    let mut complaints = Vec::new();
    for key in english.keys().filter(|key| !vietnamese.contains_key(*key)) {
        complaints.push(format!("i18n/vi.json: `{key}` is missing"));
    }
    for key in vietnamese.keys().filter(|key| !english.contains_key(*key)) {
        complaints.push(format!("i18n/en.json: `{key}` is missing"));
    }
    for (key, text) in &english {
        let other = vietnamese.get(key).map_or(text.as_str(), String::as_str);
        if placeholders(text) != placeholders(other) {
            complaints
                .push(format!("i18n: `{key}` has other {{names}} in English than in Vietnamese"));
        }
    }
    complaints
}

/// Names in braces; the forms after a colon (`{count:record|records}`) are the language's own.
fn placeholders(text: &str) -> BTreeSet<&str> {
    text.split('{')
        .skip(1)
        .filter_map(|part| part.split_once('}'))
        .map(|(inner, _)| inner.split(':').next().unwrap_or(inner))
        .collect()
}

pub(super) fn rules_have_tests(tree: &Tree) -> Vec<String> {
    const RULES: &str = "content/sigma/";
    const TESTS: &str = "content/sigma/tests/";
    let files = |folder: &'static str| {
        let files = tree.ending(".yml").filter_map(move |(path, text)| {
            let name = path.strip_prefix(folder).filter(|name| !name.contains('/'))?;
            Some((name.to_owned(), text))
        });
        files.collect::<BTreeMap<String, &str>>()
    };
    let (rules, tests) = (files(RULES), files(TESTS));
    let mut complaints = Vec::new();
    for name in rules.keys().filter(|name| !tests.contains_key(*name)) {
        complaints.push(format!("{RULES}{name}: write {TESTS}{name} with a hit and a near miss"));
    }
    for (name, text) in &tests {
        if !rules.contains_key(name) {
            complaints.push(format!("{TESTS}{name}: there is no rule of this name"));
        }
        for wanted in ["expect: hit", "expect: near-miss"] {
            if !text.contains(wanted) {
                complaints.push(format!("{TESTS}{name}: no case with `{wanted}`"));
            }
        }
    }
    complaints
}

pub(super) fn incidents_name_content(tree: &Tree) -> Vec<String> {
    const INDEX: &str = "content/incidents/INDEX.toml";
    let table: toml::Table = match tree.text(INDEX).unwrap_or_default().parse() {
        Ok(table) => table,
        Err(error) => return vec![format!("{INDEX}: {error}")],
    };
    let incidents = table.get("incident").and_then(toml::Value::as_array);
    let mut complaints = Vec::new();
    for incident in incidents.into_iter().flatten() {
        let name = incident.get("name").and_then(toml::Value::as_str).unwrap_or("?");
        let Some(covered) = incident.get("covered_by").and_then(toml::Value::as_array) else {
            complaints
                .push(format!("{INDEX}: {name}: `covered_by` is missing; an empty list is fine"));
            continue;
        };
        for file in covered.iter().filter_map(toml::Value::as_str) {
            if !tree.has(&format!("content/{file}")) {
                complaints.push(format!("{INDEX}: {name}: no file content/{file}"));
            }
        }
    }
    complaints
}

pub(super) fn changelog_is_open(tree: &Tree) -> Vec<String> {
    let text = tree.text("CHANGELOG.md").unwrap_or_default();
    let first = text.lines().find(|line| line.starts_with("## "));
    if first == Some("## Unreleased") {
        return Vec::new();
    }
    vec!["CHANGELOG.md: the first section is to be `## Unreleased`".to_owned()]
}
