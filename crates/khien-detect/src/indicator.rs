//! Indicators: reading advisories, and finding their indicators in events.
//!
//! Whatever form an advisory has (STIX, MISP, OpenIOC, columns, a list, a page, prose), it becomes an
//! [`Advisory`], whose indicators compile into an [`IndicatorSet`]. What an advisory says but no
//! indicator can stand for is kept as a [`Problem`], so that a caller who finds nothing can tell
//! *clear* from *cannot say*; what looks like an indicator and is none is [`Omitted`], with the reason.
//!
//! Nothing here reads files or the clock, or decides what a sighting is worth.

use khien_model::untrusted::shown;
use khien_model::{Indicator, Timestamp};
use serde::{Deserialize, Serialize};

mod affected;
mod canonical;
mod covers;
mod every;
mod fang;
mod fold;
mod form;
mod glob;
mod html;
mod list;
mod misp;
mod noise;
mod observe;
mod omitted;
mod openioc;
mod path;
mod pattern;
mod prefix;
mod prose;
mod set;
mod sheet;
mod stix;
mod table;
mod tlp;
mod translate;

pub use affected::AffectedProduct;
pub use covers::{LookUp, covers, look_up};
pub use every::Every;
pub use form::{AdvisoryError, Form, TEXT_BYTES_MAX, parse_advisory};
pub use list::parse_list;
pub use noise::{BuiltIn, LeftOut, LeftOutReason, NoisePolicy};
pub use observe::{OBSERVABLES_MAX, ObservableKind, Observables, Reading};
pub use omitted::{Omitted, OmittedReason};
pub use set::{INDICATORS_MAX, IndicatorSet, LOOSE_MAX, SEEN_CHARS_MAX, Sighting};
pub use stix::{BUNDLE_BYTES_MAX, StixError, parse_bundle};

/// What somebody published about a threat.
///
/// All text is from outside, hence untrusted, except that of the problems, which is safe to print.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Advisory {
    /// The form it was read as.
    pub form: Form,
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
    pub affected: Vec<AffectedProduct>,
    /// What could not be read, or cannot be matched.
    pub problems: Vec<Problem>,
    /// What looks like an indicator and is none, with the reason.
    pub omitted: Vec<Omitted>,
    /// With whom it may be shared: a TLP label in lower case (`clear`, `amber+strict`).
    pub tlp: Option<String>,
}

/// Something in an advisory that could not be used.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Problem {
    /// What it concerns: an object's id, `line 7`, or a JSON path. Safe to print.
    pub id: String,
    /// What is wrong, as a phrase. Safe to print.
    pub detail: String,
}

impl Problem {
    /// Adds a problem, or counts it once there are too many to keep.
    fn push(problems: &mut Vec<Self>, id: &str, detail: &str) {
        if problems.len() < PROBLEMS_MAX {
            // Hostile: parts of the advisory stand in it, and not every reader cuts them out with care.
            problems.push(Self { id: excerpt(id), detail: shown(detail).to_string() });
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
