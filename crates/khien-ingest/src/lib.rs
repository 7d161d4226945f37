//! Raw records of every supported source to normalised events; loses no line.
//!
//! The way of one record: [`walk()`] finds the file, [`mod@file`] opens it and looks inside containers
//! (gzip, zstd, zip, tar) within [`khien_model::Limits`], [`sniff`] tells the format from the
//! content, a reader under [`read`] cuts records and parses them into an [`Event`], and [`normalize`]
//! gives the event its time, host, class and log sources. The [`Sink`] gets the event, or a
//! [`DeadLetter`] with file, offset and reason. A damaged record never costs its neighbours.
//!
//! This crate keeps no clock, starts no thread and never reads a file whole, except a single record
//! within its limit.

#![forbid(unsafe_code)]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects, clippy::indexing_slicing))]

pub mod dead_letter;
pub mod file;
pub mod flatten;
pub mod mapping;
pub mod normalize;
pub mod osquery;
pub mod otlp;
pub mod read;
pub mod sniff;
pub mod tree;
pub mod walk;

#[cfg(test)]
mod testing;

pub use dead_letter::{DeadLetter, Reason};
pub use file::{FileReport, read_file};
pub use mapping::Mapping;
pub use normalize::Normalizer;
pub use walk::{InputFile, Skipped, Walk, walk};

use std::io::{self, Read};
use std::sync::Arc;

use khien_model::{Event, RecordFormat, Untrusted};

use crate::sniff::Kind;

/// Where a record stands in its (decompressed) file.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Place {
    /// The record's number in its file, from 1; the event record id for EVTX.
    pub record: u64,
    /// Byte offset of the record's start in the decompressed stream.
    pub offset: u64,
}

/// A log stream (a file, what a compressed file holds, or a member of an archive) before it is read.
#[derive(Clone, Copy, Debug)]
pub struct Stream<'a> {
    /// Its name for people.
    pub name: &'a Untrusted,
    /// What it holds.
    pub kind: Kind,
    /// Its first bytes: at most [`sniff::SNIFF_BYTES`], fewer only where it has fewer so far.
    pub head: &'a [u8],
}

/// Stands between a log stream and its reader.
pub trait Tap {
    /// Reads from the stream in the reader's place. It may look at what passes, keep bytes back, or
    /// end the reading with an error.
    ///
    /// # Errors
    ///
    /// The stream's own error, or one with which the tap ends the reading.
    fn read(&self, stream: &mut dyn Read, out: &mut [u8]) -> io::Result<usize>;
}

/// Takes what a reader finds.
pub trait Sink {
    /// A log stream begins; what is given back stands between it and its reader.
    fn stream(&mut self, _stream: &Stream<'_>) -> Option<Arc<dyn Tap>> {
        None
    }

    /// The stream that began last has ended, whole or not.
    fn stream_ended(&mut self) {}

    /// One normalised event and the format it was read from; tells [`Sink::event`] by default.
    fn record(&mut self, event: &Event, _format: RecordFormat, place: Place) {
        self.event(event, place);
    }

    /// One normalised event. The event is reused for the next record once this returns.
    fn event(&mut self, event: &Event, place: Place);

    /// One record, or stretch of a file, that could not be read.
    fn dead(&mut self, letter: DeadLetter);
}
