//! The advisories that ship with the program.

use std::sync::OnceLock;

use khien_ops::content::{self, AdvisoryEntry};
use khien_text::Lang;
use khien_wire::Advisory;

use super::reading::{self, Reading};

/// An advisory that ships with the program.
pub(crate) struct BuiltIn {
    entry: AdvisoryEntry,
    pub(crate) text: &'static str,
    reading: Reading,
}

impl BuiltIn {
    /// All of them, read once.
    pub(crate) fn all() -> &'static [Self] {
        static ALL: OnceLock<Vec<BuiltIn>> = OnceLock::new();
        ALL.get_or_init(|| {
            let named = content::advisories().into_iter();
            let found = named.filter_map(|entry| content::advisory(&entry.name));
            let read = found.filter_map(|(entry, text)| {
                let reading = reading::read(text, &entry.name).ok()?;
                Some(Self { entry, text, reading })
            });
            read.collect()
        })
    }

    /// The one of this name, and not of another name that it goes by: an id stands for one thing.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        Self::all().iter().find(|one| one.entry.name == name)
    }

    pub(crate) fn advisory(&self, lang: Lang) -> Advisory {
        let title = match lang {
            Lang::En => &self.entry.title_en,
            Lang::Vi => &self.entry.title_vi,
        };
        let mut advisory = self.reading.advisory(&self.entry.name);
        advisory.title.clone_from(title);
        advisory.built_in = true;
        advisory
    }
}
