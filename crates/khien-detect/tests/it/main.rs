//! Integration tests of the matchers, one binary.

mod conformance;
mod sigmahq;
mod support;
