//! The members of tar and zip archives.

use std::cell::Cell;
use std::io::{self, Read, Seek, SeekFrom};
use std::rc::Rc;

use khien_model::Untrusted;

use super::Opener;
use crate::dead_letter::Reason;

impl Opener<'_> {
    pub(super) fn open_tar(&mut self, name: &Untrusted, stream: &mut dyn Read, depth: usize) {
        let mut archive = tar::Archive::new(&mut *stream);
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
            let kind = entry.header().entry_type();
            let inner = member(name, &entry.path_bytes());
            if kind.is_dir() || kind.is_symlink() || kind.is_hard_link() {
                continue;
            }
            if !(kind.is_file() || kind.is_contiguous() || kind.is_gnu_sparse()) {
                self.dead(&inner, 0, Reason::DamagedPart, "a kind of member that is not read here");
                continue;
            }
            if !self.count_member(name) {
                return;
            }
            self.open_stream(&inner, &mut entry, depth.saturating_add(1));
        }
        // What follows the last member is padding; reading it shows damage to the container.
        if let Err(error) = io::copy(stream, &mut io::sink()) {
            self.broken(name, 0, &error, depth.max(1));
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
        match listed {
            Ok(mut archive) => {
                for index in 0..archive.len() {
                    if !self.count_member(name) {
                        return;
                    }
                    match archive
                        .by_index_raw(index)
                        .map(|m| (m.encrypted(), m.name_raw().to_vec()))
                    {
                        Ok((true, raw)) => {
                            let inner = member(name, &raw);
                            self.dead(
                                &inner,
                                0,
                                Reason::Encrypted,
                                "give the unpacked file instead",
                            );
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
                        Err(error) => {
                            self.dead(name, 0, Reason::DamagedContainer, error.to_string());
                        }
                    }
                }
            }
            // The list at the end is damaged or cut off: read the members one after another.
            Err(error) => {
                self.dead(name, 0, Reason::DamagedContainer, error.to_string());
                if stream.seek(SeekFrom::Start(0)).is_ok() {
                    self.stream_zip(name, stream, depth);
                }
            }
        }
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
