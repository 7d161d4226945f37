//! Network engines on real records and at scale.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its data fails")]
#![expect(clippy::print_stdout, reason = "measurements are shown with --nocapture")]

mod network_corpora;
