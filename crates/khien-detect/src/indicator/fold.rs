//! Text without case and accents, so that words compare whichever way they were typed.
//!
//! Vietnamese comes composed and decomposed, and often without accents; all three fold to one
//! form. Only for words that we look for: never for values.

/// Lower case without accents: `Tham khảo` is `tham khao`.
pub(super) fn fold(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).filter_map(base).collect()
}

/// A folded text as its words: runs of letters and digits, one blank between them.
pub(super) fn words(text: &str) -> String {
    let folded = fold(text);
    let words = folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// Whether a list of words (see [`words`]) holds a phrase as whole words.
pub(super) fn has_phrase(words: &str, phrase: &str) -> bool {
    words.match_indices(phrase).any(|(at, _)| {
        let before = words.get(..at).is_some_and(|head| head.is_empty() || head.ends_with(' '));
        let rest = words.get(at.saturating_add(phrase.len())..).unwrap_or_default();
        before && (rest.is_empty() || rest.starts_with(' '))
    })
}

/// The letter under the accents of a lower-case one; `None` for an accent that stands alone.
const fn base(c: char) -> Option<char> {
    Some(match c {
        '\u{300}'..='\u{36f}' => return None,
        'à'..='å' | 'ā' | 'ă' | 'ą' | '\u{1ea0}'..='\u{1eb7}' => 'a',
        'ç' => 'c',
        'đ' => 'd',
        'è'..='ë' | '\u{1eb8}'..='\u{1ec7}' => 'e',
        'ì'..='ï' | 'ĩ' | '\u{1ec8}'..='\u{1ecb}' => 'i',
        'ñ' => 'n',
        'ò'..='ö' | 'ơ' | '\u{1ecc}'..='\u{1ee3}' => 'o',
        'ù'..='ü' | 'ũ' | 'ư' | '\u{1ee4}'..='\u{1ef1}' => 'u',
        'ý' | 'ÿ' | '\u{1ef2}'..='\u{1ef9}' => 'y',
        c => c,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn composed_decomposed_and_plain_are_one() {
        for text in ["Tham khảo", "Tham kha\u{309}o", "THAM KHẢO", "tham khao"] {
            assert_eq!(fold(text), "tham khao");
        }
        assert_eq!(fold("Đường dẫn độc hại: chấm"), "duong dan doc hai: cham");
        assert_eq!(words("- Phiên bản (bị ảnh hưởng):"), "phien ban bi anh huong");
    }

    #[test]
    fn phrases_are_whole_words() {
        assert!(has_phrase("cac phien ban bi anh huong", "phien ban"));
        assert!(!has_phrase("reversion 2", "version"));
        assert!(has_phrase("reversion version", "version"));
        assert!(!has_phrase("versions", "version"));
    }
}
