//! The command line of Khiên as a library, so that tests can start what the binary starts.

#![forbid(unsafe_code)]

pub mod args;
pub mod check;
pub mod commands;
pub mod content;
pub mod exceptions;
pub mod exit;
pub mod hunt;
pub mod ingest;
pub mod lineage;
pub mod output;
pub mod progress;
pub mod scan;
mod stored;
pub mod vet;

pub use khien_text as i18n;
