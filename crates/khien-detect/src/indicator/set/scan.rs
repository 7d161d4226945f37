//! One pass over one event.

use std::collections::HashSet;

use khien_model::event::Origin;
use khien_model::observable::canonical_url;
use khien_model::{Event, Role, Scalar};

use super::lookup::{Buffer, hash_top_level, length_bit};
use super::token::{self, HexRuns, MARKS_BEHIND, NameTail, Url};
use super::{IndicatorSet, SEEN_CHARS_MAX, Sighting};
use crate::indicator::canonical::{lower_into, serial};
use crate::indicator::path::{looks_like_path, without_stream};

/// The longest value that is read as a path, in bytes.
///
/// Source: Windows' own limit is 32,767 UTF-16 units.
pub(in crate::indicator) const PATH_BYTES_MAX: usize = 98_304;

/// The names under which producers keep a URL's host apart from its path: Zeek, Suricata, proxies
/// in W3C form, ECS.
pub(in crate::indicator) const HOST_AND_PATH: [(&str, &str); 4] = [
    ("host", "uri"),
    ("http.hostname", "http.url"),
    ("cs-host", "c-uri"),
    ("url.domain", "url.path"),
];

/// The roles that hold a single path.
const PATH_ROLES: [Role; 5] =
    [Role::ProcessImage, Role::ActorImage, Role::ModulePath, Role::FilePath, Role::RegistryPath];

/// What one event shows of a set.
pub(super) struct Scan<'a> {
    set: &'a IndicatorSet,
    event: &'a Event,
    report: Report<'a>,
    buffer: Buffer,
}

impl<'a> Scan<'a> {
    pub(super) fn new(
        set: &'a IndicatorSet,
        event: &'a Event,
        found: &'a mut Vec<Sighting>,
    ) -> Self {
        let report = Report { set, event, found, seen: HashSet::default() };
        Self { set, event, report, buffer: [0; _] }
    }

    pub(super) fn run(&mut self) {
        let event = self.event;
        for (field, value, origin) in event.fields() {
            // A derived field repeats a value under a second name.
            if let (Scalar::Str(text), Origin::Read) = (value, origin) {
                self.text(field, text);
            }
        }
        self.split_urls();
        self.roles();
    }

    fn text(&mut self, field: &str, text: &str) {
        let set = self.set;
        if !set.hashes.is_empty() {
            self.hashes(field, text);
        }
        if !(set.domains.names.is_empty() && set.addresses_are_empty() && set.urls_are_empty()) {
            self.names(field, text);
        }
        if !set.paths_are_empty() && text.len() <= PATH_BYTES_MAX && looks_like_path(text) {
            self.path(field, text);
        }
        if set.mutexes.lengths & length_bit(text) != 0 {
            set.each_text(&set.mutexes.names, text.as_bytes(), |n| self.report.add(n, field, text));
        }
    }

    fn hashes(&mut self, field: &str, text: &str) {
        for run in HexRuns::of(text) {
            if let Some(digits) = lower_into(run, &mut self.buffer) {
                self.set.each_text(&self.set.hashes, digits, |n| self.report.add(n, field, run));
            }
        }
    }

    /// Domains, addresses and URLs: all of them hold a dot or a colon.
    fn names(&mut self, field: &str, text: &str) {
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
                from = self.dotted(field, text, at);
            } else if ahead.starts_with(b"://") {
                self.url(field, text, at);
            } else if at >= groups_end && !self.set.addresses_are_empty() {
                let run = token::group_run(text, at);
                groups_end = run.1;
                if let Some((seen, address)) = token::v6(text, run) {
                    self.set.each_address(address.into(), |n| self.report.add(n, field, seen));
                }
            }
        }
    }

    /// The dotted token around a dot; returns where to go on.
    fn dotted(&mut self, field: &str, text: &str, dot: usize) -> usize {
        let set = self.set;
        if !token::follows_name(text, dot) {
            return dot.saturating_add(1);
        }
        let tail = NameTail::from_dot(text, dot);
        let top_level = text.get(tail.top_level..tail.name_end).unwrap_or_default();
        let may_be_domain = tail.beyond_ascii && !set.domains.names.is_empty()
            || set.domains.top_levels.may_hold(hash_top_level(top_level));
        let may_be_address = top_level.starts_with(|c: char| c.is_ascii_digit());
        if tail.name_end == dot || !(may_be_domain || may_be_address) {
            return tail.run_end;
        }
        let start = token::name_start(text, dot);
        let Some(name) = text.get(start..tail.name_end) else { return tail.run_end };
        if name.len() > token::NAME_BYTES_MAX {
            return tail.run_end;
        }
        match token::v4(name).filter(|_| may_be_address) {
            // `10.0.0.1` in a version resource is a version.
            Some(_) if field.ends_with("ersion") => {}
            Some(address) => set.each_address(address.into(), |n| self.report.add(n, field, name)),
            None if may_be_domain => {
                self.domain(field, name);
                let inner = token::after_escape(text, start);
                if let Some(name) = inner.and_then(|start| text.get(start..tail.name_end)) {
                    self.domain(field, name);
                }
            }
            None => {}
        }
        tail.run_end
    }

    fn domain(&mut self, field: &str, name: &str) {
        if let Some(lower) = lower_into(name, &mut self.buffer) {
            self.set.each_domain(lower, |n| self.report.add(n, field, name));
        }
    }

    fn url(&mut self, field: &str, text: &str, colon: usize) {
        if self.set.urls_are_empty() {
            return;
        }
        let Some(url) = Url::around(text, colon) else { return };
        if let Some(host) = url.host() {
            let bare = host.trim_end_matches(MARKS_BEHIND);
            let mut may_know = |host| self.set.may_know_host(host, &mut self.buffer);
            if !may_know(host) && (bare.len() == host.len() || !may_know(bare)) {
                return;
            }
        }
        for reading in url.readings() {
            self.whole_url(field, reading);
        }
    }

    fn whole_url(&mut self, field: &str, url: &str) {
        if let Some(canonical) = canonical_url(url) {
            self.set.each_url(canonical, |n| self.report.add(n, field, url));
        }
    }

    /// URLs of which the record holds host and path apart.
    fn split_urls(&mut self) {
        if self.set.urls_are_empty() {
            return;
        }
        for (host_field, path_field) in HOST_AND_PATH {
            let Some(host) = self.event.text_of(host_field) else { continue };
            let path = self.event.text_of(path_field).unwrap_or("/");
            let too_long = host.len().saturating_add(path.len()) > token::URL_BYTES_MAX;
            let shaped = !too_long && path.starts_with('/');
            let bare_host = host.split(':').next().unwrap_or_default();
            if !shaped || !self.set.may_know_host(bare_host, &mut self.buffer) {
                continue;
            }
            for scheme in ["http", "https"] {
                self.whole_url(path_field, &format!("{scheme}://{host}{path}"));
            }
        }
    }

    fn path(&mut self, field: &str, text: &str) {
        let quoted = text.trim_matches('"');
        self.set.each_path(quoted, &mut self.buffer, |n| self.report.add(n, field, text));
        if let Some(file) = without_stream(quoted) {
            self.set.each_path(file, &mut self.buffer, |n| self.report.add(n, field, text));
        }
    }

    /// What is compared only where it is known to be of its kind.
    fn roles(&mut self) {
        let (set, event) = (self.set, self.event);
        if !set.paths_are_empty() {
            for role in PATH_ROLES {
                let named = event.facet_field(role);
                if let Some((field, text)) = named.filter(|(_, text)| !looks_like_path(text)) {
                    self.path(field, text);
                }
            }
        }
        if !set.user_agents.is_empty()
            && let Some((field, text)) = event.facet_field(Role::UserAgent)
        {
            set.each_text(&set.user_agents, text.as_bytes(), |n| self.report.add(n, field, text));
        }
        if !set.serials.is_empty()
            && let Some((field, text)) = event.facet_field(Role::CertificateSerial)
            && let Some(digits) = serial(text)
        {
            set.each_text(&set.serials, digits.as_bytes(), |n| self.report.add(n, field, text));
        }
        if !set.signers.is_empty()
            && let Some((field, text)) = event.facet_field(Role::Signer)
        {
            self.signer(field, text);
        }
    }

    fn signer(&mut self, field: &str, text: &str) {
        for name in signer_names(text) {
            if let Some(lower) = lower_into(name, &mut self.buffer) {
                self.set.each_text(&self.set.signers, lower, |n| self.report.add(n, field, text));
            }
        }
    }
}

/// A signer is a bare name, or a distinguished name of which two attributes count.
pub(in crate::indicator) fn signer_names(text: &str) -> impl Iterator<Item = &str> {
    let attributes = text.split(',').filter_map(|part| {
        let (name, value) = part.trim().split_once('=')?;
        matches!(name, "CN" | "O").then(|| value.trim_matches('"'))
    });
    attributes.chain([text]).map(str::trim)
}

/// Takes down each indicator once.
struct Report<'a> {
    set: &'a IndicatorSet,
    event: &'a Event,
    found: &'a mut Vec<Sighting>,
    /// The indicators reported for this event.
    seen: HashSet<u32, foldhash::fast::FixedState>,
}

impl Report<'_> {
    fn add(&mut self, indicator: u32, field: &str, seen: &str) {
        if !self.seen.insert(indicator) {
            return;
        }
        let outside_validity = match (self.set.get(indicator), self.event.time) {
            (Some(known), Some(time)) => {
                known.valid_from.is_some_and(|from| time < from)
                    || known.valid_until.is_some_and(|until| time >= until)
            }
            _ => false,
        };
        let end = seen.char_indices().nth(SEEN_CHARS_MAX).map_or(seen.len(), |(at, _)| at);
        let value = seen.get(..end).unwrap_or_default().to_owned();
        self.found.push(Sighting { indicator, field: field.to_owned(), value, outside_validity });
    }
}

impl IndicatorSet {
    const fn addresses_are_empty(&self) -> bool {
        self.addresses.single.is_empty() && self.addresses.networks.is_empty()
    }

    const fn urls_are_empty(&self) -> bool {
        self.urls.whole.is_empty() && self.urls.prefixes.is_empty()
    }

    const fn paths_are_empty(&self) -> bool {
        let paths = &self.paths;
        paths.by_last.is_empty()
            && paths.by_head.is_empty()
            && paths.by_inner.is_empty()
            && paths.by_tail.is_empty()
            && paths.loose.is_empty()
    }
}
