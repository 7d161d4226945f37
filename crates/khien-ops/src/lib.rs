//! What the command line and the server do alike: scan logs, ingest them, ask whether an advisory hits,
//! hunt, follow releases, vet updates in a confined child. Functions that take their inputs and return
//! reports; how these are shown is the caller's.

#![forbid(unsafe_code)]

pub mod check;
pub mod content;
pub mod exceptions;
pub mod exit;
pub mod held;
pub mod hunt;
pub mod ingest;
pub mod lineage;
pub mod live;
pub mod scan;
mod stored;
pub mod vet;
