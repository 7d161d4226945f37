//! Text with wildcards, character by character.

/// One place of a pattern.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Place {
    /// This character.
    Char(char),
    /// Any of the characters that stand for a dash.
    Dash,
    /// Any one character.
    One,
    /// Any run of characters.
    Many,
}

/// Whether capitals and small letters are told apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Case {
    Folded,
    Kept,
}

/// Reads a value as written in a rule: `\` before `*`, `?` or `\` makes that one plain.
pub(super) fn pattern_of(written: &str) -> Vec<Place> {
    let mut places = Vec::new();
    let mut chars = written.chars().peekable();
    while let Some(c) = chars.next() {
        places.push(match c {
            '\\' => Place::Char(chars.next_if(|next| r"*?\".contains(*next)).unwrap_or('\\')),
            '*' => Place::Many,
            '?' => Place::One,
            plain => Place::Char(plain),
        });
    }
    places
}

/// A text in which nothing is special.
pub(super) fn plain(text: &str) -> Vec<Place> {
    text.chars().map(Place::Char).collect()
}

/// Lets every dash that begins an option stand for any dash: no word before it, a word after it.
pub(super) fn with_dashes(places: &[Place]) -> Vec<Place> {
    let is_word = |place: Option<&Place>| match place {
        Some(Place::Char(c)) => c.is_alphanumeric() || *c == '_',
        _ => false,
    };
    let mut spread = places.to_vec();
    for at in 0..places.len() {
        let before = at.checked_sub(1).map(|before| &places[before]);
        let is_dash = matches!(places[at], Place::Char(c) if DASHES.contains(&c));
        if is_dash && !is_word(before) && is_word(places.get(at + 1)) {
            spread[at] = Place::Dash;
        }
    }
    spread
}

const DASHES: [char; 5] = ['-', '/', '\u{2013}', '\u{2014}', '\u{2015}'];

/// Whether the whole text fits the pattern.
pub(super) fn fits(pattern: &[Place], text: &[char], case: Case) -> bool {
    let Some((place, rest)) = pattern.split_first() else { return text.is_empty() };
    if *place == Place::Many {
        return (0..=text.len()).any(|skip| fits(rest, &text[skip..], case));
    }
    let Some((c, tail)) = text.split_first() else { return false };
    let here = match place {
        Place::Char(wanted) if case == Case::Kept => wanted == c,
        Place::Char(wanted) => wanted.to_lowercase().eq(c.to_lowercase()),
        Place::Dash => DASHES.contains(c),
        Place::One | Place::Many => true,
    };
    here && fits(rest, tail, case)
}
