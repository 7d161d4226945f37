//! What is forgotten so that there is room, and what that cost.

use super::{Losses, State};
use crate::runtime::{Key, Shown};
use crate::words::Word;

impl State {
    /// Forgets lineages until so many are left.
    pub(super) fn forget(&mut self, keep: usize) {
        let gone = self.fleet.forget(keep, &self.words);
        let is_gone = |lineage: &u32| gone.binary_search(lineage).is_ok();
        self.resolver.forget_lineages(&gone);
        self.flows.forget_lineages(&gone);
        self.installs.forget_lineages(&gone);
        self.traits.known.retain(|key, _| !is_gone(&key.lineage));
        self.traits.values.retain(|_, popular| {
            popular.lineages.retain(|lineage| !is_gone(lineage));
            !popular.lineages.is_empty()
        });
        self.watched.retain(|key, _| !is_gone(&key.lineage));
        self.traffics.retain(self.time, |key| !is_gone(&key.lineage));
        self.traffics.forget_lineages(&gone);
        self.diced.retain(|(lineage, _), _| !is_gone(lineage));
    }

    /// Forgets texts that nothing needs; `waiting` are those that the buffer holds.
    pub(crate) fn sweep(&mut self, waiting: impl Iterator<Item = Word>) {
        let mut marked = vec![false; self.words.end()];
        let mut mark = |word: Word| {
            if let Some(mark) = marked.get_mut(word.index()) {
                *mark = true;
            }
        };
        waiting.for_each(&mut mark);
        self.resolver.words().for_each(&mut mark);
        self.flows.words().for_each(&mut mark);
        self.installs.words().for_each(&mut mark);
        self.traffics.words().for_each(&mut mark);
        self.fleet.words().for_each(&mut mark);
        self.traits.known.keys().for_each(|key| mark(key.value));
        for (org, _, value) in self.traits.values.keys() {
            [*org, *value].into_iter().for_each(&mut mark);
        }
        self.traits.pooled.keys().for_each(|(org, _)| mark(*org));
        for ((_, domain), name) in &self.diced {
            [*domain, *name].into_iter().for_each(&mut mark);
        }
        self.vetted.words().for_each(&mut mark);
        self.words.sweep(&marked);
        self.forget_facts();
    }

    /// Forgets a third of the lineages.
    pub(crate) fn make_room(&mut self) {
        self.forget(self.fleet.len() - self.fleet.len() / 3);
    }

    /// Rough bytes of memory.
    pub(crate) fn memory_bytes(&self) -> usize {
        let shown = |shown: &Shown| {
            let hosts: usize = shown.shows.iter().map(|show| show.hosts.memory_bytes()).sum();
            shown.shows.capacity() * size_of::<crate::runtime::Show>() + hosts
        };
        let traits: usize = self.traits.known.values().map(shown).sum();
        let traits = traits + self.traits.known.capacity() * (size_of::<(Key, Shown)>() + 1);
        let values = self.traits.values.capacity() * 60;
        traits
            + values
            + self.words.memory_bytes()
            + self.fleet.memory_bytes()
            + self.resolver.memory_bytes()
            + self.watched.len() * 2048
            + self.traffics.memory_bytes()
            + self.flows.memory_bytes()
            + self.installs.memory_bytes()
            + self.due.memory_bytes()
    }

    /// Forgets what can be worked out again.
    pub(super) fn forget_facts(&mut self) {
        self.resolver.forget_facts();
        (self.destinations, self.folded, self.keys, self.ports) = Default::default();
    }

    pub(crate) fn losses(&self) -> Losses {
        Losses {
            lineages: self.fleet.forgotten,
            hosts: self.fleet.refused,
            traffic: self.traffics.refused + self.flows.evicted,
            releases: self.fleet.known().map(|(_, lineage)| lineage.unnumbered).sum(),
            processes: self.resolver.evicted + self.resolver.names.evicted,
            ..self.losses
        }
    }
}
