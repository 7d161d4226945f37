//! Decides about one update: releases in, a report with a decision out.
//!
//! The life of a request: [`profile::profile`] opens one release and keeps a summary of every file
//! in it; [`pair::pair`] says which file of the new release continues which of the old ones;
//! [`depart::departures`] lists what is new to the lineage; the stories look for facts of several
//! files that belong together; [`judge::judge`] weighs it all and writes the [`report::Report`].
//! Profiles hold no bytes, so that they can be kept and handed between processes.

#![forbid(unsafe_code)]

pub mod baseline;
pub mod depart;
pub mod identity;
pub mod judge;
#[cfg(test)]
mod made;
mod manifest;
pub mod pair;
pub mod profile;
pub mod report;
mod story;
pub mod traits;
pub mod version;

pub use judge::{judge, judge_within};
pub use profile::{FileProfile, ReleaseProfile};
pub use report::Report;
