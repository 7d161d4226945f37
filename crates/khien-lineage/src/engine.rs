//! The engine: events in, in any order within the lateness; findings and releases out.
//!
//! Acts wait until everything that may be older has come, and are then looked at in the order of time,
//! so that a live stream, a shuffled one and the lake give the same findings. The engine asks no clock:
//! time is what events say, and what [`Engine::advance`] says.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use khien_model::{Event, Timestamp};
use serde::{Deserialize, Serialize};

use crate::act::{Act, Reader};
use crate::exception::{Exception, ExceptionError};
use crate::finding::Finding;
use crate::state::{Bounds, Losses, State};
use crate::{RuntimeRates, Vetted};

mod view;

pub use view::{HostRelease, LineageView, ReleaseView, Showing};

/// How the engine works.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// How late an event may come and still be looked at in order, in seconds.
    pub lateness_s: u32,
    /// What is kept.
    pub bounds: Bounds,
}

impl Default for Config {
    fn default() -> Self {
        Self { lateness_s: 300, bounds: Bounds::default() }
    }
}

/// An event that says it is more than this after its receipt has a wrong clock.
const AHEAD_MAX: i64 = crate::fleet::DAY;
/// What is older than this, against what was looked at, belongs to a replay and not to the stream.
const LATE_MAX: i64 = 30 * crate::fleet::DAY;

/// Finds what releases newly do.
#[derive(Debug)]
pub struct Engine {
    config: Config,
    rates: RuntimeRates,
    reader: Reader,
    waiting: Waiting,
    /// The latest time that an event said.
    latest: i64,
    state: State,
}

/// Acts that wait for their turn. The heap holds places only: acts are large, and a heap moves what
/// it holds.
#[derive(Debug, Default)]
struct Waiting {
    heap: BinaryHeap<Reverse<(i64, u64, u32)>>,
    acts: Vec<Act>,
    free: Vec<u32>,
}

impl Waiting {
    fn push(&mut self, act: Act) {
        let at = match self.free.pop() {
            Some(at) => at,
            None => u32::try_from(self.acts.len()).unwrap_or(u32::MAX),
        };
        match self.acts.get_mut(at as usize) {
            Some(place) => *place = act,
            None => self.acts.push(act),
        }
        self.heap.push(Reverse((act.time, act.key, at)));
    }

    fn pop(&mut self) -> Option<Act> {
        let Reverse((.., at)) = self.heap.pop()?;
        self.free.push(at);
        self.acts.get(at as usize).copied()
    }

    fn first(&self) -> Option<i64> {
        self.heap.peek().map(|Reverse((time, ..))| *time)
    }

    fn iter(&self) -> impl Iterator<Item = &Act> {
        self.heap.iter().filter_map(|Reverse((.., at))| self.acts.get(*at as usize))
    }

    fn memory_bytes(&self) -> usize {
        self.acts.capacity() * size_of::<Act>()
            + self.heap.capacity() * 24
            + self.free.capacity() * 4
    }
}

/// The version of the form of [`Snapshot`].
const SNAPSHOT: u32 = 6;

/// All that an engine knows, to be stored.
#[derive(Debug, Serialize, Deserialize)]
pub struct Snapshot {
    form: u32,
    latest: i64,
    waiting: Vec<Act>,
    state: State,
}

/// Why a snapshot cannot be taken up.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SnapshotError {
    /// It was made by a version with another form: the baseline must be made again from the lake.
    #[error("the snapshot has form {0}, and this version reads {SNAPSHOT}")]
    Form(u32),
}

impl Engine {
    /// A new engine that knows nothing.
    pub fn new(config: Config, rates: RuntimeRates) -> Self {
        Self {
            config,
            rates,
            reader: Reader::default(),
            waiting: Waiting::default(),
            latest: i64::MIN,
            state: State::default(),
        }
    }

    /// Takes an event of an organisation. `host` is for events that name none, `received` for those
    /// without a time.
    pub fn observe(&mut self, event: &Event, org: &str, host: &str, received: Timestamp) {
        let words = &mut self.state.words;
        let Some(mut act) = self.reader.read(event, org, host, received, words) else { return };
        // Hostile: one clock in the next century would make everything after it late.
        if received.as_nanos() > 0 && act.time > received.as_nanos().saturating_add(AHEAD_MAX) {
            self.state.losses.ahead += 1;
            act.time = received.as_nanos();
        }
        let ripe = self.ripe();
        if act.time < self.state.time {
            if self.state.time.saturating_sub(act.time) > LATE_MAX {
                self.state.losses.too_old += 1;
                return;
            }
            self.state.losses.late += 1;
        }
        self.latest = self.latest.max(act.time);
        self.waiting.push(act);
        if self.waiting.heap.len() > self.config.bounds.waiting_max {
            self.state.losses.hurried += 1;
            self.look_at_next();
        }
        if self.ripe() > ripe {
            self.look_until(self.ripe());
        }
        self.sweep();
    }

    /// Nothing older than this will come any more.
    fn ripe(&self) -> i64 {
        self.latest.saturating_sub(i64::from(self.config.lateness_s) * 1_000_000_000)
    }

    fn look_until(&mut self, time: i64) {
        while self.waiting.first().is_some_and(|first| first <= time) {
            self.look_at_next();
        }
    }

    fn look_at_next(&mut self) {
        if let Some(act) = self.waiting.pop() {
            self.state.apply(&act, &self.rates, &self.config.bounds);
        }
    }

    /// Says that nothing before this time will come any more.
    pub fn advance(&mut self, watermark: Timestamp) {
        let time = watermark.as_nanos();
        self.look_until(time);
        self.state.settle(time, &self.rates, &self.config.bounds);
        // An engine that knows nothing has no days behind it.
        if self.state.acts > 0 {
            self.state.pass(time, &self.rates);
        }
    }

    fn sweep(&mut self) {
        let texts_max = self.config.bounds.texts_max;
        if self.state.words.len() <= texts_max {
            return;
        }
        let waiting = self.waiting.iter().flat_map(Act::words);
        self.state.sweep(waiting);
        // Hostile: what is needed fills the room by itself; the lineages that are used least go.
        if self.state.words.len() > texts_max - texts_max / 10 {
            self.state.make_room();
            let waiting = self.waiting.iter().flat_map(Act::words);
            self.state.sweep(waiting);
        }
    }

    /// Every finding, strongest first. Exceptions hold by the time of the last act.
    pub fn findings(&self) -> Vec<Finding> {
        self.state.findings(Timestamp::from_nanos(self.state.time))
    }

    /// Every departure under watch, as the finding that it would be: what stands below the threshold too.
    pub fn watched(&self) -> Vec<Finding> {
        self.state.all_watched()
    }

    /// Every finding, as [`Engine::findings`]; exceptions hold by a time of the caller's. Whoever asks of
    /// history asks today, and an exception that was made today is about it.
    pub fn findings_at(&self, now: Timestamp) -> Vec<Finding> {
        self.state.findings(now)
    }

    /// Adds what vetting found in a release's files that earlier ones had not, before or after somebody
    /// runs it: it counts from the next look on. `false` when it names no product or no version, or there
    /// is no room.
    pub fn vetted(&mut self, vetted: &Vetted) -> bool {
        let State { vetted: known, resolver, words, .. } = &mut self.state;
        known.add(vetted, resolver, words)
    }

    /// Adds an exception.
    ///
    /// # Errors
    ///
    /// [`ExceptionError`] when it is too wide or does not end.
    pub fn except(&mut self, exception: Exception) -> Result<(), ExceptionError> {
        exception.check()?;
        self.state.exceptions.push(exception);
        Ok(())
    }

    /// Exceptions, those that have ended included.
    pub fn exceptions(&self) -> &[Exception] {
        &self.state.exceptions
    }

    /// Lineages with their releases, by organisation, publisher and product.
    pub fn lineages(&self) -> Vec<LineageView> {
        self.state.lineages()
    }

    /// What did not fit or came too late.
    pub fn losses(&self) -> Losses {
        self.state.losses()
    }

    /// Acts looked at so far.
    pub const fn acts(&self) -> u64 {
        self.state.acts
    }

    /// Rough bytes of memory.
    pub fn memory_bytes(&self) -> usize {
        self.state.memory_bytes() + self.waiting.memory_bytes()
    }

    /// All that the engine knows, to be stored.
    pub fn snapshot(&self) -> Snapshot {
        let waiting = self.waiting.iter().copied().collect();
        Snapshot { form: SNAPSHOT, latest: self.latest, waiting, state: self.state.clone() }
    }

    /// An engine that goes on where a snapshot was taken.
    ///
    /// # Errors
    ///
    /// [`SnapshotError`] when the snapshot has another form.
    pub fn restore(
        config: Config,
        rates: RuntimeRates,
        snapshot: Snapshot,
    ) -> Result<Self, SnapshotError> {
        let Snapshot { form, latest, waiting, state } = snapshot;
        if form != SNAPSHOT {
            return Err(SnapshotError::Form(form));
        }
        let mut buffer = Waiting::default();
        waiting.into_iter().for_each(|act| buffer.push(act));
        Ok(Self { config, rates, reader: Reader::default(), waiting: buffer, latest, state })
    }
}

#[cfg(test)]
mod tests;
