//! Every observable that an event shows, for an index of history.
//!
//! It reads an event as [`super::set`] does when it looks for known indicators, with the same
//! tokens and the same canonical forms, but without a set: whatever an indicator could ever match
//! is reported. So a question asked of the index gets the answer that a scan of the events gives.

use std::hash::BuildHasher;
use std::net::IpAddr;

use khien_model::event::Origin;
use khien_model::observable::{
    canonical_domain, canonical_hash, canonical_ip, canonical_path, canonical_url,
};
use khien_model::{Event, Role, Scalar};

mod known;

use known::Known;
pub use known::Reading;

use super::canonical::serial;
use super::path::{looks_like_path, without_stream};
use super::set::token::{self, HexRuns, NameTail, Url};
use super::set::{HOST_AND_PATH, PATH_BYTES_MAX, signer_names};

/// Kinds of observables, in the words of [`khien_model::IndicatorKind::word`].
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum ObservableKind {
    /// A domain name, lower case.
    Domain,
    /// A hash in lower-case hexadecimal.
    Hash,
    /// An address.
    Ip,
    /// A path, canonical.
    Path,
    /// The name of a code signer, lower case.
    Signer,
    /// The serial number of a signing certificate, lower-case hexadecimal.
    SignerSerial,
    /// A URL, canonical.
    Url,
    /// An HTTP user agent, as it is.
    UserAgent,
}

impl ObservableKind {
    /// All kinds, in the order of their words.
    pub const ALL: [Self; 8] = [
        Self::Domain,
        Self::Hash,
        Self::Ip,
        Self::Path,
        Self::Signer,
        Self::SignerSerial,
        Self::Url,
        Self::UserAgent,
    ];

    /// The stable word for the kind.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Domain => "domain",
            Self::Hash => "hash",
            Self::Ip => "ip",
            Self::Path => "path",
            Self::Signer => "signer",
            Self::SignerSerial => "signer_serial",
            Self::Url => "url",
            Self::UserAgent => "user_agent",
        }
    }
}

/// The most observables kept of one event; more are counted in [`Observables::left_out`].
///
/// Bound: a hostile record of a megabyte of host names would fill an index by itself.
pub const OBSERVABLES_MAX: usize = 512;

/// The observables of one event at a time, each once. Buffers are kept from event to event, and so
/// is what texts showed: each observable has a number that stays the same until [`Observables::age`]
/// changes.
///
/// Only what the record itself says is read, never what a normaliser derived from it, so that the
/// same comes out when a stored record is read again.
#[derive(Debug)]
pub struct Observables {
    known: Known,
    /// The numbers of this event's observables, each once.
    found: Vec<u32>,
    /// By number: the event that had it last.
    marks: Vec<u32>,
    event: u32,
    /// What the text at hand shows, with repetitions.
    shown: Vec<u32>,
    age: u64,
    left_out: u64,
    shows_serial: bool,
}

fn hash_of(observable: Option<(ObservableKind, &str)>) -> u64 {
    observable.map_or(0, |known| foldhash::fast::FixedState::default().hash_one(known))
}

impl Default for Observables {
    fn default() -> Self {
        Self {
            known: Known::default(),
            found: Vec::new(),
            marks: Vec::new(),
            // Zero marks what no event had yet.
            event: 1,
            shown: Vec::new(),
            age: 0,
            left_out: 0,
            shows_serial: false,
        }
    }
}

impl Observables {
    /// Forgets the last event.
    pub fn clear(&mut self) {
        self.found.clear();
        self.left_out = 0;
        self.shows_serial = false;
        self.event = self.event.wrapping_add(1);
        if self.known.is_full() || self.event == 0 {
            self.known.forget();
            self.marks.clear();
            self.event = 1;
            self.age = self.age.wrapping_add(1);
        }
    }

    /// How often all numbers began anew.
    pub const fn age(&self) -> u64 {
        self.age
    }

    /// The numbers of what was found, in no order.
    pub fn numbers(&self) -> &[u32] {
        &self.found
    }

    /// The observable of a number, of this event or of an earlier one of the same age.
    pub fn get(&self, number: u32) -> Option<(ObservableKind, &str)> {
        self.known.get(number)
    }

    /// What was found, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (ObservableKind, &str)> {
        self.found.iter().filter_map(|number| self.known.get(*number))
    }

    /// How many were left out beyond [`OBSERVABLES_MAX`].
    pub const fn left_out(&self) -> u64 {
        self.left_out
    }

    /// Whether the event says the number of a certificate.
    pub const fn shows_serial(&self) -> bool {
        self.shows_serial
    }

    /// Reads an event.
    pub fn event(&mut self, event: &Event) {
        for (field, value, origin) in event.fields() {
            if let (Scalar::Str(text), Origin::Read) = (value, origin) {
                let is_version = field.ends_with("ersion");
                self.read(if is_version { Reading::Version } else { Reading::Text }, text);
            }
        }
        self.joint(event);
        self.settle();
    }

    /// What a text shows, added to `numbers`; it is not yet shown by the event at hand.
    pub fn shown_by(&mut self, reading: Reading, text: &str, numbers: &mut Vec<u32>) {
        if text.is_empty() {
            return;
        }
        let before = numbers.len();
        std::mem::swap(&mut self.shown, numbers);
        self.find(reading, text);
        std::mem::swap(&mut self.shown, numbers);
        debug_assert!(self.shown.is_empty() && numbers.len() >= before);
    }

    /// The event at hand shows these, which [`Observables::shown_by`] gave at the same age.
    pub fn mark(&mut self, numbers: &[u32]) {
        for number in numbers {
            mark(&mut self.marks, self.event, &mut self.found, *number);
        }
    }

    /// Whether some fields of events like this one may show something together, or by their names.
    pub fn has_joint(event: &Event) -> bool {
        HOST_AND_PATH.iter().any(|(host, _)| event.has(host))
            || Role::CertificateSerial.names(event.class).iter().any(|name| event.has(name))
    }

    /// What some fields show together or by their names: URLs in two fields, numbers of certificates.
    pub fn joint(&mut self, event: &Event) {
        self.split_urls(event);
        let serials = Role::CertificateSerial.names(event.class);
        if let Some(digits) = serials.iter().find_map(|name| serial(event.text_read_of(name)?)) {
            self.show(ObservableKind::SignerSerial, &digits);
            self.shows_serial = true;
        }
    }

    /// Reads a text of the event at hand: finds what it shows, or remembers it.
    pub fn read(&mut self, reading: Reading, text: &str) {
        if reading.cannot_show(text) {
            return;
        }
        if let Some(numbers) = self.known.shown(reading, text) {
            for number in numbers {
                mark(&mut self.marks, self.event, &mut self.found, *number);
            }
            return;
        }
        let before = self.shown.len();
        self.find(reading, text);
        self.known.remember(reading, text, self.shown.get(before..).unwrap_or_default());
        self.settle_shown();
    }

    fn find(&mut self, reading: Reading, text: &str) {
        match reading {
            Reading::Text => self.text(text, false),
            Reading::Version => self.text(text, true),
            Reading::Path => self.whole_path(text),
            Reading::HostName => self.whole_name(text),
            Reading::Hash => {
                if let Some(hash) = canonical_hash(text) {
                    self.show(ObservableKind::Hash, &hash);
                }
            }
            Reading::Signer => {
                for name in signer_names(text).filter(|name| !name.is_empty()) {
                    self.show(ObservableKind::Signer, &name.to_lowercase());
                }
            }
            Reading::UserAgent => self.show(ObservableKind::UserAgent, text),
        }
    }

    /// The text at hand, or the event as a whole, shows this.
    fn show(&mut self, kind: ObservableKind, value: &str) {
        self.shown.push(self.known.number(kind, value));
    }

    fn settle_shown(&mut self) {
        for number in self.shown.drain(..) {
            mark(&mut self.marks, self.event, &mut self.found, number);
        }
    }

    /// Ends an event: counts what was shown, and keeps to the bound.
    pub fn settle(&mut self) {
        self.settle_shown();
        let Some(excess) = self.found.len().checked_sub(OBSERVABLES_MAX).filter(|n| *n > 0) else {
            return;
        };
        // Which ones stay must not hang on the order of fields, which a stored record may have in
        // another way: those of the smallest hashes.
        let known = &self.known;
        self.found.sort_by_cached_key(|number| hash_of(known.get(*number)));
        self.found.truncate(OBSERVABLES_MAX);
        self.left_out = self.left_out.saturating_add(u64::try_from(excess).unwrap_or(u64::MAX));
    }

    fn whole_path(&mut self, text: &str) {
        if text.len() > PATH_BYTES_MAX {
            return;
        }
        let quoted = text.trim_matches('"');
        self.show(ObservableKind::Path, &canonical_path(quoted));
        if let Some(file) = without_stream(quoted) {
            self.show(ObservableKind::Path, &canonical_path(file));
        }
    }

    fn whole_name(&mut self, text: &str) {
        if let Some(address) = canonical_ip(text) {
            self.address(address);
        } else if let Some(domain) = canonical_domain(text) {
            self.show(ObservableKind::Domain, &domain);
        }
    }

    fn text(&mut self, text: &str, is_version: bool) {
        for run in HexRuns::of(text) {
            self.show(ObservableKind::Hash, &run.to_ascii_lowercase());
        }
        self.names(text, is_version);
        if text.len() <= PATH_BYTES_MAX && looks_like_path(text) {
            self.whole_path(text);
        }
    }

    fn names(&mut self, text: &str, is_version: bool) {
        let bytes = text.as_bytes();
        let (mut from, mut groups_end) = (0_usize, 0);
        while let Some(rest) = bytes.get(from..) {
            let Some(at) = memchr::memchr2(b'.', b':', rest).and_then(|at| at.checked_add(from))
            else {
                return;
            };
            let ahead = bytes.get(at..).unwrap_or_default();
            from = at.saturating_add(1);
            if ahead.starts_with(b".") {
                from = self.dotted(text, at, is_version);
            } else if ahead.starts_with(b"://") {
                self.url(text, at);
            } else if at >= groups_end {
                let run = token::group_run(text, at);
                groups_end = run.1;
                if let Some((_, address)) = token::v6(text, run) {
                    self.address(address.into());
                }
            }
        }
    }

    /// The dotted token around a dot; returns where to go on.
    fn dotted(&mut self, text: &str, dot: usize, is_version: bool) -> usize {
        if !token::follows_name(text, dot) {
            return dot.saturating_add(1);
        }
        let tail = NameTail::from_dot(text, dot);
        if tail.name_end == dot {
            return tail.run_end;
        }
        let start = token::name_start(text, dot);
        let Some(name) = text.get(start..tail.name_end) else { return tail.run_end };
        if name.len() > token::NAME_BYTES_MAX {
            return tail.run_end;
        }
        match token::v4(name) {
            // `10.0.0.1` in a version resource is a version.
            Some(_) if is_version => {}
            Some(address) => self.address(address.into()),
            None => {
                self.domain(name);
                let inner = token::after_escape(text, start);
                if let Some(name) = inner.and_then(|start| text.get(start..tail.name_end)) {
                    self.domain(name);
                }
            }
        }
        tail.run_end
    }

    fn domain(&mut self, name: &str) {
        let top_level = name.rsplit('.').next().unwrap_or_default();
        if may_be_top_level(top_level)
            && !are_seconds(name)
            && let Some(domain) = canonical_domain(name)
        {
            self.show(ObservableKind::Domain, &domain);
        }
    }

    fn address(&mut self, address: IpAddr) {
        self.show(ObservableKind::Ip, &address.to_canonical().to_string());
    }

    fn url(&mut self, text: &str, colon: usize) {
        let Some(url) = Url::around(text, colon) else { return };
        for reading in url.readings() {
            self.whole_url(reading);
        }
    }

    fn whole_url(&mut self, url: &str) {
        if let Some(canonical) = canonical_url(url) {
            self.show(ObservableKind::Url, &canonical);
        }
    }

    /// URLs of which the record holds host and path apart.
    fn split_urls(&mut self, event: &Event) {
        for (host_field, path_field) in HOST_AND_PATH {
            let Some(host) = event.text_read_of(host_field) else { continue };
            let path = event.text_read_of(path_field).unwrap_or("/");
            if host.len().saturating_add(path.len()) > token::URL_BYTES_MAX
                || !path.starts_with('/')
            {
                continue;
            }
            for scheme in ["http", "https"] {
                self.whole_url(&format!("{scheme}://{host}{path}"));
            }
        }
    }
}

/// Counts an observable once for an event.
fn mark(marks: &mut Vec<u32>, event: u32, found: &mut Vec<u32>, number: u32) {
    let at = usize::try_from(number).unwrap_or(usize::MAX);
    if marks.len() <= at {
        marks.resize(at.saturating_add(1), 0);
    }
    if let Some(last) = marks.get_mut(at).filter(|last| **last != event) {
        *last = event;
        found.push(number);
    }
}

/// Extensions of files that no registry has as a top-level domain; without them every file name
/// would be taken for a host.
///
/// Source: IANA root zone database, against which the list was chosen.
const EXTENSIONS: [&str; 48] = [
    "aspx", "bak", "bat", "bin", "bmp", "cab", "cache", "cfg", "cmd", "conf", "config", "cpl",
    "css", "csv", "dat", "db", "dll", "doc", "docx", "evtx", "exe", "gif", "gz", "htm", "html",
    "ico", "ini", "jar", "jpg", "js", "json", "lnk", "lock", "log", "manifest", "msi", "mui",
    "ocx", "pdb", "pdf", "php", "png", "ps1", "sys", "tmp", "txt", "vbs", "xml",
];

/// Whether a name is the end of a time (`2023-03-29T07:12:03.138836Z`): every record of many logs
/// has one, each another.
fn are_seconds(name: &str) -> bool {
    let fraction = name.split_once('.').filter(|(seconds, _)| seconds.len() == 2);
    let fraction = fraction.and_then(|(seconds, rest)| {
        let fraction = rest.strip_suffix(['z', 'Z'])?;
        seconds.bytes().all(|b| b.is_ascii_digit()).then_some(fraction)
    });
    fraction.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
}

fn may_be_top_level(label: &str) -> bool {
    let mut lower = [0_u8; 16];
    let is_number = label.bytes().all(|b| b.is_ascii_digit());
    let Some(buffer) = lower.get_mut(..label.len()) else { return label.len() <= 63 };
    buffer.copy_from_slice(label.as_bytes());
    buffer.make_ascii_lowercase();
    let is_extension = EXTENSIONS.binary_search_by(|known| known.as_bytes().cmp(buffer)).is_ok();
    label.len() >= 2 && !is_number && !is_extension
}

#[cfg(test)]
mod tests;
