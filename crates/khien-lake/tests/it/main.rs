//! The lake as its callers use it, on real files.

mod faults;
mod hunts;
mod rows;
mod support;
