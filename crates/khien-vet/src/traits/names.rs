//! What a file names: other files, hosts, places, commands.

use serde::{Deserialize, Serialize};

/// Names that stand in a file's bytes, as ASCII or as UTF-16LE text.
///
/// Each list is sorted, without repeats and bounded by [`LIST_MAX`]. They are what `NamesHost`,
/// `NamesSibling` and `NamesProgram` are made of once releases are compared.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Names {
    /// Files by their last component, lower case: `ffmpeg.dll`, `libz.so`, `setup.ps1`.
    pub files: Vec<String>,
    /// Hosts of URLs and bare domains, lower case, without port and user.
    pub hosts: Vec<String>,
    /// URLs without fragment, at most [`TEXT_MAX`] bytes.
    pub urls: Vec<String>,
    /// Windows registry paths, lower case, with `hkey_local_machine` and the like as `hklm`.
    pub registry: Vec<String>,
    /// Command lines that start an interpreter, fetch, register or schedule.
    pub commands: Vec<String>,
    /// Names that were left out because a list was full or the file held more candidates than are
    /// looked at: the lists are incomplete when this is not 0.
    pub left_out: u64,
}

/// Bound: entries of one list; further ones count as left out.
pub const LIST_MAX: usize = 4096;

/// Bound: bytes of one entry; a longer one is cut.
pub const TEXT_MAX: usize = 256;
