//! A compiled set of indicators: which of a million does one event show?
//!
//! An event is read once. Tokens that could be a value (a run of hexadecimal digits, a dotted
//! name, an address, a URL) are looked up by hash; nothing is tried indicator by indicator, so the
//! cost hardly depends on how many there are. Values count as seen wherever they stand, in a field
//! of their own or in the middle of a command line.
//!
//! The set does not decide what a sighting means: confidence and validity come with the indicator.

use std::collections::BTreeMap;

use khien_model::{Event, Indicator};
use serde::Serialize;

use super::noise::{LeftOut, NoisePolicy};
use super::prefix::PrefixIndex;
use super::table::{Filter, Table};

mod build;
mod lookup;
mod scan;
pub(super) mod token;

pub(super) use scan::{HOST_AND_PATH, PATH_BYTES_MAX, signer_names};

/// The most indicators one set holds; further ones are left out.
pub const INDICATORS_MAX: usize = 1_000_000;

/// The most path patterns without anything literal to look up (`*mal?are*`); further ones are left
/// out.
///
/// Bound: each of them is tried on every path, at some 50 ns.
pub const LOOSE_MAX: usize = 256;

/// The most characters of the text seen that a sighting keeps.
pub const SEEN_CHARS_MAX: usize = 256;

/// An indicator was observed in an event.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Sighting {
    /// The indicator's number in its set (see [`IndicatorSet::get`]).
    pub indicator: u32,
    /// The field that shows it; the first one, when several do.
    pub field: String,
    /// The text seen, cut after [`SEEN_CHARS_MAX`] characters. It comes from the event: untrusted.
    pub value: String,
    /// Whether the event's time is outside the indicator's validity. An event without a time is
    /// taken to be inside.
    pub outside_validity: bool,
}

/// Indicators, compiled for matching. See the module text.
#[derive(Clone, Debug, Default)]
pub struct IndicatorSet {
    indicators: Vec<Indicator>,
    /// For each indicator, its place in the list that the set was built from.
    positions: Vec<u32>,
    /// For each indicator, the next one of the same value, as number + 1; 0 ends the list.
    next: Vec<u32>,
    hashes: Table,
    domains: DomainIndex,
    addresses: AddressIndex,
    urls: UrlIndex,
    paths: PathIndex,
    signers: Table,
    serials: Table,
    user_agents: Table,
    mutexes: MutexIndex,
}

impl IndicatorSet {
    /// Compiles indicators, leaving out those that the policy calls noise and those that cannot
    /// match, each with its reason.
    ///
    /// Values are brought into canonical form, so [`IndicatorSet::get`] may show one in lower case.
    pub fn build(indicators: Vec<Indicator>, policy: &NoisePolicy) -> (Self, Vec<LeftOut>) {
        build::build(indicators, policy)
    }

    /// Adds a sighting for every indicator that the event shows; each one once.
    pub fn matches(&self, event: &Event, found: &mut Vec<Sighting>) {
        if !self.is_empty() {
            scan::Scan::new(self, event, found).run();
        }
    }

    /// The indicator of a number; `None` when the number is not of this set.
    pub fn get(&self, number: u32) -> Option<&Indicator> {
        self.indicators.get(usize::try_from(number).ok()?)
    }

    /// The place that an indicator had in the list that the set was built from.
    pub fn position(&self, number: u32) -> Option<usize> {
        let position = self.positions.get(usize::try_from(number).ok()?)?;
        usize::try_from(*position).ok()
    }

    /// How many indicators the set holds.
    pub const fn len(&self) -> usize {
        self.indicators.len()
    }

    /// Whether the set holds no indicator.
    pub const fn is_empty(&self) -> bool {
        self.indicators.is_empty()
    }

    /// How many indicators there are of each kind, by the kind's word.
    pub fn kinds(&self) -> BTreeMap<&'static str, usize> {
        let mut counts = BTreeMap::new();
        for indicator in &self.indicators {
            let count: &mut usize = counts.entry(indicator.kind.word()).or_default();
            *count = count.saturating_add(1);
        }
        counts
    }

    /// How many bytes the lookup structures hold, the indicators themselves left out.
    pub fn index_bytes(&self) -> usize {
        let numbers = self.positions.capacity().saturating_add(self.next.capacity());
        [
            numbers.saturating_mul(size_of::<u32>()),
            self.hashes.bytes(),
            self.domains.names.bytes(),
            self.domains.top_levels.bytes(),
            self.addresses.single.bytes(),
            self.addresses.networks.bytes(),
            self.urls.whole.bytes(),
            self.urls.prefixes.bytes(),
            self.urls.hosts.bytes(),
            self.paths.by_last.bytes(),
            self.paths.by_head.bytes(),
            self.paths.by_inner.bytes(),
            self.paths.by_tail.bytes(),
            self.paths.loose.capacity().saturating_mul(size_of::<u32>()),
            self.signers.bytes(),
            self.serials.bytes(),
            self.user_agents.bytes(),
            self.mutexes.names.bytes(),
        ]
        .into_iter()
        .fold(0, usize::saturating_add)
    }

    /// An estimate of the bytes that the set holds in all, without the allocator's own.
    pub fn memory_bytes(&self) -> usize {
        let spare = self.indicators.capacity().saturating_sub(self.indicators.len());
        let indicators = self.indicators.iter().map(indicator_bytes).fold(0, usize::saturating_add);
        indicators
            .saturating_add(spare.saturating_mul(size_of::<Indicator>()))
            .saturating_add(self.index_bytes())
    }

    /// Every indicator of one value, from the first.
    fn chain(&self, first: Option<u32>) -> impl Iterator<Item = u32> + '_ {
        std::iter::successors(first, |number| {
            self.next.get(*number as usize).and_then(|next| next.checked_sub(1))
        })
    }
}

/// Domains, with what it takes to skip most dotted tokens unseen.
#[derive(Clone, Debug, Default)]
struct DomainIndex {
    names: Table,
    /// The top-level labels in use, so that `cmd.exe` costs one test.
    top_levels: Filter,
    /// The most labels that a name has.
    ///
    /// Bound: this many suffixes of a token are looked up, however long it is.
    labels_max: usize,
}

/// Addresses and networks.
#[derive(Clone, Debug, Default)]
struct AddressIndex {
    single: Table,
    networks: Table,
    /// The prefix lengths in use for IPv4.
    v4_bits: Vec<u8>,
    /// The prefix lengths in use for IPv6.
    v6_bits: Vec<u8>,
}

/// URLs, whole ones and beginnings.
#[derive(Clone, Debug, Default)]
struct UrlIndex {
    whole: Table,
    prefixes: PrefixIndex,
    /// The hosts of all of them, so that most URLs are skipped before they are made canonical.
    hosts: Filter,
    /// Whether a host is open-ended or not ASCII, so that the filter cannot tell.
    any_host: bool,
}

/// Path patterns, by what to look up. Those that share it are tried one by one.
#[derive(Clone, Debug, Default)]
struct PathIndex {
    by_last: Table,
    by_head: Table,
    by_inner: Table,
    by_tail: Table,
    /// Patterns with nothing to look up; at most [`LOOSE_MAX`].
    loose: Vec<u32>,
}

/// Names of mutexes and events.
#[derive(Clone, Debug, Default)]
struct MutexIndex {
    names: Table,
    /// The lengths in use, a bit each; the last bit stands for 63 bytes and more.
    lengths: u64,
}

/// The bytes of one indicator with all its text.
fn indicator_bytes(indicator: &Indicator) -> usize {
    use khien_model::IndicatorKind as Kind;
    let value = match &indicator.kind {
        Kind::Domain(v)
        | Kind::Hash(v)
        | Kind::Mutex(v)
        | Kind::Path(v)
        | Kind::Signer(v)
        | Kind::SignerSerial(v)
        | Kind::Url(v)
        | Kind::UserAgent(v) => v.capacity(),
        _ => 0,
    };
    let sources = indicator
        .sources
        .iter()
        .map(|source| source.capacity().saturating_add(size_of::<String>()))
        .fold(0, usize::saturating_add);
    [indicator.id.capacity(), indicator.name.capacity(), indicator.description.capacity(), value]
        .into_iter()
        .fold(sources.saturating_add(size_of::<Indicator>()), usize::saturating_add)
}

#[cfg(test)]
mod tests;
