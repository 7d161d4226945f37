//! Texts in English and Vietnamese, from the same catalogue files as everything else shown to people.

use std::collections::BTreeMap;
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
    pub fn text(self, key: &str, arguments: &[(&str, &dyn std::fmt::Display)]) -> String {
        let catalogue = match self {
            Self::En => EN.get_or_init(|| parse(include_str!("../../../i18n/en.json"))),
            Self::Vi => VI.get_or_init(|| parse(include_str!("../../../i18n/vi.json"))),
        };
        let mut text = catalogue.get(key).cloned().unwrap_or_else(|| key.to_owned());
        for (name, value) in arguments {
            text = text.replace(&format!("{{{name}}}"), &value.to_string());
        }
        text
    }
}

static EN: OnceLock<BTreeMap<String, String>> = OnceLock::new();
static VI: OnceLock<BTreeMap<String, String>> = OnceLock::new();

fn parse(text: &str) -> BTreeMap<String, String> {
    serde_json::from_str(text).unwrap_or_default()
}
