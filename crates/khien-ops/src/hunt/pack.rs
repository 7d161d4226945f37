//! Packs: hunts that are saved to be run together, with a name and a reason each.

use std::path::{Path, PathBuf};

use khien_model::{Untrusted, limits};
use serde::Deserialize;

use crate::content;
use crate::scan::knowledge::InputError;
use khien_text::Lang;

/// Bound: a pack, in bytes.
const PACK_BYTES_MAX: u64 = 1 << 20;

/// Hunts that are run together.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pack {
    /// What it is for, in English.
    pub title_en: String,
    /// What it is for, in Vietnamese.
    #[serde(default)]
    pub title_vi: String,
    /// Its hunts.
    pub hunt: Vec<Hunt>,
    /// Where rules are looked for that it names by a relative path.
    #[serde(skip)]
    pub folder: Option<PathBuf>,
}

/// One saved hunt.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hunt {
    /// Its name: letters, digits and `-`.
    pub id: String,
    /// What it shows, in English.
    pub title_en: String,
    /// What it shows, in Vietnamese.
    #[serde(default)]
    pub title_vi: String,
    /// One `SELECT`.
    #[serde(default)]
    pub sql: Option<String>,
    /// A Sigma rule, or a folder of them.
    #[serde(default)]
    pub rule: Option<PathBuf>,
}

impl Pack {
    /// Its title in a language.
    pub fn title(&self, lang: Lang) -> &str {
        of(lang, &self.title_en, &self.title_vi)
    }
}

impl Hunt {
    /// Its title in a language.
    pub fn title(&self, lang: Lang) -> &str {
        of(lang, &self.title_en, &self.title_vi)
    }
}

fn of<'t>(lang: Lang, en: &'t str, vi: &'t str) -> &'t str {
    if lang == Lang::Vi && !vi.is_empty() { vi } else { en }
}

/// The packs that ship with the program, by name.
pub fn built_in() -> Vec<(&'static str, Pack)> {
    let packs = content::files().iter().filter_map(|file| {
        let name = file.name.strip_prefix("hunts/")?.strip_suffix(".toml")?;
        Some((name, toml::from_str(&file.text).ok()?))
    });
    packs.collect()
}

/// The pack of a name, or of a file.
///
/// # Errors
///
/// [`InputError`]: neither is there, or the file is no pack; what is wrong is said, and where.
pub fn load(name: &str) -> Result<Pack, InputError> {
    if let Some((_, pack)) = built_in().into_iter().find(|(known, _)| *known == name) {
        return Ok(pack);
    }
    let path = Path::new(name);
    let shown = Untrusted::from(name);
    let text = limits::read_small_file(path, PACK_BYTES_MAX).map_err(|error| {
        let known: Vec<&str> = built_in().into_iter().map(|(name, _)| name).collect();
        let detail = format!("{error}; packs that ship with the program: {}", known.join(", "));
        InputError::Unreadable { path: shown.clone(), detail }
    })?;
    let invalid = |detail: String| InputError::Invalid { path: shown.clone(), detail };
    let mut pack: Pack = toml::from_str(&text).map_err(|error| invalid(error.to_string()))?;
    check(&pack).map_err(invalid)?;
    pack.folder = path.parent().map(Path::to_owned);
    Ok(pack)
}

fn check(pack: &Pack) -> Result<(), String> {
    let mut ids = std::collections::HashSet::new();
    for hunt in &pack.hunt {
        let id = Untrusted::from(hunt.id.as_str());
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if hunt.id.is_empty() || !hunt.id.chars().all(plain) {
            return Err(format!("hunt `{id}`: an id is made of letters, digits, `-` and `_`"));
        }
        if !ids.insert(hunt.id.as_str()) {
            return Err(format!("hunt `{id}` stands there twice"));
        }
        if hunt.sql.is_some() == hunt.rule.is_some() {
            return Err(format!("hunt `{id}`: give `sql` or `rule`, and one of them only"));
        }
    }
    if pack.hunt.is_empty() { Err("it has no [[hunt]]".to_owned()) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
