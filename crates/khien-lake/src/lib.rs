//! Keeps events for years and finds them again.
//!
//! A lake is a folder of Delta Lake tables, which any engine that knows Delta can read. `events` has
//! a row for everything that happened; `sightings`, `behaviour` and `coverage` are small tables
//! derived from it, which answer in an instant what a search of all events would take minutes for:
//! was this seen, where, since when; is this new for that program; could we have seen it at all.
//!
//! The life of a row: [`row::RowBuffer`] makes columns and roll-ups of an event, [`Lake::store`]
//! writes and commits them, [`Lake::compact`] sorts and merges files later, [`Lake::query`] reads
//! with SQL, [`Lake::retro_hunt`] finds indicators, [`Lake::each_event`] gives events to rules.
//!
//! Calls block. The table format's library is asynchronous; it runs on a runtime inside the lake.

#![forbid(unsafe_code)]

mod answer;
mod ask;
pub mod at;
mod buffer;
mod care;
pub mod columns;
mod compact;
mod derive;
mod encoding;
mod error;
mod fingerprint;
mod history;
mod lake;
mod layout;
mod memo;
mod mend;
mod parquet_file;
mod program;
pub mod restore;
mod retain;
mod retro;
pub mod rollup;
pub mod row;
mod scan;
mod seen;
mod sql;
mod stats;
mod store;
mod table;
mod template;
mod temporary;
mod times;
mod words;
mod write;

pub use answer::Answer;
pub use ask::{Did, Host, HostData, Installed, ReleaseUse, Span};
pub use care::{Fault, GRACE, Repaired, TableSize};
pub use compact::{Compacted, Compaction};
pub use derive::{REACH_KINDS, REACH_OVERFLOW};
pub use error::LakeError;
pub use history::{Selection, Walked};
pub use lake::{EVENTS, FORMAT, Lake};
pub use mend::Remade;
pub use retain::{Going, Retained, Retention, RetentionPlan};
pub use retro::{Retro, Seen};
pub use sql::{QueryLimits, views};
pub use store::DurableFiles;
pub use write::{Progress, Receipt};
