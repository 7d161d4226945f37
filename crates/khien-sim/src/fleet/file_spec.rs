//! An executable file as telemetry describes it; there is never a file.

use crate::random::{HEX_LOWER, HEX_UPPER, Random};

/// Path, version resource, signer and hashes of a program or library.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FileSpec {
    /// Full path; `%U%` stands for the name of the user.
    pub(crate) path: &'static str,
    pub(crate) version: &'static str,
    pub(crate) description: &'static str,
    pub(crate) product: &'static str,
    pub(crate) company: &'static str,
    pub(crate) original_name: &'static str,
    /// Subject of the signature; every signature in this fleet verifies.
    pub(crate) signer: &'static str,
    pub(crate) digests: Digests,
}

/// Where the hashes of a file come from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Digests {
    /// Derived from file name, version and this word: hashes of nothing.
    Derived(&'static str),
    /// Published indicators, upper case.
    Published { sha1: &'static str, md5: &'static str, sha256: &'static str },
}

impl FileSpec {
    /// Returns the path for `user`.
    pub(crate) fn path_for(&self, user: &str) -> String {
        self.path.replace("%U%", user)
    }

    /// Returns the last part of the path.
    pub(crate) fn file_name(&self) -> &'static str {
        self.path.rsplit('\\').next().unwrap_or(self.path)
    }

    /// Writes Sysmon's `Hashes` field.
    pub(crate) fn hashes(&self) -> String {
        let derived = |kind: &str, length| {
            let word = match self.digests {
                Digests::Derived(word) => word,
                Digests::Published { .. } => "published",
            };
            let label = format!("{kind} {} {} {word}", self.file_name(), self.version);
            derived_digest(&label, HEX_UPPER, length)
        };
        let (sha1, md5, sha256) = match self.digests {
            Digests::Derived(_) => (derived("sha1", 40), derived("md5", 32), derived("sha256", 64)),
            Digests::Published { sha1, md5, sha256 } => {
                (sha1.to_owned(), md5.to_owned(), sha256.to_owned())
            }
        };
        let imphash = derived("imphash", 32);
        format!("SHA1={sha1},MD5={md5},SHA256={sha256},IMPHASH={imphash}")
    }
}

/// Returns `length` hexadecimal digits that depend on `label` alone, not on the scenario's seed:
/// the same file has the same hash on every host and in every run.
pub(crate) fn derived_digest(label: &str, alphabet: &[u8], length: usize) -> String {
    Random::stream(0, label).text(alphabet, length)
}

/// Returns a lower-case UUID that depends on `label` alone.
pub(crate) fn derived_guid(label: &str) -> String {
    let digits = derived_digest(label, HEX_LOWER, 31);
    let (head, tail) = (&digits[..12], &digits[12..]);
    format!("{}-{}-4{}-{}-{}", &head[..8], &head[8..], &tail[..3], &tail[3..7], &tail[7..])
}
