//! What hosts that run osquery are asked: `content/osquery`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use khien_wire::{OsqueryAnswer, OsqueryScheduled};
use serde::Deserialize;

/// Names of questions of the inventory begin so, whoever else asks.
const PREFIX: &str = "khien_inventory_";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    options: BTreeMap<String, String>,
    schedule: Vec<Scheduled>,
    inventory: Vec<Question>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Scheduled {
    name: String,
    query: String,
    interval: u32,
    platform: Option<String>,
    removed: Option<bool>,
    description: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    name: String,
    query: String,
    platform: Option<String>,
}

static FILE: LazyLock<File> = LazyLock::new(|| {
    toml::from_str(include_str!("../../../content/osquery/queries.toml"))
        .expect("a test reads what is built in")
});

/// Whether a host of this platform is asked; one that said none is asked what all are.
fn is_for(wanted: Option<&str>, platform: &str) -> bool {
    wanted.is_none_or(|wanted| wanted == platform)
}

/// The configuration of a host.
pub(crate) fn configuration(platform: &str) -> OsqueryAnswer {
    let asked = FILE.schedule.iter().filter(|one| is_for(one.platform.as_deref(), platform));
    let schedule = asked.map(|one| {
        let query = OsqueryScheduled {
            query: one.query.clone(),
            interval: one.interval,
            platform: one.platform.clone(),
            removed: one.removed,
            description: one.description.clone(),
        };
        (one.name.clone(), query)
    });
    OsqueryAnswer {
        options: FILE.options.clone(),
        schedule: schedule.collect(),
        ..OsqueryAnswer::default()
    }
}

/// What a host is asked for its inventory.
pub(crate) fn inventory(platform: &str) -> BTreeMap<String, String> {
    let asked = FILE.inventory.iter().filter(|one| is_for(one.platform.as_deref(), platform));
    asked.map(|one| (format!("{PREFIX}{}", one.name), one.query.clone())).collect()
}

/// Whether a question is one of the inventory's.
pub(crate) fn is_inventory(name: &str) -> bool {
    let name = name.strip_prefix(PREFIX);
    name.is_some_and(|name| FILE.inventory.iter().any(|one| one.name == name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_platform_is_asked_its_own_and_what_all_are() {
        let names = |platform: &str| -> Vec<String> {
            configuration(platform).schedule.into_keys().collect()
        };
        assert!(names("linux").contains(&"deb_packages".to_owned()));
        assert!(!names("windows").contains(&"deb_packages".to_owned()));
        assert_eq!(names(""), ["open_sockets", "startup_items"]);
        assert!(inventory("windows").keys().any(|name| name == "khien_inventory_programs"));
        assert!(is_inventory("khien_inventory_os_version"));
        assert!(!is_inventory("os_version") && !is_inventory("khien_inventory_nothing"));
    }

    #[test]
    fn names_are_told_apart_and_platforms_known() {
        let platforms = [None, Some("darwin"), Some("linux"), Some("windows")];
        let mut seen = BTreeSet::new();
        for one in &FILE.schedule {
            assert!(platforms.contains(&one.platform.as_deref()), "{}", one.name);
            assert!(seen.insert(("schedule", &one.name, None)), "{}", one.name);
            assert!(one.interval >= 10 && one.query.ends_with(';'), "{}", one.name);
        }
        for one in &FILE.inventory {
            assert!(platforms.contains(&one.platform.as_deref()), "{}", one.name);
            assert!(seen.insert(("inventory", &one.name, one.platform.as_deref())), "{}", one.name);
        }
    }
}
