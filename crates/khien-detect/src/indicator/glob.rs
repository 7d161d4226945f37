//! Wildcards: `*` stands for any text, `?` for one character.
//!
//! Matching is linear in the text. A pattern is cut at its stars; each piece is looked for from
//! the left, literal ones by substring search, ones with `?` by a bit-parallel automaton. There is
//! no backtracking and no recursion. Separators are not special: `*` runs across them.

use memchr::memmem;

/// Where a match may begin.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Start {
    /// At the first character only.
    Anchored,
    /// Anywhere, as if the pattern began with a star.
    Open,
}

/// The longest pattern, in bytes.
///
/// Bound: with [`PIECE_CHARS_MAX`] this bounds what one pattern may cost per character of text.
const PATTERN_BYTES_MAX: usize = 4096;

/// The longest piece with `?` that is looked for, in characters: the width of the automaton.
const PIECE_CHARS_MAX: usize = 64;

/// Whether text has a wildcard.
pub(super) fn has_wildcard(text: &str) -> bool {
    memchr::memchr2(b'*', b'?', text.as_bytes()).is_some()
}

/// Whether a pattern keeps the bounds. Of others [`matches()`] finds none of the pieces too long.
pub(super) fn fits(pattern: &str, start: Start) -> bool {
    let mut pieces = pattern.split('*');
    let (first, last) = (pieces.next(), pieces.next_back());
    let searched = pieces.chain(first.filter(|_| start == Start::Open && last.is_some()));
    pattern.len() <= PATTERN_BYTES_MAX
        && searched
            .filter(|piece| piece.contains('?'))
            .all(|piece| piece.chars().count() <= PIECE_CHARS_MAX)
}

/// Whether a pattern covers the text to its end.
pub(super) fn matches(pattern: &str, text: &str, start: Start) -> bool {
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or_default();
    let Some(last) = pieces.next_back() else {
        return match (start, strip_end(first, text)) {
            (Start::Anchored, rest) => rest == Some(""),
            (Start::Open, rest) => rest.is_some(),
        };
    };
    let begun = match start {
        Start::Anchored => strip_start(first, text),
        Start::Open => after(first, text),
    };
    let Some(mut rest) = begun else { return false };
    for piece in pieces {
        match after(piece, rest) {
            Some(shorter) => rest = shorter,
            None => return false,
        }
    }
    strip_end(last, rest).is_some()
}

/// What follows a piece that the text begins with.
fn strip_start<'t>(piece: &str, text: &'t str) -> Option<&'t str> {
    let mut seen = text.chars();
    for wanted in piece.chars() {
        if seen.next().is_none_or(|c| wanted != '?' && wanted != c) {
            return None;
        }
    }
    Some(seen.as_str())
}

/// What precedes a piece that the text ends with.
fn strip_end<'t>(piece: &str, text: &'t str) -> Option<&'t str> {
    let mut seen = text.chars();
    for wanted in piece.chars().rev() {
        if seen.next_back().is_none_or(|c| wanted != '?' && wanted != c) {
            return None;
        }
    }
    Some(seen.as_str())
}

/// What follows the first occurrence of a piece.
fn after<'t>(piece: &str, text: &'t str) -> Option<&'t str> {
    if piece.contains('?') {
        return after_like(piece, text);
    }
    let at = memmem::find(text.as_bytes(), piece.as_bytes())?;
    text.get(at.checked_add(piece.len())?..)
}

/// As [`after`], for a piece with `?`: the Shift-And automaton, a bit per character of the piece.
///
/// Source: R. Baeza-Yates, G. Gonnet, "A New Approach to Text Searching", CACM 35(10), 1992.
fn after_like<'t>(piece: &str, text: &'t str) -> Option<&'t str> {
    let last = 1_u64.checked_shl(u32::try_from(piece.chars().count()).ok()?.checked_sub(1)?)?;
    let mask = |c: char| {
        let places =
            piece.chars().zip(0_u32..64).filter(|(wanted, _)| *wanted == '?' || *wanted == c);
        places.fold(0_u64, |mask, (_, place)| mask | 1_u64.unbounded_shl(place))
    };
    let mut ascii = [0_u64; 128];
    for (slot, c) in ascii.iter_mut().zip('\0'..='\x7f') {
        *slot = mask(c);
    }
    let mut state = 0_u64;
    for (at, c) in text.char_indices() {
        let allowed = ascii.get(c as usize).copied().unwrap_or_else(|| mask(c));
        state = ((state << 1) | 1) & allowed;
        if state & last != 0 {
            return text.get(at.checked_add(c.len_utf8())?..);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn stars_and_question_marks() {
        let check = |pattern: &str, text: &str, expected: bool| {
            assert_eq!(matches(pattern, text, Start::Anchored), expected, "{pattern} on {text}");
        };
        check("a*c", "abbc", true);
        check("a*c", "abbcd", false);
        check("*", "", true);
        check("", "", true);
        check("", "a", false);
        check("?", "ế", true);
        check("?", "", false);
        check("*?b*", "b", false);
        check("*?b*", "bb", true);
        check("*a?c*a?c", "xabcabc", true);
        check("*a?c*a?c", "xabc", false);
        assert!(matches("b?", "abc", Start::Open));
        assert!(matches("b*d", "abcd", Start::Open));
        assert!(!matches("b*d", "acd", Start::Open));
    }

    #[test]
    fn a_quadratic_text_is_read_once() {
        let text = "a".repeat(1 << 20);
        assert!(!matches("*a?aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab*c", &text, Start::Anchored));
    }

    #[test]
    fn a_pattern_past_the_bounds_matches_nothing() {
        let wide = format!("*{}*", "?".repeat(65));
        assert!(!fits(&wide, Start::Anchored));
        assert!(!matches(&wide, &"a".repeat(70), Start::Anchored));
        assert!(fits(&"?".repeat(65), Start::Anchored));
        assert!(!fits(&"a".repeat(5000), Start::Anchored));
    }

    /// The definition, with the recursion that the matcher avoids.
    fn naive(pattern: &[char], text: &[char]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some(('*', rest)) => (0..=text.len()).any(|skip| naive(rest, &text[skip..])),
            Some((wanted, rest)) => text
                .split_first()
                .is_some_and(|(c, tail)| (*wanted == '?' || wanted == c) && naive(rest, tail)),
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_definition(pattern in "[ab?*é]{0,8}", text in "[abé?*]{0,12}") {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            prop_assert_eq!(
                matches(&pattern, &text, Start::Anchored),
                naive(&chars(&pattern), &chars(&text))
            );
            prop_assert_eq!(
                matches(&pattern, &text, Start::Open),
                naive(&chars(&format!("*{pattern}")), &chars(&text))
            );
        }
    }
}
