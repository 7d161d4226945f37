//! Windows events of every rendering: EVTX, `evtx_dump` JSON, Winlogbeat and ECS, NXLog, Elastic
//! export.
//!
//! The names that Sigma rules use are offered whatever the rendering (`winlog.event_data.Image` as
//! `Image`), the channel and provider decide the service, and provider *with* event id decides the
//! categories, never the id alone.
//!
//! Source: Sigma taxonomy 2.1 (log sources and fields), Sysmon schema 4.9, Winlogbeat and ECS field
//! references.

use std::collections::HashMap;
use std::sync::Arc;

use khien_model::event::EventClass;
use khien_model::{Event, LogSource, Scalar};

use super::Sources;
use super::generic::{OTEL_TIME, first_time, set_host};

mod table;

/// What channel, provider and id say, remembered.
#[derive(Debug, Default)]
pub struct Cache {
    known: HashMap<u64, (EventClass, Arc<LogSource>), foldhash::fast::FixedState>,
}

/// Bound: combinations remembered; channel and provider come from outside.
const KNOWN_MAX: usize = 16_384;

/// The Windows Installer has installed a product (source `MsiInstaller`).
const INSTALLED: i64 = 1033;

/// Whether the names are those of a Windows event.
pub fn recognises(event: &Event) -> bool {
    let has = |name| event.has(name);
    let flat = has("EventID") && (has("Channel") || has("Provider_Name") || has("SourceName"));
    let beat = has("winlog.channel") || has("winlog.event_id") || has("winlog.provider_name");
    let old_beat = has("event_id") && (has("log_name") || has("source_name"));
    let exported = has("_source.winlog.channel") || has("_source.winlog.event_id");
    flat || beat || old_beat || exported
}

/// Offers Sigma's names, and sets time, host, class and log source.
pub fn normalize(event: &mut Event, sources: &mut Sources, cache: &mut Cache) {
    if !["EventID", "Channel", "Computer", "Provider_Name"].iter().all(|name| event.has(name)) {
        unify_names(event);
    }
    event.time = first_time(event, &TIME);
    set_host(event, &HOST);
    let id = event.get("EventID").and_then(Scalar::as_i64).unwrap_or(-1);
    let key = key_of(event, id);
    let (class, source) = match cache.known.get(&key) {
        Some((class, source)) => (*class, Arc::clone(source)),
        None => {
            let channel = event.text_of("Channel").unwrap_or_default();
            let provider = event.text_of("Provider_Name").unwrap_or_default();
            let (class, service, categories) = table::classify(channel, provider, id);
            let source = sources.get(Some("windows"), service, categories);
            if cache.known.len() >= KNOWN_MAX {
                cache.known.clear();
            }
            cache.known.insert(key, (class, Arc::clone(&source)));
            (class, source)
        }
    };
    event.class = class;
    event.source = source;
    for (from, to) in table::aliases(event.source.service(), id) {
        event.alias(from, to);
    }
    if id == 4688 && event.source.service() == Some("security") {
        unify_process_start(event);
    }
    if event.class == EventClass::Software && id == INSTALLED {
        installed(event);
    }
}

/// What the Windows Installer says in order and without names: product, version, language, status
/// and maker. Status 0 is success, 1641 and 3010 are success with a restart. Source: Windows Installer, "Event Logging", event 1033.
fn installed(event: &mut Event) {
    let unnamed: Vec<String> = event
        .values("Data")
        .take(5)
        .map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
        .collect();
    let said = |place: usize, named: &str| {
        let text = unnamed.get(place).map(String::as_str).or_else(|| event.text_of(named));
        text.filter(|text| !text.is_empty() && *text != "(NULL)").map(str::to_owned)
    };
    if !matches!(said(3, "param4").as_deref(), Some("0" | "1641" | "3010")) {
        return;
    }
    let fields = [("Product", said(0, "param1")), ("FileVersion", said(1, "param2"))];
    let fields = fields.into_iter().chain([("Company", said(4, "param5"))]);
    for (name, value) in fields.collect::<Vec<_>>() {
        if let Some(value) = value.filter(|_| !event.has(name)) {
            event.push_derived(name, Scalar::Str(&value));
        }
    }
}

const TIME: [&str; 10] = [
    "TimeCreated_SystemTime",
    "@timestamp",
    "_source.@timestamp",
    "EventTime",
    "TimeCreated",
    "UtcTime",
    "SystemTime",
    "EventReceivedTime",
    "timestamp",
    OTEL_TIME,
];

const HOST: [&str; 8] = [
    "Computer",
    "winlog.computer_name",
    "_source.winlog.computer_name",
    "computer_name",
    "Hostname",
    "host.name",
    "host",
    "hostname",
];

/// Offers the names of an EVTX rendering for those of the shippers.
fn unify_names(event: &mut Event) {
    for prefix in
        ["_source.", "winlog.event_data.", "winlog.user_data.", "event_data.", "user_data."]
    {
        event.alias_prefix(prefix);
    }
    for (from, to) in [
        ("winlog.channel", "Channel"),
        ("log_name", "Channel"),
        ("winlog.provider_name", "Provider_Name"),
        ("SourceName", "Provider_Name"),
        ("source_name", "Provider_Name"),
        ("winlog.event_id", "EventID"),
        ("event_id", "EventID"),
        ("event.code", "EventID"),
        ("winlog.computer_name", "Computer"),
        ("computer_name", "Computer"),
        ("Hostname", "Computer"),
        ("host.name", "Computer"),
        ("winlog.record_id", "EventRecordID"),
        ("winlog.process.pid", "Execution_ProcessID"),
        ("Provider", "Provider_Name"),
    ] {
        event.alias(from, to);
    }
}

/// A 4688 writes its times and ids its own way; rules for `process_creation` want Sysmon's.
fn unify_process_start(event: &mut Event) {
    let decimal = |event: &Event, name| event.get(name).and_then(Scalar::as_i64);
    for (from, to) in [("NewProcessId", "ProcessId"), ("ProcessId", "ParentProcessId")] {
        if let Some(pid) = decimal(event, from) {
            event.push_derived(to, Scalar::Int(pid));
        }
    }
    if let (Some(user), Some(domain)) =
        (event.text_of("SubjectUserName"), event.text_of("SubjectDomainName"))
    {
        let user = format!("{domain}\\{user}");
        event.push_derived("User", Scalar::Str(&user));
    }
    let level = match event.text_of("MandatoryLabel") {
        Some("S-1-16-4096") => "Low",
        Some("S-1-16-8192") => "Medium",
        Some("S-1-16-12288") => "High",
        Some("S-1-16-16384") => "System",
        _ => return,
    };
    event.push_derived("IntegrityLevel", Scalar::Str(level));
}

fn key_of(event: &Event, id: i64) -> u64 {
    use std::hash::{BuildHasher, Hasher};
    let mut hasher = foldhash::fast::FixedState::with_seed(0x77_696e).build_hasher();
    for name in ["Channel", "Provider_Name"] {
        hasher.write(event.text_of(name).unwrap_or_default().as_bytes());
        hasher.write_u8(0);
    }
    hasher.write_i64(id);
    hasher.finish()
}

#[cfg(test)]
mod tests;
