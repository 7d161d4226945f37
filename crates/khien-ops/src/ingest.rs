//! `khien ingest`: reads logs into the lake, each record once, and looks for rules and indicators
//! on the way.
//!
//! A log stream (a file, what a compressed file holds, a member of an archive) is a *source*. It is
//! known by its content and not by its name: with every batch the lake keeps how long the part read
//! so far is and its hash ([`checkpoint`], [`content`]). A stream whose beginning is that part is a
//! continuation, and what is known of it is passed over ([`tap`]). Rows, and how far their sources
//! are read, become part of the lake in one commit ([`batch`]), so a process that was killed has
//! lost nothing that was acknowledged, and doubles nothing when it is started again.

pub mod batch;
pub mod checkpoint;
pub mod chunks;
pub mod content;
pub mod follow;
pub mod found;
pub mod known;
pub mod run;
pub mod sink;
pub mod tap;
