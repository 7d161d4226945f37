//! What one alert tells of a story: things of each kind, from the subject and evidence of departures
//! and from the fields of findings.

use khien_wire::{AlertDetail, AlertKind, StoryKind};
use serde_json::Value;

/// Bound: things of one kind that one alert tells; hosts are bounded by the alert itself.
const THINGS_MAX: usize = 8;
/// Bound: characters of a label.
const LABEL_CHARS: usize = 200;

/// What an alert tells, kind by kind.
#[derive(Debug, Default)]
pub(super) struct Told {
    layers: [Vec<(String, bool)>; 7],
    /// Whether its parts are of several events, so that no event shows both ends of a step.
    pub(super) inferred: bool,
}

impl Told {
    pub(super) fn layer(&self, kind: StoryKind) -> &[(String, bool)] {
        self.layers.get(place(kind)).map_or(&[], Vec::as_slice)
    }

    fn add(&mut self, kind: StoryKind, text: &str, marked: bool) {
        let label = short(text);
        let Some(layer) = self.layers.get_mut(place(kind)) else { return };
        let same = |(known, _): &&mut (String, bool)| known.to_lowercase() == label.to_lowercase();
        if label.is_empty() {
        } else if let Some((_, known)) = layer.iter_mut().find(same) {
            *known |= marked;
        } else if layer.len() < THINGS_MAX || kind == StoryKind::Host {
            layer.push((label, marked));
        }
    }
}

fn place(kind: StoryKind) -> usize {
    StoryKind::ALL.into_iter().position(|one| one == kind).unwrap_or_default()
}

/// A text as a label: one line, not too long.
pub(super) fn short(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(LABEL_CHARS).collect()
}

/// What an alert tells.
pub(super) fn read(detail: &AlertDetail) -> Told {
    let mut told = Told::default();
    match &detail.alert.subject {
        Some(_) => departure(detail, &mut told),
        None => finding(detail, &mut told),
    }
    for host in &detail.alert.hosts {
        told.add(StoryKind::Host, host, false);
    }
    told
}

/// Which kind of thing the value of a trait is.
fn kind_of_trait(kind: &str) -> Option<StoryKind> {
    let kind = kind.strip_prefix("runtime.")?;
    let starts = |any: &[&str]| any.iter().any(|start| kind.starts_with(start));
    if starts(&["contacts.", "dns.", "listens"]) {
        Some(StoryKind::Network)
    } else if starts(&["starts.", "started-by", "injects"]) {
        Some(StoryKind::Process)
    } else if starts(&["files.", "loads.", "registry."]) {
        Some(StoryKind::File)
    } else {
        None
    }
}

fn departure(detail: &AlertDetail, told: &mut Told) {
    let Some(subject) = &detail.alert.subject else { return };
    told.add(StoryKind::Signer, &subject.publisher, false);
    told.add(StoryKind::Version, &format!("{} {}", subject.product, subject.version), true);
    if let Some(kind) = kind_of_trait(&subject.trait_kind) {
        told.add(kind, &subject.value, true);
    }
    let sightings = detail.evidence.pointer("/evidence/sightings").and_then(Value::as_array);
    for host in sightings.into_iter().flatten().filter_map(|one| one.get("host")?.as_str()) {
        told.add(StoryKind::Host, host, false);
    }
}

/// Names of fields, in lower case and without what stands before the last dot, by what they hold.
const FIELDS: [(StoryKind, &[&str]); 5] = [
    (StoryKind::Signer, &["signer", "signername", "signaturesubject", "company", "publisher"]),
    (
        StoryKind::File,
        &[
            "targetfilename",
            "imageloaded",
            "filename",
            "file_name",
            "file",
            "hashes",
            "hash",
            "sha256",
            "sha1",
            "md5",
            "filepath",
            "file_path",
            "targetobject",
            "originalfilename",
            "name",
        ],
    ),
    (StoryKind::Host, &["computer", "computername", "hostname", "host"]),
    (
        StoryKind::Process,
        &[
            "image",
            "parentimage",
            "sourceimage",
            "targetimage",
            "process_path",
            "processpath",
            "exe",
            "process_name",
            "processname",
            "comm",
            "newprocessname",
            "parentprocessname",
            "executable",
        ],
    ),
    (
        StoryKind::Network,
        &[
            "queryname",
            "query",
            "destinationhostname",
            "destinationip",
            "dst_ip",
            "dest_ip",
            "destination_ip",
            "h",
            "id_resp_h",
            "server_name",
            "sni",
            "url",
            "uri",
            "domain",
            "remote_ip",
            "remoteaddress",
            "remote_address",
            "dst",
            "dhost",
            "rrname",
            "qname",
        ],
    ),
];

/// What the value of a field is; nothing where that cannot be said by its name.
fn kind_of_field(name: &str) -> Option<StoryKind> {
    let name = name.rsplit('.').next().unwrap_or(name).to_lowercase();
    FIELDS.iter().find(|(_, names)| names.contains(&name.as_str())).map(|(kind, _)| *kind)
}

fn finding(detail: &AlertDetail, told: &mut Told) {
    told.inferred = detail.alert.kind == AlertKind::Correlation;
    told.add(StoryKind::Intel, &detail.alert.title, false);
    let is_indicator = detail.alert.kind == AlertKind::Indicator;
    let fields = detail.evidence.get("fields").and_then(Value::as_array);
    for field in fields.into_iter().flatten() {
        let text = |name: &str| field.get(name).and_then(Value::as_str).unwrap_or_default();
        if let Some(kind) = kind_of_field(text("name")) {
            // What an indicator matched is what the alert is about.
            told.add(kind, text("value"), is_indicator && kind != StoryKind::Host);
        }
    }
}
