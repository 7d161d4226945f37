//! Sigma rules: loading, preparing, matching, explaining.
//!
//! Parsing and comparing come from `rsigma-parser` and `rsigma-eval`. Ours are which rules are tried
//! on an event (`plan`, `candidates`), and what decides whether a rule meets the events it was
//! written for: the log sources an event belongs to ([`shard`]), the flat event (`view`), preparation
//! ([`prepare`]: placeholders, filters, selectors with several stars, names that do not exist), and
//! the account of what could not fire and why ([`coverage`]).

mod aliases;
mod bits;
mod candidates;
pub mod coverage;
pub mod document;
pub mod explain;
pub mod load;
pub mod needs;
mod plan;
pub mod prepare;
mod program;
mod rewrite;
pub mod rule;
pub mod shard;
mod values;
mod view;
mod witness;
mod words;

pub use coverage::{Coverage, Inert, InertReason};
pub use document::{About, Document, DocumentKind};
pub use explain::{Trace, explain};
pub use load::{LoadOptions, Problem, ProblemKind, RuleSource};
pub use rule::{Rule, RuleSet};
pub use shard::{Match, MatchedField, Matcher};
