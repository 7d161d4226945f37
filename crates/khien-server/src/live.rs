//! What changes, told to browsers as it happens: ids only, which they fetch anew.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use khien_wire::{Change, ChangeKind};
use tokio::sync::watch;

/// Bound: changes that are kept for browsers that come back. Who was away longer is told to begin anew.
const KEPT: usize = 1024;

/// A change with its number.
#[derive(Clone, Debug)]
pub(crate) struct Numbered {
    pub(crate) id: u64,
    pub(crate) change: Change,
}

/// What happened since a number.
#[derive(Debug)]
pub(crate) enum Since {
    /// These, in order; may be none.
    Changes(Vec<Numbered>),
    /// More than is kept, or a number of another process: begin anew, from this number.
    Reset(u64),
}

/// The bus: who changes something publishes, each live stream reads at its own pace.
///
/// Numbers begin at the time of the start in 1/1024 ms, so they grow across restarts as well: a browser
/// that comes back to a process that knows nothing of its number is told so, and misses nothing.
#[derive(Debug)]
pub struct Bus {
    ring: Mutex<Ring>,
    last: watch::Sender<u64>,
}

#[derive(Debug)]
struct Ring {
    /// The number before the first that is kept.
    before: u64,
    kept: VecDeque<Numbered>,
}

impl Bus {
    pub(crate) fn new(now_ms: i64) -> Self {
        let start = u64::try_from(now_ms).unwrap_or_default().saturating_mul(1024);
        let ring = Ring { before: start, kept: VecDeque::new() };
        Self { ring: Mutex::new(ring), last: watch::Sender::new(start) }
    }

    /// Tells all live streams that these changed.
    pub fn publish(&self, kind: ChangeKind, ids: impl IntoIterator<Item = String>) {
        let change = Change { kind, ids: ids.into_iter().collect() };
        let mut ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        let id = ring.kept.back().map_or(ring.before, |last| last.id).saturating_add(1);
        if ring.kept.len() >= KEPT
            && let Some(oldest) = ring.kept.pop_front()
        {
            ring.before = oldest.id;
        }
        ring.kept.push_back(Numbered { id, change });
        drop(ring);
        self.last.send_replace(id);
    }

    /// Wakes its owner when something was published.
    pub(crate) fn watch(&self) -> watch::Receiver<u64> {
        self.last.subscribe()
    }

    /// The number of the last change.
    pub(crate) fn now(&self) -> u64 {
        *self.last.borrow()
    }

    /// What happened after a number.
    pub(crate) fn since(&self, last: u64) -> Since {
        let ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        let newest = ring.kept.back().map_or(ring.before, |last| last.id);
        if last < ring.before || last > newest {
            return Since::Reset(newest);
        }
        Since::Changes(ring.kept.iter().filter(|kept| kept.id > last).cloned().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(since: Since) -> Vec<String> {
        match since {
            Since::Changes(all) => all.into_iter().flat_map(|one| one.change.ids).collect(),
            Since::Reset(_) => vec!["reset".to_owned()],
        }
    }

    #[test]
    fn who_comes_back_gets_what_was_missed_or_is_told_to_begin_anew() {
        let bus = Bus::new(1000);
        let start = bus.now();
        assert_eq!(ids(bus.since(start)), Vec::<String>::new());
        for n in 0..KEPT {
            bus.publish(ChangeKind::Job, [n.to_string()]);
        }
        assert_eq!(ids(bus.since(start)).len(), KEPT);
        assert_eq!(ids(bus.since(bus.now() - 1)), [(KEPT - 1).to_string()]);
        bus.publish(ChangeKind::Job, ["one more".to_owned()]);
        assert_eq!(ids(bus.since(start)), ["reset"]);
        assert_eq!(ids(bus.since(start + 1)).len(), KEPT);
        assert_eq!(ids(bus.since(bus.now() + 1)), ["reset"], "a number from the future");
    }

    #[test]
    fn numbers_of_a_later_process_are_greater() {
        let (before, after) = (Bus::new(1000), Bus::new(1002));
        for n in 0..1500 {
            before.publish(ChangeKind::Job, [n.to_string()]);
        }
        assert_eq!(ids(after.since(before.now())), ["reset"]);
    }
}
