//! Whether a dotted name in running text is a host's, or that of a piece of code.

use super::super::list::{has_file_extension, is_host};

/// Whether a name is a host's. Where it was not defanged its top level must be one that people use:
/// code is full of dotted words.
pub(super) fn is_likely_host(name: &str, marked: bool) -> bool {
    let top = name.rsplit('.').next().unwrap_or_default();
    let is_lower = !top.chars().any(char::is_uppercase) || !name.chars().any(char::is_lowercase);
    let lower = top.to_ascii_lowercase();
    let is_country = lower.len() == 2 && lower.bytes().all(|b| b.is_ascii_alphabetic());
    let is_usual = || {
        is_country || TOP_LEVELS.binary_search(&lower.as_str()).is_ok() || lower.starts_with("xn--")
    };
    let is_abbreviation =
        || name.split('.').all(|label| label.chars().count() < 3) && name.len() < 6;
    is_host(name) && (marked || (is_lower && is_usual() && !is_abbreviation()))
}

/// Whether a name of two labels ends like source code or a document whose ending is a top level.
pub(super) fn has_code_ending(name: &str) -> bool {
    let Some((stem, ending)) = name.rsplit_once('.') else { return false };
    let ending = ending.to_ascii_lowercase();
    let is_code = CODE_ENDINGS.contains(&ending.as_str());
    is_code && (!stem.contains('.') || has_file_extension(stem))
}

/// Endings of files that are top levels, too.
const CODE_ENDINGS: [&str; 22] = [
    "md", "py", "sh", "rs", "cs", "so", "pl", "ts", "pm", "vb", "zip", "app", "mov", "cc", "ps",
    "lock", "java", "go", "ai", "st", "id", "sc",
];

/// Top levels beside those of countries that names in running text have. Sorted.
const TOP_LEVELS: [&str; 68] = [
    "academy",
    "agency",
    "app",
    "arpa",
    "asia",
    "bid",
    "biz",
    "blog",
    "cam",
    "cat",
    "center",
    "cfd",
    "chat",
    "city",
    "click",
    "cloud",
    "club",
    "com",
    "company",
    "cyou",
    "design",
    "dev",
    "digital",
    "edu",
    "email",
    "example",
    "finance",
    "fun",
    "gov",
    "group",
    "host",
    "icu",
    "info",
    "int",
    "invalid",
    "life",
    "link",
    "live",
    "ltd",
    "market",
    "media",
    "mil",
    "mobi",
    "monster",
    "name",
    "net",
    "network",
    "news",
    "one",
    "onion",
    "online",
    "org",
    "page",
    "pro",
    "rest",
    "sbs",
    "shop",
    "site",
    "software",
    "solutions",
    "space",
    "store",
    "support",
    "tech",
    "test",
    "top",
    "website",
    "xyz",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_top_levels_are_sorted() {
        assert!(TOP_LEVELS.is_sorted());
    }
}
