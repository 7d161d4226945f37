//! What a release is on disk: a file, or a folder with a list of what is in it.
//!
//! Hostile: a folder may change under the reader's hands. Its files are opened step by step from the
//! folder that was listed, and no link is followed on the way, so that a link that is swapped in
//! leads nowhere. What is opened must be a plain file, and opening waits for nobody.
//!
//! Bounds: [`ENTRIES_MAX`] files, [`FOLDER_DEPTH_MAX`] folders inside one another.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{Mode, OFlags};

use super::wire::Entry;

/// Files of one folder that are listed.
const ENTRIES_MAX: usize = 500_000;
/// Folders inside folders that are looked into.
const FOLDER_DEPTH_MAX: usize = 128;
/// Nothing is followed, nobody is waited for (a named pipe would), no child inherits it.
const CAREFULLY: OFlags =
    OFlags::NOFOLLOW.union(OFlags::NONBLOCK).union(OFlags::CLOEXEC).union(OFlags::NOCTTY);

/// One release to read.
#[derive(Debug)]
pub(super) struct Source {
    path: PathBuf,
    /// The last name of its path.
    pub(super) name: String,
    /// Bytes of the file, or of all files in the folder.
    pub(super) size: u64,
    /// What is in the folder; `None` for a single file.
    pub(super) folder: Option<Folder>,
}

/// A folder as it was listed.
#[derive(Debug)]
pub(super) struct Folder {
    /// The folder itself, whatever its path leads to by now.
    root: OwnedFd,
    /// Its files, by name.
    pub(super) entries: Vec<Entry>,
    /// Where each of them is below the folder, in the same order: names as the file system has them.
    places: Vec<PathBuf>,
}

impl Source {
    /// Looks at a path; a folder is listed, links in it are not followed.
    pub(super) fn find(path: &Path) -> io::Result<Self> {
        let about = fs::metadata(path)?;
        let full = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let name = full
            .file_name()
            .map_or_else(|| "release".to_owned(), |n| n.to_string_lossy().into_owned());
        if !about.is_dir() {
            if !about.is_file() {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidInput,
                    "neither a file nor a folder",
                ));
            }
            // Whether it may be read is told before a child is started.
            let size = fs::File::open(path)?.metadata()?.len();
            if size == 0 {
                return Err(io::Error::new(io::ErrorKind::InvalidInput, "the file is empty"));
            }
            return Ok(Self { path: path.to_owned(), name, size, folder: None });
        }
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let root = rustix::fs::open(path, flags, Mode::empty())?;
        let mut listed = Vec::new();
        let mut size = 0;
        list(path, Path::new(""), 0, &mut listed, &mut size)?;
        if listed.is_empty() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "there is no file in it"));
        }
        listed.sort_by(|(a, _), (b, _)| a.name.cmp(&b.name));
        let (entries, places) = listed.into_iter().unzip();
        let folder = Some(Folder { root, entries, places });
        Ok(Self { path: path.to_owned(), name, size, folder })
    }

    /// Opens what the child asks for; a name that is not on the list is refused.
    pub(super) fn open(&self, name: &str) -> Result<(u64, File), String> {
        let file = match &self.folder {
            None if name.is_empty() => {
                let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
                rustix::fs::open(&self.path, flags, Mode::empty())
                    .map(File::from)
                    .map_err(|e| io::Error::from(e).to_string())?
            }
            Some(folder) => folder.open(name)?,
            None => return Err(UNLISTED.to_owned()),
        };
        let about = file.metadata().map_err(|e| e.to_string())?;
        if !about.is_file() {
            return Err("it is no plain file any more".to_owned());
        }
        Ok((about.len(), file))
    }
}

const UNLISTED: &str = "no such file in the release";

impl Folder {
    fn open(&self, name: &str) -> Result<File, String> {
        let position = self.entries.binary_search_by(|entry| entry.name.as_str().cmp(name));
        let position = position.map_err(|_| UNLISTED)?;
        let plain = self.entries.get(position).is_some_and(Entry::is_plain);
        let place = self.places.get(position).filter(|_| plain).ok_or(UNLISTED)?;
        self.walk(place).map_err(|error| match error {
            rustix::io::Errno::LOOP | rustix::io::Errno::NOTDIR => {
                "a link or another thing has taken its place since the folder was listed".to_owned()
            }
            other => io::Error::from(other).to_string(),
        })
    }

    /// Opens a file one name at a time, each from the folder before it.
    fn walk(&self, place: &Path) -> rustix::io::Result<File> {
        let mut folder: Option<OwnedFd> = None;
        let mut names = place.components().peekable();
        while let Some(name) = names.next() {
            let Component::Normal(name) = name else { break };
            let wanted = match names.peek() {
                Some(_) => OFlags::RDONLY | OFlags::DIRECTORY,
                None => OFlags::RDONLY,
            };
            let from = folder.as_ref().unwrap_or(&self.root);
            let opened = rustix::fs::openat(from, name, wanted | CAREFULLY, Mode::empty())?;
            if names.peek().is_none() {
                return Ok(File::from(opened));
            }
            folder = Some(opened);
        }
        Err(rustix::io::Errno::NOENT)
    }
}

fn list(
    folder: &Path,
    below: &Path,
    depth: usize,
    out: &mut Vec<(Entry, PathBuf)>,
    size: &mut u64,
) -> io::Result<()> {
    let named = |path: &Path, error: &io::Error| {
        io::Error::new(error.kind(), format!("{}: {error}", shown(path.as_os_str())))
    };
    for entry in fs::read_dir(folder).map_err(|error| named(below, &error))? {
        let entry = entry?;
        if out.len() >= ENTRIES_MAX || depth >= FOLDER_DEPTH_MAX {
            return Err(io::Error::other(format!(
                "more than {ENTRIES_MAX} files or {FOLDER_DEPTH_MAX} folders inside one another: pack it, or give a part of it"
            )));
        }
        let place = below.join(entry.file_name());
        let about = entry.metadata().map_err(|error| named(&place, &error))?;
        let kind = about.file_type();
        if kind.is_dir() {
            list(&entry.path(), &place, depth + 1, out, size)?;
            continue;
        }
        let link = kind.is_symlink().then(|| fs::read_link(entry.path())).transpose()?;
        *size = size.saturating_add(if kind.is_file() { about.len() } else { 0 });
        let entry = Entry {
            name: shown(place.as_os_str()),
            link: link.map(|target| shown(target.as_os_str())),
            special: !kind.is_file() && !kind.is_symlink(),
            mode: about.permissions().mode(),
        };
        out.push((entry, place));
    }
    Ok(())
}

/// A name as text; bytes that are no text are written out, so that two names stay two.
fn shown(name: &OsStr) -> String {
    let mut text = String::new();
    for chunk in name.as_bytes().utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02x}"));
        }
    }
    text
}

/// SHA-256 of what is left of a file, in hexadecimal.
pub(super) fn sha256(mut file: impl Read) -> io::Result<String> {
    use sha2::{Digest, Sha256};
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; super::wire::CHUNK_BYTES];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(format!("{:x}", hasher.finalize()));
        }
        hasher.update(buffer.get(..read).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests;
