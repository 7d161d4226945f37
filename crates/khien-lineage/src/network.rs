//! What traffic tells without an indicator: rhythm, novelty, volume and direction.
//!
//! Every engine here takes typed values and times and returns values: no clock, no socket, no
//! file. Timing alone is never precise (RITA's own score of 0.7 and above flags 17.8 pairs a
//! host and day on benign traffic), so these engines return evidence in numbers, and the caller
//! weighs it together with novelty per application and release. What is a *verdict* is decided
//! elsewhere.
//!
//! Keys are 64-bit ids ([`Key`]): the caller keeps the names. Every engine that remembers is
//! bounded and counts what it forgot.

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
