//! What the system's installer does, it does for the package at hand: its own record at the end of the
//! installation names the product, and what a package starts may come shortly before or after that.

use serde::{Deserialize, Serialize};

use super::{Deed, State};
use crate::act::Act;
use crate::fleet::Map;
use crate::resolve::{Facts, Running};
use crate::state::Bounds;
use crate::words::{self, Word};
use crate::{RuntimeRates, TraitKind};

/// An installation begins at most so long before the record of its end.
const BEFORE: i64 = 1_800_000_000_000;
/// What is done so long after that record may still be the package's.
const AFTER: i64 = 300_000_000_000;
/// Bound: deeds of the installer that wait on one host for the product's name.
const WAITING_MAX: usize = 4;
/// Bound: hosts on which something is installed at the same time.
const HOSTS_MAX: usize = 100_000;

/// By host: what was installed last, and what the installer did that nobody answers for yet.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Installs {
    #[serde(with = "words::pairs")]
    of: Map<u32, Install>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Install {
    last: Option<(u32, u16, i64)>,
    waiting: Vec<(Running, Word, i64)>,
}

impl Installs {
    pub(crate) fn words(&self) -> impl Iterator<Item = Word> {
        let waiting = self.of.values().flat_map(|install| &install.waiting);
        waiting.flat_map(|(who, value, _)| [who.image, *value])
    }

    pub(crate) fn forget_lineages(&mut self, gone: &[u32]) {
        let is_kept = |lineage: u32| gone.binary_search(&lineage).is_err();
        for install in self.of.values_mut() {
            install.last = install.last.filter(|(lineage, ..)| is_kept(*lineage));
            install.waiting.retain(|(who, ..)| is_kept(who.lineage));
        }
    }

    /// Ends what nothing can belong to any more.
    pub(crate) fn pass(&mut self, time: i64) {
        self.of.retain(|_, install| {
            install.waiting.retain(|(.., at)| time - at <= BEFORE);
            install.last = install.last.filter(|(.., at)| time - at <= AFTER);
            install.last.is_some() || !install.waiting.is_empty()
        });
    }

    fn entry(&mut self, host: u32, time: i64) -> Option<&mut Install> {
        if self.of.len() >= HOSTS_MAX && !self.of.contains_key(&host) {
            self.pass(time);
        }
        if self.of.len() >= HOSTS_MAX && !self.of.contains_key(&host) {
            return None;
        }
        Some(self.of.entry(host).or_default())
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.of.capacity() * (size_of::<(u32, Install)>() + 1)
    }
}

impl State {
    /// A program of the operating system was started where the system keeps none: by its parent, or by the
    /// package that the system's installer is busy with.
    pub(super) fn relocated(
        &mut self,
        act: &Act,
        deed: Deed,
        facts: Facts,
        rates: &RuntimeRates,
        bounds: &Bounds,
    ) {
        if !self.is_relocated(act, facts) {
            return;
        }
        let value = self.classed(facts);
        if !self.is_system(deed.who) {
            return self.sight(deed, TraitKind::StartsRelocated, value, rates, bounds);
        }
        if !deed.who.is_installer {
            return;
        }
        let Some(install) = self.installs.entry(deed.host, act.time) else {
            self.losses.traits += 1;
            return;
        };
        match install.last.filter(|(.., at)| act.time - at <= AFTER) {
            Some((lineage, release, _)) => {
                let who = Running::of(lineage, release, deed.who);
                self.sight(Deed { who, ..deed }, TraitKind::StartsRelocated, value, rates, bounds);
            }
            None if install.waiting.len() < WAITING_MAX => {
                install.waiting.push((deed.who, value, act.time));
            }
            None => self.losses.traits += 1,
        }
    }

    /// The installer says what it has installed.
    pub(super) fn finished(
        &mut self,
        (lineage, release): (u32, u16),
        host: u32,
        time: i64,
        rates: &RuntimeRates,
        bounds: &Bounds,
    ) {
        let Some(install) = self.installs.entry(host, time) else { return };
        install.last = Some((lineage, release, time));
        for (who, value, at) in std::mem::take(&mut install.waiting) {
            if time - at <= BEFORE {
                let who = Running::of(lineage, release, who);
                let deed = Deed { who, host, time: at, is_again: false };
                self.sight(deed, TraitKind::StartsRelocated, value, rates, bounds);
            }
        }
    }
}
