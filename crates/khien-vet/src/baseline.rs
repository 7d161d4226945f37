//! Earlier releases on disk: one folder for a lineage, one file for a release.
//!
//! A file is eight bytes of magic and format, then the profile as MessagePack with field names, in
//! gzip. The folder is plain: it can be copied, and a file in it can be deleted. Reading and writing
//! of the folder itself is the caller's; this module turns profiles into bytes and back.

use std::io::{Read, Write};

use crate::profile::{PROFILE_FORMAT, ReleaseProfile};

/// First bytes of a stored profile.
const MAGIC: &[u8; 8] = b"KHVETP01";
/// Largest profile that is read, unpacked. One of a release with a million functions has 30 MB.
const PROFILE_BYTES_MAX: u64 = 512 << 20;

/// Why a stored profile cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// Not a profile.
    #[error("this is no stored profile of a release (it should begin with KHVETP01)")]
    NotAProfile,
    /// Damaged or of another layout.
    #[error("the stored profile cannot be read: {0}; make it again from the release")]
    Damaged(String),
    /// Written by another version of the program.
    #[error(
        "the stored profile has format {found}, this program reads {PROFILE_FORMAT}; make it again from the release"
    )]
    OtherFormat {
        /// The format it has.
        found: u32,
    },
}

/// The bytes of a stored profile.
///
/// # Errors
///
/// When the profile cannot be encoded, which no profile of ours should bring about.
pub fn encode(profile: &ReleaseProfile) -> Result<Vec<u8>, BaselineError> {
    let damaged = |why: &dyn std::fmt::Display| BaselineError::Damaged(why.to_string());
    let packed = rmp_serde::to_vec_named(profile).map_err(|e| damaged(&e))?;
    let mut out = flate2::write::GzEncoder::new(MAGIC.to_vec(), flate2::Compression::fast());
    out.write_all(&packed).map_err(|e| damaged(&e))?;
    out.finish().map_err(|e| damaged(&e))
}

/// A stored profile from its bytes.
///
/// # Errors
///
/// [`BaselineError`] says what is wrong; a profile of another format is refused rather than guessed at.
pub fn decode(bytes: &[u8]) -> Result<ReleaseProfile, BaselineError> {
    let packed = bytes.strip_prefix(MAGIC).ok_or(BaselineError::NotAProfile)?;
    let reader = flate2::read::GzDecoder::new(packed).take(PROFILE_BYTES_MAX);
    let profile: ReleaseProfile = rmp_serde::from_read(std::io::BufReader::new(reader))
        .map_err(|e| BaselineError::Damaged(e.to_string()))?;
    if profile.format != PROFILE_FORMAT {
        return Err(BaselineError::OtherFormat { found: profile.format });
    }
    Ok(profile)
}

/// The name of the file of a release in its lineage's folder: version and hash, safe on any file system.
pub fn file_name(profile: &ReleaseProfile) -> String {
    let version = profile.identity.version.as_deref().unwrap_or("unknown");
    let safe: String = version
        .chars()
        .take(60)
        .map(|c| if c.is_ascii_alphanumeric() || c == '.' || c == '-' { c } else { '_' })
        .collect();
    format!(
        "{}-{}.profile",
        safe.trim_start_matches('.'),
        profile.sha256.get(..16).unwrap_or(&profile.sha256)
    )
}

/// Sorts earlier releases from oldest to newest by version, releases without one first.
pub fn sort(releases: &mut [ReleaseProfile]) {
    releases.sort_by(|a, b| {
        match (&a.identity.version, &b.identity.version) {
            (Some(x), Some(y)) => crate::version::compare(x, y),
            (x, y) => x.is_some().cmp(&y.is_some()),
        }
        .then_with(|| a.sha256.cmp(&b.sha256))
    });
}
