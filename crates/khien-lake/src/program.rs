//! What a record says of hashes and of the program it is about.

use std::collections::HashMap;
use std::hash::BuildHasher;

use foldhash::quality::RandomState;
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
            let bytes = text.as_bytes();
            let (mut at, mut part) = (0_usize, 0_usize);
            while let Some(byte) = bytes.get(at) {
                let length = hex_length(bytes.get(at..).unwrap_or_default());
                let slot = match length {
                    32 => Some(&mut found.md5),
                    40 => Some(&mut found.sha1),
                    64 => Some(&mut found.sha256),
                    _ => None,
                };
                if let Some(slot) = slot.filter(|slot| slot.is_empty())
                    && !is_of_imports(text.get(part..).unwrap_or_default())
                {
                    *slot = text.get(at..at.saturating_add(length)).unwrap_or_default();
                }
                at = at.saturating_add(length.max(1));
                if SEPARATORS.contains(byte) {
                    part = at;
                }
            }
        }
        found
    }
}

/// What stands between the hashes of one text.
const SEPARATORS: [u8; 4] = [b',', b' ', b';', b'|'];

/// `SHA256=…,IMPHASH=…`: the hash of imports is as long as an MD5 and is none.
fn is_of_imports(part: &str) -> bool {
    let is_end = |byte: &u8| matches!(byte, b'=' | b':') || SEPARATORS.contains(byte);
    let label = part.as_bytes().split(is_end).next().unwrap_or_default();
    label.trim_ascii().eq_ignore_ascii_case(b"imphash")
}

/// How many hexadecimal digits come first. Lengths of hashes are multiples of eight, so these are
/// looked at together.
fn hex_length(bytes: &[u8]) -> usize {
    const AT_ONCE: usize = 8;
    let are_hex = |part: &&[u8]| part.iter().fold(true, |all, b| all & b.is_ascii_hexdigit());
    if !bytes.first().is_some_and(u8::is_ascii_hexdigit) {
        return 0;
    }
    let whole = bytes.chunks_exact(AT_ONCE).take_while(are_hex).count().saturating_mul(AT_ONCE);
    let rest = bytes.get(whole..).unwrap_or_default();
    whole.saturating_add(rest.iter().take_while(|byte| byte.is_ascii_hexdigit()).count())
}

/// What is known of programs by host and path, so that an event that names only a path (a
/// connection) can be laid at a release's door.
///
/// Every event asks, and nearly every one finds what it says itself: so names are compared by two hashes
/// with random keys, and nothing has to be fetched from where it was kept long ago.
#[derive(Debug, Default)]
pub(crate) struct Programs {
    known: HashMap<Mark, Program, RandomState>,
    hashers: [RandomState; 2],
    key: String,
}

/// What stands for a text.
type Mark = [u64; 2];

#[derive(Debug)]
struct Program {
    said: Mark,
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
        let mark = self.hashers.each_ref().map(|hasher| hasher.hash_one(&self.key));
        if said == [""; 3] {
            return self.known.get(&mark).map_or(said, Program::said);
        }
        let says = self.hashers.each_ref().map(|hasher| hasher.hash_one(said));
        if self.known.get(&mark).is_none_or(|known| known.said != says) {
            if self.known.len() >= PROGRAMS_MAX {
                self.known.clear();
            }
            let [app, version, signer] = said.map(Into::into);
            self.known.insert(mark, Program { said: says, app, version, signer });
        }
        said
    }
}

impl Program {
    fn said(&self) -> Said<'_> {
        [&self.app, &self.version, &self.signer]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// As the text says it, without haste.
    fn plainly(text: &str) -> [&str; 3] {
        let mut found = [""; 3];
        for part in text.split([',', ' ', ';', '|']) {
            let label = part.split(['=', ':']).next().unwrap();
            if label.trim().eq_ignore_ascii_case("imphash") {
                continue;
            }
            for run in part.split(|c: char| !c.is_ascii_hexdigit()) {
                let place = [32, 40, 64].iter().position(|length| *length == run.len());
                if let Some(slot) = place.map(|place| &mut found[place]).filter(|s| s.is_empty()) {
                    *slot = run;
                }
            }
        }
        found
    }

    proptest! {
        #[test]
        fn hashes_are_found_as_their_text_says(
            parts in prop::collection::vec(
                ("(SHA256|IMPHASH|imphash|MD5|é|)[=: ]?", prop::sample::select(vec![0_usize, 7, 31, 32, 33, 40, 56, 64, 65]), "[,;| x:=é]?"),
                0..6,
            ),
        ) {
            let text: String = parts
                .iter()
                .map(|(label, length, end)| format!("{label}{}{end}", "0123456789abcDEF".repeat(5).split_at(*length).0))
                .collect();
            let mut event = Event::new();
            event.push("Hashes", khien_model::Scalar::Str(&text));
            let found = Hashes::of(&event, &[0]);
            prop_assert_eq!([found.md5, found.sha1, found.sha256], plainly(&text));
        }
    }
}
