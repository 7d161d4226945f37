//! Texts that the server shows: every key that it asks for is there, and none is unused.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

fn read(path: &Path) -> String {
    std::fs::File::open(path).and_then(std::io::read_to_string).unwrap()
}

fn sources(folder: &Path, into: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { sources(&path, into) } else { into.push_str(&read(&path)) }
    }
}

/// Keys that are put together from a part and what was found of it.
const OF_HEALTH: [(&str, &[&str]); 8] = [
    ("audit", &["broken", "not_yet", "unread", "whole"]),
    ("certificate", &["ended", "ends_soon", "lasts"]),
    ("disk", &["full", "low", "room", "unread"]),
    ("intake", &["alerts", "behind", "broken", "set_aside", "stale", "unread", "works"]),
    ("jobs", &["failed", "fine", "unread"]),
    // Plugged in by the command line.
    ("lake", &["broken", "missing", "works"]),
    ("state", &["broken", "works"]),
    ("updates", &["left_out", "not_yet", "too_many", "unreadable", "works"]),
];

/// What is found when all is well, and has no next step.
const WELL: [&str; 6] = ["fine", "lasts", "room", "whole", "works", ""];

fn made_of_words() -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for (part, codes) in OF_HEALTH {
        for code in codes {
            keys.insert(format!("server.health.{part}.{code}"));
            if !WELL.contains(code) {
                keys.insert(format!("server.health.{part}.{code}.next"));
            }
        }
    }
    let problems =
        ["bad_request", "cross_site", "misdirected", "not_found", "overloaded", "rate_limited"];
    keys.extend(problems.map(|code| format!("server.problem.{code}")));
    for field in ["name", "display_name"] {
        keys.extend(
            ["characters", "empty", "too_long"].map(|code| format!("server.setup.{field}.{code}")),
        );
    }
    keys.extend(
        ["too_easy", "too_long", "too_short"].map(|code| format!("server.setup.password.{code}")),
    );
    keys.insert("server.setup.again.differs".to_owned());
    keys
}

#[test]
fn every_key_exists_and_none_is_unused() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut text = String::new();
    sources(&root.join("src"), &mut text);
    sources(&root.join("templates"), &mut text);
    let literal = text.split("\"server.").skip(1).filter_map(|rest| rest.split('"').next());
    let mut wanted: BTreeSet<String> =
        literal.filter(|key| !key.contains('{')).map(|key| format!("server.{key}")).collect();
    wanted.extend(made_of_words());
    wanted
        .retain(|key| !["server.started", "server.stopped", "server.lock"].contains(&key.as_str()));
    let catalogue: BTreeMap<String, String> =
        serde_json::from_str(&read(&root.join("../../i18n/en.json"))).unwrap();
    let known: BTreeSet<String> =
        catalogue.into_keys().filter(|key| key.starts_with("server.")).collect();
    let differing: Vec<&String> = wanted.symmetric_difference(&known).collect();
    assert!(
        differing.is_empty(),
        "asked for and not there, or there and not asked for: {differing:?}"
    );
}
