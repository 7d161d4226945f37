//! What a release is on disk: a file, or a folder with a list of what is in it.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::wire::Entry;

/// Files of one folder that are listed.
const ENTRIES_MAX: usize = 500_000;
/// Folders inside folders that are looked into.
const FOLDER_DEPTH_MAX: usize = 128;

/// One release to read.
#[derive(Debug)]
pub(super) struct Source {
    path: PathBuf,
    /// The last name of its path.
    pub(super) name: String,
    /// Bytes of the file, or of all files in the folder.
    pub(super) size: u64,
    /// Files of the folder; `None` for a single file.
    pub(super) folder: Option<Vec<Entry>>,
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
            return Ok(Self { path: path.to_owned(), name, size: about.len(), folder: None });
        }
        let mut entries = Vec::new();
        let mut size = 0;
        list(path, "", 0, &mut entries, &mut size)?;
        entries.sort_by(|a: &Entry, b: &Entry| a.name.cmp(&b.name));
        Ok(Self { path: path.to_owned(), name, size, folder: Some(entries) })
    }

    /// Opens what the child asks for; a name that is not on the list is refused.
    pub(super) fn open(&self, name: &str) -> Result<(u64, Box<dyn Read>), String> {
        let path = match &self.folder {
            None if name.is_empty() => self.path.clone(),
            Some(entries) if entries.binary_search_by(|e| e.name.as_str().cmp(name)).is_ok() => {
                self.path.join(name)
            }
            _ => return Err("no such file in the release".to_owned()),
        };
        let file = File::open(path).map_err(|e| e.to_string())?;
        let len = file.metadata().map_err(|e| e.to_string())?.len();
        Ok((len, Box::new(file)))
    }
}

fn list(
    folder: &Path,
    prefix: &str,
    depth: usize,
    out: &mut Vec<Entry>,
    size: &mut u64,
) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if out.len() >= ENTRIES_MAX || depth >= FOLDER_DEPTH_MAX {
            return Err(io::Error::other(format!(
                "more than {ENTRIES_MAX} files or {FOLDER_DEPTH_MAX} folders inside one another: pack it, or give a part of it"
            )));
        }
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        let about = entry.metadata()?;
        let kind = about.file_type();
        if kind.is_dir() {
            list(&entry.path(), &format!("{name}/"), depth + 1, out, size)?;
            continue;
        }
        let link = kind.is_symlink().then(|| fs::read_link(entry.path())).transpose()?;
        if link.is_none() && !kind.is_file() {
            continue;
        }
        *size += if kind.is_file() { about.len() } else { 0 };
        out.push(Entry {
            name,
            link: link.map(|target| target.to_string_lossy().into_owned()),
            mode: about.permissions().mode(),
        });
    }
    Ok(())
}
