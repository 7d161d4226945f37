//! What a record says of hashes and of the program it is about.

use std::collections::HashMap;

use khien_model::Event;

use crate::layout::{Layout, text, texts};

/// Bytes sent and received, under the names of Zeek, Suricata and ECS.
pub(crate) const BYTES: [(&str, &str); 4] = [
    ("orig_bytes", "resp_bytes"),
    ("flow.bytes_toserver", "flow.bytes_toclient"),
    ("source.bytes", "destination.bytes"),
    ("request_body_len", "response_body_len"),
];

/// The hashes of a record, by length of the run; the first of each.
#[derive(Debug, Default)]
pub(crate) struct Hashes<'a> {
    pub(crate) md5: &'a str,
    pub(crate) sha1: &'a str,
    pub(crate) sha256: &'a str,
}

impl<'a> Hashes<'a> {
    pub(crate) fn of(event: &'a Event, places: &[u16]) -> Self {
        let mut found = Self::default();
        for text in texts(event, places) {
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
    pub(crate) fn of<'a>(&'a mut self, event: &'a Event, layout: &Layout, host: &str) -> Said<'a> {
        let said = [&layout.product, &layout.version, &layout.signer]
            .map(|places| text(event, places).map_or("", |(_, text)| text))
            .map(|text| if text == "-" { "" } else { text });
        let Some((_, path)) = text(event, &layout.program) else { return said };
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
