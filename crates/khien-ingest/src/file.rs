//! Opens a file, looks inside containers within limits, and gives each stream to its reader.
//!
//! Names inside archives are data: they are shown with the archive's name (`logs.zip!host/a.evtx`)
//! and never become paths on this machine.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::rc::Rc;
use std::sync::Arc;

use khien_model::{Event, Limits, RecordFormat, Untrusted};

use crate::dead_letter::{DeadLetter, Reason};
use crate::normalize::Normalizer;
use crate::read::{self, Context, StreamReport};
use crate::sniff::{Kind, SNIFF_BYTES, sniff};
use crate::walk::InputFile;
use crate::{Sink, Stream, Tap};

mod archive;
mod meter;
mod sparse;

pub use meter::ZstdFrames;
use meter::{LimitExceeded, Metered, Tally};

/// What one file held, its archive members together.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct FileReport {
    /// Records that became events, by format.
    pub records: BTreeMap<RecordFormat, u64>,
    /// Records and stretches that could not be read.
    pub dead: u64,
    /// Log streams read: 1 for a plain file, the number of members for an archive.
    pub streams: u64,
}

impl FileReport {
    /// Records of all formats.
    pub fn records_total(&self) -> u64 {
        self.records.values().fold(0, |sum, count| sum.saturating_add(*count))
    }
}

/// Reads one file to its end. Whatever goes wrong becomes a dead letter; the file as a whole never
/// fails. `progress` is told the bytes read from disk, a piece at a time.
pub fn read_file(
    input: &InputFile,
    normalizer: &mut Normalizer,
    limits: &Limits,
    sink: &mut dyn Sink,
    progress: &dyn Fn(u64),
) -> FileReport {
    let name = input.name();
    let mut opener = Opener::new(limits, normalizer, sink);
    match File::open(&input.path) {
        Ok(file) => {
            let mut file = Progress { inner: file, told: progress };
            opener.open_seekable(&name, &mut file, 0);
        }
        Err(error) => opener.dead(&name, 0, Reason::Unreadable, error.to_string()),
    }
    opener.report
}

/// Reads one stream (standard input, say) as if it were a file of this name.
pub fn read_stream(
    name: &Untrusted,
    stream: &mut dyn Read,
    normalizer: &mut Normalizer,
    limits: &Limits,
    sink: &mut dyn Sink,
) -> FileReport {
    let mut opener = Opener::new(limits, normalizer, sink);
    opener.open_stream(name, stream, 0);
    opener.report
}

/// Reads one stream that is known to be of a kind: nothing is told from its bytes, and nothing is
/// unpacked. For records whose sender said what they are.
pub fn read_as(
    kind: Kind,
    name: &Untrusted,
    stream: &mut dyn Read,
    normalizer: &mut Normalizer,
    limits: &Limits,
    sink: &mut dyn Sink,
) -> FileReport {
    let mut opener = Opener::new(limits, normalizer, sink);
    let position = Rc::new(Cell::new(0));
    let mut stream = Metered::counting(stream, Rc::clone(&position));
    opener.read_records(name, kind, &mut stream, &position, 0);
    opener.report
}

struct Opener<'a> {
    limits: &'a Limits,
    normalizer: &'a mut Normalizer,
    sink: &'a mut dyn Sink,
    event: Event,
    report: FileReport,
    /// Bytes that came out of decompressors so far, over all members.
    expanded: Rc<Tally>,
    members: u64,
}

impl<'a> Opener<'a> {
    fn new(limits: &'a Limits, normalizer: &'a mut Normalizer, sink: &'a mut dyn Sink) -> Self {
        Self {
            limits,
            normalizer,
            sink,
            event: Event::new(),
            report: FileReport::default(),
            expanded: Rc::new(Tally::default()),
            members: 0,
        }
    }

    fn dead(&mut self, name: &Untrusted, offset: u64, reason: Reason, detail: impl Into<String>) {
        self.report.dead = self.report.dead.saturating_add(1);
        let detail = Untrusted::new(detail);
        self.sink.dead(DeadLetter { file: name.clone(), offset, reason, detail });
    }

    /// A zip needs its end first, so a seekable stream is worth keeping as such.
    fn open_seekable<S: Read + Seek>(&mut self, name: &Untrusted, stream: &mut S, depth: usize) {
        let head = match peek(stream) {
            Ok(head) => head,
            Err(error) => return self.dead(name, 0, Reason::Unreadable, error.to_string()),
        };
        if let Err(error) = stream.seek(SeekFrom::Start(0)) {
            return self.dead(name, 0, Reason::Unreadable, error.to_string());
        }
        if sniff(&head, name.as_raw()) == Kind::Zip {
            self.open_zip(name, stream, depth);
        } else {
            self.open_stream(name, stream, depth);
        }
    }

    fn open_stream(&mut self, name: &Untrusted, stream: &mut dyn Read, depth: usize) {
        let head = match peek(stream) {
            Ok(head) => head,
            Err(error) => return self.broken(name, 0, &error, depth),
        };
        let kind = sniff(&head, name.as_raw());
        let position = Rc::new(Cell::new(0));
        let tap = match kind {
            Kind::Auditd | Kind::Evtx | Kind::Json | Kind::Syslog | Kind::ZeekTsv => {
                self.sink.stream(&Stream { name, kind, head: &head })
            }
            _ => None,
        };
        let mut stream =
            Metered::counting(io::Cursor::new(head).chain(stream), Rc::clone(&position));
        let container = matches!(kind, Kind::Gzip | Kind::Zstd | Kind::Tar | Kind::Zip);
        if container && depth >= self.limits.containers_max {
            let detail = format!("more than {} containers inside one another", depth);
            return self.dead(name, 0, Reason::LimitExceeded, detail);
        }
        match kind {
            Kind::Empty => self.dead(name, 0, Reason::Empty, "nothing to read"),
            Kind::Unknown => self.dead(name, 0, Reason::UnknownFormat, "no log format known here"),
            Kind::Gzip => {
                let unpacked = flate2::read::MultiGzDecoder::new(&mut stream);
                let mut unpacked = self.metered(unpacked, position);
                self.open_stream(name, &mut unpacked, depth.saturating_add(1));
            }
            Kind::Zstd => {
                let unpacked = ZstdFrames::new(&mut stream);
                let mut unpacked = self.metered(unpacked, position);
                self.open_stream(name, &mut unpacked, depth.saturating_add(1));
            }
            Kind::Tar => self.open_tar(name, &mut stream, depth),
            Kind::Zip => self.spool_zip(name, &mut stream, depth),
            _ => {
                let mut tapped = Tapped { stream: &mut stream, tap };
                self.read_records(name, kind, &mut tapped, &position, depth);
                self.sink.stream_ended();
            }
        }
    }

    fn metered<R: Read>(&self, unpacked: R, position: Rc<Cell<u64>>) -> Metered<R> {
        Metered::limited(unpacked, position, Rc::clone(&self.expanded), self.limits)
    }

    fn read_records(
        &mut self,
        name: &Untrusted,
        kind: Kind,
        stream: &mut dyn Read,
        position: &Cell<u64>,
        depth: usize,
    ) {
        let mut report = StreamReport::default();
        let mut ctx = Context {
            name,
            limits: self.limits,
            normalizer: &mut *self.normalizer,
            event: &mut self.event,
            sink: &mut *self.sink,
            report: &mut report,
        };
        let result = match kind {
            Kind::Auditd => read::auditd::read(stream, &mut ctx),
            Kind::Evtx => read::evtx::read(stream, &mut ctx),
            Kind::Json => read::json::read(stream, &mut ctx),
            Kind::ZeekTsv => read::zeek::read_tsv(stream, &mut ctx),
            _ => read::syslog::read(stream, &mut ctx),
        };
        for (format, count) in report.records {
            let sum = self.report.records.entry(format).or_default();
            *sum = sum.saturating_add(count);
        }
        self.report.dead = self.report.dead.saturating_add(report.dead);
        self.report.streams = self.report.streams.saturating_add(1);
        if let Err(error) = result {
            self.broken(name, position.get(), &error, depth);
        }
    }

    /// A stream that ended in an error: the container's fault inside one, else the machine's.
    fn broken(&mut self, name: &Untrusted, offset: u64, error: &io::Error, depth: usize) {
        let reason = if LimitExceeded::caused(error) {
            Reason::LimitExceeded
        } else if depth > 0 {
            Reason::DamagedContainer
        } else {
            Reason::Unreadable
        };
        self.dead(name, offset, reason, error.to_string());
    }

    fn count_member(&mut self, name: &Untrusted) -> bool {
        self.members = self.members.saturating_add(1);
        let within = self.members <= self.limits.members_max;
        if !within {
            let detail = format!("more than {} members", self.limits.members_max);
            self.dead(name, 0, Reason::LimitExceeded, detail);
        }
        within
    }
}

/// The first bytes of a stream; an error only when there is nothing before it.
fn peek<R: Read + ?Sized>(stream: &mut R) -> io::Result<Vec<u8>> {
    let mut head = vec![0; SNIFF_BYTES];
    let mut filled = 0_usize;
    while let Some(space) = head.get_mut(filled..).filter(|space| !space.is_empty()) {
        match stream.read(space) {
            Ok(0) => break,
            Ok(read) => filled = filled.saturating_add(read),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if filled == 0 => return Err(error),
            // The error comes again when the reader gets there.
            Err(_) => break,
        }
    }
    head.truncate(filled);
    Ok(head)
}

/// A stream with what its sink put before it.
struct Tapped<'s> {
    stream: &'s mut dyn Read,
    tap: Option<Arc<dyn Tap>>,
}

impl Read for Tapped<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match &self.tap {
            Some(tap) => tap.read(self.stream, out),
            None => self.stream.read(out),
        }
    }
}

/// Tells how many bytes were read from disk.
struct Progress<'p, R> {
    inner: R,
    told: &'p dyn Fn(u64),
}

impl<R: Read> Read for Progress<'_, R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(out)?;
        (self.told)(u64::try_from(read).unwrap_or(u64::MAX));
        Ok(read)
    }
}

impl<R: Seek> Seek for Progress<'_, R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}

#[cfg(test)]
mod tests;
