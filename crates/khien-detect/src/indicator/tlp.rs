//! Labels of the Traffic Light Protocol.

/// The labels of TLP 2.0, mildest first.
const LABELS: [&str; 5] = ["clear", "green", "amber", "amber+strict", "red"];

pub(super) fn strictest_of(labels: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    labels.max_by_key(|label| LABELS.iter().position(|known| known == label))
}

/// The label that a word is. TLP 1.0 said `white` for `clear`.
pub(super) fn label(text: &str) -> Option<&'static str> {
    let text = text.trim();
    let text = if text.eq_ignore_ascii_case("white") { "clear" } else { text };
    LABELS.into_iter().find(|known| text.eq_ignore_ascii_case(known))
}

/// The strictest label that a text names behind `TLP:`.
pub(super) fn in_text(text: &str) -> Option<&'static str> {
    let lower = text.to_ascii_lowercase();
    strictest_of(lower.match_indices("tlp").filter_map(|(at, tlp)| {
        let rest = lower.get(at.checked_add(tlp.len())?..)?;
        let rest = rest.trim_start_matches([' ', '-', '_', ':', '\u{a0}']);
        let end = rest.find(|c: char| !c.is_ascii_alphabetic() && c != '+').unwrap_or(rest.len());
        label(rest.get(..end)?)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_in_text() {
        for (text, expected) in [
            ("TLP:AMBER+STRICT, do not share", Some("amber+strict")),
            ("TLP: WHITE", Some("clear")),
            ("tlp:green and TLP:Red", Some("red")),
            ("TLP", None),
            ("the TLP is explained below", None),
        ] {
            assert_eq!(in_text(text), expected, "{text}");
        }
    }
}
