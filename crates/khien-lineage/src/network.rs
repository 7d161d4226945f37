//! What traffic tells without an indicator: rhythm, novelty, volume and direction.
//!
//! Every engine here takes typed values and times and returns values: no clock, no socket, no
//! file. Timing alone is never precise (RITA's own score of 0.7 and above flags 17.8 pairs a
//! host and day on benign traffic), so these engines return evidence in numbers, and the caller
//! weighs it together with novelty per application and release. What is a *verdict* is decided
//! elsewhere.
//!
//! Keys are 64-bit ids ([`Key`]): the caller keeps the names. Every engine that remembers is
//! bounded and counts what it forgot. Engines expect things in order of time; [`order`] puts them so
//! within a window, and live, shuffled and replayed records then find the same.
//!
//! | Module | Question |
//! | --- | --- |
//! | [`record`] | What of an event do the engines take? |
//! | [`order`] | What came late, and where does it belong? |
//! | [`join`] | Which process made this flow? |
//! | [`state`] | What is remembered of every host, application and destination? |
//! | [`beacon`] | Is there a machine's rhythm? |
//! | [`rita`] | What would RITA say? |
//! | [`hosting`] | Who is behind this name, and what followed a first fetch from shared hosting? |
//! | [`dns`] | Do names carry data out? |
//! | [`volume`] | Is an upload more than usual? |
//! | [`long`] | Is a presence longer than usual for its application? |
//! | [`edges`] | Who reaches whom for the first time, and how many? |
//!
//! ```
//! use khien_lineage::network::state::{Bounds, Contact, Hint, Outcome, Table, Triple};
//! use khien_lineage::network::Key;
//! use khien_model::Timestamp;
//!
//! let mut table = Table::new(Bounds { keys: 10_000, ..Bounds::default() });
//! let who = Triple { host: Key(1), application: Key(2), destination: Key(3) };
//! let mut now = Timestamp::from_nanos(0);
//! for tick in 0..40 {
//!     now = Timestamp::from_nanos((tick * 1800 + tick * 977 % 600) * 1_000_000_000);
//!     let contact = Contact { who, time: now, sent: 700, received: 90, outcome: Outcome::Answered };
//!     table.observe(&contact, Hint::Rare);
//! }
//! let found = table.evidence(who, now).unwrap();
//! assert!(found.nats > 8.0);
//! assert!(found.sentence().starts_with("39 sleeps in 24.0 h, median 26 min, jitter about 30 %"));
//! ```

pub mod beacon;
pub mod dns;
pub mod edges;
pub mod hosting;
pub mod join;
pub mod long;
pub mod order;
pub mod record;
pub mod rita;
pub mod state;
pub mod volume;

mod number;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

/// The caller's id of a host, application, destination, process or account. The caller keeps the
/// names; equal ids mean the same thing.
#[derive(
    Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize,
)]
pub struct Key(pub u64);
