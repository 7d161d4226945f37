//! Findings on their way into the lake: what they are called, and their rows.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use khien_lake::row::{FoundRow, Origin, RowBuffer};
use khien_model::Timestamp;

use super::checkpoint::id_of;
use super::known::CORRELATION_PREFIX;
use crate::held::lock;
use crate::scan::assemble;
use crate::scan::detection::Detection;
use crate::scan::knowledge::Advisories;
use crate::scan::worker::Knowledge;

/// What a finding is called.
#[derive(Debug)]
pub struct FoundName {
    /// A rule, a correlation or an indicator.
    pub kind: &'static str,
    /// Its id; its title where it has none.
    pub id: String,
    /// Its title.
    pub title: String,
    /// How severe.
    pub severity: &'static str,
    /// ATT&CK techniques, with commas between.
    pub techniques: String,
}

/// What findings are called, by number; each is looked up once.
#[derive(Debug, Default)]
pub struct FoundNames(Mutex<HashMap<u32, Arc<FoundName>>>);

impl FoundNames {
    /// The name of a finding; `None` when it is of nothing that is known.
    pub fn of(
        &self,
        finding: u32,
        knowledge: &Knowledge,
        advisories: &Advisories,
    ) -> Option<Arc<FoundName>> {
        let mut names = lock(&self.0);
        if let Some(name) = names.get(&finding) {
            return Some(Arc::clone(name));
        }
        let found = assemble::finding(finding, knowledge, advisories)?;
        let techniques: Vec<String> = found.techniques.iter().map(ToString::to_string).collect();
        let title = found.title.as_raw().to_owned();
        let name = Arc::new(FoundName {
            kind: found.kind.as_str(),
            // A rule without an id is still to be told apart.
            id: if found.id.is_empty() { title.clone() } else { found.id },
            title,
            severity: found.severity.as_str(),
            techniques: techniques.join(","),
        });
        names.insert(finding, Arc::clone(&name));
        Some(name)
    }
}

/// Adds the row of a finding.
pub fn add_finding(
    buffer: &mut RowBuffer,
    name: &FoundName,
    detection: &Detection,
    origin: &Origin,
    record: u64,
) {
    let fields = finding_fields(name, detection);
    buffer.finding(
        &FoundRow {
            time: detection.time(),
            host: &detection.host,
            rule: &name.id,
            title: &name.title,
            severity: name.severity,
            fields: &fields,
            record,
        },
        origin,
    );
}

fn finding_fields(name: &FoundName, detection: &Detection) -> String {
    let mut fields = serde_json::Map::new();
    let mut set = |key: &str, value: String| {
        if !value.is_empty() {
            fields.insert(key.to_owned(), value.into());
        }
    };
    set("found.kind", name.kind.to_owned());
    set("found.techniques", name.techniques.clone());
    set("found.event", detection.event.to_string());
    set("found.file", detection.file.clone());
    if let Some(window) = &detection.window {
        set("found.count", window.count.to_string());
        set("found.first", Timestamp::from_nanos(window.first_nanos).to_string());
        set("found.last", Timestamp::from_nanos(window.last_nanos).to_string());
        set("found.hosts", window.hosts.join(","));
    }
    for (key, value) in &detection.fields {
        set(key, value.clone());
    }
    serde_json::Value::Object(fields).to_string()
}

/// The id of a correlation's finding: the same alert over the same records has the same.
pub fn correlation_id(org: &str, detection: &Detection, knowledge: &Knowledge) -> String {
    let rules = knowledge.rules();
    let number =
        usize::try_from(detection.finding).ok().and_then(|n| n.checked_sub(rules.rules().len()));
    let rule = number.and_then(|number| rules.correlations().get(number));
    let rule =
        rule.map_or("", |rule| if rule.id.is_empty() { rule.title.as_raw() } else { &rule.id });
    let fields: BTreeMap<&str, &str> =
        detection.fields.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    let text = serde_json::json!([rule, detection.time_nanos, detection.event.to_string(), fields])
        .to_string();
    format!("{CORRELATION_PREFIX}{}", id_of(&[org.as_bytes(), text.as_bytes()]))
}
