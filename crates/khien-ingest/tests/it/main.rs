//! Tests of the readers on what a whole simulated fleet writes.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod fleet;
