//! Texts in English and Vietnamese, from the same catalogue files as everything else shown to people.
//!
//! A catalogue is a flat JSON object. In a text, `{name}` is replaced by the argument of that name,
//! and `{name:record|records}` by the first word when that argument reads `1`, else by the second.
//! Nothing here formats numbers or times; that is done by the caller, who knows the time zone.

#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::OnceLock;

/// A language.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Vietnamese.
    Vi,
}

impl Lang {
    /// BCP 47 tag.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Vi => "vi",
        }
    }

    /// Reads a tag or a POSIX locale (`vi_VN.UTF-8`); anything but Vietnamese is English.
    pub fn from_locale(locale: &str) -> Self {
        let language = locale.split(['_', '-', '.', '@']).next().unwrap_or_default();
        if language.eq_ignore_ascii_case("vi") { Self::Vi } else { Self::En }
    }

    /// The text of a key, with `{name}` replaced by arguments. A key that is missing shows itself,
    /// so that it is seen; a test holds both catalogues complete.
    pub fn text(self, key: &str, arguments: &[(&str, &dyn Display)]) -> String {
        let catalogue = match self {
            Self::En => EN.get_or_init(|| parse(include_str!("../../../i18n/en.json"))),
            Self::Vi => VI.get_or_init(|| parse(include_str!("../../../i18n/vi.json"))),
        };
        fill(catalogue.get(key).map_or(key, String::as_str), arguments)
    }
}

static EN: OnceLock<BTreeMap<String, String>> = OnceLock::new();
static VI: OnceLock<BTreeMap<String, String>> = OnceLock::new();

fn parse(text: &str) -> BTreeMap<String, String> {
    serde_json::from_str(text).unwrap_or_default()
}

/// Hostile: one pass, so an argument that reads `{name}` is shown and never replaced in its turn.
fn fill(text: &str, arguments: &[(&str, &dyn Display)]) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((placeholder, tail)) = after.split_once('}') else {
            rest = after;
            filled.push('{');
            break;
        };
        match replacement(placeholder, arguments) {
            Some(value) => filled.push_str(&value),
            None => filled.extend(["{", placeholder, "}"]),
        }
        rest = tail;
    }
    filled.push_str(rest);
    filled
}

fn replacement(placeholder: &str, arguments: &[(&str, &dyn Display)]) -> Option<String> {
    let (name, forms) = match placeholder.split_once(':') {
        Some((name, forms)) => (name, forms.split_once('|')),
        None => (placeholder, None),
    };
    let (_, value) = arguments.iter().find(|(given, _)| *given == name)?;
    let value = value.to_string();
    Some(match forms {
        Some((one, many)) => if value == "1" { one } else { many }.to_owned(),
        None => value,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fills_once_and_picks_the_form() {
        let text = "{count} {count:record|records} in {file}, {unknown} {";
        let fill = |count: &str| fill(text, &[("count", &count), ("file", &"{count}")]);
        assert_eq!(fill("1"), "1 record in {count}, {unknown} {");
        assert_eq!(fill("1,000"), "1,000 records in {count}, {unknown} {");
    }

    #[test]
    fn a_locale_decides() {
        assert_eq!(Lang::from_locale("vi_VN.UTF-8"), Lang::Vi);
        assert_eq!(Lang::from_locale("VI"), Lang::Vi);
        assert_eq!(Lang::from_locale("vietnam"), Lang::En);
        assert_eq!(Lang::from_locale(""), Lang::En);
    }
}
