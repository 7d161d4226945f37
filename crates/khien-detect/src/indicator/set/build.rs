//! From a list of indicators to the lookup structures.

use std::collections::BTreeSet;
use std::net::IpAddr;

use khien_model::{Indicator, IndicatorKind};

use super::lookup::{WHOLE, hash_top_level};
use super::{
    AddressIndex, DomainIndex, INDICATORS_MAX, IndicatorSet, LOOSE_MAX, MutexIndex, PathIndex,
    UrlIndex,
};
use crate::indicator::canonical::{canonical_kind, url_host};
use crate::indicator::noise::{LeftOut, LeftOutReason, NoisePolicy};
use crate::indicator::path::{Anchor, anchor};
use crate::indicator::prefix::PrefixIndex;
use crate::indicator::table::{Filter, Table, hash_bytes, hash_network};

pub(super) fn build(list: Vec<Indicator>, policy: &NoisePolicy) -> (IndicatorSet, Vec<LeftOut>) {
    let mut left_out = Vec::new();
    let mut indicators = Vec::with_capacity(list.len().min(INDICATORS_MAX));
    let mut positions = Vec::with_capacity(indicators.capacity());
    let mut loose = 0_usize;
    for (position, mut indicator) in list.into_iter().enumerate() {
        let reason = match canonical_kind(indicator.kind.clone()) {
            None => Some(malformed_reason(&indicator.kind)),
            Some(_) if indicators.len() >= INDICATORS_MAX => Some(LeftOutReason::TooMany),
            Some(kind) => {
                indicator.kind = kind;
                policy.judge(&indicator.kind)
            }
        };
        let is_loose = reason.is_none() && shelf(&indicator.kind) == Some(Shelf::PathLoose);
        loose = loose.saturating_add(usize::from(is_loose));
        let reason = reason.or((is_loose && loose > LOOSE_MAX).then_some(LeftOutReason::TooMany));
        match (reason, u32::try_from(position)) {
            (None, Ok(position)) => {
                indicators.push(indicator);
                positions.push(position);
            }
            (reason, _) => {
                let reason = reason.unwrap_or(LeftOutReason::TooMany);
                left_out.push(LeftOut { position, indicator, reason });
            }
        }
    }
    indicators.shrink_to_fit();
    positions.shrink_to_fit();
    (compile(indicators, positions), left_out)
}

/// Why a value has no canonical form: a bare top level is a suffix, not a mistake.
fn malformed_reason(kind: &IndicatorKind) -> LeftOutReason {
    match kind {
        IndicatorKind::Domain(text) if is_single_label(text) => LeftOutReason::PublicSuffix,
        IndicatorKind::Path(text) if text.contains(['*', '/', '\\']) => LeftOutReason::TooWide,
        _ => LeftOutReason::Malformed,
    }
}

fn is_single_label(text: &str) -> bool {
    let label = text.trim().trim_start_matches("*.").trim_matches('.');
    !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-')
}

/// Where an indicator is filed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Shelf {
    Address,
    Domain,
    Hash,
    Mutex,
    Network,
    PathByHead,
    PathByInner,
    PathByLast,
    PathByTail,
    PathLoose,
    Signer,
    Serial,
    Url,
    UrlPrefix,
    UserAgent,
}

fn shelf(kind: &IndicatorKind) -> Option<Shelf> {
    Some(match kind {
        IndicatorKind::Cidr(..) => Shelf::Network,
        IndicatorKind::Domain(_) => Shelf::Domain,
        IndicatorKind::Hash(_) => Shelf::Hash,
        IndicatorKind::Ip(_) => Shelf::Address,
        IndicatorKind::Mutex(_) => Shelf::Mutex,
        IndicatorKind::Path(pattern) => match anchor(pattern) {
            Anchor::Last(_) => Shelf::PathByLast,
            Anchor::Head(_) => Shelf::PathByHead,
            Anchor::Inner(_) => Shelf::PathByInner,
            Anchor::Tail(_) => Shelf::PathByTail,
            Anchor::Loose => Shelf::PathLoose,
        },
        IndicatorKind::Signer(_) => Shelf::Signer,
        IndicatorKind::SignerSerial(_) => Shelf::Serial,
        IndicatorKind::Url(url) if url.ends_with('*') => Shelf::UrlPrefix,
        IndicatorKind::Url(_) => Shelf::Url,
        IndicatorKind::UserAgent(_) => Shelf::UserAgent,
        _ => return None,
    })
}

fn compile(indicators: Vec<Indicator>, positions: Vec<u32>) -> IndicatorSet {
    let mut next = vec![0; indicators.len()];
    let on = |wanted: Shelf| {
        let numbered = (0_u32..).zip(&indicators);
        numbered
            .filter(move |(_, indicator)| shelf(&indicator.kind) == Some(wanted))
            .map(|(number, indicator)| (number, &indicator.kind))
            .collect::<Vec<_>>()
    };
    let mut filing = Filing { indicators: &indicators, next: &mut next };
    let hashes = filing.table(&on(Shelf::Hash));
    let domains = domain_index(&on(Shelf::Domain), &mut filing);
    let addresses = address_index(&on(Shelf::Address), &on(Shelf::Network), &mut filing);
    let urls = url_index(&on(Shelf::Url), &on(Shelf::UrlPrefix), &mut filing);
    let paths = PathIndex {
        by_last: filing.table(&on(Shelf::PathByLast)),
        by_head: filing.table(&on(Shelf::PathByHead)),
        by_inner: filing.table(&on(Shelf::PathByInner)),
        by_tail: filing.table(&on(Shelf::PathByTail)),
        loose: on(Shelf::PathLoose).into_iter().map(|(number, _)| number).collect(),
    };
    let signers = filing.table(&on(Shelf::Signer));
    let serials = filing.table(&on(Shelf::Serial));
    let user_agents = filing.table(&on(Shelf::UserAgent));
    let named = on(Shelf::Mutex);
    let lengths = named.iter().fold(0, |lengths, (_, kind)| {
        lengths | super::lookup::length_bit(text_key(kind).unwrap_or_default())
    });
    let mutexes = MutexIndex { names: filing.table(&named), lengths };
    IndicatorSet {
        indicators,
        positions,
        next,
        hashes,
        domains,
        addresses,
        urls,
        paths,
        signers,
        serials,
        user_agents,
        mutexes,
    }
}

type Filed<'i> = [(u32, &'i IndicatorKind)];

/// Fills tables, and links indicators of one value.
struct Filing<'i, 'n> {
    indicators: &'i [Indicator],
    next: &'n mut [u32],
}

impl Filing<'_, '_> {
    /// A table of the indicators on one shelf.
    fn table(&mut self, filed: &Filed<'_>) -> Table {
        let mut table = Table::with_room(filed.len());
        // From the last, so that lists begin with the lowest number.
        for (number, kind) in filed.iter().rev() {
            let key = Key::of(kind);
            let indicators = self.indicators;
            let same = |other: u32| {
                indicators.get(other as usize).is_some_and(|other| Key::of(&other.kind) == key)
            };
            let earlier = table.put(key.hash(), *number, same);
            if let Some(next) = self.next.get_mut(*number as usize) {
                *next = earlier.map_or(0, |earlier| earlier.saturating_add(1));
            }
        }
        table
    }
}

/// What an indicator is looked up by.
#[derive(PartialEq)]
enum Key<'i> {
    Network(IpAddr, u8),
    Text(&'i [u8]),
}

impl<'i> Key<'i> {
    fn of(kind: &'i IndicatorKind) -> Self {
        match kind {
            IndicatorKind::Cidr(address, bits) => Self::Network(*address, *bits),
            IndicatorKind::Ip(address) => Self::Network(*address, WHOLE),
            IndicatorKind::Path(pattern) => Self::Text(anchor(pattern).key()),
            _ => Self::Text(text_key(kind).unwrap_or_default().as_bytes()),
        }
    }

    fn hash(&self) -> u64 {
        match self {
            Self::Network(address, bits) => hash_network(*address, *bits),
            Self::Text(text) => hash_bytes(text),
        }
    }
}

/// The canonical text of a kind that is compared as text.
pub(super) fn text_key(kind: &IndicatorKind) -> Option<&str> {
    match kind {
        IndicatorKind::Domain(text)
        | IndicatorKind::Hash(text)
        | IndicatorKind::Mutex(text)
        | IndicatorKind::Path(text)
        | IndicatorKind::Signer(text)
        | IndicatorKind::SignerSerial(text)
        | IndicatorKind::Url(text)
        | IndicatorKind::UserAgent(text) => Some(text),
        _ => None,
    }
}

fn domain_index(filed: &Filed<'_>, filing: &mut Filing<'_, '_>) -> DomainIndex {
    let names = || filed.iter().filter_map(|(_, kind)| text_key(kind));
    let top_level = |name: &'_ str| hash_top_level(name.rsplit('.').next().unwrap_or_default());
    let distinct: BTreeSet<u64> = names().map(top_level).collect();
    let mut top_levels = Filter::with_room(distinct.len());
    distinct.into_iter().for_each(|hash| top_levels.add(hash));
    let labels_max = names().map(|name| name.split('.').count()).max().unwrap_or_default();
    DomainIndex { names: filing.table(filed), top_levels, labels_max }
}

fn address_index(
    single: &Filed<'_>,
    networks: &Filed<'_>,
    filing: &mut Filing<'_, '_>,
) -> AddressIndex {
    let lengths = |v4: bool| {
        let of_width = networks.iter().filter_map(|(_, kind)| match kind {
            IndicatorKind::Cidr(address, bits) if address.is_ipv4() == v4 => Some(*bits),
            _ => None,
        });
        of_width.collect::<BTreeSet<u8>>().into_iter().collect()
    };
    AddressIndex {
        single: filing.table(single),
        networks: filing.table(networks),
        v4_bits: lengths(true),
        v6_bits: lengths(false),
    }
}

fn url_index(whole: &Filed<'_>, open: &Filed<'_>, filing: &mut Filing<'_, '_>) -> UrlIndex {
    let mut hosts = Filter::with_room(whole.len().saturating_add(open.len()));
    let mut any_host = false;
    for (_, kind) in whole.iter().chain(open) {
        let url = text_key(kind).unwrap_or_default();
        let (_, rest) = url.split_once("://").unwrap_or_default();
        let host = url_host(url);
        let is_open = url.ends_with('*') && !rest.contains(['/', '?']);
        any_host |= is_open || !host.is_ascii() || host.contains([')', ']', '}']);
        hosts.add(hash_bytes(host.as_bytes()));
    }
    let indicators = filing.indicators;
    let numbers = open.iter().map(|(number, _)| *number).collect();
    let prefixes =
        PrefixIndex::build(numbers, |number| super::lookup::url_prefix(indicators, number));
    UrlIndex { whole: filing.table(whole), prefixes, hosts, any_host }
}
