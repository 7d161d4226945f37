//! What is remembered of every (host, application, destination): little of all, everything of few.
//!
//! A [`HotState`] is at most 192 bytes and is kept for millions of keys. Exact times are kept only of
//! candidates ([`Ring`]): keys that the caller calls rare, and keys whose gaps are more alike than
//! chance has it so far. The [`Table`] is bounded. When it is full, a key with few contacts gives
//! way, never a candidate, so that a scan of a hundred million addresses costs the scanner's own keys.
//!
//! Contacts are expected in order of time; [`super::order`] puts them so within a window.

use khien_model::Timestamp;

use super::Key;
use super::beacon::Sizes;

mod hot;
mod index;
mod ring;
mod table;

#[cfg(test)]
mod tests;

pub use hot::HotState;
pub use ring::Ring;
pub use table::{Bounds, Counts, Observed, Table};

/// Who talks to whom.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Triple {
    /// The host.
    pub host: Key,
    /// The application on it.
    pub application: Key,
    /// What it talks to.
    pub destination: Key,
}

/// One connection, as far as the state needs it.
#[derive(Clone, Copy, Debug)]
pub struct Contact {
    /// Who talks to whom.
    pub who: Triple,
    /// When it began.
    pub time: Timestamp,
    /// Bytes that the host sent.
    pub sent: u64,
    /// Bytes that came back.
    pub received: u64,
    /// Whether it was answered.
    pub outcome: Outcome,
}

/// Whether a connection was answered. Failed ones are counted apart: a server that is down is a
/// signal, but not a beacon.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// It was.
    Answered,
    /// It was not (Zeek's `S0`, `REJ`).
    Failed,
}

/// What the caller knows of a key when it is contacted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Hint {
    /// Nothing that would make it a candidate.
    Common,
    /// The destination, or this application at this destination, is rare: keep exact times.
    Rare,
}

/// Seconds since 1970 as 32 bits (until the year 2106).
fn seconds(time: Timestamp) -> u32 {
    let seconds = time.as_nanos().div_euclid(1_000_000_000).max(0);
    u32::try_from(seconds).unwrap_or(u32::MAX)
}
