//! Messages between the parent and a reading child, over the child's standard input and output.
//!
//! Child to parent: a tag byte, a little-endian length, the payload. Parent to child: one line of
//! JSON that says what to read; then, for each `Want`, a status byte, a length and that many bytes.
//! The parent trusts nothing here: a child that read a hostile file may be anybody's by then.

use std::fs::File;
use std::io::{self, Read, Write};

use khien_unpack::{FolderEntry, Limits};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Longest name in a message.
const NAME_BYTES_MAX: u64 = 64 << 10;
/// Longest profile in a message, as it is packed for the disk.
const PROFILE_BYTES_MAX: u64 = 256 << 20;
/// How a child says that there is not enough memory for a file.
pub(super) const NO_MEMORY: &str = "it needs more memory than allowed";
/// Bytes that are handed over in one piece.
pub(super) const CHUNK_BYTES: usize = 256 << 10;

/// What the child is to do.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Request {
    /// Name of the artefact, for recognition and for the profile.
    pub(super) name: String,
    /// Files of a folder; `None` for a single file.
    pub(super) folder: Option<Vec<Entry>>,
    /// Bytes unpacked in all.
    pub(super) bytes_out_max: u64,
    /// Memory that the child may have, in bytes.
    pub(super) memory_max: u64,
    /// Seconds of computing that the child may have.
    pub(super) cpu_seconds_max: u64,
}

/// One file of a folder.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Entry {
    /// Its name below the folder.
    pub(super) name: String,
    /// Where it points, when it is a link.
    pub(super) link: Option<String>,
    /// Whether it is a device, a socket or a pipe, in which there is nothing to read.
    #[serde(default)]
    pub(super) special: bool,
    /// Its permission bits.
    pub(super) mode: u32,
}

impl Entry {
    /// Whether it has bytes.
    pub(super) const fn is_plain(&self) -> bool {
        self.link.is_none() && !self.special
    }
}

impl Request {
    pub(super) fn limits(&self) -> Limits {
        Limits { bytes_out_max: self.bytes_out_max, ..Limits::default() }
    }

    pub(super) fn entries(&self) -> Option<Vec<FolderEntry>> {
        let entry = |entry: &Entry| FolderEntry {
            name: entry.name.clone(),
            kind: match &entry.link {
                Some(target) => khien_unpack::NodeKind::Link(target.as_str().into()),
                None if entry.special => khien_unpack::NodeKind::Special,
                None => khien_unpack::NodeKind::File,
            },
            attributes: khien_unpack::Attributes { mode: Some(entry.mode), ..Default::default() },
        };
        self.folder.as_ref().map(|entries| entries.iter().map(entry).collect())
    }
}

/// What the child says.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Message {
    /// Send the bytes of this file; empty for the artefact itself.
    Want(String),
    /// It looks at this file now, of so many bytes.
    At(String, u64),
    /// The profile; the last message.
    Done(Vec<u8>),
    /// It is not confined, and why.
    Unconfined(String),
}

impl Message {
    const fn tag(&self) -> u8 {
        match self {
            Self::Want(_) => 1,
            Self::At(..) => 2,
            Self::Done(_) => 3,
            Self::Unconfined(_) => 4,
        }
    }

    /// Writes one message.
    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(&[self.tag()])?;
        let (payload, size) = match self {
            Self::Want(text) | Self::Unconfined(text) => (text.as_bytes(), None),
            Self::At(path, size) => (path.as_bytes(), Some(*size)),
            Self::Done(bytes) => (bytes.as_slice(), None),
        };
        // A path longer than the bound is cut: it is only shown.
        let most = if matches!(self, Self::Done(_)) { PROFILE_BYTES_MAX } else { NAME_BYTES_MAX };
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let payload = payload.get(..payload.len().min(most)).unwrap_or_default();
        out.write_all(&(payload.len() as u64).to_le_bytes())?;
        out.write_all(payload)?;
        if let Some(size) = size {
            out.write_all(&size.to_le_bytes())?;
        }
        out.flush()
    }

    /// Reads one message; `None` at the end of the stream.
    pub(super) fn read(input: &mut dyn Read) -> io::Result<Option<Self>> {
        let mut tag = [0];
        if input.read(&mut tag)? == 0 {
            return Ok(None);
        }
        let most = if tag == [3] { PROFILE_BYTES_MAX } else { NAME_BYTES_MAX };
        let payload = counted(input, most)?;
        let text = |payload: Vec<u8>| String::from_utf8_lossy(&payload).into_owned();
        Ok(Some(match tag {
            [1] => Self::Want(text(payload)),
            [2] => {
                let size = number(input)?;
                Self::At(text(payload), size)
            }
            [3] => Self::Done(payload),
            [4] => Self::Unconfined(text(payload)),
            _ => return Err(io::Error::new(io::ErrorKind::InvalidData, "no such message")),
        }))
    }
}

fn number(input: &mut dyn Read) -> io::Result<u64> {
    let mut bytes = [0; 8];
    input.read_exact(&mut bytes)?;
    Ok(u64::from_le_bytes(bytes))
}

/// Reads a length and so many bytes, without reserving more than arrives.
fn counted(input: &mut dyn Read, most: u64) -> io::Result<Vec<u8>> {
    let len = number(input)?;
    if len > most {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a message is longer than allowed"));
    }
    let mut payload = Vec::new();
    if input.take(len).read_to_end(&mut payload)? as u64 == len {
        Ok(payload)
    } else {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}

/// The parent's answer to `Want`: so many bytes from a file, or why not. Returns the SHA-256 of what
/// was handed over.
pub(super) fn answer(
    out: &mut dyn Write,
    file: Result<(u64, File), String>,
) -> io::Result<Option<String>> {
    let sent = match file {
        Ok((len, file)) => {
            out.write_all(&[1])?;
            out.write_all(&len.to_le_bytes())?;
            Some(hand_over(out, file, len)?)
        }
        Err(why) => {
            out.write_all(&[0])?;
            out.write_all(&(why.len() as u64).to_le_bytes())?;
            out.write_all(why.as_bytes())?;
            None
        }
    };
    out.flush()?;
    Ok(sent)
}

/// Writes exactly `len` bytes and hashes them on the way. A file that shrank meanwhile ends in zeros.
fn hand_over(out: &mut dyn Write, mut file: impl Read, len: u64) -> io::Result<String> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; CHUNK_BYTES];
    let mut left = len;
    let mut ended = false;
    while left > 0 {
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        let part = buffer.get_mut(..most).unwrap_or_default();
        let mut read = 0;
        if !ended {
            read = match file.read(part) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                other => other?,
            };
            ended = read == 0;
        }
        if ended {
            part.fill(0);
            read = most;
        }
        let part = part.get(..read).unwrap_or_default();
        hasher.update(part);
        out.write_all(part)?;
        left -= part.len() as u64;
    }
    Ok(format!("{:x}", hasher.finalize()))
}

/// The child's side of [`answer`]. A file that is larger than the memory there is is passed over, so
/// that the next answer is found where it begins.
pub(super) fn receive(input: &mut dyn Read) -> io::Result<Result<Vec<u8>, String>> {
    let mut status = [0];
    input.read_exact(&mut status)?;
    let len = number(input)?;
    let mut bytes = Vec::new();
    let room = usize::try_from(len).is_ok_and(|len| bytes.try_reserve_exact(len).is_ok());
    if !room {
        io::copy(&mut input.take(len), &mut io::sink())?;
        return Ok(Err(NO_MEMORY.to_owned()));
    }
    input.take(len).read_to_end(&mut bytes)?;
    if status == [1] {
        Ok(Ok(bytes))
    } else {
        Ok(Err(String::from_utf8_lossy(&bytes).into_owned()))
    }
}

#[cfg(test)]
mod tests;
