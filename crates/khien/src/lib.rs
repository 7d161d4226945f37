//! The command line of Khiên as a library, so that tests can start what the binary starts.

#![forbid(unsafe_code)]

pub mod exit;
pub mod i18n;
pub mod output;
pub mod scan;
