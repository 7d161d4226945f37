//! Which names addresses were asked under: by a process, on a host, and anywhere in the organisation.
//!
//! A connection says an address. Its name is what its own process asked for; else a name that its
//! lineage is known to contact; else what anybody on its host asked for just before. Answers are cached
//! and records are lost, so an address that anybody in the organisation has named lately is not one
//! without a name, though nothing says which of its names was meant.

use serde::{Deserialize, Serialize};

mod borrowed;

pub(crate) use borrowed::borrowed_from;

use crate::fleet::{DAY, HOUR, Map};
use crate::words::{self, Word};

/// Bound: names of addresses by process and host, and by organisation.
const NAMES_MAX: usize = 400_000;
/// Bound: names of one address.
const OF_ADDRESS: usize = 8;
/// Bound: addresses of hosts.
const HOMES_MAX: usize = 1 << 20;
/// Hyphens and doubled signs by which names that look alike may differ in length.
const MARKS_MAX: usize = 4;
/// How long a process may use an answer.
const OWN: i64 = DAY;
/// How long another process of the host may.
const SHARED: i64 = HOUR;
/// A host may have got its address from the organisation's memory so long.
const HOME: i64 = 2 * DAY;
/// How long the organisation remembers a name.
const LATELY: i64 = 14 * DAY;

/// What is known of names.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Names {
    /// By host, process (0: any) and address.
    #[serde(with = "words::pairs")]
    asked: Map<(u32, u64, Word), (Word, i64)>,
    /// By organisation and address, latest first.
    #[serde(with = "words::pairs")]
    told: Map<(Word, Word), Vec<(Word, i64)>>,
    /// Which host an inside address is, by organisation: sensors know addresses only.
    #[serde(with = "words::pairs")]
    homes: Map<(Word, Word), (u32, i64)>,
    pub(crate) evicted: u64,
}

impl Names {
    /// A name was asked and these addresses were answered, or a connection said both; on which host, where
    /// that is one of ours.
    pub(crate) fn learn(
        &mut self,
        (org, host, process): (Word, Option<u32>, u64),
        name: Word,
        addresses: impl Iterator<Item = Word>,
        time: i64,
    ) {
        if self.asked.len() >= NAMES_MAX {
            self.evicted += drop_oldest(&mut self.asked, |(_, time)| *time);
        }
        if self.told.len() >= NAMES_MAX {
            let latest = |names: &Vec<(Word, i64)>| names.first().map_or(i64::MIN, |(_, at)| *at);
            self.evicted += drop_oldest(&mut self.told, latest);
        }
        for address in addresses {
            if let Some(host) = host {
                self.asked.insert((host, process, address), (name, time));
                self.asked.insert((host, 0, address), (name, time));
            }
            let names = self.told.entry((org, address)).or_default();
            names.retain(|(known, _)| *known != name);
            names.insert(0, (name, time));
            names.truncate(OF_ADDRESS);
        }
    }

    /// A host speaks from an address.
    pub(crate) fn lives(&mut self, org: Word, address: Word, host: u32, time: i64) {
        if self.homes.len() >= HOMES_MAX && !self.homes.contains_key(&(org, address)) {
            self.evicted += drop_oldest(&mut self.homes, |(_, time)| *time);
        }
        self.homes.insert((org, address), (host, time));
    }

    /// The host that speaks from an address.
    pub(crate) fn home(&self, org: Word, address: Word, time: i64) -> Option<u32> {
        let home = self.homes.get(&(org, address));
        home.filter(|(_, seen)| time - seen <= HOME).map(|(host, _)| *host)
    }

    /// The name that this process asked the address under.
    pub(crate) fn own(&self, host: u32, process: u64, address: Word, time: i64) -> Option<Word> {
        let own = self.asked.get(&(host, process, address)).filter(|_| process != 0);
        own.filter(|(_, asked)| time - asked <= OWN).map(|(name, _)| *name)
    }

    /// The name that anybody on the host asked it under just before.
    pub(crate) fn beside(&self, host: u32, address: Word, time: i64) -> Option<Word> {
        let any = self.asked.get(&(host, 0, address));
        any.filter(|(_, asked)| time - asked <= SHARED).map(|(name, _)| *name)
    }

    /// The names that the organisation has had for an address lately.
    pub(crate) fn lately(
        &self,
        org: Word,
        address: Word,
        time: i64,
    ) -> impl Iterator<Item = Word> + use<'_> {
        let names = self.told.get(&(org, address)).into_iter().flatten();
        names.filter(move |(_, told)| time - told <= LATELY).map(|(name, _)| *name)
    }

    pub(crate) fn words(&self) -> impl Iterator<Item = Word> {
        let asked = self.asked.iter().flat_map(|((.., address), (name, _))| [*address, *name]);
        let told = self.told.iter().flat_map(|((org, address), names)| {
            [*org, *address].into_iter().chain(names.iter().map(|(name, _)| *name))
        });
        let homes = self.homes.keys().flat_map(|(org, address)| [*org, *address]);
        asked.chain(told).chain(homes)
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        let told: usize = self.told.values().map(|names| names.capacity() * 16).sum();
        self.asked.capacity() * 40 + self.told.capacity() * 40 + told + self.homes.capacity() * 32
    }
}

/// Drops a tenth, the oldest first. The cut is at a time, so that the order of a map decides nothing.
pub(crate) fn drop_oldest<K, V>(map: &mut Map<K, V>, time: impl Fn(&V) -> i64) -> u64
where
    K: Eq + std::hash::Hash,
{
    let mut times: Vec<i64> = map.values().map(&time).collect();
    let tenth = times.len() / 10;
    let (_, cut, _) = times.select_nth_unstable(tenth);
    let (cut, before) = (*cut, map.len());
    map.retain(|_, value| time(value) > cut);
    (before - map.len()) as u64
}

/// Whether nobody chose a name: long, of letters and digits mixed like dice would.
///
/// The first label counts. A person's words have vowels, and numbers at their end; hexadecimal
/// identifiers and base32 have neither.
pub(crate) fn is_algorithmic(name: &str) -> bool {
    let label = name.split('.').next().unwrap_or_default();
    if label.len() < 16 || !label.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return false;
    }
    let is = |set: &'static str| move |b: &u8| set.as_bytes().contains(&b.to_ascii_lowercase());
    let letters = label.bytes().filter(u8::is_ascii_alphabetic).count();
    let vowels = label.bytes().filter(is("aeiouy")).count();
    let bytes = label.as_bytes();
    let changes = bytes.windows(2).filter(|pair| match pair {
        [a, b] => a.is_ascii_digit() != b.is_ascii_digit(),
        _ => false,
    });
    let mut longest = 0;
    let mut run = 0;
    for byte in bytes {
        let is_consonant = byte.is_ascii_alphabetic() && !is("aeiouy")(byte);
        run = if is_consonant { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    changes.count() >= 4 || longest >= 6 || letters >= 16 && vowels * 5 < letters
}

/// Whether one registered domain is a hair away from another: a letter more, less or other, a hyphen,
/// or signs that look alike. Numbers that count on are the same name, and no imitation.
pub(crate) fn is_look_alike(domain: &str, of: &str) -> bool {
    let (one, two) = (label(domain), label(of));
    let is_short = one.len().min(two.len()) < 6;
    if one == two || is_short || !may_be_near(one.as_bytes(), two.as_bytes()) {
        return false;
    }
    // A number more is the next of its kind, as networks for delivery have them.
    let numbered = |text: &str| crate::destination::without_numbers(text);
    let counted = |text: &str| numbered(text).trim_end_matches('#').to_owned();
    if counted(one) == counted(two) {
        return false;
    }
    let plain = |text: &str| {
        let text = text.replace(['-', '_'], "").replace("rn", "m").replace("vv", "w");
        text.replace('0', "o").replace(['1', 'i'], "l")
    };
    let (one, two) = (plain(one), plain(two));
    one == two || is_one_apart(one.as_bytes(), two.as_bytes())
}

fn label(domain: &str) -> &str {
    domain.split('.').next().unwrap_or_default()
}

/// Whether two labels are worth a closer look: one change leaves one end as it is, but for signs that look alike.
fn may_be_near(one: &[u8], two: &[u8]) -> bool {
    let is_same = |a: Option<&u8>, b: Option<&u8>| {
        let alike = |sign: u8| {
            matches!(sign, b'0' | b'o' | b'1' | b'i' | b'l' | b'm' | b'n' | b'r' | b'v' | b'w')
        };
        matches!((a, b), (Some(a), Some(b)) if a == b || alike(*a) && alike(*b))
    };
    one.len().abs_diff(two.len()) <= MARKS_MAX
        && (is_same(one.first(), two.first()) || is_same(one.last(), two.last()))
}

fn is_one_apart(one: &[u8], two: &[u8]) -> bool {
    let (short, long) = if one.len() <= two.len() { (one, two) } else { (two, one) };
    if long.len() - short.len() > 1 {
        return false;
    }
    let same = short.iter().zip(long).take_while(|(a, b)| a == b).count();
    let rest = |text: &[u8], from: usize| text.get(from..).unwrap_or_default().to_vec();
    match long.len() - short.len() {
        0 => rest(short, same + 1) == rest(long, same + 1),
        _ => rest(short, same) == rest(long, same + 1),
    }
}

#[cfg(test)]
mod tests;
