//! The members of tar and zip archives.

use std::cell::Cell;
use std::io::{self, Read, Seek, SeekFrom};
use std::rc::Rc;

use khien_model::Untrusted;

use super::Opener;
use super::meter::Fenced;
use super::sparse::Sparse;
use crate::dead_letter::Reason;

/// Bound: bytes of headers, long names and padding before one tar member; the archive's reader
/// keeps them in memory.
const HEADERS_BYTES_MAX: u64 = 8 << 20;

impl Opener<'_> {
    pub(super) fn open_tar(&mut self, name: &Untrusted, stream: &mut dyn Read, depth: usize) {
        let before = (self.report.streams, self.report.dead);
        let until = Rc::new(Cell::new(HEADERS_BYTES_MAX));
        let mut fenced = Fenced { inner: &mut *stream, at: 0, until: Rc::clone(&until) };
        let mut archive = tar::Archive::new(&mut fenced);
        // Hostile: an archive behind the end of another is read too.
        archive.set_ignore_zeros(true);
        let entries = match archive.entries() {
            Ok(entries) => entries,
            Err(error) => return self.broken(name, 0, &error, depth.max(1)),
        };
        for entry in entries {
            let mut entry = match entry {
                Ok(entry) => entry,
                Err(error) => return self.broken(name, 0, &error, depth.max(1)),
            };
            let end = entry.raw_file_position().saturating_add(stored_bytes(&entry));
            until.set(u64::MAX);
            if !self.open_tar_member(name, &mut entry, depth) {
                return;
            }
            until.set(end.saturating_add(HEADERS_BYTES_MAX));
        }
        // What follows the last member is padding; reading it shows damage to the container.
        if let Err(error) = io::copy(stream, &mut io::sink()) {
            self.broken(name, 0, &error, depth.max(1));
        }
        self.note_empty(name, before);
    }

    /// Reads one member; `false` when there were too many.
    fn open_tar_member<R: Read>(
        &mut self,
        name: &Untrusted,
        entry: &mut tar::Entry<'_, R>,
        depth: usize,
    ) -> bool {
        let kind = entry.header().entry_type();
        let inner = member(name, &entry.path_bytes());
        let stored = stored_bytes(entry);
        if !(kind.is_file() || kind.is_contiguous() || kind.is_gnu_sparse()) {
            // Folders, links and devices hold nothing; a list of properties for all members is no log.
            // Hostile: one that does hold something may be a member whose kind was changed.
            if stored > 0 && !(kind.is_pax_global_extensions() && is_plain(entry)) {
                self.dead(&inner, 0, Reason::DamagedPart, "a kind of member that is not read here");
            }
            return true;
        }
        if !self.count_member(name) {
            return false;
        }
        // Holes come out of nothing, so they are limited like what a decompressor makes.
        let packed = || Rc::new(Cell::new(stored));
        let deeper = depth.saturating_add(1);
        match pax_sparse(entry) {
            PaxSparse::No if kind.is_gnu_sparse() => {
                let mut whole = self.metered(entry, packed());
                self.open_stream(&inner, &mut whole, deeper);
            }
            PaxSparse::No => self.open_stream(&inner, entry, deeper),
            PaxSparse::MapFirst(real) => match Sparse::new(entry, real) {
                Ok(whole) => {
                    let mut whole = self.metered(whole, packed());
                    self.open_stream(&inner, &mut whole, deeper);
                }
                Err(error) => self.broken(&inner, 0, &error, deeper),
            },
            PaxSparse::Other => {
                let detail =
                    "a sparse member in a form that is not expanded; read without its holes";
                self.dead(&inner, 0, Reason::DamagedPart, detail);
                self.open_stream(&inner, entry, deeper);
            }
        }
        true
    }

    /// An archive that gave neither a stream nor a dead letter: nobody may take it for a log
    /// without findings.
    fn note_empty(&mut self, name: &Untrusted, before: (u64, u64)) {
        if before == (self.report.streams, self.report.dead) {
            self.dead(name, 0, Reason::Empty, "an archive without a file in it");
        }
    }

    /// A zip inside something else is put aside first, in memory or (when large) in a file.
    pub(super) fn spool_zip(&mut self, name: &Untrusted, stream: &mut dyn Read, depth: usize) {
        const IN_MEMORY_BYTES: usize = 32 << 20;
        let mut spool = tempfile::SpooledTempFile::new(IN_MEMORY_BYTES);
        if let Err(error) = io::copy(stream, &mut spool) {
            self.broken(name, 0, &error, depth);
        }
        match spool.seek(SeekFrom::Start(0)) {
            Ok(_) => self.open_zip(name, &mut spool, depth),
            Err(error) => self.dead(name, 0, Reason::Unreadable, error.to_string()),
        }
    }

    pub(super) fn open_zip<S: Read + Seek>(
        &mut self,
        name: &Untrusted,
        stream: &mut S,
        depth: usize,
    ) {
        let opened = zip::ZipArchive::new(&mut *stream);
        // Hostile: a second, smaller list behind an archive would hide the members of the first.
        let listed = opened.and_then(|archive| match (archive.len(), archive.offset()) {
            (0, _) => Err(zip::result::ZipError::InvalidArchive("it lists no member".into())),
            (_, 0) => Ok(archive),
            (_, _) => Err(zip::result::ZipError::InvalidArchive(
                "something stands before the archive that its list does not name".into(),
            )),
        });
        let mut archive = match listed {
            Ok(archive) => archive,
            // The list at the end is damaged or cut off: read the members one after another.
            Err(error) => {
                self.dead(name, 0, Reason::DamagedContainer, error.to_string());
                if stream.seek(SeekFrom::Start(0)).is_ok() {
                    self.stream_zip(name, stream, depth);
                }
                return;
            }
        };
        let before = (self.report.streams, self.report.dead);
        for index in 0..archive.len() {
            if !self.count_member(name) {
                return;
            }
            let raw = archive.by_index_raw(index).map(|m| (m.encrypted(), m.name_raw().to_vec()));
            match raw {
                Ok((true, raw)) => {
                    let inner = member(name, &raw);
                    self.dead(&inner, 0, Reason::Encrypted, "give the unpacked file instead");
                    continue;
                }
                Ok(_) => {}
                Err(error) => {
                    self.dead(name, 0, Reason::DamagedContainer, error.to_string());
                    continue;
                }
            }
            match archive.by_index(index) {
                Ok(file) => self.open_zip_member(name, file, depth),
                Err(error) => self.dead(name, 0, Reason::DamagedContainer, error.to_string()),
            }
        }
        match unlisted_bytes(archive) {
            Ok(0) => {}
            Ok(bytes) => {
                let detail = format!("{bytes} bytes that the archive's list does not name");
                self.dead(name, 0, Reason::DamagedContainer, detail);
            }
            Err(error) => self.dead(name, 0, Reason::DamagedContainer, error.to_string()),
        }
        self.note_empty(name, before);
    }

    fn stream_zip(&mut self, name: &Untrusted, stream: &mut dyn Read, depth: usize) {
        let mut stream = stream;
        while self.count_member(name) {
            match zip::read::read_zipfile_from_stream(&mut stream) {
                Ok(Some(file)) => self.open_zip_member(name, file, depth),
                Ok(None) | Err(_) => return,
            }
        }
    }

    fn open_zip_member<R: Read>(
        &mut self,
        name: &Untrusted,
        file: zip::read::ZipFile<'_, R>,
        depth: usize,
    ) {
        if file.is_dir() {
            return;
        }
        let inner = member(name, file.name_raw());
        let packed = Rc::new(Cell::new(file.compressed_size().max(1)));
        let mut unpacked = self.metered(file, packed);
        self.open_stream(&inner, &mut unpacked, depth.saturating_add(1));
    }
}

fn member(archive: &Untrusted, name: &[u8]) -> Untrusted {
    Untrusted::new(format!("{}!{}", archive.as_raw(), String::from_utf8_lossy(name)))
}

/// How many bytes a tar member takes in its archive, without padding.
fn stored_bytes<R: Read>(entry: &tar::Entry<'_, R>) -> u64 {
    let header = entry.header();
    if header.entry_type().is_gnu_sparse() {
        header.entry_size().unwrap_or(0)
    } else {
        entry.size()
    }
}

/// How a tar member says in its properties that it is sparse.
enum PaxSparse {
    No,
    /// The map stands before the data; the file was this long.
    MapFirst(u64),
    Other,
}

fn pax_sparse<R: Read>(entry: &mut tar::Entry<'_, R>) -> PaxSparse {
    let Ok(Some(properties)) = entry.pax_extensions() else { return PaxSparse::No };
    let (mut major, mut minor, mut real, mut is_sparse) = (None, None, None, false);
    for property in properties.flatten() {
        let value = property.value().ok().and_then(|value| value.parse::<u64>().ok());
        match property.key_bytes() {
            b"GNU.sparse.major" => major = value,
            b"GNU.sparse.minor" => minor = value,
            b"GNU.sparse.realsize" => real = value,
            _ => {}
        }
        is_sparse |= property.key_bytes().starts_with(b"GNU.sparse.");
    }
    match (major, minor, real) {
        (Some(1), Some(0), Some(real)) => PaxSparse::MapFirst(real),
        _ if is_sparse => PaxSparse::Other,
        _ => PaxSparse::No,
    }
}

/// Whether properties for all members change nothing about how these are read.
fn is_plain<R: Read>(entry: &mut tar::Entry<'_, R>) -> bool {
    const PROPERTIES_BYTES_MAX: u64 = 64 << 10;
    let mut bytes = Vec::new();
    let read = entry.take(PROPERTIES_BYTES_MAX).read_to_end(&mut bytes);
    let whole = read.is_ok_and(|read| u64::try_from(read).is_ok_and(|read| read == entry.size()));
    whole
        && tar::PaxExtensions::new(&bytes).all(|property| {
            property.is_ok_and(|property| {
                matches!(property.key_bytes(), b"comment" | b"mtime" | b"atime" | b"ctime")
            })
        })
}

/// Bytes of a zip archive that neither belong to a listed member nor to the list.
fn unlisted_bytes<S: Read + Seek>(mut archive: zip::ZipArchive<S>) -> zip::result::ZipResult<u64> {
    /// What may stand behind a member: its sizes and checksum, when they were not known before.
    const DESCRIPTOR_BYTES_MAX: u64 = 24;
    let mut spans = Vec::with_capacity(archive.len());
    for index in 0..archive.len() {
        let file = archive.by_index_raw(index)?;
        let start = file.header_start();
        let data = file.data_start().unwrap_or(start);
        spans.push((start, data.saturating_add(file.compressed_size())));
    }
    let list = archive.central_directory_start();
    spans.push((list, list));
    spans.sort_unstable();
    let (mut at, mut unlisted) = (0_u64, 0_u64);
    for (start, end) in spans {
        let gap = start.saturating_sub(at);
        if gap > DESCRIPTOR_BYTES_MAX {
            unlisted = unlisted.saturating_add(gap);
        }
        at = at.max(end);
    }
    let comment = u64::try_from(archive.comment().len()).unwrap_or(u64::MAX);
    let behind = behind_list(&mut archive.into_inner(), list, comment)?;
    Ok(unlisted.saturating_add(behind))
}

/// Bytes behind the list of a zip archive that are not its end record.
///
/// Source: APPNOTE.TXT 6.3.10, 4.3.16, "End of central directory record".
fn behind_list<S: Read + Seek>(stream: &mut S, list: u64, comment: u64) -> io::Result<u64> {
    const END_BYTES: u64 = 22;
    const LOCATOR_BYTES: u64 = 20;
    let length = stream.seek(SeekFrom::End(0))?;
    let end = length.saturating_sub(comment).saturating_sub(END_BYTES);
    stream.seek(SeekFrom::Start(end.saturating_sub(LOCATOR_BYTES)))?;
    let mut tail = Vec::new();
    stream.take(LOCATOR_BYTES.saturating_add(END_BYTES)).read_to_end(&mut tail)?;
    let (locator, record) = tail.split_at(tail.len().saturating_sub(22));
    let number = |at: usize| {
        let bytes = record.get(at..).and_then(<[u8]>::first_chunk).copied();
        bytes.map_or(0, |bytes| u64::from(u32::from_le_bytes(bytes)))
    };
    let comment_bytes =
        record.last_chunk().copied().map(|bytes| u64::from(u16::from_le_bytes(bytes)));
    let is_end = record.starts_with(b"PK\x05\x06") && comment_bytes == Some(comment);
    if !is_end {
        return Ok(length.saturating_sub(list));
    }
    if locator.starts_with(b"PK\x06\x07") {
        return Ok(0);
    }
    Ok(end.saturating_sub(list.saturating_add(number(12))))
}
