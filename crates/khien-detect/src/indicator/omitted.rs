//! What looks like an indicator in an advisory and was not taken for one.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::excerpt;

/// A value that was seen in an advisory and is no indicator of it.
///
/// Unlike a [`super::Problem`] it does not stand between a search and the answer *clear*.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Omitted {
    /// Where it stands: `line 7`, or a JSON path. Safe to print.
    pub place: String,
    /// The value, cut when it is long. Safe to print.
    pub text: String,
    /// Why it was not taken.
    pub reason: OmittedReason,
}

/// Why a value was not taken for an indicator.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OmittedReason {
    /// It stands beside a file's hash, which is more exact.
    BesideHash,
    /// A mail address of the publisher or the like.
    Contact,
    /// The name of a file or module, and no domain.
    FileName,
    /// Further ones than are kept; the text is their number.
    More,
    /// The publisher marked it as not for detection, and other values as for it.
    NotForDetection,
    /// A hash of something else than a file, such as a commit.
    NotOfFile,
    /// A link to another publication: in a list of references, or not defanged in a text that defangs.
    Reference,
    /// Running text mentions it, and nothing says that it is an indicator.
    RunningText,
    /// A version number in the shape of an address.
    Version,
}

impl fmt::Display for OmittedReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BesideHash => "beside a file's hash, which decides",
            Self::Contact => "a contact of the publisher",
            Self::FileName => "the name of a file or module, no domain",
            Self::More => "more that were not taken",
            Self::NotForDetection => "marked as not for detection",
            Self::NotOfFile => "not the hash of a file",
            Self::Reference => "a reference to another publication",
            Self::RunningText => "mentioned in running text, not marked as an indicator",
            Self::Version => "a version number, no address",
        })
    }
}

/// The most values that are kept; one more then counts the rest.
const OMITTED_MAX: usize = 1000;

impl Omitted {
    /// Adds a value, or counts it once there are too many to keep.
    pub(super) fn push(omitted: &mut Vec<Self>, place: &str, text: &str, reason: OmittedReason) {
        if omitted.len() < OMITTED_MAX {
            let (place, text) = (excerpt(place), excerpt(text));
            return omitted.push(Self { place, text, reason });
        }
        if omitted.len() == OMITTED_MAX {
            let (place, text) = (String::from("…"), String::from("0"));
            omitted.push(Self { place, text, reason: OmittedReason::More });
        }
        if let Some(last) = omitted.last_mut() {
            let count = last.text.parse::<u64>().unwrap_or_default();
            last.text = count.saturating_add(1).to_string();
        }
    }
}
