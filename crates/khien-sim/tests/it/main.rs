//! Tests of the simulator through its public face.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod fleet;
mod fleet_apart;
mod fleet_incidents;
mod folder;
mod formats;
mod prop_seeds;
mod truth;
mod variants;
mod written;
