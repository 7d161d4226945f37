//! Looking up one value, without allocating unless it is found.

use std::net::IpAddr;

use khien_model::{Indicator, IndicatorKind};

use super::IndicatorSet;
use super::build::text_key;
use crate::indicator::canonical::{lower_into, masked, with_root};
use crate::indicator::path::{self, END_BYTES, anchor, end_of};
use crate::indicator::table::{Table, hash_bytes, hash_network};

/// Room for a text in lower case.
///
/// Bound: a longer component, host or signer is not looked up. Names on common file systems have at
/// most 255 UTF-16 units, 765 bytes.
pub(super) type Buffer = [u8; 1024];

impl IndicatorSet {
    /// Reports the indicators whose canonical text is the key.
    pub(super) fn each_text(&self, table: &Table, key: &[u8], report: impl FnMut(u32)) {
        self.chain(self.first_text(table, key)).for_each(report);
    }

    fn first_text(&self, table: &Table, key: &[u8]) -> Option<u32> {
        table.find(hash_bytes(key), |number| {
            self.kind(number).and_then(text_key).is_some_and(|text| text.as_bytes() == key)
        })
    }

    /// Reports the domains that a name in lower case is, or is below.
    pub(super) fn each_domain(&self, name: &[u8], mut report: impl FnMut(u32)) {
        // No indicator has one label alone.
        let dots = memchr::memrchr_iter(b'.', name).map(|at| at.saturating_add(1)).chain([0]);
        for start in dots.take(self.domains.labels_max).skip(1) {
            let Some(suffix) = name.get(start..).filter(|suffix| !suffix.is_empty()) else {
                return;
            };
            self.each_text(&self.domains.names, suffix, &mut report);
        }
    }

    /// Reports the addresses and networks that an address is, or is in.
    pub(super) fn each_address(&self, address: IpAddr, mut report: impl FnMut(u32)) {
        let address = address.to_canonical();
        let find = |table: &Table, address: IpAddr, bits: u8| {
            table.find(hash_network(address, bits), |number| match self.kind(number) {
                Some(IndicatorKind::Ip(own)) => *own == address,
                Some(IndicatorKind::Cidr(own, length)) => *own == address && *length == bits,
                _ => false,
            })
        };
        let index = &self.addresses;
        self.chain(find(&index.single, address, WHOLE)).for_each(&mut report);
        let lengths = if address.is_ipv4() { &index.v4_bits } else { &index.v6_bits };
        for bits in lengths {
            let network = find(&index.networks, masked(address, *bits), *bits);
            self.chain(network).for_each(&mut report);
        }
    }

    /// Whether a URL's host can be that of an indicator.
    pub(super) fn may_know_host(&self, host: &str, buffer: &mut Buffer) -> bool {
        self.urls.any_host
            || !host.is_ascii()
            || lower_into(host, buffer)
                .is_some_and(|host| self.urls.hosts.may_hold(hash_bytes(host)))
    }

    /// Reports the URLs that a canonical URL is, or begins with.
    pub(super) fn each_url(&self, canonical: String, mut report: impl FnMut(u32)) {
        self.each_text(&self.urls.whole, canonical.as_bytes(), &mut report);
        if !self.urls.prefixes.is_empty() {
            let whole = with_root(canonical);
            let prefix_of = |number| url_prefix(&self.indicators, number);
            self.urls.prefixes.each(&whole, prefix_of, report);
        }
    }

    /// Reports the patterns that cover a path as written.
    pub(super) fn each_path(&self, text: &str, buffer: &mut Buffer, mut report: impl FnMut(u32)) {
        let mut canonical = None;
        let mut verify = |number: u32| {
            let path =
                canonical.get_or_insert_with(|| khien_model::observable::canonical_path(text));
            if self.kind(number).and_then(text_key).is_some_and(|p| path::matches(p, path)) {
                report(number);
            }
        };
        if let Some(name) = lower_into(path::last_component(text), buffer) {
            let head = name.get(..END_BYTES).unwrap_or_default();
            let tail = end_of(name).unwrap_or_default();
            self.each_anchored(&self.paths.by_last, name, &mut verify);
            self.each_anchored(&self.paths.by_head, head, &mut verify);
            self.each_anchored(&self.paths.by_tail, tail, &mut verify);
        }
        if !self.paths.by_inner.is_empty() {
            for component in path::components(text) {
                if let Some(component) = lower_into(component, buffer) {
                    self.each_anchored(&self.paths.by_inner, component, &mut verify);
                }
            }
        }
        self.paths.loose.iter().for_each(|number| verify(*number));
    }

    /// Reports the patterns that are looked up by the key.
    fn each_anchored(&self, table: &Table, key: &[u8], report: impl FnMut(u32)) {
        if table.is_empty() || key.is_empty() {
            return;
        }
        let first = table.find(hash_bytes(key), |number| {
            anchor(self.kind(number).and_then(text_key).unwrap_or_default()).key() == key
        });
        self.chain(first).for_each(report);
    }

    fn kind(&self, number: u32) -> Option<&IndicatorKind> {
        self.indicators.get(number as usize).map(|indicator| &indicator.kind)
    }
}

/// The text that a URL must begin with for the prefix of this number.
pub(super) fn url_prefix(indicators: &[Indicator], number: u32) -> &str {
    let indicator = indicators.get(number as usize);
    let url = indicator.and_then(|indicator| text_key(&indicator.kind)).unwrap_or_default();
    url.strip_suffix('*').unwrap_or(url)
}

/// The length that stands for a bare address.
pub(super) const WHOLE: u8 = u8::MAX;

/// A hash of a top-level label that ignores the case of ASCII letters.
pub(super) fn hash_top_level(label: &str) -> u64 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let spread = |hash: u64, byte: u8| (hash ^ u64::from(byte | 0x20)).wrapping_mul(FACTOR);
    let hash = label.bytes().fold(u64::from(label.len() > 3), spread);
    hash ^ (hash >> 32)
}

/// The bit of a text's length in [`super::MutexIndex`].
pub(super) const fn length_bit(text: &str) -> u64 {
    1 << (if text.len() < 63 { text.len() } else { 63 })
}
