//! Advisories: read, kept, and held against the whole lake.
//!
//! What is read in a text and what it comes to is worked out by `khien_ops` and `khien_detect`, as at
//! the command line; here it takes the form of the wire.

pub(crate) mod answer;
pub(crate) mod built_in;
pub(crate) mod job;
pub(crate) mod named;
pub(crate) mod reading;

use khien_ops::check::Question;
use khien_ops::scan::knowledge::Advisories;
use khien_wire::{ADVISORY_BYTES_MAX, Advisory};

use crate::state::{StateError, Store};
use built_in::BuiltIn;
use khien_text::Lang;

/// An advisory wherever it is from, with its text.
pub(crate) struct Found {
    pub(crate) advisory: Advisory,
    pub(crate) text: String,
}

/// The advisory of this id: one that ships with the program, or one that somebody added.
///
/// # Errors
///
/// The caller's: there is none. Else the machine's.
pub(crate) async fn find(store: &Store, lang: Lang, id: &str) -> Result<Found, StateError> {
    let mut found = match BuiltIn::named(id) {
        Some(built_in) => {
            Found { advisory: built_in.advisory(lang), text: built_in.text.to_owned() }
        }
        None => {
            let row = store.advisory(id).await?;
            Found { advisory: row.advisory, text: row.text }
        }
    };
    found.advisory.checked = store.answer(id).await?.map(|answer| answer.checked);
    Ok(found)
}

/// The question that a text puts to the lake.
pub(crate) fn question(text: &str, origin: &str) -> Result<Question, Unreadable> {
    Ok(Question::of(Advisories::of(vec![parsed(text, origin)?])))
}

/// Why a text is no advisory, in English.
#[derive(Debug)]
pub(crate) struct Unreadable {
    /// A stable word: `empty`, `too_long`, `no_content`, `unreadable`.
    pub(crate) code: &'static str,
    pub(crate) detail: String,
}

pub(crate) fn parsed(
    text: &str,
    origin: &str,
) -> Result<khien_detect::indicator::Advisory, Unreadable> {
    use khien_detect::indicator::AdvisoryError;
    if text.len() > ADVISORY_BYTES_MAX {
        let detail = format!("{} bytes are over the limit of {ADVISORY_BYTES_MAX}", text.len());
        return Err(Unreadable { code: "too_long", detail });
    }
    let read = khien_detect::indicator::parse_advisory(text.as_bytes(), origin);
    let read = read.map_err(|error| {
        let code = match error {
            AdvisoryError::Empty => "empty",
            AdvisoryError::NoContent => "no_content",
            AdvisoryError::TooLarge(_) => "too_long",
            _ => "unreadable",
        };
        Unreadable { code, detail: error.to_string() }
    })?;
    let says_nothing =
        read.indicators.is_empty() && read.affected.is_empty() && read.problems.is_empty();
    if says_nothing {
        let detail = "no indicator and no affected product in the text".to_owned();
        return Err(Unreadable { code: "no_content", detail });
    }
    Ok(read)
}
