//! What the engine knows, as it is shown.

use khien_model::{Timestamp, Untrusted};
use serde::Serialize;

use crate::Trait;
use crate::finding::{Finding, LineageName, Status};
use crate::fleet::{Basis, CURRENT, HOUR, Lineage};
use crate::runtime::Key;
use crate::state::State;
use crate::vetted::Files;
use crate::watch::Candidate;
use crate::words::{Word, hash_of, join};

/// A lineage.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LineageView {
    /// The organisation.
    pub org: Untrusted,
    /// Its name.
    pub name: LineageName,
    /// What it is known by.
    pub basis: Basis,
    /// Publishers that it had before, latest first.
    pub earlier_publishers: Vec<Untrusted>,
    /// First act.
    pub first: Timestamp,
    /// Last act.
    pub last: Timestamp,
    /// Releases, oldest first.
    pub releases: Vec<ReleaseView>,
    /// Whether its releases were compared: long enough known, and an earlier and a later one that ran.
    /// Where they were not, that there is no finding says nothing.
    pub is_compared: bool,
    /// Traits that it shows.
    pub traits: Vec<Showing>,
}

/// A release.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReleaseView {
    /// Its version; empty where nobody says it.
    pub version: Untrusted,
    /// First seen.
    pub first: Timestamp,
    /// Last seen.
    pub last: Timestamp,
    /// Hosts that ever had it.
    pub hosts_ever: u32,
    /// Days on which a host showed it.
    pub host_days: u64,
    /// Hosts that have it now.
    pub hosts: Vec<HostRelease>,
    /// What vetting found in its files; `None` when it was not vetted.
    pub vetted: Option<Files>,
    /// Findings about it, by identifier.
    pub findings: Vec<String>,
}

/// A release on a host.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HostRelease {
    /// The host.
    pub host: Untrusted,
    /// Since when.
    pub since: Timestamp,
    /// Hours since then at the last act; `None` where nobody watched the installation.
    pub age_hours: Option<u32>,
    /// Whether it came after a newer one.
    pub is_rollback: bool,
    /// Whether another release of the lineage was used there within a day.
    pub is_beside: bool,
}

/// A trait of a lineage.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Showing {
    /// The trait.
    pub of: Trait,
    /// First shown.
    pub first: Timestamp,
    /// Last shown.
    pub last: Timestamp,
    /// How often.
    pub count: u64,
    /// By release: version, hosts, and whether those are counted or estimated.
    pub releases: Vec<(Untrusted, u32, bool)>,
}

const fn at(nanos: i64) -> Timestamp {
    Timestamp::from_nanos(nanos)
}

/// Strongest first.
fn sorted(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by(|a, b| b.score.bits.total_cmp(&a.score.bits).then(a.id.cmp(&b.id)));
    findings
}

impl State {
    fn text(&self, word: Word) -> Untrusted {
        Untrusted::from(self.words.text(word))
    }

    pub(super) fn findings(&self, now: Timestamp) -> Vec<Finding> {
        let raised = self.watched.iter().filter_map(|(key, candidate)| {
            let lineage = self.fleet.lineage(key.lineage)?;
            self.finding(key, candidate, candidate.raised?, lineage, now)
        });
        sorted(raised.collect())
    }

    pub(super) fn all_watched(&self) -> Vec<Finding> {
        let now = at(self.time);
        let all = self.watched.iter().filter_map(|(key, candidate)| {
            let since = candidate.raised.unwrap_or(candidate.updated);
            self.finding(key, candidate, since, self.fleet.lineage(key.lineage)?, now)
        });
        sorted(all.collect())
    }

    fn finding(
        &self,
        key: &Key,
        candidate: &Candidate,
        raised: i64,
        lineage: &Lineage,
        now: Timestamp,
    ) -> Option<Finding> {
        let shown = self.traits.known.get(key)?;
        let version = |release: u16| {
            let release = lineage.releases.get(usize::from(release));
            release.map_or(Word::NONE, |release| release.version)
        };
        let mut also: Vec<u16> = shown.shows.iter().map(|show| show.release).collect();
        also.retain(|release| lineage.is_older(candidate.origin, *release));
        also.sort_by_key(|release| lineage.rank(*release));
        let id = join(lineage.key(&self.words), self.words.hash_of(version(candidate.origin)));
        let id = join(join(id, hash_of(key.kind.id().as_bytes())), self.words.hash_of(key.value));
        let mut finding = Finding {
            id: format!("{id:016x}"),
            org: self.text(lineage.org),
            lineage: self.name(lineage),
            basis: lineage.basis,
            version: self.text(version(candidate.origin)),
            also: also.into_iter().map(|release| self.text(version(release))).collect(),
            raised: at(raised),
            updated: at(candidate.updated),
            status: match candidate.withdrawn {
                Some(since) => Status::Withdrawn { since: at(since) },
                None => Status::Open,
            },
            evidence: candidate.evidence.clone(),
            score: candidate.score.clone(),
        };
        let excepted = self.exceptions.iter().filter(|e| e.covers(&finding, now));
        if let Some(exception) = excepted.max_by_key(|e| e.until)
            && finding.status == Status::Open
        {
            let owner = Untrusted::from(exception.owner.as_str());
            let reason = Untrusted::from(exception.reason.as_str());
            finding.status = Status::Excepted { owner, reason, until: exception.until };
        }
        Some(finding)
    }

    fn name(&self, lineage: &Lineage) -> LineageName {
        LineageName {
            publisher: self.text(lineage.publisher),
            product: self.text(lineage.product),
            folder: self.text(lineage.folder),
        }
    }

    pub(super) fn lineages(&self) -> Vec<LineageView> {
        let mut shown: std::collections::HashMap<u32, Vec<Showing>> = Default::default();
        for (key, trait_shown) in &self.traits.known {
            let Some(lineage) = self.fleet.lineage(key.lineage) else { continue };
            let releases = trait_shown.shows.iter().map(|show| {
                let release = lineage.releases.get(usize::from(show.release));
                let version = release.map_or(Word::NONE, |release| release.version);
                (self.text(version), show.hosts.len(), show.hosts.is_exact())
            });
            shown.entry(key.lineage).or_default().push(Showing {
                of: self.trait_of(key),
                first: at(trait_shown.first),
                last: at(trait_shown.last),
                count: trait_shown.count,
                releases: releases.collect(),
            });
        }
        let findings = self.findings(at(self.time));
        let mut lineages: Vec<LineageView> = self
            .fleet
            .known()
            .map(|(number, lineage)| {
                let mut traits = shown.remove(&number).unwrap_or_default();
                traits.sort_by(|a, b| a.of.cmp(&b.of));
                self.lineage_view(lineage, traits, &findings)
            })
            .collect();
        lineages.sort_by(|a, b| (&a.org, &a.name).cmp(&(&b.org, &b.name)));
        lineages
    }

    fn lineage_view(
        &self,
        lineage: &Lineage,
        traits: Vec<Showing>,
        findings: &[Finding],
    ) -> LineageView {
        let (org, name) = (self.text(lineage.org), self.name(lineage));
        let mut order: Vec<u16> = (0_u16..).take(lineage.releases.len()).collect();
        order.sort_by_key(|release| lineage.rank(*release));
        let releases = order.into_iter().filter_map(|release| {
            let known = lineage.releases.get(usize::from(release))?;
            let version = self.text(known.version);
            let of = findings.iter().filter(|finding| {
                finding.org == org && finding.lineage == name && finding.version == version
            });
            Some(ReleaseView {
                first: at(known.first),
                last: at(known.last),
                hosts_ever: known.hosts,
                host_days: known.host_days,
                hosts: self.hosts_on(lineage, release),
                vetted: self.vetted.of(lineage, release).cloned(),
                findings: of.map(|finding| finding.id.clone()).collect(),
                version,
            })
        });
        LineageView {
            releases: releases.collect(),
            org,
            name,
            basis: lineage.basis,
            earlier_publishers: lineage.earlier_publishers.iter().map(|p| self.text(*p)).collect(),
            first: at(lineage.first),
            last: at(lineage.last),
            is_compared: lineage.is_compared(),
            traits,
        }
    }

    fn hosts_on(&self, lineage: &Lineage, release: u16) -> Vec<HostRelease> {
        let current = lineage.hosts.iter().filter_map(|on| {
            let slots = &on.slots;
            let slot = slots.first()?.filter(|slot| slot.release == release)?;
            if self.time - slot.last > CURRENT {
                return None;
            }
            let age = u32::try_from(slot.last.saturating_sub(slot.since) / HOUR).ok();
            let next = slots.get(1).copied().flatten();
            Some(HostRelease {
                host: self.text(self.fleet.hosts.get(on.host as usize)?.name),
                since: at(slot.since),
                age_hours: age.filter(|_| slot.is_known),
                is_rollback: slot.is_rollback,
                is_beside: next.is_some_and(|next| next.last > slot.since),
            })
        });
        let mut hosts: Vec<HostRelease> = current.collect();
        hosts.sort_by(|a, b| a.host.cmp(&b.host));
        hosts
    }
}
