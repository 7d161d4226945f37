//! Aliases of YAML (`*name`), which stand for what was written elsewhere: a short text can become a huge one.

use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::de::{EnumAccess, Error, VariantAccess};

/// What a text may come to, for each of its bytes and for all of it: one that is written out comes to two.
const EACH: usize = 4;
const ALL: usize = 64 << 10;

/// Whether the aliases of a text make it far longer than it is written.
///
/// Hostile: the parser bounds how many aliases it follows, and not how long each of them is. This follows them
/// without keeping anything, up to a bound. A text that cannot be read does not: the parser says why.
pub(super) fn expand_too_far(text: &str) -> bool {
    if !may_have_aliases(text) {
        return false;
    }
    let mut left = Some(text.len().saturating_mul(EACH).saturating_add(ALL));
    for document in yaml_serde::Deserializer::from_str(text) {
        if (Walk { left: &mut left }).deserialize(document).is_err() {
            return left.is_none();
        }
    }
    false
}

/// Whether an asterisk stands where an alias may begin.
fn may_have_aliases(text: &str) -> bool {
    let mut before = b' ';
    text.bytes().any(|byte| {
        // What is not ASCII may be one of Unicode's line breaks.
        let is_break = before.is_ascii_whitespace() || !before.is_ascii();
        let begins = byte == b'*' && (is_break || b",:?-[{".contains(&before));
        before = byte;
        begins
    })
}

/// Goes through a value and takes its length off what is left; nothing is left where that is too little.
struct Walk<'w> {
    left: &'w mut Option<usize>,
}

impl Walk<'_> {
    fn take<E: Error>(&mut self, bytes: usize) -> Result<(), E> {
        let rest = self.left.and_then(|left| left.checked_sub(bytes.saturating_add(1)));
        *self.left = rest;
        rest.map(drop).ok_or_else(|| E::custom("too long"))
    }
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

macro_rules! one {
    ($($name:ident: $of:ty),*) => {$(
        fn $name<E: Error>(mut self, _: $of) -> Result<(), E> {
            self.take(0)
        }
    )*};
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a value")
    }

    one!(visit_bool: bool, visit_i64: i64, visit_i128: i128, visit_u64: u64, visit_u128: u128, visit_f64: f64);

    fn visit_str<E: Error>(mut self, text: &str) -> Result<(), E> {
        self.take(text.len())
    }

    fn visit_unit<E: Error>(mut self) -> Result<(), E> {
        self.take(0)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        self.take(0)?;
        while items.next_element_seed(Walk { left: self.left })?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<(), A::Error> {
        self.take(0)?;
        while entries.next_key_seed(Walk { left: self.left })?.is_some() {
            entries.next_value_seed(Walk { left: self.left })?;
        }
        Ok(())
    }

    fn visit_enum<A: EnumAccess<'de>>(self, tagged: A) -> Result<(), A::Error> {
        /// The word of a tag.
        struct Tag;
        impl<'de> Deserialize<'de> for Tag {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                serde::de::IgnoredAny::deserialize(from).map(|_| Self)
            }
        }
        let (Tag, value) = tagged.variant()?;
        value.newtype_variant_seed(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_out_and_what_repeats_a_little_goes_through() {
        let values = "- {a: [x, \"*y\", 1, 1.5, true, ~], b: !tag c}\n".repeat(2000);
        for text in [
            values.as_str(),
            "a: &a [x, y]\nb: *a\nc: [*a, *a]\n",
            "a: *nothing\n",
            "a: &a {<<: *a}\n",
            "text: |\n  * one\n  *two*\n",
            "- *\n- [",
        ] {
            assert!(!expand_too_far(text), "{text}");
        }
        let many = format!("a: &a [x, y]\nb: [{}]\n", vec!["*a"; 1000].join(", "));
        assert!(!expand_too_far(&many), "as long as it would be if it were written out");
    }

    #[test]
    fn what_grows_does_not() {
        let wide = format!(
            "a: &a [{}]\nb: [{}]\n",
            vec!["x"; 50_000].join(","),
            vec!["*a"; 50_000].join(",")
        );
        assert!(expand_too_far(&wide));
        let long = format!("a: &a {}\nb:\n{}", "x".repeat(60_000), "- *a\n".repeat(10_000));
        assert!(expand_too_far(&long));
        let keys = format!("a: &a {{x: [y]}}\nb: [{}]\n", vec!["*a"; 200_000].join(","));
        assert!(!expand_too_far(&keys), "a little, often");
        let mut deep = "a: &a [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for (one, before) in ('b'..='p').zip('a'..) {
            deep.push_str(&format!(
                "{one}: &{one} [{}]\n",
                vec![format!("*{before}"); 9].join(", ")
            ));
        }
        assert!(expand_too_far(&deep));
        assert!(expand_too_far(&format!("a: 1\n---\n!t {deep}")), "in a later document");
    }
}
