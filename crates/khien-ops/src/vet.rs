//! Vetting as a process: hostile files are read in children that may do nothing but compute.
//!
//! The parent opens files and decides; a [`child`] is this program again, confined by `confine`,
//! which gets the bytes of one release through a pipe and gives back its profile. [`run`] starts the
//! children and makes a gap of every one that does not come back; `wire` is what they say to each
//! other; [`outcome`] puts together what is reported, [`document`] is that for programs; [`lineage_folder`] keeps profiles for the next
//! time.

pub mod capability;
pub mod child;
mod confine;
mod continuity;
pub mod decided;
pub mod document;
pub mod lineage_folder;
pub mod outcome;
pub mod run;
mod source;
mod wire;
