//! Are we hit? What an advisory names, looked for in the whole history of a lake.
//!
//! An answer is given host by host. *Clear* takes records of that host that would have shown such a
//! thing; where there are none it is *Unknown*, whatever other hosts showed. *Not applicable* takes a
//! host whose own records say which system it is, and an advisory that only speaks of others.

use std::collections::{BTreeMap, BTreeSet};

use khien_detect::indicator::{AffectedProduct, LeftOut, LookUp, look_up};
use khien_lake::{
    Host, HostData, Installed, Lake, LakeError, REACH_OVERFLOW, ReleaseUse, Retro, Seen,
};
use khien_model::{Indicator, IndicatorKind, Timestamp, Untrusted, Verdict};

use crate::scan::knowledge::Advisories;

/// What is asked: indicators that mean something, and whose they are.
#[derive(Debug, Default)]
pub struct Question {
    /// Titles of the advisories.
    pub titles: Vec<Untrusted>,
    /// The indicators.
    pub indicators: Vec<Indicator>,
    /// Indicators that would match ordinary activity, or nothing.
    pub left_out: Vec<LeftOut>,
    /// What the advisories say that no single value stands for, in words.
    pub problems: Vec<String>,
    /// Products that the advisories call affected, with their versions.
    pub affected: Vec<AffectedProduct>,
}

impl Question {
    /// The question that some advisories put.
    pub fn of(advisories: Advisories) -> Self {
        let count = u32::try_from(advisories.set.len()).unwrap_or(u32::MAX);
        let indicators = (0..count).filter_map(|number| advisories.set.get(number).cloned());
        let problem = |problem: &khien_detect::indicator::Problem| {
            format!("{}: {}", problem.id, problem.detail)
        };
        Self {
            titles: advisories
                .advisories
                .iter()
                .map(|a| Untrusted::new(a.title.as_str()))
                .collect(),
            indicators: indicators.collect(),
            problems: advisories
                .advisories
                .iter()
                .flat_map(|a| a.problems.iter().map(problem))
                .collect(),
            affected: advisories
                .advisories
                .iter()
                .flat_map(|a| a.affected.iter().cloned())
                .collect(),
            left_out: advisories.left_out,
        }
    }

    /// Whether this release is an affected one: `None` where that cannot be said; nothing where the
    /// advisories do not name the product.
    fn affects(&self, app: &str, version: &str) -> Option<Option<bool>> {
        let names = |product: &AffectedProduct| {
            let name = squeezed(&product.product);
            let whole = squeezed(&format!("{}{}", product.vendor, product.product));
            !name.is_empty() && [name, whole].contains(&squeezed(app))
        };
        let mut said = self
            .affected
            .iter()
            .filter(|product| names(product))
            .map(|product| product.contains(version));
        let first = said.next()?;
        // Affected by one word is affected; unknown by one is not clear.
        Some(said.fold(first, |a, b| match (a, b) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (None, _) | (_, None) => None,
            _ => Some(false),
        }))
    }

    /// What a host's records must show so that it can be clear, in words of the table `reach`; of a host
    /// of a known system without what cannot be on it.
    fn kinds(&self, system: Option<System>) -> BTreeSet<&'static str> {
        let can_be = |on: Option<System>| on.is_none() || system.is_none() || on == system;
        let mut kinds: BTreeSet<&'static str> =
            self.indicators.iter().filter_map(|indicator| kind_of(indicator)).collect();
        if !can_be(Some(System::Windows)) {
            kinds.remove(REGISTRY);
        }
        let mut systems = self
            .affected
            .iter()
            .map(|product| product.platform.as_deref().and_then(System::from_word));
        if systems.any(can_be) {
            kinds.insert("release");
        }
        kinds
    }
}

/// What no other system has.
const REGISTRY: &str = "registry";

/// An operating system.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum System {
    Linux,
    Macos,
    Windows,
}

impl System {
    fn from_word(word: &str) -> Option<Self> {
        match word {
            "linux" => Some(Self::Linux),
            "macos" => Some(Self::Macos),
            "windows" => Some(Self::Windows),
            _ => None,
        }
    }

    /// The system of a host, where its own records name one and no other. What a sensor beside it saw
    /// names none.
    fn of(data: &HostData) -> Option<Self> {
        let mut named = data.products.iter().filter_map(|product| Self::from_word(product));
        named.next().filter(|_| named.next().is_none())
    }
}

/// A product's name as far as two ways of writing it agree: letters and digits.
fn squeezed(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// What a host's records must show to be clear of an indicator; `None` where no index has such.
fn kind_of(indicator: &Indicator) -> Option<&'static str> {
    match &indicator.kind {
        IndicatorKind::Hash(digits) => {
            return Some(match digits.len() {
                32 => "md5",
                40 => "sha1",
                64 => "sha256",
                // No column has such: nobody can be clear of it.
                _ => "hash",
            });
        }
        IndicatorKind::Path(path) if is_registry(path) => return Some(REGISTRY),
        _ => {}
    }
    match look_up(&indicator.kind, &indicator.kind.value()) {
        LookUp::Whole(kind, _) | LookUp::Every(kind) => Some(kind),
        LookUp::Domain(_) => Some("domain"),
        LookUp::PathName(_) => Some("path"),
        LookUp::NotIndexed => None,
    }
}

/// Whether a path begins at a root of the Windows registry.
fn is_registry(path: &str) -> bool {
    let root = path.trim_start_matches(['\\', '/']).split(['\\', '/']).next().unwrap_or_default();
    let roots = ["hklm", "hkcu", "hku", "hkcr", "hkcc"];
    let root = root.to_ascii_lowercase();
    roots.contains(&root.as_str()) || root.starts_with("hkey_")
}

/// What is known of one host.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct HostAnswer {
    /// The host.
    pub host: Host,
    /// Hit, clear, unknown, or not applicable.
    pub verdict: Verdict,
    /// Positions of the indicators seen on it.
    pub indicators: BTreeSet<usize>,
    /// First time that any was seen.
    pub first: Option<Timestamp>,
    /// Last time.
    pub last: Option<Timestamp>,
    /// Whether these times are exact, or the beginnings of hours.
    pub exact: bool,
    /// Sightings: an event that shows two indicators counts twice.
    pub count: i64,
    /// From when on there is data of it.
    pub data_from: Option<Timestamp>,
    /// Until when.
    pub data_until: Option<Timestamp>,
    /// Kinds of observables asked for of which it has no record.
    pub lacking: BTreeSet<&'static str>,
    /// Affected releases that ran on it: product and version.
    pub affected: BTreeSet<(String, String)>,
}

/// A release of a product that the advisories name.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NamedRelease {
    /// The product, as its version resource names it.
    pub app: String,
    /// Its version.
    pub version: String,
    /// Whether it is affected; `None` where that cannot be said.
    pub affected: Option<bool>,
    /// Hosts on which it ran.
    pub hosts: BTreeSet<Host>,
}

/// The answer.
#[derive(Debug)]
pub struct CheckReport {
    /// All in all.
    pub verdict: Verdict,
    /// The question.
    pub question: Question,
    /// Every host of the lake: hits first, then what is unknown.
    pub hosts: Vec<HostAnswer>,
    /// What was seen, by indicator, value and host.
    pub seen: Vec<Seen>,
    /// Which releases showed it, beside those that did not.
    pub releases: Vec<ReleaseUse>,
    /// Releases of the products that the advisories name, wherever they ran.
    pub named: Vec<NamedRelease>,
    /// Hosts by the month in which they first showed any: `2026-03`.
    pub months: BTreeMap<String, u64>,
    /// From when on the lake has data.
    pub data_from: Option<Timestamp>,
    /// Until when.
    pub data_until: Option<Timestamp>,
    /// Positions of indicators of kinds that no index has.
    pub not_askable: Vec<usize>,
    /// Records of each kind of source, by its name: hosts, and events.
    pub sources: BTreeMap<String, (u64, i64)>,
}

/// Asks the lake.
///
/// # Errors
///
/// [`LakeError`]: its tables cannot be read.
pub fn check(lake: &Lake, question: Question) -> Result<CheckReport, LakeError> {
    let mut retro = lake.retro_hunt(&question.indicators)?;
    lake.exact_times(&mut retro.seen)?;
    let hosts = lake.hosts()?;
    let values: BTreeSet<(&str, &str)> =
        retro.seen.iter().map(|seen| (seen.kind.as_str(), seen.value.as_str())).collect();
    let releases = lake.releases_of(&values.into_iter().collect::<Vec<_>>(), &retro.did)?;
    let installed = if question.affected.is_empty() { Vec::new() } else { lake.installed()? };
    let named = named(&question, installed);
    Ok(assemble(question, retro, hosts, releases, named))
}

/// Which of what runs here the advisories name.
fn named(question: &Question, installed: Vec<Installed>) -> Vec<NamedRelease> {
    let mut named: Vec<NamedRelease> = Vec::new();
    for one in installed {
        let Some(affected) = question.affects(&one.app, &one.version) else { continue };
        let same = |known: &&mut NamedRelease| known.app == one.app && known.version == one.version;
        if let Some(known) = named.iter_mut().find(same) {
            known.hosts.insert(one.host);
        } else {
            let hosts = BTreeSet::from([one.host]);
            named.push(NamedRelease { app: one.app, version: one.version, affected, hosts });
        }
    }
    named
}

/// Puts the answer together.
fn assemble(
    question: Question,
    retro: Retro,
    data: BTreeMap<Host, HostData>,
    releases: Vec<ReleaseUse>,
    named: Vec<NamedRelease>,
) -> CheckReport {
    // Where nothing was asked, or a part could not be, no host is clear.
    let partly = !retro.not_indexed.is_empty()
        || !question.problems.is_empty()
        || question.kinds(None).is_empty();
    let mut answers: BTreeMap<Host, HostAnswer> = BTreeMap::new();
    let mut sources: BTreeMap<String, (u64, i64)> = BTreeMap::new();
    for (host, data) in &data {
        for (source, span) in &data.sources {
            let (hosts, events) = sources.entry(source.clone()).or_default();
            (*hosts, *events) = (hosts.saturating_add(1), events.saturating_add(span.count));
        }
        answers.insert(host.clone(), unhit(host, data, &question, partly));
    }
    for seen in &retro.seen {
        let host = Host { org: seen.org.clone(), name: seen.host.clone() };
        let nothing = HostData::default();
        let answer =
            answers.entry(host.clone()).or_insert_with(|| unhit(&host, &nothing, &question, true));
        answer.exact = seen.exact && (answer.exact || answer.verdict != Verdict::Hit);
        answer.verdict = Verdict::Hit;
        answer.indicators.insert(seen.indicator);
        answer.first = [answer.first, seen.first_time()].into_iter().flatten().min();
        answer.last = answer.last.max(seen.last_time());
        answer.count = answer.count.saturating_add(seen.count);
    }
    for release in named.iter().filter(|release| release.affected != Some(false)) {
        for host in &release.hosts {
            let Some(answer) = answers.get_mut(host) else { continue };
            if release.affected == Some(true) {
                answer.verdict = Verdict::Hit;
                answer.affected.insert((release.app.clone(), release.version.clone()));
            } else if matches!(answer.verdict, Verdict::Clear | Verdict::NotApplicable) {
                answer.verdict = Verdict::Unknown;
            }
        }
    }
    let mut hosts: Vec<HostAnswer> = answers.into_values().collect();
    let rank = |verdict: Verdict| match verdict {
        Verdict::Hit => 0,
        Verdict::Unknown => 1,
        Verdict::Clear => 2,
        Verdict::NotApplicable => 3,
    };
    hosts.sort_by(|a, b| {
        (rank(a.verdict), a.first, &a.host).cmp(&(rank(b.verdict), b.first, &b.host))
    });
    let mut months = BTreeMap::new();
    for first in hosts.iter().filter_map(|host| host.first) {
        *months.entry(first.to_string().chars().take(7).collect()).or_insert(0_u64) += 1;
    }
    let verdict = match hosts.iter().map(|host| rank(host.verdict)).min() {
        Some(0) => Verdict::Hit,
        Some(2) => Verdict::Clear,
        Some(3) => Verdict::NotApplicable,
        _ => Verdict::Unknown,
    };
    CheckReport {
        verdict,
        data_from: hosts.iter().filter_map(|host| host.data_from).min(),
        data_until: hosts.iter().filter_map(|host| host.data_until).max(),
        question,
        hosts,
        seen: retro.seen,
        releases,
        named,
        months,
        not_askable: retro.not_indexed,
        sources,
    }
}

/// The answer for a host on which nothing was seen.
fn unhit(host: &Host, data: &HostData, question: &Question, not_askable: bool) -> HostAnswer {
    let kinds = question.kinds(System::of(data));
    let mut lacking: BTreeSet<&'static str> =
        kinds.iter().copied().filter(|kind| !data.kinds.contains_key(*kind)).collect();
    if data.kinds.contains_key(REACH_OVERFLOW) {
        lacking.insert(REACH_OVERFLOW);
    }
    let verdict = match (not_askable, kinds.is_empty(), lacking.is_empty()) {
        (false, true, _) => Verdict::NotApplicable,
        (false, false, true) => Verdict::Clear,
        _ => Verdict::Unknown,
    };
    HostAnswer {
        host: host.clone(),
        verdict,
        indicators: BTreeSet::new(),
        exact: true,
        first: None,
        last: None,
        count: 0,
        data_from: data.all.first,
        data_until: data.all.last,
        lacking,
        affected: BTreeSet::new(),
    }
}

#[cfg(test)]
mod tests;
