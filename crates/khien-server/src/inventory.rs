//! Which hosts there are and what ran on them, as the lake's records show it.
//!
//! Pages of a list are asked for one behind the other, so what was worked out for the first is kept
//! for a short while.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use khien_lake::{Host, HostData, Installed, Span};
use khien_model::Timestamp;
use khien_wire::{Exposure, HostDetail, HostRelease, SpanOf, Time};
use tokio::time::Instant;

use crate::asking::{AskError, Asking};

/// How long what was worked out stands.
const KEPT: Duration = Duration::from_secs(10);
/// How long working it out may take.
const TIME: Duration = Duration::from_secs(25);
/// Bound: releases of one host that are told.
const RELEASES_MAX: usize = 2000;
/// Bound: hosts that are named for a release.
const NAMED_MAX: usize = 16;

/// What the lake showed at one time.
pub(crate) struct Seen {
    hosts: BTreeMap<Host, HostData>,
    /// By product, version and host.
    installed: Vec<Installed>,
}

/// What was seen, and when.
type Looked = (Instant, Arc<Seen>);

/// A lake, and what it showed last.
#[derive(Clone)]
pub(crate) struct Inventory {
    lake: Asking,
    last: Arc<Mutex<Option<Looked>>>,
}

impl Inventory {
    pub(crate) fn new(lake: Asking) -> Self {
        Self { lake, last: Arc::default() }
    }

    /// The lake itself.
    pub(crate) const fn lake(&self) -> &Asking {
        &self.lake
    }

    /// What the lake shows.
    ///
    /// # Errors
    ///
    /// [`AskError`]: it cannot be asked.
    pub(crate) async fn look(&self) -> Result<Arc<Seen>, AskError> {
        let now = Instant::now();
        let kept = self.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((at, seen)) = kept
            && now.duration_since(at) < KEPT
        {
            return Ok(seen);
        }
        let seen = self
            .lake
            .ask(TIME, |lake| Ok(Seen { hosts: lake.hosts()?, installed: lake.installed()? }));
        let seen = Arc::new(seen.await?);
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, Arc::clone(&seen)));
        Ok(seen)
    }
}

fn time(time: Option<Timestamp>) -> Option<Time> {
    time.map(|time| Time::from_ms(time.as_nanos().div_euclid(1_000_000)))
}

fn count(all: usize) -> u64 {
    u64::try_from(all).unwrap_or(u64::MAX)
}

fn positive(count: i64) -> u64 {
    u64::try_from(count).unwrap_or_default()
}

fn span(of: &str, span: &Span) -> SpanOf {
    SpanOf {
        of: of.to_owned(),
        first: time(span.first),
        last: time(span.last),
        count: positive(span.count),
    }
}

impl Seen {
    /// All hosts; with a product only those on which it ran, and in that version.
    pub(crate) fn hosts(
        &self,
        product: Option<&str>,
        version: Option<&str>,
    ) -> Vec<khien_wire::Host> {
        let mut releases: BTreeMap<&Host, usize> = BTreeMap::new();
        let mut wanted: BTreeSet<&Host> = BTreeSet::new();
        for one in &self.installed {
            *releases.entry(&one.host).or_default() += 1;
            if product.is_none_or(|product| product == one.app)
                && version.is_none_or(|version| version == one.version)
            {
                wanted.insert(&one.host);
            }
        }
        let is_asked = product.is_some() || version.is_some();
        let shown = self.hosts.iter().filter(|(host, _)| !is_asked || wanted.contains(host));
        shown
            .map(|(host, data)| Self::host(host, data, releases.get(host).copied().unwrap_or(0)))
            .collect()
    }

    fn host(host: &Host, data: &HostData, releases: usize) -> khien_wire::Host {
        khien_wire::Host {
            name: host.name.clone(),
            org: host.org.clone(),
            first: time(data.all.first),
            last: time(data.all.last),
            events: positive(data.all.count),
            kinds: data.kinds.keys().cloned().collect(),
            releases: count(releases),
        }
    }

    /// One host, whatever the case of its name.
    pub(crate) fn detail(&self, name: &str, org: Option<&str>) -> Option<HostDetail> {
        let is_it = |host: &Host| {
            host.name.to_lowercase() == name.to_lowercase() && org.is_none_or(|org| org == host.org)
        };
        let exact = self.hosts.iter().find(|(host, _)| host.name == name && is_it(host));
        let (host, data) = exact.or_else(|| self.hosts.iter().find(|(host, _)| is_it(host)))?;
        let of_host: Vec<&Installed> =
            self.installed.iter().filter(|one| one.host == *host).collect();
        let releases = of_host.iter().take(RELEASES_MAX).map(|one| HostRelease {
            product: one.app.clone(),
            version: one.version.clone(),
            first: time(one.seen.first),
            last: time(one.seen.last),
        });
        Some(HostDetail {
            host: Self::host(host, data, of_host.len()),
            kinds: data.kinds.iter().map(|(kind, of)| span(kind, of)).collect(),
            sources: data.sources.iter().map(|(source, of)| span(source, of)).collect(),
            releases: releases.collect(),
        })
    }

    /// All releases, each with the hosts on which it ran.
    pub(crate) fn exposure(&self, product: Option<&str>) -> Vec<Exposure> {
        let mut of_product: BTreeMap<&str, BTreeSet<&Host>> = BTreeMap::new();
        for one in &self.installed {
            of_product.entry(&one.app).or_default().insert(&one.host);
        }
        let mut all: Vec<Exposure> = Vec::new();
        let same = |a: &Installed, b: &Installed| a.app == b.app && a.version == b.version;
        for hosts in self.installed.chunk_by(same) {
            let Some(first) = hosts.first() else { continue };
            if product.is_some_and(|product| product != first.app) {
                continue;
            }
            let of = of_product.get(first.app.as_str()).map_or(0, BTreeSet::len);
            all.push(Exposure {
                id: format!("{}\u{1f}{}", first.app, first.version),
                product: first.app.clone(),
                version: first.version.clone(),
                hosts: count(hosts.len()),
                of: count(of),
                names: hosts.iter().take(NAMED_MAX).map(|one| one.host.name.clone()).collect(),
                first: time(hosts.iter().filter_map(|one| one.seen.first).min()),
                last: time(hosts.iter().filter_map(|one| one.seen.last).max()),
            });
        }
        all
    }
}
