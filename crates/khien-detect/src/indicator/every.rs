//! Indicators that no index can look up ([`LookUp::Every`]): which of thousands a value may be, without
//! trying each.
//!
//! [`LookUp::Every`]: super::LookUp::Every

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;

use aho_corasick::AhoCorasick;
use khien_model::IndicatorKind;

/// Networks, and patterns of paths and URLs.
#[derive(Debug, Default)]
pub struct Every {
    paths: Patterns,
    urls: Patterns,
    networks: Networks,
}

/// Patterns by the longest text that whatever they cover contains.
#[derive(Debug, Default)]
struct Patterns {
    all: Vec<usize>,
    /// Those that have such a text, in the order of the automaton's.
    by_text: Vec<usize>,
    automaton: Option<AhoCorasick>,
    /// Those that must be tried always.
    loose: Vec<usize>,
}

/// Networks by family, width and first address.
#[derive(Debug, Default)]
struct Networks {
    known: HashMap<(u8, IpAddr), Vec<usize>>,
    widths: BTreeSet<(bool, u8)>,
}

/// A text shorter than this is in nearly every value.
const TEXT_BYTES_MIN: usize = 3;

impl Every {
    /// Indicators with their numbers; those of other kinds are left out.
    pub fn new<'i>(indicators: impl Iterator<Item = (usize, &'i IndicatorKind)>) -> Self {
        let (mut paths, mut urls) = (Vec::new(), Vec::new());
        let mut networks = Networks::default();
        for (number, kind) in indicators {
            match kind {
                IndicatorKind::Path(pattern) => paths.push((number, pattern.as_str())),
                IndicatorKind::Url(pattern) => urls.push((number, pattern.trim_end_matches('*'))),
                IndicatorKind::Cidr(network, bits) => networks.add(number, *network, *bits),
                _ => {}
            }
        }
        Self { paths: Patterns::new(&paths), urls: Patterns::new(&urls), networks }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.paths.all.is_empty() && self.urls.all.is_empty() && self.networks.known.is_empty()
    }

    /// Every path pattern.
    pub fn paths(&self) -> &[usize] {
        &self.paths.all
    }

    /// The numbers of those that may cover a value, and of few others, each once; each must then be
    /// confirmed by [`covers`](fn@super::covers).
    pub fn candidates(&self, kind: &str, value: &str) -> Vec<usize> {
        match kind {
            // Windows' short names (`PROGRA~1`) stand for texts that they do not contain.
            "path" if value.contains('~') => self.paths.all.clone(),
            "path" => self.paths.candidates(value),
            "url" => self.urls.candidates(value),
            "ip" => value.parse().map_or_else(|_| Vec::new(), |ip| self.networks.around(ip)),
            _ => Vec::new(),
        }
    }
}

impl Patterns {
    fn new(patterns: &[(usize, &str)]) -> Self {
        let mut made = Self::default();
        let mut texts = Vec::new();
        for (number, pattern) in patterns {
            made.all.push(*number);
            let runs = pattern.split(['*', '?']).map(|run| run.trim_matches('/'));
            match runs.max_by_key(|run| run.len()).filter(|run| run.len() >= TEXT_BYTES_MIN) {
                Some(text) => {
                    texts.push(text);
                    made.by_text.push(*number);
                }
                None => made.loose.push(*number),
            }
        }
        match AhoCorasick::new(&texts) {
            Ok(automaton) => made.automaton = Some(automaton),
            // Too large for the automaton: then each is tried.
            Err(_) => made.loose.append(&mut made.by_text),
        }
        made
    }

    fn candidates(&self, value: &str) -> Vec<usize> {
        let mut found = self.loose.clone();
        if let Some(automaton) = &self.automaton {
            let here = automaton.find_overlapping_iter(value);
            found.extend(here.filter_map(|hit| self.by_text.get(hit.pattern().as_usize())));
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

impl Networks {
    fn add(&mut self, number: usize, network: IpAddr, bits: u8) {
        self.known.entry((bits, first_of(network, bits))).or_default().push(number);
        self.widths.insert((network.is_ipv4(), bits));
    }

    fn around(&self, address: IpAddr) -> Vec<usize> {
        let mut found = Vec::new();
        for (is_v4, bits) in &self.widths {
            if *is_v4 == address.is_ipv4()
                && let Some(here) = self.known.get(&(*bits, first_of(address, *bits)))
            {
                found.extend(here);
            }
        }
        found.sort_unstable();
        found
    }
}

/// The first address of the network of this width around an address.
fn first_of(address: IpAddr, bits: u8) -> IpAddr {
    match address {
        IpAddr::V4(ip) => {
            let free = 32_u32.saturating_sub(u32::from(bits));
            let mask = u32::MAX.checked_shl(free).unwrap_or(0);
            IpAddr::V4((ip.to_bits() & mask).into())
        }
        IpAddr::V6(ip) => {
            let free = 128_u32.saturating_sub(u32::from(bits));
            let mask = u128::MAX.checked_shl(free).unwrap_or(0);
            IpAddr::V6((ip.to_bits() & mask).into())
        }
    }
}

#[cfg(test)]
mod tests;
