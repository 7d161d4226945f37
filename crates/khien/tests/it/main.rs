//! Integration tests of the command line, one binary.

mod cli;
mod content;
mod corpora;
mod output;
mod sigmahq;
