//! Integration tests of the matchers, one binary.

mod conformance;
mod prop_correlate;
mod prop_sigma;
mod reference;
mod sigmahq;
mod support;
