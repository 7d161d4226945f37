//! The rules and advisories that ship with the program (`content/`), unpacked on demand.

use std::io::Read;
use std::sync::OnceLock;

use serde::Deserialize;

static PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/content.bin"));

/// A file of `content/`.
#[derive(Debug)]
pub struct ContentFile {
    /// Path below `content/`, such as `sigma/x.yml`.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// Every file, in the order of names.
pub fn files() -> &'static [ContentFile] {
    static FILES: OnceLock<Vec<ContentFile>> = OnceLock::new();
    FILES.get_or_init(|| {
        let mut bytes = Vec::new();
        let unpacked = flate2::read::DeflateDecoder::new(PACKED).read_to_end(&mut bytes);
        debug_assert!(unpacked.is_ok(), "the blob is our own");
        let mut rest = bytes.as_slice();
        let mut files = Vec::new();
        while let (Some(name), Some(text)) = (part(&mut rest), part(&mut rest)) {
            files.push(ContentFile { name, text });
        }
        files
    })
}

fn part(rest: &mut &[u8]) -> Option<String> {
    let (length, after) = rest.split_first_chunk::<4>()?;
    let (text, after) = after.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    *rest = after;
    String::from_utf8(text.to_vec()).ok()
}

/// The Sigma rules that ship with the program.
pub fn rules() -> impl Iterator<Item = &'static ContentFile> {
    files()
        .iter()
        .filter(|file| file.name.starts_with("sigma/") && !file.name.starts_with(RULE_TESTS))
}

/// Where the tests of rules are.
const RULE_TESTS: &str = "sigma/tests/";

/// The test file of a rule file that ships with the program, such as `sigma/x.yml`.
pub fn rule_tests(name: &str) -> Option<&'static str> {
    let path = format!("{RULE_TESTS}{}", name.strip_prefix("sigma/")?);
    files().iter().find(|file| file.name == path).map(|file| file.text.as_str())
}

/// An entry of the index of advisories.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdvisoryEntry {
    /// Name, as typed after `--advisory`.
    pub name: String,
    /// File below `content/intel/`.
    pub file: String,
    /// Title in English.
    pub title_en: String,
    /// Title in Vietnamese.
    pub title_vi: String,
    /// Day of publication.
    #[serde(default)]
    pub published: Option<toml::Value>,
    /// Other names it goes by.
    #[serde(default)]
    pub aliases: Vec<String>,
}

#[derive(Deserialize)]
struct Index {
    advisory: Vec<AdvisoryEntry>,
}

/// The advisories that ship with the program.
pub fn advisories() -> Vec<AdvisoryEntry> {
    let index = files().iter().find(|file| file.name == "intel/INDEX.toml");
    let index = index.and_then(|file| toml::from_str::<Index>(&file.text).ok());
    index.map(|index| index.advisory).unwrap_or_default()
}

/// The advisory of a name or alias, with its text.
pub fn advisory(name: &str) -> Option<(AdvisoryEntry, &'static str)> {
    let same = |other: &str| other.eq_ignore_ascii_case(name);
    let entry = advisories()
        .into_iter()
        .find(|entry| same(&entry.name) || entry.aliases.iter().any(|alias| same(alias)))?;
    let path = format!("intel/{}", entry.file);
    let file = files().iter().find(|file| file.name == path)?;
    Some((entry, &file.text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_is_whole_and_not_in_the_clear() {
        assert!(rules().count() >= 40);
        assert!(rules().all(|file| rule_tests(&file.name).is_some()));
        assert!(advisories().len() >= 5);
        for entry in advisories() {
            assert!(advisory(&entry.name.to_uppercase()).is_some(), "{}", entry.name);
        }
        let clear = PACKED.windows(10).any(|window| window == b"detection:");
        assert!(!clear);
    }
}
