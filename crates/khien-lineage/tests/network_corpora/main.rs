//! Network engines on real records that lie beside the checkout; a plain clone skips them.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its data fails")]
#![expect(clippy::print_stdout, reason = "measurements are shown with --nocapture")]

mod beacon;
mod join;
mod memory;
mod rita;
mod zeek;
