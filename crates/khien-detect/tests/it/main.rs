//! Integration tests of the matchers, one binary.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]

mod advisories;
mod conformance;
mod prop_correlate;
mod prop_sigma;
mod reference;
mod sigmahq;
mod support;
