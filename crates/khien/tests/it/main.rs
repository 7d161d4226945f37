//! Integration tests of the command line, one binary.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]

mod cli;
mod content;
mod corpora;
mod ingest;
mod lake;
mod lineage;
mod output;
mod program;
mod queries;
mod server;
mod sigmahq;
mod tables;
mod vet;
