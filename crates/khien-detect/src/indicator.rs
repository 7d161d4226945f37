//! Indicators: reading advisories, and finding their indicators in events.
//!
//! An advisory is a STIX bundle or a plain list; either becomes an [`Advisory`], whose indicators
//! compile into an [`IndicatorSet`]. What an advisory says but no indicator can stand for is kept
//! as a [`Problem`], so that a caller who finds nothing can tell *clear* from *cannot say*.
//!
//! Nothing here reads files or the clock, or decides what a sighting is worth.

use khien_model::untrusted::shown;
use khien_model::{Indicator, Timestamp};
use serde::{Deserialize, Serialize};

mod canonical;
mod covers;
mod glob;
mod list;
mod noise;
mod observe;
mod path;
mod pattern;
mod prefix;
mod set;
mod stix;
mod table;
mod translate;

pub use covers::{LookUp, covers, look_up};
pub use list::parse_list;
pub use observe::{OBSERVABLES_MAX, ObservableKind, Observables};
pub use noise::{BuiltIn, LeftOut, LeftOutReason, NoisePolicy};
pub use set::{INDICATORS_MAX, IndicatorSet, LOOSE_MAX, SEEN_CHARS_MAX, Sighting};
pub use stix::{BUNDLE_BYTES_MAX, StixError, parse_bundle};

/// What somebody published about a threat.
///
/// All text is from outside, hence untrusted, except that of the problems, which is safe to print.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Advisory {
    /// A short name: that of the file it came in, without directory and extension.
    pub name: String,
    /// What it is about; the name when it says nothing.
    pub title: String,
    /// The whole story, or empty.
    pub description: String,
    /// When it was published.
    pub published: Option<Timestamp>,
    /// What to look for, in canonical form.
    pub indicators: Vec<Indicator>,
    /// Which software is affected.
    pub affected: Vec<AffectedSoftware>,
    /// What could not be read, or cannot be matched.
    pub problems: Vec<Problem>,
    /// With whom it may be shared: a TLP label in lower case (`clear`, `amber+strict`).
    pub tlp: Option<String>,
}

/// A release that an advisory calls affected.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct AffectedSoftware {
    /// The product.
    pub name: String,
    /// Who makes it, or empty.
    pub vendor: String,
    /// The version, as its vendor writes it, or empty.
    pub version: String,
    /// The platform or ecosystem (`windows`, `npm`).
    pub platform: Option<String>,
    /// The first and last affected version, both included, when a whole range is affected.
    pub range: Option<(String, String)>,
    /// The package URL.
    pub purl: Option<String>,
}

/// Something in an advisory that could not be used.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Problem {
    /// What it concerns: an object's id, or `line 7`. Safe to print.
    pub id: String,
    /// What is wrong, as a phrase. Safe to print.
    pub detail: String,
}

impl Problem {
    /// Adds a problem, or counts it once there are too many to keep.
    fn push(problems: &mut Vec<Self>, id: &str, detail: &str) {
        if problems.len() < PROBLEMS_MAX {
            problems.push(Self { id: excerpt(id), detail: detail.to_owned() });
            return;
        }
        if problems.len() == PROBLEMS_MAX {
            problems.push(Self { id: MORE.to_owned(), detail: String::from("0 more problems") });
        }
        if let Some(last) = problems.last_mut() {
            let counted = last.detail.split(' ').next().and_then(|count| count.parse::<u64>().ok());
            last.detail =
                format!("{} more problems", counted.unwrap_or_default().saturating_add(1));
        }
    }
}

/// The most problems that an advisory keeps; one more then counts the rest.
const PROBLEMS_MAX: usize = 1000;

/// The id of the problem that counts the rest.
const MORE: &str = "…";

/// Reads an advisory of either form: JSON is a STIX bundle, anything else a list.
///
/// `origin` says where the text is from, a file name as a rule; it names the advisory.
///
/// # Errors
///
/// When the text is JSON without STIX objects: the publisher's fault, or our limit. A list cannot
/// fail; a bad line is a [`Problem`].
pub fn parse_advisory(text: &str, origin: &str) -> Result<Advisory, StixError> {
    let start = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let is_list_of_objects =
        start.strip_prefix('[').is_some_and(|rest| rest.trim_start().starts_with('{'));
    if start.starts_with('{') || is_list_of_objects {
        parse_bundle(text, origin)
    } else {
        Ok(parse_list(text, origin))
    }
}

/// The name of what came from somewhere: the last component, without its extension.
fn origin_name(origin: &str) -> String {
    let last = path::last_component(origin);
    let stem = last.rsplit_once('.').map_or(last, |(stem, _)| stem);
    if stem.is_empty() { origin.to_owned() } else { stem.to_owned() }
}

/// A piece of outside text for a message: short, and safe to print.
fn excerpt(text: &str) -> String {
    const CHARS_MAX: usize = 80;
    let end = text.char_indices().nth(CHARS_MAX).map(|(at, _)| at);
    let cut = end.and_then(|end| text.get(..end)).unwrap_or(text);
    format!("{}{}", shown(cut), if end.is_some() { "…" } else { "" })
}

#[cfg(test)]
mod tests;
