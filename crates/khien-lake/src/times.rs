//! When exactly: sightings know the hour, and the events of that hour know the rest.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;

use crate::at;
use crate::columns::{HAPPENED, month_of};
use crate::derive::Shown;
use crate::error::LakeError;
use crate::lake::{EVENTS, Lake};
use crate::retain::instant;
use crate::retro::Seen;
use crate::rollup::HOUR;
use crate::row::Row;
use crate::sql::quoted;

/// Bound: sightings that are looked up at once; of more, the rest stays to the hour.
const SIGHTINGS_MAX: usize = 2000;

/// Bound: spans of time in one question; hours that lie close together share one.
const SPANS_MAX: usize = 64;

/// Which of the sightings an observable on a host is: kind, value, organisation, host.
type Place = (String, String, String, String);

/// What is looked for in the events.
struct Wanted {
    places: HashMap<Place, Vec<usize>>,
    hosts: BTreeSet<String>,
    /// From the first microsecond to the last, apart from each other.
    spans: Vec<(i64, i64)>,
}

/// Exact times found so far, by the number of the sighting.
type Found = HashMap<usize, [Option<i64>; 2]>;

impl Lake {
    /// Puts the exact times of first and last into sightings that have them to the hour. Those whose
    /// events are gone stay as they are.
    ///
    /// # Errors
    ///
    /// [`LakeError`]: the events cannot be read.
    pub fn exact_times(&self, seen: &mut [Seen]) -> Result<(), LakeError> {
        let wanted = Wanted::of(seen);
        if wanted.places.is_empty() {
            return Ok(());
        }
        let mut files = self.events.files()?;
        files.retain(|file| wanted.covers_month(&file.month));
        let (mut found, mut shown) = (Found::new(), Shown::default());
        self.each_row_of(files, &wanted.sql(), |row, event| {
            shown.read(row, event);
            wanted.meet(row, &shown, seen, &mut found);
        })?;
        for (at, times) in found {
            if let (Some(seen), [Some(first), Some(last)]) = (seen.get_mut(at), times) {
                (seen.first, seen.last, seen.exact) = (Some(first), Some(last), true);
            }
        }
        Ok(())
    }
}

impl Wanted {
    fn of(seen: &[Seen]) -> Self {
        let mut wanted = Self { places: HashMap::new(), hosts: BTreeSet::new(), spans: Vec::new() };
        let open = seen.iter().enumerate().filter(|(_, seen)| !seen.exact);
        for (at, one) in open.take(SIGHTINGS_MAX) {
            let (Some(first), Some(last)) = (one.first, one.last) else { continue };
            let place = (one.kind.clone(), one.value.clone(), one.org.clone(), one.host.clone());
            wanted.places.entry(place).or_default().push(at);
            wanted.hosts.insert(one.host.clone());
            for hour in [first, last] {
                wanted.spans.push((hour, hour.saturating_add(HOUR - 1)));
            }
        }
        wanted.spans = joined(std::mem::take(&mut wanted.spans));
        wanted
    }

    fn sql(&self) -> String {
        let hosts: Vec<String> = self.hosts.iter().map(|host| quoted(host)).collect();
        let mut text = format!(
            "SELECT time, org, host, class, rule, image, process, module, file, registry, domain, \
             dst_ip, sha256, sha1, md5, signer, user_agent, fields FROM {EVENTS} \
             WHERE {HAPPENED} AND coalesce(host, '') IN ({}) AND (false",
            hosts.join(", ")
        );
        for (first, last) in &self.spans {
            let _ = write!(text, " OR time BETWEEN {} AND {}", instant(*first), instant(*last));
        }
        text.push(')');
        text
    }

    fn covers_month(&self, month: &str) -> bool {
        let reaches = |(first, last): &(i64, i64)| {
            let (first, last) = (month_of(Some(*first)), month_of(Some(*last)));
            (first.as_str()..=last.as_str()).contains(&month)
        };
        self.spans.iter().any(reaches)
    }

    fn meet(&self, row: &Row<'_>, shown: &Shown, seen: &[Seen], found: &mut Found) {
        let Some(time) = row.time else { return };
        let (org, host) = (row.text(at::ORG), row.text(at::HOST));
        for (kind, value) in shown.observables() {
            let place = (kind.word().to_owned(), value.to_owned(), org.to_owned(), host.to_owned());
            for at in self.places.get(&place).into_iter().flatten() {
                let Some(one) = seen.get(*at) else { continue };
                let [first, last] = found.entry(*at).or_default();
                if one.first == Some(hour_of(time)) {
                    *first = Some(first.map_or(time, |known| known.min(time)));
                }
                if one.last == Some(hour_of(time)) {
                    *last = Some(last.map_or(time, |known| known.max(time)));
                }
            }
        }
    }
}

/// The beginning of the hour of a time, in microseconds.
pub(crate) const fn hour_of(micros: i64) -> i64 {
    micros.saturating_sub(micros.rem_euclid(HOUR))
}

/// Spans in order, those that touch as one, and no more than [`SPANS_MAX`]: the closest are joined.
fn joined(mut spans: Vec<(i64, i64)>) -> Vec<(i64, i64)> {
    spans.sort_unstable();
    spans.dedup();
    let mut gaps: Vec<i64> = spans.windows(2).filter_map(gap).collect();
    gaps.sort_unstable_by(|a, b| b.cmp(a));
    // Gaps at least this wide part two spans.
    let apart = gaps.get(SPANS_MAX - 1).map_or(1, |gap| gap.saturating_add(1)).max(1);
    let mut joined: Vec<(i64, i64)> = Vec::new();
    for (first, last) in spans {
        match joined.last_mut() {
            Some(before) if first.saturating_sub(before.1) <= apart => {
                before.1 = before.1.max(last);
            }
            _ => joined.push((first, last)),
        }
    }
    joined
}

fn gap(pair: &[(i64, i64)]) -> Option<i64> {
    match pair {
        [(_, before), (after, _)] => Some(after.saturating_sub(*before)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_joined_and_few() {
        let hour = |n: i64| (n * HOUR, (n + 1) * HOUR - 1);
        assert_eq!(
            joined(vec![hour(3), hour(1), hour(2), hour(9)]),
            [(HOUR, 4 * HOUR - 1), (9 * HOUR, 10 * HOUR - 1)]
        );
        let many = joined((0..1000).map(|n| hour(n * n)).collect());
        assert!(many.len() <= SPANS_MAX, "{}", many.len());
        assert_eq!((many[0].0, many[many.len() - 1].1), (0, hour(999 * 999).1));
        assert_eq!(hour_of(-1), -HOUR);
    }
}
