//! Which fields of an event fill which columns: worked out once for all events with the same names.

use std::collections::HashMap;
use std::sync::Arc;

use khien_model::{Event, EventClass, Role, Scalar};

use crate::columns::{COLUMNS, ColumnKind};

/// The names of an event that may hold something, best first.
pub(crate) type Names = Box<[&'static str]>;

/// What to look at in events of one class with the same field names.
#[derive(Debug)]
pub(crate) struct Plan {
    /// Columns that are simply a role, with its names.
    pub(crate) columns: Vec<(usize, ColumnKind, Names)>,
    pub(crate) domain: Names,
    pub(crate) hashes: Names,
    pub(crate) product: Names,
    pub(crate) version: Names,
    pub(crate) signer: Names,
    /// The path of the program that the event is about.
    pub(crate) program: Names,
    has_bytes: bool,
}

/// The plans made so far.
#[derive(Debug, Default)]
pub(crate) struct Plans {
    known: HashMap<(u64, EventClass), Arc<Plan>, foldhash::fast::RandomState>,
}

/// Bound: plans kept; beyond it they are made anew.
const PLANS_MAX: usize = 10_000;

impl Plans {
    pub(crate) fn of(&mut self, event: &Event) -> Arc<Plan> {
        let key = (event.shape(), event.class);
        if let Some(plan) = self.known.get(&key) {
            return Arc::clone(plan);
        }
        if self.known.len() >= PLANS_MAX {
            self.known.clear();
        }
        let plan = Arc::new(Plan::new(event));
        self.known.insert(key, Arc::clone(&plan));
        plan
    }
}

impl Plan {
    fn new(event: &Event) -> Self {
        let class = event.class;
        let names = |role: Role| -> Names {
            role.names(class).iter().copied().filter(|name| event.has(name)).collect()
        };
        let simple = COLUMNS.iter().enumerate().filter_map(|(place, column)| {
            let role = column.role.filter(|_| column.is_of(class))?;
            Some((place, column.kind, names(role))).filter(|(.., names)| !names.is_empty())
        });
        let none = Names::default();
        Self {
            columns: simple.collect(),
            domain: match class {
                EventClass::Dns => names(Role::DnsQuery),
                EventClass::Network | EventClass::Http => names(Role::DestinationName),
                _ => none.clone(),
            },
            hashes: names(Role::Hashes),
            product: names(Role::Product),
            version: names(Role::FileVersion),
            signer: names(Role::Signer),
            program: match class {
                EventClass::Process => names(Role::ProcessImage),
                // A module's version resource is the module's, not the program's.
                EventClass::Module | EventClass::Driver => none,
                _ => names(Role::ActorImage),
            },
            has_bytes: BYTES.iter().any(|(sent, received)| event.has(sent) || event.has(received)),
        }
    }

    /// Bytes both ways.
    pub(crate) fn bytes(&self, event: &Event) -> Option<i64> {
        if !self.has_bytes {
            return None;
        }
        BYTES.into_iter().find_map(|(sent, received)| {
            let value = |name| event.get(name).and_then(Scalar::as_i64);
            match (value(sent), value(received)) {
                (None, None) => None,
                (sent, received) => Some(sent.unwrap_or(0).saturating_add(received.unwrap_or(0))),
            }
        })
    }
}

/// Bytes sent and received, under the names of Zeek, Suricata and ECS.
const BYTES: [(&str, &str); 4] = [
    ("orig_bytes", "resp_bytes"),
    ("flow.bytes_toserver", "flow.bytes_toclient"),
    ("source.bytes", "destination.bytes"),
    ("request_body_len", "response_body_len"),
];

/// The first text under these names.
pub(crate) fn text<'e>(event: &'e Event, names: &[&'static str]) -> Option<&'e str> {
    names.iter().find_map(|name| event.text_of(name))
}

/// The first number under these names.
pub(crate) fn number(event: &Event, names: &[&'static str]) -> Option<i64> {
    names.iter().find_map(|name| event.get(name)?.as_i64())
}

/// The hashes of a record, by length of the run; the first of each.
#[derive(Debug, Default)]
pub(crate) struct Hashes<'a> {
    pub(crate) md5: &'a str,
    pub(crate) sha1: &'a str,
    pub(crate) sha256: &'a str,
}

impl<'a> Hashes<'a> {
    pub(crate) fn of(event: &'a Event, names: &[&'static str]) -> Self {
        let mut found = Self::default();
        for text in names.iter().filter_map(|name| event.text_of(name)) {
            // `SHA256=…,IMPHASH=…`: the hash of imports is as long as an MD5 and is none.
            let parts = text.split([',', ' ', ';', '|']).filter(|part| {
                let label = part.split(['=', ':']).next().unwrap_or_default();
                !label.trim().eq_ignore_ascii_case("imphash")
            });
            for run in parts.flat_map(|part| part.split(|c: char| !c.is_ascii_hexdigit())) {
                let slot = match run.len() {
                    32 => &mut found.md5,
                    40 => &mut found.sha1,
                    64 => &mut found.sha256,
                    _ => continue,
                };
                if slot.is_empty() {
                    *slot = run;
                }
            }
        }
        found
    }
}

/// What is known of programs by host and path, so that an event that names only a path (a
/// connection) can be laid at a release's door.
#[derive(Debug, Default)]
pub(crate) struct Programs {
    known: HashMap<String, Program, foldhash::fast::RandomState>,
    key: String,
}

#[derive(Debug)]
struct Program {
    app: Box<str>,
    version: Box<str>,
    signer: Box<str>,
}

/// Product, version and signer.
pub(crate) type Said<'a> = [&'a str; 3];

/// Bound: programs remembered; beyond it memory starts anew.
const PROGRAMS_MAX: usize = 100_000;

impl Programs {
    /// Which program an event is about: what it says itself, or what the host's last start of the
    /// same path said.
    pub(crate) fn of<'a>(&'a mut self, event: &'a Event, plan: &Plan, host: &str) -> Said<'a> {
        let said = [&plan.product, &plan.version, &plan.signer]
            .map(|names| text(event, names).filter(|text| *text != "-").unwrap_or(""));
        let Some(path) = text(event, &plan.program) else { return said };
        self.key.clear();
        self.key.push_str(host);
        self.key.push('\0');
        if path.is_ascii() {
            self.key.push_str(path);
            if let Some(path) = self.key.get_mut(host.len()..) {
                path.make_ascii_lowercase();
            }
        } else {
            self.key.push_str(&path.to_lowercase());
        }
        if said == [""; 3] {
            return self.known.get(&self.key).map_or(said, Program::said);
        }
        if self.known.get(&self.key).is_none_or(|known| known.said() != said) {
            if self.known.len() >= PROGRAMS_MAX {
                self.known.clear();
            }
            let [app, version, signer] = said.map(Into::into);
            self.known.insert(self.key.clone(), Program { app, version, signer });
        }
        said
    }
}

impl Program {
    fn said(&self) -> Said<'_> {
        [&self.app, &self.version, &self.signer]
    }
}
