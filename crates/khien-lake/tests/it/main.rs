//! The lake as its callers use it, on real files.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]

mod faults;
mod hunts;
mod retention;
mod rows;
mod support;
