//! The command line of Khiên as a library, so that tests can start what the binary starts.

#![forbid(unsafe_code)]

pub mod args;
pub mod commands;
pub mod output;
pub mod progress;
